"""A corrected copy of a rostering file: UTF-8 without byte order mark, columns separated by commas,
beginning with their names.

Nothing else changes: with commas already in place the text comes out letter by letter, otherwise
cell by cell. What could be meant in two ways is left as it is.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import TextIO

from app.core.problems import FileProblem
from app.core.uploads import Source
from app.servers.source_file import opened
from app.servers.tao import file_entries
from app.servers.tao.inspect import beginning, encoding_of
from app.servers.tao.inspect.formats import like_a_password, no_header
from app.servers.tao.inspect.rows import delimiter_of
from app.servers.tao.inspect.text import UTF8_BOM, WINDOWS_1252
from app.servers.tao.problems import NOT_MENDED
from app.servers.tao.wire import kinds
from app.servers.tao.wire.kinds import is_password

_MARK = "\ufeff"
_PIECE = 256 * 1024
_HEADER = 1024 * 1024
_WORDS = 12
_LONGEST_WORD = 40
_ROWS_LOOKED_AT = 100_000
_ENCODED = frozenset(
    {file_entries.UTF16.id, file_entries.NOT_UTF8.id, file_entries.BYTE_ORDER_MARK.id}
)
_HOPELESS = frozenset(
    {file_entries.PARTLY_UTF8.id, file_entries.NULLS.id, file_entries.NO_HEADER.id}
)
_DOUBLE_MEANING = frozenset(
    {
        *(file_entries.RAGGED.id, file_entries.ESCAPES.id, file_entries.OPEN_QUOTE.id),
        *(file_entries.UNREADABLE_CSV.id, file_entries.MANY_COLUMNS.id),
    }
)
"""With these it is not certain where each cell ends."""


def heals(found: Collection[str]) -> frozenset[str]:
    """Of these ids of findings, those of which a copy would be free."""
    ids = frozenset(found)
    if ids & _HOPELESS:
        return frozenset()
    healed = ids & _ENCODED
    if not ids & _DOUBLE_MEANING:
        healed |= ids & {file_entries.DELIMITER.id, file_entries.SEPARATOR_LINE.id}
    return healed


def copied(source: Source, healed: Collection[str]) -> Iterator[bytes]:
    """A copy without these faults. Raises FileProblem where the bytes are not what they seemed."""
    with _text(source, healed) as text:
        commas = file_entries.DELIMITER.id in healed
        if not commas and file_entries.SEPARATOR_LINE.id in healed:
            _first_lines(text)
        for piece in _with_commas(text) if commas else iter(lambda: text.read(_PIECE), ""):
            # Zero bytes in other encodings were not seen as a fault, but in UTF-8 they are one; a
            # backslash before a quote, which a cell may need for its commas, means two things.
            if "\0" in piece or (commas and '\\"' in piece):
                raise FileProblem(NOT_MENDED, {"name": source.name})
            yield piece.encode()


def doubts(source: Source, healed: Collection[str]) -> Sequence[str]:
    """Words with letters about which only a person can say whether they are right: where nothing
    in the file tells its encoding. None of them is from a password. Raises FileProblem."""
    if file_entries.NOT_UTF8.id not in healed:
        return ()
    with _text(source, healed) as text:
        return tuple(_foreign_words(text))


@contextmanager
def _text(source: Source, healed: Collection[str]) -> Iterator[TextIO]:
    """The file as text, read strictly. Raises FileProblem, also for what goes wrong inside."""
    encoding = encoding_of(beginning(source))
    codec = "utf-8-sig" if encoding is UTF8_BOM else encoding.codec
    if file_entries.NOT_UTF8.id in healed:
        if encoding is UTF8_BOM:
            # Its mark says one thing and its bytes another.
            raise FileProblem(NOT_MENDED, {"name": source.name})
        codec = WINDOWS_1252.codec
    try:
        with opened(source, buffered=True) as file:
            text = io.TextIOWrapper(file, encoding=codec, newline="")
            begins = text.tell()
            # Files that were joined can begin with more than one.
            while text.read(1) == _MARK:
                begins = text.tell()
            text.seek(begins)
            yield text
    except (UnicodeError, csv.Error):
        raise FileProblem(NOT_MENDED, {"name": source.name}) from None


def _with_commas(text: TextIO) -> Iterator[str]:
    table, end = _table(text)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end)
    for row in table:
        writer.writerow(row)
        if out.tell() >= _PIECE:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    yield out.getvalue()


def _table(text: TextIO) -> tuple[Iterator[list[str]], str]:
    """Its rows, and how its lines end."""
    first = _first_lines(text)
    end = "\r\n" if first[-1].endswith("\r\n") else "\n"
    delimiter, told = delimiter_of(first[-1])
    lines = text if told else chain(first, text)
    return csv.reader(lines, delimiter=delimiter, strict=True), end


def _first_lines(text: TextIO) -> list[str]:
    """The lines up to the first with anything in it."""
    first = [text.readline(_HEADER)]
    while first[-1] and not first[-1].strip():
        first.append(text.readline(_HEADER))
    return first


def _foreign_words(text: TextIO) -> Iterator[str]:
    table, _ = _table(text)
    header = next(table, [])
    shown = [at for at, name in enumerate(header) if not is_password(name)]
    headless = kinds.kind_of(header) is None and no_header(header)
    met: set[str] = set()
    for number, row in enumerate(table):
        if number >= _ROWS_LOOKED_AT or len(met) >= _WORDS:
            return
        # In a row of another length, and in a cell that swallowed lines, a password can stand
        # under any name.
        if len(row) != len(header):
            continue
        plain = (row[at] for at in shown if "\n" not in row[at] and "\r" not in row[at])
        public = (cell for cell in plain if not (headless and like_a_password(cell)))
        for word in (word for cell in public for word in cell.split()):
            if not word.isascii() and word not in met and len(met) < _WORDS:
                met.add(word)
                yield word[:_LONGEST_WORD]
