"""Uploads as JSON text and back, for journal and history. An upload holds no secret."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

from app.core import problems
from app.core.catalogue import Action, Entry
from app.core.jobs import Failure, Job, JobAction, JobState, RecordKey, Result
from app.core.problems import Exchange, FilesRefused, Problem
from app.core.timeline import Mark
from app.core.uploads import Phase, Source, Ticket, Upload, Wait, Why

_KINDS: Mapping[str, type[Problem]] = {
    name: kind
    for name, kind in vars(problems).items()
    if isinstance(kind, type) and issubclass(kind, Problem) and kind is not FilesRefused
}

_PLAIN_OF_JOB = (
    *("ref", "state", "done", "total", "failed", "word", "link", "seen"),
    *("name", "who", "started", "ended", "errors"),
)


def written(upload: Upload) -> str:
    """In ASCII, so that a path whose bytes are no text is kept as it is."""
    return json.dumps(
        {
            "id": upload.id,
            "destination": upload.destination,
            "source": asdict(upload.source),
            "options": dict(upload.options),
            "batch": upload.batch,
            "phase": upload.phase,
            "wait": None if upload.wait is None else _wait(upload.wait),
            "attempt": upload.attempt,
            "ticket": None if upload.ticket is None else ticket_value(upload.ticket),
            "job": None if upload.job is None else _job(upload.job),
            "result": None if upload.result is None else _result(upload.result),
            "problem": None if upload.problem is None else _problem(upload.problem),
            "sha256": upload.sha256,
            "fingerprint": upload.fingerprint,
            "account": upload.account,
            "marks": [[one.at, one.what, one.attempt, one.said] for one in upload.marks],
        },
        separators=(",", ":"),
    )


def read(text: str) -> Upload:
    """Raises ValueError, KeyError or TypeError for text that `written` did not make."""
    value = json.loads(text)
    return Upload(
        id=value["id"],
        destination=value["destination"],
        source=source_of_value(value["source"]),
        options=value["options"],
        batch=value["batch"],
        phase=Phase(value["phase"]),
        wait=None if value["wait"] is None else _read_wait(value["wait"]),
        attempt=value["attempt"],
        ticket=None if value["ticket"] is None else ticket_of_value(value["ticket"]),
        job=None if value["job"] is None else _read_job(value["job"]),
        result=None if value["result"] is None else _read_result(value["result"]),
        problem=None if value["problem"] is None else _read_problem(value["problem"]),
        sha256=value["sha256"],
        fingerprint=value.get("fingerprint", ""),
        account=value.get("account", ""),
        marks=tuple(Mark(*one) for one in value.get("marks", ())),
    )


def source_of_value(value: Mapping[str, Any]) -> Source:
    return Source(value["path"], value["size"], value["changed_ns"])


def ticket_value(ticket: Ticket) -> dict[str, Any]:
    return {"data": dict(ticket.data), "resumes": ticket.resumes, "binds": ticket.binds}


def ticket_of_value(value: Mapping[str, Any]) -> Ticket:
    # Version 1 of the journal did not say: then what the server may have is not forgotten.
    return Ticket(value["data"], value["resumes"], value.get("binds", True))


def _wait(wait: Wait) -> dict[str, Any]:
    return {
        "why": wait.why,
        "until": wait.until,
        "tries": wait.tries,
        "problem": None if wait.problem is None else _problem(wait.problem),
    }


def _read_wait(value: Mapping[str, Any]) -> Wait:
    tries = value["tries"]
    return Wait(
        Why(value["why"]),
        until=value["until"],
        tries=None if tries is None else (tries[0], tries[1]),
        problem=None if value["problem"] is None else _read_problem(value["problem"]),
    )


def _job(job: Job) -> dict[str, Any]:
    return {
        **{name: getattr(job, name) for name in _PLAIN_OF_JOB},
        "note": None if job.note is None else asdict(job.note),
        "facts": dict(job.facts),
        "actions": list(job.actions),
    }


def _read_job(value: dict[str, Any]) -> Job:
    note = value.pop("note")
    return Job(
        **{
            **value,
            "state": JobState(value["state"]),
            "note": None if note is None else _read_entry(note),
            "actions": tuple(JobAction(action) for action in value["actions"]),
        }
    )


def _result(result: Result) -> dict[str, Any]:
    bare = asdict(replace(result, which=()))
    return {**bare, "counts": dict(result.counts), "which": _runs(result.which)}


def _read_result(value: dict[str, Any]) -> Result:
    failures = tuple(Failure(**failure) for failure in value["failures"])
    which = tuple(_of_runs(value.get("which", ())))
    notes = tuple(value["notes"])
    return Result(**{**value, "failures": failures, "notes": notes, "which": which})


def _runs(keys: Sequence[RecordKey]) -> list[str | list[int]]:
    """Numbers that follow each other as their first and last: often all records of a file fail."""
    runs: list[str | list[int]] = []
    for key in keys:
        last = runs[-1] if runs else None
        if isinstance(key, str):
            runs.append(key)
        elif isinstance(last, list) and last[1] == key - 1:
            last[1] = key
        else:
            runs.append([key, key])
    return runs


def _of_runs(runs: Iterable[str | list[int]]) -> Iterator[RecordKey]:
    for run in runs:
        if isinstance(run, str):
            yield run
        else:
            first, last = run
            yield from range(first, last + 1)


def _problem(problem: Problem) -> dict[str, Any]:
    return {
        "kind": type(problem).__name__,
        "entry": asdict(problem.entry),
        "facts": dict(problem.facts),
        "exchange": None if problem.exchange is None else asdict(problem.exchange),
        "after": problem.after,
    }


def _read_problem(value: Mapping[str, Any]) -> Problem:
    exchange = value["exchange"]
    return _KINDS.get(value["kind"], Problem)(
        _read_entry(value["entry"]),
        value["facts"],
        exchange=None if exchange is None else Exchange(**exchange),
        after=value["after"],
    )


def _read_entry(value: dict[str, Any]) -> Entry:
    return Entry(**{**value, "advice": tuple(value["advice"]), "action": Action(value["action"])})
