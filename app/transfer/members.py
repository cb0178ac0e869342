"""Members: the uploads that one opening is for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.core.problems import Problem
from app.core.uploads import Phase
from app.transfer.lanes import Lane
from app.transfer.means import Means

UNSETTLED = frozenset({Phase.QUEUED, Phase.OPENING, Phase.SENDING})


class Members:
    """Who belongs to a batch, in the order of sending; what they are is the ledger's to know."""

    def __init__(
        self, key: str, lane: Lane, ids: Iterable[int], options: Mapping[str, str], means: Means
    ) -> None:
        self.key = key
        """Of the opening; another one as soon as that is of no use any more."""
        self.lane = lane
        self.ids = list(ids)
        self.options = options
        self.means = means

    def phase(self, upload_id: int) -> Phase | None:
        """None once it is forgotten."""
        upload = self.means.ledger.get(upload_id)
        return upload.phase if upload is not None else None

    def among(self, *phases: Phase) -> list[int]:
        return [i for i in self.ids if self.phase(i) in phases]

    @property
    def unsettled(self) -> list[int]:
        """Those that are not on the server yet and may come there."""
        return self.among(*UNSETTLED)

    def remove(self, upload_id: int) -> None:
        if upload_id in self.ids:
            self.ids.remove(upload_id)

    def fail(self, ids: Iterable[int], problem: Problem, *, keep_ticket: bool = False) -> None:
        """Moves them to FAILED; their tickets are taken back, or kept to look at the server with
        before they are sent again."""
        ledger = self.means.ledger
        for i in list(ids):
            ticket = ledger[i].ticket
            if ticket is not None and not keep_ticket:
                self.means.discards.discard(self.lane, ticket, self.key, i)
                ledger.move(i, Phase.FAILED, problem=problem, ticket=None)
            else:
                ledger.move(i, Phase.FAILED, problem=problem)
