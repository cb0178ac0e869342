"""The window as a whole: what shows when, every action by key and menu, names for everything."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QSize, Qt, QUrl
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QDialog,
    QLineEdit,
    QMenu,
    QProgressBar,
    QWidget,
)
from pytestqt.qtbot import QtBot

from app.core.uploads import Phase, Wait, Why
from app.viewmodels.row import Kind, RowAction
from app.views.dialogs import Question
from app.views.row_actions import LOOKS
from app.views.theme import Appearance, Theme
from app.views.window import Window
from tests.views.scenes import PROFILE, RESUMABLE, Scene

# What the screenless platform cannot do for menus.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

SIZES = [QSize(900, 600), QSize(1120, 720), QSize(1920, 1080)]


async def until(true: Callable[[], bool]) -> None:
    """Wait for something to come true on Qt's loop."""
    while not true():
        await asyncio.sleep(0.01)


def dialogs(window: Window) -> list[QDialog]:
    return [one for one in window.findChildren(QDialog) if one.isVisible()]


@pytest.mark.parametrize("appearance", [Appearance.LIGHT, Appearance.DARK])
@pytest.mark.parametrize("size", SIZES, ids=lambda size: f"{size.width()}x{size.height()}")
def test_it_draws_in_every_size_and_look(
    scene: Scene, window: Window, theme: Theme, size: QSize, appearance: Appearance
) -> None:
    theme.set_appearance(appearance)
    window.resize(size)
    assert not window.grab().isNull()
    scene.busy()
    window.table.pick(1)
    image = window.grab().toImage()
    assert image.size() == size * window.devicePixelRatioF()
    assert window.size() == size


def test_every_part_follows_from_dark_to_light_and_back(
    scene: Scene, window: Window, theme: Theme
) -> None:
    window.resize(1120, 720)
    scene.busy()
    window.table.pick(1)
    for appearance in (Appearance.DARK, Appearance.LIGHT, Appearance.DARK, Appearance.LIGHT):
        theme.set_appearance(appearance)
        image = window.grab().toImage()
        dark = [
            image.pixelColor(x, y).lightness() < 100
            for x in range(8, image.width(), 16)
            for y in range(8, image.height(), 16)
        ]
        share = sum(dark) / len(dark)
        assert share > 0.9 if appearance is Appearance.DARK else share < 0.1


def test_before_there_is_a_server_only_one_button_invites(
    theme: Theme, qtbot: QtBot, tmp_path: Path
) -> None:
    scene = Scene(tmp_path)
    scene.begin()
    window = Window(scene.uploader, theme)
    qtbot.addWidget(window, before_close_func=lambda window: window.close_for_good())
    window.show()
    shown = [b for b in window.findChildren(QAbstractButton) if b.isVisible() and b.text()]
    assert [b.text() for b in shown] == ["Add a server…"]
    assert not window.actions_.add_files.isEnabled()
    assert not window.actions_.upload.isEnabled()
    assert window._refusal() != ""
    scene.uploader.intake.close()


def test_with_a_server_it_says_where_files_come_in(window: Window) -> None:
    assert window.drop_here.isVisible()
    assert "MARC records" in window.drop_here._text.text()
    assert not window.ready_bar.isVisible()


def test_rows_take_the_place_of_the_invitation(scene: Scene, window: Window) -> None:
    scene.finished()
    assert window.table.isVisible()
    assert not window.drop_here.isVisible()
    window.filter_bar.choose(Kind.FAILED)
    assert scene.uploader.filter.rowCount() == 2
    window.filter_bar.search.setText("no such file")
    assert scene.uploader.filter.rowCount() == 0
    assert "no such file" in window.filter_bar.nothing
    QTest.keyClick(window.filter_bar.search, Qt.Key.Key_Escape)
    assert scene.uploader.filter.rowCount() == 5


def test_chips_count_what_there_is(scene: Scene, window: Window) -> None:
    scene.finished()
    window.filter_bar.count()
    chips = {kind: chip.text() for kind, chip in window.filter_bar.chips.items()}
    assert chips[Kind.ALL] == "All  5"
    assert chips[Kind.FAILED] == "Failed  2"
    assert chips[Kind.NEEDS] == "Needs you"


def test_ready_files_are_sent_with_the_options_chosen(
    scene: Scene, window: Window, ui: Any
) -> None:
    async def story() -> None:
        scene.drafts("one.mrc", "two.mrc", "notes.docx")
        await until(window.ready_bar.isVisible)
        assert window.ready_bar.button.text() == "Upload 2 files"
        window.actions_.upload.trigger()
        await until(lambda: window.notices.notice is not None)
        assert window.notices.notice is not None
        assert "Job profile" in window.notices.notice.text
        scene.uploader.aim.options.set("profile", PROFILE)
        window.ready_bar.button.click()
        await until(lambda: "submit" in scene.host.names())
        (args,) = [args for name, args in scene.host.commands if name == "submit"]
        assert [source.name for source in args[1]] == ["one.mrc", "two.mrc"]
        assert args[2]["profile"] == PROFILE
        await scene.uploader.aclose()

    ui(story())


def test_every_action_stands_in_a_menu_or_is_reached_from_one(window: Window) -> None:
    held: set[QAction] = set()

    def walk(menu: QMenu) -> None:
        for action in menu.actions():
            held.add(action)
            if isinstance(inner := action.menu(), QMenu):
                walk(inner)

    for action in window.menuBar().actions():
        menu = action.menu()
        assert isinstance(menu, QMenu)
        walk(menu)
    missing = {action.text() for action in window.actions_.all()} - {one.text() for one in held}
    assert missing == set()
    assert all(action.text() for action in window.actions_.all())


def test_no_two_actions_share_their_keys(window: Window) -> None:
    keys = [keys for _, keys in window.actions_.keyboard()]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("keys", "command"),
    [
        ("Ctrl+P", "pause"),
        ("Ctrl+R", "retry"),
        ("Ctrl+Shift+R", "retry"),
        ("Space", "hold"),
        ("Alt+Up", "move"),
        ("Alt+Down", "move"),
        ("Alt+Home", "move"),
        ("Alt+End", "move"),
        ("Return", "start_now"),
        ("Delete", "remove"),
        ("Ctrl+Backspace", "cancel"),
    ],
)
def test_rows_and_queue_are_worked_by_keys(
    scene: Scene, window: Window, ui: Any, keys: str, command: str
) -> None:
    async def story() -> None:
        scene.show(1, "waiting.mrc", Phase.QUEUED, wait=Wait(Why.SLOT))
        scene.finished(2)
        window.activateWindow()
        window.table.setFocus()
        row = 3 if keys == "Ctrl+R" else 0
        window.table.pick(row)
        await asyncio.sleep(0.05)
        combination = QKeySequence(keys)[0]
        key, modifiers = combination.key(), combination.keyboardModifiers()
        QTest.keyClick(window.table, key, modifiers)
        await until(lambda: command in scene.host.names())
        await scene.uploader.aclose()

    ui(story(), limit=5)


def test_space_in_the_search_field_is_a_space(scene: Scene, window: Window) -> None:
    scene.finished()
    window.activateWindow()
    window.actions_.find.trigger()
    QTest.keyClicks(window.filter_bar.search, "a b")
    assert window.filter_bar.search.text() == "a b"
    assert scene.host.commands == []


def test_a_cancel_is_undone_from_the_notice(scene: Scene, window: Window, ui: Any) -> None:
    async def story() -> None:
        scene.show(1, "waiting.mrc", Phase.QUEUED)
        window.gestures.act(["u1"], RowAction.CANCEL)
        await until(lambda: window.notices.notice is not None)
        assert window.notices.button.text() == "Undo"
        window.notices.button.click()
        await until(lambda: "retry" in scene.host.names())
        await scene.uploader.aclose()

    ui(story())


def test_the_menu_of_a_row_offers_what_the_row_offers(scene: Scene, window: Window) -> None:
    scene.busy()
    scene.settle()
    seen = set()
    for id in scene.uploader.uploads.ids():
        at = scene.uploader.uploads.position(id)
        assert at is not None
        window.table.pick(at)
        window._row_menu(window.pos())
        (menu,) = [one for one in window.findChildren(QMenu) if one.isVisible()]
        words = [action.text() for action in menu.actions() if action.text()]
        offered = set(scene.uploader.rows.actions(id)) - {RowAction.REMOVE}
        seen |= offered
        assert {LOOKS[action].text for action in offered} <= set(words)
        assert any("Re&move" in one for one in words)
        menu.close()
    assert {RowAction.RETRY, RowAction.CANCEL_JOB, RowAction.RESUME, RowAction.ANSWER} <= seen


def test_links_open_only_pages(scene: Scene, window: Window) -> None:
    opened: list[str] = []
    window.gestures._open_url = lambda url: opened.append(url.toString())
    window.gestures._open("https://folio.example.org/job/1")
    window.gestures._open("file:///etc/passwd")
    window.gestures._open("javascript:alert(1)")
    window.gestures._open("")
    assert opened == [QUrl("https://folio.example.org/job/1").toString()]


def test_everything_has_a_name_for_those_who_do_not_see_it(
    scene: Scene, window: Window, ui: Any
) -> None:
    async def story() -> None:
        scene.busy()
        scene.drafts("one.mrc")
        window.table.pick(0)
        await until(window.ready_bar.isVisible)
        kinds = (QAbstractButton, QLineEdit, QAbstractItemView, QProgressBar)
        nameless = [
            (type(widget).__name__, widget.parent())
            for kind in kinds
            for widget in window.findChildren(kind)
            if widget.isVisible() and not _inner(widget) and not _name(widget)
        ]
        assert nameless == []
        await scene.uploader.aclose()

    ui(story())


def _name(widget: QWidget) -> str:
    words = widget.text() if isinstance(widget, QAbstractButton) else ""
    return widget.accessibleName() or words


def _inner(widget: QWidget) -> bool:
    """Parts that Qt makes inside a named control."""
    parent = widget.parentWidget()
    return isinstance(parent, QLineEdit) or widget.objectName().startswith("qt_")


def test_every_row_is_a_sentence(scene: Scene, window: Window) -> None:
    scene.busy()
    model = window.table.model()
    for row in range(model.rowCount()):
        index = model.index(row, 0)
        text = index.data(Qt.ItemDataRole.AccessibleTextRole)
        assert index.data(Qt.ItemDataRole.DisplayRole) in text
        assert len(text.split(", ")) >= 2


def test_leaving_asks_only_while_bytes_move(scene: Scene, window: Window, ui: Any) -> None:
    async def story() -> None:
        scene.sending(1, "roster.mrc", 1000, 10, ticket=RESUMABLE)
        scene.settle()
        window.close()
        await until(lambda: bool(dialogs(window)))
        (question,) = dialogs(window)
        assert isinstance(question, Question)
        assert list(question.buttons) == ["quit", "stay"]
        question.reject()
        await asyncio.sleep(0.05)
        assert not window.closing.done()
        window.close()
        await until(lambda: bool(dialogs(window)))
        (question,) = dialogs(window)
        assert isinstance(question, Question)
        question.give("quit")
        await asyncio.wait_for(window.closing, 2)
        assert window.isVisible()
        await scene.uploader.aclose()

    ui(story())


def test_where_an_icon_stands_for_it_the_window_may_go_on_hidden(
    scene: Scene, window: Window, ui: Any
) -> None:
    async def story() -> None:
        scene.sending(1, "roster.mrc", 1000, 10, ticket=RESUMABLE)
        scene.settle()
        window.reachable = lambda: True
        window.close()
        window.close()
        await until(lambda: bool(dialogs(window)))
        (question,) = dialogs(window)
        assert isinstance(question, Question)
        assert list(question.buttons) == ["quit", "stay", "hide"]
        question.give("hide")
        await until(window.isHidden)
        assert not window.closing.done()
        await scene.uploader.aclose()

    ui(story())


def test_leaving_asks_nothing_when_only_servers_work(scene: Scene, window: Window, ui: Any) -> None:
    async def story() -> None:
        scene.show(1, "roster.mrc", Phase.PROCESSING)
        scene.settle()
        window.close()
        await asyncio.wait_for(window.closing, 2)
        assert dialogs(window) == []
        await scene.uploader.aclose()

    ui(story())


def test_the_look_is_kept_for_the_next_start(scene: Scene, window: Window, theme: Theme) -> None:
    window.actions_.appearances[Appearance.DARK].trigger()
    assert theme.colors.dark
    assert scene.uploader.preferences.settings.theme == "dark"


def test_the_panel_gives_way_to_one_line(scene: Scene, window: Window) -> None:
    scene.busy()
    assert not window.statusBar().isVisible()
    window.actions_.panel.trigger()
    assert window.statusBar().isVisible()
    assert not window.panel.isVisible()
    assert "needs you" in window._status.text()


def test_a_countdown_goes_on_and_its_button_keeps_the_focus(
    scene: Scene, window: Window, qtbot: QtBot
) -> None:
    scene.cut_off()
    button = next(
        one for one in window.panel.findChildren(QAbstractButton) if one.text() == "Try now"
    )
    window.activateWindow()
    button.setFocus()
    (words,) = [connection.text() for connection, _ in window.panel._lane_words]
    assert "next try in" in words
    qtbot.waitUntil(lambda: window.panel._lane_words[0][0].text() != words, timeout=3000)
    assert button.hasFocus()
    assert window.panel._seconds.isActive()
    scene.ready()
    assert not window.panel._seconds.isActive()


def test_files_just_added_come_into_view(scene: Scene, window: Window, ui: Any) -> None:
    async def story() -> None:
        scene.busy()
        window._expecting = True
        scene.drafts("new.mrc")
        table = window.table

        def in_sight() -> bool:
            last = table.model().index(table.model().rowCount() - 1, 0)
            return table.viewport().rect().contains(table.visualRect(last))

        await until(lambda: window.ready_bar.isVisible() and in_sight())
        await scene.uploader.aclose()

    ui(story())
