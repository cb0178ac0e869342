"""MARCXML: the children of the root."""

from __future__ import annotations

from collections.abc import Generator
from typing import BinaryIO
from xml.parsers import expat

from app.core.jobs import RecordKey
from app.core.uploads import Source
from app.servers.folio.extracts.slices import PIECE, numbers_of, slice_of
from app.servers.source_file import opened


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


def cut(source: Source, records: frozenset[RecordKey]) -> Generator[bytes, None, int]:
    """The root with the wanted children alone; what stands before and behind it is kept.

    Raises FileProblem.
    """
    with opened(source) as file:
        try:
            return (yield from _cut(file, numbers_of(records)))
        except expat.ExpatError:
            return 0


def _cut(file: BinaryIO, wanted: frozenset[int]) -> Generator[bytes, None, int]:
    cut = _Cut(wanted)
    while piece := file.read(PIECE):
        cut.feed(piece)
    cut.feed(b"", True)
    if cut.head is None or cut.tail is None or not cut.slices:
        return cut.found
    start = yield from slice_of(file, 0, cut.head)
    # A line for each record, where a line's end is one byte.
    between = b"" if start.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in start else b"\n"
    for begin, end in cut.slices:
        yield between
        yield from slice_of(file, begin, end)
    yield between
    yield from slice_of(file, cut.tail, None)
    return cut.found
