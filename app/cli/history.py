"""`longshore history`, `failures` and `receipt`: what ended, and what is saved of it."""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path

from app.cli.answers import Usage
from app.cli.context import Context
from app.cli.exits import Exit
from app.core.history import Outcome, Past, Search
from app.core.problems import Problem
from app.reports.tables import as_value, failures_csv
from app.storage.history import History
from app.storage.written_file import write_file
from app.viewmodels import results
from app.viewmodels.failed import left_out
from app.viewmodels.history import outcome_words
from app.viewmodels.words import counted, moment, tr


async def history(arguments: argparse.Namespace, context: Context) -> Exit:
    """Raises Usage, and Problem when the history cannot be read."""
    _settled(context)
    search = Search(
        text=" ".join(arguments.search),
        since=_midnight(arguments.since),
        until=_midnight(arguments.until and arguments.until + timedelta(days=1)),
        destination=context.destination(arguments.to).id if arguments.to else "",
        outcomes=frozenset(Outcome(one) for one in arguments.result),
    )
    found = context.history.found(search)
    if arguments.export is not None:
        if arguments.export.suffix.lower() not in results.EXPORTS:
            raise Usage(f"the name of the export must end in {' or '.join(results.EXPORTS)}")
        await results.save_history(context.history, search, arguments.export, mark=arguments.bom)
        context.output.words(counted(len(found), "{n} upload written.", "{n} uploads written."))
        return Exit.DONE
    for past in context.history.each(found[: arguments.limit or None]):
        tell(past, context, as_json=arguments.json)
    if not found and not arguments.json:
        context.output.words("Nothing fits.")
    return Exit.DONE


def tell(past: Past, context: Context, *, as_json: bool) -> None:
    """One upload of the history, as a line for people or as JSON."""
    if as_json:
        context.output.event(as_value(past))
        return
    failed = f", {past.failed} failed" if past.failed else ""
    context.output.result(
        f"{past.upload.id}\t{moment(past.ended)}\t{past.upload.source.name}\t{past.server}\t"
        f"{outcome_words(past.outcome)}{failed}"
    )


async def failures(arguments: argparse.Namespace, context: Context) -> Exit:
    """Raises Usage, and Problem when something cannot be read or written."""
    _settled(context)
    [past] = _pasts([arguments.id], context)
    upload = past.upload
    listed = upload.result.failures if upload.result else ()
    if arguments.records is not None:
        family = context.family(past.family)
        count = await results.save_failed_records(
            upload, family, arguments.records, bare=arguments.with_passwords
        )
        context.output.words(
            counted(count, "{n} failed record written.", "{n} failed records written.")
        )
        if missing := left_out(upload):
            context.output.words(
                counted(
                    missing,
                    "{n} more failed; the server does not say which one.",
                    "{n} more failed; the server does not say which ones.",
                )
            )
            return Exit.RECORD_ERRORS
    if arguments.csv is not None:
        pieces = failures_csv(listed, tr, mark=arguments.bom)
        await asyncio.to_thread(write_file, arguments.csv, pieces)
    if arguments.records is None and arguments.csv is None:
        if arguments.json:
            context.output.event(as_value(past)["failures"])
            return Exit.DONE
        for one in listed:
            number, name = str(one.record), one.title or one.identifier
            if one.record is None:
                number, name = one.identifier or "–", one.title
            context.output.result(f"{number}\t{name}\t{tr(one.text)}")
        if not listed:
            context.output.words("No failed records are known.")
    return Exit.DONE


async def receipt(arguments: argparse.Namespace, context: Context) -> Exit:
    """Raises Usage, and Problem when something cannot be read or written."""
    _settled(context)
    pasts = _pasts(arguments.ids, context)
    if arguments.batch:
        ids: dict[int, None] = {}
        for past in pasts:
            ids.update(dict.fromkeys(context.history.batch_of(past.id)))
        pasts = context.history.past(list(ids))
    for path in arguments.out:
        await results.save_receipt(pasts, path)
    if not arguments.out:
        context.output.result(results.receipt_bytes(pasts, ".json").decode().rstrip("\n"))
    return Exit.DONE


async def receipts_of(ids: Sequence[int], paths: Sequence[Path], context: Context) -> None:
    """Receipts of the uploads of a run that have ended. Problems are told, the run stands."""
    try:
        found = [id for one in ids if (id := context.history.of_upload(one)) is not None]
        pasts = context.history.past(found)
        for path in paths:
            await results.save_receipt(pasts, path)
    except Problem as problem:
        context.output.problem(problem)


def _pasts(ids: Sequence[int], context: Context) -> list[Past]:
    reader: History = context.history
    found: list[Past] = []
    for id in ids:
        line = reader.of_upload(id)
        some = reader.past([line]) if line is not None else []
        if not some:
            raise Usage(f"the history has no upload {id}; “longshore history” lists them")
        found += some
    return found


def _settled(context: Context) -> None:
    """What a run that was killed had finished is in the history before it is read."""
    journal = context.journal()
    try:
        journal.settle()
    except Problem as problem:
        context.output.problem(problem)
    finally:
        journal.close()


def _midnight(day: date | None) -> float | None:
    return None if day is None else datetime.combine(day, time()).timestamp()
