"""Rows: every state is painted, in every width and colour, and its buttons keep their places."""

from __future__ import annotations

import itertools

import pytest
from PySide6.QtCore import QRect
from PySide6.QtGui import QColor, QFont, QFontMetrics, QImage
from pytestqt.qtbot import QtBot

from app.viewmodels.row import CODES, RowAction, RowState, Tone
from app.views.row_delegate import COLUMNS, RowDelegate, _figures
from app.views.theme import Appearance, Theme
from app.views.uploads_table import UploadsTable
from tests.views.rows import MadeRows, made_states

WIDTHS = (120, 400, 900, 1600)


@pytest.mark.parametrize("appearance", [Appearance.LIGHT, Appearance.DARK])
@pytest.mark.parametrize("width", WIDTHS)
def test_every_state_is_painted(
    theme: Theme, qtbot: QtBot, appearance: Appearance, width: int
) -> None:
    theme.set_appearance(appearance)
    rows = MadeRows(made_states())
    assert {state.code for state in rows.states} == set(CODES)
    table = UploadsTable(theme)
    qtbot.addWidget(table)
    table.setModel(rows)
    table.resize(width, 60 * len(rows.states))
    table.show()
    for hovered in (-1, *range(len(rows.states))):
        table._delegate.hovered = hovered
        image = QImage(table.size(), QImage.Format.Format_RGB32)
        table.render(image)
        assert len({image.pixel(x, 30) for x in range(0, width, 7)}) > 1


def test_the_bar_tells_sent_from_worked(theme: Theme, qtbot: QtBot) -> None:
    def filled(sent: float, work: float | None) -> list[bool]:
        state = RowState("processing", "", Tone.ACTIVE, "server", sent, work)
        table = UploadsTable(theme)
        qtbot.addWidget(table)
        table.setModel(MadeRows([state]))
        table.resize(1076, 80)
        image = QImage(table.size(), QImage.Format.Format_RGB32)
        table.render(image)
        height = table.rowHeight(0)
        fill = QColor(theme.colors.fill).rgb()
        # 1,000 px of bar begin at 60: 0 to 700 is the sending, the rest the server's.
        return [image.pixel(60 + x, height - 6) == fill for x in (100, 600, 740, 960)]

    assert filled(0.5, None) == [True, False, False, False]
    assert filled(1.0, None) == [True, True, False, False]
    assert filled(1.0, 0.5) == [True, True, True, False]
    assert filled(1.0, 0.99) == [True, True, True, True]


def test_buttons_stay_in_their_row_and_apart(theme: Theme) -> None:
    delegate = RowDelegate(theme)
    font = QFont()
    for state, width, hovered in itertools.product(made_states(), (500, 900), (True, False)):
        rect = QRect(0, 112, width, delegate.height(font))
        buttons = delegate.buttons(rect, font, state, hovered)
        for button in buttons:
            assert rect.contains(button.rect), (state.code, button)
        for one, other in itertools.pairwise(buttons):
            assert one.rect.right() < other.rect.left()


def test_a_row_that_needs_the_person_shows_its_button_unasked(theme: Theme) -> None:
    state = RowState("waiting_auth", "", Tone.WAITING, "key", main=RowAction.SIGN_IN)
    asking = RowState(
        "waiting_auth", "", Tone.WAITING, "key", main=RowAction.SIGN_IN, needs_person=True
    )
    rect = QRect(0, 0, 800, 56)
    delegate = RowDelegate(theme)
    assert delegate.buttons(rect, QFont(), state, hovered=False) == []
    (button,) = delegate.buttons(rect, QFont(), asking, hovered=False)
    assert (button.action, button.text) == (RowAction.SIGN_IN, "Sign in…")


def test_figures_of_all_rows_stand_below_each_other(theme: Theme) -> None:
    metrics = QFontMetrics(QFont())
    short = _figures(metrics, ("1 %", "0.1 of 9.0 MB"), 900, aligned=True)
    long = _figures(
        metrics, ("61 %", "112.4 of 120.3 MB", "11.8 MB/s", "about 5 s"), 900, aligned=True
    )
    assert [width for _, width in short] == [width for _, width in long]
    assert len(short) == len(COLUMNS)


def test_a_narrow_row_keeps_percent_and_time_left(theme: Theme) -> None:
    metrics = QFontMetrics(QFont())
    figures = ("61 %", "12.4 of 20.3 MB", "1.8 MB/s", "about 5 s")
    room = metrics.horizontalAdvance(COLUMNS[0] + COLUMNS[3]) + 40
    assert [text for text, _ in _figures(metrics, figures, room, aligned=True)] == [
        "61 %",
        "about 5 s",
    ]
    assert _figures(metrics, figures, 5, aligned=True) == []


def test_a_row_is_as_high_in_every_state(theme: Theme, qtbot: QtBot) -> None:
    table = UploadsTable(theme)
    qtbot.addWidget(table)
    table.setModel(MadeRows(made_states()))
    heights = {table.rowHeight(row) for row in range(len(CODES))}
    assert len(heights) == 1
    assert heights.pop() % 4 == 0
