"""Many binary MARC records looked over at once, with operations that run over all of them.

An entry of a directory is three bytes of tag, four of length and five of beginning (ISO 2709).
"""

from __future__ import annotations

import re
import zlib
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from operator import gt, sub

from app.core.catalogue import Entry
from app.servers.folio import findings
from app.servers.folio.inspection.record import LEADER, LEFTOVER

_ENTRY = 12
_LANE = 4
_BETWEEN = b"\x1e\x1e\x1e" + b"0" * 9
"""As long as an entry, so that joined directories stay aligned, and of no length."""
_TAG_BETWEEN = b"\x1e\x1e\x1e "
_FIELD_END = b"\x1e"
_LEFTOVER_TAG = re.compile(b"999 ")
_UNICODE, _OLDER = b"a "
"""Leader position 9 of records in UTF-8 and in MARC-8."""
_ADLER = 65_521
_DIGITS = (0, 1, 2, 3, 4, 12, 13, 14, 15, 16)
"""The places of a leader that hold the length of the record and where its fields begin."""


@dataclass(frozen=True, slots=True)
class Span:
    """Records of which each is `data[starts[n] : ends[n]]`, its fields from `bases[n]` on."""

    data: bytes
    starts: Sequence[int]
    ends: Sequence[int]
    bases: Sequence[int]
    leaders: bytes
    """Those of all records, one behind the other."""

    def __len__(self) -> int:
        return len(self.starts)

    def record(self, index: int) -> bytes:
        return self.data[self.starts[index] : self.ends[index]]

    def only(self, indexes: Sequence[int]) -> Span:
        return Span(
            self.data,
            [self.starts[index] for index in indexes],
            [self.ends[index] for index in indexes],
            [self.bases[index] for index in indexes],
            b"".join([self.leaders[LEADER * at : LEADER * (at + 1)] for at in indexes]),
        )


def span(data: bytes, starts: Sequence[int], ends: Sequence[int]) -> Span:
    """The records, each without the sign that ends it, with where their fields begin."""
    find = data.find
    bases = [find(_FIELD_END, start + LEADER) + 1 for start in starts]
    return Span(data, starts, ends, bases, b"".join([data[at : at + LEADER] for at in starts]))


def misfits(records: Span) -> list[int]:
    """The records whose leader does not fit them or which have no directory."""
    if _fit(records):
        return []
    return [index for index in range(len(records)) if not _fits(records, index)]


def _fit(records: Span) -> bool:
    data, starts, ends, bases = records.data, records.starts, records.ends, records.bases
    leaders = records.leaders
    count = len(starts)
    if len(leaders) != LEADER * count or min(bases) <= 0 or any(map(gt, bases, ends)):
        return False
    return (
        b"".join([leaders[at::LEADER] for at in _DIGITS]).isdigit()
        and leaders[10::LEADER] + leaders[11::LEADER] == b"2" * (2 * count)
        and leaders[20::LEADER] + leaders[21::LEADER] == b"4" * count + b"5" * count
        and [int(data[start : start + 5]) - 1 for start in starts] == list(map(sub, ends, starts))
        and [int(data[start + 12 : start + 17]) for start in starts]
        == list(map(sub, bases, starts))
    )


def _fits(records: Span, index: int) -> bool:
    part = records.record(index)
    base = records.bases[index] - records.starts[index]
    return (
        LEADER < base <= len(part)
        and part[:5] == b"%05d" % (len(part) + 1)
        and part[12:17] == b"%05d" % base
        and part[10:12] == b"22"
        and part[20:22] == b"45"
    )


class Group:
    """Records whose leaders fit them and which have a directory."""

    def __init__(self, records: Span) -> None:
        self._records = records
        data = records.data
        leaders = records.leaders
        self._statuses = leaders[5::LEADER]
        self.letters = leaders[6::LEADER]
        """Leader position 6 of each: the kind of record."""
        self.flags = leaders[9::LEADER]
        """Leader position 9 of each: the encoding."""
        self._directories = _BETWEEN.join(
            [
                data[start + LEADER : base - 1]
                for start, base in zip(records.starts, records.bases, strict=True)
            ]
        )
        self._tags = _tags(self._directories)

    def __len__(self) -> int:
        return len(self._records)

    @property
    def sound(self) -> bool:
        """Whether the directories are whole and the lengths in them add up to those of all
        fields. Errors that cancel out are not seen, nor wrong beginnings."""
        data, ends = self._records.data, self._records.ends
        return (
            not len(self._directories) % _ENTRY
            and self._tags.count(_TAG_BETWEEN) == len(self) - 1
            and bytes([data[end - 1] for end in ends]) == _FIELD_END * len(self)
            and (self._lengths() - sum(ends) + sum(self._records.bases)) % _ADLER == 0
        )

    def _lengths(self) -> int:
        """The sum of all lengths in the directories, modulo _ADLER."""
        # The lower half of Adler-32 is one more than the sum of all bytes (RFC 1950).
        digits = [zlib.adler32(self._directories[at::_ENTRY]) & 0xFFFF for at in range(3, 7)]
        zero = 1 + ord("0") * (len(self._directories) // _ENTRY)
        thousands, hundreds, tens, ones = (digit - zero for digit in digits)
        return 1000 * thousands + 100 * hundreds + 10 * tens + ones

    @property
    def deleted(self) -> list[int]:
        if b"d" not in self._statuses:
            return []
        return [index for index, status in enumerate(self._statuses) if status == ord("d")]

    def without(self, tag: bytes) -> list[int]:
        """The records that have no such field."""
        lane = tag + b" "
        each = self._tags.split(_TAG_BETWEEN)
        return [index for index, tags in enumerate(each) if lane not in tags]

    def leftovers(self) -> list[int]:
        """The records that carry FOLIO's own numbers (999 ff)."""
        tags, directories, data = self._tags, self._directories, self._records.data
        entries = [hit.start() // _LANE for hit in _LEFTOVER_TAG.finditer(tags)]
        if not entries:
            return []
        digits = [directories[_ENTRY * entry + 7 : _ENTRY * entry + 12] for entry in entries]
        if not b"".join(digits).isdigit():
            digits = [one if one.isdigit() else b"0" for one in digits]
        indexes = [bisect_right(self._before, entry) - 1 for entry in entries]
        bases = self._records.bases
        begin = [bases[index] + int(one) for index, one in zip(indexes, digits, strict=True)]
        # Nearly all fields 999 are a library's own, which the first letter tells.
        f = LEFTOVER[0]
        end = len(data)
        found = [
            index
            for index, at in zip(indexes, begin, strict=True)
            if at < end and data[at] == f and data.startswith(LEFTOVER, at)
        ]
        return list(dict.fromkeys(found))

    @cached_property
    def _before(self) -> list[int]:
        """How many entries the directories before that of each record have, with those between."""
        lengths = map(sub, self._records.bases, self._records.starts)
        entries = [(length - LEADER - 1) // _ENTRY + 1 for length in lengths]
        return list(accumulate(entries[:-1], initial=0))

    @cached_property
    def numbered(self) -> Sequence[int]:
        """The records that begin with a 001, as they usually do."""
        data, starts = self._records.data, self._records.starts
        first = [data[start + LEADER : start + LEADER + 3] for start in starts]
        if first.count(b"001") == len(first):
            return range(len(first))
        return [index for index, tag in enumerate(first) if tag == b"001"]

    def numbers(self) -> list[bytes]:
        """The 001s of those numbered."""
        data, bases = self._records.data, self._records.bases
        find = data.find
        return [data[bases[i] : find(_FIELD_END, bases[i])] for i in self.numbered]

    def miscoded(self) -> Iterator[tuple[Entry, list[int]]]:
        """The records whose letters are not what leader position 9 says, by what is wrong."""
        flags, records = self.flags, self._records
        if flags.count(b"a") + flags.count(b" ") != len(flags):
            unknown = [index for index, flag in enumerate(flags) if flag not in b"a "]
            yield findings.ENCODING_FLAG, unknown
        whole = records.data[records.starts[0] : records.ends[-1]]
        if whole.isascii() or (flags.count(b"a") == len(flags) and _is_utf8(whole)):
            return
        not_utf8, unflagged = [], []
        parts = [records.record(index) for index in range(len(records))]
        for index, part in enumerate(parts):
            if not part.isascii():
                if not _is_utf8(part):
                    if flags[index] == _UNICODE:
                        not_utf8.append(index)
                elif flags[index] == _OLDER:
                    unflagged.append(index)
        if not_utf8:
            yield findings.NOT_UTF8, not_utf8
        if unflagged:
            yield findings.UTF8_UNFLAGGED, unflagged


def _tags(directories: bytes) -> bytes:
    """The tags of all entries with a blank behind each, so that none is found across two."""
    lanes = bytearray(b" ") * (_LANE * (len(directories) // _ENTRY))
    for at in range(3):
        lanes[at::_LANE] = directories[: len(lanes) * 3][at::_ENTRY]
    return bytes(lanes)


def _is_utf8(part: bytes) -> bool:
    try:
        part.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
