"""MARC-in-JSON: a list of records, or records one after the other, read a record at a time."""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from typing import Any

from app.core.drafts import Look, Place, unwatched
from app.core.uploads import Source
from app.servers.folio import findings
from app.servers.folio.inspection.pieces import pieces
from app.servers.folio.inspection.roll import Roll
from app.servers.folio.inspection.tally import Tally

LONGEST = 2 * 1024 * 1024
"""Signs a single record may have; more is no record."""
_LEADER = 24
_MARK = "\ufeff"
"""The byte order mark; decoded like any letter, so that it counts as the bytes it takes."""
_SPACE = re.compile(r"[ \t\r\n]*")


class Unreadable(Exception):
    """This is no list or sequence of JSON values; `byte` is where reading stopped."""

    def __init__(self, byte: int) -> None:
        super().__init__(byte)
        self.byte = byte


@dataclass(frozen=True, slots=True)
class Value:
    """A JSON value counted from 1, and how many bytes of the file come before it and its end."""

    number: int
    byte: int
    value: Any
    end: int


def values(source: Source, look: Look = unwatched) -> Generator[Value, None, None]:
    """The records, whatever they are. Raises Unreadable, FileProblem, and what `look` raises."""
    reader = _Reader(source, look)
    try:
        yield from reader.read()
    except (UnicodeDecodeError, RecursionError, ValueError):
        raise Unreadable(reader.byte) from None


class _Reader:
    def __init__(self, source: Source, look: Look) -> None:
        self._pieces = pieces(source, look)
        self._decode = codecs.getincrementaldecoder("utf-8")().decode
        self._text = ""
        self._at = 0
        self._ended = False
        self.byte = 0

    def read(self) -> Iterator[Value]:
        number, listed = 0, False
        if self._next() == _MARK and self.byte == 0:
            self._pass(1)
        if self._next() == "[":
            listed = True
            self._pass(1)
        while sign := self._next():
            if sign == "]" and listed:
                self._pass(1)
                if self._next():
                    raise Unreadable(self.byte)
                return
            if sign == "," and number:
                self._pass(1)
                sign = self._next()
            if not sign or sign in "],":
                raise Unreadable(self.byte)
            number += 1
            start = self.byte
            value = self._value()
            yield Value(number, start, value, self.byte)
        if listed:
            raise Unreadable(self.byte)

    def _value(self) -> Any:
        decoder = json.JSONDecoder()
        while True:
            try:
                value, end = decoder.raw_decode(self._text, self._at)
            except json.JSONDecodeError:
                if not self._more(double=True):
                    raise
                continue
            # What ends exactly where the text ends may be the beginning of a longer number.
            if end == len(self._text) and self._more():
                continue
            self._pass(end - self._at)
            return value

    def _next(self) -> str:
        """The next sign that is no space, empty at the end."""
        while True:
            space = _SPACE.match(self._text, self._at)
            if space is not None and space.end() > self._at:
                self._pass(space.end() - self._at)
            if self._at < len(self._text):
                return self._text[self._at]
            if not self._more():
                return ""

    def _pass(self, signs: int) -> None:
        end = self._at + signs
        self.byte += len(self._text[self._at : end].encode("utf-8", "surrogatepass"))
        self._at = end

    def _more(self, *, double: bool = False) -> bool:
        """Whether there was more to read. A value that is tried again gets twice as much each
        time, so that all tries together take no longer than two."""
        if self._ended:
            return False
        held = self._text[self._at :]
        if len(held) > LONGEST:
            raise Unreadable(self.byte)
        wanted = len(held) if double else 1
        got = [held]
        while wanted > 0 and not self._ended:
            piece = next(self._pieces, b"")
            self._ended = not piece
            text = self._decode(piece, self._ended)
            got.append(text)
            wanted -= len(text)
        self._text, self._at = "".join(got), 0
        return len(self._text) > len(held)


def scan(source: Source, look: Look) -> Tally:
    """What a MARC-in-JSON file holds. Raises FileProblem, and what `look` raises."""
    tally = Tally("MARC", "MARC-in-JSON", 0)
    roll = Roll(tally)
    records = 0
    try:
        for one in values(source, look):
            records = one.number
            _add(roll, tally, one)
    except Unreadable as error:
        place = Place(record=records or None, byte=error.byte, after=bool(records))
        tally.say(findings.NOT_JSON, place, asks=True)
        tally.records = None
        return tally
    tally.records = records
    if not records:
        tally.say(findings.NO_RECORDS, asks=True)
    roll.finish(encodings=False)
    return tally


def _add(roll: Roll, tally: Tally, one: Value) -> None:
    place = Place(record=one.number, byte=one.byte)
    leader, fields = parts_of(one.value)
    if not fields and not leader:
        tally.say(findings.UNREADABLE_RECORDS, place)
        return
    if len(leader) != _LEADER:
        tally.say(findings.NO_LEADER, place)
        if len(leader) < 10:
            return
    number = next((value for tag, value in fields if tag == "001"), "")
    leftover = any(
        tag == "999" and isinstance(value, dict) and value.get("ind1") == value.get("ind2") == "f"
        for tag, value in fields
    )
    tags = {tag for tag, _ in fields}
    roll.add(place, leader, tags, str(number).encode("utf-8", "replace"), leftover=leftover)


def parts_of(value: Any) -> tuple[str, list[tuple[str, Any]]]:
    """Leader and fields of a record, as far as they are what they should be."""
    if not isinstance(value, dict):
        return "", []
    leader, listed = value.get("leader"), value.get("fields")
    fields: list[tuple[str, Any]] = []
    for one in listed if isinstance(listed, list) else ():
        if isinstance(one, dict):
            fields += one.items()
    return (leader if isinstance(leader, str) else ""), fields
