"""Results: the summary of a job and its log, record by record."""

from collections.abc import Callable
from typing import Any

from starlette.responses import Response

from app.sandbox.folio import replies
from app.sandbox.folio.gateway import Call, Route
from app.sandbox.folio.replies import Json, Refused
from app.sandbox.folio.state import Entry, Job

_SORTS: dict[str, Callable[[Entry], Any]] = {
    "title": lambda entry: entry.title.lower(),
    "error": lambda entry: entry.error,
}
_STATUS_SORTS = (
    "source_record_action_status",
    "instance_action_status",
    "holdings_action_status",
    "item_action_status",
    "authority_action_status",
    "order_action_status",
    "invoice_action_status",
)
_KINDS = {
    "MARC": ("MARC_BIBLIOGRAPHIC", "MARC_AUTHORITY", "MARC_HOLDING"),
    "INSTANCE": ("MARC_BIBLIOGRAPHIC",),
    "HOLDINGS": ("MARC_HOLDING",),
    "AUTHORITY": ("MARC_AUTHORITY",),
    "INVOICE": ("EDIFACT",),
    "ITEM": (),
    "ORDER": (),
}
_MADE = {
    "MARC_BIBLIOGRAPHIC": "instance",
    "MARC_AUTHORITY": "authority",
    "MARC_HOLDING": "holding",
    "EDIFACT": "invoice",
}


def routes() -> list[Route]:
    return [
        Route(
            "GET",
            "/metadata-provider/jobSummary/{id}",
            _summary,
            "metadata-provider.jobSummary.item.get",
        ),
        Route(
            "GET",
            "/metadata-provider/jobLogEntries/{id}",
            _entries,
            "metadata-provider.jobLogEntries.collection.get",
        ),
    ]


async def _summary(call: Call) -> Response:
    """Counted from the log of exactly this job: a composite parent has none."""
    job = call.tenant.jobs.get(call.path["id"])
    if job is None or job.deleted or not (job.entries or job.unlogged):
        sentence = f"JobSummary for jobExecutionId: '{call.path['id']}' was not found"
        return replies.text(404, sentence)
    return replies.json(200, _counted(job))


def _counted(job: Job) -> Json:
    failed = sum(bool(entry.error) for entry in job.entries)
    body: Json = {
        "jobExecutionId": job.id,
        "totalErrors": failed,
        "sourceRecordSummary": _block(len(job.entries) - failed + job.unlogged, failed, failed),
    }
    for kind, name in _MADE.items():
        entries = [entry for entry in job.entries if entry.kind == kind]
        unlogged = job.unlogged if kind == "MARC_BIBLIOGRAPHIC" else 0
        if entries or unlogged:
            bad = sum(bool(entry.error) for entry in entries)
            body[f"{name}Summary"] = _block(len(entries) - bad + unlogged, bad, 0)
    return body


def _block(created: int, discarded: int, failed: int) -> Json:
    return {
        "totalCreatedEntities": created,
        "totalUpdatedEntities": 0,
        "totalDiscardedEntities": discarded,
        "totalErrors": failed,
    }


async def _entries(call: Call) -> Response:
    job = call.tenant.jobs.get(call.path["id"])
    found = list(enumerate(job.entries)) if job is not None and not job.deleted else []
    entity = call.query.get("entityType", "ALL")
    if entity != "ALL":
        if entity not in _KINDS:
            return replies.text(500, "Internal Server Error")
        found = [item for item in found if item[1].kind in _KINDS[entity]]
    if call.flag("errorsOnly"):
        found = [item for item in found if item[1].error]
    _sort(call, found)
    offset, limit = call.number("offset", 0), call.number("limit", 10)
    shown = [
        _entry_json(job, number, entry)
        for number, entry in found[offset : offset + limit]
        if job is not None
    ]
    return replies.json(200, {"entries": shown, "totalRecords": len(found)})


def _sort(call: Call, found: list[tuple[int, Entry]]) -> None:
    field = call.query.get("sortBy", "source_record_order")
    order = call.query.get("order", "asc")
    known = field == "source_record_order" or field in _SORTS or field in _STATUS_SORTS
    if not known or order not in ("asc", "desc"):
        raise Refused(replies.text(400, f"Invalid sortable field: {field}"))
    if field in _SORTS:
        found.sort(key=lambda item: _SORTS[field](item[1]), reverse=order == "desc")
    elif field in _STATUS_SORTS:
        found.sort(key=lambda item: bool(item[1].error), reverse=order == "desc")
    elif order == "desc":
        found.reverse()


def _entry_json(job: Job, number: int, entry: Entry) -> Json:
    status = "DISCARDED" if entry.error else "CREATED"
    body: Json = {
        "jobExecutionId": job.id,
        "incomingRecordId": entry.record_id,
        "sourceRecordOrder": entry.order,
        "sourceRecordTitle": entry.title,
        "sourceRecordActionStatus": status,
        "sourceRecordType": entry.kind,
        "error": entry.error,
        "relatedHoldingsInfo": [],
        "relatedItemInfo": [],
    }
    hrid = f"{job.hr_id * 100_000 + number:011d}"
    made = {"actionStatus": status, "idList": [], "hridList": [], "error": ""}
    if not entry.error:
        made |= {"idList": [entry.record_id]}
    if entry.kind == "MARC_BIBLIOGRAPHIC":
        hrids = [] if entry.error else [f"in{hrid}"]
        body["relatedInstanceInfo"] = made | {"hridList": hrids}
    elif entry.kind == "MARC_AUTHORITY":
        body["relatedAuthorityInfo"] = made
    elif entry.kind == "MARC_HOLDING" and not entry.error:
        body["relatedHoldingsInfo"] = [
            {"actionStatus": status, "id": entry.record_id, "hrid": f"ho{hrid}", "error": ""}
        ]
    elif entry.kind == "EDIFACT":
        body["relatedInvoiceInfo"] = made
    return body
