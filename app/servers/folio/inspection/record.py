"""One binary MARC record (ISO 2709) looked at closely, field by field."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from app.core.catalogue import Entry
from app.servers.folio import findings
from app.servers.folio.inspection.blocks import BLANKS, KEPT, LINE_ENDS

LEADER = 24
LONGEST = 99_999
LEFTOVER = b"ff\x1f"
"""How FOLIO's own field 999 begins."""
_END = b"\x1e"
_ENTRY = 12
_DIGITS = re.compile(rb"(?:[0-9A-Za-z]{3}\d{9})*")
_BEGINNING = re.compile(rb"\d{5}[a-z ][a-z][a-z ]..22\d{5}", re.S)


@dataclass(frozen=True, slots=True)
class Fault:
    """Something wrong with a record; `tag` and `at` (bytes of the record before it) where known."""

    entry: Entry
    tag: str = ""
    at: int = 0


class Field(NamedTuple):
    """A field with its indicators, without its end, `at` bytes into the record. `tag` is what the
    directory calls it."""

    tag: str
    value: bytes
    at: int


@dataclass(frozen=True, slots=True)
class Examined:
    """`leader` is empty where the record cannot be read. `skipped` bytes before it are no part of
    it."""

    leader: bytes = b""
    fields: tuple[Field, ...] = ()
    faults: tuple[Fault, ...] = ()
    skipped: int = 0

    @property
    def tags(self) -> tuple[str, ...]:
        return tuple(field.tag for field in self.fields)

    @property
    def number(self) -> bytes:
        """The value of 001, empty without one."""
        return next((field.value for field in self.fields if field.tag == "001"), b"")

    @property
    def leftover(self) -> bool:
        """Whether it carries FOLIO's own numbers."""
        return any(one.tag == "999" and one.value.startswith(LEFTOVER) for one in self.fields)


def examine(raw: bytes, size: int | None = None) -> Examined:
    """A record without the sign that ends it; `size` with it, where `raw` is only its beginning."""
    faults: list[Fault] = []
    record = raw.lstrip(BLANKS)
    skipped = len(raw) - len(record)
    if not record[:5].isdigit() and (blank := raw.lstrip(LINE_ENDS))[10:12] == b"22":
        # The blanks are those of a leader without a length.
        skipped, record = len(raw) - len(blank), blank
    elif not record[:5].isdigit():
        found = _BEGINNING.search(record, 0, KEPT)
        if found and found.start():
            faults.append(Fault(findings.STRAY_BYTES, at=-found.start()))
            skipped += found.start()
            record = record[found.start() :]
    whole = size is None
    length = len(record) + 1 if size is None else size - skipped
    directory_end = record.find(_END, LEADER)
    if len(record) < LEADER or directory_end < 0:
        return Examined(b"", (), (*faults, Fault(findings.UNREADABLE_RECORDS)), skipped)
    leader = record[:LEADER]
    if length > LONGEST:
        faults.append(Fault(findings.OVERLONG))
    elif leader[:5] != b"%05d" % length:
        faults.append(Fault(findings.RECORD_LENGTHS))
    if leader[10:12] != b"22" or leader[20:22] != b"45":
        faults.append(Fault(findings.LEADER_ODD))
    base = directory_end + 1
    if leader[12:17] != b"%05d" % base:
        faults.append(Fault(findings.BASE_ADDRESS))
    fields, fault = _fields(record, base, whole)
    if fault is not None:
        faults.append(fault)
    wrong = _encoding(leader, record, fields) if whole else None
    if wrong is not None:
        faults.append(wrong)
    return Examined(leader, tuple(fields), tuple(faults), skipped)


def _fields(record: bytes, base: int, whole: bool) -> tuple[list[Field], Fault | None]:
    """The fields as the directory says; by their ends where it cannot be trusted."""
    directory = record[LEADER : base - 1]
    if len(directory) % _ENTRY or not _DIGITS.fullmatch(directory):
        return _by_ends(record, base), Fault(findings.DIRECTORY, at=LEADER)
    entries = range(0, len(directory), _ENTRY)
    if whole:
        tags = directory.decode("ascii")
        lengths = [int(directory[at + 3 : at + 7]) for at in entries]
        starts = list(accumulate(lengths, initial=0))
        values = record[base:-1].split(_END)
        if (
            [len(value) + 1 for value in values] == lengths
            and [int(directory[at + 7 : at + 12]) for at in entries] == starts[:-1]
            and record.endswith(_END)
        ):
            # As it nearly always is: field after field, in the order of the directory.
            return [
                Field(tags[at : at + 3], value, base + start)
                for at, value, start in zip(entries, values, starts, strict=False)
            ], None
    fields: list[Field] = []
    fault: Fault | None = None
    covered = 0
    for at in entries:
        tag = directory[at : at + 3].decode("ascii")
        length = int(directory[at + 3 : at + 7])
        start = base + int(directory[at + 7 : at + 12])
        covered += length
        if start + length > len(record):
            if not whole:
                break
            return _by_ends(record, base), Fault(findings.DIRECTORY, tag, LEADER + at)
        value = record[start : start + length]
        if fault is None and value.find(_END) != length - 1:
            fault = Fault(findings.FIELD_ENDS, tag, start)
        fields.append(Field(tag, value.rstrip(_END), start))
    if whole and covered != len(record) - base:
        return _by_ends(record, base), fault or Fault(findings.DIRECTORY, at=LEADER)
    if fault is not None:
        return _by_ends(record, base), fault
    return fields, None


def _by_ends(record: bytes, base: int) -> list[Field]:
    directory = record[LEADER : base - 1]
    tags = [directory[at : at + 3] for at in range(0, len(directory) - 2, _ENTRY)]
    values = record[base:].removesuffix(_END).split(_END)
    fields, at = [], base
    for tag, value in zip(tags, values, strict=False):
        fields.append(Field(tag.decode("latin-1"), value, at))
        at += len(value) + 1
    return fields


def _encoding(leader: bytes, record: bytes, fields: list[Field]) -> Fault | None:
    """Whether the letters are what leader position 9 says."""
    flag = leader[9:10]
    if flag not in (b"a", b" "):
        return Fault(findings.ENCODING_FLAG, at=9)
    if record.isascii():
        return None
    try:
        record.decode("utf-8")
    except UnicodeDecodeError as error:
        if flag == b"a":
            return Fault(findings.NOT_UTF8, _tag_at(error.start, fields), error.start)
    else:
        if flag == b" ":
            at = next(index for index, byte in enumerate(record) if byte > 0x7F)
            return Fault(findings.UTF8_UNFLAGGED, _tag_at(at, fields), at)
    return None


def _tag_at(at: int, fields: list[Field]) -> str:
    """The field that holds this byte of the record."""
    return next((one.tag for one in fields if one.at <= at <= one.at + len(one.value)), "")
