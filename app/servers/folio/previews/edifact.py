"""EDIFACT messages for reading, a segment a line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from app.core.catalogue import Entry
from app.core.previews import TaggedLine, TaggedRecord
from app.core.uploads import Source
from app.servers.folio import findings
from app.servers.folio.inspection.edifact import Segment, segments
from app.servers.folio.previews.tagged import LINES, SIGNS, line, record


@dataclass(slots=True)
class _Message:
    number: int
    lines: list[TaggedLine] = field(default_factory=list)
    entries: list[Entry] = field(default_factory=list)
    title: str = ""
    segments: int = 0
    closed: bool = False

    def add(self, segment: Segment, *, marked: bool = False) -> None:
        if len(self.lines) <= LINES:
            value = segment.text[3 : SIGNS + 4].removeprefix(segment.signs.element)
            text = value.decode("utf-8", "replace")
            self.lines.append(line(segment.name, "", text, marked=marked))

    def tagged(self) -> TaggedRecord:
        entries = self.entries if self.closed else [*self.entries, findings.MESSAGE_ENDS]
        return record(self.number, self.title, self.lines, entries)


def records(source: Source, first: int) -> Iterator[TaggedRecord]:
    """The messages from number `first` on; what stands around them belongs to the nearest. Raises
    FileProblem."""
    message: _Message | None = None
    before: list[Segment] = []
    number = 0
    for segment in segments(source):
        if segment.name == "UNH":
            if message is not None:
                yield message.tagged()
            number += 1
            message = _Message(number) if number >= first else None
            if message is not None:
                for one in before:
                    message.add(one)
            before = []
        if message is not None:
            _take(message, segment)
        elif not number and len(before) < LINES:
            before.append(segment)
    if message is not None:
        yield message.tagged()
    elif not number and before and first <= 1:
        lonely = _Message(1, closed=True)
        for one in before:
            lonely.add(one)
        yield lonely.tagged()


def _take(message: _Message, segment: Segment) -> None:
    message.segments += 1
    wrong = False
    match segment.name:
        case "UNH":
            wrong = segment.component(2) != "INVOIC"
            if wrong:
                message.entries.append(findings.NOT_INVOICES)
        case "BGM" if not message.title:
            message.title = segment.component(2)
        case "UNT" if not message.closed:
            message.closed = True
            wrong = segment.component(1) != str(message.segments)
            if wrong:
                message.entries.append(findings.SEGMENT_COUNT)
    message.add(segment, marked=wrong)
