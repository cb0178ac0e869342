"""What is kept of uploads that ended, and what can be asked about them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.jobs import JobState
from app.core.timeline import last, spent
from app.core.uploads import FINAL, Phase, Upload


class Outcome(StrEnum):
    """How an upload ended; the words are those of its row."""

    DONE = "done"
    DONE_WITH_ERRORS = "done_with_errors"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNWATCHED = "unwatched"


ARRIVED = (Outcome.DONE, Outcome.DONE_WITH_ERRORS, Outcome.UNWATCHED)
"""The server has every byte of these."""


class Order(StrEnum):
    """By what the history is sorted."""

    ENDED = "ended"
    NAME = "name"
    SIZE = "size"
    SERVER = "server"
    OUTCOME = "outcome"
    RECORDS = "records"
    FAILED = "failed"
    TOOK = "took"


@dataclass(frozen=True, slots=True)
class Search:
    """What is wanted of the history; each part empty means: all."""

    text: str = ""
    """Words that must all occur in name, path, server, account or ids, in upper or lower case."""
    since: float | None = None
    until: float | None = None
    """Of the end, seconds since the epoch; `until` itself is not included."""
    destination: str = ""
    outcomes: frozenset[Outcome] = frozenset()
    order: Order = Order.ENDED
    descending: bool = True


@dataclass(frozen=True, slots=True)
class PastLine:
    """One line of the history. `id` is its own number there; times are seconds since the epoch."""

    id: int
    ended: float
    name: str
    path: str
    size: int
    destination: str
    server: str
    family: str
    outcome: Outcome
    records: int | None
    failed: int
    sending: float
    serving: float
    """Seconds the bytes took, and seconds the server took."""


@dataclass(frozen=True, slots=True)
class Past:
    """One upload that ended, whole. `server` and `family` are its destination's name and kind."""

    upload: Upload
    server: str
    family: str
    id: int = 0

    @property
    def ended(self) -> float:
        """Seconds since the epoch; 0 if it was never noted."""
        return last(self.upload.marks, FINAL) or 0.0

    @property
    def added(self) -> float:
        return self.upload.marks[0].at if self.upload.marks else 0.0

    @property
    def sent(self) -> float | None:
        """When its last byte was confirmed."""
        return last(self.upload.marks, (Phase.SENT,))

    @property
    def outcome(self) -> Outcome:
        phase = self.upload.phase
        return Outcome.DONE_WITH_ERRORS if phase is Phase.DONE and self.failed else Outcome(phase)

    @property
    def failed(self) -> int:
        """Records that failed, as far as the server said."""
        upload = self.upload
        if upload.result is not None:
            return upload.result.failed
        return (upload.job.failed or 0) if upload.job else 0

    @property
    def records(self) -> int | None:
        """Records in all, where the server told."""
        job = self.upload.job
        return job.total if job is not None and job.state is not JobState.UNKNOWN else None

    @property
    def sending(self) -> float:
        return spent(self.upload.marks, (Phase.SENDING,))

    @property
    def serving(self) -> float:
        """By the server's own clock where it has one."""
        job = self.upload.job
        if job is not None and job.started and job.ended and job.ended >= job.started:
            return job.ended - job.started
        return spent(self.upload.marks, (Phase.PROCESSING,))

    @property
    def ids(self) -> tuple[tuple[str, str], ...]:
        """(kind, id) of what the server made of it: definition, job, artifact, reference."""
        job = self.upload.job
        if job is None:
            return ()
        return tuple((kind, job.facts[kind]) for kind in ID_KINDS if job.facts.get(kind))


ID_KINDS = ("hrid", "job", "definition", "artifact", "reference")


@dataclass(frozen=True, slots=True)
class Kept:
    """How long the history goes back; 0 is no limit."""

    days: int = 90
    rows: int = 10_000
