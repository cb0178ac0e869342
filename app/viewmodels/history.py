"""HistoryModel: what ended, searched, sorted and read a page at a time, never on this thread."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import IntEnum
from typing import TYPE_CHECKING

from PySide6.QtCore import (
    QAbstractTableModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    QTimer,
    Signal,
)

from app.core.history import Kept, Order, Outcome, Past, PastLine, Search
from app.reports.words import OUTCOMES
from app.viewmodels import words
from app.viewmodels.headings import alignment, heading
from app.viewmodels.row import Tone
from app.viewmodels.tasks import TaskScope
from app.viewmodels.words import counted, number, tr

if TYPE_CHECKING:
    from app.storage.history import History

PAGE = 200
AGAIN_MS = 1000
"""What ended meanwhile is listed this long after, many at once."""
CLEARED_MS = 6 * 3_600_000
"""What is too old by now is looked for this often."""
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()


class Column(IntEnum):
    NAME = 0
    RESULT = 1
    SERVER = 2
    ENDED = 3
    RECORDS = 4
    FAILED = 5
    SIZE = 6
    TOOK = 7


_ORDERS = {
    Column.NAME: Order.NAME,
    Column.RESULT: Order.OUTCOME,
    Column.SERVER: Order.SERVER,
    Column.ENDED: Order.ENDED,
    Column.RECORDS: Order.RECORDS,
    Column.FAILED: Order.FAILED,
    Column.SIZE: Order.SIZE,
    Column.TOOK: Order.TOOK,
}
_HEADS = {
    Column.NAME: "File",
    Column.RESULT: "Result",
    Column.SERVER: "Server",
    Column.ENDED: "Ended",
    Column.RECORDS: "Records",
    Column.FAILED: "Failed",
    Column.SIZE: "Size",
    Column.TOOK: "Took",
}
_NUMBERS = frozenset({Column.RECORDS, Column.FAILED, Column.SIZE, Column.TOOK})
TONES = {
    Outcome.DONE: (Tone.GOOD, "tick"),
    Outcome.DONE_WITH_ERRORS: (Tone.WAITING, "tick-bang"),
    Outcome.FAILED: (Tone.BAD, "cross"),
    Outcome.CANCELLED: (Tone.NEUTRAL, "dash"),
    Outcome.UNWATCHED: (Tone.NEUTRAL, "eye-off"),
}


def outcome_words(outcome: Outcome) -> str:
    """How an upload ended, for the person."""
    return tr(OUTCOMES[outcome])


class HistoryModel(QAbstractTableModel):
    """Rows are those of `search`, in its order. `changed` tells that count or servers are new.

    Nothing is read before `show` is called for the first time.
    """

    changed = Signal()

    def __init__(self, tasks: TaskScope, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._history: History | None = None
        self._shown = False
        self.search = Search()
        self.servers: Sequence[tuple[str, str]] = ()
        """(id, name) of every server that occurs."""
        self._ids: Sequence[int] = ()
        self._lines: list[PastLine] = []
        self._asked = 0
        """The number of the last reading begun; answers to earlier ones are not wanted."""
        self._fetching = False
        self.reading = False
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(AGAIN_MS)
        self._later.timeout.connect(self._read)
        self._kept: Callable[[], Kept] = Kept
        self._clearing = QTimer(self)
        self._clearing.setInterval(CLEARED_MS)
        self._clearing.timeout.connect(self._clear)

    @property
    def history(self) -> History | None:
        return self._history

    @property
    def count(self) -> int:
        """How many lines fit the search, fetched or not."""
        return len(self._ids)

    def begin(self, history: History, kept: Callable[[], Kept]) -> None:
        """There is a history, from now on. What is too old is cleared away in the background, now
        and as long as the program runs."""
        self._history, self._kept = history, kept
        self._clear()
        self._clearing.start()
        if self._shown:
            self._read()

    def show(self) -> None:
        """The list is looked at: it is read if it never was, and follows what ends."""
        if not self._shown:
            self._shown = True
            self._read()

    def hide(self) -> None:
        """Nobody looks; showing it again reads it again."""
        self._shown = False
        self._later.stop()

    def outdated(self) -> None:
        """An upload ended."""
        if self._shown and not self._later.isActive():
            self._later.start()

    def find(self, search: Search) -> None:
        """Other words or limits; the order stays."""
        search = replace(search, order=self.search.order, descending=self.search.descending)
        if search != self.search:
            self.search = search
            if self._shown:
                self._read()

    async def past(self, ids: Sequence[int]) -> list[Past]:
        """These lines whole. Raises StorageProblem."""
        history = self._history
        return [] if history is None else await asyncio.to_thread(history.past, ids)

    async def batch_of(self, id: int) -> list[Past]:
        """Everything sent together with this line. Raises StorageProblem."""
        history = self._history
        if history is None:
            return []
        return await asyncio.to_thread(lambda: history.past(history.batch_of(id)))

    def line(self, row: int) -> PastLine:
        return self._lines[row]

    def sentence(self, row: int) -> str:
        """The line as a screen reader says it."""
        line = self._lines[row]
        parts = (line.name, outcome_words(line.outcome), line.server, words.moment(line.ended))
        return tr(", ").join(parts)

    @property
    def summary(self) -> str:
        return counted(self.count, "{n} upload", "{n} uploads")

    # --- Qt's side

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(Column)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not index.isValid() or index.row() >= len(self._lines):
            return None
        column, line = Column(index.column()), self._lines[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return _text(column, line)
        if role == Qt.ItemDataRole.AccessibleTextRole:
            if column is Column.NAME:
                return self.sentence(index.row())
            return f"{tr(_HEADS[column])}: {_text(column, line) or tr('none')}"
        if role == Qt.ItemDataRole.ToolTipRole:
            return line.path if column is Column.NAME else _text(column, line)
        if role == Qt.ItemDataRole.TextAlignmentRole:
            return alignment(column, _NUMBERS)
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        return heading(Column(section), role, _HEADS, _NUMBERS)

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        wanted = _ORDERS[Column(column)] if column >= 0 else Order.ENDED
        down = order is Qt.SortOrder.DescendingOrder
        if (wanted, down) != (self.search.order, self.search.descending):
            self.search = replace(self.search, order=wanted, descending=down)
            if self._shown:
                self._read()

    def canFetchMore(self, parent: Index) -> bool:
        return not parent.isValid() and len(self._lines) < len(self._ids) and not self._fetching

    def fetchMore(self, parent: Index) -> None:
        if self.canFetchMore(parent) and self._history is not None:
            self._fetching = True
            self._tasks.start(self._fetch(self._history, self._asked))

    # --- inside

    def _clear(self) -> None:
        if self._history is not None:
            self._tasks.start(asyncio.to_thread(self._history.prune, self._kept()))

    def _read(self) -> None:
        if self._history is not None:
            self._asked += 1
            self.reading = True
            self._tasks.start(self._take(self._history, self._asked, self.search))

    async def _take(self, history: History, asked: int, search: Search) -> None:
        rows = max(PAGE, len(self._lines)) if self._later.isActive() else PAGE

        def read() -> tuple[Sequence[int], list[PastLine], Sequence[tuple[str, str]]]:
            ids = history.found(search)
            return ids, history.lines(ids[:rows]), history.servers()

        try:
            ids, lines, servers = await asyncio.to_thread(read)
        finally:
            if asked == self._asked:
                self.reading = False
        if asked != self._asked:
            return
        self.beginResetModel()
        self._ids, self._lines, self._fetching = ids, lines, False
        self.endResetModel()
        self.servers = servers
        self.changed.emit()

    async def _fetch(self, history: History, asked: int) -> None:
        first = len(self._lines)
        lines: list[PastLine] = []
        try:
            lines = await asyncio.to_thread(history.lines, self._ids[first : first + PAGE])
        finally:
            if asked == self._asked:
                self._fetching = False
        if asked != self._asked:
            return
        if not lines:
            # Pruned meanwhile.
            self._ids = self._ids[:first]
            return
        self.beginInsertRows(_NOWHERE, first, first + len(lines) - 1)
        self._lines += lines
        self.endInsertRows()


def _text(column: Column, line: PastLine) -> str:
    match column:
        case Column.NAME:
            return line.name
        case Column.RESULT:
            return outcome_words(line.outcome)
        case Column.SERVER:
            return line.server
        case Column.ENDED:
            return words.moment(line.ended)
        case Column.RECORDS:
            return "" if line.records is None else number(line.records)
        case Column.FAILED:
            return number(line.failed) if line.failed else ""
        case Column.SIZE:
            return words.size(line.size)
        case Column.TOOK:
            return words.duration(line.sending + line.serving)
