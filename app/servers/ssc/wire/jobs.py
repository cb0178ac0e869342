"""Jobs of the server: they end, and are swept away, before the artifact has its last word."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from urllib.parse import quote

from app.core.jobs import JobState
from app.servers.json_values import (
    JsonObject,
    as_count,
    as_flag,
    as_moment,
    as_object,
    as_text,
)
from app.servers.ssc.wire.envelope import API

JOBS = f"{API}/jobs"
CANCEL = f"{JOBS}/action/cancel"

DEFERRED = "DEFERRED"
FINISHED = "FINISHED"

_UPLOADS = "ArtifactUploadJob"
_AUDIT_ASSISTANT = "AA_"

_STATES: Mapping[str, JobState] = MappingProxyType(
    {
        "PREPARED": JobState.WAITING,
        # Gone since 21.1.
        "WAITING_FOR_WORKER": JobState.WAITING,
        DEFERRED: JobState.WAITING,
        "RUNNING": JobState.RUNNING,
        "CANCELLING": JobState.RUNNING,
        # The job's code ended; whether the results were taken in is the artifact's to say.
        FINISHED: JobState.RUNNING,
        "FAILED": JobState.FAILED,
        "CANCELLED": JobState.CANCELLED,
    }
)


@dataclass(frozen=True, slots=True)
class UploadJob:
    """A job of the server; `artifact` is None while the server does not tell."""

    name: str
    status: str
    kind: str
    artifact: int | None
    file_name: str
    user: str
    version: int | None
    cancellable: bool
    created: float | None
    finished: float | None

    @property
    def state(self) -> JobState:
        return _STATES.get(self.status, JobState.UNKNOWN)

    @property
    def over(self) -> bool:
        """Whether the job itself will do nothing more."""
        return self.status in (FINISHED, "FAILED", "CANCELLED")

    @property
    def of_upload(self) -> bool:
        """A person's upload: Audit Assistant makes uploads of its own."""
        ours = _UPLOADS in self.kind or "ARTIFACTUPLOAD" in self.name
        return ours and not self.file_name.startswith(_AUDIT_ASSISTANT)


def job_path(name: str) -> str:
    # The names hold a `$`, which has to be encoded.
    return f"{JOBS}/{quote(name, safe='')}"


def cancellation(name: str) -> dict[str, Any]:
    return {"jobIds": [name]}


def read_job(row: JsonObject) -> UploadJob | None:
    name = as_text(row.get("jobName"))
    if not name:
        return None
    begun = as_moment(row.get("startTime"))
    created = as_moment(row.get("createTime"))
    return UploadJob(
        name=name,
        status=as_text(row.get("state")),
        kind=as_text(row.get("jobClass")),
        artifact=as_count(as_object(row.get("jobData")).get("PARAM_ARTIFACT_ID")),
        file_name=as_text(row.get("artifactName")),
        user=as_text(row.get("userName")),
        version=as_count(row.get("projectVersionId")),
        cancellable=as_flag(row.get("cancellable")) is True,
        created=begun if created is None else created,
        finished=as_moment(row.get("finishTime")),
    )
