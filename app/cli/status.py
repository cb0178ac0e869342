"""`longshore status`: what the journal holds, whoever works on it."""

from __future__ import annotations

import argparse
import time

from app.cli.context import Context
from app.cli.exits import Exit
from app.core.problems import Problem
from app.core.uploads import Upload
from app.viewmodels import row


async def status(arguments: argparse.Namespace, context: Context) -> Exit:
    """Reads only. Raises Problem when the journal cannot be read."""
    journal = context.journal()
    try:
        found = journal.uploads()
    finally:
        journal.close()
    for upload, living in found:
        state = row.state(upload, now=time.time(), family=None)
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
                    "running": living,
                }
            )
        else:
            where = "" if living else "  (left by an earlier run; “longshore resume” goes on)"
            context.output.result(f"{upload.source.name}\t{name}\t{state.text}{where}")
    if not found and not arguments.json:
        context.output.words("Nothing is unfinished.")
    return Exit.DONE


def _name(upload: Upload, context: Context) -> str:
    try:
        return context.destinations.get(upload.destination).name
    except Problem:
        return upload.destination
