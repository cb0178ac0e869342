"""Drafts: files being made ready, with what was found in them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from app.core.catalogue import Entry, filled
from app.core.uploads import Source


class Level(StrEnum):
    """How grave a finding is: an error stops the row, a warning never does."""

    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something seen in a file or said by the server about it before sending."""

    entry: Entry
    level: Level
    facts: Mapping[str, str] = field(default_factory=dict)
    place: str = ""
    """Where: “record 117”, “line 12”; empty for the whole file."""

    @property
    def id(self) -> str:
        return self.entry.id

    @property
    def text(self) -> str:
        title = filled(self.entry.title, self.facts)
        return f"{title} ({self.place})" if self.place else title


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a look into one file gave. `facts` are for the row and for choosing options
    (`data_type`, `records`)."""

    findings: tuple[Finding, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def refused(self) -> bool:
        return any(finding.level is Level.ERROR for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Draft:
    """A source being made ready; `inspection` is None while it is being looked at."""

    id: int
    source: Source
    inspection: Inspection | None = None

    @property
    def sendable(self) -> bool:
        return self.inspection is not None and not self.inspection.refused
