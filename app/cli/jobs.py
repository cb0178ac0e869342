"""`longshore jobs`: what a server works on and lately worked on, whoever sent it."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from app.cli.context import Context
from app.cli.exits import Exit
from app.core.jobs import LATELY, Job, JobState
from app.viewmodels import monitor_words, words

_HEADER = ("State", "File", "By", "Records", "Began", "Ended", "Took", "Number")


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
    """A job as scripts get it; times in ISO 8601, UTC, None where the server tells none.

    `code` and `text` are what the status monitor shows, `seconds` what the server took so far.
    """
    took = monitor_words.seconds(job, time.time())
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
        "code": monitor_words.code(job),
        "text": monitor_words.sentence(job),
        "seconds": None if took is None else round(took, 3),
        "number": monitor_words.main_id(job),
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
    text = monitor_words.sentence(job)
    # What the server itself calls it says more than our word only where that is no word at all.
    state = f"{text} ({job.word})" if job.state is JobState.UNKNOWN and job.word else text
    took = monitor_words.seconds(job, time.time())
    cells = (
        *(state, job.name, job.who, monitor_words.records(job)),
        *(_local(job.started), _local(job.ended)),
        "" if took is None else words.duration(took),
        monitor_words.main_id(job),
    )
    # A name with a line break or a tab in it must not break the table.
    return tuple(" ".join(cell.split()) or "–" for cell in cells)


def _iso(epoch: float | None) -> str | None:
    if epoch is None:
        return None
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="seconds")


def _local(epoch: float | None) -> str:
    return "" if epoch is None else time.strftime("%Y-%m-%d %H:%M", time.localtime(epoch))
