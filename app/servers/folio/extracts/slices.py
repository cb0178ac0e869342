"""Stretches of a file, read in pieces."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import BinaryIO

from app.core.jobs import RecordKey
from app.core.uploads import Source

PIECE = 256 * 1024

Cut = Callable[[Source, frozenset[RecordKey]], Generator[bytes, None, int]]
"""Yields the bytes of a file with these records alone; returns how many of them there were. Raises
FileProblem."""


def slice_of(file: BinaryIO, begin: int, end: int | None) -> Generator[bytes, None, bytes]:
    """The bytes of the file between two offsets, None for its end; returns the first of them."""
    file.seek(begin)
    left = end - begin if end is not None else None
    first = b""
    while left is None or left > 0:
        piece = file.read(PIECE if left is None else min(PIECE, left))
        if not piece:
            break
        first = first or piece[:64]
        left = None if left is None else left - len(piece)
        yield piece
    return first


def numbers_of(records: frozenset[RecordKey]) -> frozenset[int]:
    """Those that are told by their number."""
    return frozenset(one for one in records if isinstance(one, int))
