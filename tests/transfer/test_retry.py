"""The retry table, line by line: as a pure function, and as the engine follows it."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable

import pytest

from app.core import catalogue
from app.core.changes import LaneState
from app.core.problems import (
    Busy,
    ConnectionProblem,
    Exchange,
    FileProblem,
    Forbidden,
    JobFailed,
    Problem,
    Refused,
    ServerFault,
    SignInProblem,
    TokenRefused,
    TrustProblem,
    Uncertain,
    Unreachable,
)
from app.core.uploads import Phase, Source, Why
from app.transfer.retry import Policy, ambiguous, crowded, nothing_happened, worth_trying

from .conftest import Running, running
from .scripted import AFTER, Fault, World, busy, cut, family, token, unreachable

Make = Callable[..., list[Source]]

POLICY = Policy(jitter=lambda: 1.0)


def status(kind: type[Problem], code: int, after: float | None = None) -> Problem:
    entry = catalogue.SERVER_FULL if code == 507 else catalogue.BUSY
    return kind(entry, exchange=Exchange(status=code), after=after)


@pytest.mark.parametrize(
    ("problem", "tries"),
    [
        (ConnectionProblem(catalogue.CONNECTION_CUT), 5),
        (ServerFault(catalogue.SERVER_FAULT), 5),
        (status(ServerFault, 502), 5),
        (status(ServerFault, 507), 5),
        (status(Busy, 503), 5),
        (status(Busy, 409), 5),
        (status(Busy, 423), 5),
        (status(Busy, 429), 20),
        (status(Busy, 503, after=30), 20),
        (status(ServerFault, 502, after=30), 20),
        (Forbidden(catalogue.FORBIDDEN), 0),
        (status(Refused, 404), 0),
        (status(Refused, 410), 0),
        (status(Refused, 413), 0),
        (status(Refused, 415), 0),
        (status(Refused, 422), 0),
        (TokenRefused(), 0),
        (Refused(catalogue.TOO_LARGE), 0),
        (FileProblem(catalogue.FILE_CHANGED), 0),
        (TrustProblem(catalogue.CERTIFICATE_UNTRUSTED), 0),
        (SignInProblem(catalogue.SIGN_IN_REFUSED), 0),
        (Uncertain(catalogue.REPLY_LOST), 0),
        (JobFailed(catalogue.JOB_FAILED), 0),
    ],
)
def test_how_often_each_kind_is_tried_again(problem: Problem, tries: int) -> None:
    allowed = [n for n in range(1, 40) if worth_trying(problem, n, POLICY)]
    assert len(allowed) == tries


def test_an_unreachable_server_is_tried_without_end() -> None:
    assert worth_trying(Unreachable(catalogue.NAME_UNKNOWN), 10_000, POLICY)


def test_waits_grow_and_the_server_may_ask_for_its_own() -> None:
    assert [POLICY.delay(n) for n in range(1, 8)] == [1, 3, 10, 30, 60, 60, 60]
    asked = Busy(catalogue.BUSY, after=7)
    assert POLICY.delay_after(asked, 1) == 7
    assert POLICY.delay_after(Busy(catalogue.BUSY), 2) == 3
    hasty = Busy(catalogue.BUSY, after=0)
    assert [POLICY.delay_after(hasty, n) for n in range(1, 4)] == [1, 3, 10]


def test_a_full_server_is_left_alone_for_longer_each_time() -> None:
    full = status(ServerFault, 507)
    assert [POLICY.delay_after(full, n) for n in range(1, 6)] == [60, 300, 900, 1800, 3600]
    assert POLICY.delay_after(status(ServerFault, 507, after=20), 1) == 20


def test_nobody_comes_back_before_the_time_the_server_named() -> None:
    early = Policy(jitter=lambda: 0.8)
    assert early.delay_after(Busy(catalogue.BUSY, after=7), 1) == 7
    assert Policy(jitter=lambda: 1.2).delay_after(Busy(catalogue.BUSY, after=10), 1) == 12


def test_all_wait_only_where_the_server_asks_for_it() -> None:
    assert crowded(status(Busy, 429)) and crowded(status(Busy, 503, after=3))
    assert crowded(status(ServerFault, 507, after=3))
    quiet = [status(Busy, 409), status(Busy, 423), status(Busy, 503), status(ServerFault, 502)]
    assert not any(crowded(problem) for problem in quiet)


def test_what_is_certain_and_what_must_be_looked_up() -> None:
    certain = [
        Unreachable(catalogue.CONNECTION_REFUSED),
        status(Busy, 429),
        SignInProblem(catalogue.SIGN_IN_REFUSED),
    ]
    unsure = [
        ConnectionProblem(catalogue.CONNECTION_CUT),
        ConnectionProblem(catalogue.SERVER_SILENT),
        status(ServerFault, 502),
        status(Busy, 503),
    ]
    assert all(nothing_happened(p) and not ambiguous(p) for p in certain)
    assert all(ambiguous(p) and not nothing_happened(p) for p in unsure)
    assert not ambiguous(Refused(catalogue.TOO_LARGE))


def _states(r: Running) -> list[LaneState]:
    return [lane.state for lane in r.told.lanes]


class Crowded(World):
    """While it has faults left it keeps nothing of what arrives."""

    def next_fault(self, verb: str, when: str) -> None:
        if verb == "send" and when == AFTER and self.faults.get("send"):
            for file in self.files.values():
                if file.whole:
                    file.whole = False
                    file.got.clear()
        super().next_fault(verb, when)


def test_many_that_are_told_at_once_to_wait_halve_the_sends_once(sources: Make) -> None:
    async def main() -> None:
        world = Crowded()
        world.send_gate = asyncio.Event()
        async with running(world, traits=family(together=8, at_once=8)) as r:
            ids = r.submit(sources(8))
            async with asyncio.timeout(10):
                while world.at_once < 8:
                    await asyncio.sleep(0)
            world.script("send", [Fault(busy(after=20), AFTER)] * 8)
            world.send_gate.set()
            await r.told.until(lambda: LaneState.BUSY in _states(r))
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.DONE}
            sends = [lane.at_once for lane in r.told.lanes]
            assert min(sends) == 4 and sends[-1] == 8

    asyncio.run(main())


@pytest.mark.parametrize("code", [409, 423, 503])
def test_a_locked_file_holds_no_other_up(sources: Make, code: int) -> None:
    async def main() -> None:
        world = World()
        world.script("send", [Fault(status(Busy, code))])
        async with running(world, traits=family(at_once=4)) as r:
            ids = r.submit(sources(8))
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.DONE}
            assert LaneState.BUSY not in _states(r)
            assert {lane.at_once for lane in r.told.lanes} == {4}

    asyncio.run(main())


@pytest.mark.parametrize(
    "problem",
    [
        Forbidden(catalogue.FORBIDDEN, {"what": "send"}, exchange=Exchange(status=403)),
        *(Refused(catalogue.REFUSED, exchange=Exchange(status=code)) for code in (413, 415, 422)),
    ],
    ids=["403", "413", "415", "422"],
)
def test_what_the_server_would_refuse_again_is_asked_once(sources: Make, problem: Problem) -> None:
    async def main() -> None:
        world = World()
        world.script("send", [Fault(problem)] * 5)
        async with running(world) as r:
            [i] = r.submit(sources(1))
            await r.told.all_final()
            assert r.phase(i) is Phase.FAILED and r.told.uploads[i].problem == problem
            assert world.calls["send"] == 1 and world.connections == 1

    asyncio.run(main())


def test_a_refused_token_is_renewed_once_and_then_the_lane_waits(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.script("send", [Fault(token())] * 2)
        async with running(world, traits=family(at_once=1)) as r:
            ids = r.submit(sources(3))

            def waiting() -> bool:
                waits = [r.told.uploads[i].wait for i in ids]
                return all(wait is not None and wait.why is Why.SIGN_IN for wait in waits)

            await r.told.until(waiting)
            assert world.connections == 2 and world.calls["send"] == 2
            r.engine.signed_in("there")
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.DONE}
            assert world.connections == 3

    asyncio.run(main())


def test_a_certificate_that_is_wrong_all_at_once_makes_the_lane_wait(sources: Make) -> None:
    async def main() -> None:
        world = World()
        wrong = TrustProblem(catalogue.CERTIFICATE_UNTRUSTED, {"host": "h", "reason": "r"})
        world.script("send", [None, Fault(wrong)])
        world.script("connect", [None, Fault(wrong)])
        async with running(world, traits=family(at_once=1)) as r:
            ids = r.submit(sources(4))
            await r.told.until(lambda: LaneState.SIGN_IN in _states(r))
            await r.told.until(lambda: r.told.uploads[ids[-1]].wait is not None)
            assert r.told.lanes[-1].problem == wrong
            r.engine.signed_in("there")
            await r.told.until(lambda: world.connections == 2)
            r.engine.signed_in("there")
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.DONE}
            assert set(world.processed().values()) == {1}

    asyncio.run(main())


def test_a_clock_on_the_wall_that_jumps_changes_no_wait(sources: Make) -> None:
    """Back-offs, polling and starting over; each look at the wall shows another year."""
    years = itertools.cycle([4e9, 1e8, 2e9, 3e9, 5e8])

    async def main() -> None:
        world = World()
        world.script("send", [Fault(cut(), AFTER), Fault(busy(after=5)), Fault(cut()), None])
        world.script("status", [Fault(busy(after=5)), Fault(cut())])
        world.script("connect", [Fault(cut()), None])
        async with running(world, now=lambda: next(years)) as r:
            ids = r.submit(sources(4))
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.DONE}
            assert set(world.processed().values()) == {1}

    asyncio.run(main())


class Spoiling(World):
    """The first file that arrives is spoilt by the break that follows."""

    def next_fault(self, verb: str, when: str) -> None:
        if verb == "send" and when == AFTER and self.faults.get("send"):
            for file in self.files.values():
                file.whole, file.spoilt = False, True
        super().next_fault(verb, when)


def test_an_upload_that_starts_over_waits_by_a_clock_that_does_not_jump(sources: Make) -> None:
    """Meanwhile the clock on the wall is set back by a year, again and again."""
    wall = itertools.count(4e9, -3e7)

    async def main() -> None:
        world = Spoiling()
        world.script("send", [Fault(cut(), AFTER)])
        async with running(world, now=lambda: next(wall)) as r:
            [i] = r.submit(sources(1))
            await r.told.all_final()
            assert r.phase(i) is Phase.DONE
            assert len(world.openings) == 2 and set(world.processed().values()) == {1}

    asyncio.run(main())


def test_a_result_is_fetched_once_the_server_can_be_reached_again(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.script("result", [*[Fault(unreachable())] * 30, *[Fault(cut())] * 6])
        async with running(world) as r:
            [i] = r.submit(sources(1))
            await r.told.all_final()
            result = r.told.uploads[i].result
            assert r.phase(i) is Phase.DONE and result is not None and result.complete

    asyncio.run(main())


def test_a_result_the_server_never_gives_is_left_out_in_the_end(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.script("result", [Fault(cut())] * 30)
        async with running(world) as r:
            [i] = r.submit(sources(1))
            await r.told.all_final()
            result = r.told.uploads[i].result
            assert r.phase(i) is Phase.DONE and result is not None and not result.complete

    asyncio.run(main())


def test_a_job_that_does_not_move_is_seen_all_the_same(sources: Make) -> None:
    minutes = itertools.count(1e9, 60)

    async def main() -> None:
        world = World()
        world.job_looks = 1_000_000
        async with running(world, now=lambda: next(minutes), scale=0.0005) as r:
            [i] = r.submit(sources(1))
            await r.told.until(lambda: r.phase(i) is Phase.PROCESSING)

            def seen() -> float:
                job = r.told.uploads[i].job
                return 0.0 if job is None or job.seen is None else job.seen

            await r.told.until(lambda: seen() > 0)
            first = seen()
            await r.told.until(lambda: seen() > first + 300)
            r.engine.unwatch([i])

    asyncio.run(main())
