"""MARCXML records for reading, as far as the file can be read."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from xml.parsers import expat

from app.core.catalogue import Entry
from app.core.drafts import unwatched
from app.core.previews import TaggedLine, TaggedRecord
from app.core.uploads import Source
from app.servers.folio import findings
from app.servers.folio.inspection.markup import Forbidden, fed, guarded
from app.servers.folio.inspection.pieces import pieces
from app.servers.folio.previews.tagged import LINES, SIGNS, coded, line, record, title_of

_Subfields = list[tuple[str, str]]


class _Reader:
    """Collects the records from number `first` on; the earlier ones are only counted."""

    def __init__(self, first: int) -> None:
        self._first = first
        self._depth = 0
        self._top = 2
        """How deep the records lie: a bare one is the outermost element."""
        self._number = 0
        self._lines: list[TaggedLine] = []
        self._titles: list[tuple[str, _Subfields]] = []
        self._tag = self._indicators = self._code = ""
        self._subfields: _Subfields = []
        self._text: list[str] = []
        self._held = 0
        self._entries: list[Entry] = []
        self.ready: deque[TaggedRecord] = deque()
        self.parser = parser = guarded()
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end

    @property
    def _wanted(self) -> bool:
        return self._number >= self._first

    def finish(self) -> None:
        """Nothing more can be read of the file."""
        self._entries.append(findings.NOT_XML)
        if self._depth >= self._top and self._wanted:
            self._close()
        elif not self._number and self._first == 1:
            self._number = 1
            self._close()

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        local = name.rpartition(":")[2]
        if self._depth == 1 and local == "record":
            self._top = 1
        level = self._depth - self._top
        if level == 0:
            self._number += 1
            self._lines, self._titles, self._entries = [], [], []
            if local != "record":
                self._entries.append(findings.XML_NOT_RECORDS)
                self._lines.append(line(local, "", "", marked=True))
            self.parser.CharacterDataHandler = self._heard if self._wanted else None
        if not self._wanted:
            return
        if level == 1:
            self._tag = "LDR" if local == "leader" else attributes.get("tag", local)
            self._indicators = attributes.get("ind1", "") + attributes.get("ind2", "")
            self._subfields = []
        elif level == 2:
            self._code = attributes.get("code", local)
        self._text, self._held = [], 0

    def _heard(self, text: str) -> None:
        if self._held < SIGNS:
            self._text.append(text[:SIGNS])
            self._held += len(text)

    def _end(self, name: str) -> None:
        level = self._depth - self._top
        self._depth -= 1
        if level < 0 or not self._wanted:
            return
        text = "".join(self._text)
        self._text, self._held = [], 0
        if level == 2 and len(self._subfields) <= SIGNS:
            self._subfields.append((self._code, text))
        elif level == 1:
            self._take(text)
        elif level == 0:
            self._close()

    def _take(self, text: str) -> None:
        if len(self._lines) > LINES:
            return
        own = self._tag == "999" and self._indicators == "ff"
        shown = coded(self._subfields) if self._subfields else text.strip("\r\n\t")
        self._titles.append((self._tag, self._subfields))
        self._lines.append(line(self._tag, self._indicators, shown, marked=own))
        self._subfields = []

    def _close(self) -> None:
        made = record(self._number, title_of(self._titles), self._lines, self._entries)
        self.ready.append(made)


def records(source: Source, first: int) -> Iterator[TaggedRecord]:
    """The records from number `first` on. Raises FileProblem."""
    reader = _Reader(first)
    steps = fed(reader.parser, pieces(source, unwatched))
    ended = False
    while not ended:
        try:
            ended = next(steps, False) is False
        except (expat.ExpatError, ValueError, Forbidden):
            reader.finish()
            ended = True
        while reader.ready:
            yield reader.ready.popleft()
