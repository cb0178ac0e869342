"""Many binary MARC records looked over at once, with operations that run over all of them.

An entry of a directory is three bytes of tag, four of length and five of beginning (ISO 2709).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence
from functools import cached_property

from app.core.catalogue import Entry
from app.servers.folio import findings
from app.servers.folio.inspection.record import LEADER, LEFTOVER

_ENTRY = 12
_LANE = 4
_BETWEEN = b"\x1e\x1e\x1e" + b"0" * 9
"""As long as an entry, so that joined directories stay aligned, and of no length."""
_TAG_BETWEEN = b"\x1e\x1e\x1e "
_FIELD_END = b"\x1e"
_ADLER = 65_521


def misfits(parts: list[bytes]) -> tuple[list[int], list[int]]:
    """The records whose leader does not fit them or which have no directory, and where the fields
    of each record begin."""
    bases = [part.find(_FIELD_END, LEADER) + 1 for part in parts]
    if _fit(parts, bases):
        return [], bases
    odd = [i for i, part in enumerate(parts) if not _fits(part, bases[i])]
    return odd, bases


def _fit(parts: list[bytes], bases: list[int]) -> bool:
    leaders = b"".join([part[:LEADER] for part in parts])
    count = len(parts)
    if len(leaders) != LEADER * count or min(bases) <= LEADER:
        return False
    numbers = b"".join([leaders[at::LEADER] for at in (0, 1, 2, 3, 4, 12, 13, 14, 15, 16)])
    return (
        numbers.isdigit()
        and leaders[10::LEADER] + leaders[11::LEADER] == b"2" * (2 * count)
        and leaders[20::LEADER] + leaders[21::LEADER] == b"4" * count + b"5" * count
        and [int(part[:5]) for part in parts] == [size + 1 for size in map(len, parts)]
        and [int(part[12:17]) for part in parts] == bases
    )


def _fits(part: bytes, base: int) -> bool:
    return (
        base > LEADER
        and part[:5] == b"%05d" % (len(part) + 1)
        and part[12:17] == b"%05d" % base
        and part[10:12] == b"22"
        and part[20:22] == b"45"
    )


class Group:
    """Records, without the sign that ends each, whose leaders fit them and which have a directory.

    `bases` say where the fields of each begin. Indexes are those of `parts`.
    """

    def __init__(self, parts: list[bytes], bases: list[int]) -> None:
        self._parts = parts
        self._bases = bases
        leaders = b"".join([part[:LEADER] for part in parts])
        self._statuses = leaders[5::LEADER]
        self.letters = leaders[6::LEADER]
        """Leader position 6 of each: the kind of record."""
        self.flags = leaders[9::LEADER]
        """Leader position 9 of each: the encoding."""
        self._directories = _BETWEEN.join(
            [part[LEADER : base - 1] for part, base in zip(parts, self._bases, strict=True)]
        )
        self._tags = _tags(self._directories)
        self._by_record: list[bytes] | None = None

    @property
    def sound(self) -> bool:
        """Whether the directories are whole and the lengths in them add up to those of all
        fields. Errors that cancel out are not seen, nor wrong beginnings."""
        parts = self._parts
        return (
            not len(self._directories) % _ENTRY
            and self._tags.count(_TAG_BETWEEN) == len(parts) - 1
            and b"".join([part[-1:] for part in parts]) == _FIELD_END * len(parts)
            and (self._lengths() - sum(map(len, parts)) + sum(self._bases)) % _ADLER == 0
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

    def tagged(self, tag: bytes) -> int:
        """How often a tag stands in the directories."""
        return self._tags.count(tag + b" ")

    def without(self, tag: bytes) -> list[int]:
        """The records that have no such field."""
        lane = tag + b" "
        return [index for index, tags in enumerate(self._each()) if lane not in tags]

    def leftovers(self) -> list[int]:
        """The records that carry FOLIO's own numbers (999 ff)."""
        if b"999 " not in self._tags:
            return []
        return [
            index
            for index, tags in enumerate(self._each())
            if b"999 " in tags and self._is_leftover(index, tags)
        ]

    def _is_leftover(self, index: int, tags: bytes) -> bool:
        part, base = self._parts[index], self._bases[index]
        at = tags.find(b"999 ")
        while at >= 0:
            begins = LEADER + _ENTRY * (at // _LANE) + 7
            digits = part[begins : begins + 5]
            if digits.isdigit() and part.startswith(LEFTOVER, base + int(digits)):
                return True
            at = tags.find(b"999 ", at + 1)
        return False

    @cached_property
    def numbered(self) -> Sequence[int]:
        """The records that begin with a 001, as they usually do."""
        first = b"".join([part[LEADER : LEADER + 3] for part in self._parts])
        if first == b"001" * len(self._parts):
            return range(len(self._parts))
        return [i for i, part in enumerate(self._parts) if part.startswith(b"001", LEADER)]

    def numbers(self) -> list[bytes]:
        """The 001s of those numbered."""
        parts, bases = self._parts, self._bases
        return [parts[i][bases[i] : parts[i].find(_FIELD_END, bases[i])] for i in self.numbered]

    def miscoded(self) -> Iterator[tuple[Entry, list[int]]]:
        """The records whose letters are not what leader position 9 says, by what is wrong."""
        flags = self.flags
        if flags.count(b"a") + flags.count(b" ") != len(flags):
            unknown = [index for index, flag in enumerate(flags) if flag not in b"a "]
            yield findings.ENCODING_FLAG, unknown
        not_utf8, unflagged = [], []
        for index, part in enumerate(self._parts):
            if not part.isascii():
                flag = flags[index]
                if not _is_utf8(part):
                    if flag == ord("a"):
                        not_utf8.append(index)
                elif flag == ord(" "):
                    unflagged.append(index)
        if not_utf8:
            yield findings.NOT_UTF8, not_utf8
        if unflagged:
            yield findings.UTF8_UNFLAGGED, unflagged

    def _each(self) -> list[bytes]:
        """The tags of each record, a blank behind each."""
        if self._by_record is None:
            self._by_record = self._tags.split(_TAG_BETWEEN)
        return self._by_record


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
