"""What was seen of one file so far: each finding once, with how often it was met."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from app.core.catalogue import Entry
from app.core.drafts import NOWHERE, Finding, Level, Place


@dataclass(slots=True)
class _Met:
    entry: Entry
    level: Level
    place: Place
    asks: bool
    facts: Mapping[str, str]
    count: int


@dataclass(slots=True)
class Tally:
    """The findings and facts of a file; `records` is None where nothing could be counted."""

    data_type: str
    format: str
    records: int | None = None
    facts: dict[str, str] = field(default_factory=dict)
    _met: dict[str, _Met] = field(default_factory=dict)

    def say(
        self,
        entry: Entry,
        place: Place = NOWHERE,
        *,
        count: int = 1,
        level: Level = Level.WARNING,
        asks: bool = False,
        **facts: str,
    ) -> None:
        """Counts a finding. Level, place and facts are those of its first time."""
        met = self._met.get(entry.id)
        if met is None:
            self._met[entry.id] = _Met(entry, level, place, asks, facts, count)
        else:
            met.count += count

    def count(self, entry: Entry) -> int:
        met = self._met.get(entry.id)
        return met.count if met else 0

    def findings(self, facts: Mapping[str, str]) -> tuple[Finding, ...]:
        """The gravest first, otherwise in the order they were met; each knows also `facts`."""
        order = (Level.ERROR, Level.WARNING, Level.INFO)
        met = sorted(self._met.values(), key=lambda one: (order.index(one.level), not one.asks))
        return tuple(
            Finding(
                one.entry,
                one.level,
                {**facts, "count": str(one.count), **one.facts},
                one.place,
                one.asks,
            )
            for one in met
        )

    def told(self) -> dict[str, str]:
        """The facts, for the row and for choosing options."""
        told = {"data_type": self.data_type, "format": self.format, **self.facts}
        if self.records is not None:
            told["records"] = str(self.records)
        return told
