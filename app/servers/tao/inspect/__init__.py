"""A look into a rostering file before it is sent: what it imports and what is odd about it.

The file is read once, in small pieces.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice

from app.core import catalogue
from app.core.drafts import Finding, Inspection, Level, Look, unwatched
from app.core.problems import FileProblem
from app.core.uploads import Source
from app.servers.source_file import opened
from app.servers.tao import file_entries
from app.servers.tao.inspect.findings import findings
from app.servers.tao.inspect.reading import Seen, seen
from app.servers.tao.inspect.rows import DELIMITERS, Rows
from app.servers.tao.inspect.text import NOT_TEXT, Encoding, Text, encoding_of

__all__ = ["beginning", "encoding_of", "header_of", "inspect"]

_SNIFFED = 64 * 1024


def inspect(source: Source, look: Look = unwatched) -> Inspection:
    """Findings and facts (`format`, `kind`, `kind_title`, `records`, `encoding`, `delimiter`).

    Raises FileProblem, and what `look` raises.
    """
    name = {"name": source.name}
    extension = source.name.rpartition(".")[2].lower() if "." in source.name else ""
    if source.size == 0:
        return Inspection((Finding(catalogue.FILE_EMPTY, Level.ERROR, name),))
    if extension == "zip":
        if not beginning(source).startswith(b"PK"):
            return Inspection((Finding(file_entries.NOT_A_ZIP, Level.ERROR, name),))
        return Inspection((Finding(file_entries.ZIP, Level.WARNING, name),), {"format": "ZIP"})
    if extension != "csv":
        return Inspection((Finding(file_entries.NOT_CSV_NAME, Level.ERROR, name),))
    encoding = encoding_of(beginning(source))
    if encoding is NOT_TEXT:
        return Inspection((Finding(file_entries.NOT_TEXT, Level.ERROR, name),))
    table = seen(source, encoding, look)
    found = tuple(
        Finding(one.entry, one.level, {**name, **one.facts}, one.place, one.asks)
        for one in findings(source, table)
    )
    return Inspection(found, _facts(table))


def header_of(source: Source) -> Sequence[str]:
    """The names of the columns; none where the file cannot be read or is no table."""
    try:
        encoding: Encoding = encoding_of(beginning(source))
        if encoding is NOT_TEXT:
            return ()
        with opened(source) as file:
            rows = Rows(Text(file, encoding))
            list(islice(rows.batches(), 1))
            return tuple(name.strip() for name in rows.header)
    except FileProblem:
        return ()


def beginning(source: Source) -> bytes:
    """The first bytes of the file. Raises FileProblem."""
    with opened(source) as file:
        return file.read(_SNIFFED)


def _facts(table: Seen) -> dict[str, str]:
    told = {
        "format": "CSV",
        "encoding": table.encoding.title,
        "delimiter": DELIMITERS[table.rows.delimiter],
        "records": str(table.records),
    }
    if table.kind is not None:
        told |= {"kind": table.kind.key, "kind_title": table.kind.title}
    return told
