"""Following uploads to their end: the artifact's state alone decides; the job only leads to it."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from app.core.catalogue import Entry
from app.core.jobs import Job, JobAction, JobState
from app.core.problems import Problem, Refused, SignInProblem, Unreachable
from app.servers.json_values import as_count
from app.servers.ssc import problems
from app.servers.ssc.gateway import RECENT, Gateway, History, hidden
from app.servers.ssc.rhythm import Rhythm
from app.servers.ssc.sending import resembles
from app.servers.ssc.tickets import Delivery, JobRef
from app.servers.ssc.wire import artifacts
from app.servers.ssc.wire.artifacts import Artifact
from app.servers.ssc.wire.envelope import one_line
from app.servers.ssc.wire.jobs import DEFERRED, UploadJob

_BY_LIST = 3
"""From this many uploads of one version on, its list is read instead of each."""
_LISTED = 200
_VERSIONS_LOOKED_AT = 10
_LOOKED_AT_ALONE = 20
_CLOCK_SLACK = 300.0

_FAILED: Mapping[str, Entry] = {
    artifacts.AUTH_DENIED: problems.APPROVAL_DENIED,
    "AUDIT_FAILED": problems.AUDIT_FAILED,
    "ERROR_ANALYZING": problems.AUDIT_FAILED,
    "ERROR_DISPATCH": problems.AUDIT_FAILED,
}


class Following:
    """Looks at uploads. `base` is the address of the server, for links to its pages."""

    def __init__(self, gateway: Gateway, rhythm: Rhythm, base: str) -> None:
        self._gateway = gateway
        self._rhythm = rhythm
        self._base = base
        self._versions: set[int] = set()
        self._approved: dict[int, str] = {}
        self._since: dict[str, float] = {}
        self._ended: dict[str, float] = {}
        self._seen: set[int] = set()

    async def status(self, refs: Sequence[str]) -> list[Job]:
        """One look at each upload. An upload first known by its job is told by its artifact as soon
        as there is one, with a reference that holds both."""
        wanted = [JobRef.of(ref) for ref in refs]
        jobs: dict[str, UploadJob | None] = {}
        for at, ref in enumerate(wanted):
            if ref.version is not None:
                self._versions.add(ref.version)
            if ref.artifact is None:
                wanted[at] = await self._traced(ref, jobs)
        shown = await self._shown(wanted)
        return [
            await self._told(old, ref, shown, jobs) for old, ref in zip(refs, wanted, strict=True)
        ]

    async def traced(self, ref: str) -> JobRef:
        """The reference with its artifact, if the server shows which it is."""
        wanted = JobRef.of(ref)
        return wanted if wanted.artifact is not None else await self._traced(wanted, {})

    def meet(self, versions: Iterable[str]) -> None:
        """These are worth looking at too; what is no number of a version is passed over."""
        self._versions |= {number for one in versions if (number := as_count(one)) is not None}

    async def recent(self, since: datetime) -> list[Job]:
        """The server's upload jobs, and the uploads of the versions met on the way."""
        try:
            jobs = await self._gateway.jobs()
        except Refused as problem:
            # Not every token may see the jobs.
            if not hidden(problem):
                raise
            jobs = []
        moment = since.timestamp()
        recent = [job for job in jobs if not job.over or (job.created or moment) >= moment]
        found: dict[int, Job] = {}
        for version in self._worth_looking_at(recent):
            history = await self._history(version, _LISTED)
            for one in history.artifacts if history is not None else ():
                job = self._job(JobRef(version, one.id), one)
                if not job.state.ended or (one.uploaded or 0.0) >= moment:
                    found[one.id] = job
        # A new artifact shows in its version's list only after a moment.
        refs = [JobRef(job.version, job.artifact, job.name) for job in recent if job.over]
        missing = [ref for ref in refs if ref.artifact is not None and ref.artifact not in found]
        for id, artifact in (await self._shown(missing[:_LOOKED_AT_ALONE])).items():
            if artifact is not None:
                found[id] = self._job(JobRef(artifact.version, id), artifact)
        told = list(found.values())
        for running in recent:
            ref = JobRef(running.version, running.artifact, running.name)
            if running.artifact is None or running.artifact not in found:
                told.append(self._job_alone(ref, running))
        return sorted(told, key=lambda job: job.started or 0.0, reverse=True)

    async def approve(self, ref: str, comment: str) -> None:
        """Approve an upload that waits for it; SSC wants a comment."""
        wanted = await self.traced(ref)
        if wanted.artifact is None:
            raise Refused(problems.NOT_VISIBLE)
        await self._gateway.approve(wanted.artifact, comment.strip() or "Approved with Longshore")

    async def cancel(self, ref: str) -> None:
        """Ask the server to stop a job. Raises Refused where there is none to stop."""
        wanted = JobRef.of(ref)
        job = await self._gateway.job(wanted.job) if wanted.job else None
        if job is None or not job.cancellable:
            raise Refused(problems.NOT_CANCELLABLE)
        await self._gateway.cancel(job.name)

    # finding the artifact

    async def _traced(self, ref: JobRef, jobs: dict[str, UploadJob | None]) -> JobRef:
        """With its artifact, if the job or the version's list shows one."""
        if ref.job:
            job = await self._job_known(ref.job)
            jobs[ref.job] = job
            if job is not None and job.artifact is not None:
                return ref.found(job.artifact)
            if job is not None and not job.over and not self._late(str(ref)):
                return ref
        if ref.version is None or not ref.name:
            return ref
        # The job was swept away, may not be seen or does not tell, or its name never came.
        history = await self._history(ref.version)
        if history is None:
            return ref
        alike = Delivery(ref.version, ref.name, ref.size)
        mine = [
            one
            for one in history.artifacts
            if one.id not in ref.known
            and resembles(one, alike)
            and (one.uploaded is None or one.uploaded >= ref.since - _CLOCK_SLACK)
        ]
        return ref.found(mine[0].id) if len(mine) == 1 else ref

    def _late(self, ref: str) -> bool:
        """Whether this was first looked for so long ago that it should be there."""
        since = self._since.setdefault(ref, time.monotonic())
        return self._rhythm.past(since, self._rhythm.appears)

    async def _job_known(self, name: str) -> UploadJob | None:
        try:
            return await self._gateway.job(name)
        except Refused as problem:
            if not hidden(problem):
                raise
            return None

    async def _history(self, version: int, most: int = RECENT) -> History | None:
        """The version's latest artifacts; None where the token may not see them."""
        try:
            return await self._gateway.history(version, most)
        except Refused as problem:
            if not hidden(problem):
                raise
            return None

    async def _shown(self, refs: Sequence[JobRef]) -> dict[int, Artifact | None]:
        """The artifacts by id, None for those that are not to be seen, missing if not there."""
        by_version: dict[int | None, list[int]] = defaultdict(list)
        for ref in refs:
            if ref.artifact is not None:
                by_version[ref.version].append(ref.artifact)
        shown: dict[int, Artifact | None] = {}
        for version, ids in by_version.items():
            if version is not None and len(ids) >= _BY_LIST:
                history = await self._history(version, _LISTED)
                listed = history.artifacts if history is not None else ()
                shown |= {one.id: one for one in listed if one.id in ids}
            for id in ids:
                if id in shown:
                    continue
                try:
                    artifact = await self._gateway.artifact(id)
                except Refused as problem:
                    if not hidden(problem):
                        raise
                    if not await self._deleted(version, id):
                        shown[id] = None
                    continue
                if artifact is not None:
                    shown[id] = artifact
        self._seen |= {id for id, artifact in shown.items() if artifact is not None}
        return shown

    async def _deleted(self, version: int | None, id: int) -> bool:
        """Whether a refused look means that the artifact is gone: SSC says the same to both."""
        history = await self._history(version) if version is not None else None
        return history is not None and all(one.id != id for one in history.artifacts)

    # telling

    async def _told(
        self,
        old: str,
        ref: JobRef,
        shown: Mapping[int, Artifact | None],
        jobs: Mapping[str, UploadJob | None],
    ) -> Job:
        job = jobs.get(ref.job)
        if ref.artifact is not None and ref.artifact in shown:
            artifact = shown[ref.artifact]
            if artifact is None:
                return self._plain(ref, JobState.UNKNOWN, problems.NOT_VISIBLE)
            return await self._of_artifact(ref, artifact, job)
        if job is not None:
            return self._of_job(ref, job)
        if ref.artifact is not None and ref.artifact in self._seen:
            return self._plain(ref, JobState.GONE, None)
        late = self._late(old)
        if ref.artifact is None and late:
            return self._plain(ref, JobState.UNKNOWN, problems.NOT_VISIBLE)
        return self._plain(ref, JobState.GONE if late else JobState.WAITING, None)

    async def _of_artifact(self, ref: JobRef, artifact: Artifact, job: UploadJob | None) -> Job:
        if artifact.status == artifacts.REQUIRE_AUTH and ref.approve:
            artifact = await self._approved_once(artifact)
        told = self._job(ref, artifact)
        if ref.job and (told.state is JobState.FAILED or not told.state.ended):
            if job is None:
                job = await self._job_known(ref.job)
            if job is not None:
                return self._with_job(told, ref, job)
        self._since.pop(str(ref), None)
        return told

    def _with_job(self, told: Job, ref: JobRef, job: UploadJob) -> Job:
        """The job tells whether it can be stopped, and ends at times without a word to the
        artifact."""
        if told.state is JobState.FAILED:
            stopped = job.state is JobState.CANCELLED
            return replace(told, state=JobState.CANCELLED, note=None) if stopped else told
        if job.state.ended and told.state is not JobState.APPROVAL:
            return self._lagging(told, self._of_job(ref, job))
        if job.cancellable and not job.over:
            return replace(told, actions=(*told.actions, JobAction.CANCEL))
        return told

    def _of_job(self, ref: JobRef, job: UploadJob) -> Job:
        told = self._job_alone(ref, job)
        if not job.over:
            return told
        waiting = replace(told, state=JobState.RUNNING, note=None, ended=None)
        ended = told if told.state.ended else replace(told, state=JobState.UNKNOWN)
        return self._lagging(waiting, ended)

    def _lagging(self, now: Job, ended: Job) -> Job:
        """What is said of a job that ended while the artifact still says something else."""
        since = self._ended.setdefault(now.ref, time.monotonic())
        return ended if self._rhythm.past(since, self._rhythm.job_lag) else now

    async def _approved_once(self, artifact: Artifact) -> Artifact:
        """Approved as the options ask, if that was not tried before; as it is then."""
        if artifact.id in self._approved or artifact.approved or artifact.may_approve is False:
            return artifact
        self._approved[artifact.id] = ""
        try:
            await self._gateway.approve(artifact.id, "Approved automatically by Longshore")
        except (SignInProblem, Unreachable):
            # Nothing reached the server as this user.
            del self._approved[artifact.id]
            raise
        except Problem as problem:
            self._approved[artifact.id] = problem.facts.get("reason", problem.title)
            return artifact
        return await self._gateway.artifact(artifact.id) or artifact

    def _job(self, ref: JobRef, artifact: Artifact) -> Job:
        state = artifact.state
        messages = one_line(artifact.messages) or "–"
        facts = {"artifact": str(artifact.id), "messages": messages, "status": artifact.status}
        version = artifact.version if ref.version is None else ref.version
        if version is not None:
            facts["version"] = str(version)
        note: Entry | None = None
        actions: tuple[JobAction, ...] = ()
        if state is JobState.APPROVAL:
            note = problems.NEEDS_APPROVAL
            if refused := self._approved.get(artifact.id):
                note, facts["reason"] = problems.APPROVAL_REFUSED, refused
            if artifact.may_approve is not False:
                actions = (JobAction.APPROVE,)
        elif artifact.status in artifacts.REMOVED:
            note = problems.PURGED if state is JobState.DONE else problems.REMOVED
        elif state is JobState.FAILED:
            note = _FAILED.get(artifact.status, problems.PROCESSING_FAILED)
        return Job(
            str(replace(ref, artifact=artifact.id)),
            state,
            word=artifact.status,
            note=note,
            facts=facts,
            link=self._link(version),
            actions=actions,
            name=artifact.name,
            who=artifact.user,
            started=artifact.uploaded,
        )

    def _job_alone(self, ref: JobRef, job: UploadJob) -> Job:
        note: Entry | None = None
        if job.status == DEFERRED:
            note = problems.POSTPONED
        elif job.state is JobState.FAILED:
            note = problems.JOB_FAILED
        return Job(
            str(ref),
            job.state,
            word=job.status,
            note=note,
            facts={"job": job.name, "status": job.status},
            link=self._link(ref.version),
            actions=(JobAction.CANCEL,) if job.cancellable and not job.over else (),
            name=job.file_name or ref.name,
            who=job.user,
            started=job.created,
            ended=job.finished,
        )

    def _plain(self, ref: JobRef, state: JobState, note: Entry | None) -> Job:
        return Job(str(ref), state, note=note, link=self._link(ref.version), name=ref.name)

    def _worth_looking_at(self, jobs: Sequence[UploadJob]) -> list[int]:
        versions = [job.version for job in jobs if job.version is not None]
        return list(dict.fromkeys([*versions, *sorted(self._versions)]))[:_VERSIONS_LOOKED_AT]

    def _link(self, version: int | None) -> str:
        return page_of(self._base, version)


def page_of(base: str, version: int | None) -> str:
    """The address of the page where a person sees the uploads of a version."""
    return f"{base}/html/ssc/version/{version}/artifacts" if version is not None else ""
