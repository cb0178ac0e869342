"""What a row says and offers: pure functions of an upload or a draft, for window and command line alike.

`code` gives the name of the state, cheap enough for every change; `state` all that is shown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from enum import StrEnum

from app.core.drafts import Draft, Level
from app.core.jobs import Job, JobAction, JobState
from app.core.problems import Busy, Problem, TrustProblem, Uncertain
from app.core.uploads import Phase, Upload, Wait, Why
from app.servers.api import Family
from app.viewmodels import words
from app.viewmodels.words import counted, tr

ALMOST = 0.99
"""As far as a bar goes before the server's word."""
STALL_SHOWN = 10.0
STALL_OFFERED = 60.0
SILENCE_SHOWN = 120.0
"""Seconds: when a stall is told, when trying again is offered, when an old answer is dated."""
PLACES_SHOWN = 99


class Tone(StrEnum):
    """The colour family of a state; never its only sign."""

    NEUTRAL = "neutral"
    ACTIVE = "active"
    WAITING = "waiting"
    GOOD = "good"
    BAD = "bad"


class RowAction(StrEnum):
    """What can be done with a row."""

    UPLOAD = "upload"
    REMOVE = "remove"
    START_NOW = "start_now"
    PAUSE = "pause"
    STOP = "stop"
    """A pause that starts again from the beginning, called by its name."""
    CANCEL = "cancel"
    RESUME = "resume"
    TRY_NOW = "try_now"
    SIGN_IN = "sign_in"
    SETTINGS = "settings"
    OPEN_ON_SERVER = "open_on_server"
    UNWATCH = "unwatch"
    CANCEL_JOB = "cancel_job"
    APPROVE = "approve"
    CHECK_NOW = "check_now"
    SHOW_FAILURES = "show_failures"
    REPORT = "report"
    RETRY = "retry"
    DETAILS = "details"
    UPLOAD_AGAIN = "upload_again"
    WATCH = "watch"
    SEND_ANYWAY = "send_anyway"
    LOOK_AGAIN = "look_again"
    UNDO = "undo"
    ANSWER = "answer"


class Kind(StrEnum):
    """The filter a state falls under; ALL holds every row."""

    ALL = "all"
    ACTIVE = "active"
    NEEDS = "needs"
    FAILED = "failed"
    DONE = "done"
    OTHER = "other"
    """Under ALL only: drafts in order, cancelled and no longer watched."""


@dataclass(frozen=True, slots=True)
class RowState:
    """Everything a row shows. `code` is one of the names scripts know."""

    code: str
    text: str
    tone: Tone
    icon: str
    sent: float | None = None
    """0 to 1, the left part of the bar; None: no bar. Never 1 before the server confirmed."""
    work: float | None = None
    """0 to 1, the right part; -1: working without a number; None: not yet."""
    figures: tuple[str, ...] = ()
    main: RowAction | None = None
    second: RowAction | None = None
    needs_person: bool = False
    active: bool = False


_LOOKS: dict[str, tuple[Tone, str, Kind]] = {
    "added": (Tone.NEUTRAL, "file", Kind.OTHER),
    "checking": (Tone.NEUTRAL, "spinner", Kind.OTHER),
    "needs_input": (Tone.WAITING, "question", Kind.NEEDS),
    "invalid": (Tone.BAD, "stop", Kind.NEEDS),
    "ready": (Tone.NEUTRAL, "tick-outline", Kind.OTHER),
    "queued": (Tone.NEUTRAL, "clock", Kind.ACTIVE),
    "preparing": (Tone.ACTIVE, "spinner", Kind.ACTIVE),
    "uploading": (Tone.ACTIVE, "arrow-up", Kind.ACTIVE),
    "paused": (Tone.WAITING, "pause", Kind.ACTIVE),
    "waiting_network": (Tone.WAITING, "plug", Kind.ACTIVE),
    "waiting_auth": (Tone.WAITING, "key", Kind.NEEDS),
    "retrying": (Tone.WAITING, "loop", Kind.ACTIVE),
    "finishing": (Tone.ACTIVE, "spinner", Kind.ACTIVE),
    "server_queued": (Tone.ACTIVE, "server-clock", Kind.ACTIVE),
    "processing": (Tone.ACTIVE, "server-arrow", Kind.ACTIVE),
    "needs_approval": (Tone.WAITING, "person", Kind.NEEDS),
    "unknown": (Tone.WAITING, "question", Kind.ACTIVE),
    "done": (Tone.GOOD, "tick", Kind.DONE),
    "done_with_errors": (Tone.WAITING, "tick-bang", Kind.DONE),
    "failed": (Tone.BAD, "cross", Kind.FAILED),
    "cancelled": (Tone.NEUTRAL, "dash", Kind.OTHER),
    "unwatched": (Tone.NEUTRAL, "eye-off", Kind.OTHER),
}

CODES = tuple(_LOOKS)
MOVING = frozenset({"preparing", "uploading", "finishing", "server_queued", "processing"})

_JOB_CODES = {
    JobState.WAITING: "server_queued",
    JobState.APPROVAL: "needs_approval",
    JobState.UNKNOWN: "unknown",
}
_WAIT_CODES = {
    Why.HELD: "paused",
    Why.NETWORK: "waiting_network",
    Why.SIGN_IN: "waiting_auth",
    Why.RETRY: "retrying",
}


def kind(code: str) -> Kind:
    """The filter of a state."""
    return _LOOKS[code][2]


def code(upload: Upload, *, sent: int = 0) -> str:
    """The name of the state; `sent` tells uploading from finishing."""
    match upload.phase:
        case Phase.QUEUED:
            return _WAIT_CODES.get(upload.wait.why, "queued") if upload.wait else "queued"
        case Phase.OPENING:
            return "preparing"
        case Phase.SENDING:
            return "finishing" if 0 < upload.source.size <= sent else "uploading"
        case Phase.SENT:
            return "finishing"
        case Phase.PROCESSING:
            if upload.job is None:
                return "server_queued"
            # An ended job is still in work until its result is here.
            return _JOB_CODES.get(upload.job.state, "processing")
        case Phase.DONE:
            return "done_with_errors" if failed_records(upload) else "done"
        case Phase.FAILED:
            return "needs_input" if isinstance(upload.problem, Uncertain) else "failed"
        case Phase.CANCELLED:
            return "cancelled"
        case Phase.UNWATCHED:
            return "unwatched"


def failed_records(upload: Upload) -> int:
    """How many records the server could not process, as far as it said."""
    if upload.result is not None:
        return upload.result.failed
    return (upload.job.failed or 0) if upload.job else 0


def can_resume(upload: Upload, family: Family | None) -> bool:
    """Whether a stop now would go on where it stopped: a ticket says so under `resumes`."""
    return bool(
        family and family.resumes and upload.ticket and upload.ticket.data.get("resumes") is True
    )


def link(upload: Upload) -> str:
    """The address of the job's page in the server's own web application, or empty."""
    if upload.result and upload.result.link:
        return upload.result.link
    return upload.job.link if upload.job else ""


def state(
    upload: Upload,
    *,
    sent: int = 0,
    rate: float = 0,
    eta: float | None = None,
    stalled: float = 0,
    now: float,
    family: Family | None,
    place: int | None = None,
    undo: bool = False,
) -> RowState:
    """All a row shows. `sent` and `rate` in bytes, `eta` and `stalled` in seconds, `now` since the epoch.

    `place` is the place in the queue from 1; `undo` is true while a cancel can be taken back.
    """
    name = code(upload, sent=sent)
    tone, icon, of = _LOOKS[name]
    main, second = _offers(name, upload, family, stalled=stalled, undo=undo)
    left, right = _bars(name, upload, sent)
    return RowState(
        code=name,
        text=_sentence(name, upload, family, now=now, place=place, stalled=stalled),
        tone=tone,
        icon=icon,
        sent=left,
        work=right,
        figures=_figures(name, upload, left, right, sent=sent, rate=rate, eta=eta),
        main=main,
        second=second,
        needs_person=of is Kind.NEEDS,
        active=name in MOVING,
    )


def draft_code(draft: Draft, *, checking: bool = True) -> str:
    """The name of a draft's state."""
    if draft.inspection is None:
        return "checking" if checking else "added"
    return "invalid" if draft.inspection.refused else "ready"


def draft_state(draft: Draft, *, checking: bool = True) -> RowState:
    """All the row of a draft shows; `checking` is false while its look has not begun."""
    name = draft_code(draft, checking=checking)
    tone, icon, of = _LOOKS[name]
    shown = RowState(
        name,
        "",
        tone,
        icon,
        figures=(words.size(draft.source.size),),
        second=RowAction.REMOVE,
        needs_person=of is Kind.NEEDS,
    )
    match name:
        case "added":
            return replace(shown, text=tr("Added"))
        case "checking":
            return replace(shown, text=tr("Checking file…"))
        case "invalid":
            return replace(shown, text=_refusal(draft), main=RowAction.DETAILS)
        case _:
            return replace(shown, text=_readiness(draft), main=RowAction.UPLOAD)


def actions(upload: Upload, family: Family | None) -> tuple[RowAction, ...]:
    """Everything that can be done with the row, for its menu, the main action first."""
    name = code(upload)
    main, second = _offers(name, upload, family, stalled=0, undo=False)
    offered = [action for action in (main, second) if action is not None]
    if name == "needs_input":
        offered += [RowAction.LOOK_AGAIN, RowAction.SEND_ANYWAY]
    if upload.job and upload.phase is Phase.PROCESSING:
        if JobAction.APPROVE in upload.job.actions:
            offered.append(RowAction.APPROVE)
        offered += [RowAction.CHECK_NOW, RowAction.UNWATCH]
        if JobAction.CANCEL in upload.job.actions:
            offered.append(RowAction.CANCEL_JOB)
    if name == "queued":
        offered.append(RowAction.PAUSE if _goes_on(upload, family) else RowAction.STOP)
        offered.append(RowAction.CANCEL)
    if link(upload):
        offered.append(RowAction.OPEN_ON_SERVER)
    if upload.phase.final:
        offered.append(RowAction.REMOVE)
    offered.append(RowAction.DETAILS)
    return tuple(dict.fromkeys(offered))


def _goes_on(upload: Upload, family: Family | None) -> bool:
    """Holding loses nothing: no byte is on its way yet, or the sending can go on by part."""
    return upload.ticket is None or can_resume(upload, family)


def _offers(
    name: str, upload: Upload, family: Family | None, *, stalled: float, undo: bool
) -> tuple[RowAction | None, RowAction | None]:
    on_server = RowAction.OPEN_ON_SERVER if link(upload) else None
    cancels = bool(upload.job and JobAction.CANCEL in upload.job.actions)
    match name:
        case "needs_input":
            return RowAction.ANSWER, RowAction.REMOVE
        case "queued":
            in_turn = upload.wait is not None and upload.wait.why is Why.TURN
            return None if in_turn else RowAction.START_NOW, RowAction.REMOVE
        case "preparing":
            return RowAction.CANCEL, None
        case "uploading" if stalled >= STALL_OFFERED:
            return RowAction.TRY_NOW, RowAction.CANCEL
        case "uploading":
            stop = RowAction.PAUSE if can_resume(upload, family) else RowAction.STOP
            return stop, RowAction.CANCEL
        case "paused":
            return RowAction.RESUME, RowAction.CANCEL
        case "waiting_network" | "retrying":
            return RowAction.TRY_NOW, RowAction.CANCEL
        case "waiting_auth":
            trust = upload.wait is not None and isinstance(upload.wait.problem, TrustProblem)
            return RowAction.SETTINGS if trust else RowAction.SIGN_IN, RowAction.CANCEL
        case "finishing":
            return None, RowAction.CANCEL
        case "processing":
            return on_server, RowAction.CANCEL_JOB if cancels else RowAction.UNWATCH
        case "server_queued" | "needs_approval":
            return on_server, RowAction.UNWATCH
        case "unknown":
            return RowAction.CHECK_NOW, RowAction.UNWATCH
        case "done":
            return on_server, RowAction.REPORT
        case "done_with_errors":
            return RowAction.SHOW_FAILURES, RowAction.REPORT
        case "failed":
            return RowAction.RETRY, RowAction.DETAILS
        case "cancelled":
            return RowAction.UNDO if undo else RowAction.UPLOAD_AGAIN, RowAction.DETAILS
        case _:
            return RowAction.WATCH, RowAction.DETAILS


def _bars(name: str, upload: Upload, sent: int) -> tuple[float | None, float | None]:
    if upload.phase is Phase.SENT:
        return 1.0, None
    if upload.phase is Phase.PROCESSING:
        return 1.0, _worked(upload.job)
    if upload.phase is Phase.SENDING or (upload.phase is Phase.QUEUED and sent > 0):
        size = upload.source.size
        return (min(sent / size, ALMOST) if size else 0.0), None
    if name == "preparing":
        return 0.0, None
    return None, None


def _worked(job: Job | None) -> float | None:
    if job is None or job.state in (JobState.WAITING, JobState.APPROVAL):
        return None
    if job.state.ended:
        return ALMOST
    if job.done is None or not job.total:
        return -1.0
    return min(max(job.done / job.total, 0.0), ALMOST)


def _figures(
    name: str,
    upload: Upload,
    left: float | None,
    right: float | None,
    *,
    sent: int,
    rate: float,
    eta: float | None,
) -> tuple[str, ...]:
    size = upload.source.size
    if left is not None and upload.phase in (Phase.SENDING, Phase.QUEUED):
        pieces = [words.percent(left), words.size_of(min(sent, size), size)]
        if name == "uploading":
            pieces += [words.rate(rate), words.eta(eta)]
        return tuple(piece for piece in pieces if piece)
    if name == "processing" and right is not None and right >= 0:
        return words.percent(right), words.size(size)
    return (words.size(size),)


def _sentence(
    name: str,
    upload: Upload,
    family: Family | None,
    *,
    now: float,
    place: int | None,
    stalled: float,
) -> str:
    match name:
        case "needs_input":
            return tr("Needs your answer: {what}", what=_reason(upload.problem))
        case "queued":
            return _queued(upload.wait, place)
        case "preparing":
            return tr("Preparing on server…")
        case "uploading":
            return _uploading(stalled)
        case "paused":
            return _paused(upload, family)
        case "waiting_network":
            return _because(tr("Waiting for network"), upload.wait)
        case "waiting_auth":
            return _because(_who_is_asked(upload.wait), upload.wait)
        case "retrying":
            return _retrying(upload.wait, now)
        case "finishing":
            if upload.phase is Phase.SENT:
                return tr("Sent; asking the server to begin…")
            return tr("Confirming upload…")
        case "done" | "done_with_errors":
            return _done(upload, family)
        case "failed":
            return tr("Failed: {what}", what=_reason(upload.problem))
        case "cancelled":
            by_server = upload.job is not None and upload.job.state is JobState.CANCELLED
            return tr("Cancelled on the server") if by_server else tr("Cancelled")
        case "unwatched":
            return tr("No longer watched")
        case _:
            return _on_server(name, upload.job, now)


def _queued(wait: Wait | None, place: int | None) -> str:
    if wait is not None and wait.why is Why.TURN:
        return tr("Waiting for the file before it")
    if place is not None and place <= PLACES_SHOWN:
        return tr("Waiting ({place})", place=words.ordinal(place))
    return tr("Waiting")


def _uploading(stalled: float) -> str:
    seconds = int(stalled)
    if stalled >= STALL_OFFERED:
        return counted(seconds, "No progress for {n} s", "No progress for {n} s")
    if stalled >= STALL_SHOWN:
        return counted(seconds, "Stalled for {n} s", "Stalled for {n} s")
    return tr("Uploading")


def _paused(upload: Upload, family: Family | None) -> str:
    if _goes_on(upload, family):
        return tr("Paused")
    return tr("Stopped; will start again from the beginning")


def _who_is_asked(wait: Wait | None) -> str:
    if wait is not None and isinstance(wait.problem, TrustProblem):
        return tr("Certificate or proxy problem")
    return tr("Sign in needed")


def _because(what: str, wait: Wait | None) -> str:
    if wait is None or wait.problem is None:
        return what
    return tr("{what}: {why}", what=what, why=words.title(wait.problem))


def _retrying(wait: Wait | None, now: float) -> str:
    busy = wait is not None and isinstance(wait.problem, Busy)
    what = tr("The server is busy, trying again") if busy else tr("Trying again")
    if wait is not None and wait.until is not None:
        seconds = math.ceil(wait.until - now)
        when = tr("in {n} s", n=words.number(seconds)) if seconds > 0 else tr("now")
        what = tr("{what} {when}", what=what, when=when)
    if wait is not None and wait.tries is not None:
        this, of = wait.tries
        return tr("{what} ({n} of {all})", what=what, n=words.number(this), all=words.number(of))
    return what


def _on_server(name: str, job: Job | None, now: float) -> str:
    seen = words.clock(job.seen) if job and job.seen else ""
    if name == "unknown":
        if not seen:
            return tr("Server state not known")
        return tr("Server state not known (last seen {time})", time=seen)
    if name == "server_queued":
        what = tr("Waiting on server")
    elif name == "needs_approval":
        what = tr("Waiting for approval on server")
    else:
        what = _working(job)
    if job and job.seen and now - job.seen > SILENCE_SHOWN:
        return tr("{what} (last seen {time})", what=what, time=seen)
    return what


def _working(job: Job | None) -> str:
    if job is None:
        return tr("Server is working")
    if job.state.ended:
        return tr("Fetching the result…")
    if job.done is None:
        return tr("Server is working")
    if job.total:
        # Servers have been seen to count above the total.
        done = words.number(min(max(job.done, 0), job.total))
        return counted(
            job.total,
            "Server is working: {done} of {n} record",
            "Server is working: {done} of {n} records",
            done=done,
        )
    return counted(job.done, "Server is working: {n} record", "Server is working: {n} records")


def _done(upload: Upload, family: Family | None) -> str:
    result, failed = upload.result, failed_records(upload)
    named = family.counts if family else ()
    counts = result.counts if result else {}
    pieces = [
        tr("{n} {what}", n=words.number(counts[key]), what=tr(word))
        for key, word in named
        if counts.get(key) and not (failed and key == "failed")
    ]
    what = tr(", ").join(pieces)
    if failed:
        first = counted(failed, "Done, {n} record failed", "Done, {n} records failed")
        return tr("{first}; {rest}", first=first, rest=what) if what else first
    if upload.job is not None and upload.job.state is JobState.GONE:
        return tr("Done; removed on the server")
    if result is not None and not result.complete:
        return tr("Done; the server's summary is not ready yet")
    if what:
        return tr("Done: {what}", what=what)
    if result is not None and result.notes:
        return tr("Done: {what}", what=tr(result.notes[0]))
    return tr("Done")


def _refusal(draft: Draft) -> str:
    found = draft.inspection.findings if draft.inspection else ()
    first = next((one for one in found if one.level is Level.ERROR), None)
    if first is None:
        return tr("Cannot be sent")
    return tr("Cannot be sent: {why}", why=words.finding(first))


def _readiness(draft: Draft) -> str:
    assert draft.inspection is not None
    text = tr("Ready")
    records = draft.inspection.facts.get("records", "")
    if records.isdecimal():
        text = counted(int(records), "Ready: {n} record", "Ready: {n} records")
    warnings = [one for one in draft.inspection.findings if one.level is Level.WARNING]
    if len(warnings) == 1:
        return tr("{what}; {warning}", what=text, warning=words.finding(warnings[0]))
    if warnings:
        said = counted(len(warnings), "{n} warning", "{n} warnings")
        return tr("{what}; {warning}", what=text, warning=said)
    return text


def _reason(problem: Problem | None) -> str:
    return words.title(problem) if problem else tr("no reason was given")
