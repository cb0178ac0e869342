"""Artifacts: what the server made of an uploaded file, and their states in our words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from app.core.jobs import JobState
from app.servers.json_values import (
    JsonObject,
    as_count,
    as_flag,
    as_moment,
    as_object,
    as_objects,
    as_text,
)
from app.servers.ssc.wire.envelope import API
from app.servers.ssc.wire.versions import VERSIONS

ARTIFACTS = f"{API}/artifacts"
APPROVE = f"{ARTIFACTS}/action/approve"

WITH_SCANS = (("embed", "scans"),)

REQUIRE_AUTH = "REQUIRE_AUTH"
PROCESS_COMPLETE = "PROCESS_COMPLETE"
AUTH_DENIED = "AUTH_DENIED"

REMOVED = ("DELETING", "DELETED", "ERROR_DELETING", "PURGING", "PURGED", "ERROR_PURGING")
_PURGED = ("PURGING", "PURGED", "ERROR_PURGING")

_STATES: Mapping[str, JobState] = MappingProxyType(
    {
        "NONE": JobState.WAITING,
        "SCHED_PROCESSING": JobState.WAITING,
        "DISPATCH_ANALYSIS": JobState.WAITING,
        "DISPATCH_REAUDIT": JobState.WAITING,
        "QUEUED_ANALYSIS": JobState.WAITING,
        "REQUEUED_ANALYSIS": JobState.WAITING,
        "PROCESSING": JobState.RUNNING,
        "ANALYZING": JobState.RUNNING,
        "ANALYSIS_COMPLETE": JobState.RUNNING,
        REQUIRE_AUTH: JobState.APPROVAL,
        PROCESS_COMPLETE: JobState.DONE,
        "ERROR_PROCESSING": JobState.FAILED,
        "ERROR_DISPATCH": JobState.FAILED,
        "ERROR_ANALYZING": JobState.FAILED,
        "AUDIT_FAILED": JobState.FAILED,
        AUTH_DENIED: JobState.FAILED,
    }
)
_ENGINE_STATES = ("scaStatus", "webInspectStatus", "runtimeStatus", "otherStatus")


@dataclass(frozen=True, slots=True)
class Scan:
    guid: str
    type: str
    engine_version: str
    build: str
    certification: str
    files: int | None
    lines: int | None


@dataclass(frozen=True, slots=True)
class Artifact:
    """A row of a version's artifacts. `engines` are the states of its parts, by engine."""

    id: int
    version: int | None
    name: str
    size: int | None
    status: str
    messages: str
    user: str
    uploaded: float | None
    scan_errors: int
    may_approve: bool | None
    approved: bool
    engines: Mapping[str, str]
    scans: tuple[Scan, ...]
    scanned: float | None = None
    """When the newest scan in it was made."""

    @property
    def processed(self) -> bool:
        """Whether the server had once taken its results in, as far as the row shows."""
        return self.status in (PROCESS_COMPLETE, *_PURGED) or "PROCESSED" in self.engines.values()

    @property
    def state(self) -> JobState:
        if self.status in REMOVED:
            return JobState.DONE if self.processed else JobState.FAILED
        return _STATES.get(self.status, JobState.UNKNOWN)


def artifact_path(id: int) -> str:
    return f"{ARTIFACTS}/{id}"


def errors_path(id: int) -> str:
    return f"{ARTIFACTS}/{id}/scanerrors"


def history_path(version: int) -> str:
    """The artifacts of a version; a file is posted to the same path."""
    return f"{VERSIONS}/{version}/artifacts"


def approval(id: int, comment: str) -> dict[str, Any]:
    return {"artifactIds": [id], "comment": comment}


def read_artifact(row: JsonObject) -> Artifact | None:
    id = as_count(row.get("id"))
    if id is None:
        return None
    return Artifact(
        id=id,
        version=as_count(row.get("projectVersionId")),
        name=as_text(row.get("originalFileName")),
        size=as_count(row.get("fileSize")),
        status=as_text(row.get("status")),
        messages=as_text(row.get("messages")).strip(),
        user=as_text(row.get("userName")),
        uploaded=as_moment(row.get("uploadDate")),
        scan_errors=as_count(row.get("scanErrorsCount")) or 0,
        may_approve=as_flag(row.get("allowApprove")),
        approved=bool(row.get("approvalDate") or row.get("approvalUsername")),
        engines={
            key.removesuffix("Status"): state
            for key in _ENGINE_STATES
            if (state := as_text(row.get(key)))
        },
        scans=tuple(_scan(one) for one in as_objects(as_object(row.get("_embed")).get("scans"))),
        scanned=as_moment(row.get("lastScanDate")),
    )


def _scan(row: JsonObject) -> Scan:
    lines = as_count(row.get("totalLOC"))
    return Scan(
        guid=as_text(row.get("guid")),
        type=as_text(row.get("type")),
        engine_version=as_text(row.get("engineVersion")),
        build=as_text(row.get("buildId")),
        certification=as_text(row.get("certification")),
        files=as_count(row.get("noOfFiles")),
        lines=as_count(row.get("execLOC")) if lines is None else lines,
    )


@dataclass(frozen=True, slots=True)
class ScanError:
    code: str
    text: str


def read_scan_error(row: JsonObject) -> ScanError:
    code = row.get("errorCode")
    return ScanError(
        str(code) if isinstance(code, int) else as_text(code),
        as_text(row.get("errorDescription")),
    )
