"""The pane beside the list: facts, failed records, problems with their advice, all to be copied."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from app.core import catalogue
from app.core.catalogue import GENERAL, Action
from app.core.jobs import NO_REASON, Failure
from app.core.problems import Exchange, Problem, Refused
from app.viewmodels.details import Details, failures_text
from app.viewmodels.row import RowState, Tone
from app.viewmodels.timeline import Event
from app.views.details_pane import DetailsPane
from app.views.problem_card import BUTTONS, ProblemCard
from app.views.theme import Theme
from app.views.window import Window
from tests.views.scenes import Scene
from tests.views.translated import translated

FAILED = RowState("failed", "Failed", Tone.BAD, "cross")
TOO_LARGE = Refused(
    catalogue.TOO_LARGE,
    {"size": "2.3 GB"},
    exchange=Exchange("POST", "https://folio.example.org/x", 413, "741982/import", "<h1>413</h1>"),
)


def texts(widget: QWidget) -> list[str]:
    """What can be read in a widget."""
    QApplication.processEvents()
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget)]


def button(widget: QWidget, words: str) -> QPushButton:
    return next(one for one in widget.findChildren(QPushButton) if one.text() == words)


@pytest.mark.parametrize("entry", GENERAL, ids=lambda entry: entry.id)
def test_every_problem_has_its_card(theme: Theme, qtbot: QtBot, entry: catalogue.Entry) -> None:
    card = ProblemCard(theme)
    qtbot.addWidget(card)
    card.resize(320, 500)
    card.show_problem(Problem(entry, {"name": "roster.mrc", "host": "folio.example.org"}))
    shown = "\n".join(texts(card))
    assert "What it means" in shown
    assert card.problem is not None and card.problem.title in shown
    for advice in card.problem.advice:
        assert advice in shown
    look = BUTTONS.get(entry.action)
    if look is not None:
        with qtbot.waitSignal(card.acted) as caught:
            button(card, look[1]).click()
        assert caught.args == [entry.action]
    else:
        assert entry.action is Action.NONE


def test_technical_details_are_closed_until_asked_for(theme: Theme, qtbot: QtBot) -> None:
    card = ProblemCard(theme)
    qtbot.addWidget(card)
    card.show()
    card.show_problem(TOO_LARGE)
    assert not any("741982/import" in text for text in texts(card))
    button(card, "Technical details").click()
    assert any("741982/import" in text for text in texts(card))
    button(card, "Copy").click()
    copied = QGuiApplication.clipboard().text()
    assert "The server refused the file because of its size" in copied
    assert "741982/import" in copied


def test_failed_records_are_listed_searched_and_copied(theme: Theme, qtbot: QtBot) -> None:
    failures = tuple(Failure(n, f"Reason\t{n}", f"Title {n}", f"in{n}") for n in range(1, 41))
    pane = DetailsPane(theme)
    qtbot.addWidget(pane)
    pane.resize(340, 600)
    pane.show()
    pane.show_details(Details("a.mrc", "/x/a.mrc", failures=failures, failed=45), FAILED)
    assert "45 failed records" in texts(pane)
    pane.failures._search.setText("title 40")
    assert pane.failures._list.model().rowCount() == 1
    button(pane.failures, "Copy").click()
    copied = QGuiApplication.clipboard().text()
    assert copied == failures_text(failures[39:])
    assert copied.splitlines()[1] == "40\tTitle 40\tin40\tReason 40"


def test_that_there_is_no_reason_is_said_in_the_persons_language(
    theme: Theme, qtbot: QtBot
) -> None:
    pane = DetailsPane(theme)
    qtbot.addWidget(pane)
    failures = (Failure(3, NO_REASON), Failure(None, "Deus ex machina", "A title", "88-1"))
    with translated({NO_REASON: "Causa tacetur."}):
        pane.show_details(Details("a.mrc", "/x/a.mrc", failures=failures, failed=2), FAILED)
        model = pane.failures._list.model()
        shown = [model.index(row, 0).data() for row in range(2)]
        assert shown == ["Record 3: Causa tacetur.", "88-1  ·  A title: Deus ex machina"]
        assert failures_text(failures).splitlines()[1].endswith("\tCausa tacetur.")


def test_the_pane_shows_the_row_that_is_picked(scene: Scene, window: Window) -> None:
    scene.finished()
    assert not window.details.isVisible()
    window.table.pick(1)
    assert window.details.isVisible()
    shown = texts(window.details)
    assert "12 failed records" in shown
    assert "8,978" in shown
    assert any("Done, 12 records failed" in text for text in shown)
    window.table.pick(2)
    assert window.details.card.problem is not None
    assert not window.details.failures.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Escape)
    window.table.unpick()
    assert not window.details.isVisible()


def test_details_follow_the_row_while_it_moves(scene: Scene, window: Window, qtbot: QtBot) -> None:
    scene.busy()
    window.table.pick(0)
    assert window.details.details is not None
    scene.settle()
    scene.host.meters[1].sent = 20_000_000
    scene.uploader.clocks.read_meters()
    qtbot.wait(300)
    assert "Uploading" in texts(window.details)


def test_a_path_and_a_name_are_never_cut_without_the_whole_in_reach(
    theme: Theme, qtbot: QtBot
) -> None:
    pane = DetailsPane(theme)
    qtbot.addWidget(pane)
    pane.resize(240, 300)
    pane.show()
    long = "ein-sehr-langer-name-" * 8 + ".mrc"
    pane.show_details(Details(long, f"/a/b/{long}"), FAILED)
    assert pane._name.text() != long
    assert pane._name.toolTip() == pane._name.accessibleName() == long
    assert pane._path.toolTip() == f"/a/b/{long}"


JOURNEY = Details(
    "roster.mrc",
    "/a/roster.mrc",
    (("Size", "20.0 MB"),),
    ids=(("Job number", "4711"), ("SHA-256", "9f86d081")),
    clocks=(("Time sending", "38 s"),),
    timeline=(
        Event("10:42:00", "Added", took="1 s"),
        Event("10:42:01", "Sending", Tone.ACTIVE, "38 s"),
    ),
    log=("10:42:01  GET https://folio.example.org/x: 200",),
)
SENT = RowState("uploading", "Uploading", Tone.ACTIVE, "arrow-up")


@pytest.fixture
def pane(theme: Theme, qtbot: QtBot) -> DetailsPane:
    made = DetailsPane(theme)
    qtbot.addWidget(made)
    made.resize(360, 700)
    made.show()
    made.show_details(JOURNEY, SENT)
    return made


def test_the_way_of_a_row_is_told_when_it_is_asked_for(pane: DetailsPane) -> None:
    assert "Sending" not in texts(pane) and "38 s" in texts(pane)
    pane.timeline.set_open(True)
    shown = texts(pane)
    assert shown.index("10:42:01") < shown.index("Sending")
    button(pane, "Technical log (1 line)").click()
    assert pane._log.toPlainText() == JOURNEY.log[0]
    assert pane._log.accessibleName() == "Technical log" and pane._log.isReadOnly()


def test_each_id_has_its_own_button_to_copy_it(pane: DetailsPane, qtbot: QtBot) -> None:
    pane.ids.set_open(True)
    buttons = {one.accessibleName(): one for one in pane.ids.findChildren(QToolButton)}
    assert set(buttons) == {"Copy: Job number", "Copy: SHA-256"}
    buttons["Copy: Job number"].click()
    assert QGuiApplication.clipboard().text() == "4711"
    buttons["Copy: SHA-256"].setFocus()
    QTest.keyClick(buttons["Copy: SHA-256"], Qt.Key.Key_Space)
    assert QGuiApplication.clipboard().text() == "9f86d081"


def test_time_that_passes_moves_nothing_else(pane: DetailsPane) -> None:
    for part in (pane.timeline, pane.ids, pane.log):
        part.set_open(True)
    copying = pane.ids.findChildren(QToolButton)[0]
    labels = [label for label in pane.timeline.findChildren(QLabel) if label.text() == "Sending"]
    added, sending = JOURNEY.timeline
    later = replace(
        JOURNEY,
        clocks=(("Time sending", "39 s"),),
        timeline=(added, replace(sending, took="39 s")),
        log=(*JOURNEY.log, "10:42:40  GET https://folio.example.org/y: 200"),
    )
    pane.show_details(later, SENT)
    assert texts(pane).count("39 s") == 2 and "38 s" not in texts(pane)
    assert pane.ids.findChildren(QToolButton)[0] is copying and copying.isVisibleTo(pane)
    assert labels[0].isVisibleTo(pane)
    assert pane._log.toPlainText().endswith("/y: 200")


def test_what_is_open_stays_open_for_the_next_row(pane: DetailsPane) -> None:
    pane.timeline.set_open(True)
    bare = Details("other.mrc", "/a/other.mrc")
    pane.show_details(bare, SENT)
    assert not pane.timeline.isVisible() and not pane.log.isVisible()
    pane.show_details(replace(JOURNEY, path="/b/roster.mrc"), SENT)
    assert pane.timeline.isVisible() and pane.timeline.opened and not pane.log.opened


def test_all_of_it_is_copied(pane: DetailsPane) -> None:
    button(pane, "Copy details").click()
    copied = QGuiApplication.clipboard().text()
    for piece in ("Job number: 4711", "Time sending: 38 s", "10:42:01  Sending  (38 s)"):
        assert piece in copied
    assert JOURNEY.log[0] in copied
