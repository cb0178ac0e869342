"""A zip archive read in constant memory: its directory entry by entry, and the contents of one.

The standard library holds the whole directory at once; a scan of a large program lists every source
file there, and a hostile archive lists what it likes.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple

_END = struct.Struct("<4s4H2LH")
_END_64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR_64 = struct.Struct("<4sLQL")
_ENTRY = struct.Struct("<4s6H3L5H2L")
_LOCAL = struct.Struct("<4s5H3L2H")
_LONGEST_COMMENT = 0xFFFF
_MARK_32 = 0xFFFFFFFF
_MARK_16 = 0xFFFF
_PIECE = 64 * 1024
_FARTHEST = 1 << 60
"""Offsets in a damaged archive can be larger than any file system can seek."""

_STORED = 0
_DEFLATED = 8
_ENCRYPTED = 1

HEADER = _LOCAL.size
"""The least that an entry takes besides its name and its contents."""


class Unreadable(Exception):
    """No archive, a damaged one, or damaged contents; the text says it in words."""


class CutOff(Unreadable):
    """The end of the archive, which lists its contents, is not there."""


class Unusual(Unreadable):
    """Nothing is wrong for certain, but it is of a kind this program cannot read."""


class Entry(NamedTuple):
    """One file inside. `offset` is where its own header begins in the archive."""

    name: str
    method: int
    encrypted: bool
    packed: int
    size: int
    checksum: int
    offset: int


def entries(file: BinaryIO, most: int) -> Iterator[Entry]:
    """The first `most` entries of the archive's directory. Raises Unreadable."""
    start, length, shift = _directory(file)
    left = most
    file.seek(start)
    while left and length >= _ENTRY.size:
        head = file.read(_ENTRY.size)
        if len(head) < _ENTRY.size or not head.startswith(b"PK\x01\x02"):
            raise Unreadable("its list of contents is damaged")
        (
            _,
            _,
            _,
            flags,
            method,
            _,
            _,
            checksum,
            packed,
            size,
            name_length,
            extra_length,
            comment,
            *_,
            at,
        ) = _ENTRY.unpack(head)
        name = file.read(name_length)
        extra = file.read(extra_length)
        if comment:
            file.read(comment)
        if _MARK_32 in (packed, size, at):
            size, packed, at = _long(extra, size, packed, at)
        encoding = "utf-8" if flags & 0x800 else "cp437"
        yield Entry(
            name.decode(encoding, errors="replace").replace("\\", "/"),
            method,
            bool(flags & _ENCRYPTED),
            packed,
            size,
            checksum,
            at + shift,
        )
        length -= _ENTRY.size + name_length + extra_length + comment
        left -= 1


def pieces(
    file: BinaryIO, entry: Entry, most: int, taken: Callable[[int], None] = lambda _: None
) -> Iterator[bytes]:
    """At most `most` bytes of an entry, unpacked, in small pieces; at its end, its checksum.

    `taken` is told how many packed bytes each piece came from. Raises Unreadable.
    """
    file.seek(min(entry.offset, _FARTHEST))
    head = file.read(_LOCAL.size)
    if len(head) < _LOCAL.size or not head.startswith(b"PK\x03\x04"):
        raise Unreadable("an entry of its list of contents leads nowhere")
    *_, name_length, extra_length = _LOCAL.unpack(head)
    file.seek(name_length + extra_length, 1)
    if entry.method == _STORED:
        unpacked = _stored(file, entry, taken)
    elif entry.method == _DEFLATED:
        unpacked = _inflated(file, entry, taken)
    else:
        raise Unusual("it is packed in a way that is not usual for zip archives")
    checksum = told = 0
    for piece in unpacked:
        told += len(piece)
        if told > entry.size:
            raise Unreadable("it holds more than its list of contents says")
        checksum = zlib.crc32(piece, checksum)
        if told >= most:
            yield piece[: len(piece) - (told - most)]
            return
        yield piece
    if told < entry.size:
        raise Unreadable("its contents break off")
    if checksum != entry.checksum:
        raise Unreadable("its contents do not match their checksum")


def _stored(file: BinaryIO, entry: Entry, taken: Callable[[int], None]) -> Iterator[bytes]:
    left = entry.size
    while left > 0 and (piece := file.read(min(_PIECE, left))):
        left -= len(piece)
        taken(len(piece))
        yield piece


def _inflated(file: BinaryIO, entry: Entry, taken: Callable[[int], None]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
    packed = entry.packed
    try:
        while not unpacker.eof:
            fresh = b""
            if not unpacker.unconsumed_tail and packed > 0:
                fresh = file.read(min(_PIECE, packed))
                packed -= len(fresh)
            # With a limit, so that a small piece cannot become a large one.
            piece = unpacker.decompress(unpacker.unconsumed_tail + fresh, _PIECE)
            if not piece and not fresh and not unpacker.unconsumed_tail:
                raise Unreadable("its contents break off")
            taken(len(fresh))
            if piece:
                yield piece
    except zlib.error:
        raise Unreadable("its contents are damaged") from None


def _directory(file: BinaryIO) -> tuple[int, int, int]:
    """Where the directory begins, its length, and how far all offsets are shifted."""
    size = file.seek(0, 2)
    tail_start = max(0, size - _END.size - _LONGEST_COMMENT)
    file.seek(tail_start)
    tail = file.read(_END.size + _LONGEST_COMMENT)
    at = _end_record(tail)
    if at is None:
        raise CutOff("its end is missing")
    end = tail_start + at
    _, _, _, _, count, length, start, _ = _END.unpack_from(tail, at)
    if count == _MARK_16 or _MARK_32 in (length, start):
        file.seek(max(0, end - _LOCATOR_64.size))
        locator = file.read(_LOCATOR_64.size)
        if locator.startswith(b"PK\x06\x07"):
            end = _LOCATOR_64.unpack(locator)[2]
            file.seek(min(end, size))
            record = file.read(_END_64.size)
            if len(record) < _END_64.size or not record.startswith(b"PK\x06\x06"):
                raise Unreadable("its list of contents is damaged")
            *_, length, start = _END_64.unpack(record)
    shift = end - length - start
    if shift < 0:
        raise Unreadable("its list of contents is damaged")
    return start + shift, length, shift


def _end_record(tail: bytes) -> int | None:
    """Where the record is that ends the archive, with nothing but its comment behind it.

    A comment can hold the record's mark; bytes behind the archive are borne if it must be.
    """
    fallback = None
    at = len(tail)
    while (at := tail.rfind(b"PK\x05\x06", 0, at)) >= 0:
        room = len(tail) - at - _END.size
        if room < 0:
            continue
        *_, comment = _END.unpack_from(tail, at)
        if comment == room:
            return at
        if fallback is None:
            fallback = at
    return fallback


def _long(extra: bytes, size: int, packed: int, at: int) -> tuple[int, int, int]:
    """Sizes and offset that do not fit into 32 bits, from the extra field that holds them."""
    place = 0
    while place + 4 <= len(extra):
        kind, length = struct.unpack_from("<2H", extra, place)
        if kind == 1:
            data = extra[place + 4 : place + 4 + length]
            numbers = iter(struct.unpack(f"<{len(data) // 8}Q", data[: len(data) // 8 * 8]))
            return (
                next(numbers, size) if size == _MARK_32 else size,
                next(numbers, packed) if packed == _MARK_32 else packed,
                next(numbers, at) if at == _MARK_32 else at,
            )
        place += 4 + length
    return size, packed, at
