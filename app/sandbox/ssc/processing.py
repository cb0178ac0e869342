"""The server's own work on what it took: a job, its artifact, and the verdict on both."""

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any

from app.sandbox.family import Ground
from app.sandbox.ssc import fpr
from app.sandbox.ssc.options import Options
from app.sandbox.ssc.state import Artifact, Holdings, Job, Scan

_CRAWL = 20.0
_OFF = 0.1


class Processing:
    def __init__(self, options: Options, ground: Ground, holdings: Holdings) -> None:
        self._options = options
        self._ground = ground
        self._holdings = holdings
        self._tasks: set[asyncio.Task[None]] = set()
        self._workers = asyncio.Semaphore(options.workers)

    def begin(self, artifact: Artifact) -> Job:
        """Queue the job of an artifact, for the first time or after its approval."""
        job = self._holdings.new_job(artifact)
        job.states.append(job.state)
        artifact.become("SCHED_PROCESSING")
        job.task = self._keep(self._run(job, artifact))
        return job

    async def close(self) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def cancel(self, job: Job) -> bool:
        """Take a job back that is still queued; whether it was."""
        if job.state != "PREPARED" or job.task is None:
            return False
        job.cancel_requested = True
        job.task.cancel()
        self._keep(self._cancelled(job))
        return True

    async def _cancelled(self, job: Job) -> None:
        if self._options.since("22.1"):
            job.become("CANCELLING")
            await self._ground.work(self._options.queue_seconds)
        job.become("CANCELLED")
        artifact = self._holdings.artifacts.get(job.artifact_id or 0)
        if artifact is not None:
            artifact.messages = ["The upload was cancelled"]
            artifact.become("ERROR_PROCESSING")
        await self._swept(job)

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Do something once the server has worked for so long."""

        async def work() -> None:
            await self._ground.work(seconds)
            act()

        self._keep(work())

    def _keep(self, work: Coroutine[Any, Any, None]) -> "asyncio.Task[None]":
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        return task

    async def _run(self, job: Job, artifact: Artifact) -> None:
        slow = self._ground.faults.strikes_job("slow-job", self._ground.family, artifact.name)
        factor = _CRAWL if slow else 1.0
        if self._options.artifact_states or self._options.job_states:
            await asyncio.gather(self._walk_artifact(artifact, factor), self._walk_job(job, factor))
        else:
            await self._process(job, artifact, factor)
        await self._swept(job)

    async def _walk_artifact(self, artifact: Artifact, factor: float) -> None:
        """The words of the option one after the other; approval begins at their end."""
        states = self._options.artifact_states
        if not states:
            states = ("SCHED_PROCESSING", "PROCESSING", "PROCESS_COMPLETE")
        if artifact.approved:
            states = ("SCHED_PROCESSING", "PROCESSING", "PROCESS_COMPLETE")
        for number, state in enumerate(states):
            if number:
                await self._ground.work(self._options.step_seconds * factor)
            if artifact.gone:
                return
            self._explain(artifact, state)
            artifact.become(state)
        if artifact.status == "PROCESS_COMPLETE":
            await self._read(artifact)

    @staticmethod
    def _explain(artifact: Artifact, state: str) -> None:
        """What the server says beside a word that a person has to understand."""
        said = {
            "REQUIRE_AUTH": "The number of files decreased by more than 10% (from 120 to 90)",
            "AUTH_DENIED": "Approval was denied by admin",
            "ERROR_PROCESSING": "Unexpected error while processing the results",
            "ERROR_DISPATCH": "The analysis could not be sent to Audit Assistant",
            "ERROR_ANALYZING": "Audit Assistant reported an error",
            "AUDIT_FAILED": "The audit failed",
        }.get(state)
        artifact.messages = [said] if said else []
        if state == "ERROR_PROCESSING":
            artifact.scan_errors = [(1002, "Unexpected exception during dataflow analysis")]

    async def _walk_job(self, job: Job, factor: float) -> None:
        states = self._options.job_states or ("PREPARED", "RUNNING", "FINISHED")
        for number, state in enumerate(states):
            if number:
                await self._ground.work(self._options.step_seconds * factor)
            job.become(state)

    async def _process(self, job: Job, artifact: Artifact, factor: float) -> None:
        await self._ground.work(self._options.queue_seconds * factor)
        async with self._workers:
            if not self._options.since("21.1"):
                job.become("WAITING_FOR_WORKER")
                await self._ground.work(0.2 * factor)
            job.become("RUNNING")
            artifact.become("PROCESSING")
            await self._ground.work(self._options.process_seconds * factor)
            if artifact.gone:
                problem = "The artifact was removed"
            elif self._ground.faults.strikes_job("job-error", self._ground.family, artifact.name):
                problem = "Unexpected error while processing the results"
            else:
                problem = await self._read(artifact)
            self._judge(job, artifact, problem)

    def _judge(self, job: Job, artifact: Artifact, problem: str) -> None:
        if problem:
            artifact.messages = [problem]
            artifact.become("ERROR_PROCESSING")
            job.become("FAILED")
            return
        reasons = [] if artifact.approved else self._reasons(artifact)
        artifact.messages = reasons
        artifact.become("REQUIRE_AUTH" if reasons else "PROCESS_COMPLETE")
        job.become("FINISHED")

    async def _read(self, artifact: Artifact) -> str:
        """Read the file's scans; the reason why there are none, or nothing."""
        if artifact.path is None:
            return ""
        content = await asyncio.to_thread(fpr.read, artifact.path, artifact.engine, artifact.sha256)
        if content.problem:
            return content.problem
        known = {
            scan.guid
            for other in self._holdings.of_version(artifact.version)
            if other is not artifact
            for scan in other.scans
        }
        artifact.scans = list(content.scans)
        artifact.scan_errors = list(content.errors)
        artifact.repeated = bool(artifact.scans) and all(s.guid in known for s in artifact.scans)
        return ""

    def _reasons(self, artifact: Artifact) -> list[str]:
        """Why a person has to approve: the rules of the version, or the option."""
        if self._options.approval is not None:
            reason = "The processing rules of this version ask for approval"
            return [reason] if self._options.approval else []
        if not artifact.version.strict:
            return []
        earlier = [
            one for one in self._holdings.of_version(artifact.version) if one.id < artifact.id
        ]
        reasons = []
        if any(one.status == "REQUIRE_AUTH" for one in earlier):
            reasons.append("An earlier artifact of this version was not approved")
        before = next((one for one in earlier if one.status == "PROCESS_COMPLETE"), None)
        if before is not None and before.scans and artifact.scans:
            reasons += _differences(before.scans[0], artifact.scans[0])
        return reasons

    async def _swept(self, job: Job) -> None:
        """Ended jobs are removed by the server's own cleaning."""
        if self._options.swept_after is not None and job.ended:
            await asyncio.sleep(self._options.swept_after)
            self._holdings.jobs.pop(job.name, None)


def _differences(before: Scan, now: Scan) -> list[str]:
    reasons = []
    if before.build_id and now.build_id and before.build_id != now.build_id:
        reasons.append(
            f"The build project differs from the previous scan ({before.build_id}, {now.build_id})"
        )
    if now.files < before.files * (1 - _OFF):
        reasons.append(
            f"The number of files decreased by more than 10% (from {before.files} to {now.files})"
        )
    if before.lines and abs(now.lines - before.lines) > before.lines * _OFF:
        reasons.append(
            f"The number of lines differs by more than 10% ({before.lines}, {now.lines})"
        )
    return reasons


def finished_before(holdings: Holdings, options: Options, user: str) -> None:
    """Artifacts of a colleague in the first version, an hour apart, and their ended jobs."""
    version = next(iter(holdings.versions.values()))
    for number in range(options.neighbours):
        holdings.last_artifact += 1
        # Audit Assistant makes uploads of its own, known by their name.
        name = "AA_shop-nightly.fpr" if number % 5 == 4 else f"shop-nightly-{number + 1:02}.fpr"
        artifact = Artifact(
            holdings.last_artifact,
            version,
            name,
            100_000 + number,
            "",
            user,
            "10.0.0.9",
            "rest",
            None,
            None,
        )
        artifact.uploaded = time.time() - 3600 * (options.neighbours - number)
        artifact.become("PROCESS_COMPLETE")
        holdings.artifacts[artifact.id] = artifact
        job = holdings.new_job(artifact)
        job.created = job.started = artifact.uploaded
        job.become("FINISHED")
        job.finished = artifact.uploaded + 60
