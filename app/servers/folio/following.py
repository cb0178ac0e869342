"""Following jobs to their end: which job is a file's, how far it is, and what came of it."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from app.core.catalogue import JOB_FAILED, Entry
from app.core.jobs import Job, JobAction, JobState, Result
from app.core.problems import Busy, ServerFault
from app.servers.folio import problems
from app.servers.folio.failed import FailedRecords
from app.servers.folio.gateway import Gateway
from app.servers.folio.rhythm import Rhythm
from app.servers.folio.tickets import COMPOSITE, LOADED, RAW, SINGLE, SPLIT, JobRef
from app.servers.folio.wire import definitions, jobs, logs
from app.servers.folio.wire.jobs import JobExecution

_LIST = 200
_ALONE = 3
"""So many jobs of others are asked about one by one; more come from a list."""
_LONGEST_LIST = 1000
_DATA_IMPORT = "/data-import"


class Following:
    """Looks at jobs. `web` is the address of the FOLIO web page, for links; empty if not known.

    It remembers of each job what makes the next look cheap, and how far it was: the server's
    numbers sometimes fall.
    """

    def __init__(self, gateway: Gateway, rhythm: Rhythm, web: str) -> None:
        self._gateway = gateway
        self._rhythm = rhythm
        self._web = web.rstrip("/")
        self._user = ""
        self._hrids: dict[str, int] = {}
        self._parents: dict[str, str] = {}
        self._furthest: dict[str, int] = {}
        self._since: dict[str, float] = {}
        self._failed: dict[str, FailedRecords] = {}
        """Begun and, because the server failed meanwhile, not whole yet."""

    async def status(self, refs: Sequence[str]) -> list[Job]:
        """One look at each job, by one list of the user's jobs where there are several."""
        found = await self._look([JobRef.of(ref) for ref in refs])
        return [await self._told(ref, found.get(ref)) for ref in refs]

    async def recent(self, since: datetime) -> list[Job]:
        """The tenant's running jobs and those begun since then, newest first."""
        told: list[Job] = []
        for one in await self._begun_since(since.timestamp()):
            # Drafts that nobody started, and with splitting on what remains of every file.
            if not one.composite and one.status in ("NEW", jobs.FILE_UPLOADED):
                continue
            ref = JobRef(COMPOSITE if one.composite else SINGLE, one.id)
            job = self._job(str(ref), ref, one)
            if not job.state.ended or (one.started or 0.0) >= since.timestamp():
                told.append(job)
        return told

    async def _begun_since(self, moment: float) -> list[JobExecution]:
        """At least a page of jobs, and as many more as began since then, newest first."""
        found: dict[str, JobExecution] = {}
        for offset in range(0, _LONGEST_LIST, _LIST):
            page, _ = await self._gateway.jobs(jobs.lately(_LIST, offset))
            # Between two pages others may begin, which moves the rest down.
            found |= {one.id: one for one in page}
            if len(page) < _LIST or (page[-1].started or 0.0) < moment:
                break
        return list(found.values())

    async def cancel(self, ref: str) -> None:
        """Stop a job; records already made stay. Raises Busy while there is nothing to stop yet."""
        wanted = JobRef.of(ref)
        if wanted.kind == LOADED:
            return
        if wanted.kind not in (SPLIT, COMPOSITE):
            await self._gateway.stop(wanted.job)
            return
        parent = (await self._look([wanted])).get(ref)
        if parent is None:
            raise Busy(problems.NOT_CANCELLABLE_YET)
        try:
            await self._gateway.stop_composite(parent.id)
        except ServerFault as problem:
            # Every refusal of this call is a 500, also when the job had ended meanwhile.
            execution = (await self._look([wanted])).get(ref)
            if execution is not None and jobs.verdict(execution).state.ended:
                return
            status = problem.exchange.status if problem.exchange else None
            facts = {"status": str(status or "–")}
            raise ServerFault(problems.STOP_FAILED, facts, exchange=problem.exchange) from None

    async def result(self, ref: str) -> Result:
        """Counts and failed records, of all parts together where the file was split."""
        wanted = JobRef.of(ref)
        execution = (await self._look([wanted])).get(ref)
        if execution is None:
            return Result(complete=wanted.kind == LOADED)
        parts = [execution]
        if execution.composite:
            parts = await self._gateway.children(execution.id)
        summaries = await self._summaries(parts)
        counts = logs.added(summaries.values())
        failures = self._failed.setdefault(ref, FailedRecords(self._gateway))
        await failures.collect(parts, summaries)
        self._failed.pop(ref, None)
        failed = max(counts.get("failed", 0), failures.listed)
        told = all(part.id in summaries for part in parts if part.current)
        if jobs.verdict(execution).errors and not failed:
            # The job says that not every record went well, and its log does not (yet) say which.
            failed, told = 1, False
        if counts:
            counts["failed"] = failed
        if told:
            # Nothing is asked about it after its result.
            for known in (self._hrids, self._parents, self._furthest, self._since):
                known.pop(ref, None)
        shown = next((part for part in parts if part.status == jobs.ERROR), None)
        return Result(
            counts=counts,
            failures=tuple(failures.failures),
            failed=failed,
            link=self._summary_link((shown or parts[0]).id if parts else execution.id),
            complete=told,
            which=failures.which,
        )

    async def _summaries(self, parts: Sequence[JobExecution]) -> Mapping[str, Mapping[str, int]]:
        """By job. The summary of a job that processed records is waited for, because it lags."""
        found: dict[str, Mapping[str, int]] = {}
        pending = list(parts)
        async for last in self._rhythm.looks(self._rhythm.summary, first=0.5):
            for part in pending:
                summary = await self._gateway.summary(part.id)
                if summary is not None:
                    found[part.id] = summary
            pending = [part for part in pending if part.id not in found and part.current]
            if last or not pending:
                break
        return found

    async def _look(self, refs: Sequence[JobRef]) -> dict[str, JobExecution]:
        """What the server shows of these jobs, by reference; with live progress."""
        wanted = {str(ref): ref for ref in refs if ref.kind != LOADED and ref.job}
        found: dict[str, JobExecution] = {}
        mine = [ref for ref in wanted.values() if ref.kind in (RAW, SPLIT)]
        if len(wanted) - len(mine) > _ALONE:
            found |= await self._listed({k: ref for k, ref in wanted.items() if ref not in mine})
        if len(mine) > 1 and (user := await self._own_user(mine)):
            limit = min(max(_LIST, 2 * len(mine)), _LONGEST_LIST)
            listed, _ = await self._gateway.jobs(jobs.by_user(user, limit))
            by_id = {one.id: one for one in listed}
            by_key = {one.source_path: one for one in listed if one.composite}
            for key, ref in ((str(ref), ref) for ref in mine):
                one = by_key.get(ref.key) if ref.kind == SPLIT else by_id.get(ref.job)
                if one is not None:
                    found[key] = self._remembered(key, one)
        for key, ref in wanted.items():
            if key not in found and (one := await self._look_alone(key, ref)) is not None:
                found[key] = self._remembered(key, one)
        return found

    async def _listed(self, wanted: Mapping[str, JobRef]) -> dict[str, JobExecution]:
        """Anybody's jobs, by reference: from what is at work, and from what ended last."""
        found: dict[str, JobExecution] = {}
        room = min(max(_LIST, 2 * len(wanted)), _LONGEST_LIST)
        for params in (jobs.at_work(room), jobs.just_ended(_LIST)):
            listed, _ = await self._gateway.jobs(params)
            by_id = {one.id: one for one in listed}
            for key, ref in wanted.items():
                if key not in found and (one := by_id.get(ref.job)) is not None:
                    found[key] = self._remembered(key, one)
            if len(wanted) - len(found) <= _ALONE:
                break
        return found

    async def _own_user(self, refs: Iterable[JobRef]) -> str:
        """The id of the signed-in user, as own jobs show it."""
        if not self._user:
            ref = next((one for one in refs if one.kind in (RAW, SPLIT)), None)
            execution = await self._gateway.job(ref.job) if ref is not None else None
            self._user = execution.user if execution is not None else ""
        return self._user

    async def _look_alone(self, key: str, ref: JobRef) -> JobExecution | None:
        hrid = self._hrids.get(key)
        if hrid is not None:
            listed, _ = await self._gateway.jobs(jobs.by_hrid(hrid))
            id = self._parents.get(key, ref.job)
            live = next((one for one in listed if one.id == id), None)
            if live is not None:
                return live
        if ref.kind == SPLIT:
            return await self._parent(key, ref)
        stored = await self._gateway.job(ref.job)
        if stored is None or stored.hrid is None or hrid is not None:
            return stored
        # The single job shows progress only at its end; the list shows it live, and parts too.
        listed, _ = await self._gateway.jobs(jobs.by_hrid(stored.hrid))
        return next((one for one in listed if one.id == stored.id), stored)

    async def _parent(self, key: str, ref: JobRef) -> JobExecution | None:
        """The composite job of a storage key: the file's own job is not linked to it."""
        listed, _ = await self._gateway.jobs(jobs.by_key(definitions.millis(ref.key)))
        for one in listed:
            if one.composite and one.source_path == ref.key:
                return one
        return None

    def _remembered(self, key: str, one: JobExecution) -> JobExecution:
        if one.hrid is not None:
            self._hrids[key] = one.hrid
        if one.composite:
            self._parents[key] = one.id
        return one

    async def _told(self, ref: str, execution: JobExecution | None) -> Job:
        wanted = JobRef.of(ref)
        if wanted.kind == LOADED:
            facts = {"job": wanted.job, "definition": wanted.definition}
            return Job(
                ref,
                JobState.DONE,
                word=definitions.LOADED,
                note=problems.ONLY_UPLOADED,
                facts=facts,
                link=self._link(_DATA_IMPORT),
            )
        if execution is None:
            return await self._not_shown(ref, wanted)
        job = self._job(ref, wanted, execution)
        if job.state is not JobState.WAITING or execution.moved or wanted.kind != RAW:
            self._since.pop(ref, None)
            return job
        return await self._waiting(job, wanted)

    async def _not_shown(self, ref: str, wanted: JobRef) -> Job:
        """A job the server does not show: deleted, or of a split file not begun with."""
        facts = {"job": wanted.job, "definition": wanted.definition}
        gone = Job(ref, JobState.GONE, facts=facts, link=self._link(_DATA_IMPORT))
        if wanted.kind != SPLIT or ref in self._parents:
            return gone
        waiting = Job(ref, JobState.WAITING, facts=facts, link=self._link(_DATA_IMPORT))
        return await self._waiting(waiting, wanted)

    async def _waiting(self, job: Job, wanted: JobRef) -> Job:
        """An accepted job that has not begun: the definition may tell why."""
        since = self._since.setdefault(job.ref, time.monotonic())
        late = self._rhythm.past(since, self._rhythm.not_started)
        if wanted.kind == RAW and not late:
            return job
        definition = await self._gateway.definition(wanted.definition)
        status = definition.status if definition is not None else ""
        if status == definitions.ERROR:
            return _with(job, JobState.FAILED, status, problems.SPLITTING_FAILED)
        if not late:
            return job
        if not status:
            return _with(job, JobState.GONE, status, None)
        if status == definitions.COMPLETED:
            return _with(job, JobState.UNKNOWN if wanted.kind == SPLIT else job.state, status, None)
        return _with(job, JobState.WAITING, status, problems.ACCEPTED_NOT_STARTED)

    def _job(self, ref: str, wanted: JobRef, execution: JobExecution) -> Job:
        verdict = jobs.verdict(execution)
        done = verdict.done
        if done is not None:
            done = max(done, self._furthest.get(ref, 0))
            if verdict.total is not None:
                done = min(done, verdict.total)
            self._furthest[ref] = done
        facts = {"job": execution.id}
        if execution.hrid is not None:
            facts["hrid"] = str(execution.hrid)
        if wanted.definition:
            facts["definition"] = wanted.definition
        if execution.profile_name:
            facts["profile"] = execution.profile_name
        note, more = _note(execution, verdict.state)
        ended = verdict.state.ended
        return Job(
            ref,
            verdict.state,
            done=done,
            total=verdict.total,
            word=execution.status,
            note=note,
            facts=facts | more,
            link=self._job_link(execution, ended),
            actions=() if ended else (JobAction.CANCEL,),
            name=execution.shown_name,
            who=execution.who,
            started=execution.started,
            ended=execution.completed if ended else None,
            errors=verdict.errors,
        )

    def _job_link(self, execution: JobExecution, ended: bool) -> str:
        # Only parts have a page of their own, not the composite job.
        if ended and not execution.composite:
            return self._summary_link(execution.id)
        return self._link(_DATA_IMPORT)

    def _summary_link(self, id: str) -> str:
        return self._link(f"{_DATA_IMPORT}/job-summary/{id}")

    def _link(self, path: str) -> str:
        return f"{self._web}{path}" if self._web else ""


def _with(job: Job, state: JobState, word: str, note: Entry | None) -> Job:
    return replace(job, state=state, word=word, note=note)


def _note(execution: JobExecution, state: JobState) -> tuple[Entry | None, dict[str, str]]:
    """Why a job failed, and the facts of those words."""
    if state is not JobState.FAILED:
        return None, {}
    if execution.status == jobs.DISCARDED:
        return problems.DRAFT_DELETED, {}
    reason = execution.error.replace("_", " ").lower() or f"its state is {execution.status}"
    if execution.composite:
        return JOB_FAILED, {"reason": "no record could be read in any of its parts"}
    if execution.error == jobs.FILE_PROCESSING_ERROR:
        return problems.FILE_UNREADABLE_BY_SERVER, {}
    if execution.error == jobs.PROFILE_ERROR:
        return problems.PROFILE_BROKEN, {"reason": reason}
    return JOB_FAILED, {"reason": reason}
