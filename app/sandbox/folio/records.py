"""The records in a file, read as the data import does: permissively, and by extension.

A record deserves to fail when it is hopeless (no leader or no directory that can be read, or cut
off), or when it is a bibliographic record without a title proper (245 $a). Wrong lengths in the
leader, odd characters and blanks between records are tolerated, as in the real reader.
"""

import json
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

END = b"\x1d"
_BLOCK = 1024 * 1024
_LEADER = 24
_LONGEST = 4 * 1024 * 1024
_KEPT = 64
_BLANKS = b"\r\n\t \x00\x1a"
_AUTHORITY = "z"
_HOLDINGS = "uvxy"
NO_TITLE = "no title"
UNREADABLE = "unreadable"
WRONG_KIND = "wrong kind"
NO_NUMBER = "no vendorInvoiceNo"
NO_DATE = "no invoiceDate"


class UnsupportedFormat(Exception):
    """No reader for this data type."""


@dataclass(frozen=True, slots=True)
class Record:
    """One record: `kind` as the log names it, `fault` empty when it can be imported.

    `end` is the offset after its last byte in a binary file, else 0. `order` is the name of the
    record in the log where it is not its number.
    """

    title: str
    kind: str
    fault: str = ""
    end: int = 0
    order: str = ""


def records(
    path: Path, name: str, data_type: str | None, stopped: Callable[[], bool]
) -> Iterator[Record]:
    """The records of a file called `name`; raises UnsupportedFormat, ValueError or OSError.

    `stopped` is asked now and then and ends the reading.
    """
    if data_type == "EDIFACT":
        return _edifact(path.read_bytes())
    if data_type != "MARC":
        raise UnsupportedFormat(str(data_type))
    if name.endswith(".json"):
        return _marc_json(path.read_text("utf-8", errors="replace"))
    if name.endswith(".xml"):
        return _marc_xml(path)
    return _marc(path, stopped)


def is_binary(name: str, data_type: str | None) -> bool:
    """Whether a file is read as binary MARC, the only kind that is split."""
    return data_type == "MARC" and not name.endswith((".json", ".xml"))


def _marc(path: Path, stopped: Callable[[], bool]) -> Iterator[Record]:
    rest, at, dropped = b"", 0, 0
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            if stopped():
                return
            *pieces, rest = (rest + block).split(END)
            for piece in pieces:
                at += dropped + len(piece) + 1
                dropped = 0
                if piece.strip(_BLANKS):
                    yield _binary(piece.lstrip(_BLANKS), at)
            if len(rest) > _LONGEST:
                # No record is so long: keep its beginning, which is enough to judge it.
                dropped += len(rest) - _KEPT
                rest = rest[:_KEPT]
    cut_off = rest.lstrip(_BLANKS)
    if len(cut_off) >= _LEADER and cut_off[:5].isdigit():
        yield Record("", "MARC_BIBLIOGRAPHIC", UNREADABLE, at + dropped + len(rest))


def _binary(raw: bytes, end: int) -> Record:
    leader = raw[:_LEADER].decode("latin-1")
    kind = _kind(leader)
    head, _, body = raw[_LEADER:].partition(b"\x1e")
    if len(leader) < _LEADER or not body or not head[: len(head) // 12 * 12].isalnum():
        return Record("", kind, UNREADABLE, end)
    tags = [head[at : at + 3].decode("latin-1") for at in range(0, len(head) - 11, 12)]
    fields = body.split(b"\x1e")
    for tag, value in zip(tags, fields, strict=False):
        if tag == "245":
            for part in value.split(b"\x1f")[1:]:
                if part[:1] == b"a" and part[1:].strip():
                    return Record(part[1:].decode("utf-8", "replace").strip(), kind, "", end)
    return Record("", kind, NO_TITLE if kind == "MARC_BIBLIOGRAPHIC" else "", end)


def _marc_xml(path: Path) -> Iterator[Record]:
    """Each child of the root counts as a record, whatever it is."""
    try:
        root = ET.parse(path).getroot()
    except ET.ParseError as error:
        raise ValueError(str(error)) from error
    return (_xml_record(child) for child in root)


def _xml_record(element: ET.Element) -> Record:
    leader = next((e.text or "" for e in element if _local(e) == "leader"), "")
    if _local(element) != "record" or not leader:
        return Record("", "MARC_BIBLIOGRAPHIC", UNREADABLE)
    kind = _kind(leader)
    for field in element:
        if _local(field) == "datafield" and field.get("tag") == "245":
            for part in field:
                if part.get("code") == "a" and (part.text or "").strip():
                    return Record((part.text or "").strip(), kind)
    return Record("", kind, NO_TITLE if kind == "MARC_BIBLIOGRAPHIC" else "")


def _local(element: ET.Element) -> str:
    return str(element.tag).rpartition("}")[2]


def _marc_json(text: str) -> Iterator[Record]:
    """An array of objects or objects one after the other."""
    decoder, at, text = json.JSONDecoder(), 0, text.lstrip("\ufeff").strip()
    found: list[Any] = []
    while at < len(text):
        value, at = decoder.raw_decode(text, at)
        found.extend(value if isinstance(value, list) else [value])
        while at < len(text) and text[at] in " \r\n\t,":
            at += 1
    return (_json_record(value) for value in found)


def _json_record(value: Any) -> Record:
    leader = value.get("leader") if isinstance(value, dict) else None
    fields = value.get("fields") if isinstance(value, dict) else None
    if not isinstance(leader, str) or not isinstance(fields, list):
        return Record("", "MARC_BIBLIOGRAPHIC", UNREADABLE)
    kind = _kind(leader)
    for field in fields:
        parts = field.get("245", {}) if isinstance(field, dict) else {}
        for part in parts.get("subfields", []) if isinstance(parts, dict) else []:
            if isinstance(part, dict) and str(part.get("a", "")).strip():
                return Record(str(part["a"]).strip(), kind)
    return Record("", kind, NO_TITLE if kind == "MARC_BIBLIOGRAPHIC" else "")


def _kind(leader: str) -> str:
    letter = leader[6:7]
    if letter == _AUTHORITY:
        return "MARC_AUTHORITY"
    if letter and letter in _HOLDINGS:
        return "MARC_HOLDING"
    return "MARC_BIBLIOGRAPHIC"


def _edifact(raw: bytes) -> Iterator[Record]:
    """Each invoice message is a record, and needs a number and a date; UNA names the signs."""
    text = raw.decode("latin-1").lstrip()
    component, element, release, end = ":", "+", "?", "'"
    if text.startswith("UNA") and len(text) >= 9:
        component, element, release, end = text[3], text[4], text[6], text[8]
        text = text[9:]
    number, dated = "", False
    for segment in _segments(text, release, end):
        name, *values = _pieces(segment.strip(), element, release)
        if name == "UNH":
            number, dated = "", False
        elif name == "BGM" and len(values) > 1:
            number = _pieces(values[1], component, release)[0]
            if release.strip():
                number = number.replace(release, "")
        elif name == "DTM":
            dated = True
        elif name == "UNT":
            fault = "" if dated else NO_DATE
            fault = fault if number else NO_NUMBER
            title = f"Invoice {number}".strip()
            yield Record(title, "EDIFACT", fault, order=f"{number or '0'}-1")


def _segments(text: str, release: str, end: str) -> list[str]:
    return _pieces(text, end, release)


def _pieces(text: str, sign: str, release: str) -> list[str]:
    """Split at a sign that is not released by the sign before it."""
    pieces, piece, at = [], "", 0
    while at < len(text):
        if text[at] == release and at + 1 < len(text):
            piece += text[at : at + 2]
            at += 2
        elif text[at] == sign:
            pieces.append(piece)
            piece, at = "", at + 1
        else:
            piece, at = piece + text[at], at + 1
    return [*pieces, piece]
