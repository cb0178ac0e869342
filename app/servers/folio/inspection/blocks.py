"""Binary MARC cut at its record ends, block after block: the one place that numbers records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from app.core.drafts import Look, unwatched
from app.core.uploads import Source
from app.servers.folio.inspection.pieces import pieces

END = b"\x1d"
LINE_ENDS = b"\r\n\x00\x1a"
BLANKS = LINE_ENDS + b"\t "
"""Bytes found between and behind records; the server skips them."""
KEPT = 128 * 1024
"""How much of a record is kept: more than the 99,999 bytes one may have."""
_SHORT = 32


@dataclass(slots=True)
class Block:
    """Some records, each without the sign that ends it.

    `number` is that of the first, counted from 1. `size` is the true size of the only record,
    its end included, where only its beginning was kept. What stands behind the last record end of
    a file is a block with `ended` False. `stray` counts ends with no record before them, the first
    of which is at `stray_at` behind `stray_behind` of the records.
    """

    number: int
    offset: int
    parts: list[bytes]
    size: int | None = None
    ended: bool = True
    stray: int = 0
    stray_at: int = 0
    stray_behind: int = 0
    starts: list[int] | None = None

    def start(self, index: int) -> int:
        """The bytes of the file before a record."""
        if self.starts is None:
            lengths = (len(part) + 1 for part in self.parts)
            self.starts = list(accumulate(lengths, initial=self.offset))
        return self.starts[index]


def blocks(source: Source, look: Look = unwatched) -> Iterator[Block]:
    """A file's records. Never keeps more than a piece and KEPT. Raises FileProblem, and what
    `look` raises."""
    number, offset, rest, dropped = 1, 0, b"", 0
    for piece in pieces(source, look):
        if len(rest) >= KEPT:
            end = piece.find(END)
            if end < 0:
                dropped += len(piece)
                continue
            size = len(rest) + dropped + end + 1
            yield Block(number, offset, [rest], size)
            number, offset, rest, dropped = number + 1, offset + size, b"", 0
            piece = piece[end + 1 :]
        data = rest + piece
        # Faster than split, which looks at each byte by itself.
        parts: list[bytes] = []
        at, find = 0, data.find
        while (end := find(END, at)) >= 0:
            parts.append(data[at:end])
            at = end + 1
        rest = data[at:]
        if len(rest) > KEPT:
            dropped += len(rest) - KEPT
            rest = rest[:KEPT]
        if parts:
            block = _block(number, offset, parts)
            yield block
            number += len(block.parts)
            offset += at
    if rest:
        yield Block(number, offset, [rest], len(rest) + dropped, ended=False)


def _block(number: int, offset: int, parts: list[bytes]) -> Block:
    """A block without the parts that hold nothing."""
    if min(map(len, parts)) > _SHORT:
        return Block(number, offset, parts)
    kept: list[bytes] = []
    block = Block(number, offset, kept, starts=[])
    starts, at = [], offset
    for part in parts:
        if len(part) > _SHORT or part.strip(BLANKS):
            kept.append(part)
            starts.append(at)
        else:
            if not block.stray:
                block.stray_at, block.stray_behind = at + len(part), len(kept)
            block.stray += 1
        at += len(part) + 1
    block.starts = starts
    return block
