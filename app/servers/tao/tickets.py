"""What this adapter remembers of a file and of its import, in forms that survive a restart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from app.core.uploads import Ticket
from app.servers.json_values import as_count, as_text


@dataclass(frozen=True, slots=True)
class Place:
    """How far one file is. `asked` says that the server may have it although it did not say so;
    `reference` is the server's for its import, accepted at `accepted` (epoch seconds)."""

    key: str
    name: str
    asked: bool = False
    reference: str = ""
    accepted: int = 0

    @classmethod
    def of(cls, ticket: Ticket) -> Self:
        data = ticket.data
        return cls(
            key=as_text(data.get("key")),
            name=as_text(data.get("name")),
            asked=data.get("asked") is True,
            reference=as_text(data.get("reference")),
            accepted=as_count(data.get("accepted")) or 0,
        )

    @property
    def ticket(self) -> Ticket:
        data: dict[str, Any] = {"key": self.key, "name": self.name, "asked": self.asked}
        if self.reference:
            data |= {"reference": self.reference, "accepted": self.accepted}
        return Ticket(data, binds=self.asked)

    @property
    def ref(self) -> str:
        return str(ImportRef(self.accepted, self.reference))


@dataclass(frozen=True, slots=True)
class ImportRef:
    """Which import to follow, and since when the server has it (epoch seconds)."""

    accepted: int
    reference: str

    @classmethod
    def of(cls, ref: str) -> Self:
        accepted, _, reference = ref.partition(":")
        return cls(as_count(accepted) or 0, reference)

    def __str__(self) -> str:
        return f"{self.accepted}:{self.reference}"
