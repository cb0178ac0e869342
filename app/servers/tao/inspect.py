"""A look into a rostering file before it is sent: what it imports and what is odd about it.

Refused is only what TAO refuses for certain; all else is a warning. The file is read once (twice
when it is not UTF-8), in small pieces.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from io import BufferedReader, TextIOWrapper
from pathlib import Path

from app.core import catalogue
from app.core.catalogue import Entry
from app.core.drafts import Finding, Inspection, Level, Look, Place, unwatched
from app.core.problems import FileProblem
from app.core.uploads import Source
from app.servers.tao import problems
from app.servers.tao.wire import kinds
from app.servers.tao.wire.kinds import Kind

_SNIFFED = 64 * 1024
_LONGEST_LINE = 1024 * 1024
_COLUMNS_NAMED = 6
_BLANKS_NAMED = 20
_DELIMITERS = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}
_COMMA = ","


@dataclass(frozen=True, slots=True)
class Encoding:
    """How the bytes of a file are to be read; `codec` empty: they are no text."""

    codec: str
    title: str


UTF8 = Encoding("utf-8", "UTF-8")
UTF8_BOM = Encoding("utf-8-sig", "UTF-8 with BOM")
UTF16 = Encoding("utf-16", "UTF-16")
UTF16_LE = Encoding("utf-16-le", "UTF-16")
UTF16_BE = Encoding("utf-16-be", "UTF-16")
LATIN1 = Encoding("latin-1", "Latin-1")
NOT_TEXT = Encoding("", "no text")


def inspect(source: Source, look: Look = unwatched) -> Inspection:
    """Findings and facts (`kind`, `format`, `records`, `encoding`, `delimiter`) of one file.

    Raises FileProblem.
    """
    facts = {"name": source.name}
    extension = source.name.rpartition(".")[2].lower() if "." in source.name else ""
    if source.size == 0:
        return Inspection((Finding(catalogue.FILE_EMPTY, Level.ERROR, facts),))
    if extension == "zip":
        return Inspection((Finding(problems.ZIP, Level.WARNING, facts),), {"format": "ZIP"})
    if extension != "csv":
        return Inspection((Finding(problems.NOT_CSV_NAME, Level.ERROR, facts),))
    encoding = _encoding(_beginning(source))
    if encoding is NOT_TEXT:
        return Inspection((Finding(problems.NOT_TEXT, Level.ERROR, facts),))
    try:
        seen = _seen(source, encoding)
    except UnicodeDecodeError:
        encoding = LATIN1
        seen = _seen(source, encoding)
    found = [*_about_encoding(encoding), *_about(seen)]
    findings = tuple(
        Finding(one.entry, one.level, {**facts, **one.facts}, one.place) for one in found
    )
    return Inspection(findings, _facts(seen, encoding))


def header_of(source: Source) -> Sequence[str]:
    """The names of the columns; none where the file cannot be read or is no table."""
    try:
        encoding = _encoding(_beginning(source))
        if not encoding.codec:
            return ()
        with _text(source, encoding, errors="replace") as text:
            return _header(text)[1]
    except (FileProblem, csv.Error):
        return ()


def _beginning(source: Source) -> bytes:
    with _opened(source) as file:
        return file.read(_SNIFFED)


def _encoding(start: bytes) -> Encoding:
    if start.startswith(b"\xef\xbb\xbf"):
        return UTF8_BOM
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        return UTF16
    nulls = start.count(0)
    if not nulls:
        return UTF8
    even = start[::2].count(0)
    # Text in western letters has a zero in every other byte, always on the same side.
    if nulls > len(start) / 4 and min(even, nulls - even) < nulls / 20:
        return UTF16_BE if even > nulls / 2 else UTF16_LE
    return NOT_TEXT


@dataclass(slots=True)
class _Seen:
    header: Sequence[str]
    delimiter: str
    kind: Kind | None
    records: int = 0
    blanks: Counter[int] = field(default_factory=Counter)
    ragged: int = 0
    first_ragged: tuple[int, int] = (0, 0)
    """Record and number of cells of the first row of another length than the header."""
    stopped: int | None = None
    """The record after which reading as CSV was not possible."""


def _seen(source: Source, encoding: Encoding) -> _Seen:
    """Raises UnicodeDecodeError when the bytes are not of this encoding."""
    with _text(source, encoding) as text:
        seen = _Seen((), _COMMA, None)
        try:
            seen.delimiter, seen.header = _header(text)
            seen.kind = kinds.kind_of(seen.header)
            _count(seen, text)
        except csv.Error:
            seen.stopped = seen.records
        return seen


def _count(seen: _Seen, text: TextIOWrapper) -> None:
    width = len(seen.header)
    for row in csv.reader(_lines(text), delimiter=seen.delimiter):
        blanks = [at for at, cell in enumerate(row) if not cell or cell.isspace()]
        if len(blanks) == len(row):
            continue
        seen.records += 1
        seen.blanks.update(at for at in blanks if at < width)
        if len(row) != width:
            seen.ragged += 1
            if seen.ragged == 1:
                seen.first_ragged = (seen.records, len(row))


def _header(text: TextIOWrapper) -> tuple[str, Sequence[str]]:
    """Delimiter and columns of the first line that is not blank; nothing more is read."""
    first = next((line for line in _lines(text) if line.strip()), "")
    outside = "".join(first.split('"')[::2])
    delimiter = max(_DELIMITERS, key=lambda one: (outside.count(one), one == _COMMA))
    header = next(csv.reader([first], delimiter=delimiter), [])
    return delimiter, tuple(name.strip() for name in header)


def _lines(text: TextIOWrapper) -> Iterator[str]:
    """Lines with their ends. Raises csv.Error for one so long that it can be no row."""
    while line := text.readline(_LONGEST_LINE):
        if len(line) == _LONGEST_LINE:
            raise csv.Error
        yield line


def _about_encoding(encoding: Encoding) -> Iterator[Finding]:
    if encoding.title == UTF16.title:
        yield Finding(problems.UTF16, Level.ERROR)
    elif encoding is LATIN1:
        yield Finding(problems.NOT_UTF8, Level.WARNING)


def _about(seen: _Seen) -> Iterator[Finding]:
    if not any(seen.header):
        if seen.stopped is None:
            yield Finding(problems.NO_HEADER, Level.ERROR)
        else:
            yield Finding(problems.UNREADABLE_CSV, Level.WARNING, place=Place(record=1))
        return
    if seen.delimiter != _COMMA:
        yield _warning(problems.DELIMITER, delimiter=_DELIMITERS[seen.delimiter])
    yield from _about_columns(seen)
    if seen.stopped is not None:
        place = Place(record=seen.stopped or 1, after=seen.stopped > 0)
        yield Finding(problems.UNREADABLE_CSV, Level.WARNING, place=place)
    elif not seen.records:
        yield _warning(problems.NO_ROWS)
    if seen.ragged:
        record, cells = seen.first_ragged
        facts = {
            "count": str(seen.ragged),
            "cells": str(cells),
            "columns": str(len(seen.header)),
        }
        yield Finding(problems.RAGGED, Level.WARNING, facts, Place(record=record))
    yield from _about_blanks(seen)


def _about_columns(seen: _Seen) -> Iterator[Finding]:
    kind = seen.kind
    if kind is None:
        yield _warning(problems.KIND_UNKNOWN)
    elif kind is kinds.ONEROSTER:
        yield _warning(problems.ONEROSTER)
    counted = Counter(seen.header)
    if unnamed := counted.pop("", 0):
        yield _warning(problems.COLUMN_UNNAMED, count=str(unnamed))
    for column, count in counted.items():
        if count > 1:
            yield _warning(problems.COLUMN_TWICE, column=column, count=str(count))
    unknown = [column for column in counted if kind is not None and not kind.knows(column)]
    if kind is not None and unknown:
        named = ", ".join(unknown[:_COLUMNS_NAMED])
        if len(unknown) > _COLUMNS_NAMED:
            named += f" and {len(unknown) - _COLUMNS_NAMED} more"
        yield _warning(problems.COLUMNS_UNKNOWN, columns=named, kind=kind.title)


def _about_blanks(seen: _Seen) -> Iterator[Finding]:
    key = seen.kind.key_column if seen.kind is not None else ""
    named = 0
    for at, column in enumerate(seen.header):
        count = seen.blanks[at]
        if not column or not count or named == _BLANKS_NAMED:
            continue
        if column == key:
            yield _warning(problems.BLANK_KEYS, column=column, count=str(count))
        elif seen.kind is None or seen.kind.clears:
            named += 1
            yield _warning(problems.BLANK_CELLS, column=column, count=str(count))


def _warning(entry: Entry, **facts: str) -> Finding:
    return Finding(entry, Level.WARNING, facts)


def _facts(seen: _Seen, encoding: Encoding) -> dict[str, str]:
    told = {
        "format": "CSV",
        "encoding": encoding.title,
        "delimiter": _DELIMITERS[seen.delimiter],
        "records": str(seen.records),
    }
    if seen.kind is not None:
        told |= {"kind": seen.kind.key, "kind_title": seen.kind.title}
    return told


def _text(source: Source, encoding: Encoding, errors: str = "strict") -> TextIOWrapper:
    return TextIOWrapper(_opened(source), encoding.codec, errors=errors, newline="")


def _opened(source: Source) -> BufferedReader:
    try:
        return Path(source.path).open("rb")
    except FileNotFoundError:
        raise FileProblem(catalogue.FILE_MISSING, {"name": source.name}) from None
    except OSError as error:
        raise _unreadable(source, error) from None


def _unreadable(source: Source, error: OSError) -> FileProblem:
    reason = error.strerror or type(error).__name__
    return FileProblem(catalogue.FILE_UNREADABLE, {"name": source.name, "reason": reason})
