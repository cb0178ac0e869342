"""The rows of a table, some thousand at a time, with the line each begins in."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from io import StringIO
from itertools import chain
from operator import itemgetter

from app.servers.tao.inspect.text import Text, line_ends

DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
COMMA = ","
_SEPARATOR_LINE = re.compile(r'"?sep=(.)"?', re.IGNORECASE)
"""What spreadsheet programs put before the header to tell each other the delimiter."""

FIRST: Callable[[Sequence[str]], str] = itemgetter(0)
"""The first cell of a row that is not empty."""

_END = "\x1f\x1e\x1d behind the end of the file"
_LAST_LINES = (f"{_END}\n", _END)
"""Given behind the last line: two rows of their own, or one cell whose quote is still open."""


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows as they stand in the file, blank ones included, behind `before` lines of it."""

    rows: list[list[str]]
    before: int
    lines: int
    """How many lines of the file they take."""

    def line(self, index: int) -> int:
        """The line in which a row begins; of the index behind the last, the line after them."""
        if self.lines == len(self.rows):
            return self.before + index + 1
        return self.before + sum(map(lines_of, self.rows[:index])) + 1


def lines_of(row: Sequence[str]) -> int:
    """How many lines a row takes in its file."""
    return 1 + sum(
        cell.count("\n") + cell.count("\r") - cell.count("\r\n")
        for cell in row
        if "\n" in cell or "\r" in cell
    )


class Rows:
    """Reads a text as a table. The delimiter is the one its first line uses most."""

    def __init__(self, text: Text) -> None:
        self.delimiter = COMMA
        self.separator_line = False
        """Whether a line that tells spreadsheet programs the delimiter stands before the header."""
        self.header: tuple[str, ...] = ()
        """As in the file, with the spaces around the names."""
        self.unreadable: int | None = None
        """The line in which a row begins that is too long to be one; nothing behind it was read."""
        self.unclosed: int | None = None
        """The line in which a row begins with a double quote still open at the end of the file."""
        self._text = text

    def batches(self) -> Iterator[Batch]:
        """The rows behind the header, which is the first row with anything in it."""
        text, blocks = self._text, self._text.blocks()
        rows: list[list[str]] = []
        before = 0
        try:
            first, skipped = _beginning(text, blocks)
            self.delimiter, self.separator_line = delimiter_of(first)
            note = self.separator_line
            lines = chain(_lines(chain((first,), blocks)), _LAST_LINES)
            table = csv.reader(lines, delimiter=self.delimiter)
            for row in table:
                before = skipped + table.line_num
                if row == [_END] or blank(row):
                    continue
                if not note:
                    self._take_header(row, before)
                    break
                note = False
            mark = text.given
            for row in table:
                rows.append(row)
                if text.given != mark:
                    mark = text.given
                    text.allow()
                    if _is_last(row):
                        continue
                    ended = skipped + table.line_num
                    yield Batch(rows, before, ended - before)
                    rows, before = [], ended
        except csv.Error:
            batch = Batch(rows, before, sum(map(lines_of, rows)))
            yield batch
            self.unreadable = batch.line(len(rows))
            return
        if rows:
            last = rows.pop()
            if last == [_END] and rows:
                rows.pop()
            batch = Batch(rows, before, sum(map(lines_of, rows)))
            yield batch
            if last != [_END]:
                self.unclosed = batch.line(len(rows))

    def _take_header(self, row: list[str], line: int) -> None:
        if _is_last(row):
            # The lines behind the end are among those counted; without a line's end before them
            # they begin in the last line.
            own = row[-1].removesuffix("".join(_LAST_LINES)).endswith(("\n", "\r"))
            self.unclosed = line - lines_of(row) + own
        else:
            self.header = tuple(row)


def _is_last(row: Sequence[str]) -> bool:
    """Whether the end of the file stands in this row: alone, or in a cell whose quote is open."""
    return bool(row) and row[-1].endswith(_END)


def blank(row: Sequence[str]) -> bool:
    """Whether a row is no record."""
    return not any(map(str.strip, row))


def _beginning(text: Text, blocks: Iterator[str]) -> tuple[str, int]:
    """The first block with anything in it, and how many lines there are before."""
    skipped = 0
    for block in blocks:
        if block.strip():
            return block, skipped
        skipped += line_ends(block)
        text.allow()
    return "", skipped


def _lines(blocks: Iterator[str]) -> Iterator[str]:
    # Only these split at \n, \r and \r\n and at nothing else.
    return chain.from_iterable(StringIO(block, newline="") for block in blocks)


def delimiter_of(block: str) -> tuple[str, bool]:
    """The delimiter by the first line with anything in it, and whether that line is there only to
    tell it."""
    first = next((line for line in StringIO(block, newline="") if line.strip()), "")
    told = _SEPARATOR_LINE.fullmatch(first.strip("\r\n "))
    if told is not None and told[1] in DELIMITERS:
        return told[1], True
    outside = "".join(first.split('"')[::2])
    return max(DELIMITERS, key=lambda one: (outside.count(one), one == COMMA)), False
