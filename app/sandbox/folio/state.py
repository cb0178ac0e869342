"""What a FOLIO system remembers: tenants, users, definitions, files and jobs."""

import asyncio
import hashlib
import time
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from app.sandbox.folio.replies import Json, date


@dataclass(frozen=True, slots=True)
class User:
    id: str
    name: str
    first_name: str
    last_name: str


@dataclass(slots=True)
class Stored:
    """Bytes the server holds: appended as they come, hashed and counted on the way.

    `path` None: only hash and counts are kept. `records` counts 0x1D bytes.
    """

    path: Path | None
    size: int = 0
    records: int = 0
    appends: int = 0
    digest: Any = field(default_factory=hashlib.sha256)

    def open(self) -> AbstractContextManager[IO[bytes] | None]:
        """The place to append to; None when the bytes are not kept."""
        return nullcontext() if self.path is None else self.path.open("ab")

    def append(self, block: bytes, file: IO[bytes] | None) -> None:
        if file is not None:
            file.write(block)
        self.size += len(block)
        self.records += block.count(b"\x1d")
        self.digest.update(block)

    @property
    def sha256(self) -> str:
        return str(self.digest.hexdigest())


@dataclass(slots=True)
class File:
    """One file definition."""

    name: str
    definition_id: str
    job_id: str | None
    size: int | None = None
    ui_key: str | None = None
    id: str = field(default_factory=lambda: str(uuid4()))
    status: str = "NEW"
    source_path: str | None = None
    created: float = field(default_factory=time.time)
    uploaded: float | None = None
    stored: Stored | None = None

    def json(self) -> Json:
        body: Json = {
            "id": self.id,
            "sourcePath": self.source_path,
            "name": self.name,
            "status": self.status,
            "jobExecutionId": self.job_id,
            "uploadDefinitionId": self.definition_id,
            "createDate": date(self.created),
            "uploadedDate": date(self.uploaded) if self.uploaded else None,
            "size": self.size,
            "uiKey": self.ui_key,
        }
        return {name: value for name, value in body.items() if value is not None}


@dataclass(slots=True)
class Definition:
    """One upload definition; the order of `files` changes as the server updates them."""

    user_id: str
    visible_from: float
    meta_job_id: str | None = None
    files: list[File] = field(default_factory=list)
    removed: list[File] = field(default_factory=list)
    id: str = field(default_factory=lambda: str(uuid4()))
    status: str | None = "NEW"
    created: float = field(default_factory=time.time)
    updated: float = field(default_factory=time.time)
    calls: int = 0
    uploading: int = 0
    most_uploading: int = 0

    @property
    def visible(self) -> bool:
        """Whether the insert, which nobody waits for, has finished."""
        return time.time() >= self.visible_from

    def file(self, file_id: str) -> File | None:
        return next((file for file in self.files if file.id == file_id), None)

    def touched(self, file: File) -> None:
        """An updated entry moves to the end."""
        self.updated = time.time()
        if file in self.files:
            self.files.remove(file)
            self.files.append(file)

    def settle(self) -> None:
        """The status after an upload ended."""
        states = {file.status for file in self.files}
        if states == {"UPLOADED"}:
            self.status = "LOADED"
        elif states == {"ERROR"}:
            self.status = "ERROR"
        else:
            self.status = "IN_PROGRESS"

    def json(self) -> Json:
        body: Json = {
            "id": self.id,
            "metaJobExecutionId": self.meta_job_id,
            "status": self.status,
            "createDate": date(self.created),
            "fileDefinitions": [file.json() for file in self.files],
            "metadata": {
                "createdDate": date(self.created),
                "createdByUserId": self.user_id,
                "updatedDate": date(self.updated),
                "updatedByUserId": self.user_id,
            },
        }
        return {name: value for name, value in body.items() if value is not None}


@dataclass(frozen=True, slots=True)
class Entry:
    """What the log says about one record; `error` empty: it was created."""

    record_id: str
    order: str
    title: str
    kind: str
    error: str = ""


@dataclass(slots=True)
class Job:
    """One job execution."""

    hr_id: int
    user: User
    subordination: str
    parent_id: str | None = None
    id: str = field(default_factory=lambda: str(uuid4()))
    status: str = "NEW"
    error_status: str | None = None
    profile: Json | None = None
    file_name: str | None = None
    source_path: str | None = None
    started: float = field(default_factory=time.time)
    completed: float | None = None
    done: int = 0
    total: int | None = 100
    part: int = 1
    parts: int = 1
    records_in_file: int = 0
    entries: list[Entry] = field(default_factory=list)
    unlogged: int = 0
    deleted: bool = False
    task: "asyncio.Task[None] | None" = None

    @property
    def ended(self) -> bool:
        return self.status in ("COMMITTED", "ERROR", "CANCELLED", "DISCARDED")

    def end(self, status: str, error_status: str | None = None) -> None:
        self.status = status
        self.error_status = error_status or self.error_status
        self.completed = time.time()
        if error_status == "FILE_PROCESSING_ERROR":
            self.done, self.total = 0, 0


@dataclass(slots=True)
class Tenant:
    """One tenant: nothing of it is seen from another."""

    id: str
    title: str
    split: bool
    users: dict[str, User]
    profiles: list[Json]
    definitions: dict[str, Definition] = field(default_factory=dict)
    taken_back: dict[str, Definition] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    last_hr_id: int = 10_000

    def new_job(self, user: User, subordination: str, **known: Any) -> Job:
        self.last_hr_id += 1
        job = Job(self.last_hr_id, user, subordination, **known)
        if job.parent_id is None:
            job.parent_id = job.id
        self.jobs[job.id] = job
        return job

    def children(self, job: Job) -> list[Job]:
        return [
            child
            for child in self.jobs.values()
            if child.parent_id == job.id and child.id != job.id and not child.deleted
        ]
