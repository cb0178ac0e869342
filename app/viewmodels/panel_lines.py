"""The lines of the live panel: what each server does for us, and what needs the person."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.core.changes import LaneChanged
from app.core.destinations import Destination
from app.core.jobs import JobState
from app.core.problems import Problem
from app.core.uploads import Upload
from app.viewmodels import row, words
from app.viewmodels.destinations import Light
from app.viewmodels.row import Tone
from app.viewmodels.words import counted, tr

if TYPE_CHECKING:
    from app.servers.api import Family

NEEDING = ("needs_input", "waiting_auth", "needs_approval")
"""States in which an upload needs the person, besides those that failed."""


@dataclass(frozen=True, slots=True)
class LaneLine:
    """One destination in use."""

    destination: str
    name: str
    family_icon: str
    account: str
    light: Tone
    words: str
    """How its connection is."""
    work: str
    """“Sending 2 of 3 at a time, 14 waiting for a place”; empty while it has nothing to do."""
    problem: Problem | None


@dataclass(frozen=True, slots=True)
class NeedLine:
    """Rows that need the person for the same reason: “37 files: the sign-in has ended”."""

    text: str
    count: int
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WorkLine:
    """What one server works on."""

    destination: str
    name: str
    text: str


def lane_line(
    destination: Destination,
    family: Family | None,
    lane: LaneChanged,
    light: Light,
    counts: Mapping[str, int],
    *,
    paused: bool,
) -> LaneLine:
    """`counts` are the uploads for this destination by state; `paused` is the whole queue."""
    return LaneLine(
        destination.id,
        destination.name,
        family.icon if family else "",
        lane.account,
        light.tone,
        light.words,
        tr(", ").join(_work(lane, counts, paused=paused)),
        lane.problem,
    )


def _work(lane: LaneChanged, counts: Mapping[str, int], *, paused: bool) -> Iterator[str]:
    if sending := counts.get("uploading", 0):
        n, most = words.number(sending), words.number(max(sending, lane.at_once))
        yield tr("Sending {n} of {all} at a time", n=n, all=most)
    if preparing := counts.get("preparing", 0):
        yield counted(preparing, "{n} being prepared", "{n} being prepared")
    if queued := counts.get("queued", 0):
        if paused:
            yield counted(queued, "{n} waiting: all is paused", "{n} waiting: all is paused")
        else:
            yield counted(queued, "{n} waiting for a place", "{n} waiting for a place")
    for code, one, many in _WAITS:
        if n_waiting := counts.get(code, 0):
            yield counted(n_waiting, one, many)


_WAITS = (
    ("retrying", "{n} will be tried again", "{n} will be tried again"),
    ("paused", "{n} paused", "{n} paused"),
    ("waiting_network", "{n} waiting for network", "{n} waiting for network"),
    ("waiting_auth", "{n} waiting for a sign-in", "{n} waiting for a sign-in"),
)


def need_lines(
    needing: Iterable[tuple[str, Upload]], refused: Sequence[str], asking: Sequence[str]
) -> list[NeedLine]:
    """The same reasons together, most rows first. `needing` are (state, upload), `refused` the
    ids of drafts that cannot be sent, `asking` of those that ask something first."""
    groups: dict[object, list[Upload]] = {}
    for code, upload in needing:
        groups.setdefault(_sameness(code, upload), []).append(upload)
    lines = []
    for uploads in groups.values():
        why = _reason(uploads[0], together=len(uploads) > 1)
        text = counted(len(uploads), "{n} file: {why}", "{n} files: {why}", why=why)
        lines.append(NeedLine(text, len(uploads), tuple(f"u{one.id}" for one in uploads)))
    if refused:
        n = len(refused)
        text = counted(n, "{n} file cannot be sent", "{n} files cannot be sent")
        lines.append(NeedLine(text, n, tuple(refused)))
    if asking:
        n = len(asking)
        text = counted(n, "{n} file needs your answer", "{n} files need your answer")
        lines.append(NeedLine(text, n, tuple(asking)))
    return sorted(lines, key=lambda line: -line.count)


def _problem(upload: Upload) -> Problem | None:
    if upload.problem is not None:
        return upload.problem
    return upload.wait.problem if upload.wait else None


def _sameness(code: str, upload: Upload) -> object:
    """Equal for rows that need the person for the same reason, whatever their files are called."""
    problem = _problem(upload)
    if problem is None:
        return code
    return problem.id, frozenset((k, v) for k, v in problem.facts.items() if k != "name")


def _reason(upload: Upload, *, together: bool) -> str:
    problem = _problem(upload)
    if problem is not None:
        facts = {**problem.facts, "name": "…"} if together else problem.facts
        return words.title(Problem(problem.entry, facts))
    match row.code(upload):
        case "needs_approval":
            return tr("waiting for approval on the server")
        case "waiting_auth":
            return tr("sign in needed")
        case _:
            return tr("no reason was given")


def work_text(uploads: Sequence[Upload]) -> str:
    """“3 files, 1,240 of 9,000 records”"""
    text = counted(len(uploads), "{n} file", "{n} files")
    jobs = [upload.job for upload in uploads if upload.job]
    counting = [job for job in jobs if job.state is JobState.RUNNING and job.total]
    if not counting:
        return text
    done = sum(min(job.done or 0, job.total or 0) for job in counting)
    total = sum(job.total or 0 for job in counting)
    records = counted(
        total, "{done} of {n} record", "{done} of {n} records", done=words.number(done)
    )
    return tr("{files}, {records}", files=text, records=records)
