"""Rows of a rostering file for reading, with the cells marked that a finding is about.

Passwords are masked, and whatever could be one: in a row of another length than the header, in a
cell that swallowed following lines, and where there is no header, a password can stand anywhere.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from app.core.previews import Facts, Preview, Table, TableRow
from app.core.uploads import Source
from app.servers.source_file import opened
from app.servers.tao import cell_entries, file_entries
from app.servers.tao.inspect import beginning, encoding_of
from app.servers.tao.inspect.formats import (
    LONGEST_CELL,
    Rule,
    like_a_password,
    no_header,
    rules,
)
from app.servers.tao.inspect.keys import joined
from app.servers.tao.inspect.rows import FIRST, Rows, blank
from app.servers.tao.inspect.text import NOT_TEXT, Text
from app.servers.tao.wire import kinds
from app.servers.tao.wire.kinds import is_password

MASK = "••••••"

_LONGEST = 200
_MOST_COLUMNS = 200
_KEYS_COMPARED = 200_000


def preview(source: Source, first: int, count: int) -> Preview:
    """`count` rows from number `first` on; what is no table has no facts. Raises FileProblem."""
    encoding = encoding_of(beginning(source))
    if encoding is NOT_TEXT or not source.name.lower().endswith(".csv"):
        return Facts(())
    with opened(source) as file:
        rows = Rows(Text(file, encoding))
        shown: list[TableRow] = []
        reading: _Shown | None = None
        number = 0
        for batch in rows.batches():
            reading = reading or _Shown(rows.header)
            if number + len(batch.rows) < first and reading.plain(batch.rows):
                number += len(batch.rows)
                if number <= _KEYS_COMPARED:
                    reading.remember(batch.rows)
                continue
            for row in batch.rows:
                if blank(row):
                    continue
                number += 1
                if number >= first + count:
                    return reading.table(shown, more=True)
                again = reading.again(row) if number <= _KEYS_COMPARED else False
                if number >= first:
                    shown.append(reading.row(number, row, again))
        return (reading or _Shown(rows.header)).table(shown, more=False)


class _Shown:
    """How the rows under one header are shown."""

    def __init__(self, header: Sequence[str]) -> None:
        self._width = len(header)
        self._columns = tuple(name.strip() for name in header)
        self._kind = kind = kinds.kind_of(self._columns)
        looked_at = self._columns[:_MOST_COLUMNS]
        self._rules: list[tuple[Rule, ...]] = [rules(kind, name) for name in looked_at]
        self._secret = [at for at, name in enumerate(self._columns) if is_password(name)]
        self._headless = kind is None and no_header(self._columns)
        self._key = self._index(kind.key_column if kind else "")
        self._beside = self._index(kind.beside_key if kind else "")
        self._blank = [self._blank_mark(name) for name in looked_at]
        self._seen: set[int] = set()

    def _index(self, name: str) -> int | None:
        return self._columns.index(name) if name and name in self._columns else None

    def _blank_mark(self, column: str) -> str:
        kind = self._kind
        if kind is not None and (column in kind.required or column == kind.key_column):
            if kind is kinds.ORGANIZATIONS and column not in kind.required:
                return cell_entries.BLANK_IDS.id
            return cell_entries.BLANK_KEYS.id
        clears = column and kinds.clears(kind, self._columns)
        return cell_entries.BLANK_CELLS.id if clears else ""

    def plain(self, rows: Sequence[Sequence[str]]) -> bool:
        """Whether all rows are records as long as the header: they can be counted at once."""
        return set(map(len, rows)) == {self._width} and all(map(str.strip, map(FIRST, rows)))

    def remember(self, rows: Sequence[Sequence[str]]) -> None:
        """The keys of plain rows, to know them again."""
        if self._key is not None:
            columns = list(zip(*rows, strict=True))
            beside = None if self._beside is None else columns[self._beside]
            self._seen.update(map(hash, joined(columns[self._key], beside)))

    def again(self, row: Sequence[str]) -> bool:
        """Whether an earlier row had the key of this one."""
        if self._key is None or len(row) != self._width:
            return False
        beside = None if self._beside is None else [row[self._beside]]
        (key,) = joined([row[self._key]], beside)
        before = len(self._seen)
        self._seen.add(hash(key))
        return bool(key) and len(self._seen) == before

    def row(self, number: int, row: Sequence[str], again: bool) -> TableRow:
        shown = row[:_MOST_COLUMNS]
        cells = [self._cell(at, cell, len(row)) for at, cell in enumerate(shown)]
        for at in self._shifted(shown):
            cells[at] = MASK
        if len(row) != self._width:
            # The cells that are too many, or the last one there is.
            extra = range(min(self._width, len(row) - 1), len(shown))
            return TableRow(number, tuple(cells), dict.fromkeys(extra, file_entries.RAGGED.id))
        marks = {at: mark for at, cell in enumerate(shown) if (mark := self._mark(at, cell))}
        if again and self._key is not None and self._key < len(shown):
            marks[self._key] = cell_entries.KEYS_TWICE.id
        return TableRow(number, tuple(cells), marks)

    def _shifted(self, row: Sequence[str]) -> list[int]:
        """Cells beside a password's column that look like one where that column holds none: a
        damaged row may have all its cells one place further, and yet the right number."""
        secret = [at for at in self._secret if at < len(row)]
        if not secret or any(like_a_password(row[at]) for at in secret):
            return []
        near = range(max(secret[0] - 1, 0), min(secret[-1] + 2, len(row)))
        return [at for at in near if like_a_password(row[at])]

    def _mark(self, at: int, cell: str) -> str:
        if not cell.strip():
            return self._blank[at]
        if len(cell) > LONGEST_CELL:
            return cell_entries.LONG_CELLS.id
        return next((rule.entry.id for rule in self._rules[at] if rule.applies(cell)), "")

    def _cell(self, at: int, cell: str, cells: int) -> str:
        if not cell.strip():
            return cell[:_LONGEST]
        if self._headless and like_a_password(cell):
            return MASK
        if self._secret:
            away = abs(cells - self._width)
            if self._secret[0] - away <= at <= self._secret[-1] + away:
                secret = away or at in self._secret
                if secret:
                    return MASK
            if "\n" in cell or "\r" in cell:
                return MASK
        return _shortened(cell)

    def table(self, rows: Sequence[TableRow], *, more: bool) -> Table:
        columns = tuple(
            self._cell(at, name, self._width) if self._headless else _shortened(name)
            for at, name in enumerate(self._columns[:_MOST_COLUMNS])
        )
        return Table(columns, tuple(rows), more, self._header_marks())

    def _header_marks(self) -> Mapping[int, str]:
        counted = Counter(self._columns)
        marks: dict[int, str] = {}
        for at, name in enumerate(self._columns[:_MOST_COLUMNS]):
            if not name:
                marks[at] = file_entries.COLUMN_UNNAMED.id
            elif counted[name] > 1:
                marks[at] = file_entries.COLUMN_TWICE.id
            elif self._kind is not None and not self._kind.knows(name):
                marks[at] = file_entries.COLUMNS_UNKNOWN.id
        return marks


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
