"""A look into a scan before it is sent: whose results, of what, from when.

Only what no server could take is refused: an archive that is empty, cut off, locked or impossible.
Of the results themselves no more than the head is read.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO
from xml.parsers import expat

from app.core import catalogue
from app.core.drafts import Finding, Inspection, Level, Look, unwatched
from app.core.problems import FileProblem
from app.core.uploads import Source
from app.servers.reply import size_words
from app.servers.ssc import archive, problems
from app.servers.ssc.archive import Entry, Unreadable

STATIC = "audit.fvdl"
DYNAMIC = "webinspect.xml"
THIRD_PARTY = "scan.info"

FORTIFY = "fortify"
OTHER = "other"

_ARCHIVES = (".fpr", ".zip")
_LARGEST = 2_000_000_000
_MOST_ENTRIES = 200_000
_HEAD = 1_000_000
_LONGEST_TEXT = 400
_IMPOSSIBLE = 500
"""Results shrink to a tenth or a fiftieth when packed."""
_NOTICEABLE = 1_000_000_000


def inspect(source: Source, look: Look = unwatched) -> Inspection:
    """Findings and facts of one file. Raises FileProblem.

    Facts: `kind` (fortify, other), `format`, `engine`, `engine_version`, `build`, `scanned`,
    `scan` (its id), `files`, `lines`; each only if it is known.
    """
    facts = {"name": source.name}
    if source.size == 0:
        return Inspection((Finding(catalogue.FILE_EMPTY, Level.ERROR, facts),))
    seen = _Seen(facts)
    if source.size > _LARGEST:
        seen.say(problems.VERY_LARGE, Level.WARNING, size=size_words(source.size))
    with _opened(source) as file:
        _look(file, source, seen)
    return Inspection(tuple(seen.findings), {key: text for key, text in seen.facts.items() if text})


@dataclass(slots=True)
class _Seen:
    name: dict[str, str]
    facts: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def say(self, entry: catalogue.Entry, level: Level, **facts: str) -> None:
        self.findings.append(Finding(entry, level, self.name | facts))


@contextmanager
def _opened(source: Source) -> Iterator[BinaryIO]:
    try:
        with Path(source.path).open("rb") as file:
            yield file
    except FileNotFoundError:
        raise FileProblem(catalogue.FILE_MISSING, {"name": source.name}) from None
    except OSError as error:
        reason = error.strerror or type(error).__name__
        facts = {"name": source.name, "reason": reason}
        raise FileProblem(catalogue.FILE_UNREADABLE, facts) from None


def _look(file: BinaryIO, source: Source, seen: _Seen) -> None:
    named_archive = source.name.lower().endswith(_ARCHIVES)
    if not file.read(4).startswith(b"PK"):
        seen.facts["kind"] = OTHER
        if named_archive:
            seen.say(problems.NOT_AN_ARCHIVE, Level.ERROR)
        else:
            seen.say(problems.PLAIN_FILE, Level.WARNING)
        return
    found: dict[str, Entry] = {}
    packed_results = locked = False
    count = 0
    try:
        for entry in archive.entries(file, _MOST_ENTRIES):
            count += 1
            if entry.name in (STATIC, DYNAMIC, THIRD_PARTY):
                found[entry.name] = entry
            packed_results = packed_results or entry.name.lower().endswith(".fpr")
            locked = locked or entry.encrypted
    except Unreadable:
        seen.say(problems.CUT_OFF, Level.ERROR)
        return
    results = [found[name] for name in (STATIC, DYNAMIC, THIRD_PARTY) if name in found]
    if any(entry.encrypted for entry in results) or (locked and not results):
        seen.say(problems.ENCRYPTED, Level.ERROR)
        return
    for entry in results:
        if entry.size > _NOTICEABLE and entry.size > _IMPOSSIBLE * max(entry.packed, 1):
            seen.say(problems.SWOLLEN, Level.ERROR, unpacked=size_words(entry.size))
            return
    try:
        _read_results(file, found, seen)
    except Unreadable as error:
        seen.say(problems.UNREADABLE_RESULTS, Level.WARNING, reason=str(error))
    if not results and count < _MOST_ENTRIES:
        seen.facts["kind"] = OTHER
        content = problems.PACKED_RESULTS if packed_results else problems.OTHER_CONTENT
        seen.say(content, Level.WARNING)


def _read_results(file: BinaryIO, found: dict[str, Entry], seen: _Seen) -> None:
    facts = seen.facts
    if STATIC in found:
        facts |= {"kind": FORTIFY, "format": "FPR, static", "engine": "SCA"}
        facts |= _static(archive.pieces(file, found[STATIC], _HEAD))
    elif DYNAMIC in found:
        facts |= {"kind": FORTIFY, "format": "FPR, dynamic", "engine": "WEBINSPECT"}
        facts |= _dynamic(archive.pieces(file, found[DYNAMIC], _HEAD))
    elif THIRD_PARTY in found:
        facts |= {"kind": OTHER, "format": "Results of another tool"}
        text = b"".join(archive.pieces(file, found[THIRD_PARTY], 64 * 1024))
        told = _properties(text.decode("latin-1"))
        facts |= {"engine": told.get("engineType", ""), "scanned": told.get("scanDate", "")}
        if not facts["engine"]:
            seen.say(problems.NO_ENGINE, Level.WARNING)


class _Enough(Exception):
    """What was looked for has been seen."""


_FVDL = {
    "FVDL/UUID": "scan",
    "FVDL/Build/BuildID": "build",
    "FVDL/Build/NumberFiles": "files",
}


def _static(pieces: Iterator[bytes]) -> dict[str, str]:
    """The head of `audit.fvdl`. The lists of files and findings behind it can be endless."""
    facts: dict[str, str] = {}
    path: list[str] = []
    text: list[str] = []

    def begin(name: str, attributes: dict[str, str]) -> None:
        path.append(name.rpartition(":")[2])
        text.clear()
        place = "/".join(path)
        if len(path) == 1 and place != "FVDL":
            raise Unreadable(f"audit.fvdl begins with “{place[:40]}”")
        if place == "FVDL/CreatedTS":
            moment = f"{attributes.get('date', '')} {attributes.get('time', '')}"
            facts["scanned"] = moment.strip()[:_LONGEST_TEXT]
        if place == "FVDL/Build/LOC" and attributes.get("type") == "Line Count":
            path[-1] = "Lines"
        if place in ("FVDL/Build/SourceFiles", "FVDL/Vulnerabilities"):
            raise _Enough

    def end(_: str) -> None:
        place = "/".join(path)
        key = "lines" if place == "FVDL/Build/Lines" else _FVDL.get(place)
        if key:
            facts[key] = "".join(text).strip()[:_LONGEST_TEXT]
        path.pop()
        if place == "FVDL/Build":
            raise _Enough

    def characters(piece: str) -> None:
        if sum(map(len, text)) < _LONGEST_TEXT:
            text.append(piece)

    _parse(pieces, begin, end, characters, "audit.fvdl")
    return facts


def _dynamic(pieces: Iterator[bytes]) -> dict[str, str]:
    facts: dict[str, str] = {}

    def begin(name: str, attributes: dict[str, str]) -> None:
        if name.rpartition(":")[2] == "Sessions":
            facts["engine_version"] = attributes.get("appVersion", "")[:_LONGEST_TEXT]
        raise _Enough

    _parse(pieces, begin, lambda _: None, lambda _: None, "webinspect.xml")
    return facts


def _parse(
    pieces: Iterator[bytes],
    begin: Callable[[str, dict[str, str]], None],
    end: Callable[[str], None],
    characters: Callable[[str], None],
    what: str,
) -> None:
    """Reads XML until a handler has enough or the pieces end. Raises Unreadable."""

    def doctype(*_: object) -> None:
        raise Unreadable(f"{what} defines a document type, which such files do not")

    parser = expat.ParserCreate()
    parser.StartElementHandler = begin
    parser.EndElementHandler = end
    parser.CharacterDataHandler = characters
    parser.StartDoctypeDeclHandler = doctype
    seen = False
    try:
        for piece in pieces:
            seen = True
            parser.Parse(piece, False)
    except _Enough:
        return
    except expat.ExpatError as error:
        reason = expat.ErrorString(error.code) or "not XML"
        raise Unreadable(f"{what}, line {error.lineno}: {reason}") from None
    if not seen:
        raise Unreadable(f"{what} is empty")


def _properties(text: str) -> dict[str, str]:
    """`key=value` lines as Java reads them, without its rarer spellings."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        line = line.strip()
        if line and line[0] not in "#!":
            key, sign, value = line.partition("=")
            if not sign:
                key, _, value = line.partition(":")
            found[key.strip()] = value.strip()[:_LONGEST_TEXT]
    return found
