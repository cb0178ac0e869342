"""A look into a file before it is sent: what it is, how many records, what is odd about it.

FOLIO reads permissively, so nothing here refuses what the server would take: wrong lengths and
unknown content are warnings. The file is read once, in small pieces.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from xml.parsers import expat

from app.core import catalogue
from app.core.drafts import NOWHERE, Finding, Inspection, Level, Look, Place, unwatched
from app.core.problems import FileProblem
from app.core.uploads import Source
from app.servers.folio import problems
from app.servers.folio.wire.definitions import extension, name_sent
from app.servers.folio.wire.profiles import EDIFACT, MARC

_PIECE = 256 * 1024
_RECORD_END = 0x1D
_LEADER_LENGTH = 5
_BETWEEN = re.compile(rb"[\r\n\x00\x1a ]*")
"""Bytes found between and behind records; the server skips them."""
_EDIFACT_NAMES = frozenset({".edi", ".inv"})
_ODD = re.compile(r"[^.A-Za-z0-9_-]")


def data_type_of(name: str) -> str:
    """The data type a file name suggests."""
    return EDIFACT if extension(name) in _EDIFACT_NAMES else MARC


def inspect(source: Source, look: Look = unwatched) -> Inspection:
    """Findings and facts (`data_type`, `format`, `records`) of one file. Raises FileProblem."""
    name = source.name
    facts = {"name": name}
    if not extension(name):
        return Inspection((Finding(problems.NO_EXTENSION, Level.ERROR, facts),))
    if source.size == 0:
        return Inspection((Finding(catalogue.FILE_EMPTY, Level.ERROR, facts),))
    findings: list[Finding] = []
    sent = name_sent(name)
    if sent != name:
        findings.append(Finding(problems.EXTENSION_LOWERED, Level.INFO, facts | {"sent": sent}))
    if _ODD.search(extension(name)):
        findings.append(Finding(problems.EXTENSION_ODD, Level.WARNING, facts))
    seen = _seen(source)
    findings += [
        Finding(one.entry, one.level, {**facts, **one.facts}, one.place) for one in seen.findings
    ]
    told = {"data_type": seen.data_type, "format": seen.format}
    if seen.records is not None:
        told["records"] = str(seen.records)
    return Inspection(tuple(findings), told)


@dataclass(slots=True)
class _Seen:
    data_type: str
    format: str
    records: int | None = None
    findings: list[Finding] = field(default_factory=list)

    def warn(self, entry: catalogue.Entry, place: Place = NOWHERE, **facts: str) -> None:
        self.findings.append(Finding(entry, Level.WARNING, facts, place))


def _seen(source: Source) -> _Seen:
    kind = extension(source.name)
    if kind in _EDIFACT_NAMES:
        return _edifact(source)
    if kind == ".xml":
        return _marcxml(source)
    if kind == ".json":
        return _Seen(MARC, "MARC-in-JSON")
    return _binary(source)


def _pieces(source: Source) -> Iterator[bytes]:
    try:
        with Path(source.path).open("rb", buffering=0) as file:
            while piece := file.read(_PIECE):
                yield piece
    except FileNotFoundError:
        raise FileProblem(catalogue.FILE_MISSING, {"name": source.name}) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        facts = {"name": source.name, "reason": reason}
        raise FileProblem(catalogue.FILE_UNREADABLE, facts) from None


def _binary(source: Source) -> _Seen:
    """Counts record ends, as the server's reader does, and compares each record with its leader."""
    seen = _Seen(MARC, "MARC")
    records = wrong = first_wrong = 0
    before = 0  # Bytes of the record under way that were in earlier pieces.
    leader = b""
    looks_like_marc: bool | None = None
    for piece in _pieces(source):
        at = 0
        while True:
            if before == 0:
                at = _BETWEEN.match(piece, at).end()  # type: ignore[union-attr]
                hopped, at = _hop(piece, at)
                if hopped:
                    records += hopped
                    looks_like_marc = True
                    continue
            if len(leader) < _LEADER_LENGTH:
                leader += piece[at : at + _LEADER_LENGTH - len(leader)]
                if looks_like_marc is None and len(leader) == _LEADER_LENGTH:
                    looks_like_marc = leader.isdigit()
            end = piece.find(_RECORD_END, at)
            if end < 0:
                before += len(piece) - at
                break
            records += 1
            length = before + end + 1 - at
            if not leader.isdigit() or int(leader) != length:
                wrong += 1
                first_wrong = first_wrong or records
            at, before, leader = end + 1, 0, b""
    seen.records = records
    if not records and not looks_like_marc:
        seen.records = None
        seen.warn(problems.NOT_MARC)
        return seen
    if not records:
        seen.warn(problems.CUT_OFF)
    elif before:
        seen.warn(problems.CUT_OFF, Place(record=records, after=True))
    if wrong:
        seen.warn(problems.RECORD_LENGTHS, Place(record=first_wrong), count=str(wrong))
    return seen


def _hop(piece: bytes, start: int) -> tuple[int, int]:
    """How many records from `start` on are whole and as long as they say, and where they end.

    Three times faster than looking for each record's end.
    """
    at, last, records = start, len(piece) - _LEADER_LENGTH, 0
    while at <= last:
        said = piece[at : at + _LEADER_LENGTH]
        if not said.isdigit():
            break
        end = at + int(said)
        if end > len(piece) or end <= at or piece[end - 1] != _RECORD_END:
            break
        at = end
        records += 1
    # A record that holds a record's end in its middle is not one record to the server.
    if records and piece.count(_RECORD_END, start, at) != records:
        return 0, start
    return records, at


def _edifact(source: Source) -> _Seen:
    """Counts messages: each is an invoice."""
    seen = _Seen(EDIFACT, "EDIFACT")
    messages = 0
    tail = b""
    message: re.Pattern[bytes] | None = None
    for piece in _pieces(source):
        if message is None:
            start = piece.lstrip(b"\xef\xbb\xbf \r\n\t")
            if not start.startswith((b"UNA", b"UNB")):
                seen.warn(problems.NOT_EDIFACT)
                return seen
            ends = start[8:9] if start.startswith(b"UNA") else b"'"
            message = re.compile(re.escape(ends) + rb"\s*UNH[^A-Za-z0-9]")
        text = tail + piece
        last = 0
        for found in message.finditer(text):
            messages += 1
            last = found.end()
        tail = text[max(last, len(text) - 64) :]
    seen.records = messages
    if not messages:
        seen.warn(problems.NO_RECORDS)
    return seen


def _marcxml(source: Source) -> _Seen:
    """Counts the children of the root: the server takes each for a record."""
    seen = _Seen(MARC, "MARCXML")
    depth = children = 0
    root = ""

    def begin(name: str, _: dict[str, str]) -> None:
        nonlocal depth, children, root
        depth += 1
        if depth == 1:
            root = name.rpartition(":")[2]
        elif depth == 2:
            children += 1

    def end(_: str) -> None:
        nonlocal depth
        depth -= 1

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    try:
        for piece in _pieces(source):
            parser.Parse(piece, False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code) or "unreadable"
        seen.warn(problems.NOT_XML, Place(line=error.lineno), reason=reason)
        return seen
    if root == "record":
        seen.warn(problems.BARE_RECORD)
        return seen
    seen.records = children
    if not children:
        seen.warn(problems.NO_RECORDS)
    return seen
