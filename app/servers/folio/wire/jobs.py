"""Job executions, raw and composite (mod-source-record-manager)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from urllib.parse import quote

from app.core.jobs import JobState
from app.servers.json_values import (
    as_count,
    as_moment,
    as_object,
    as_objects,
    as_text,
)

JOBS = "/metadata-provider/jobExecutions"

COMPOSITE_PARENT = "COMPOSITE_PARENT"
COMPOSITE_CHILD = "COMPOSITE_CHILD"

FILE_UPLOADED = "FILE_UPLOADED"
COMMITTED = "COMMITTED"
ERROR = "ERROR"
DISCARDED = "DISCARDED"
CANCELLED = "CANCELLED"

FILE_PROCESSING_ERROR = "FILE_PROCESSING_ERROR"
PROFILE_ERROR = "PROFILE_SNAPSHOT_CREATING_ERROR"

_STATES: Mapping[str, JobState] = MappingProxyType(
    {
        "NEW": JobState.WAITING,
        FILE_UPLOADED: JobState.WAITING,
        "PARENT": JobState.RUNNING,
        "PARSING_IN_PROGRESS": JobState.RUNNING,
        "PARSING_FINISHED": JobState.RUNNING,
        "PROCESSING_IN_PROGRESS": JobState.RUNNING,
        "PROCESSING_FINISHED": JobState.RUNNING,
        "COMMIT_IN_PROGRESS": JobState.RUNNING,
        COMMITTED: JobState.DONE,
        ERROR: JobState.FAILED,
        DISCARDED: JobState.FAILED,
        CANCELLED: JobState.CANCELLED,
    }
)
_NOT_MOVED = ("NEW", FILE_UPLOADED)


@dataclass(frozen=True, slots=True)
class Parts:
    """What `compositeDetails` tells: how many parts are in which state, and the records they
    processed."""

    total: int = 0
    errors: int = 0
    cancelled: int = 0
    done: int = 0


@dataclass(frozen=True, slots=True)
class JobExecution:
    """A job. `current` and `total` are the stored progress unless it comes from a list."""

    id: str
    hrid: int | None
    kind: str
    status: str
    error: str
    source_path: str
    file_name: str
    user: str
    who: str
    profile: str
    current: int | None
    total: int | None
    records: int | None
    part: int
    started: float | None
    completed: float | None
    parts: Parts | None = field(default=None)
    profile_name: str = ""

    @property
    def composite(self) -> bool:
        return self.kind == COMPOSITE_PARENT

    @property
    def moved(self) -> bool:
        """Whether the server has begun: past waiting, or tied to a job profile."""
        if self.status == DISCARDED:
            return False
        return self.status not in _NOT_MOVED or bool(self.profile)

    @property
    def shown_name(self) -> str:
        """The file's name without the number that the object storage puts in front."""
        number, dash, name = self.file_name.partition("-")
        if self.kind in (COMPOSITE_PARENT, COMPOSITE_CHILD) and dash and number.isdecimal():
            return name
        return self.file_name


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a job stands in our words.

    `errors` says that it went through, but not with every record.
    """

    state: JobState
    done: int | None = None
    total: int | None = None
    errors: bool = False


def job_path(id: str) -> str:
    return f"/change-manager/jobExecutions/{quote(id, safe='')}"


def children_path(id: str) -> str:
    return f"{job_path(id)}/children"


def stop_path(id: str) -> str:
    return f"{job_path(id)}/records"


def stop_composite_path(id: str) -> str:
    return f"/data-import/jobExecutions/{quote(id, safe='')}/cancel"


def by_hrid(hrid: int) -> tuple[tuple[str, str], ...]:
    return (("hrId", str(hrid)), ("limit", "1"))


def by_user(user: str, limit: int) -> tuple[tuple[str, str], ...]:
    """The latest jobs of one user, without the parts of composite ones."""
    return (
        ("userId", user),
        ("subordinationTypeNotAny", COMPOSITE_CHILD),
        ("sortBy", "started_date,desc"),
        ("limit", str(limit)),
    )


def by_key(millis: str) -> tuple[tuple[str, str], ...]:
    """Composite parents whose storage key begins with this number.

    Only the number is searched for: an apostrophe in a name breaks the server's query, and `_` and
    `%` are wildcards in it.
    """
    return (
        ("subordinationTypeNotAny", COMPOSITE_CHILD),
        ("subordinationTypeNotAny", "PARENT_SINGLE"),
        ("fileName", f"{millis}-*"),
        ("sortBy", "started_date,desc"),
        ("limit", "10"),
    )


def lately(limit: int, offset: int = 0) -> tuple[tuple[str, str], ...]:
    """Everybody's latest jobs."""
    page = (("offset", str(offset)),) if offset else ()
    return (
        ("statusNot", "DISCARDED"),
        ("subordinationTypeNotAny", COMPOSITE_CHILD),
        ("sortBy", "started_date,desc"),
        ("limit", str(limit)),
        *page,
    )


def at_work(limit: int) -> tuple[tuple[str, str], ...]:
    """Everybody's jobs that are being worked on."""
    running = (word for word, state in _STATES.items() if state is JobState.RUNNING)
    return (
        *(("statusAny", word) for word in running),
        ("subordinationTypeNotAny", COMPOSITE_CHILD),
        ("sortBy", "started_date,desc"),
        ("limit", str(limit)),
    )


def just_ended(limit: int) -> tuple[tuple[str, str], ...]:
    """Everybody's jobs that ended last."""
    return (
        *(("statusAny", word) for word in (COMMITTED, ERROR, CANCELLED)),
        ("subordinationTypeNotAny", COMPOSITE_CHILD),
        ("sortBy", "completed_date,desc"),
        ("limit", str(limit)),
    )


def read_job(body: object) -> JobExecution | None:
    found = as_object(body)
    if not as_text(found.get("id")):
        return None
    progress = as_object(found.get("progress"))
    runner = as_object(found.get("runBy"))
    who = f"{as_text(runner.get('firstName'))} {as_text(runner.get('lastName'))}".strip()
    return JobExecution(
        id=as_text(found["id"]),
        hrid=as_count(found.get("hrId")),
        kind=as_text(found.get("subordinationType")),
        status=as_text(found.get("status")),
        error=as_text(found.get("errorStatus")),
        source_path=as_text(found.get("sourcePath")),
        file_name=as_text(found.get("fileName")),
        user=as_text(found.get("userId")),
        who=who,
        profile=as_text(as_object(found.get("jobProfileInfo")).get("id")),
        current=as_count(progress.get("current")),
        total=as_count(progress.get("total")),
        records=as_count(found.get("totalRecordsInFile")) or None,
        part=as_count(found.get("jobPartNumber")) or 1,
        started=as_moment(found.get("startedDate")),
        completed=as_moment(found.get("completedDate")),
        parts=_parts(found.get("compositeDetails")),
        profile_name=as_text(as_object(found.get("jobProfileInfo")).get("name")),
    )


def _parts(details: object) -> Parts | None:
    if not isinstance(details, dict):
        return None
    total = errors = cancelled = done = 0
    for name, state in details.items():
        chunks = as_count(as_object(state).get("chunksCount")) or 0
        total += chunks
        done += as_count(as_object(state).get("currentlyProcessedCount")) or 0
        if name == "errorState":
            errors = chunks
        elif name == "cancelledState":
            cancelled = chunks
    return Parts(total, errors, cancelled, done)


def read_jobs(body: object) -> tuple[list[JobExecution], int]:
    """The jobs of a list (or the children of one) and how many there are in all."""
    found = as_object(body)
    jobs = [
        job
        for item in as_objects(found.get("jobExecutions"))
        if (job := read_job(item)) is not None
    ]
    return jobs, as_count(found.get("totalRecords")) or 0


def verdict(job: JobExecution) -> Verdict:
    """One failed record makes a whole job ERROR: with progress it is done with errors, else it
    failed.

    A composite parent is COMMITTED even if every part failed: its parts decide.
    """
    state = _STATES.get(job.status, JobState.UNKNOWN)
    if state is JobState.WAITING:
        # Before the file is read, the total is a placeholder of 100.
        return Verdict(state)
    done, total = job.current, job.total
    if job.composite:
        total = job.records or job.total
        if job.parts is not None:
            done = job.parts.done
    if done is not None and total is not None:
        done = min(done, total)
    if job.composite and state is JobState.DONE and job.parts is not None:
        if job.parts.cancelled:
            return Verdict(JobState.CANCELLED, done, total)
        if job.parts.errors:
            state = JobState.DONE if done else JobState.FAILED
            return Verdict(state, done, total, errors=bool(done))
    if job.status == ERROR and done:
        return Verdict(JobState.DONE, done, total, errors=True)
    return Verdict(state, done, total)
