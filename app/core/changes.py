"""What the engine tells: an upload moved, uploads were forgotten, a lane changed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.jobs import Job
from app.core.problems import Problem
from app.core.uploads import Upload


class LaneState(StrEnum):
    """Whether one destination can be used just now."""

    IDLE = "idle"
    CONNECTING = "connecting"
    READY = "ready"
    UNREACHABLE = "unreachable"
    SIGN_IN = "sign_in"
    """Waits for the person: a secret, a certificate, a setting."""
    BUSY = "busy"
    """The server asked for patience."""


@dataclass(frozen=True, slots=True)
class UploadChanged:
    upload: Upload


@dataclass(frozen=True, slots=True)
class UploadsForgotten:
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class UploadsTaken:
    """What earlier runs left unfinished was taken over; it was told before, upload by upload."""

    ids: tuple[int, ...]
    cut_off: bool = False
    """At least one of those runs did not end in order."""


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """An upload of another process that shares the journal, as far as that has written it down."""

    upload: Upload
    sent: int = 0
    """Bytes, about a second old."""
    living: bool = True
    """Whether that process runs; what one that is no more has left can be taken over."""


@dataclass(frozen=True, slots=True)
class ElsewhereChanged:
    """What other processes do: the uploads that are new or different, and the ids now gone."""

    changed: tuple[Elsewhere, ...] = ()
    gone: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class LaneChanged:
    """A snapshot of the way to one destination. `until` (epoch seconds): when it is tried again."""

    destination: str
    state: LaneState
    account: str = ""
    at_once: int = 1
    sending: int = 0
    problem: Problem | None = None
    until: float | None = None


@dataclass(frozen=True, slots=True)
class JobsSeen:
    """What one server works on, ours and others': the jobs that are new or different.

    `gone` are the `Job.key`s of those no longer listed. `at` is when the server last answered,
    seconds since the epoch, None if it never did; with a `problem` it did not answer now.
    """

    destination: str
    jobs: tuple[Job, ...] = ()
    gone: tuple[str, ...] = ()
    at: float | None = None
    problem: Problem | None = None


Change = UploadChanged | UploadsForgotten | UploadsTaken | ElsewhereChanged | LaneChanged | JobsSeen
