"""Survey: what one destination works on and lately worked on, asked for while somebody looks."""

from __future__ import annotations

import asyncio
import logging
import math
from collections.abc import Awaitable, Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from app.core.changes import Change, JobsSeen, LaneState
from app.core.jobs import LATELY, Job
from app.core.problems import Problem, defect
from app.servers.api import Server
from app.transfer.lanes import Lane
from app.transfer.retry import Policy
from app.transfer.tasks import Tasks

log = logging.getLogger(__name__)

LIST_FIRST = 10.0
LIST_LONGEST = 60.0
"""Seconds between two looks at the whole list, at first and at most."""
HIDDEN = 60.0
"""Seconds between looks while nobody can see what they bring."""
NEARLY = 0.9
"""A job with this much of its records done is followed closely, whoever looks."""

Chosen = Callable[[], Sequence[Mapping[str, str]]]
Ask = Callable[[Server], Awaitable[Sequence[Job]]]


@dataclass(slots=True)
class _Beat:
    """When something is asked next, on the loop's clock; `pause` grows while nothing moves."""

    due: float
    pause: float


class Survey:
    """One lane's jobs, ours and others', as the server tells them; one question at a time.

    The whole list is asked for seldom, what is at work by its references and often. Trouble with
    asking changes no job: only the server's word does.
    """

    def __init__(
        self,
        lane: Lane,
        policy: Policy,
        tell: Callable[[Change], None],
        chosen: Chosen,
        *,
        visible: bool,
    ) -> None:
        self._lane = lane
        self._policy = policy
        self._tell = tell
        self.chosen = chosen
        self._visible = visible
        self._known: dict[str, Job] = {}
        self._at: float | None = None
        self._problem: Problem | None = None
        self._failures = 0
        now = asyncio.get_running_loop().time()
        self._list = _Beat(now, LIST_FIRST)
        self._work = _Beat(now, policy.poll_first)
        self._woken = asyncio.Event()

    def see(self, visible: bool) -> None:
        """Somebody can see what is told, or nobody any more."""
        if visible and not self._visible:
            self.look_now()
        self._visible = visible

    def look_now(self) -> None:
        """Asks for the whole list at once, and often for a while."""
        self._list = _Beat(0.0, LIST_FIRST)
        self._work.pause = self._policy.poll_first
        self._woken.set()

    def lane_changed(self) -> None:
        """Where the lane itself has no connection, that is told before any question fails."""
        lane = self._lane
        if lane.state in (LaneState.UNREACHABLE, LaneState.SIGN_IN) and lane.problem is not None:
            self._in_trouble(lane.problem)

    async def run(self) -> None:
        """Asks until it is cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            self._woken.clear()
            refs = {key: job.ref for key, job in self._known.items() if not job.state.ended}
            due = min(self._list.due, self._work.due if refs else math.inf)
            if due > loop.time():
                await self._wait(due - loop.time())
                continue
            whole = self._list.due <= loop.time()
            try:
                async with self._lane.looking:
                    jobs = await self._lane.call(self._all if whole else _these(refs))
            except Problem as problem:
                self._not_seen(problem)
            except Exception as error:
                log.exception("asking for a server's jobs failed")
                self._not_seen(defect(error))
            else:
                self._seen(jobs, None if whole else list(refs))

    async def _all(self, server: Server) -> Sequence[Job]:
        since = datetime.fromtimestamp(self._policy.now(), UTC) - LATELY
        return await server.recent(since, self.chosen())

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._woken.wait()
        except TimeoutError:
            pass

    def _in_trouble(self, problem: Problem) -> None:
        if problem != self._problem:
            self._problem = problem.bare()
            self._tell(JobsSeen(self._lane.destination, at=self._at, problem=self._problem))

    def _not_seen(self, problem: Problem) -> None:
        """Keeps what is known; asks again when the server said, or backing off."""
        self._failures += 1
        pause = self._policy.delay_after(problem, self._failures)
        now = asyncio.get_running_loop().time()
        self._list.due = max(self._list.due, now + pause)
        self._work.due = now + pause
        self._in_trouble(problem)

    def _seen(self, jobs: Sequence[Job], asked: Sequence[str] | None) -> None:
        """What was answered: to the list, or about the jobs known by the keys that were asked."""
        self._at, self._problem, self._failures = self._policy.now(), None, 0
        changed: list[Job] = []
        told: set[str] = set()
        for at, job in enumerate(jobs):
            old = self._known.get(asked[at] if asked is not None else job.key)
            if old is not None:
                job = _with_what_was_known(job, old)
            told.add(job.key)
            if old is None or job.key != old.key or job != replace(old, seen=None):
                job = replace(job, seen=self._at)
                self._known[job.key] = job
                changed.append(job)
        if asked is None:
            # What is still at work and not listed will be asked about.
            gone = [k for k, job in self._known.items() if k not in told and job.state.ended]
        else:
            gone = [key for key in asked if key not in told]
        for key in gone:
            del self._known[key]
        self._beat(bool(changed or gone), listed=asked is None)
        self._tell(JobsSeen(self._lane.destination, tuple(changed), tuple(gone), self._at))

    def _beat(self, moved: bool, *, listed: bool) -> None:
        now, scale = asyncio.get_running_loop().time(), self._policy.scale
        hidden = not self._visible and not any(map(_nearly_done, self._known.values()))
        work = self._work
        work.pause = min(work.pause * 1.5, self._policy.poll_longest)
        if moved:
            work.pause = self._policy.poll_first
        work.due = now + (HIDDEN if hidden else work.pause) * scale
        if listed:
            self._list.pause = LIST_FIRST if moved else min(self._list.pause * 1.5, LIST_LONGEST)
            self._list.due = now + (HIDDEN if hidden else self._list.pause) * scale


class Surveys:
    """The surveys that are wanted, one for a destination at most."""

    def __init__(
        self,
        lane: Callable[[str], Lane],
        tasks: Tasks,
        policy: Policy,
        tell: Callable[[Change], None],
    ) -> None:
        self._lane = lane
        self._tasks = tasks
        self._policy = policy
        self._tell = tell
        self._running: dict[str, tuple[Survey, asyncio.Task[None]]] = {}

    def want(self, destination: str, *, visible: bool, chosen: Chosen) -> None:
        """Begins, or goes on with other eyes. Raises Problem for a server that is not saved."""
        if destination in self._running:
            survey, _ = self._running[destination]
            survey.chosen = chosen
            survey.see(visible)
            return
        lane = self._lane(destination)
        survey = Survey(lane, self._policy, self._tell, chosen, visible=visible)
        self._running[destination] = (survey, self._tasks.spawn(survey.run()))
        survey.lane_changed()

    def end(self, destination: str) -> None:
        """Nobody looks any more."""
        if destination in self._running:
            self._running.pop(destination)[1].cancel()

    def look_now(self, destination: str) -> None:
        if destination in self._running:
            self._running[destination][0].look_now()

    def lane_changed(self, destination: str) -> None:
        if destination in self._running:
            self._running[destination][0].lane_changed()


def _these(refs: Mapping[str, str]) -> Ask:
    def ask(server: Server) -> Coroutine[None, None, Sequence[Job]]:
        return server.status(list(refs.values()))

    return ask


def _with_what_was_known(job: Job, old: Job) -> Job:
    """A look at one job may tell less than the list did: its name and times do not change."""
    return replace(
        job,
        name=job.name or old.name,
        who=job.who or old.who,
        started=old.started if job.started is None else job.started,
        link=job.link or old.link,
        facts=job.facts if job.facts.keys() >= old.facts.keys() else {**old.facts, **job.facts},
    )


def _nearly_done(job: Job) -> bool:
    if job.state.ended or not job.total or job.done is None:
        return False
    return job.done >= NEARLY * job.total
