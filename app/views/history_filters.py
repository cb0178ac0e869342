"""Above the history: words to find, when, which server, and how it ended."""

from __future__ import annotations

from PySide6.QtCore import QDate, QSignalBlocker, QTimer, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QDateEdit, QFrame, QHBoxLayout, QLabel, QLineEdit, QWidget

from app.core.history import Outcome, Search
from app.viewmodels.history import HistoryModel, outcome_words
from app.viewmodels.words import tr
from app.views.drop_down import DropDown
from app.views.theme import GRID, HALF, Theme

TYPING_MS = 150
"""A search begins when the person has stopped typing for this long."""
_DAYS = {"today": 0, "week": 6, "month": 29, "quarter": 89}
_BETWEEN = "between"
_SHOWN = 11
"""Letters of a choice that are always seen."""


class HistoryFilters(QFrame):
    """Tells the model what to find; `changed` follows each change."""

    changed = Signal()

    def __init__(self, theme: Theme, model: HistoryModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = model
        self._theme = theme
        theme.look(self, "bar")
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Find by name, folder, account or id"))
        self.search.setAccessibleName(self.search.placeholderText())
        self.search.setClearButtonEnabled(True)
        self.search.setAcceptDrops(False)
        self.search.setMinimumWidth(18 * GRID)
        self.search.setMaximumWidth(60 * GRID)
        glass = QAction(tr("Find"), self.search)
        theme.dress(glass, "search")
        self.search.addAction(glass, QLineEdit.ActionPosition.LeadingPosition)
        self.when = self._box(
            tr("When it ended"),
            (
                ("", tr("Any time")),
                ("today", tr("Today")),
                ("week", tr("Last 7 days")),
                ("month", tr("Last 30 days")),
                ("quarter", tr("Last 90 days")),
                (_BETWEEN, tr("From … to …")),
            ),
        )
        self.first, self.last = self._day(tr("From")), self._day(tr("To"))
        self.first.setDate(QDate.currentDate().addDays(-29))
        self.server = self._box(tr("Server"), (("", tr("All servers")),))
        self.result = self._box(
            tr("Result"),
            (("", tr("All results")), *((one.value, outcome_words(one)) for one in Outcome)),
        )
        self.count = QLabel()
        """How many lines there are, for whoever has room for it."""
        theme.look(self.count, "muted")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3 * HALF, HALF + 2, 2 * GRID, HALF + 2)
        layout.setSpacing(GRID)
        layout.addWidget(self.search, 3)
        for widget in (self.when, self.first, self.last, self.server, self.result):
            layout.addWidget(widget)
        layout.addStretch(1)
        self._typing = QTimer(self)
        self._typing.setSingleShot(True)
        self._typing.setInterval(TYPING_MS)
        self._typing.timeout.connect(self._find)
        self.search.textChanged.connect(self._typing.start)
        for box in (self.when, self.server, self.result):
            box.currentIndexChanged.connect(self._find)
        for day in (self.first, self.last):
            day.dateChanged.connect(self._find)
        model.changed.connect(self._tell)
        self._show_days()

    @property
    def narrowed(self) -> bool:
        """Whether anything is left out."""
        return bool(self.search.text().strip()) or any(
            box.currentIndex() > 0 for box in (self.when, self.server, self.result)
        )

    def clear(self) -> None:
        """Show everything again."""
        self.search.clear()
        for box in (self.when, self.server, self.result):
            box.setCurrentIndex(0)
        self._find()

    def _box(self, name: str, choices: tuple[tuple[str, str], ...]) -> DropDown:
        box = DropDown(self._theme, name)
        box.setToolTip(name)
        box.setSizeAdjustPolicy(DropDown.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        box.setMinimumContentsLength(_SHOWN)
        for key, words in choices:
            box.addItem(words, key)
        return box

    @staticmethod
    def _day(name: str) -> QDateEdit:
        day = QDateEdit(QDate.currentDate())
        day.setCalendarPopup(True)
        day.setMinimumHeight(4 * GRID)
        day.setAccessibleName(name)
        day.setToolTip(name)
        return day

    def _show_days(self) -> None:
        between = self.when.currentData() == _BETWEEN
        self.first.setVisible(between)
        self.last.setVisible(between)

    def _find(self) -> None:
        self._typing.stop()
        self._show_days()
        result = str(self.result.currentData())
        since, until = self._days()
        self._model.find(
            Search(
                text=self.search.text(),
                since=since,
                until=until,
                destination=str(self.server.currentData()),
                outcomes=frozenset({Outcome(result)} if result else ()),
            )
        )
        self.changed.emit()

    def _days(self) -> tuple[float | None, float | None]:
        key = str(self.when.currentData())
        if key == _BETWEEN:
            first, last = sorted((self.first.date(), self.last.date()), key=QDate.toJulianDay)
            return _midnight(first), _midnight(last.addDays(1))
        if key in _DAYS:
            return _midnight(QDate.currentDate().addDays(-_DAYS[key])), None
        return None, None

    def _tell(self) -> None:
        self.count.setText(self._model.summary)
        chosen = self.server.currentData()
        with QSignalBlocker(self.server):
            while self.server.count() > 1:
                self.server.removeItem(1)
            for id, name in self._model.servers:
                self.server.addItem(name, id)
            self.server.setCurrentIndex(max(0, self.server.findData(chosen)))


def _midnight(day: QDate) -> float:
    return float(day.startOfDay().toSecsSinceEpoch())
