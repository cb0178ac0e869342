"""`longshore resume`: goes on with what earlier runs left unfinished, then ends like `send`."""

from __future__ import annotations

import argparse

from app.cli.context import Context
from app.cli.delivery import Delivery, Patience
from app.cli.exits import Exit
from app.cli.progress import report
from app.core.forms import at_once
from app.core.problems import Problem
from app.transfer.lanes import Route


async def resume(arguments: argparse.Namespace, context: Context) -> Exit:
    """Raises Problem when the journal cannot be read, and SignInProblem without a secret."""
    shown = report(arguments.progress, context.output)
    journal = context.journal()
    try:
        routes: dict[str, Route] = {}
        unfinished = [upload for upload, living in journal.uploads() if not living]
        for id in dict.fromkeys(upload.destination for upload in unfinished):
            try:
                destination = context.destinations.get(id)
            except Problem as problem:
                context.output.problem(problem)
                continue
            family = context.family(destination.family)
            connect = await context.connection(destination)
            routes[id] = Route(family, connect, at_once(destination.settings))
        if not unfinished:
            context.output.words("Nothing is unfinished.")
            shown.finished({}, Exit.DONE)
            return Exit.DONE

        if not routes:
            shown.finished({}, Exit.ERROR)
            return Exit.ERROR
        id, first = next(iter(routes.items()))
        delivery = Delivery(
            id,
            first.family,
            first.connect,
            shown,
            Patience(),
            journal=journal,
            others=routes,
            sharing=context.sharing(journal),
        )
        return await delivery.go_on()
    finally:
        journal.close()
        context.tidy()
