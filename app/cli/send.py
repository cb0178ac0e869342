"""`longshore send`: files to one saved server, followed to the last record."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import Mapping, Sequence

from app.cli import answers
from app.cli.context import Context
from app.cli.delivery import Delivery, Patience
from app.cli.exits import Exit, before_sending
from app.cli.history import receipts_of
from app.cli.preflight import Files, Group, agreed, looked_into
from app.cli.progress import Report, report
from app.core import catalogue
from app.core.destinations import Destination
from app.core.forms import Field, at_once
from app.core.problems import Problem
from app.servers.api import Family
from app.transfer.scan import Why
from app.viewmodels.already_sent import Compared
from app.viewmodels.words import counted


async def send(arguments: argparse.Namespace, context: Context) -> Exit:
    """Raises Usage, and Problem while it is not yet clear which server is meant."""
    destination = context.destination(arguments.to)
    family = context.family(destination.family)
    given = answers.pairs(arguments.set)
    answers.known(family.options, given, of=family.title)
    _known_findings(arguments.anyway, family)
    shown = report(arguments.progress, context.output)
    compared = Compared(context.history, destination.id)
    files = (await looked_into(arguments.paths, family, compared)).allowing(arguments.anyway)
    _tell_skipped(files, context)
    if files.refused:
        return _refused(files, shown)
    if not files.items:
        context.output.words("There is no file to send.")
        shown.finished({}, Exit.DONE)
        return Exit.DONE
    try:
        connect = await context.connection(destination)
        files, groups = await agreed(files, family, given, connect, name=destination.name)
        files = files.allowing(arguments.anyway)
    except Problem as problem:
        return _stopped(files, problem, shown, context)
    if files.refused:
        return _refused(files, shown)
    if arguments.dry_run:
        return _rehearsed(files, groups, given, destination, family, shown, context)
    journal = context.journal()
    delivery = Delivery(
        destination.id,
        family,
        connect,
        shown,
        Patience(
            waits=not arguments.no_wait,
            wait_limit=arguments.wait_timeout,
            approval_fails=arguments.on_approval == "fail",
            unknown_fails=arguments.on_unknown == "fail",
        ),
        journal=journal,
        sharing=context.sharing(journal),
        at_once=arguments.transfers or at_once(destination.settings),
        limit=arguments.limit,
    )
    try:
        return await delivery.run(files, groups)
    finally:
        journal.close()
        if arguments.receipt:
            await receipts_of(delivery.ids, arguments.receipt, context)
        context.tidy()


def _known_findings(ids: Sequence[str], family: Family) -> None:
    """Raises Usage for the name of a finding that does not exist."""
    known = {entry.id for entry in (*catalogue.GENERAL, *family.problems)}
    for id in ids:
        if id not in known:
            raise answers.Usage(f"there is no finding “{id}” for {family.title}")


def _tell_skipped(files: Files, context: Context) -> None:
    hidden = sum(files.skipped.get(why, 0) for why in (Why.HIDDEN, Why.JUNK))
    if hidden:
        context.output.words(
            counted(hidden, "Skipped {n} hidden or junk file", "Skipped {n} hidden or junk files")
        )
    if twice := files.skipped.get(Why.TWICE, 0):
        context.output.words(
            counted(twice, "Skipped {n} file named twice", "Skipped {n} files named twice")
        )


def _refused(files: Files, shown: Report) -> Exit:
    """Nothing is sent when one file cannot be: half a delivery is worse than none."""
    return _unsent(files, shown, Exit.REFUSED)


def _stopped(files: Files, problem: Problem, shown: Report, context: Context) -> Exit:
    code = before_sending(problem)
    for id, item in enumerate(files.items, 1):
        source = item.source
        shown.added(id, source.path, source.size, item.inspection.findings)
        shown.not_sent(id, source.path, source.size, "failed", problem.title, problem)
    context.output.problem(problem)
    shown.finished({"failed": len(files.items)}, code)
    return code


def _unsent(files: Files, shown: Report, code: Exit) -> Exit:
    from app.core.drafts import Draft, Level
    from app.viewmodels.row import draft_state

    counts: Counter[str] = Counter()
    for id, item in enumerate(files.items, 1):
        # What the window would ask is told, and stops nothing.
        told = frozenset(one.id for one in item.inspection.findings if one.level is Level.WARNING)
        source, state = item.source, draft_state(Draft(id, item.source, item.inspection, told))
        counts[state.code] += 1
        shown.added(id, source.path, source.size, item.inspection.findings)
        shown.not_sent(id, source.path, source.size, state.code, state.text, None)
    shown.finished(counts, code)
    return code


def _rehearsed(
    files: Files,
    groups: Sequence[Group],
    given: Mapping[str, str],
    destination: Destination,
    family: Family,
    shown: Report,
    context: Context,
) -> Exit:
    """What would be done; nothing was written anywhere. What was `given` is told as the
    person said it."""
    for group in groups:
        options = ", ".join(
            f"{field.label} “{_named(field, given.get(field.key) or group.options[field.key])}”"
            for field in family.options
            if field.key in group.options
        )
        count = counted(len(group.members), "{n} file", "{n} files")
        with_options = f" with {options}" if options else ""
        context.output.words(
            f"Would send {count} to {destination.name} ({family.title}){with_options}."
        )
    return _unsent(files, shown, Exit.DONE)


def _named(field: Field, value: str) -> str:
    return next((one.label for one in field.choices if one.value == value), value)
