"""Source, Upload and the table of legal moves: the only place that knows the order of phases."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from app.core.catalogue import STOPPED_EARLIER
from app.core.jobs import Job, Result
from app.core.problems import FileProblem, Problem
from app.core.timeline import Mark


class Phase(StrEnum):
    """What the engine does with an upload; the row's state is derived from it, never stored."""

    QUEUED = "queued"
    OPENING = "opening"
    SENDING = "sending"
    SENT = "sent"
    PROCESSING = "processing"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNWATCHED = "unwatched"

    @property
    def final(self) -> bool:
        """True when the engine does nothing more by itself."""
        return self in FINAL


FINAL = frozenset({Phase.DONE, Phase.FAILED, Phase.CANCELLED, Phase.UNWATCHED})

MOVES: Mapping[Phase, frozenset[Phase]] = MappingProxyType(
    {
        Phase.QUEUED: frozenset({Phase.OPENING, Phase.SENDING, Phase.FAILED, Phase.CANCELLED}),
        Phase.OPENING: frozenset({Phase.SENDING, Phase.QUEUED, Phase.FAILED, Phase.CANCELLED}),
        Phase.SENDING: frozenset({Phase.SENT, Phase.QUEUED, Phase.FAILED, Phase.CANCELLED}),
        Phase.SENT: frozenset({Phase.PROCESSING, Phase.QUEUED, Phase.FAILED, Phase.CANCELLED}),
        Phase.PROCESSING: frozenset({Phase.DONE, Phase.FAILED, Phase.CANCELLED, Phase.UNWATCHED}),
        Phase.FAILED: frozenset({Phase.QUEUED}),
        Phase.CANCELLED: frozenset({Phase.QUEUED}),
        Phase.UNWATCHED: frozenset({Phase.PROCESSING}),
        Phase.DONE: frozenset(),
    }
)


class Why(StrEnum):
    """What a queued upload waits for."""

    SLOT = "slot"
    HELD = "held"
    NETWORK = "network"
    SIGN_IN = "sign_in"
    RETRY = "retry"
    TURN = "turn"
    """A file before it has to be processed first."""


@dataclass(frozen=True, slots=True)
class Wait:
    """Why a queued upload stands still. `until` is seconds since the epoch, for display only."""

    why: Why = Why.SLOT
    until: float | None = None
    tries: tuple[int, int] | None = None
    """(this try, tries in all), for RETRY."""
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A local file as it was when added: absolute path, size in bytes, last change in ns."""

    path: str
    size: int
    changed_ns: int

    @property
    def name(self) -> str:
        return self.path.replace("\\", "/").rsplit("/", 1)[-1]


@dataclass(frozen=True, slots=True)
class Ticket:
    """What the server gave for one file: opaque to all but its adapter.

    `data` is JSON-able and holds no secret. With `resumes` a broken sending goes on where it
    stopped. With `binds` the server may have the file already and cannot give it back: whoever
    cancels keeps the ticket, and sending again begins with looking for the file.
    """

    data: Mapping[str, Any]
    resumes: bool = False
    binds: bool = False


class IllegalMove(Exception):
    """A move the table does not know."""


@dataclass(frozen=True, slots=True)
class Upload:
    """The delivery of one source to one destination. A change makes a new value."""

    id: int
    destination: str
    source: Source
    options: Mapping[str, str] = field(default_factory=dict)
    batch: int = 0
    """The send (one press of Upload) this file belongs to, for the person's eye."""
    phase: Phase = Phase.QUEUED
    wait: Wait | None = None
    attempt: int = 1
    ticket: Ticket | None = None
    job: Job | None = None
    result: Result | None = None
    problem: Problem | None = None
    sha256: str = ""
    """Of what arrived whole."""
    fingerprint: str = ""
    """SHA-256 of the file where it is sent in parts, once known: only that file may go on."""
    account: str = ""
    """Who was signed in when it was last sent."""
    marks: tuple[Mark, ...] = field(default=(), compare=False)
    """Its moves so far, in order; kept by the ledger."""

    @property
    def lacks_file(self) -> bool:
        """Whether it stands still until the person says where its file is."""
        if self.phase is not Phase.QUEUED or self.wait is None or self.wait.why is not Why.HELD:
            return False
        problem = self.wait.problem
        return isinstance(problem, FileProblem) and problem.id != STOPPED_EARLIER.id

    def move(self, phase: Phase, **facts: Any) -> Upload:
        """The upload in `phase` with `facts` replaced; the wait ends unless given. Raises
        IllegalMove."""
        if phase is not self.phase and phase not in MOVES[self.phase]:
            raise IllegalMove(f"{self.phase} to {phase}")
        if "wait" not in facts:
            facts["wait"] = Wait() if phase is Phase.QUEUED else None
        if phase not in (Phase.FAILED, self.phase) and "problem" not in facts:
            facts["problem"] = None
        return replace(self, phase=phase, **facts)
