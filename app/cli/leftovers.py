"""`longshore leftovers`: what was opened on the servers and never started, and its removal."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from app.cli.answers import Usage
from app.cli.context import SECRET_VARIABLE, Context
from app.cli.exits import Exit, of_problem
from app.cli.output import details
from app.core.destinations import Destination
from app.core.problems import Problem
from app.servers.api import Leftover
from app.viewmodels import words


async def leftovers(arguments: argparse.Namespace, context: Context) -> Exit:
    """Asks one server after the other; trouble with one is told and is no matter to the others.

    Raises Usage, and Problem when the journal or the saved servers cannot be read.
    """
    asked = _destinations(arguments, context)
    journal = context.journal()
    code = Exit.DONE
    found = 0
    try:
        for destination in asked:
            listed: list[dict[str, Any]] = []
            problem: Problem | None = None
            try:
                connect = await context.connection(destination)
                async with connect() as server:
                    at_work = journal.keys()
                    for one in await server.leftovers():
                        if one.key in at_work or _young(one, arguments.older_than):
                            continue
                        listed.append(_described(one))
                        if arguments.remove:
                            await server.discard(one.ticket)
                            listed[-1]["removed"] = True
            except Problem as met:
                problem = met
                code = of_problem(met) if code is Exit.DONE else code
            found += len(listed)
            _tell(destination, listed, problem, arguments.json, context)
    finally:
        journal.close()
    if not arguments.json and code is Exit.DONE:
        _sum_up(found, removed=arguments.remove, context=context)
    return code


def _destinations(arguments: argparse.Namespace, context: Context) -> Sequence[Destination]:
    """The server that was named, or all where something can be left. Raises Usage and Problem."""
    if arguments.to:
        return [context.destination(arguments.to)]
    found = [
        destination
        for destination in context.destinations.all()
        if context.family(destination.family).leaves
    ]
    if len(found) > 1 and context.given_secret() is not None:
        # It must not be shown to a server it does not belong to.
        raise Usage(f"{SECRET_VARIABLE} is the secret of one server: name that one with --to")
    return found


def _young(one: Leftover, seconds: float) -> bool:
    return one.made is not None and time.time() - one.made < seconds


def _described(one: Leftover) -> dict[str, Any]:
    made = None if one.made is None else datetime.fromtimestamp(one.made, UTC)
    return {
        "name": one.title,
        "detail": one.detail,
        "who": one.who,
        "made": None if made is None else made.isoformat(timespec="seconds"),
        "removed": False,
    }


def _tell(
    destination: Destination,
    listed: Sequence[dict[str, Any]],
    problem: Problem | None,
    as_json: bool,
    context: Context,
) -> None:
    if as_json:
        told = None if problem is None else details(problem)
        context.output.event(
            {"server": destination.name, "leftovers": list(listed), "problem": told}
        )
        return
    for one in listed:
        when = datetime.fromisoformat(one["made"]).timestamp() if one["made"] else None
        cells = (destination.name, one["name"], one["detail"], one["who"])
        made = words.moment(when) if when is not None else "–"
        removed = "\tremoved" if one["removed"] else ""
        context.output.result("\t".join((*cells, made)) + removed)
    if problem is not None:
        context.output.problem(problem, name=destination.name)


def _sum_up(found: int, *, removed: bool, context: Context) -> None:
    if not found:
        context.output.words("Nothing is left on the servers.")
    elif not removed:
        context.output.words("They are kept; --remove deletes them from the servers.")
