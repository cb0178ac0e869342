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


def pieces(source: Source, look: Look) -> Iterator[bytes]:
    """At most PIECE bytes at a time. Tells `look` after each megabyte and at the end. Raises
    FileProblem, and what `look` raises."""
    seen = told = 0
    with opened(source) as file:
        while piece := file.read(PIECE):
            yield piece
            seen += len(piece)
            if seen - told >= _TELL_EVERY:
                told = seen
                look(seen)
    look(seen)


def beginning(source: Source, size: int) -> bytes:
    """The first `size` bytes, or less. Raises FileProblem."""
    for piece in pieces(source, lambda seen: None):
        return piece[:size]
    return b""
