"""A file's bytes in small pieces."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.drafts import Look
from app.core.uploads import Source
from app.servers.source_file import opened

PIECE = 256 * 1024
"""Small enough that no call on it holds the interpreter for long, and that it stays in the
processor's cache."""
_TELL_EVERY = 1024 * 1024


class Told:
    """Tells `look` after each megabyte and at the end; raises what it raises."""

    def __init__(self, look: Look) -> None:
        self._look = look
        self._told = 0

    def upto(self, seen: int) -> None:
        if seen - self._told >= _TELL_EVERY:
            self._told = seen
            self._look(seen)

    def end(self, seen: int) -> None:
        self._look(seen)


def pieces(source: Source, look: Look) -> Iterator[bytes]:
    """At most PIECE bytes at a time. Tells `look` after each megabyte and at the end. Raises
    FileProblem, and what `look` raises."""
    seen, told = 0, Told(look)
    with opened(source) as file:
        while piece := file.read(PIECE):
            yield piece
            seen += len(piece)
            told.upto(seen)
    told.end(seen)


def beginning(source: Source, size: int) -> bytes:
    """The first `size` bytes, or less. Raises FileProblem."""
    for piece in pieces(source, lambda seen: None):
        return piece[:size]
    return b""
