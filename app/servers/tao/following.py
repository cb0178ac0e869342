"""How imports stand and what came of them.

Only the server's own word ends an import. That it does not know a reference says little: a fresh
import is not visible at once, and its file moves between folders while it is worked on.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from app.core.catalogue import NOT_THE_SERVER, Entry
from app.core.jobs import Failure, Job, JobState, Result
from app.core.problems import Busy, Forbidden, Problem, Refused, SignInProblem, Unreachable
from app.servers.tao import problems
from app.servers.tao.gateway import Gateway
from app.servers.tao.rhythm import Rhythm
from app.servers.tao.tickets import ImportRef
from app.servers.tao.wire import errors, results
from app.servers.tao.wire.imports import Import

log = logging.getLogger(__name__)

_NOT_YET = (problems.REFERENCE_UNKNOWN.id, problems.STATUS_REFUSED.id)
_NO_ADDRESS = (problems.WRONG_PATH.id, NOT_THE_SERVER.id)
_LOOKS_MOVING = 3
_LOOKS_RESTORED = 2
_NO_FACTS: Mapping[str, str] = MappingProxyType({})
_NO_REASON = "the server gives no reason."


@dataclass(slots=True)
class _Known:
    """What this connection has seen of one import."""

    job: Job | None = None
    found: Import | None = None
    failed_since: float | None = None
    missing_since: float | None = None
    missed: int = 0
    accepted: float | None = None
    """When this program's run sent it, on the monotonic clock."""


class Following:
    """Reads only."""

    def __init__(
        self,
        gateway: Gateway,
        rhythm: Rhythm,
        *,
        wall: Callable[[], float] = time.time,
    ) -> None:
        self._gateway = gateway
        self._rhythm = rhythm
        self._wall = wall
        self._known: dict[str, _Known] = {}

    def accepted(self, ref: str) -> None:
        """The server has just taken this import, and may not show it for a while."""
        self._known.setdefault(ref, _Known()).accepted = time.monotonic()

    async def status(self, refs: Sequence[str]) -> Sequence[Job]:
        """One look at each import. Where the server fails for all of them, its problem is
        raised."""
        jobs: list[Job] = []
        failed: list[Problem] = []
        for ref in refs:
            known = self._known.setdefault(ref, _Known())
            try:
                job = await self._look(ref, known)
            except (SignInProblem, Unreachable, Busy):
                raise
            except Problem as problem:
                failed.append(problem)
                job = replace(known.job or _job(ref, JobState.UNKNOWN), state=JobState.UNKNOWN)
            else:
                known.job = job
            jobs.append(job)
        if failed and len(failed) == len(refs):
            raise failed[0]
        return jobs

    async def result(self, ref: str) -> Result:
        """The rows that failed, from the result file, which may come a while after the end."""
        wanted = ImportRef.of(ref)
        # Nothing is asked about it after its result.
        known = self._known.pop(ref, _Known())
        if known.found is None:
            known.found = await self._gateway.status(wanted.reference)
        found = known.found
        if found.state is not JobState.DONE:
            told = tuple(Failure(None, message) for message in found.messages)
            return Result(failures=told)
        async for last in self._rhythm.looks(self._rhythm.result, first=4.0):
            try:
                content = await self._gateway.result(wanted.reference)
            except Forbidden:
                break
            except Refused as problem:
                if last or problem.id not in (*_NOT_YET, problems.WRONG_PATH.id):
                    log.info("no result file: %s", problem.id)
                    break
                continue
            outcome = await asyncio.to_thread(results.read_result, content, found.lines)
            if outcome is None:
                break
            counts = {"processed": outcome.rows - outcome.failed, "failed": outcome.failed}
            return Result(
                counts,
                outcome.failures,
                outcome.failed,
                notes=found.messages,
                which=outcome.which,
            )
        return Result(complete=False, notes=found.messages)

    async def _look(self, ref: str, known: _Known) -> Job:
        wanted = ImportRef.of(ref)
        try:
            found = await self._gateway.status(wanted.reference)
        except Refused as problem:
            if problem.id in _NOT_YET:
                return self._missing(ref, known, problem)
            if problem.id in _NO_ADDRESS:
                return self._no_address(ref, known, problem)
            if isinstance(problem, Forbidden):
                return _job(ref, JobState.UNKNOWN, note=problem.entry, facts=problem.facts)
            raise
        if known.found is None or known.found.word != found.word:
            log.info("an import is %s", found.state)
        known.found, known.missing_since, known.missed = found, None, 0
        job = _job(ref, found.state, found.word, found.lines)
        if found.state is not JobState.FAILED:
            known.failed_since = None
            return job
        if known.failed_since is None:
            known.failed_since = time.monotonic()
        if not self._rhythm.past(known.failed_since, self._rhythm.confirm):
            return replace(job, state=JobState.RUNNING)
        why = "; ".join(found.messages) or _NO_REASON
        facts = {**job.facts, "reason": why}
        return replace(job, note=problems.IMPORT_FAILED, facts=facts)

    def _missing(self, ref: str, known: _Known, problem: Problem) -> Job:
        """An import the server does not show, or cannot tell anything about."""
        wanted = ImportRef.of(ref)
        if errors.id_refused(problem):
            return _job(ref, JobState.GONE)
        if problem.id == problems.STATUS_REFUSED.id:
            # Also said when a service behind it is down, so it is no word about this import.
            if not self._missed(known, _LOOKS_MOVING, self._rhythm.result):
                return known.job or _job(ref, JobState.WAITING)
            return _job(ref, JobState.UNKNOWN, note=problem.entry, facts=problem.facts)
        if known.found is not None:
            gone = self._missed(known, _LOOKS_MOVING, self._rhythm.moving)
        else:
            gone = self._missed(known, _LOOKS_RESTORED, self._rhythm.restored)
        if gone and not self._fresh(known, wanted):
            return _job(ref, JobState.GONE)
        return known.job or _job(ref, JobState.WAITING)

    def _fresh(self, known: _Known, wanted: ImportRef) -> bool:
        if known.accepted is not None:
            return not self._rhythm.past(known.accepted, self._rhythm.visible)
        # One of an earlier run; the clock on the wall may have been set since.
        passed = self._wall() - wanted.accepted
        return 0 <= passed <= self._rhythm.visible * self._rhythm.scale

    def _no_address(self, ref: str, known: _Known, problem: Problem) -> Job:
        """Nothing at the address: wrong from the start, or a gateway in trouble."""
        late = self._missed(known, 1, self._rhythm.moving)
        if self._gateway.found or not late:
            return known.job or _job(ref, JobState.WAITING)
        tried = problem.exchange.url if problem.exchange else "–"
        return _job(ref, JobState.UNKNOWN, note=problems.STATUS_ADDRESS, facts={"address": tried})

    def _missed(self, known: _Known, times: int, seconds: float) -> bool:
        """One more look in vain; whether there were that many, over that long."""
        if known.missing_since is None:
            known.missing_since = time.monotonic()
        known.missed += 1
        return known.missed >= times and self._rhythm.past(known.missing_since, seconds)


def _job(
    ref: str,
    state: JobState,
    word: str = "",
    lines: int = 0,
    note: Entry | None = None,
    facts: Mapping[str, str] = _NO_FACTS,
) -> Job:
    return Job(
        ref,
        state,
        done=lines or None,
        word=word,
        note=note,
        facts={"reference": ImportRef.of(ref).reference, **facts},
    )
