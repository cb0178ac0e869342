"""Binary MARC: what ends with a record terminator, whatever its leader says of its length, and a
rest that looks like the beginning of a record."""

from __future__ import annotations

import re
from collections.abc import Generator
from typing import BinaryIO

from app.core.jobs import RecordKey
from app.core.uploads import Source
from app.servers.folio.extracts.slices import PIECE, numbers_of
from app.servers.source_file import opened

_END = 0x1D
_BETWEEN = re.compile(rb"[\r\n\t\x00\x1a ]*")


def cut(source: Source, records: frozenset[RecordKey]) -> Generator[bytes, None, int]:
    """The records one behind the other. Raises FileProblem."""
    with opened(source) as file:
        return (yield from _cut(file, numbers_of(records)))


def _cut(file: BinaryIO, wanted: frozenset[int]) -> Generator[bytes, None, int]:
    number = found = 0
    last = max(wanted, default=0)
    inside = False
    while number <= last and (piece := file.read(PIECE)):
        at = 0
        while at < len(piece):
            if not inside:
                at = _BETWEEN.match(piece, at).end()  # type: ignore[union-attr]
                if at == len(piece):
                    break
                if piece[at] == _END:
                    # Nothing between two ends is no record to the server.
                    at += 1
                    continue
                inside = True
                number += 1
                found += number in wanted
            end = piece.find(_END, at)
            stop = len(piece) if end < 0 else end + 1
            if number in wanted:
                yield piece[at:stop]
            inside = end < 0
            at = stop
    return found
