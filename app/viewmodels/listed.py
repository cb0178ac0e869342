"""One line of the table: a draft or an upload, where it goes, and what was read of its meter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from app.core.changes import Elsewhere
from app.core.destinations import Destination
from app.core.drafts import Draft
from app.core.uploads import Source, Upload
from app.transfer.meter import Rate
from app.viewmodels import elsewhere, row

if TYPE_CHECKING:
    from app.servers.api import Family


@dataclass(frozen=True, slots=True)
class Target:
    """Where an upload goes, in words: the destination, its family, and what was chosen."""

    destination: Destination
    family: Family | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    """By option: the label of what was chosen, where it says something to a person."""

    @property
    def choice(self) -> str:
        """What was chosen of the server's own things: “Shop / 1.0”."""
        asked = self.family.options if self.family else ()
        named = [self.labels.get(one.key, "") for one in asked if one.live and one.required]
        return " / ".join(name for name in named if name)


@dataclass(frozen=True, slots=True)
class Moved:
    """An upload before and after; None where it was not there."""

    before: Upload | None
    after: Upload | None


class Listed:
    """One line: a draft or an upload, and what the last tick read of its meter."""

    __slots__ = (
        *("checking", "code", "draft", "elsewhere", "id", "left", "prepared", "rate", "sent"),
        *("undo_until", "upload"),
    )

    def __init__(
        self, draft: Draft | None, upload: Upload | None, other: Elsewhere | None = None
    ) -> None:
        self.elsewhere = other
        """Of another process; `upload` is its upload then."""
        if other is not None:
            upload = other.upload
        of = elsewhere.PREFIX if other else "u"
        self.id = f"{of}{upload.id}" if upload else f"d{draft.id}" if draft else ""
        self.draft = draft
        self.upload = upload
        self.checking = False
        self.prepared: Draft | None = None
        """The draft an upload was before."""
        self.sent = 0
        self.rate: Rate | None = None
        self.left: float | None = None
        self.undo_until = 0.0
        self.code = self.now()

    @property
    def source(self) -> Source:
        held = self.upload or self.draft
        assert held is not None
        return held.source

    def now(self) -> str:
        if self.elsewhere is not None:
            return elsewhere.code(self.elsewhere)
        if self.upload is not None:
            return row.code(self.upload, sent=self.sent)
        assert self.draft is not None
        return row.draft_code(self.draft, checking=self.checking)


def runs(positions: Sequence[int], *, gap: int) -> list[tuple[int, int]]:
    """Sorted positions as (first, last) runs; holes of up to `gap` rows are bridged."""
    found: list[tuple[int, int]] = []
    for at in positions:
        if found and at <= found[-1][1] + 1 + gap:
            found[-1] = (found[-1][0], at)
        else:
            found.append((at, at))
    return found
