"""Which files of one send go into one upload definition."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.uploads import Source
from app.servers.folio.inspect import data_type_of
from app.servers.folio.wire.definitions import FILES_PER_DEFINITION, name_sent


def batches(sources: Sequence[Source]) -> Sequence[Sequence[int]]:
    """Files of the same data type together;

    FOLIO matches jobs to files by name, so names differ.
    """
    made: list[list[int]] = []
    open_for: dict[str, list[tuple[list[int], set[str]]]] = {}
    for index, source in enumerate(sources):
        name = name_sent(source.name).casefold()
        groups = open_for.setdefault(data_type_of(source.name), [])
        group = next((group for group in groups if name not in group[1]), None)
        if group is None:
            group = ([], set())
            groups.append(group)
            made.append(group[0])
        members, names = group
        members.append(index)
        names.add(name)
        if len(members) == FILES_PER_DEFINITION:
            groups.remove(group)
    return made
