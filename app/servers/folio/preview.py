"""The records of a file, for reading before it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice

from app.core.previews import Facts, Preview, Records, TaggedRecord
from app.core.uploads import Source
from app.servers.folio.inspect import form_of
from app.servers.folio.inspection.contents import Contents
from app.servers.folio.previews import binary, edifact, marcjson, markup

_READERS: dict[Contents, Callable[[Source, int], Iterator[TaggedRecord]]] = {
    Contents.BINARY: binary.records,
    Contents.XML: markup.records,
    Contents.JSON: marcjson.records,
    Contents.EDIFACT: edifact.records,
}


def preview(source: Source, first: int, count: int) -> Preview:
    """`count` records from number `first` (counted from 1, as an inspection counts them) on; no
    facts for a file that holds none. Raises nothing but FileProblem."""
    read = _READERS.get(form_of(source))
    if read is None:
        return Facts(())
    wanted = max(count, 0)
    found = tuple(islice(read(source, max(first, 1)), wanted + 1))
    return Records(found[:wanted], more=len(found) > wanted)
