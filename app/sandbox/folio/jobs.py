"""Job executions as clients read, stop and delete them."""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.responses import Response

from app.sandbox.folio import replies
from app.sandbox.folio.gateway import Call, Route
from app.sandbox.folio.replies import Json, Refused, date
from app.sandbox.folio.state import Job, Tenant

LIST = "/metadata-provider/jobExecutions"
MANAGER = "/change-manager/jobExecutions"
_UI = {
    "PARENT": "PARENT",
    "NEW": "INITIALIZATION",
    "FILE_UPLOADED": "INITIALIZATION",
    "PARSING_IN_PROGRESS": "RUNNING",
    "PARSING_FINISHED": "RUNNING_COMPLETE",
    "PROCESSING_IN_PROGRESS": "PREPARING_FOR_PREVIEW",
    "PROCESSING_FINISHED": "READY_FOR_PREVIEW",
    "COMMIT_IN_PROGRESS": "RUNNING",
    "COMMITTED": "RUNNING_COMPLETE",
    "ERROR": "ERROR",
    "DISCARDED": "DISCARDED",
    "CANCELLED": "CANCELLED",
}
_KINDS = ("PARENT_SINGLE", "PARENT_MULTIPLE", "CHILD", "COMPOSITE_PARENT", "COMPOSITE_CHILD")
_SORTS: dict[str, Callable[[Job], Any]] = {
    "completed_date": lambda job: job.completed or 0.0,
    "started_date": lambda job: job.started,
    "progress_total": lambda job: job.total or 0,
    "status": lambda job: job.status,
    "hrid": lambda job: job.hr_id,
    "file_name": lambda job: (job.file_name or "").lower(),
    "job_profile_name": lambda job: str((job.profile or {}).get("name", "")).lower(),
    "job_user_first_name": lambda job: job.user.first_name.lower(),
    "job_user_last_name": lambda job: job.user.last_name.lower(),
}
_DATE = re.compile(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?)?")


def routes() -> list[Route]:
    return [
        Route("GET", LIST, _list, "metadata-provider.jobExecutions.collection.get"),
        Route("GET", MANAGER + "/{id}", _one, "change-manager.jobExecutions.item.get"),
        Route(
            "GET",
            MANAGER + "/{id}/children",
            _children,
            "change-manager.jobExecutions.children.collection.get",
        ),
        Route("DELETE", MANAGER + "/{id}/records", _stop, "change-manager.records.delete"),
        Route("DELETE", MANAGER + "/{id}", _unfinished, "change-manager.jobexecutions.delete"),
        Route(
            "DELETE",
            MANAGER,
            _delete,
            "change-manager.jobexecutions.delete",
            consumes="application/json",
        ),
    ]


def job_json(tenant: Tenant, job: Job, *, live: bool, details: bool = False) -> Json:
    """One job; `live` progress and composite `details` exist in some answers only."""
    body: Json = {
        "id": job.id,
        "hrId": job.hr_id,
        "parentJobId": job.parent_id,
        "subordinationType": job.subordination,
        "jobProfileInfo": (job.profile | {"hidden": False}) if job.profile else None,
        "sourcePath": job.source_path,
        "fileName": job.file_name,
        "runBy": {"firstName": job.user.first_name, "lastName": job.user.last_name},
        "progress": _progress(tenant, job, live=live),
        "startedDate": date(job.started),
        "completedDate": date(job.completed) if job.completed else None,
        "status": job.status,
        "uiStatus": _UI[job.status],
        "errorStatus": job.error_status,
        "userId": job.user.id,
        "jobPartNumber": job.part,
        "totalJobParts": job.parts,
        "totalRecordsInFile": job.records_in_file,
    }
    if details and job.subordination == "COMPOSITE_PARENT":
        body["compositeDetails"] = _composite(tenant.children(job))
    return {name: value for name, value in body.items() if value is not None}


def _progress(tenant: Tenant, job: Job, *, live: bool) -> Json | None:
    if job.subordination == "COMPOSITE_PARENT":
        started = [child for child in tenant.children(job) if child.status != "NEW"]
        if not started:
            return None
        current, total = sum(c.done for c in started), sum(c.total or 0 for c in started)
    else:
        current, total = job.done, job.total or 0
    if not live and not job.ended:
        current = 0
    return {"jobExecutionId": job.id, "current": current, "total": total}


def _composite(children: list[Job]) -> Json:
    states: Json = {}
    for child in children:
        head, *rest = child.status.lower().split("_")
        name = head + "".join(word.capitalize() for word in rest) + "State"
        state = states.setdefault(name, {"chunksCount": 0})
        state["chunksCount"] += 1
        if child.status != "NEW":
            state["totalRecordsCount"] = state.get("totalRecordsCount", 0) + (child.total or 0)
            done = state.get("currentlyProcessedCount", 0) + child.done
            state["currentlyProcessedCount"] = done
    return states


async def _list(call: Call) -> Response:
    hidden = {profile["id"] for profile in call.tenant.profiles if profile["hidden"]}
    found = [
        job
        for job in call.tenant.jobs.values()
        if not job.deleted
        and job.subordination != "PARENT_MULTIPLE"
        and (job.profile or {}).get("id") not in hidden
    ]
    for test in _filters(call):
        found = [job for job in found if test(job)]
    found.sort(key=lambda job: job.completed or 0.0, reverse=True)
    for key, descending in reversed(_order(call)):
        found.sort(key=key, reverse=descending)
    offset, limit = call.number("offset", 0), call.number("limit", 10)
    shown = [
        job_json(call.tenant, job, live=True, details=True)
        for job in found[offset : offset + limit]
    ]
    return replies.json(200, {"jobExecutions": shown, "totalRecords": len(found)})


def _filters(call: Call) -> list[Callable[[Job], bool]]:
    tests: list[Callable[[Job], bool]] = []
    query = call.query
    if some := _words(call, "statusAny", tuple(_UI)):
        tests.append(lambda job: job.status in some)
    if nots := _words(call, "statusNot", tuple(_UI)):
        tests.append(lambda job: job.status not in nots)
    if shown := _words(call, "uiStatusAny", tuple(_UI.values())):
        tests.append(lambda job: _UI[job.status] in shown)
    if kinds := _words(call, "subordinationTypeNotAny", _KINDS):
        tests.append(lambda job: job.subordination not in kinds)
    if names := query.getlist("fileNameNotAny"):
        tests.append(lambda job: job.file_name not in names)
    if wanted := query.getlist("profileIdAny"):
        tests.append(lambda job: (job.profile or {}).get("id") in wanted)
    if unwanted := query.getlist("profileIdNotAny"):
        tests.append(lambda job: (job.profile or {}).get("id") not in unwanted)
    if (pattern := query.get("excludeJobProfileName")) is not None:
        profile = _like(pattern)
        tests.append(lambda job: not profile(str((job.profile or {}).get("name", ""))))
    if (user := query.get("userId")) is not None:
        tests.append(lambda job: job.user.id == user)
    if (after := _date(call, "completedAfter")) is not None:
        tests.append(lambda job: job.completed is not None and job.completed >= after)
    if (before := _date(call, "completedBefore")) is not None:
        tests.append(lambda job: job.completed is not None and job.completed <= before)
    either: list[Callable[[Job], bool]] = []
    if (pattern := query.get("hrId")) is not None:
        number = _like(pattern)
        either.append(lambda job: number(str(job.hr_id)))
    if (pattern := query.get("fileName")) is not None:
        name = _like(pattern)
        either.append(lambda job: name(job.file_name or ""))
    if either:
        tests.append(lambda job: any(test(job) for test in either))
    return tests


def _words(call: Call, name: str, known: tuple[str, ...]) -> list[str]:
    """Repeated parameters; a word outside the enum breaks the call, as lists with commas do."""
    words = call.query.getlist(name)
    if any(word not in known for word in words):
        raise Refused(replies.text(500, "Internal Server Error"))
    return words


def _like(pattern: str) -> Callable[[str], bool]:
    """SQL's LIKE, put together without escaping: an apostrophe ends the string too early."""
    if "'" in pattern:
        raise Refused(replies.text(500, "Internal Server Error"))
    body = "".join(
        {"*": ".*", "%": ".*", "_": "."}.get(letter, re.escape(letter)) for letter in pattern
    )
    return lambda value: re.fullmatch(body, value, re.I | re.S) is not None


def _date(call: Call, name: str) -> float | None:
    value = call.query.get(name)
    if value is None:
        return None
    try:
        if not _DATE.fullmatch(value):
            raise ValueError(value)
        read = datetime.fromisoformat(value)
    except ValueError:
        raise Refused(replies.text(400, f"Unparseable date: {value}")) from None
    return (read if read.tzinfo else read.replace(tzinfo=UTC)).timestamp()


def _order(call: Call) -> list[tuple[Callable[[Job], Any], bool]]:
    order: list[tuple[Callable[[Job], Any], bool]] = []
    for value in call.query.getlist("sortBy"):
        field, _, direction = value.partition(",")
        if field not in _SORTS or direction.lower() not in ("", "asc", "desc"):
            raise Refused(replies.text(400, f"Invalid sortable field: {value}"))
        order.append((_SORTS[field], direction.lower() == "desc"))
    return order


def _named(call: Call) -> Job:
    job = call.tenant.jobs.get(call.path["id"])
    if job is None or job.deleted:
        sentence = f"JobExecution with id '{call.path['id']}' was not found"
        raise Refused(replies.text(404, sentence))
    return job


async def _one(call: Call) -> Response:
    return replies.json(200, job_json(call.tenant, _named(call), live=False))


async def _children(call: Call) -> Response:
    found = call.tenant.children(_named(call))
    offset, limit = call.number("offset", 0), call.number("limit", len(found))
    shown = [job_json(call.tenant, job, live=True) for job in found[offset : offset + limit]]
    return replies.json(200, {"jobExecutions": shown, "totalRecords": len(found)})


async def _stop(call: Call) -> Response:
    """Keeps what was created; no effect on a job that had already ended."""
    job = _named(call)
    if not job.ended and job.status != "PARENT":
        job.end("CANCELLED")
    return replies.nothing()


async def _unfinished(call: Call) -> Response:
    return replies.text(500, "Internal Server Error")


async def _delete(call: Call) -> Response:
    body = replies.check_schema(await call.json(), "DeleteJobExecutionsReq", ("ids",), ("ids",))
    details = []
    for job_id in body["ids"]:
        job = call.tenant.jobs.get(job_id)
        if job is not None:
            job.deleted = True
        details.append({"jobExecutionId": job_id, "isDeleted": job is not None})
    return replies.json(200, {"jobExecutionDetails": details})
