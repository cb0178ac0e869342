"""What a row says in words: one sentence for each state of an upload or a draft."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from app.core.catalogue import STOPPED_EARLIER
from app.core.drafts import Draft, Level
from app.core.jobs import Job, JobState
from app.core.problems import Busy, Problem, TrustProblem
from app.core.uploads import Phase, Upload, Wait, Why
from app.viewmodels import words
from app.viewmodels.words import counted, tr

if TYPE_CHECKING:
    from app.servers.api import Family

STALL_SHOWN = 10.0
STALL_OFFERED = 60.0
SILENCE_SHOWN = 120.0
"""Seconds: when a stall is told, when trying again is offered, when an old answer is dated."""
PLACES_SHOWN = 99


def failed_records(upload: Upload) -> int:
    """How many records the server could not process, as far as it said."""
    if upload.result is not None:
        return upload.result.failed
    return (upload.job.failed or 0) if upload.job else 0


def can_resume(upload: Upload, family: Family | None) -> bool:
    """Whether a stop now would go on where it stopped: its ticket says so."""
    return bool(family and family.resumes and upload.ticket and upload.ticket.resumes)


def link(upload: Upload) -> str:
    """The address of the job's page in the server's own web application, or empty."""
    if upload.result and upload.result.link:
        return upload.result.link
    return upload.job.link if upload.job else ""


def goes_on(upload: Upload, family: Family | None) -> bool:
    """Holding loses nothing: no byte is on its way yet, or the sending can go on by part."""
    return upload.ticket is None or can_resume(upload, family)


def sentence(
    name: str,
    upload: Upload,
    family: Family | None,
    *,
    now: float,
    place: int | None,
    before: str,
    stalled: float,
) -> str:
    match name:
        case "needs_input" if upload.lacks_file:
            return _because(tr("Needs its file again"), upload.wait)
        case "needs_input":
            return tr("Needs your answer: {what}", what=_reason(upload.problem))
        case "queued":
            return _queued(upload.wait, place, before)
        case "preparing":
            return tr("Preparing on server…")
        case "uploading":
            return _uploading(stalled)
        case "paused":
            return _paused(upload, family, before)
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
            what = _on_server(name, upload.job, now)
            if upload.problem is not None:
                return tr("{what}; {problem}", what=what, problem=words.title(upload.problem))
            return what


def _queued(wait: Wait | None, place: int | None, before: str) -> str:
    if wait is not None and wait.why is Why.TURN:
        if before:
            return tr("Waiting until “{name}” is processed", name=before)
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


def held_by_another(upload: Upload) -> bool:
    """Whether it stands still because a file before it did not end well."""
    wait = upload.wait
    if wait is None or wait.why is not Why.HELD or wait.problem is None:
        return False
    return wait.problem.entry is STOPPED_EARLIER


def _paused(upload: Upload, family: Family | None, before: str) -> str:
    if before and held_by_another(upload):
        return tr("Held back: “{name}” did not end well", name=before)
    if goes_on(upload, family):
        return _because(tr("Paused"), upload.wait)
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


def counts_again(key: str, count: int, failed: int) -> bool:
    """Whether a count only says once more how many records failed: servers discard those."""
    return failed > 0 and (key == "failed" or (key == "discarded" and count == failed))


def _done(upload: Upload, family: Family | None) -> str:
    result, failed = upload.result, failed_records(upload)
    named = family.counts if family else ()
    counts = result.counts if result else {}
    pieces = [
        tr("{n} {what}", n=words.number(counts[key]), what=tr(word))
        for key, word in named
        if counts.get(key) and not counts_again(key, counts[key], failed)
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


def question(draft: Draft) -> str:
    """What a draft asks, and whether there is more than that."""
    first, *others = draft.asking
    text = words.finding(first)
    if not others:
        return text
    more = len(others)
    return counted(more, "{text}; {n} more question", "{text}; {n} more questions", text=text)


def refusal(draft: Draft) -> str:
    """Why a draft is not sent, or not without a word of the person."""
    first = next(iter(draft.refusing), None)
    if first is None:
        return tr("Cannot be sent")
    if all(one.asks for one in draft.refusing):
        return tr("Should not be sent: {why}", why=words.finding(first))
    return tr("Cannot be sent: {why}", why=words.finding(first))


def looking(draft: Draft) -> str:
    """How far a look is, and what a glance told of what there is to look into."""
    far = ""
    if 0 < draft.looked < draft.source.size:
        far = words.percent(draft.looked / draft.source.size)
    facts = draft.glanced.facts if draft.glanced else {}
    records, about = facts.get("records", ""), facts.get("about_records", "")
    if records.isdecimal():
        text = counted(
            int(records), "Checking {n} record… {far}", "Checking {n} records… {far}", far=far
        )
    elif about.isdecimal():
        text = counted(
            int(about),
            "Checking about {n} record… {far}",
            "Checking about {n} records… {far}",
            far=far,
        )
    else:
        text = tr("Checking file… {far}", far=far)
    return text.rstrip()


def readiness(draft: Draft) -> str:
    assert draft.inspection is not None
    text = tr("Ready")
    records = draft.inspection.facts.get("records", "")
    if records.isdecimal():
        text = counted(int(records), "Ready: {n} record", "Ready: {n} records")
    elif (found := draft.inspection.facts.get("findings", "")).isdecimal():
        text = counted(int(found), "Ready: {n} finding", "Ready: {n} findings")
        if build := draft.inspection.facts.get("build", ""):
            text = tr("{what} in “{build}”", what=text, build=build)
    warnings = [one for one in draft.inspection.findings if one.level is Level.WARNING]
    if len(warnings) == 1:
        return tr("{what}; {warning}", what=text, warning=words.finding(warnings[0]))
    if warnings:
        said = counted(len(warnings), "{n} warning", "{n} warnings")
        return tr("{what}; {warning}", what=text, warning=said)
    return text


def _reason(problem: Problem | None) -> str:
    return words.title(problem) if problem else tr("no reason was given")
