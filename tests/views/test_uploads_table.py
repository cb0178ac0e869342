"""The list: buttons in rows, double-click, selection, motion, ten thousand rows."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QToolTip
from pytestqt.qtbot import QtBot

from app.viewmodels.row import RowAction, RowState, Tone
from app.viewmodels.uploads import Role
from app.views.theme import Theme
from app.views.uploads_table import UploadsTable
from tests.views.rows import MadeRows

PAUSED = RowState("paused", "Paused", Tone.WAITING, "pause", 0.4, None, (), RowAction.RESUME)
SENDING = RowState(
    "uploading",
    "Uploading",
    Tone.ACTIVE,
    "arrow-up",
    0.4,
    None,
    (),
    RowAction.STOP,
    RowAction.CANCEL,
)
WORKING = RowState("processing", "Server is working", Tone.ACTIVE, "server-arrow", 1.0, -1.0)


@pytest.fixture
def table(theme: Theme, qtbot: QtBot) -> UploadsTable:
    made = UploadsTable(theme)
    qtbot.addWidget(made)
    made.setModel(MadeRows([SENDING, PAUSED]))
    made.resize(900, 300)
    made.show()
    return made


def _button(table: UploadsTable, row: int, action: RowAction | None) -> QPoint:
    index = table.model().index(row, 0)
    state = index.data(Role.STATE)
    rect = table.visualRect(index)
    buttons = table._delegate.buttons(rect, table.font(), state, hovered=True)
    return next(one for one in buttons if one.action is action).rect.center()


def test_a_button_acts_on_its_own_row(table: UploadsTable, qtbot: QtBot) -> None:
    at = _button(table, 0, RowAction.CANCEL)
    with qtbot.waitSignal(table.act) as caught:
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert caught.args == [["u0"], RowAction.CANCEL]
    assert table.ids() == ["u0"]


def test_a_press_that_leaves_its_button_does_nothing(table: UploadsTable, qtbot: QtBot) -> None:
    at = _button(table, 0, RowAction.CANCEL)
    with qtbot.assertNotEmitted(table.act):
        qtbot.mousePress(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
        qtbot.mouseRelease(table.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(80, 20))


def test_the_dots_open_the_menu_below_them(table: UploadsTable, qtbot: QtBot) -> None:
    with qtbot.waitSignal(table.menu_wanted):
        at = _button(table, 1, None)
        qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert table.ids() == ["u1"]


def test_a_double_click_does_the_main_action(table: UploadsTable, qtbot: QtBot) -> None:
    middle = table.visualRect(table.model().index(1, 0)).center()
    with qtbot.waitSignal(table.act) as caught:
        qtbot.mouseDClick(table.viewport(), Qt.MouseButton.LeftButton, pos=middle)
    assert caught.args == [["u1"], RowAction.RESUME]


def test_rows_are_picked_by_keyboard(table: UploadsTable, qtbot: QtBot) -> None:
    table.pick(0)
    qtbot.keyClick(table, Qt.Key.Key_Down)
    assert (table.ids(), table.current_id()) == (["u1"], "u1")
    assert table._delegate.show_focus
    table.unpick()
    assert (table.ids(), table.current_id()) == ([], "")


def test_nothing_moves_unless_something_in_sight_does(table: UploadsTable, qtbot: QtBot) -> None:
    qtbot.waitUntil(lambda: not table._frames.isActive())
    table.setModel(MadeRows([WORKING]))
    assert table._frames.isActive() is table._theme.moves
    table.setModel(MadeRows([PAUSED]))
    qtbot.waitUntil(lambda: not table._frames.isActive())


def test_ten_thousand_rows_scroll_without_a_stall(theme: Theme, qtbot: QtBot) -> None:
    table = UploadsTable(theme)
    qtbot.addWidget(table)
    table.setModel(MadeRows([SENDING, PAUSED] * 5_000))
    table.resize(900, 700)
    table.show()
    bar = table.verticalScrollBar()
    longest = 0.0
    for step in range(20):
        begun = time.perf_counter()
        bar.setValue(bar.maximum() * step // 20)
        table.viewport().repaint()
        QApplication.processEvents()
        longest = max(longest, time.perf_counter() - begun)
    assert longest < 0.1


@pytest.mark.qt_log_ignore("This plugin does not support raise", extend=True)
def test_a_button_says_what_it_does_and_the_rest_of_its_row_says_nothing(
    table: UploadsTable,
) -> None:
    def told(at: QPoint) -> str:
        event = QHelpEvent(QEvent.Type.ToolTip, at, table.viewport().mapToGlobal(at))
        QApplication.sendEvent(table.viewport(), event)
        return QToolTip.text()

    assert told(table.visualRect(table.model().index(0, 0)).topLeft() + QPoint(2, 2)) == ""
    assert told(_button(table, 0, RowAction.CANCEL)) == "Cancel"


def test_rows_grow_with_the_font(table: UploadsTable, qtbot: QtBot) -> None:
    before = table.rowHeight(0)
    font = table.font()
    font.setPointSizeF(font.pointSizeF() * 2)
    table.setFont(font)
    qtbot.waitUntil(lambda: table.rowHeight(0) > before)
