"""Binary MARC cut at its record ends, block after block: the one place that numbers records."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from operator import sub
from typing import BinaryIO

from app.core.drafts import Look, unwatched
from app.core.uploads import Source
from app.servers.folio.inspection.pieces import PIECE, Told
from app.servers.source_file import opened

END = b"\x1d"
LINE_ENDS = b"\r\n\x00\x1a"
BLANKS = LINE_ENDS + b"\t "
"""Bytes found between and behind records; the server skips them."""
KEPT = 128 * 1024
"""How much of a record is kept: more than the 99,999 bytes one may have."""
_SHORT = 32


@dataclass(slots=True)
class Block:
    """Some records: `data[starts[n] : ends[n]]` is one without the sign that ends it.

    `number` is that of the first, counted from 1; `offset` is where in the file `data` begins.
    `size` is the true size of the only record, its end included, where only its beginning was
    kept. What stands behind the last record end of a file is a block with `ended` False. `stray`
    counts ends with no record before them, the first of which is at byte `stray_at` of the file
    behind `stray_behind` of the records.
    """

    number: int
    offset: int
    data: bytes
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    sizes: list[int] = field(default_factory=list)
    """Of each, the sign that ends it included."""
    behind: int = 0
    """Where in the file what follows begins."""
    size: int | None = None
    ended: bool = True
    stray: int = 0
    stray_at: int = 0
    stray_behind: int = 0

    def __len__(self) -> int:
        return len(self.ends)

    def record(self, index: int) -> bytes:
        return self.data[self.starts[index] : self.ends[index]]

    def place(self, index: int) -> int:
        """The bytes of the file before a record."""
        return self.offset + self.starts[index]


def blocks(source: Source, look: Look = unwatched) -> Iterator[Block]:
    """A file's records. Never keeps more than two pieces. Raises FileProblem, and what `look`
    raises."""
    told = Told(look)
    number, offset = 1, 0
    with opened(source) as file:
        # A record cut by the end of a piece is read again: less work than putting it together.
        while data := file.read(PIECE):
            block = block_of(file, data, number, offset, told)
            yield block
            number, offset = number + len(block), block.behind
            if not block.ended:
                break
            told.upto(offset)
    told.end(offset)


def block_of(file: BinaryIO, data: bytes, number: int, offset: int, told: Told) -> Block:
    """The records that end in `data`, the piece of the file at `offset`; else the one that begins
    there. The file goes on behind them. Raises what `told` raises."""
    ends = _ends(data)
    if not ends:
        return _long(file, data, number, offset, told)
    block = _block(number, offset, data, ends)
    file.seek(block.behind)
    return block


def _ends(data: bytes) -> list[int]:
    # Faster than split, which looks at each byte by itself.
    ends: list[int] = []
    find, add = data.find, ends.append
    end = find(END)
    while end >= 0:
        add(end)
        end = find(END, end + 1)
    return ends


def _long(file: BinaryIO, data: bytes, number: int, offset: int, told: Told) -> Block:
    """The record that begins with `data`; reads up to its end, or that of the file."""
    kept, size = data[:KEPT], len(data)
    while piece := file.read(PIECE):
        if len(kept) < KEPT:
            kept += piece[: KEPT - len(kept)]
        end = piece.find(END)
        if end >= 0:
            size += end + 1
            behind = offset + size
            file.seek(behind)
            # It is whole where reads brought less than was asked for.
            known = None if size <= len(kept) else size
            kept = kept[: size - 1]
            return Block(number, offset, kept, [0], [len(kept)], [size], behind, known)
        size += len(piece)
        told.upto(offset + size)
    behind = offset + size
    return Block(number, offset, kept, [0], [len(kept)], [size], behind, size, ended=False)


def _block(number: int, offset: int, data: bytes, ends: list[int]) -> Block:
    """A block without the records that hold nothing."""
    starts = [end + 1 for end in ends]
    starts.insert(0, 0)
    starts.pop()
    sizes = list(map(sub, ends, [-1, *ends[:-1]]))
    if min(sizes) > _SHORT:
        return Block(number, offset, data, starts, ends, sizes, offset + ends[-1] + 1)
    block = Block(number, offset, data, behind=offset + ends[-1] + 1)
    for start, end, size in zip(starts, ends, sizes, strict=True):
        if size > _SHORT or data[start:end].strip(BLANKS):
            block.starts.append(start)
            block.ends.append(end)
            block.sizes.append(size)
        else:
            if not block.stray:
                block.stray_at, block.stray_behind = offset + end, len(block)
            block.stray += 1
    return block
