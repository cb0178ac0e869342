"""What came of an upload: the scan, its errors and messages, and the issues of its version."""

from __future__ import annotations

from collections.abc import Mapping

from app.core.jobs import MOST_FAILURES, Failure, JobState, Result
from app.core.problems import Problem, Refused
from app.servers.ssc.following import page_of
from app.servers.ssc.gateway import Gateway
from app.servers.ssc.tickets import JobRef
from app.servers.ssc.wire import artifacts
from app.servers.ssc.wire.artifacts import Artifact
from app.servers.ssc.wire.envelope import one_line

_SEVERITIES = ("critical", "high", "medium", "low")
_ENGINES: Mapping[str, str] = {
    "sca": "static",
    "webInspect": "dynamic",
    "runtime": "runtime",
    "other": "other",
}


class Results:
    """Fetches results. `base` is the address of the server, for links to its pages."""

    def __init__(self, gateway: Gateway, base: str) -> None:
        self._gateway = gateway
        self._base = base

    async def result(self, ref: JobRef) -> Result:
        """Counts of the scan and of the version it went to; errors of the scanner as failures.

        Those are no failed records: the server took the scan in as it is.
        """
        artifact = None
        if ref.artifact is not None:
            artifact = await self._gateway.artifact(ref.artifact, scans=True)
        if artifact is None:
            return Result(link=page_of(self._base, ref.version), complete=False)
        version = artifact.version if ref.version is None else ref.version
        counts: dict[str, int] = {}
        if version is not None and artifact.state is JobState.DONE:
            counts |= await self._severities(version)
        if files := sum(scan.files or 0 for scan in artifact.scans):
            counts["files"] = files
        if lines := sum(scan.lines or 0 for scan in artifact.scans):
            counts["lines"] = lines
        counts["scan_errors"] = artifact.scan_errors
        return Result(
            counts=counts,
            failures=tuple(await self._failures(artifact)),
            link=page_of(self._base, version),
            notes=tuple(_notes(artifact)),
        )

    async def _failures(self, artifact: Artifact) -> list[Failure]:
        found: list[Failure] = []
        if artifact.state is JobState.FAILED:
            lines = (line.strip() for line in artifact.messages.splitlines())
            found += [Failure(None, line) for line in lines if line]
        if artifact.scan_errors:
            try:
                errors = await self._gateway.scan_errors(artifact.id, MOST_FAILURES)
            except Refused:
                errors = []
            found += [Failure(None, one.text or one.code, identifier=one.code) for one in errors]
        return found[:MOST_FAILURES]

    async def _severities(self, version: int) -> dict[str, int]:
        """The version's issues by severity, as far as its folders are the usual ones."""
        try:
            folders = await self._gateway.severities(version)
        except Problem:
            # A right of its own; the upload is complete without it.
            return {}
        by_name = {name.casefold(): count for name, count in folders}
        return {name: by_name[name] for name in _SEVERITIES if name in by_name}


def _notes(artifact: Artifact) -> list[str]:
    """What else the server says about a file, a sentence each."""
    notes: list[str] = []
    if artifact.status in artifacts.REMOVED:
        notes.append("The file was removed on the server since.")
    for scan in artifact.scans:
        pieces = [f"{scan.type or 'Scan'} {scan.engine_version}".strip()]
        if scan.build:
            pieces.append(f"build {scan.build}")
        if scan.certification:
            pieces.append(f"certification {scan.certification.lower()}")
        notes.append(", ".join(pieces) + ".")
    notes += [
        f"The server left the {_ENGINES.get(engine, engine)} results out; usually it has them "
        "already, or newer ones."
        for engine, state in artifact.engines.items()
        if state == "IGNORED"
    ]
    if artifact.messages and artifact.state is JobState.DONE:
        notes.append(one_line(artifact.messages))
    return notes
