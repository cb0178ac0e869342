"""The timetable of the speed limit, edited line by line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QToolButton, QWidget

from app.core.timetable import DAY, Period
from app.viewmodels import words
from app.viewmodels.bandwidth import PRESETS, period_text
from app.viewmodels.words import tr
from app.views.dialogs import Start, answered
from app.views.labels import caption
from app.views.layouts import column, emptied
from app.views.limit_menu import RateMenu, RateQuestion
from app.views.theme import GRID, HALF, Theme

CLOCK = 9 * GRID
RATE = 14 * GRID
DAY_WIDTH = 5 * GRID + HALF
OFFICE_HOURS = Period(frozenset(range(5)), 8 * 60, 18 * 60, 2_000_000)
"""What a new line begins with."""

_CLOCK = re.compile(r"(\d{1,2})(?::(\d\d))?")


def minutes(text: str) -> int | None:
    """“8:00” as minutes since midnight, up to 24:00; None if it is no time of day."""
    found = _CLOCK.fullmatch(text.strip())
    if found is None:
        return None
    value = int(found[1]) * 60 + int(found[2] or 0)
    return value if value <= DAY and int(found[2] or 0) < 60 else None


def clock(value: int) -> str:
    return f"{value // 60:02}:{value % 60:02}"


class RateButton(QPushButton):
    """Shows a speed and opens the menu of others."""

    chosen = Signal(int)
    """Bytes per second, 0 for no limit."""

    def __init__(self, theme: Theme, start: Start, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._start = start
        self._rate = 0
        self.setAutoDefault(False)
        menu = RateMenu("", self._offered, lambda: self._rate, self)
        menu.chosen.connect(self.chosen)
        menu.own_wanted.connect(lambda: self._start(self._asked()))
        self.setMenu(menu)

    def show_rate(self, rate: int) -> None:
        self._rate = rate
        self.setText(words.speed(rate) if rate else tr("No limit"))

    def _offered(self) -> list[tuple[int, str]]:
        fast_first = sorted({*PRESETS, self._rate} - {0}, reverse=True)
        return [(0, tr("No limit")), *((rate, words.speed(rate)) for rate in fast_first)]

    async def _asked(self) -> None:
        question = RateQuestion(self._theme, self.window(), self._rate)
        if await answered(question) == "set":
            self.chosen.emit(question.rate)


class PeriodLine(QWidget):
    """One line of the timetable: days, hours, limit."""

    edited = Signal(object)
    """The Period as it is now; None when the line is to go."""

    def __init__(self, theme: Theme, start: Start, period: Period) -> None:
        super().__init__()
        self._theme = theme
        self._period = period
        text = period_text(period)
        self.setAccessibleName(text)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(HALF)
        self.days: list[QToolButton] = []
        for day in range(7):
            chip = QToolButton()
            chip.setText(words.weekday(day))
            chip.setCheckable(True)
            chip.setChecked(day in period.days)
            chip.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            chip.setFixedWidth(DAY_WIDTH)
            theme.look(chip, "day")
            chip.clicked.connect(self._days_picked)
            self.days.append(chip)
            row.addWidget(chip)
        row.addSpacing(GRID)
        self.begin = self._clock(tr("From"), period.begin)
        self.end = self._clock(tr("To"), period.end)
        row.addWidget(self.begin)
        row.addWidget(QLabel("–"))
        row.addWidget(self.end)
        row.addSpacing(GRID)
        self.rate = RateButton(theme, start)
        self.rate.setFixedWidth(RATE)
        self.rate.show_rate(period.rate)
        self.rate.setAccessibleName(tr("Limit: {rate}", rate=self.rate.text()))
        self.rate.chosen.connect(lambda rate: self.edited.emit(replace(self._period, rate=rate)))
        row.addWidget(self.rate)
        row.addStretch()
        remove = QToolButton()
        remove.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        remove.setToolTip(tr("Remove this line"))
        remove.setAccessibleName(tr("Remove: {line}", line=text))
        theme.look(remove, "quiet")
        theme.dress(remove, "trash")
        remove.clicked.connect(lambda: self.edited.emit(None))
        row.addWidget(remove)

    def _clock(self, name: str, value: int) -> QLineEdit:
        field = QLineEdit(clock(value))
        field.setFixedWidth(CLOCK)
        field.setAlignment(Qt.AlignmentFlag.AlignCenter)
        field.setAccessibleName(name)
        field.setPlaceholderText("08:00")
        field.editingFinished.connect(self._clock_set)
        return field

    def _days_picked(self) -> None:
        days = frozenset(day for day, chip in enumerate(self.days) if chip.isChecked())
        if days:
            self.edited.emit(replace(self._period, days=days))
        else:
            # A line without a day would never count: the last one stays.
            for day, chip in enumerate(self.days):
                chip.setChecked(day in self._period.days)

    def _clock_set(self) -> None:
        begin, end = minutes(self.begin.text()), minutes(self.end.text())
        for field, value in ((self.begin, begin), (self.end, end)):
            wrong = value is None or (field is self.begin and value == DAY)
            field.setProperty("wrong", wrong)
            field.setToolTip(tr("A time of day looks like 08:00.") if wrong else "")
            self._theme.polish(field)
        if begin is None or end is None or begin == DAY:
            return
        period = replace(self._period, begin=begin, end=end)
        if period != self._period:
            self.edited.emit(period)


class TimetableView(QWidget):
    """All lines of a timetable, in the order in which they count."""

    edited = Signal(list)
    """The periods as they are now."""

    def __init__(self, theme: Theme, start: Start, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._start = start
        self._periods: list[Period] = []
        self.lines: list[PeriodLine] = []
        self._place = column(spacing=GRID)
        self._none = caption(theme, tr("No line: the same limit at all hours."))
        self.add = QPushButton(tr("Add hours"))
        self.add.setAutoDefault(False)
        theme.dress(self.add, "add")
        self.add.clicked.connect(lambda: self._emit([*self._periods, OFFICE_HOURS]))
        layout = column(self, spacing=GRID)
        layout.addWidget(self._none)
        layout.addLayout(self._place)
        layout.addWidget(self.add, 0, Qt.AlignmentFlag.AlignLeft)
        self.setFocusProxy(self.add)

    def show_periods(self, periods: Sequence[Period]) -> None:
        if list(periods) == self._periods and len(self.lines) == len(periods):
            return
        self._periods = list(periods)
        emptied(self._place)
        self.lines = []
        for at, period in enumerate(periods):
            line = PeriodLine(self._theme, self._start, period)
            line.edited.connect(lambda period, at=at: self._changed(at, period))
            self._place.addWidget(line)
            self.lines.append(line)
        self._none.setVisible(not periods)

    def _changed(self, at: int, period: Period | None) -> None:
        new = [] if period is None else [period]
        self._emit([*self._periods[:at], *new, *self._periods[at + 1 :]])

    def _emit(self, periods: list[Period]) -> None:
        self.edited.emit(periods)
