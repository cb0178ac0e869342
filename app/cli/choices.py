"""`longshore choices`: what a server offers for one of its options."""

from __future__ import annotations

import argparse

from app.cli import answers
from app.cli.answers import Usage
from app.cli.context import Context
from app.cli.exits import Exit


async def choices(arguments: argparse.Namespace, context: Context) -> Exit:
    """Raises Usage and Problem."""
    destination = context.destination(arguments.to)
    family = context.family(destination.family)
    given = answers.pairs(arguments.set)
    answers.known(family.options, {**given, arguments.field: ""}, of=family.title)
    field = next(field for field in family.options if field.key == arguments.field)
    offered = field.choices
    if field.live:
        connect = await context.connection(destination)
        async with connect() as server:
            before = [one for one in family.options if one.key in given]
            picked = await answers.resolved(before, given, server, at=destination.name)
            offered = tuple(await server.choices(field.key, picked))
    elif not offered:
        raise Usage(f"“{field.key}” ({field.label}) has no choices; any text will do")
    if arguments.json:
        context.output.event(
            [
                {"value": choice.value, "label": choice.label, "detail": choice.detail}
                for choice in offered
            ]
        )
    else:
        for choice in offered:
            label = "" if choice.label == choice.value else f"\t{choice.label}"
            context.output.result(f"{choice.value}{label}")
    return Exit.DONE
