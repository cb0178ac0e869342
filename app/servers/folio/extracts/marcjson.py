"""MARC-in-JSON: the values of a list, or values one after the other."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import closing

from app.core.jobs import RecordKey
from app.core.uploads import Source
from app.servers.folio.extracts.slices import numbers_of, slice_of
from app.servers.folio.inspection.marcjson import Unreadable, values
from app.servers.source_file import opened


def cut(source: Source, records: frozenset[RecordKey]) -> Generator[bytes, None, int]:
    """A list of the records, each on lines of its own. Raises FileProblem."""
    wanted = numbers_of(records)
    last = max(wanted, default=0)
    slices: list[tuple[int, int]] = []
    try:
        with closing(values(source)) as found:
            for one in found:
                if one.number in wanted:
                    slices.append((one.byte, one.end))
                if one.number >= last:
                    break
    except Unreadable:
        return len(slices)
    with opened(source) as file:
        before = b"[\n"
        for begin, end in slices:
            yield before
            yield from slice_of(file, begin, end)
            before = b",\n"
        yield b"\n]\n"
    return len(slices)
