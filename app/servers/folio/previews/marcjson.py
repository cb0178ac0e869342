"""MARC-in-JSON records for reading."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.core.previews import TaggedRecord
from app.core.uploads import Source
from app.servers.folio import findings
from app.servers.folio.inspection.marcjson import Unreadable, parts_of, values
from app.servers.folio.previews.tagged import LINES, SIGNS, coded, line, record, title_of


def records(source: Source, first: int) -> Iterator[TaggedRecord]:
    """The records from number `first` on. Raises FileProblem."""
    number = 0
    try:
        for one in values(source):
            number = one.number
            if number >= first:
                yield _tagged(number, one.value)
    except Unreadable:
        if number + 1 >= first:
            yield record(number + 1, "", [], [findings.NOT_JSON])


def _tagged(number: int, value: Any) -> TaggedRecord:
    leader, fields = parts_of(value)
    if not leader and not fields:
        shown = line("", "", _text(value), marked=True)
        return record(number, "", [shown], [findings.UNREADABLE_RECORDS])
    entries = [] if len(leader) == 24 else [findings.NO_LEADER]
    lines = [line("LDR", "", leader, marked=bool(entries))]
    titles = []
    for tag, held in fields[:LINES]:
        if not isinstance(held, dict):
            lines.append(line(tag, "", _text(held)))
            continue
        indicators = _text(held.get("ind1", "")) + _text(held.get("ind2", ""))
        subfields = _subfields(held.get("subfields"))
        titles.append((tag, subfields))
        own = tag == "999" and indicators == "ff"
        lines.append(line(tag, indicators, coded(subfields), marked=own))
    return record(number, title_of(titles), lines, entries)


def _subfields(held: Any) -> list[tuple[str, str]]:
    if not isinstance(held, list):
        return []
    return [
        (_text(code), _text(value))
        for one in held[:SIGNS]
        if isinstance(one, dict)
        for code, value in one.items()
    ]


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value[:SIGNS]
    return "" if value is None else repr(value)[:SIGNS]
