"""Files in turn: one begins only after the one before it is done, whatever the person does."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from app.core import catalogue
from app.core.changes import UploadChanged
from app.core.uploads import Phase, Source, Why
from app.storage.journal import Journal

from .conftest import Running, running
from .scripted import AFTER, Fault, World, cut, family

Make = Callable[..., list[Source]]
IN_TURN = family(in_turn=True)


def assert_in_turn(r: Running, *groups: Sequence[int]) -> None:
    """No file began before all of the group before were done."""
    phases: dict[int, Phase] = {}
    for change in r.told.changes:
        if isinstance(change, UploadChanged):
            upload = change.upload
            phases[upload.id] = upload.phase
            for before, group in itertools.pairwise(groups):
                if upload.id in group and upload.phase in (Phase.OPENING, Phase.SENDING):
                    assert {phases[i] for i in before} == {Phase.DONE}


def why(r: Running, upload_id: int) -> tuple[Why | None, str]:
    """What it waits for, and the id of the problem behind that."""
    wait = r.engine.uploads[upload_id].wait
    if wait is None:
        return None, ""
    return wait.why, wait.problem.id if wait.problem is not None else ""


STOPPED = (Why.HELD, catalogue.STOPPED_EARLIER.id)


@pytest.mark.parametrize("place", [0, 1])
def test_one_behind_a_held_file_waits_for_it(sources: Make, place: int) -> None:
    """Held while it is sent and taken back, or before it began."""

    async def main() -> None:
        world = World()
        world.send_gate = asyncio.Event()
        async with running(world, traits=IN_TURN) as r:
            ids = r.submit(sources(3))
            await r.told.until(lambda: world.at_once == 1)
            r.engine.hold([ids[place]])
            world.send_gate.set()
            await asyncio.sleep(0.05)
            assert why(r, ids[place]) == (Why.HELD, "")
            assert r.phase(ids[2]) is Phase.QUEUED
            r.engine.release([ids[place]])
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.DONE}
            assert_in_turn(r, *([i] for i in ids))

    asyncio.run(main())


def test_a_released_file_still_waits_for_the_one_before(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.send_gate = asyncio.Event()
        async with running(world, traits=IN_TURN) as r:
            ids = r.submit(sources(3))
            await r.told.until(lambda: world.at_once == 1)
            r.engine.hold(ids[1:])
            r.engine.release(ids[1:])
            assert why(r, ids[1]) == why(r, ids[2]) == (Why.TURN, "")
            world.send_gate.set()
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.DONE}
            assert_in_turn(r, *([i] for i in ids))

    asyncio.run(main())


def test_what_a_bad_end_stopped_stays_so_when_that_is_forgotten(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.fail_jobs = {"file0.dat"}
        async with running(world, traits=IN_TURN) as r:
            ids = r.submit(sources(3))
            await r.told.until(lambda: why(r, ids[1]) == STOPPED)
            r.engine.forget([ids[0]])
            r.engine.at_once("there", 2)
            await asyncio.sleep(0.02)
            assert why(r, ids[1]) == STOPPED
            r.engine.release([ids[1]])
            await r.told.all_final()
            assert {r.phase(i) for i in ids[1:]} == {Phase.DONE}

    asyncio.run(main())


def test_watched_again_it_is_waited_for(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.job_looks = 1_000_000
        async with running(world, traits=IN_TURN) as r:
            ids = r.submit(sources(2))
            await r.told.until(lambda: r.phase(ids[0]) is Phase.PROCESSING)
            r.engine.unwatch([ids[0]])
            await r.told.until(lambda: why(r, ids[1]) == STOPPED)
            r.engine.watch([ids[0]])
            assert why(r, ids[1]) == (Why.TURN, "")
            world.job_looks = 1
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.DONE}
            assert_in_turn(r, *([i] for i in ids))

    asyncio.run(main())


def test_cancelled_and_forgotten_at_once_it_stops_the_next_one(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.send_gate = asyncio.Event()
        async with running(world, traits=IN_TURN) as r:
            ids = r.submit(sources(3))
            await r.told.until(lambda: world.at_once == 1)
            r.engine.cancel([ids[1]])
            r.engine.forget([ids[1]])
            world.send_gate.set()
            await r.told.until(lambda: r.phase(ids[0]) is Phase.DONE)
            assert why(r, ids[2]) == STOPPED

    asyncio.run(main())


def test_what_is_done_and_forgotten_stops_nobody(sources: Make) -> None:
    async def main() -> None:
        async with running(World(), traits=IN_TURN) as r:
            ids = r.submit(sources(3))
            for i in ids[:2]:
                await r.told.until(lambda i=i: r.phase(i) is Phase.DONE)  # type: ignore[misc]
                r.engine.forget([i])
            await r.told.until(lambda: r.phase(ids[2]) is Phase.DONE)

    asyncio.run(main())


class Spoiling(World):
    """Of the first file that is looked for only rubbish has arrived."""

    spoils = True

    async def stalled(self, verb: str) -> None:
        if verb == "find" and self.spoils:
            self.spoils = False
            for file in self.files.values():
                file.whole, file.spoilt = False, True
        await super().stalled(verb)


def test_one_behind_a_file_that_begins_anew_waits_for_it(sources: Make) -> None:
    async def main() -> None:
        world = Spoiling()
        world.script("send", [Fault(cut(), AFTER)])
        async with running(world, traits=IN_TURN, scale=0.02) as r:
            ids = r.submit(sources(3))
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.DONE}
            assert len(world.openings) == 4
            assert_in_turn(r, *([i] for i in ids))

    asyncio.run(main())


def test_a_group_waits_for_every_file_of_the_one_before(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.fail_jobs = {"file1.dat"}
        async with running(world, traits=family(in_turn=True, together=2)) as r:
            ids = r.submit(sources(4))
            await r.told.until(lambda: why(r, ids[2]) == why(r, ids[3]) == STOPPED)
            world.fail_jobs.clear()
            r.engine.retry([ids[1]])
            assert why(r, ids[2]) == why(r, ids[3]) == (Why.TURN, "")
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.DONE}
            assert_in_turn(r, ids[:2], ids[2:])

    asyncio.run(main())


def test_another_run_keeps_the_order(sources: Make, tmp_path: Path) -> None:
    """The server works on the first file when the program ends and is begun again."""

    async def main() -> None:
        world = World()
        world.job_looks = 1_000_000
        made = sources(3)
        journal = Journal(tmp_path / "j", pytest.fail)
        async with running(world, traits=IN_TURN, journal=journal) as r:
            ids = r.submit(made)
            await r.told.until(lambda: r.phase(ids[0]) is Phase.PROCESSING)
        journal.close()
        journal = Journal(tmp_path / "j", pytest.fail)
        async with running(world, traits=IN_TURN, journal=journal) as r:
            assert r.engine.claim() == ids
            r.engine.release(ids)
            await asyncio.sleep(0.05)
            assert why(r, ids[1]) == why(r, ids[2]) == (Why.TURN, "")
            world.job_looks = 1
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.DONE}
            assert_in_turn(r, *([i] for i in ids))
        journal.close()

    asyncio.run(main())
