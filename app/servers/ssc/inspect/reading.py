"""One pass over a scan file: what kind of archive it is, what is in it, what its results say."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from app.core.drafts import Look
from app.core.uploads import Source
from app.servers.source_file import opened
from app.servers.ssc import archive
from app.servers.ssc.archive import Entry, Unreadable
from app.servers.ssc.inspect import scan as scans
from app.servers.ssc.inspect.contents import DYNAMIC, STATIC, Contents, contents
from app.servers.ssc.inspect.scan import Scan

FORTIFY = "fortify"
OTHER = "other"

COUNTED = 1_000_000_000
"""Results that unpack to more bytes are not read to their end: the findings are not counted."""

_HEAD = 1_000_000
_LARGEST_INFO = 64 * 1024
_TOLD_EVERY = 1_000_000


@dataclass(slots=True)
class Seen:
    """`contents` is None where there is no list of contents, and `trouble` says why."""

    archive: bool = True
    """Whether the file begins as a zip archive does."""
    contents: Contents | None = None
    scan: Scan = field(default_factory=Scan)
    kind: str = ""
    format: str = ""
    engine: str = ""
    trouble: Unreadable | None = None
    """Why the list of contents, or the results, could not be read."""


def seen(source: Source, look: Look) -> Seen:
    """Reads the file. Raises FileProblem, and what `look` raises."""
    read = Seen()
    with opened(source, buffered=True) as file:
        if not file.read(4).startswith(b"PK"):
            read.archive, read.kind = False, OTHER
            return read
        try:
            listed = read.contents = contents(file, look)
            unsound = listed.swollen or listed.packed > source.size or listed.more
            if not unsound and not any(one.encrypted for one in listed.resulting):
                _read_results(file, listed, read, look)
        except Unreadable as error:
            read.trouble = error
    return read


def _read_results(file: BinaryIO, listed: Contents, read: Seen, look: Look) -> None:
    found = listed.results
    entry = next(iter(listed.resulting), None)
    whole = entry is not None and entry.size <= COUNTED
    if entry is None:
        read.kind = OTHER
    elif STATIC in found:
        read.kind, read.format, read.engine = FORTIFY, "FPR, static", "SCA"
        scans.static(read.scan, _pieces(file, entry, whole, look), whole=whole)
    elif DYNAMIC in found:
        read.kind, read.format, read.engine = FORTIFY, "FPR, dynamic", "WEBINSPECT"
        scans.dynamic(read.scan, _pieces(file, entry, whole, look), whole=whole)
    else:
        read.kind, read.format = OTHER, "Results of another tool"
        text = b"".join(archive.pieces(file, entry, _LARGEST_INFO))
        told = scans.properties(text.decode("latin-1"))
        read.engine = told.get("engineType", "")
        read.scan.facts["scanned"] = told.get("scanDate", "")


def _pieces(file: BinaryIO, entry: Entry, whole: bool, look: Look) -> Iterator[bytes]:
    packed = unpacked = told = 0

    def taken(fresh: int) -> None:
        nonlocal packed
        packed += fresh

    for piece in archive.pieces(file, entry, COUNTED if whole else _HEAD, taken):
        unpacked += len(piece)
        if unpacked >= told + _TOLD_EVERY:
            told = unpacked
            look(packed)
        yield piece
