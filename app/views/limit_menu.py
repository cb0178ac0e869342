"""The menu of the speed limit, and the question for a limit of one's own."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu, QWidget

from app.viewmodels import words
from app.viewmodels.bandwidth import Bandwidth, typed_rate
from app.viewmodels.words import tr
from app.views.dialogs import Answer, Question
from app.views.theme import Theme


class RateMenu(QMenu):
    """Speeds to choose from, the present one marked; filled anew each time it opens."""

    chosen = Signal(int)
    """Bytes per second, 0 for no limit."""
    own_wanted = Signal()

    def __init__(
        self,
        title: str,
        choices: Callable[[], list[tuple[int, str]]],
        current: Callable[[], int],
        parent: QWidget,
    ) -> None:
        super().__init__(title, parent)
        self._choices = choices
        self._current = current
        self.aboutToShow.connect(self.fill)

    def fill(self) -> None:
        """The choices as they are now."""
        self.clear()
        group = QActionGroup(self)
        for rate, text in self._choices():
            action = self.addAction(text)
            action.setCheckable(True)
            action.setChecked(rate == self._current())
            action.triggered.connect(lambda _=False, rate=rate: self.chosen.emit(rate))
            group.addAction(action)
        self.addSeparator()
        self.addAction(tr("Another speed…")).triggered.connect(self.own_wanted)


class LimitMenu(RateMenu):
    """The speeds of the whole program, and the way to the timetable."""

    timetable_wanted = Signal()

    def __init__(self, bandwidth: Bandwidth, parent: QWidget) -> None:
        super().__init__(tr("&Limit speed"), bandwidth.choices, lambda: bandwidth.rate, parent)
        self.chosen.connect(bandwidth.choose)

    def fill(self) -> None:
        super().fill()
        self.addAction(tr("Timetable…")).triggered.connect(self.timetable_wanted)


class RateQuestion(Question):
    """Asks for a speed; `rate` is bytes per second, 0 for no limit, once the answer is `set`."""

    def __init__(self, theme: Theme, parent: QWidget, current: int) -> None:
        super().__init__(
            theme,
            parent,
            tr("Limit the speed"),
            tr("For everything this program sends, all servers together."),
            (Answer("set", tr("Set the limit")), Answer("keep", tr("Cancel"))),
            escape="keep",
        )
        self.rate = current
        self._theme = theme
        label = QLabel(tr("Speed"))
        self.field = QLineEdit(words.speed(current) if current else "")
        self.field.setAccessibleName(tr("Speed"))
        self.field.setPlaceholderText(tr("such as 500 kB/s or 2 MB/s"))
        self.field.textEdited.connect(lambda: self._complain(False))
        label.setBuddy(self.field)
        self._note = QLabel(tr("A speed looks like 500 kB/s or 2 MB/s."))
        theme.look(self._note, "wrong")
        self._note.hide()
        self.place.addWidget(label)
        self.place.addWidget(self.field)
        self.place.addWidget(self._note)
        self.field.selectAll()
        self.field.setFocus()

    def give(self, key: str) -> None:
        if key == "set":
            rate = typed_rate(self.field.text())
            if rate is None:
                self._complain(True)
                self.field.setFocus()
                return
            self.rate = rate
        super().give(key)

    def _complain(self, wrong: bool) -> None:
        self._note.setVisible(wrong)
        self.field.setProperty("wrong", wrong)
        self._theme.polish(self.field)
