"""MARCXML, read as a stream. The server takes each child of the outermost element for a record."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from app.core.drafts import Level, Look, Place
from app.core.uploads import Source
from app.servers.folio import findings
from app.servers.folio.inspection.pieces import pieces
from app.servers.folio.inspection.roll import Roll
from app.servers.folio.inspection.tally import Tally

NAMESPACE = "http://www.loc.gov/MARC21/slim"
LARGE = 200 * 1024 * 1024
"""The server needs about as much memory as the file has bytes, and is often given 256 to 1,024
megabytes."""
_LEADER = 24
_VALUE_KEPT = 1024
_LONGEST_TAG = 4 * 1024 * 1024


class Forbidden(Exception):
    """The file defines entities."""


def guarded() -> expat.XMLParserType:
    """A parser that stops with Forbidden at the first entity a file defines."""
    parser = expat.ParserCreate()
    parser.buffer_text = True

    def refuse(*_: object) -> None:
        raise Forbidden

    parser.EntityDeclHandler = refuse
    return parser


def fed(parser: expat.XMLParserType, pieces: Iterable[bytes]) -> Iterator[None]:
    """Gives a parser a file, a step after each piece. Raises ExpatError, Forbidden, ValueError for
    an unknown encoding, and what `pieces` raises."""
    given = 0
    for piece in pieces:
        parser.Parse(piece, False)
        given += len(piece)
        # The parser keeps a tag until it ends, and may look through it again with each piece.
        if given - max(parser.CurrentByteIndex, 0) > _LONGEST_TAG:
            raise ValueError("a tag is too long")
        yield
    parser.Parse(b"", True)
    yield


@dataclass(slots=True)
class _Record:
    line: int
    byte: int
    is_one: bool
    leader: str = ""
    number: str = ""
    tags: set[str] = field(default_factory=set)
    leftover: bool = False


class _Reader:
    def __init__(self, tally: Tally) -> None:
        self._tally = tally
        self._roll = Roll(tally)
        self._depth = 0
        self._root = ""
        self._space = False
        self._children = 0
        self._others = 0
        self._record: _Record | None = None
        self._text: list[str] | None = None
        self._into = ""
        self.parser = parser = guarded()
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.StartDoctypeDeclHandler = self._doctype

    def finish(self) -> None:
        tally = self._tally
        if self._root == "record":
            tally.say(findings.BARE_RECORD, asks=True)
            return
        tally.records = self._children
        if not self._children:
            tally.say(findings.NO_RECORDS, asks=True)
            return
        if self._others == self._children:
            return
        self._roll.finish(encodings=False)
        if not self._space:
            tally.say(findings.XML_NAMESPACE, level=Level.INFO)

    def _doctype(self, name: str, system: str | None, public: str | None, internal: int) -> None:
        self._tally.say(findings.XML_DOCTYPE, Place(line=self.parser.CurrentLineNumber))

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        local = name.rpartition(":")[2]
        if not self._space and NAMESPACE in attributes.values():
            self._space = True
        if self._depth == 3:
            self._part(local, attributes)
        elif self._depth == 2:
            self._children += 1
            parser = self.parser
            self._record = _Record(
                parser.CurrentLineNumber, parser.CurrentByteIndex, local == "record"
            )
        elif self._depth == 1:
            self._root = local

    def _part(self, local: str, attributes: dict[str, str]) -> None:
        record = self._record
        if record is None:
            return
        tag = attributes.get("tag", "")
        if local == "leader":
            self._listen("leader")
        elif local in ("controlfield", "datafield"):
            record.tags.add(tag[:3])
            if tag == "001" and not record.number:
                self._listen("number")
            elif tag == "999" and attributes.get("ind1") == attributes.get("ind2") == "f":
                record.leftover = True

    def _listen(self, into: str) -> None:
        self._into, self._text = into, []
        self.parser.CharacterDataHandler = self._heard

    def _heard(self, text: str) -> None:
        if self._text is not None and len(self._text) < _VALUE_KEPT:
            self._text.append(text[:_VALUE_KEPT])

    def _end(self, name: str) -> None:
        if self._depth == 3 and self._text is not None and self._record is not None:
            setattr(self._record, self._into, "".join(self._text)[:_VALUE_KEPT])
            self._text = None
            self.parser.CharacterDataHandler = None
        elif self._depth == 2 and self._record is not None:
            self._add(self._record)
            self._record = None
        self._depth -= 1

    def _add(self, record: _Record) -> None:
        if self._root == "record":
            return
        place = Place(record=self._children, line=record.line, byte=record.byte)
        if not record.is_one:
            self._others += 1
            self._tally.say(findings.XML_NOT_RECORDS, place, asks=True)
            return
        leader = record.leader.strip("\r\n\t")
        if len(leader.rstrip()) < _LEADER - 4 or len(leader) > _LEADER:
            self._tally.say(findings.NO_LEADER, place)
            if len(leader) < 10:
                return
        number = record.number.encode("utf-8", "replace")
        self._roll.add(place, leader, record.tags, number, leftover=record.leftover)


def scan(source: Source, look: Look) -> Tally:
    """What a MARCXML file holds. Raises FileProblem, and what `look` raises."""
    tally = Tally("MARC", "MARCXML")
    reader = _Reader(tally)
    parser = reader.parser
    try:
        for _ in fed(parser, pieces(source, look)):
            pass
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code) or "unreadable"
        place = Place(line=error.lineno, byte=max(parser.ErrorByteIndex, 0))
        tally.say(findings.NOT_XML, place, asks=True, reason=reason)
        return tally
    except Forbidden:
        place = Place(line=parser.CurrentLineNumber)
        tally.say(findings.XML_ENTITIES, place, level=Level.ERROR)
        return tally
    except ValueError as error:
        tally.say(findings.NOT_XML, Place(line=1), asks=True, reason=str(error)[:200])
        return tally
    reader.finish()
    if source.size > LARGE:
        tally.say(findings.XML_LARGE)
    return tally
