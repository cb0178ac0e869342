"""The failed records of a file, cut out of it byte for byte, as a file that can be sent again.

Records count as the server's readers count them: of binary MARC what ends with a record
terminator, whatever its leader says of its length, and a rest that looks like the beginning of a
record; of MARCXML the children of the root. The file is read once, in pieces.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Generator, Iterator
from typing import BinaryIO
from xml.parsers import expat

from app.core import catalogue
from app.core.jobs import RecordKey
from app.core.problems import FileProblem
from app.core.uploads import Source
from app.servers.folio.wire.definitions import extension
from app.servers.source_file import opened

_PIECE = 256 * 1024
_END = 0x1D
_BETWEEN = re.compile(rb"[\r\n\t\x00\x1a ]*")
_NOT_CUT = (".json", ".edi", ".inv")


def failed_records(
    source: Source, records: Collection[RecordKey], bare: bool = True
) -> Iterator[bytes]:
    """The bytes of these records, in the order of the file. `bare` means nothing here: MARC has no
    passwords.

    Raises FileProblem, at the end also when a record is not there.
    """
    kind = extension(source.name)
    if kind in _NOT_CUT:
        raise FileProblem(catalogue.RECORDS_NOT_CUT, {"name": source.name})
    wanted = frozenset(one for one in records if isinstance(one, int))
    try:
        with opened(source) as file:
            found = yield from (_elements if kind == ".xml" else _binary)(file, wanted)
    except expat.ExpatError:
        found = 0
    if found < len(set(records)):
        raise FileProblem(catalogue.RECORDS_NOT_FOUND, {"name": source.name})


def _binary(file: BinaryIO, wanted: frozenset[int]) -> Generator[bytes, None, int]:
    """Yields the bytes; returns how many of the wanted records there were."""
    number = found = 0
    last = max(wanted, default=0)
    inside = False
    while number <= last and (piece := file.read(_PIECE)):
        at = 0
        while at < len(piece):
            if not inside:
                at = _BETWEEN.match(piece, at).end()  # type: ignore[union-attr]
                if at == len(piece):
                    break
                if piece[at] == _END:
                    # Nothing between two ends is no record to the server.
                    at += 1
                    continue
                inside = True
                number += 1
                found += number in wanted
            end = piece.find(_END, at)
            stop = len(piece) if end < 0 else end + 1
            if number in wanted:
                yield piece[at:stop]
            inside = end < 0
            at = stop
    return found


class _Cut:
    """Follows where the root's children begin and end, by the parser's offsets."""

    def __init__(self, wanted: frozenset[int]) -> None:
        self.head: int | None = None
        """Where the start tag of the root ends."""
        self.tail: int | None = None
        """Where the end tag of the root begins."""
        self.slices: list[tuple[int, int]] = []
        self.found = 0
        self._wanted = wanted
        self._depth = self._number = 0
        self._began: int | None = None
        self._ended = False
        self._parser = parser = expat.ParserCreate()
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.DefaultHandler = lambda _: self._any()

    def feed(self, piece: bytes, last: bool = False) -> None:
        self._parser.Parse(piece, last)

    def _any(self) -> None:
        """Any event tells where the tag before it ended."""
        at = self._parser.CurrentByteIndex
        if self._depth == 1 and self.head is None:
            self.head = at
        if self._ended:
            self._ended = False
            if self._began is not None:
                self.slices.append((self._began, at))
                self._began = None

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._any()
        self._depth += 1
        if self._depth == 2:
            self._number += 1
            if self._number in self._wanted:
                self.found += 1
                self._began = self._parser.CurrentByteIndex

    def _end(self, name: str) -> None:
        self._any()
        self._depth -= 1
        if self._depth == 1:
            self._ended = True
        elif self._depth == 0:
            self.tail = self._parser.CurrentByteIndex


def _elements(file: BinaryIO, wanted: frozenset[int]) -> Generator[bytes, None, int]:
    """The root with the wanted children alone; what stands before and behind it is kept."""
    cut = _Cut(wanted)
    while piece := file.read(_PIECE):
        cut.feed(piece)
    cut.feed(b"", True)
    if cut.head is None or cut.tail is None or not cut.slices:
        return cut.found
    start = yield from _slice(file, 0, cut.head)
    # A line for each record, where a line's end is one byte.
    between = b"" if start.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in start else b"\n"
    for begin, end in cut.slices:
        yield between
        yield from _slice(file, begin, end)
    yield between
    yield from _slice(file, cut.tail, None)
    return cut.found


def _slice(file: BinaryIO, begin: int, end: int | None) -> Generator[bytes, None, bytes]:
    """The bytes of the file between two offsets; returns the first of them."""
    file.seek(begin)
    left = end - begin if end is not None else None
    first = b""
    while left is None or left > 0:
        piece = file.read(_PIECE if left is None else min(_PIECE, left))
        if not piece:
            break
        first = first or piece[:64]
        left = None if left is None else left - len(piece)
        yield piece
    return first
