"""A server's job in words, for every interface: its state, records, times and ids."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from app.core.history import ID_KINDS
from app.core.jobs import Job, JobState
from app.viewmodels import words
from app.viewmodels.row import Tone
from app.viewmodels.words import counted, number, tr

GONE = "gone"
_CODES: Mapping[JobState, str] = MappingProxyType(
    {
        JobState.WAITING: "server_queued",
        JobState.RUNNING: "processing",
        JobState.APPROVAL: "needs_approval",
        JobState.DONE: "done",
        JobState.FAILED: "failed",
        JobState.CANCELLED: "cancelled",
        JobState.UNKNOWN: "unknown",
        JobState.GONE: GONE,
    }
)
_STATES: Mapping[str, str] = MappingProxyType(
    {
        "server_queued": "Waiting on server",
        "processing": "At work",
        "needs_approval": "Waiting for approval",
        "done": "Done",
        "done_with_errors": "Done, some records failed",
        "failed": "Failed",
        "cancelled": "Cancelled",
        "unknown": "Server state not known",
        GONE: "Removed on the server",
    }
)
LOOKS: Mapping[str, tuple[Tone, str]] = MappingProxyType(
    {
        "server_queued": (Tone.ACTIVE, "server-clock"),
        "processing": (Tone.ACTIVE, "server-arrow"),
        "needs_approval": (Tone.WAITING, "person"),
        "done": (Tone.GOOD, "tick"),
        "done_with_errors": (Tone.WAITING, "tick-bang"),
        "failed": (Tone.BAD, "cross"),
        "cancelled": (Tone.NEUTRAL, "dash"),
        "unknown": (Tone.WAITING, "question"),
        GONE: (Tone.NEUTRAL, "dash"),
    }
)
"""Tone and icon of each code."""
ORDER = tuple(LOOKS)
"""The codes as they are sorted: what is under way first."""
_KNOWN_BY = ("hrid", "artifact", "reference", "job")
_IDS: Mapping[str, str] = MappingProxyType(
    {
        "hrid": "Job number",
        "job": "Job",
        "definition": "Definition",
        "artifact": "Artifact",
        "reference": "Reference",
    }
)


def code(job: Job, failed: int | None = None) -> str:
    """The name of a job's state, where there is one as a row has it; `failed` records if known."""
    failed = job.failed if failed is None else failed
    if job.state is JobState.DONE and (job.errors or failed):
        return "done_with_errors"
    return _CODES[job.state]


def sentence(job: Job, failed: int | None = None) -> str:
    """The state: “Done, 12 records failed”."""
    failed = job.failed if failed is None else failed
    if job.state is JobState.DONE and failed:
        return counted(failed, "Done, {n} record failed", "Done, {n} records failed")
    return tr(_STATES[code(job, failed)])


def last_seen(what: str, at: float | None) -> str:
    """With the time of the server's last word, where it does not answer now; `at` in epoch
    seconds."""
    if at is None:
        return tr("{what} (never seen)", what=what)
    return tr("{what} (last seen {time})", what=what, time=words.clock(at))


def records(job: Job) -> str:
    """1,240 of 9,000; empty where the server counts none."""
    if not job.done and job.state.ended:
        return number(job.total) if job.total else ""
    if job.done is None:
        return ""
    if not job.total:
        return number(job.done)
    # Servers have been seen to count above the total.
    done = number(min(max(job.done, 0), job.total))
    return done if job.done >= job.total else tr("{n} of {all}", n=done, all=number(job.total))


def seconds(job: Job, now: float) -> float | None:
    """How long the server took, or takes by now; None where it tells no times."""
    if job.started is None:
        return None
    end = job.ended if job.ended is not None else None if job.state.ended else now
    return None if end is None else max(0.0, end - job.started)


def usual(seconds: float | None) -> str:
    """“about 6 min”; empty where it is not known."""
    return words.eta(seconds) if seconds else ""


def main_id(job: Job) -> str:
    """The number by which the people who run the server know the job."""
    return next((job.facts[kind] for kind in _KNOWN_BY if job.facts.get(kind)), job.ref)


def ids(job: Job) -> list[tuple[str, str]]:
    """(words, id) of all that the server calls it by."""
    found = [(tr(_IDS[kind]), job.facts[kind]) for kind in ID_KINDS if job.facts.get(kind)]
    return found or [(tr("Reference"), job.ref)]
