"""What became of an upload and when: its moves in words, with the time each of them took."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from urllib.parse import urlsplit

from app.core import catalogue
from app.core.catalogue import Entry
from app.core.drafts import Draft
from app.core.jobs import JobState
from app.core.problems import Problem
from app.core.timeline import ADDED, JOB, Mark, spent
from app.core.uploads import Phase, Upload, Why
from app.servers.api import Family
from app.viewmodels import words
from app.viewmodels.listed import Target
from app.viewmodels.row import Tone
from app.viewmodels.words import counted, tr

MOMENT = 1.0
"""Seconds: a wait for a place that was over sooner is not worth a line."""

_JOBS: Mapping[str, tuple[str, Tone]] = {
    JobState.WAITING: ("The server has put it in its queue", Tone.ACTIVE),
    JobState.RUNNING: ("The server is working on it", Tone.ACTIVE),
    JobState.APPROVAL: ("The server waits for an approval", Tone.WAITING),
    JobState.DONE: ("The server is done; its result is fetched", Tone.ACTIVE),
    JobState.FAILED: ("The server says that it failed", Tone.BAD),
    JobState.CANCELLED: ("The job was cancelled on the server", Tone.NEUTRAL),
    JobState.UNKNOWN: ("The server's state of it is not known", Tone.WAITING),
    JobState.GONE: ("The server no longer knows it", Tone.NEUTRAL),
}
_PHASES: Mapping[str, tuple[str, Tone]] = {
    Phase.OPENING: ("Announced to the server", Tone.ACTIVE),
    Phase.SENDING: ("Sending", Tone.ACTIVE),
    Phase.SENT: ("Sent, every byte confirmed", Tone.ACTIVE),
    Phase.PROCESSING: ("The server was told to begin", Tone.ACTIVE),
    Phase.DONE: ("Done", Tone.GOOD),
    Phase.FAILED: ("Failed", Tone.BAD),
    Phase.CANCELLED: ("Cancelled", Tone.NEUTRAL),
    Phase.UNWATCHED: ("No longer watched", Tone.NEUTRAL),
}
_WAITS: Mapping[str, str] = {
    Why.SLOT: "Waiting for a free place",
    Why.HELD: "Held",
    Why.NETWORK: "Waiting for network",
    Why.SIGN_IN: "Waiting for a sign-in",
    Why.RETRY: "Waiting to try again",
    Why.TURN: "Waiting for the file before it",
}


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the timeline. `took` is how long it stayed so, empty where that says nothing."""

    time: str
    what: str
    tone: Tone = Tone.NEUTRAL
    took: str = ""


def timeline(
    upload: Upload, prepared: Draft | None, target: Target | None, now: float
) -> tuple[Event, ...]:
    """All of it in order; `prepared` is the draft it was, `now` seconds since the epoch.

    What goes on is told with its time up to now.
    """
    told = [*_before(prepared), *_moves(upload, target, known=prepared is not None)]
    return tuple(_events(told, None if upload.phase.final else now, now))


def of_draft(draft: Draft, now: float) -> tuple[Event, ...]:
    """The same of a file that is not sent yet."""
    return tuple(_events(list(_before(draft)), None, now))


def sending(upload: Upload, now: float) -> float:
    """Seconds its bytes were on their way, all attempts together."""
    return spent(upload.marks, (Phase.SENDING,), now)


def serving(upload: Upload, now: float) -> float:
    """Seconds the server worked on it; by the server's own clock where that tells both ends."""
    job = upload.job
    if job is not None and job.started and job.ended and job.ended >= job.started:
        return job.ended - job.started
    return spent(upload.marks, (Phase.PROCESSING,), now)


_Told = tuple[float, str, Tone]


def _events(told: Sequence[_Told], end: float | None, now: float) -> Iterator[Event]:
    """Each with its time of day, and with the day where that is another one than before."""
    shown = words.day(now)
    for place, (at, what, tone) in enumerate(told):
        until = told[place + 1][0] if place + 1 < len(told) else end
        took = "" if until is None else words.duration(max(0.0, until - at))
        time, day = words.second(at), words.day(at)
        yield Event(time if day == shown else f"{day} {time}", what, tone, took)
        shown = day


def _before(draft: Draft | None) -> Iterator[_Told]:
    if draft is None or draft.added is None:
        return
    yield draft.added, tr("Added to the list"), Tone.NEUTRAL
    if draft.checked is None or draft.inspection is None:
        return
    findings = len(draft.inspection.findings)
    if findings:
        what = counted(findings, "Checked: {n} finding", "Checked: {n} findings")
        yield draft.checked, what, Tone.WAITING
    else:
        yield draft.checked, tr("Checked: nothing found"), Tone.NEUTRAL


def _moves(upload: Upload, target: Target | None, *, known: bool) -> Iterator[_Told]:
    marks = _worth_telling(upload.marks)
    for place, mark in enumerate(marks):
        what, tone = _words(upload, mark, target, last=place + 1 == len(marks), known=known)
        if mark.what == Phase.SENDING and mark.attempt > 1:
            what = tr("{what}, attempt {n}", what=what, n=words.number(mark.attempt))
        yield mark.at, what, tone


def _worth_telling(marks: Sequence[Mark]) -> list[Mark]:
    """Without the moments between two steps."""
    kept: list[Mark] = []
    for place, mark in enumerate(marks):
        following = marks[place + 1] if place + 1 < len(marks) else None
        passing = mark.what == Phase.QUEUED and mark.said in ("", Why.SLOT)
        if passing and following is not None and following.at - mark.at < MOMENT:
            continue
        # The first word about a job says no more than that it was handed over.
        handed_over = bool(kept) and kept[-1].what == Phase.PROCESSING
        if mark.what == JOB and handed_over and mark.said == JobState.WAITING:
            continue
        kept.append(mark)
    return kept


def _words(
    upload: Upload, mark: Mark, target: Target | None, *, last: bool, known: bool
) -> tuple[str, Tone]:
    if mark.what == ADDED:
        return tr("To be sent") if known else tr("Added"), Tone.NEUTRAL
    if mark.what == JOB:
        text, tone = _JOBS.get(mark.said, _JOBS[JobState.UNKNOWN])
        return tr(text), tone
    if mark.what == Phase.QUEUED:
        text = _WAITS.get(mark.said, "")
        return (tr(text) if text else _because(tr("Waiting"), upload, mark, target)), Tone.WAITING
    text, tone = _PHASES.get(mark.what, (mark.what, Tone.NEUTRAL))
    if mark.what == Phase.FAILED:
        current = upload.problem if last else None
        if current is not None and current.id == mark.said:
            return tr("{what}: {why}", what=tr(text), why=words.title(current)), tone
        return _because(tr(text), upload, mark, target), tone
    return tr(text), tone


def _because(what: str, upload: Upload, mark: Mark, target: Target | None) -> str:
    entry = _entry(mark.said, target.family if target else None)
    if entry is None:
        return what
    # What else was known of the problem then is not kept.
    facts = {"name": upload.source.name}
    with suppress(ValueError):
        if target and (host := urlsplit(target.destination.settings.get("url", "")).hostname):
            facts["host"] = host
    return tr("{what}: {why}", what=what, why=words.title(Problem(entry, facts)))


def _entry(id: str, family: Family | None) -> Entry | None:
    known = (*catalogue.GENERAL, *(family.problems if family else ()))
    return next((entry for entry in known if entry.id == id), None)
