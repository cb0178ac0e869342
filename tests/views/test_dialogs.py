"""Dialogs: awaited, harmless by default; a server is added, tested, signed in to and removed."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

from app.core import catalogue
from app.core.problems import SignInProblem
from app.core.uploads import Phase
from app.servers.api import StepState
from app.viewmodels.row import RowAction
from app.views import dialogs
from app.views.destination_dialog import DestinationDialog
from app.views.dialogs import Question, answered, ask
from app.views.info_dialogs import ProblemDialog
from app.views.leftovers_dialog import LeftoversDialog
from app.views.theme import Theme
from app.views.window import Window
from tests.views.scenes import Scene, family
from tests.views.test_window import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)


def open_dialog(window: QWidget) -> Any:
    """The dialog that is open, or None."""
    shown = [one for one in window.findChildren(QDialog) if one.isVisible()]
    return shown[-1] if shown else None


def questions(theme: Theme, parent: QWidget) -> list[Question]:
    return [
        dialogs.quit_question(theme, parent, 3, 0),
        dialogs.quit_question(theme, parent, 3, 2),
        dialogs.quit_question(theme, parent, 1, 1),
        dialogs.cancel_job_question(theme, parent, "roster.mrc"),
        dialogs.remove_question(theme, parent, 1),
        dialogs.remove_question(theme, parent, 4),
        dialogs.uncertain_question(theme, parent, "Lost", "Nobody can say."),
        dialogs.remove_server_question(theme, parent, "Springfield"),
        dialogs.quit_question(theme, parent, 3, 0, background=True),
    ]


def test_escape_is_always_the_harmless_answer(theme: Theme, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    harmless = {"stay", "keep", "later"}
    for question in questions(theme, parent):
        question.reject()
        assert question.answer in harmless
        assert all(button.text() for button in question.buttons.values())


def test_return_takes_nothing_away(theme: Theme, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    for question in questions(theme, parent):
        default = next(key for key, button in question.buttons.items() if button.isDefault())
        # Leaving loses nothing when everything can go on where it stopped.
        assert default in {"stay", "keep", "look", "quit"}
    assert next(iter(dialogs.quit_question(theme, parent, 3, 0).buttons)) == "quit"
    assert next(iter(dialogs.quit_question(theme, parent, 3, 2).buttons)) == "stay"


def test_no_verb_is_cut_off(theme: Theme, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    for question in questions(theme, parent):
        question.show()
        for button in question.buttons.values():
            assert button.width() >= button.sizeHint().width(), button.text()
        question.close()


def test_the_questions_say_what_is_lost(theme: Theme, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    said = [question.accessibleDescription() for question in questions(theme, parent)]
    assert said[0] == "3 files are uploading. You can pause them and go on at the next start."
    assert said[1].endswith("2 of them will start again from the beginning.")
    assert said[2].endswith("It will start again from the beginning.")
    assert said[3].startswith("Records already created or changed are not taken back.")
    assert said[3].endswith("A cancelled job cannot be restarted.")


def test_a_question_is_awaited_while_the_loop_goes_on(theme: Theme, ui: Any, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()

    async def story() -> None:
        asking = asyncio.ensure_future(
            answered(dialogs.cancel_job_question(theme, parent, "roster.mrc"))
        )
        await until(lambda: open_dialog(parent) is not None)
        assert open_dialog(parent).windowModality() is Qt.WindowModality.WindowModal
        open_dialog(parent).buttons["cancel"].click()
        assert await asking == "cancel"

    ui(story())


def test_a_task_that_ends_takes_its_dialog_along(theme: Theme, ui: Any, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()

    async def story() -> None:
        asking = asyncio.ensure_future(ask(QDialog(parent)))
        await until(lambda: open_dialog(parent) is not None)
        asking.cancel()
        await asyncio.wait([asking])
        assert open_dialog(parent) is None

    ui(story())


def test_a_server_is_added_and_its_password_is_not_in_the_file(
    theme: Theme, ui: Any, qtbot: QtBot, tmp_path: Path
) -> None:
    scene = Scene(tmp_path)
    scene.begin()
    window = Window(scene.uploader, theme)
    qtbot.addWidget(window, before_close_func=lambda window: window.close_for_good())
    window.show()

    async def story() -> None:
        window.first_server.add_wanted.emit()
        await until(lambda: open_dialog(window) is not None)
        dialog: DestinationDialog = open_dialog(window)
        dialog.save.click()
        assert dialog.isVisible()
        assert dialog.form is not None
        for key, value in {
            "name": "Springfield",
            "url": "https://folio.example.org",
            "tenant": "diku",
            "user": "diku_admin",
            "password": "topsecret",
        }.items():
            dialog.form.form.set(key, value)
        dialog.save.click()
        await until(lambda: scene.uploader.aim.destination != "")
        assert window.header.isVisible()
        assert window.header.server.server == scene.uploader.aim.destination
        await scene.uploader.aclose()

    ui(story())
    assert "topsecret" not in (tmp_path / "destinations.toml").read_text()


def test_the_kind_of_server_is_chosen_where_there_are_several(
    theme: Theme, qtbot: QtBot, tmp_path: Path
) -> None:
    scene = Scene(tmp_path, [family(), family("ssc", "Fortify SSC", "shield")])
    scene.begin()
    dialog = DestinationDialog(theme, scene.uploader.destinations, lambda work: work.close())
    qtbot.addWidget(dialog)
    tiles = {one.text(): one for one in dialog.findChildren(QWidget) if _is_tile(one)}
    assert list(tiles) == ["FOLIO Data Import", "Fortify SSC"]
    tiles["Fortify SSC"].click()
    assert dialog.form is not None
    assert dialog.form.family.key == "ssc"
    scene.uploader.intake.close()


def _is_tile(widget: QWidget) -> bool:
    return widget.property("look") == "tile"


@pytest.mark.parametrize(
    ("password", "verdict", "states"),
    [
        ("right", "Everything works.", ["ok", "ok", "ok", "ok"]),
        ("wrong", "The connection does not work yet.", ["ok", "ok", "failed", "skipped"]),
    ],
)
def test_a_connection_is_tested_step_by_step(
    scene: Scene, window: Window, ui: Any, password: str, verdict: str, states: list[str]
) -> None:
    async def story() -> None:
        window.gestures.edit_server(scene.there)
        await until(lambda: open_dialog(window) is not None)
        dialog: DestinationDialog = open_dialog(window)
        assert dialog.form is not None
        dialog.form.form.set("password", password)
        dialog.test.click()
        assert not dialog.save.isEnabled()
        await until(dialog.save.isEnabled)
        assert [step.state for step in dialog.steps.steps] == [StepState(one) for one in states]
        texts = [label.text() for label in dialog.steps.findChildren(QLabel)]
        assert verdict in texts
        assert ("Enter the password again." in texts) is ("failed" in states)
        # What was tested is not what is entered any more.
        dialog.form.form.set("tenant", "other")
        assert not dialog.steps.isVisible()
        dialog.reject()
        await scene.uploader.aclose()

    ui(story())


def test_a_row_that_needs_a_sign_in_leads_to_the_password(
    scene: Scene, window: Window, ui: Any
) -> None:
    async def story() -> None:
        scene.signed_out()
        window.gestures.act(["u1"], RowAction.SIGN_IN)
        await until(lambda: open_dialog(window) is not None)
        dialog = open_dialog(window)
        QApplication.processEvents()
        edit = dialog.focusWidget()
        assert isinstance(edit, QLineEdit)
        assert edit.accessibleName() == "Password"
        dialog.reject()
        await scene.uploader.aclose()

    ui(story())


def test_only_one_dialog_is_open(scene: Scene, window: Window, ui: Any) -> None:
    async def story() -> None:
        window.gestures.edit_server(scene.there)
        await until(lambda: open_dialog(window) is not None)
        window.gestures.add_server()
        window.actions_.about.trigger()
        await asyncio.sleep(0.05)
        assert len([one for one in window.findChildren(QDialog) if one.isVisible()]) == 1
        QTest.keyClick(open_dialog(window), Qt.Key.Key_Escape)
        await until(lambda: not window.gestures._asking)
        window.actions_.keys.trigger()
        await until(lambda: open_dialog(window) is not None)
        open_dialog(window).reject()
        await scene.uploader.aclose()

    ui(story())


def test_a_job_is_cancelled_only_after_the_question(scene: Scene, window: Window, ui: Any) -> None:
    async def story() -> None:
        scene.busy()
        scene.settle()
        window.gestures.act(["u4"], RowAction.CANCEL_JOB)
        await until(lambda: open_dialog(window) is not None)
        open_dialog(window).reject()
        await until(lambda: not window.gestures._asking)
        assert "cancel" not in scene.host.names()
        window.gestures.act(["u4"], RowAction.CANCEL_JOB)
        await until(lambda: open_dialog(window) is not None)
        open_dialog(window).give("cancel")
        await until(lambda: "cancel" in scene.host.names())
        await scene.uploader.aclose()

    ui(story())


def test_an_uncertain_row_asks_the_person(scene: Scene, window: Window, ui: Any) -> None:
    async def story() -> None:
        scene.busy()
        scene.settle()
        window.gestures.act(["u10"], RowAction.ANSWER)
        await until(lambda: open_dialog(window) is not None)
        open_dialog(window).give("look")
        await until(lambda: "look_again" in scene.host.names())
        await scene.uploader.aclose()

    ui(story())


def test_leftovers_are_listed_before_they_are_deleted(
    scene: Scene, window: Window, ui: Any
) -> None:
    async def story() -> None:
        window.actions_.leftovers.trigger()
        await until(lambda: open_dialog(window) is not None)
        dialog = open_dialog(window)
        assert isinstance(dialog, LeftoversDialog)
        assert dialog.keep.isDefault() and not dialog._delete.isDefault()
        await until(lambda: dialog.tree.topLevelItem(0).childCount() == 2)
        server = dialog.tree.topLevelItem(0)
        assert server.text(0) == "Springfield Public Library: 2 things are left"
        shown = [server.child(place).text(0) for place in range(2)]
        assert shown == ["roster-2025.mrc", "roster-now.mrc"]
        assert dialog._delete.text() == "Delete 1 from the server"
        server.child(1).setCheckState(0, Qt.CheckState.Checked)
        assert dialog._delete.text() == "Delete 2 from the servers"
        server.child(1).setCheckState(0, Qt.CheckState.Unchecked)
        dialog._delete.click()
        await until(lambda: window.notices.notice is not None)
        assert [one.what for one in dialog.chosen] == ["roster-2025.mrc"]
        assert window.notices.notice.text == "1 leftover deleted"
        await scene.uploader.aclose()

    ui(story())


def test_keeping_the_leftovers_is_the_way_out(scene: Scene, window: Window, ui: Any) -> None:
    async def story() -> None:
        window.actions_.leftovers.trigger()
        await until(lambda: open_dialog(window) is not None)
        dialog = open_dialog(window)
        await until(lambda: dialog.tree.topLevelItem(0).childCount() == 2)
        dialog.keep.click()
        await until(lambda: open_dialog(window) is None)
        assert dialog.chosen == [] and "take_back" not in scene.host.names()
        await scene.uploader.aclose()

    ui(story())


def test_a_problem_without_a_row_is_shown_in_full(scene: Scene, window: Window, ui: Any) -> None:
    async def story() -> None:
        scene.show(1, "one.mrc", Phase.QUEUED)
        window.gestures.show_problem(SignInProblem(catalogue.SIGN_IN_REFUSED))
        await until(lambda: open_dialog(window) is not None)
        dialog = open_dialog(window)
        assert isinstance(dialog, ProblemDialog)
        assert dialog.card.problem is not None
        dialog.accept()
        await scene.uploader.aclose()

    ui(story())
