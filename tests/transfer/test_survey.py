"""What a server works on, ours and others: asked one thing at a time, told as what is new."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import Any

import pytest

from app.core import catalogue
from app.core.changes import Change, JobsSeen, LaneState
from app.core.jobs import Job, JobAction, JobState, Result
from app.core.problems import Busy, ServerFault, SignInProblem, Unreachable
from app.transfer.engine import Engine
from app.transfer.lanes import Route
from app.transfer.retry import Policy

from .scripted import ScriptedServer, World, family

FAST = Policy(scale=0.002, jitter=lambda: 1.0)
LIMIT = 10.0


@dataclass
class Yard:
    """A server's jobs, as a test wants them, and what was asked about them."""

    jobs: dict[str, Job] = field(default_factory=dict)
    asked: list[tuple[str, float]] = field(default_factory=list)
    chosen: Sequence[Mapping[str, str]] = ()
    problems: list[Any] = field(default_factory=list)
    refusal: Any = None
    """Raised by every sign-in."""
    sign_ins: int = 0
    at_once: int = 0
    most_at_once: int = 0
    acted: list[tuple[str, JobAction, str]] = field(default_factory=list)

    def put(self, *jobs: Job) -> None:
        self.jobs |= {job.ref: job for job in jobs}

    def count(self, verb: str) -> int:
        return sum(one == verb for one, _ in self.asked)

    @asynccontextmanager
    async def question(self, verb: str) -> AsyncIterator[None]:
        self.asked.append((verb, asyncio.get_running_loop().time()))
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(0.001)
            if self.problems and (problem := self.problems.pop(0)) is not None:
                raise problem.bare()
            yield
        finally:
            self.at_once -= 1


class YardServer(ScriptedServer):
    def __init__(self, yard: Yard, world: World) -> None:
        super().__init__(world, None)
        self._yard = yard

    async def recent(
        self, since: datetime, chosen: Sequence[Mapping[str, str]] = ()
    ) -> Sequence[Job]:
        async with self._yard.question("recent"):
            self._yard.chosen = chosen
            return list(self._yard.jobs.values())

    async def status(self, refs: Sequence[str]) -> Sequence[Job]:
        async with self._yard.question("status"):
            gone = [Job(ref, JobState.GONE) for ref in refs]
            return [self._yard.jobs.get(ref, lost) for ref, lost in zip(refs, gone, strict=True)]

    async def result(self, ref: str) -> Result:
        return Result({"created": 3}, failed=1)

    async def act(self, ref: str, action: JobAction, comment: str = "") -> None:
        self._yard.acted.append((ref, action, comment))


class Told:
    def __init__(self) -> None:
        self.looks: list[JobsSeen] = []
        self.jobs: dict[str, Job] = {}
        self._woken = asyncio.Event()

    def __call__(self, change: Change) -> None:
        if isinstance(change, JobsSeen):
            self.looks.append(change)
            self.jobs |= {job.key: job for job in change.jobs}
            for key in change.gone:
                del self.jobs[key]
        self._woken.set()

    async def until(self, true: Any) -> None:
        async with asyncio.timeout(LIMIT):
            while not true():
                self._woken.clear()
                await self._woken.wait()


@asynccontextmanager
async def surveyed(yard: Yard, **policy: Any) -> AsyncIterator[tuple[Engine, Told]]:
    told = Told()

    @asynccontextmanager
    async def connect() -> AsyncIterator[YardServer]:
        yard.sign_ins += 1
        if yard.refusal is not None:
            raise yard.refusal.bare()
        yield YardServer(yard, World())

    tasks = asyncio.all_tasks()
    route = Route(family(), connect)
    async with Engine(lambda _: route, told, policy=replace(FAST, **policy)) as engine:
        yield engine, told
    assert not asyncio.all_tasks() - tasks


def running(ref: str, done: int = 0, total: int = 100, **facts: Any) -> Job:
    return Job(ref, JobState.RUNNING, done=done, total=total, name=f"{ref}.mrc", **facts)


def test_what_moves_is_asked_by_reference_and_only_the_difference_is_told() -> None:
    async def work() -> None:
        yard = Yard()
        yard.put(running("a"), running("b"), Job("old", JobState.DONE, name="old.mrc"))
        async with surveyed(yard) as (engine, told):
            engine.survey("there", True, chosen=[{"version": "7"}])
            await told.until(lambda: len(told.jobs) == 3)
            assert yard.chosen == [{"version": "7"}]
            assert all(job.seen is not None for job in told.jobs.values())
            # A look at one may tell less than the list did.
            yard.put(replace(running("a", 40), name=""))
            await told.until(lambda: told.jobs["a"].done == 40)
            assert told.jobs["a"].name == "a.mrc"
            assert [job.ref for look in told.looks[1:] for job in look.jobs] == ["a"]
            await told.until(lambda: yard.count("status") >= 5)
            assert yard.count("status") > yard.count("recent") >= 1
            yard.put(Job("b", JobState.FAILED, name="b.mrc"))
            await told.until(lambda: told.jobs["b"].state is JobState.FAILED)
            del yard.jobs["old"]
            engine.survey_now("there")
            await told.until(lambda: "old" not in told.jobs)
            engine.survey("there", False)
            await asyncio.sleep(0.01)
            asked = len(yard.asked)
            await asyncio.sleep(0.1)
            assert len(yard.asked) == asked
        assert yard.most_at_once == 1

    asyncio.run(work())


def test_a_job_that_gets_its_own_number_later_stays_one_job() -> None:
    async def work() -> None:
        yard = Yard()
        yard.put(running("j1", facts={"job": "J$1"}))
        async with surveyed(yard) as (engine, told):
            engine.survey("there", True)
            await told.until(lambda: list(told.jobs) == ["J$1"])
            yard.jobs["j1"] = running("art", facts={"artifact": "55"})
            await told.until(lambda: list(told.jobs) == ["55"])

    asyncio.run(work())


def test_pauses_grow_while_nothing_moves_and_nobody_looking_makes_them_long() -> None:
    async def work() -> None:
        yard = Yard()
        yard.put(running("a"))
        async with surveyed(yard) as (engine, told):
            engine.survey("there", True)
            await told.until(lambda: len(told.looks) >= 14)
            times = [at for verb, at in yard.asked if verb == "status"]
            pauses = [after - before for before, after in pairwise(times)]
            # 30 s against 2 s, in compressed time; the machine may add to the short ones.
            assert max(pauses) >= 30 * FAST.scale * 0.9
            assert min(pauses) < 15 * FAST.scale
            engine.survey("there", True, visible=False)
            looks = len(told.looks)
            await told.until(lambda: len(told.looks) >= looks + 4)
            last = [at for _, at in yard.asked][-3:]
            assert last[-1] - last[-3] >= 60 * FAST.scale * 0.9
            engine.survey("there", True, visible=True)
            seen = len(yard.asked)
            await told.until(lambda: len(yard.asked) > seen)
            assert yard.asked[seen][0] == "recent"

    asyncio.run(work())


def test_trouble_changes_no_job_and_says_since_when() -> None:
    async def work() -> None:
        yard = Yard()
        yard.put(running("a", 10))
        async with surveyed(yard) as (engine, told):
            engine.survey("there", True)
            await told.until(lambda: "a" in told.jobs)
            at = told.looks[-1].at
            yard.problems = [ServerFault(catalogue.SERVER_FAULT)] * 6
            await told.until(lambda: told.looks[-1].problem is not None)
            assert told.looks[-1].at is not None and at is not None
            assert told.jobs["a"].state is JobState.RUNNING
            await told.until(lambda: told.looks[-1].problem is None)
            assert told.jobs["a"].state is JobState.RUNNING
            # One word about the trouble, however long it lasts.
            assert sum(one.problem is not None for one in told.looks) == 1

    asyncio.run(work())


def test_a_server_that_asks_for_patience_is_left_alone() -> None:
    async def work() -> None:
        yard = Yard()
        yard.put(running("a"))
        async with surveyed(yard) as (engine, told):
            engine.survey("there", True)
            await told.until(lambda: "a" in told.jobs)
            yard.problems = [Busy(catalogue.BUSY, after=100.0)]
            await told.until(lambda: told.looks[-1].problem is not None)
            refused = yard.asked[-1][1]
            await told.until(lambda: told.looks[-1].problem is None)
            assert yard.asked[-1][1] - refused >= 100.0 * FAST.scale

    asyncio.run(work())


@pytest.mark.parametrize(
    ("problem", "state"),
    [
        (SignInProblem(catalogue.SIGN_IN_REFUSED), LaneState.SIGN_IN),
        (Unreachable(catalogue.CONNECTION_UNREACHABLE), LaneState.UNREACHABLE),
    ],
)
def test_a_server_without_connection_is_told_and_a_refused_secret_never_tried_again(
    problem: Any, state: LaneState
) -> None:
    async def work() -> None:
        yard = Yard(refusal=problem)
        async with surveyed(yard) as (engine, told):
            engine.survey("there", True)
            await told.until(lambda: bool(told.looks))
            assert told.looks[0].problem == problem and told.looks[0].at is None
            with pytest.raises(type(problem)):
                await engine.result("there", "a")
            await asyncio.sleep(0.05)
            if state is LaneState.SIGN_IN:
                assert yard.sign_ins == 1
            yard.refusal = None
            yard.put(running("a"))
            engine.signed_in("there")
            await told.until(lambda: "a" in told.jobs)
            assert told.looks[-1].problem is None

    asyncio.run(work())


def test_anybodys_job_can_be_cancelled_and_its_result_read() -> None:
    async def work() -> None:
        yard = Yard()
        yard.put(running("a"))
        async with surveyed(yard) as (engine, told):
            engine.survey("there", True)
            await told.until(lambda: "a" in told.jobs)
            yard.put(Job("a", JobState.CANCELLED, name="a.mrc"))
            await engine.act_on("there", "a", JobAction.CANCEL, "not needed")
            assert yard.acted == [("a", JobAction.CANCEL, "not needed")]
            await told.until(lambda: told.jobs["a"].state is JobState.CANCELLED)
            assert (await engine.result("there", "a")).failed == 1

    asyncio.run(work())
