"""What several families of servers bring into the window: samples, groups, approvals, own paths."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.core import catalogue
from app.core.drafts import Finding, Level
from app.core.forms import Choice, Field, FieldKind
from app.viewmodels.details import Details
from app.viewmodels.form import FormModel
from app.viewmodels.notices import Notice
from app.views.approval import ApprovalQuestion
from app.views.form_view import FormView
from app.views.notice_bar import NoticeBar
from app.views.samples import Sample, SampleShelf, SampleTile
from app.views.theme import Theme
from app.views.window import Window
from tests.views.scenes import Scene


def test_an_approval_shows_the_reasons_and_takes_a_comment(theme: Theme, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    reason = Finding(catalogue.FILE_UNREADABLE, Level.WARNING, {"reason": "fewer files"})
    question = ApprovalQuestion(theme, parent, [Details("a.fpr", "/x/a.fpr", findings=(reason,))])
    assert question.windowTitle() == "Approve “a.fpr”?"
    assert "fewer files" in question.accessibleDescription()
    question.edit.setPlainText("  Moved to another repository. ")
    question.buttons["approve"].click()
    assert (question.answer, question.comment) == ("approve", "Moved to another repository.")


def test_several_approvals_say_each_reason_once(theme: Theme, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    reason = Finding(catalogue.FILE_UNREADABLE, Level.WARNING, {"reason": "fewer files"})
    rows = [Details(name, f"/x/{name}", findings=(reason,)) for name in ("a.fpr", "b.fpr")]
    question = ApprovalQuestion(theme, parent, rows)
    assert question.windowTitle() == "Approve 2 uploads?"
    assert question.accessibleDescription().count("fewer files") == 1
    question.reject()
    assert question.answer == "later"


def test_samples_are_pressed_or_dragged_as_files(theme: Theme, qtbot: QtBot) -> None:
    shelf = SampleShelf(theme)
    qtbot.addWidget(shelf)
    assert shelf.isHidden()
    paths = (Path("/x/a.csv"), Path("/x/b.csv"))
    shelf.offer([Sample("tao", "TAO Advance", "graduation", paths)])
    (tile,) = shelf.findChildren(SampleTile)
    assert [Path(url.toLocalFile()) for url in tile.mime().urls()] == list(paths)
    with qtbot.waitSignal(shelf.wanted) as caught:
        tile.click()
    assert caught.args == ["tao"]


def test_an_offer_stays_until_it_is_taken_or_settled(theme: Theme, qtbot: QtBot) -> None:
    parent = QWidget()
    qtbot.addWidget(parent)
    bar = NoticeBar(theme, parent)
    parent.show()
    bar.say(Notice("For another server.", destination="s2", offer="Use it"))
    assert bar.button.text() == "Use it" and not bar._timer.isActive()
    bar.withdraw_offer()
    assert bar.notice is None
    bar.say(Notice("Done."))
    bar.withdraw_offer()
    assert bar.notice is not None


def test_fields_of_a_closed_choice_stand_with_it(theme: Theme, qtbot: QtBot) -> None:
    choices = (Choice("usual", "Usual"), Choice("own", "My own"))
    form = FormModel(
        (
            Field("url", "Address"),
            Field("paths", "Paths", FieldKind.CHOICE, choices=choices, advanced=True),
            Field("upload", "Path", placeholder="{base}/upload", shown_if=("paths", ("own",))),
        ),
        {"paths": "usual"},
    )
    view = FormView(theme, form)
    qtbot.addWidget(view)
    form.set("paths", "own")
    field = view.field("upload")
    assert field is not None and view._hidden.isAncestorOf(field)
    assert field.control.placeholderText() == "{base}/upload"  # type: ignore[attr-defined]


def test_servers_are_listed_by_family(scene: Scene, window: Window) -> None:
    titles = [title for title, _, _ in scene.uploader.destinations.grouped]
    assert titles == ["FOLIO Data Import"]
    words = [action.text() for action in window.header.menu().actions() if action.text()]
    assert words[-1] == "Add a server…" and "FOLIO Data Import" not in words
