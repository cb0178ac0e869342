"""`longshore problems`: what each problem and finding means, and what to do about it."""

from __future__ import annotations

import argparse

from app.cli.answers import Usage
from app.cli.context import Context
from app.cli.exits import Exit
from app.servers import families
from app.viewmodels.problem_page import chapters, page, plain


async def problems(arguments: argparse.Namespace, context: Context) -> Exit:
    """Raises Usage for a name that nothing has."""
    told = chapters(families())
    if arguments.html:
        for line in page(told).splitlines():
            context.output.result(line)
        return Exit.DONE
    found = [
        entry
        for chapter in told
        for entry in chapter.entries
        if not arguments.id or entry.id == arguments.id
    ]
    if not found:
        raise Usage(f"there is no problem named “{arguments.id}”")
    if arguments.json:
        for entry in found:
            context.output.event(
                {
                    "id": entry.id,
                    "title": entry.title,
                    "meaning": entry.meaning,
                    "advice": list(entry.advice),
                }
            )
        return Exit.DONE
    for at, entry in enumerate(found):
        if at:
            context.output.result("")
        for line in plain(entry):
            context.output.result(line)
    return Exit.DONE
