"""One pass over a table: what its columns are and what its cells come to, column by column."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TypeVar

from app.core.drafts import Look, Place
from app.core.uploads import Source
from app.servers.source_file import opened
from app.servers.tao.inspect.formats import LONGEST_CELL, Rule, rules
from app.servers.tao.inspect.keys import Keys, joined
from app.servers.tao.inspect.rows import FIRST, Batch, Rows, blank, lines_of
from app.servers.tao.inspect.text import BLOCK, Encoding, Text
from app.servers.tao.wire import kinds
from app.servers.tao.wire.kinds import Kind

_Key = TypeVar("_Key", int, "tuple[int, Rule]")

MOST_COLUMNS = 500
"""Of more columns only the first ones are looked into."""


@dataclass(slots=True)
class Tally:
    """How often something was seen, and where first."""

    count: int = 0
    first: Place = field(default_factory=Place)

    def add(self, count: int, place: Place) -> None:
        if not self.count:
            self.first = place
        self.count += count


@dataclass(slots=True)
class Seen:
    """What a table is and how often what was seen in it. Columns by their index."""

    text: Text
    rows: Rows
    columns: tuple[str, ...] = ()
    kind: Kind | None = None
    records: int = 0
    ragged: Tally = field(default_factory=Tally)
    ragged_cells: int = 0
    """Cells of the first row of another length than the header."""
    broken_lines: Tally = field(default_factory=Tally)
    """Rows with a line break in a cell."""
    blanks: dict[int, Tally] = field(default_factory=dict)
    long_cells: dict[int, Tally] = field(default_factory=dict)
    ruled: dict[tuple[int, Rule], Tally] = field(default_factory=dict)
    keys: Keys = field(default_factory=Keys)
    doubled: Tally = field(default_factory=Tally)

    @property
    def encoding(self) -> Encoding:
        return self.text.encoding


def seen(source: Source, encoding: Encoding, look: Look, block: int = BLOCK) -> Seen:
    """Reads the file once. Raises FileProblem, and what `look` raises."""
    with opened(source) as file:
        text = Text(file, encoding, look, block)
        table = Seen(text, Rows(text))
        reading: _Reading | None = None
        for batch in table.rows.batches():
            reading = reading or _Reading(table)
            reading.add(batch)
    if reading is None and table.rows.header:
        reading = _Reading(table)
    if reading is not None:
        reading.end()
    return table


@dataclass(frozen=True, slots=True)
class _Whole:
    """The rows of a batch that are as long as the header: where they stand in it, which records
    they are."""

    batch: Batch
    rows: Sequence[Sequence[str]]
    indexes: Sequence[int]
    records: Sequence[int]

    def place(self, at: int, column: str) -> Place:
        return Place(record=self.records[at], line=self.batch.line(self.indexes[at]), column=column)


class _Reading:
    """Adds batches of rows to what was seen, a whole column at a time, which makes it fast."""

    def __init__(self, table: Seen) -> None:
        self._seen = table
        self._width = len(table.rows.header)
        table.columns = tuple(name.strip() for name in table.rows.header)
        table.kind = kind = kinds.kind_of(table.columns)
        looked_at = table.columns[:MOST_COLUMNS]
        found = [(at, rules(kind, name)) for at, name in enumerate(looked_at)]
        self._rules = {at: those for at, those in found if those}
        self._key = self._index(kind.key_column if kind else "")
        self._beside = self._index(kind.beside_key if kind else "")
        self._lines_before: int | None = None
        """Lines before the first row; while `_plain`, every row since was one line and a record."""
        self._plain = True

    def _index(self, name: str) -> int | None:
        columns = self._seen.columns[:MOST_COLUMNS]
        return columns.index(name) if name and name in columns else None

    def add(self, batch: Batch) -> None:
        if not batch.rows:
            return
        if self._lines_before is None:
            self._lines_before = batch.before
        if batch.lines != len(batch.rows):
            self._plain = False
            self._count_broken_lines(batch)
        whole = self._whole(batch)
        columns = list(islice(zip(*whole.rows, strict=True), MOST_COLUMNS))
        for at, column in enumerate(columns):
            self._add_column(whole, at, column)
        if columns and self._key is not None:
            beside = None if self._beside is None else columns[self._beside]
            self._seen.keys.add(whole.records, joined(columns[self._key], beside))

    def end(self) -> None:
        """What only the whole table shows."""
        table = self._seen
        count, record = table.keys.doubled()
        if count:
            line = None
            if self._plain and self._lines_before is not None:
                line = self._lines_before + record
            column = table.columns[self._key] if self._key is not None else ""
            table.doubled.add(count, Place(record=record, line=line, column=column))

    def _count_broken_lines(self, batch: Batch) -> None:
        record = self._seen.records
        for at, row in enumerate(batch.rows):
            if blank(row):
                continue
            record += 1
            if lines_of(row) > 1:
                tally = self._seen.broken_lines
                tally.add(1, tally.first or Place(record=record, line=batch.line(at)))

    def _whole(self, batch: Batch) -> _Whole:
        """Counts the records, and those of another length than the header."""
        table, rows = self._seen, batch.rows
        first = table.records + 1
        # A row of blanks only has nothing in its first cell either.
        if set(map(len, rows)) == {self._width} and all(map(str.strip, map(FIRST, rows))):
            table.records += len(rows)
            return _Whole(batch, rows, range(len(rows)), range(first, first + len(rows)))
        whole: list[list[str]] = []
        indexes: list[int] = []
        records: list[int] = []
        for index, row in enumerate(rows):
            if blank(row):
                self._plain = False
                continue
            table.records += 1
            if len(row) == self._width:
                whole.append(row)
                indexes.append(index)
                records.append(table.records)
            elif table.ragged.count:
                table.ragged.count += 1
            else:
                table.ragged_cells = len(row)
                table.ragged.add(1, Place(record=table.records, line=batch.line(index)))
        return _Whole(batch, whole, indexes, records)

    def _add_column(self, whole: _Whole, at: int, column: Sequence[str]) -> None:
        table = self._seen
        if not all(map(str.strip, column)):
            empty = sum(1 for cell in column if _is_blank(cell))
            self._tally(table.blanks, at, empty, whole, column, _is_blank)
        if max(map(len, column)) > LONGEST_CELL:
            count = sum(1 for cell in column if _is_long(cell))
            self._tally(table.long_cells, at, count, whole, column, _is_long)
        if those := self._rules.get(at):
            for rule in those:
                if bad := rule.among(column):
                    key = (at, rule)
                    count = sum(map(bad.__contains__, column))
                    self._tally(table.ruled, key, count, whole, column, bad.__contains__)

    def _tally(
        self,
        tallies: dict[_Key, Tally],
        key: _Key,
        count: int,
        whole: _Whole,
        column: Sequence[str],
        found: Callable[[str], bool],
    ) -> None:
        tally = tallies.get(key)
        if tally is None:
            index = next(index for index, cell in enumerate(column) if found(cell))
            at = key[0] if isinstance(key, tuple) else key
            tallies[key] = Tally(count, whole.place(index, self._seen.columns[at]))
        else:
            tally.count += count


def _is_blank(cell: str) -> bool:
    return not cell.strip()


def _is_long(cell: str) -> bool:
    return len(cell) > LONGEST_CELL
