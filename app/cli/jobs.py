"""`longshore jobs`: what a server works on and lately worked on, whoever sent it."""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from app.cli.context import Context
from app.cli.exits import Exit
from app.core.jobs import LATELY, Job, JobState

_HEADER = ("State", "File", "By", "Records", "Began", "Ended")
_STATES: Mapping[JobState, str] = {
    JobState.WAITING: "waiting",
    JobState.RUNNING: "at work",
    JobState.APPROVAL: "needs approval",
    JobState.DONE: "done",
    JobState.FAILED: "failed",
    JobState.CANCELLED: "cancelled",
    JobState.UNKNOWN: "not known",
    JobState.GONE: "removed",
}


async def jobs(arguments: argparse.Namespace, context: Context) -> Exit:
    """Reads only. Raises Usage and Problem."""
    destination = context.destination(arguments.to)
    family = context.family(destination.family)
    connect = await context.connection(destination)
    async with connect() as server:
        found = await server.recent(datetime.now(UTC) - LATELY)
    if arguments.json:
        context.output.event([described(job) for job in found])
    elif found:
        for line in table(found):
            context.output.result(line)
    else:
        context.output.words(
            f"{destination.name} ({family.title}) lists no work of the last 24 hours. "
            "Some servers keep no list at all; a delivery is followed all the same."
        )
    return Exit.DONE


def described(job: Job) -> dict[str, Any]:
    """A job as scripts get it; times in ISO 8601, UTC, None where the server tells none."""
    return {
        "ref": job.ref,
        "name": job.name,
        "who": job.who,
        "state": job.state.value,
        "word": job.word,
        "done": job.done,
        "total": job.total,
        "failed": job.failed,
        "started": _iso(job.started),
        "ended": _iso(job.ended),
        "link": job.link,
    }


def table(found: Sequence[Job]) -> list[str]:
    """A header and a line for each job, in columns as wide as their contents."""
    rows = [_HEADER, *(_row(job) for job in found)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(_HEADER))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    ]


def _row(job: Job) -> tuple[str, ...]:
    # What the server itself calls it says more than our word only where that is no word at all.
    unclear = job.state is JobState.UNKNOWN and job.word
    state = f"{_STATES[job.state]} ({job.word})" if unclear else _STATES[job.state]
    cells = (state, job.name, job.who, _records(job), _local(job.started), _local(job.ended))
    # A name with a line break or a tab in it must not break the table.
    return tuple(" ".join(cell.split()) or "–" for cell in cells)


def _records(job: Job) -> str:
    if job.done is None:
        return ""
    counted = f"{job.done} of {job.total}" if job.total else f"{job.done}"
    return f"{counted}, {job.failed} failed" if job.failed else counted


def _iso(epoch: float | None) -> str | None:
    if epoch is None:
        return None
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="seconds")


def _local(epoch: float | None) -> str:
    return "" if epoch is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(epoch))
