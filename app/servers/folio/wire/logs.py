"""What came of a job: its summary and the log entries of its records
(mod-source-record-manager)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from app.core.jobs import NO_REASON, Failure, RecordKey
from app.servers.json_values import (
    JsonObject,
    as_count,
    as_object,
    as_objects,
    as_text,
    as_texts,
)

_COUNTED = (
    ("created", "totalCreatedEntities"),
    ("updated", "totalUpdatedEntities"),
    ("discarded", "totalDiscardedEntities"),
    ("deleted", "totalDeletedEntities"),
)
# The first block present is about the records of the file; the others are what was made from them.
_BLOCKS = (
    ("source_records", "sourceRecordSummary"),
    ("instances", "instanceSummary"),
    ("holdings", "holdingSummary"),
    ("items", "itemSummary"),
    ("authorities", "authoritySummary"),
    ("orders", "orderSummary"),
    ("invoices", "invoiceSummary"),
)
_RELATED = (
    "relatedInstanceInfo",
    "relatedHoldingsInfo",
    "relatedItemInfo",
    "relatedAuthorityInfo",
    "relatedPoLineInfo",
    "relatedInvoiceInfo",
    "relatedInvoiceLineInfo",
)
_MESSAGES = ("message", "error", "cause", "errorMessage", "detailMessage")


def summary_path(job: str) -> str:
    return f"/metadata-provider/jobSummary/{quote(job, safe='')}"


def log_path(job: str) -> str:
    return f"/metadata-provider/jobLogEntries/{quote(job, safe='')}"


def failed_records(limit: int, offset: int) -> tuple[tuple[str, str], ...]:
    """Query of the log: records with errors, in the order of the file."""
    return (
        ("errorsOnly", "true"),
        ("sortBy", "source_record_order"),
        ("order", "asc"),
        ("limit", str(limit)),
        ("offset", str(offset)),
    )


def read_summary(body: object) -> dict[str, int]:
    """Counts of one job: of the file's records, then of what was made of them
    (`instances_created`)."""
    found = as_object(body)
    counts: dict[str, int] = {}
    for entity, key in _BLOCKS:
        block = found.get(key)
        if not isinstance(block, dict):
            continue
        told = {name: as_count(block.get(field)) or 0 for name, field in _COUNTED}
        if "created" not in counts:
            counts |= told
        if entity != "source_records":
            counts |= {f"{entity}_{name}": count for name, count in told.items() if count}
    counts["failed"] = as_count(found.get("totalErrors")) or 0
    return counts


def added(summaries: Iterable[Mapping[str, int]]) -> dict[str, int]:
    """The counts of all parts of a composite job together; a parent has no summary of its own."""
    total: dict[str, int] = {}
    for counts in summaries:
        for name, count in counts.items():
            total[name] = total.get(name, 0) + count
    return total


@dataclass(frozen=True, slots=True)
class FailedPage:
    """Some failed records of a log, which records of the file they are, as far as that is known,
    and how many the log has in all."""

    failures: tuple[Failure, ...] = ()
    which: tuple[RecordKey, ...] = ()
    total: int = 0


def read_failures(body: object, before: int | None = 0) -> FailedPage:
    """`before` records stand in earlier parts of the file; None if that is not known, and then the
    numbers of these records are not known either.
    """
    found = as_object(body)
    entries = as_objects(found.get("entries"))
    failures = tuple(_failure(entry, before) for entry in entries)
    which = (
        one.record if one.record is not None else invoice_line(entry)
        for one, entry in zip(failures, entries, strict=True)
    )
    total = as_count(found.get("totalRecords")) or 0
    return FailedPage(failures, tuple(one for one in which if one), total)


def invoice_line(entry: JsonObject) -> str:
    """“267908-1”: instead of a record's number the log has that of an invoice and of the line in
    it. Empty for other records."""
    order = as_text(entry.get("sourceRecordOrder"))
    invoice, _, line = order.rpartition("-")
    return order if invoice and as_count(line) is not None else ""


def _failure(entry: JsonObject, before: int | None) -> Failure:
    related = _related(entry)
    said = as_text(entry.get("error")) or next(
        (error for info in related if (error := as_text(info.get("error")))), ""
    )
    text, details = message(said)
    order = as_count(entry.get("sourceRecordOrder"))
    return Failure(
        record=None if order is None or before is None else order + before + 1,
        text=text or NO_REASON,
        title=as_text(entry.get("sourceRecordTitle")),
        identifier=invoice_line(entry)
        or next((hrid for info in related for hrid in _hrids(info)), ""),
        details=details,
    )


def _related(entry: JsonObject) -> list[JsonObject]:
    infos: list[JsonObject] = []
    for name in _RELATED:
        value = entry.get(name)
        infos.extend(as_objects(value) if isinstance(value, list) else [as_object(value)])
    return infos


def _hrids(info: JsonObject) -> list[str]:
    return as_texts(info.get("hridList")) or [hrid for hrid in [as_text(info.get("hrid"))] if hrid]


def message(said: str) -> tuple[str, str]:
    """One line for the person and the rest for the details; an error may be JSON or a long
    trace."""
    said = said.strip()
    line = _in_json(said) or said
    first = next((part.strip() for part in line.splitlines() if part.strip()), "")
    return first[:500], "" if first == said else said


def _in_json(said: str) -> str:
    if not said.startswith(("{", "[")):
        return ""
    try:
        return _words(json.loads(said))
    except (ValueError, RecursionError):
        return ""


def _words(value: Any) -> str:
    if isinstance(value, str):
        return _in_json(value) or value
    if isinstance(value, list):
        return next((words for item in value if (words := _words(item))), "")
    if isinstance(value, dict):
        named = [value[name] for name in (*_MESSAGES, "errors") if name in value]
        said = next((words for item in named if (words := _words(item))), "")
        # “must not be null” tells nothing without the field it is about.
        about = [as_text(one.get("key")) for one in as_objects(value.get("parameters"))]
        return f"{', '.join(filter(None, about))}: {said}" if said and any(about) else said
    return ""
