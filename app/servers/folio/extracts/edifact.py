"""EDIFACT: messages, each of which is an invoice.

The server counts a record at the end of each message (UNT). Of an invoice it told no number but
its lines, “267908-1”: the number of the invoice (BGM) and that of the line in it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Generator, Iterable, Iterator
from itertools import pairwise

from app.core.jobs import RecordKey
from app.core.uploads import Source
from app.servers.folio.extracts.slices import slice_of
from app.servers.folio.inspection.edifact import Segment, segments
from app.servers.source_file import opened

UNNUMBERED = "0"
"""How the server calls an invoice without a number."""


def cut(source: Source, records: frozenset[RecordKey]) -> Generator[bytes, None, int]:
    """The messages of these numbers and lines, with what stands around messages; the counts behind
    them are corrected. A line is not found where several messages have its invoice's number.

    Raises FileProblem.
    """
    pieces = _Pieces(records)
    end = 0
    for segment, end in _with_ends(segments(source), source.size):
        pieces.take(segment, end)
    pieces.finish(end)
    found = pieces.found()
    if found < len(records):
        return found
    with opened(source) as file:
        for piece in pieces.kept:
            if isinstance(piece, bytes):
                yield piece
            else:
                yield from slice_of(file, *piece)
    return found


def _with_ends(found: Iterable[Segment], size: int) -> Iterator[tuple[Segment, int]]:
    """Each segment with the place where the next begins; line ends belong to the one before."""
    last: Segment | None = None
    for one, following in pairwise(found):
        yield one, following.byte
        last = following
    if last is not None:
        yield last, size


class _Pieces:
    """What is kept of a file, told segment by segment."""

    def __init__(self, records: frozenset[RecordKey]) -> None:
        self.kept: list[tuple[int, int] | bytes] = []
        """Stretches of the file, and what is written anew."""
        self._records = records
        self._invoices = {one.rpartition("-")[0] for one in records if isinstance(one, str)}
        self._met: Counter[str] = Counter()
        self._numbers: set[int] = set()
        self._number = 0
        self._held = 0
        self._held_of_group = 0
        self._groups = 0
        self._outside = 0
        """Where what stands around the messages goes on; a message is left out by setting it."""
        self._began: int | None = None
        self._invoice = ""
        self._reference = b""
        self._closed = False
        self._last: Segment | None = None

    def found(self) -> int:
        """How many of the records there are, and certainly the ones meant."""
        return len(self._numbers) + sum(
            isinstance(one, str) and self._met[one.rpartition("-")[0]] == 1 for one in self._records
        )

    def take(self, segment: Segment, end: int) -> None:
        self._last = segment
        match segment.name:
            case "UNB":
                elements = segment.elements()
                self._reference = elements[5] if len(elements) > 5 else b""
            case "UNG":
                self._groups += 1
                self._held_of_group = 0
            case "UNH" if self._began is None:
                self._keep(self._outside, segment.byte)
                self._began, self._invoice = segment.byte, ""
            case "BGM" if self._began is not None and not self._invoice:
                self._invoice = segment.component(2)
            case "UNT" if self._began is not None:
                self._end_message(self._began, segment, end)
            case "UNE":
                self._count(segment, end, self._held_of_group)
            case "UNZ" if not self._closed:
                self._closed = True
                self._count(segment, end, self._groups or self._held)

    def finish(self, end: int) -> None:
        """The file is at its end. Where its last segment is missing, it is added."""
        if self._began is None:
            self._keep(self._outside, end)
        last = self._last
        if last is None:
            return
        signs = last.signs
        if not self._closed:
            count = b"%d" % (self._groups or self._held)
            parts = (b"UNZ", count, self._reference)
            self.kept.append(signs.element.join(parts) + signs.end)

    def _end_message(self, began: int, segment: Segment, end: int) -> None:
        self._number += 1
        invoice = self._invoice or UNNUMBERED
        self._met[invoice] += 1
        numbered = self._number in self._records
        if numbered:
            self._numbers.add(self._number)
        if numbered or invoice in self._invoices:
            self._keep(began, end)
            self._end_segment(segment)
            self._held += 1
            self._held_of_group += 1
        self._began, self._outside = None, end

    def _count(self, segment: Segment, end: int, count: int) -> None:
        """Keeps a segment with another count; a message that did not end before it is no record."""
        if self._began is None:
            self._keep(self._outside, segment.byte)
        self._began = None
        name, *others = segment.elements()
        self.kept.append(segment.signs.element.join((name, b"%d" % count, *others[1:])))
        self._keep(segment.byte + len(segment.text), end)
        self._end_segment(segment)
        self._outside = end

    def _end_segment(self, segment: Segment) -> None:
        """Others may follow one that ended with the file."""
        if not segment.ended:
            self.kept.append(segment.signs.end)

    def _keep(self, begin: int, end: int) -> None:
        if begin < end:
            self.kept.append((begin, end))
