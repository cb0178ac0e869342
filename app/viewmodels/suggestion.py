"""Which destination dropped files belong to, told by their names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.core.destinations import Destination
from app.viewmodels.notices import Notice
from app.viewmodels.row import Tone
from app.viewmodels.words import counted, tr

if TYPE_CHECKING:
    from app.servers.api import Family


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A destination that takes files the current one does not take."""

    destination: Destination
    family: Family
    name: str
    """Of the first of these files."""
    files: int


def takes(family: Family, name: str) -> bool:
    """Whether files of this name are usual for the family."""
    return name.lower().endswith(family.takes)


def suggested(
    names: Iterable[str], current: Family, others: Sequence[tuple[Destination, Family]]
) -> Suggestion | None:
    """The destination for most of the files `current` does not take; None if nobody takes them."""
    strange = [name for name in names if not takes(current, name)]
    found: Counter[str] = Counter()
    first: dict[str, Suggestion] = {}
    for destination, family in others:
        if family.key == current.key or family.key in first:
            continue
        taken = [name for name in strange if takes(family, name)]
        if taken:
            found[family.key] = len(taken)
            first[family.key] = Suggestion(destination, family, taken[0], len(taken))
    return first[found.most_common(1)[0][0]] if found else None


def offer(found: Suggestion) -> Notice:
    """To use that destination instead."""
    text = counted(
        found.files,
        "“{name}” looks like a file for {family}.",
        "{n} files look as if they were for {family}.",
        name=found.name,
        family=found.family.title,
    )
    words = tr("Use {destination}", destination=found.destination.name)
    return Notice(text, Tone.WAITING, destination=found.destination.id, offer=words)
