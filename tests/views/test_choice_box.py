"""Choosing: few or thousands, by typing, by keys; half a search is no choice."""

from __future__ import annotations

import time

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.core.forms import Choice
from app.views.choice_box import ChoiceBox
from app.views.theme import Theme

# What the screenless platform cannot do for pop-ups.
pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

MANY = [Choice(f"v{n}", f"Load profile {n}", f"MARC · number {n}") for n in range(5_000)]


class Chosen:
    """A box in a window with another field beside it."""

    def __init__(self, theme: Theme, **options: bool) -> None:
        self.window = QWidget()
        self.other = QLineEdit()
        self.box = ChoiceBox(theme, **options)
        layout = QVBoxLayout(self.window)
        layout.addWidget(self.box)
        layout.addWidget(self.other)
        self.values: list[str] = []
        self.searches: list[str] = []
        self.box.chosen.connect(self.values.append)
        self.box.searched.connect(self.searches.append)
        self.window.resize(400, 300)
        self.window.show()
        self.window.activateWindow()


@pytest.fixture
def chosen(theme: Theme, qtbot: QtBot) -> Chosen:
    made = Chosen(theme)
    qtbot.addWidget(made.window)
    made.box.set_choices(MANY)
    return made


def test_typing_narrows_thousands_and_return_takes_the_first(chosen: Chosen) -> None:
    chosen.box.setFocus()
    begun = time.perf_counter()
    QTest.keyClicks(chosen.box, "profile 4321")
    assert time.perf_counter() - begun < 1.0
    assert chosen.box._popup.isVisible()
    QTest.keyClick(chosen.box._popup, Qt.Key.Key_Return)
    assert (chosen.values, chosen.box.value) == (["v4321"], "v4321")
    assert chosen.box.text() == "Load profile 4321"
    assert not chosen.box._popup.isVisible()


def test_words_are_found_anywhere_and_in_the_second_line(chosen: Chosen) -> None:
    chosen.box.setFocus()
    QTest.keyClicks(chosen.box, "number 77 load")
    shown = chosen.box._model
    assert shown.rowCount() > 0
    assert all("77" in str(shown.index(row, 0).data()) for row in range(shown.rowCount()))


def test_the_list_opens_at_what_is_chosen(chosen: Chosen) -> None:
    chosen.box.set_value("v2500")
    QTest.mouseClick(chosen.box, Qt.MouseButton.LeftButton)
    assert chosen.box._popup.currentIndex().row() == 2500
    assert chosen.box._model.rowCount() == 5_000


def test_the_down_arrow_opens_the_list(chosen: Chosen) -> None:
    chosen.box.setFocus()
    QTest.keyClick(chosen.box, Qt.Key.Key_Down)
    assert chosen.box._popup.isVisible()


def test_half_a_search_is_given_up_when_the_field_is_left(chosen: Chosen, qtbot: QtBot) -> None:
    chosen.box.set_value("v1")
    chosen.box.setFocus()
    qtbot.waitUntil(chosen.box.hasFocus)
    QTest.keyClicks(chosen.box, "nonsense")
    chosen.box._popup.hide()
    chosen.other.setFocus()
    assert (chosen.box.value, chosen.box.text()) == ("v1", "Load profile 1")
    assert chosen.values == []


def test_nothing_that_matches_says_so_and_cannot_be_taken(chosen: Chosen) -> None:
    chosen.box.setFocus()
    QTest.keyClicks(chosen.box, "zzz")
    assert chosen.box._model.index(0, 0).data() == "Nothing matches"
    QTest.keyClick(chosen.box._popup, Qt.Key.Key_Return)
    assert chosen.values == []


def test_a_server_is_asked_after_a_pause_in_typing(theme: Theme, qtbot: QtBot) -> None:
    made = Chosen(theme, searches=True)
    qtbot.addWidget(made.window)
    made.box.setFocus()
    QTest.keyClicks(made.box, "holdings")
    assert made.searches == []
    qtbot.waitUntil(lambda: made.searches == ["holdings"])


def test_a_label_comes_later_than_its_value(theme: Theme, qtbot: QtBot) -> None:
    made = Chosen(theme)
    qtbot.addWidget(made.window)
    made.box.set_value("v3")
    assert made.box.text() == "v3"
    made.other.setFocus()
    made.box.set_choices(MANY)
    assert made.box.text() == "Load profile 3"
