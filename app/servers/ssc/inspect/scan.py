"""What scan results say of themselves: the head read as XML, the findings behind it counted.

Results can be of any size. The head is parsed with care; of the rest, whose lists of files and
findings can be endless, only the few words that count are looked for.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from app.servers.ssc.archive import Unreadable, Unusual

PRIORITIES = ("critical", "high", "medium", "low")
LONGEST_TEXT = 400

_HEAD = 1_000_000
_MOST_RULES = 20_000
_MOST_CLASSES = 50_000
_LONGEST_TAG = 4096
_MARKS_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_MIDDLE = 2.5
"""Where the server's priorities divide: impact from 2.5 is critical or high, likelihood from 2.5 is
critical or medium."""
_WEBINSPECT_SEVERITIES = {b"4": "critical", b"3": "high", b"2": "medium", b"1": "low"}


@dataclass(slots=True)
class Scan:
    """What was learnt. `findings` is None where they were not counted, `sources` where it was not
    seen whether any file was scanned; `machine` is for the person's eyes only, never for logs."""

    facts: dict[str, str] = field(default_factory=dict)
    findings: int | None = None
    priorities: Counter[str] = field(default_factory=Counter)
    sources: bool | None = None
    machine: str = ""


def static(scan: Scan, pieces: Iterator[bytes], *, whole: bool) -> None:
    """Fills `scan` from `audit.fvdl`; if that is not `whole`, from its head. Raises Unreadable."""
    head = _Head("audit.fvdl", "FVDL", _fvdl_handlers(scan.facts))
    rest = head.read(pieces)
    if head.countable and whole:
        _Count(head.prefix).read(rest, scan)


def dynamic(scan: Scan, pieces: Iterator[bytes], *, whole: bool) -> None:
    """Fills `scan` from `webinspect.xml`, as `static` does. Raises Unreadable."""
    facts = scan.facts

    def begin(path: list[str], attributes: Mapping[str, str]) -> bool:
        facts["engine_version"] = attributes.get("appVersion", "")[:LONGEST_TEXT]
        return True

    head = _Head("webinspect.xml", "Sessions", (begin, lambda path, text: False))
    rest = head.read(pieces)
    if not head.countable or not whole:
        return
    issue = re.compile(rb"<" + head.prefix + rb"(?:Issue[\s>]|Severity>\s*(\d)\s*<)")
    scan.findings = 0
    for text in _whole_tags(rest, _END_OF_SESSIONS):
        for found in issue.finditer(text):
            if found[1] is None:
                scan.findings += 1
            elif found[1] in _WEBINSPECT_SEVERITIES:
                scan.priorities[_WEBINSPECT_SEVERITIES[found[1]]] += 1


def properties(text: str) -> dict[str, str]:
    """`key=value` lines as Java reads them, without its rarer spellings."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        line = line.strip()
        if line and line[0] not in "#!":
            key, sign, value = line.partition("=")
            if not sign:
                key, _, value = line.partition(":")
            found[key.strip()] = value.strip()[:LONGEST_TEXT]
    return found


class _Enough(Exception):
    """What was looked for has been seen."""


_Begin = Callable[[list[str], Mapping[str, str]], bool]
_End = Callable[[list[str], str], bool]


class _Head:
    """The beginning of an XML document. The handlers return True when they have enough."""

    def __init__(self, what: str, root: str, handlers: tuple[_Begin, _End]) -> None:
        self.prefix = b""
        """Of the elements' names, with its colon."""
        self.countable = True
        self._what = what
        self._root = root
        self._begin, self._end = handlers
        self._path: list[str] = []
        self._text: list[str] = []

    def read(self, pieces: Iterator[bytes]) -> Iterator[bytes]:
        """Parses up to the handlers' end; returns all pieces from the last one parsed on."""
        parser = expat.ParserCreate()
        parser.StartElementHandler = self._element
        parser.EndElementHandler = self._ended
        parser.CharacterDataHandler = self._characters
        parser.StartDoctypeDeclHandler = self._doctype
        piece, seen = b"", 0
        try:
            for piece in pieces:
                if not seen and piece.startswith(_MARKS_UTF_16):
                    self.countable = False
                seen += len(piece)
                parser.Parse(piece, False)
                if seen >= _HEAD:
                    break
            else:
                if not seen:
                    raise Unreadable(f"{self._what} is empty")
                parser.Parse(b"", True)
        except _Enough:
            pass
        except expat.ExpatError as error:
            reason = expat.ErrorString(error.code) or "not XML"
            sort = Unusual if error.code == _UNKNOWN_ENCODING else Unreadable
            raise sort(f"{self._what}, line {error.lineno}: {reason}") from None
        except (ValueError, LookupError):
            raise Unusual(f"{self._what} is in an encoding that is not known here") from None
        return _with_first(piece, pieces)

    def _element(self, name: str, attributes: dict[str, str]) -> None:
        prefix, _, name = name.rpartition(":")
        if not self._path:
            if name != self._root:
                raise Unreadable(f"{self._what} begins with “{name[:40]}”")
            self.prefix = f"{prefix}:".encode() if prefix else b""
        self._path.append(name)
        self._text.clear()
        if self._begin(self._path, attributes):
            raise _Enough

    def _ended(self, _: str) -> None:
        if self._end(self._path, "".join(self._text).strip()[:LONGEST_TEXT]):
            raise _Enough
        self._path.pop()

    def _characters(self, piece: str) -> None:
        if len(self._text) < LONGEST_TEXT:
            self._text.append(piece)

    def _doctype(self, *_: object) -> None:
        raise Unreadable(f"{self._what} defines a document type, which such files do not")


_UNKNOWN_ENCODING = expat.errors.codes[expat.errors.XML_ERROR_UNKNOWN_ENCODING]
_FVDL = {
    "FVDL/UUID": "scan",
    "FVDL/Build/BuildID": "build",
    "FVDL/Build/Project": "project",
    "FVDL/Build/Label": "label",
    "FVDL/Build/Version": "version",
    "FVDL/Build/NumberFiles": "files",
    "FVDL/Build/Lines": "lines",
}


def _fvdl_handlers(facts: dict[str, str]) -> tuple[_Begin, _End]:
    def begin(path: list[str], attributes: Mapping[str, str]) -> bool:
        place = "/".join(path[:4])
        if place == "FVDL/CreatedTS":
            moment = f"{attributes.get('date', '')} {attributes.get('time', '')}"
            facts["scanned"] = moment.strip()[:LONGEST_TEXT]
        if place == "FVDL/Build/LOC" and attributes.get("type") == "Line Count":
            path[-1] = "Lines"
        return place in ("FVDL/Build/SourceFiles", "FVDL/Vulnerabilities")

    def end(path: list[str], text: str) -> bool:
        place = "/".join(path[:4])
        if key := _FVDL.get(place):
            facts[key] = text
        return place == "FVDL/Build"

    return begin, end


_END_OF_FVDL = re.compile(rb"</(?:[\w.-]+:)?FVDL\s*>\s*\Z")
_END_OF_SESSIONS = re.compile(
    rb"</(?:[\w.-]+:)?Sessions\s*>\s*\Z|<(?:[\w.-]+:)?Sessions[^<]*/>\s*\Z"
)


class _Count:
    """Counts findings by class and confidence, then by the priority the rules give them.

    The likelihood of a finding is accuracy × confidence × probability ÷ 25.
    """

    def __init__(self, prefix: bytes) -> None:
        # Each way begins with letters, not with a group: else all are tried at every “<”.
        self._words = re.compile(
            rb"<(?:%(p)sVulnerability([\s>])|%(p)sClassID>([^<]{1,100})"
            rb"|%(p)sConfidence>([^<]{1,20})|%(p)sRule\s+id=\"([^\"<]{1,100})"
            rb"|%(p)sGroup\s+name=\"(Impact|Probability|Accuracy)\">([^<]{1,20})"
            rb"|%(p)sEngineVersion>([^<]{1,100})|%(p)sHostname>([^<]{1,200})"
            rb"|%(p)sFile([\s/>])|/%(p)s(SourceFiles|Vulnerabilities)>)" % {b"p": re.escape(prefix)}
        )
        self._classes: Counter[tuple[bytes, bytes]] = Counter()
        self._rules: dict[bytes, dict[bytes, float]] = {}

    def read(self, pieces: Iterator[bytes], scan: Scan) -> None:
        findings = 0
        kind = rule = b""
        listing = True
        """Up to the end of the list of findings; what follows can quote anything."""
        files = False
        for text in _whole_tags(pieces, _END_OF_FVDL):
            for found in self._words.finditer(text):
                match found.lastindex:
                    case 1 if listing:
                        findings, kind = findings + 1, b""
                    case 2:
                        kind = found[2]
                    case 3 if listing and kind:
                        self._classed(kind, found[3])
                    case 4:
                        rule = found[4]
                    case 6 if not listing and rule:
                        self._rated(rule, found[5], found[6])
                    case 7:
                        scan.facts["engine_version"] = _text(found[7])
                    case 8:
                        scan.machine = _text(found[8])
                    case 9 if listing:
                        files = True
                    case 10 if found[10] == b"Vulnerabilities":
                        listing = False
        scan.findings = findings
        scan.sources = files
        scan.priorities = self._priorities(findings)

    def _classed(self, kind: bytes, confidence: bytes) -> None:
        key = (kind, confidence)
        if key in self._classes or len(self._classes) < _MOST_CLASSES:
            self._classes[key] += 1

    def _rated(self, rule: bytes, what: bytes, value: bytes) -> None:
        if rule in self._rules or len(self._rules) < _MOST_RULES:
            self._rules.setdefault(rule, {})[what] = _number(value)

    def _priorities(self, findings: int) -> Counter[str]:
        counted: Counter[str] = Counter()
        for (kind, confidence), count in self._classes.items():
            rule = self._rules.get(kind, {})
            if rule.keys() < {b"Impact", b"Probability", b"Accuracy"}:
                continue
            likelihood = rule[b"Accuracy"] * _number(confidence) * rule[b"Probability"] / 25
            grave = rule[b"Impact"] >= _MIDDLE
            likely = likelihood >= _MIDDLE
            counted[PRIORITIES[(0 if grave else 2) + (0 if likely else 1)]] += count
        return counted


def _whole_tags(pieces: Iterator[bytes], ending: re.Pattern[bytes]) -> Iterator[bytes]:
    """The pieces cut between tags. Raises Unreadable when the last does not end the document."""
    rest = last = b""
    for piece in pieces:
        text = rest + piece
        cut = text.rfind(b"<")
        if len(text) - cut > _LONGEST_TAG:
            cut = len(text)
        rest, last = text[cut:], text[max(0, cut - _LONGEST_TAG) :]
        yield text[:cut]
    yield rest
    if not ending.search(last):
        raise Unreadable("its last lines are missing")


def _with_first(first: bytes, others: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from others


def _text(value: bytes) -> str:
    return value.decode("utf-8", errors="replace").strip()


def _number(value: bytes) -> float:
    try:
        return float(value)
    except ValueError:
        return 0.0
