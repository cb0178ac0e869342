"""The server's own work on what it received: its state in our words and its result."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum

from app.core.catalogue import Entry

LATELY = timedelta(hours=24)
"""What ended longer ago is history, not what a server lately worked on."""
_OWN_IDS = ("artifact", "reference", "job")


class JobState(StrEnum):
    """A server's word in ours; a word nobody knows is UNKNOWN, never a failure."""

    WAITING = "waiting"
    RUNNING = "running"
    APPROVAL = "approval"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"
    UNKNOWN = "unknown"
    GONE = "gone"
    """The server no longer knows it."""

    @property
    def ended(self) -> bool:
        return self in (JobState.DONE, JobState.FAILED, JobState.CANCELLED, JobState.GONE)


class JobAction(StrEnum):
    """What a person may ask the server to do with a job."""

    CANCEL = "cancel"
    APPROVE = "approve"


@dataclass(frozen=True, slots=True)
class Job:
    """One look at a job. `ref` is the adapter's own; counts are records, None where the server
    gives none."""

    ref: str
    state: JobState
    done: int | None = None
    total: int | None = None
    failed: int | None = None
    word: str = ""
    """The server's own word for the state."""
    note: Entry | None = None
    """What else should be said about it, such as why it failed."""
    facts: Mapping[str, str] = field(default_factory=dict)
    """For the note's places, and ids to show and copy."""
    link: str = ""
    actions: tuple[JobAction, ...] = ()
    seen: float | None = None
    """When the server last said so, seconds since the epoch; set by the watcher."""
    name: str = ""
    who: str = ""
    started: float | None = None
    ended: float | None = None
    """Seconds since the epoch, as the server tells them; with `name` and `who` for jobs of others
    too."""
    errors: bool = False
    """It went through, but not with every record; how many, only its result may tell."""

    @property
    def key(self) -> str:
        """What tells it from other jobs of its server: the server's own id, where there is one.

        The same for a job sent from here and as the server lists it.
        """
        return next((self.facts[id] for id in _OWN_IDS if self.facts.get(id)), self.ref)


NO_REASON = "The server gives no reason."
MOST_FAILURES = 1_000
"""So many failures are told with their words: nobody reads more, and words take memory."""
RecordKey = int | str
"""Which record of a file: its number, counted from 1, or, where the server gives none, what the
server calls it."""


@dataclass(frozen=True, slots=True)
class Failure:
    """One record that failed. `record` counts from 1 as a person counts."""

    record: int | None
    text: str
    """The server's own words, or NO_REASON for translation."""
    title: str = ""
    identifier: str = ""
    details: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of a job. `counts` are the family's own words."""

    counts: Mapping[str, int] = field(default_factory=dict)
    failures: tuple[Failure, ...] = ()
    """The first MOST_FAILURES."""
    failed: int = 0
    """How many records failed, listed or not."""
    link: str = ""
    complete: bool = True
    """False when the server had not finished its summary in time."""
    notes: tuple[str, ...] = ()
    which: tuple[RecordKey, ...] = ()
    """The records that failed, as far as the server says which: each once, also those that are not
    in `failures`."""
