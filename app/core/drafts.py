"""Drafts: files being made ready, with what was found in them and what the person decided."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.catalogue import Entry, filled
from app.core.uploads import Source


class Level(StrEnum):
    """How grave a finding is: an error stops the row, a warning never does by itself."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a file; what is not known is None or empty. No place at all is the whole file."""

    record: int | None = None
    """Counted from 1; of a table its rows, the header not counted."""
    line: int | None = None
    """Counted from 1."""
    byte: int | None = None
    """Bytes before it."""
    column: str = ""
    """The name of a table's column, or a MARC field: “email”, “245”."""
    after: bool = False
    """Behind the record or line, not in it."""

    def __bool__(self) -> bool:
        return self != NOWHERE


NOWHERE = Place()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something seen in a file or said by the server about it before sending.

    With `asks` the person decides whether the file is sent: a warning that asks holds the row
    until it is answered, an error that asks may be overridden. Without a person a warning is only
    told and an error refuses the file.
    """

    entry: Entry
    level: Level
    facts: Mapping[str, str] = field(default_factory=dict)
    place: Place = NOWHERE
    asks: bool = False

    @property
    def id(self) -> str:
        return self.entry.id

    @property
    def title(self) -> str:
        """What was found, in English, without its place."""
        return filled(self.entry.title_for(self.facts), self.facts)


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a look into one file gave. `facts` are for the row and for choosing options
    (`data_type`, `records`)."""

    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        """Whether the file is not sent when nobody can be asked."""
        return any(finding.level is Level.ERROR for finding in self.findings)


class Stopped(Exception):
    """Raised by a `Look` when what is looked for is no longer wanted."""


Look = Callable[[int], None]
"""Told by an inspection, every megabyte or so, how many bytes it has seen; may raise Stopped,
which ends the inspection."""


def unwatched(seen: int) -> None:
    """A `Look` for inspections nobody follows."""


@dataclass(frozen=True, slots=True)
class Draft:
    """A source being made ready; `inspection` is None while it is being looked at.

    `accepted` are the ids of the findings about which the person said “Send anyway”.
    """

    id: int
    source: Source
    inspection: Inspection | None = None
    accepted: frozenset[str] = frozenset()
    looked: int = 0
    """How many of its bytes a look that goes on has seen."""
    glanced: Inspection | None = None
    """What a first glance into a large file gave, while the look goes on."""
    added: float | None = field(default=None, compare=False)
    checked: float | None = field(default=None, compare=False)
    """When it was listed, and when the last look into it ended: seconds since the epoch."""

    @property
    def sendable(self) -> bool:
        return self.inspection is not None and not self.refusing and not self.asking

    @property
    def refusing(self) -> tuple[Finding, ...]:
        """The errors that stand in the way, overridable ones among them."""
        return tuple(
            one
            for one in self._findings
            if one.level is Level.ERROR and not (one.asks and one.id in self.accepted)
        )

    @property
    def asking(self) -> tuple[Finding, ...]:
        """The questions still open."""
        return tuple(
            one
            for one in self._findings
            if one.asks and one.level is not Level.ERROR and one.id not in self.accepted
        )

    @property
    def askable(self) -> tuple[Finding, ...]:
        """What the person may decide now: nothing while an error forbids the file whatever they
        say."""
        refusing = self.refusing
        if any(not one.asks for one in refusing):
            return ()
        return (*refusing, *self.asking)

    @property
    def _findings(self) -> tuple[Finding, ...]:
        return self.inspection.findings if self.inspection else ()
