"""The engine against a scripted server: every path of one file, and what must never happen."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.changes import LaneState
from app.core.problems import Uncertain
from app.core.uploads import Phase, Source, Why

from .conftest import open_files, running
from .scripted import (
    AFTER,
    Fault,
    World,
    broken,
    busy,
    cut,
    family,
    refused,
    token,
    unreachable,
    wrong_secret,
)

Make = Callable[..., list[Source]]


def test_one_file_goes_all_the_way(sources: Make) -> None:
    async def main() -> None:
        made = sources(1, 700_000)
        async with running() as r:
            (i,) = r.submit(made)
            await r.told.all_final()
            upload = r.engine.uploads[i]
            assert upload.phase is Phase.DONE
            assert upload.result is not None and upload.result.counts == {"created": 1}
            assert upload.sha256 == hashlib.sha256(Path(made[0].path).read_bytes()).hexdigest()
            assert r.engine.meters[i].sent == 700_000
            assert r.told.phases[i] == [
                Phase.QUEUED,
                Phase.OPENING,
                Phase.QUEUED,
                Phase.SENDING,
                Phase.SENT,
                Phase.PROCESSING,
                Phase.DONE,
            ]

    asyncio.run(main())


def test_many_files_respect_the_number_at_once(sources: Make) -> None:
    async def main() -> None:
        async with running(traits=family(at_once=2)) as r:
            ids = r.submit(sources(12))
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.DONE}
            assert r.world.most_at_once == 2
            assert r.world.connections == 1

    asyncio.run(main())


def test_a_batch_is_opened_and_started_once(sources: Make) -> None:
    async def main() -> None:
        async with running(traits=family(together=5), at_once=1) as r:
            r.submit(sources(5))
            await r.told.all_final()
            assert len(r.world.openings) == 1
            assert list(r.world.starts.values()) == [1]
            assert r.world.most_at_once == 1

    asyncio.run(main())


def test_one_failing_file_of_a_batch_does_not_stop_its_siblings(
    sources: Make, tmp_path: Path
) -> None:
    async def main() -> None:
        made = sources(3)
        Path(made[1].path).unlink()
        async with running(traits=family(together=3)) as r:
            ids = r.submit(made)
            await r.told.all_final()
            assert [r.phase(i) for i in ids] == [Phase.DONE, Phase.FAILED, Phase.DONE]
            problem = r.engine.uploads[ids[1]].problem
            assert problem is not None and problem.id == "file.missing"
        assert not r.world.left_over()
        assert not open_files(tmp_path)

    asyncio.run(main())


@pytest.mark.parametrize("verb", ["open", "send", "start", "find", "status", "result"])
@pytest.mark.parametrize("fault", [unreachable, cut, broken, busy, token])
@pytest.mark.parametrize("when", ["before", AFTER])
@pytest.mark.parametrize("resumes", [False, True])
def test_a_passing_fault_in_any_verb_loses_nothing_and_sends_nothing_twice(
    sources: Make, verb: str, fault: Callable[[], object], when: str, resumes: bool
) -> None:
    if verb == "send" and when == AFTER and fault not in (cut, broken):
        pytest.skip("a server that says so has taken nothing")

    async def main() -> None:
        world = World(resumes=resumes)
        times = 1 if fault is token else 2
        world.script(verb, [Fault(fault(), when)] * times)  # type: ignore[arg-type]
        if verb == "find":
            world.script("send", [Fault(cut(), AFTER)])
        async with running(world, traits=family(together=2, resumes=resumes)) as r:
            ids = r.submit(sources(3, 600_000))
            await r.told.all_final()
            assert [r.phase(i) for i in ids] == [Phase.DONE] * 3, r.engine.uploads
        assert set(world.processed().values()) == {1}
        assert not world.left_over()

    asyncio.run(main())


def test_a_server_that_cannot_say_leaves_the_decision_to_the_person(sources: Make) -> None:
    async def main() -> None:
        world = World(finds=False)
        world.script("send", [Fault(cut(), AFTER)])
        async with running(world) as r:
            (i,) = r.submit(sources(1))
            await r.told.all_final()
            upload = r.engine.uploads[i]
            assert upload.phase is Phase.FAILED and isinstance(upload.problem, Uncertain)
            r.engine.look_again([i])
            await r.told.until(lambda: r.engine.uploads[i].attempt == 2)
            await r.told.all_final()
            assert isinstance(r.engine.uploads[i].problem, Uncertain)
            assert world.files[next(iter(world.files))].sends == 1
            r.engine.send_anyway([i])
            await r.told.all_final()
            assert r.phase(i) is Phase.DONE

    asyncio.run(main())


def test_soft_faults_end_after_the_tries_and_retry_by_hand_goes_on(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.script("open", [Fault(broken())] * 6)
        async with running(world) as r:
            (i,) = r.submit(sources(1))
            await r.told.all_final()
            assert r.phase(i) is Phase.FAILED
            waits = [u.wait for u in _history(r.told, i) if u.wait and u.wait.why is Why.RETRY]
            assert [w.tries for w in waits] == [(n, 5) for n in range(1, 6)]
            r.engine.retry([i])
            await r.told.all_final()
            assert r.phase(i) is Phase.DONE
            assert r.engine.uploads[i].attempt == 2

    asyncio.run(main())


def _history(told, i):  # type: ignore[no-untyped-def]
    from app.core.changes import UploadChanged

    return [c.upload for c in told.changes if isinstance(c, UploadChanged) and c.upload.id == i]


def test_a_start_that_never_answers_is_asked_about_and_not_told_again(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.script("start", [Fault(cut(), AFTER)] + [Fault(broken())] * 5)
        async with running(world, traits=family(together=2)) as r:
            ids = r.submit(sources(2))
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.FAILED}
            r.engine.retry([ids[0]])
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.DONE}
        assert set(world.processed().values()) == {1}
        assert set(world.starts.values()) == {1}

    asyncio.run(main())


def test_what_may_have_been_started_is_sent_once_however_often_it_is_cancelled(
    sources: Make,
) -> None:
    async def main() -> None:
        world = World()
        world.script("start", [Fault(cut(), AFTER)] * 2 + [Fault(broken())] * 4)
        async with running(world) as r:
            (i,) = r.submit(sources())
            await r.told.until(lambda: r.phase(i) is Phase.FAILED)
            r.engine.pause(True)
            r.engine.retry([i])
            r.engine.cancel([i])
            r.engine.pause(False)
            assert r.phase(i) is Phase.CANCELLED
            await asyncio.sleep(0.02)
            r.engine.retry([i])
            await r.told.until(lambda: r.phase(i) is Phase.DONE)
            assert world.processed().total() == 1
            assert sum(file.sends for file in world.files.values()) == 1

    asyncio.run(main())


def test_an_unreachable_server_is_a_wait_that_spends_no_attempt(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.script("connect", [Fault(unreachable())] * 12)
        async with running(world) as r:
            (i,) = r.submit(sources(1))
            await r.told.until(lambda: _why(r, i) is Why.NETWORK)
            assert r.told.lanes[-1].state is LaneState.UNREACHABLE
            await r.told.all_final()
            assert r.phase(i) is Phase.DONE and r.engine.uploads[i].attempt == 1

    asyncio.run(main())


def _why(r, i: int) -> Why | None:  # type: ignore[no-untyped-def]
    wait = r.engine.uploads[i].wait
    return wait.why if wait else None


def test_without_a_person_an_unreachable_server_fails_after_its_tries(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.script("connect", [Fault(unreachable())] * 100)
        async with running(world, person=False, reach_tries=3) as r:
            ids = r.submit(sources(8))
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.FAILED}
            assert world.connections == 4

    asyncio.run(main())


def test_a_refused_secret_is_tried_once_and_waits_for_the_person(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.script("connect", [Fault(wrong_secret())])
        async with running(world) as r:
            ids = r.submit(sources(6))
            await r.told.until(lambda: all(_why(r, i) is Why.SIGN_IN for i in ids))
            await asyncio.sleep(0.2)
            assert world.connections == 1
            r.engine.signed_in("there")
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.DONE}
            assert world.connections == 2

    asyncio.run(main())


def test_a_refused_secret_without_a_person_fails_everything_after_one_try(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.script("connect", [Fault(wrong_secret())] * 50)
        async with running(world, person=False) as r:
            ids = r.submit(sources(20))
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.FAILED}
            assert world.connections == 1

    asyncio.run(main())


def test_a_busy_server_halves_the_sends_and_feels_its_way_up(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.script("send", [None, Fault(busy(after=20))])
        async with running(world, traits=family(at_once=4)) as r:
            ids = r.submit(sources(12))
            await r.told.until(lambda: any(c.state is LaneState.BUSY for c in r.told.lanes))
            assert r.told.lanes[-1].at_once == 2
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.DONE}
            assert r.told.lanes[-1].at_once == 4

    asyncio.run(main())


def test_cancel_while_sending_takes_the_ticket_back(sources: Make, tmp_path: Path) -> None:
    async def main() -> None:
        world = World()
        world.send_gate = asyncio.Event()
        async with running(world, traits=family(together=3)) as r:
            ids = r.submit(sources(3, 900_000))
            await r.told.until(lambda: r.phase(ids[0]) is Phase.SENDING)
            r.engine.cancel([ids[0]])
            assert r.phase(ids[0]) is Phase.CANCELLED
            world.send_gate.set()
            await r.told.all_final()
            assert [r.phase(i) for i in ids] == [Phase.CANCELLED, Phase.DONE, Phase.DONE]
            await asyncio.sleep(0.05)
        assert not world.left_over()
        assert not open_files(tmp_path)

    asyncio.run(main())


def test_cancelling_what_the_server_works_on_asks_the_server(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.job_looks = 10_000
        async with running(world) as r:
            (i,) = r.submit(sources(1))
            await r.told.until(lambda: r.phase(i) is Phase.PROCESSING)
            r.engine.cancel([i])
            await r.told.all_final()
            assert r.phase(i) is Phase.CANCELLED and world.cancelled

    asyncio.run(main())


def test_holding_what_resumes_keeps_its_bytes(sources: Make) -> None:
    async def main() -> None:
        world = World(resumes=True)
        world.send_gate, world.gate_after = asyncio.Event(), 500_000
        made = sources(1, 2_000_000)
        async with running(world) as r:
            (i,) = r.submit(made)
            await r.told.until(lambda: r.phase(i) is Phase.SENDING)
            while not r.engine.meters[i].sent:
                await asyncio.sleep(0.001)
            r.engine.hold([i])
            world.send_gate.set()
            held = r.engine.uploads[i]
            assert held.phase is Phase.QUEUED and held.ticket is not None
            await asyncio.sleep(0.05)
            file = next(iter(world.files.values()))
            assert 0 < len(file.got) < 2_000_000
            r.engine.release([i])
            await r.told.all_final()
            assert r.phase(i) is Phase.DONE
            assert bytes(file.got) == Path(made[0].path).read_bytes()
            assert file.sends == 2

    asyncio.run(main())


def test_holding_what_cannot_resume_is_a_stop_that_starts_over(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.send_gate, world.gate_after = asyncio.Event(), 500_000
        async with running(world) as r:
            (i,) = r.submit(sources(1, 2_000_000))
            await r.told.until(lambda: r.phase(i) is Phase.SENDING)
            while not r.engine.meters[i].sent:
                await asyncio.sleep(0.001)
            r.engine.hold([i])
            world.send_gate.set()
            assert r.engine.uploads[i].ticket is None
            assert r.engine.meters[i].sent == 0
            await asyncio.sleep(0.05)
            r.engine.release([i])
            await r.told.all_final()
            assert r.phase(i) is Phase.DONE
        assert len(world.files) == 2
        assert not world.left_over()
        assert world.processed() == {"file0.dat": 1}

    asyncio.run(main())


def test_a_paused_queue_begins_nothing_and_goes_on(sources: Make) -> None:
    async def main() -> None:
        async with running(World(resumes=True)) as r:
            r.engine.pause(True)
            ids = r.submit(sources(5))
            await asyncio.sleep(0.05)
            assert {r.phase(i) for i in ids} == {Phase.QUEUED}
            assert not r.world.openings
            r.engine.pause(False)
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.DONE}

    asyncio.run(main())


def test_files_in_turn_wait_for_the_one_before_and_stop_when_it_fails(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.fail_jobs = {"file1.dat"}
        async with running(world, traits=family(in_turn=True)) as r:
            ids = r.submit(sources(3))
            await r.told.until(lambda: r.phase(ids[1]) is Phase.FAILED)
            await r.told.until(lambda: _why(r, ids[2]) is Why.HELD)
            assert r.phase(ids[0]) is Phase.DONE
            world.fail_jobs = set()
            r.engine.retry([ids[1]])
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.DONE}

    asyncio.run(main())


def test_a_file_that_changes_while_it_is_sent_fails(sources: Make) -> None:
    async def main() -> None:
        made = sources(1, 3_000_000)
        world = World()
        world.send_gate = asyncio.Event()
        async with running(world) as r:
            (i,) = r.submit(made)
            await r.told.until(lambda: r.phase(i) is Phase.SENDING)
            with Path(made[0].path).open("ab") as file:
                file.write(b"more")
            world.send_gate.set()
            await r.told.all_final()
            upload = r.engine.uploads[i]
            assert upload.problem is not None and upload.problem.id == "file.changed"

    asyncio.run(main())


def test_leaving_while_sending_is_quick_and_takes_back_what_was_opened(
    sources: Make, tmp_path: Path
) -> None:
    async def main() -> None:
        world = World()
        world.send_gate = asyncio.Event()
        began = 0.0
        async with running(world, traits=family(together=4)) as r:
            r.submit(sources(8, 900_000))
            await r.told.until(lambda: world.at_once == 3)
            began = time.monotonic()
        assert time.monotonic() - began < 2
        assert not world.left_over()
        assert not open_files(tmp_path)

    asyncio.run(main())


def test_a_hard_refusal_fails_only_its_own_file(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.script("send", [None, Fault(refused())])
        async with running(world) as r:
            ids = r.submit(sources(5))
            await r.told.all_final()
            phases = [r.phase(i) for i in ids]
            assert phases.count(Phase.FAILED) == 1 and phases.count(Phase.DONE) == 4
        assert not world.left_over()

    asyncio.run(main())


def test_thirty_failed_looks_fail_nothing(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.script("status", [Fault(broken())] * 30)
        async with running(world) as r:
            ids = r.submit(sources(3))
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.DONE}

    asyncio.run(main())


def test_the_watching_limit_ends_unwatched_and_can_be_taken_up_again(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.job_looks = 50
        async with running(world, watch_limit=0.02) as r:
            (i,) = r.submit(sources(1))
            await r.told.all_final()
            assert r.phase(i) is Phase.UNWATCHED
            world.job_looks = 1
            r.engine.watch([i])
            await r.told.all_final()
            assert r.phase(i) is Phase.DONE

    asyncio.run(main())
