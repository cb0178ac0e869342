"""What a row says and offers: pure functions of an upload or a draft, for every interface.

`code` gives the name of the state, cheap enough for every change; `state` all that is shown.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from app.core.catalogue import FILE_MISSING
from app.core.drafts import Draft
from app.core.jobs import Job, JobAction, JobState
from app.core.problems import FileProblem, TrustProblem, Uncertain
from app.core.uploads import Phase, Upload, Why
from app.viewmodels import words
from app.viewmodels.sentences import (
    STALL_OFFERED,
    can_resume,
    failed_records,
    goes_on,
    link,
    looking,
    question,
    readiness,
    refusal,
    sentence,
)
from app.viewmodels.words import tr

if TYPE_CHECKING:
    from app.servers.api import Family

ALMOST = 0.99
"""As far as a bar goes before the server's word."""


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
    FIND_FILE = "find_file"
    """The person says where the file is now."""
    PREVIEW = "preview"
    """Shows what is in the file."""
    CORRECT = "correct"
    """Saves a corrected copy of the file, and lists that instead."""
    TAKE_OVER = "take_over"
    """What a process that is no more left unfinished becomes this one's."""


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
ON_SERVER = ("server_queued", "processing", "needs_approval", "unknown")
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
        case Phase.QUEUED if upload.lacks_file:
            return "needs_input"
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
    before: str = "",
    undo: bool = False,
) -> RowState:
    """All a row shows.

    `sent` and `rate` in bytes, `eta` and `stalled` in seconds, `now` in seconds since the epoch;
    `place` is the place in the queue from 1, `before` the name of the file that has to be processed
    first, as far as it is known; `undo` is true while a cancel can be taken back.
    """
    name = code(upload, sent=sent)
    tone, icon, of = _LOOKS[name]
    main, second = _offers(name, upload, family, stalled=stalled, undo=undo)
    left, right = _bars(name, upload, sent)
    return RowState(
        code=name,
        text=sentence(name, upload, family, now=now, place=place, before=before, stalled=stalled),
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
    if draft.refusing:
        return "invalid"
    return "needs_input" if draft.asking else "ready"


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
            return replace(shown, text=looking(draft))
        case "invalid":
            return replace(shown, text=refusal(draft), main=RowAction.DETAILS)
        case "needs_input":
            return replace(shown, text=question(draft), main=RowAction.ANSWER)
        case _:
            return replace(shown, text=readiness(draft), main=RowAction.UPLOAD)


def draft_actions(draft: Draft, *, correctable: bool = False) -> tuple[RowAction, ...]:
    """Everything that can be done with a draft's row, for its menu, the main action first."""
    shown = draft_state(draft)
    offered = [action for action in (shown.main,) if action is not None]
    if draft.askable:
        offered.append(RowAction.SEND_ANYWAY)
    if draft.inspection is not None:
        offered.append(RowAction.PREVIEW)
    if correctable:
        offered.append(RowAction.CORRECT)
    offered += [RowAction.REMOVE, RowAction.DETAILS]
    return tuple(dict.fromkeys(offered))


def actions(upload: Upload, family: Family | None) -> tuple[RowAction, ...]:
    """Everything that can be done with the row, for its menu, the main action first."""
    name = code(upload)
    main, second = _offers(name, upload, family, stalled=0, undo=False)
    offered = [action for action in (main, second) if action is not None]
    if name == "needs_input" and not upload.lacks_file:
        offered += [RowAction.LOOK_AGAIN, RowAction.SEND_ANYWAY]
    if upload.job and upload.phase is Phase.PROCESSING:
        if JobAction.APPROVE in upload.job.actions:
            offered.append(RowAction.APPROVE)
        offered += [RowAction.CHECK_NOW, RowAction.UNWATCH]
        if JobAction.CANCEL in upload.job.actions:
            offered.append(RowAction.CANCEL_JOB)
    if name == "queued":
        offered.append(RowAction.PAUSE if goes_on(upload, family) else RowAction.STOP)
        offered.append(RowAction.CANCEL)
    if link(upload):
        offered.append(RowAction.OPEN_ON_SERVER)
    if name == "failed" and isinstance(upload.problem, FileProblem):
        offered.append(RowAction.FIND_FILE)
    if upload.phase.final:
        offered.append(RowAction.REMOVE)
    offered.append(RowAction.DETAILS)
    return tuple(dict.fromkeys(offered))


def _offers(
    name: str, upload: Upload, family: Family | None, *, stalled: float, undo: bool
) -> tuple[RowAction | None, RowAction | None]:
    on_server = RowAction.OPEN_ON_SERVER if link(upload) else None
    cancels = bool(upload.job and JobAction.CANCEL in upload.job.actions)
    match name:
        case "needs_input" if upload.lacks_file:
            return RowAction.FIND_FILE, RowAction.REMOVE
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
        case "server_queued":
            return on_server, RowAction.UNWATCH
        case "needs_approval":
            approves = bool(upload.job and JobAction.APPROVE in upload.job.actions)
            if approves:
                return RowAction.APPROVE, on_server or RowAction.UNWATCH
            return on_server, RowAction.UNWATCH
        case "unknown":
            return RowAction.CHECK_NOW, RowAction.UNWATCH
        case "done":
            return on_server, RowAction.REPORT
        case "done_with_errors":
            return RowAction.SHOW_FAILURES, RowAction.REPORT
        case "failed" if upload.problem is not None and upload.problem.id == FILE_MISSING.id:
            return RowAction.FIND_FILE, RowAction.RETRY
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
