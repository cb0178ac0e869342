"""`longshore status`: what the journal and the history hold, whoever works on it."""

from __future__ import annotations

import argparse
import asyncio
import time

from app.cli.context import Context
from app.cli.exits import Exit
from app.cli.history import tell
from app.core.history import Past
from app.core.problems import Problem
from app.core.uploads import Phase, Upload
from app.reports.tables import as_value
from app.storage.journal import OVER
from app.transfer.local_file import lacking
from app.viewmodels import row

LATEST = 20

UNSENT = (Phase.QUEUED, Phase.OPENING, Phase.SENDING)


async def status(arguments: argparse.Namespace, context: Context) -> Exit:
    """Sends nothing. Raises Problem when journal or history cannot be read."""
    journal = context.journal()
    try:
        journal.settle()
        found = [one for one in journal.uploads() if one[0].phase not in OVER]
        sent = journal.levels()
    finally:
        journal.close()
    left = [upload for upload, living in found if not living and upload.phase in UNSENT]
    without_file = await asyncio.to_thread(lacking, left)
    for upload, living in found:
        state = row.state(upload, sent=sent.get(upload.id, 0), now=time.time(), family=None)
        name = _name(upload, context)
        if arguments.json:
            context.output.event(
                {
                    "id": upload.id,
                    "path": upload.source.path,
                    "size": upload.source.size,
                    "destination": name,
                    "state": state.code,
                    "text": state.text,
                    "attempt": upload.attempt,
                    "sent": sent.get(upload.id, 0),
                    "running": living,
                    "needs_file": upload.id in without_file,
                }
            )
            continue
        if living:
            figures = ", ".join(state.figures[:2]) if upload.phase is Phase.SENDING else ""
            where = "".join((figures and f" {figures}", "  (by a Longshore that runs now)"))
        elif upload.id in without_file:
            where = f"  (left by an earlier run; {without_file[upload.id].title})"
        else:
            where = "  (left by an earlier run; “longshore resume” goes on)"
        context.output.result(f"{upload.source.name}\t{name}\t{state.text}{where}")
    if not found and not arguments.json:
        context.output.words("Nothing is unfinished.")
    _tell_ended(arguments, context, {upload.id for upload, _ in found})
    return Exit.DONE


def _tell_ended(arguments: argparse.Namespace, context: Context, told: set[int]) -> None:
    """What ended lately and was not told yet; nothing where nothing ever ended."""
    latest = context.history.past([line.id for line in context.history.latest(LATEST)])
    ended = [past for past in latest if past.upload.id not in told]
    if ended and not arguments.json:
        context.output.words("Ended lately:")
    for past in ended:
        if arguments.json:
            context.output.event({"running": False, **_as_state(past), **as_value(past)})
        else:
            tell(past, context, as_json=False)


def _as_state(past: Past) -> dict[str, object]:
    """The members that unfinished uploads have."""
    state = row.state(past.upload, now=time.time(), family=None)
    return {
        "destination": past.server,
        "state": state.code,
        "text": state.text,
        "attempt": past.upload.attempt,
    }


def _name(upload: Upload, context: Context) -> str:
    try:
        return context.destinations.get(upload.destination).name
    except Problem:
        return upload.destination
