"""What an SSC server remembers: versions, artifacts, jobs and the file tokens it gave out."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

from app.sandbox.ssc.replies import Json


@dataclass(frozen=True, slots=True)
class Scan:
    """One scan inside an uploaded file."""

    guid: str
    type: str
    build_id: str = ""
    build_project: str = ""
    build_label: str = ""
    build_version: str = ""
    engine_version: str = ""
    hostname: str = ""
    files: int = 0
    lines: int = 0
    elapsed: int = 0
    when: float = 0.0
    certified: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """One application version; `strict` has processing rules that ask for approval."""

    id: int
    name: str
    project_id: int
    project: str
    active: bool = True
    committed: bool = True
    status: str = "ACTIVE"
    uploads: bool = True
    strict: bool = False


@dataclass(slots=True)
class Artifact:
    """One uploaded file and what came of it."""

    id: int
    version: Version
    name: str
    size: int
    sha256: str
    user: str
    address: str
    upload: str
    engine: str | None
    path: Path | None
    part_name: str = ""
    content_type: str = ""
    file_name: str = field(default_factory=lambda: f"{uuid4()}.fpr")
    uploaded: float = field(default_factory=time.time)
    visible_from: float = 0.0
    status: str = "SCHED_PROCESSING"
    messages: list[str] = field(default_factory=list)
    scan_errors: list[tuple[int, str]] = field(default_factory=list)
    scans: list[Scan] = field(default_factory=list)
    repeated: bool = False
    approved: Json = field(default_factory=dict)
    statuses: list[str] = field(default_factory=list)
    gone: bool = False

    def become(self, status: str) -> None:
        self.status = status
        self.statuses.append(status)


@dataclass(slots=True)
class Job:
    """One job that processes an artifact."""

    order: float
    user: str
    version: Version
    artifact_name: str
    artifact_id: int | None
    name: str = field(default_factory=lambda: f"JOB_ARTIFACTUPLOAD${uuid4()}")
    state: str = "PREPARED"
    priority: int = 2
    created: float = field(default_factory=time.time)
    started: float | None = None
    finished: float | None = None
    cancel_requested: bool = False
    states: list[str] = field(default_factory=list)
    task: "asyncio.Task[None] | None" = None

    @property
    def ended(self) -> bool:
        return self.state in ("FINISHED", "FAILED", "CANCELLED")

    def become(self, state: str) -> None:
        if state not in ("PREPARED", "WAITING_FOR_WORKER") and self.started is None:
            self.started = time.time()
        self.state = state
        self.states.append(state)
        if self.ended:
            self.finished = time.time()


@dataclass(slots=True)
class FileToken:
    """A single-use credential of `/upload` or `/download`."""

    value: str
    use: str
    user: str
    expires: float
    used: bool = False
    dropped: bool = False

    @property
    def good(self) -> bool:
        return not self.used and not self.dropped and time.time() < self.expires


@dataclass(slots=True)
class Holdings:
    """Everything the server holds."""

    versions: dict[int, Version]
    artifacts: dict[int, Artifact] = field(default_factory=dict)
    jobs: dict[str, Job] = field(default_factory=dict)
    file_tokens: dict[str, FileToken] = field(default_factory=dict)
    last_artifact: int = 5500
    last_order: float = 100.0

    def of_version(self, version: Version) -> list[Artifact]:
        """The artifacts of a version that still exist, newest first."""
        found = [one for one in self.artifacts.values() if one.version is version and not one.gone]
        return sorted(found, key=lambda one: one.id, reverse=True)

    def new_job(self, artifact: Artifact) -> Job:
        self.last_order += 1
        job = Job(self.last_order, artifact.user, artifact.version, artifact.name, artifact.id)
        self.jobs[job.name] = job
        return job
