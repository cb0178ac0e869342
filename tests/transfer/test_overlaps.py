"""Commands that overlap with answers still under way, and with each other."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core import catalogue
from app.core.problems import Uncertain
from app.core.uploads import Phase, Source, Why
from app.storage.journal import Journal
from app.storage.journal_file import NAME
from app.transfer.tasks import Kind

from .conftest import Running, running
from .scripted import AFTER, Fault, World, cut, family, refused, unreachable

Make = Callable[..., list[Source]]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.001)


class Slow(World):
    """The first so many calls of one verb are done only when the gate is open."""

    def __init__(self, verb: str, **traits: bool) -> None:
        super().__init__(**traits)
        self.slow = verb
        self.gate = asyncio.Event()
        self.waiting = 0
        self.most = 1

    async def stalled(self, verb: str) -> None:
        if verb == self.slow and self.waiting < self.most:
            self.waiting += 1
            await self.gate.wait()
        await super().stalled(verb)


def test_a_late_answer_to_an_opening_stops_no_other_sending(sources: Make) -> None:
    """Cancelled while it was opened and sent anew: the first answer comes while bytes move."""

    async def main() -> None:
        world = Slow("open")
        world.send_gate = asyncio.Event()
        async with running(world) as r:
            (upload_id,) = r.submit(sources())
            await until(lambda: world.waiting == 1)
            r.engine.cancel([upload_id])
            r.engine.retry([upload_id])
            await until(lambda: world.at_once == 1)
            world.gate.set()
            await until(lambda: any(file.discarded for file in world.files.values()))
            world.send_gate.set()
            await r.told.all_final()
            assert r.phase(upload_id) is Phase.DONE
            assert world.processed().total() == 1
            assert sum(file.sends for file in world.files.values()) == 1
            assert not world.left_over()

    asyncio.run(main())


@pytest.mark.parametrize("command", ["start_now", "hold", "cancel"])
def test_what_begins_anew_before_its_wait_is_over_is_opened_once(
    sources: Make, command: str
) -> None:
    """Spoilt on the server, it would wait before it begins anew; the person does not, but the
    server is out of reach meanwhile."""

    async def main() -> None:
        world = Slow("find")
        async with running(world, scale=0.02) as r:
            world.script("send", [Fault(cut(), AFTER)])
            (upload_id,) = r.submit(sources())
            await until(lambda: world.waiting == 1)
            for file in world.files.values():
                file.whole, file.spoilt = False, True
            world.gate.set()
            await until(lambda: _why(r, upload_id) is Why.RETRY and not _ticket(r, upload_id))
            world.script("connect", [Fault(unreachable())] * 4)
            r.engine.signed_in("there")
            if command == "start_now":
                r.engine.start_now([upload_id])
            elif command == "hold":
                r.engine.hold([upload_id])
                r.engine.release([upload_id])
            else:
                r.engine.cancel([upload_id])
                r.engine.retry([upload_id])
            await r.told.all_final()
            assert r.phase(upload_id) is Phase.DONE
            assert world.processed().total() == 1
            assert len(world.openings) == 2, "one for each time it began"
            assert not world.left_over()

    asyncio.run(main())


def _why(r: Running, upload_id: int) -> Why | None:
    wait = r.engine.uploads[upload_id].wait
    return wait.why if wait is not None else None


def _ticket(r: Running, upload_id: int) -> bool:
    return r.engine.uploads[upload_id].ticket is not None


def test_what_is_being_started_is_not_taken_back_however_often_it_is_cancelled(
    sources: Make,
) -> None:
    """Cancelled, wanted again and cancelled again while the server is told to start it."""

    async def main() -> None:
        world = Slow("start")
        async with running(world) as r:
            (upload_id,) = r.submit(sources())
            await until(lambda: world.waiting == 1)
            r.engine.cancel([upload_id])
            r.engine.retry([upload_id])
            r.engine.cancel([upload_id])
            await asyncio.sleep(0.01)
            assert not any(file.discarded for file in world.files.values())
            world.gate.set()
            await until(lambda: bool(world.cancelled))
            assert r.phase(upload_id) is Phase.CANCELLED
            assert not world.refused_discards

    asyncio.run(main())


def test_what_was_started_is_watched_while_another_ones_job_is_being_cancelled(
    sources: Make,
) -> None:
    async def main() -> None:
        world = Slow("start")
        async with running(world, traits=family(together=2)) as r:
            first, second = r.submit(sources(2))
            await until(lambda: world.waiting == 1)
            world.slow, world.most = "act", 2
            r.engine.cancel([first])
            gate, world.gate = world.gate, asyncio.Event()
            gate.set()
            await until(lambda: world.waiting == 2)
            assert r.phase(second) is Phase.PROCESSING
            r.engine.cancel([second])
            world.most = 2
            world.gate.set()
            await until(lambda: len(world.cancelled) == 2)
            await r.told.all_final()
            assert not world.refused_discards

    asyncio.run(main())


def test_what_is_forgotten_before_its_turn_to_be_asked_about_disturbs_nobody(
    sources: Make,
) -> None:
    async def main() -> None:
        world = World()
        world.job_looks = 3
        async with running(world) as r:
            first, second = r.submit(sources(2))
            lane = r.engine._lane("there")
            async with lane.looking:
                await r.told.until(
                    lambda: {r.phase(i) for i in (first, second)} == {Phase.PROCESSING}
                )
                await asyncio.sleep(0.01)
                r.engine.forget([first])
            await r.told.until(lambda: r.phase(second) is Phase.DONE)

    asyncio.run(main())


def test_a_send_stopped_by_the_person_leaves_nothing_in_the_journal(
    sources: Make, tmp_path: Path
) -> None:
    async def main() -> None:
        world = World()
        world.send_gate = asyncio.Event()
        journal = Journal(tmp_path / "j", pytest.fail)
        async with running(world, journal=journal) as r:
            (upload_id,) = r.submit(sources())
            await until(lambda: world.at_once == 1)
            r.engine.cancel([upload_id])
            await until(lambda: any(file.discarded for file in world.files.values()))
            await until(lambda: not r.engine._tasks._of(Kind.DISCARD))
            r.engine.forget([upload_id])
        base = sqlite3.connect(tmp_path / "j" / NAME)
        for table in ("uploads", "openings", "intents"):
            assert base.execute(f"SELECT * FROM {table}").fetchall() == [], table
        base.close()
        journal.close()

    asyncio.run(main())


def test_what_is_forgotten_before_its_job_is_acted_on_disturbs_nobody(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.job_looks = 1_000_000
        async with running(world) as r:
            (upload_id,) = r.submit(sources())
            await until(lambda: r.phase(upload_id) is Phase.PROCESSING)
            r.engine.cancel([upload_id])
            r.engine.forget([upload_id])
            await until(lambda: len(world.cancelled) == 1)

    asyncio.run(main())


def test_what_the_person_holds_in_a_pause_is_held_after_it(sources: Make) -> None:
    async def main() -> None:
        world = World(resumes=True)
        world.send_gate = asyncio.Event()
        async with running(world) as r:
            held, other = r.submit(sources(2))
            await until(lambda: world.at_once == 2)
            r.engine.pause(True)
            r.engine.hold([held])
            world.send_gate.set()
            r.engine.pause(False)
            await until(lambda: r.phase(other) is Phase.DONE)
            assert _why(r, held) is Why.HELD
            r.engine.release([held])
            await r.told.all_final()
            assert r.phase(held) is Phase.DONE

    asyncio.run(main())


def test_a_command_that_names_an_upload_twice_is_obeyed_once(sources: Make) -> None:
    async def main() -> None:
        world = World(finds=False)
        world.script("send", [Fault(cut(), AFTER)])
        async with running(world) as r:
            (upload_id,) = r.submit(sources())
            await until(lambda: r.phase(upload_id) is Phase.FAILED)
            r.engine.send_anyway([upload_id, upload_id])
            await r.told.all_final()
            assert len(world.openings) == 2
            r.engine.forget([upload_id, upload_id])
            assert not r.engine.uploads

    asyncio.run(main())


def test_an_opening_that_may_exist_is_not_forgotten_when_asking_again_fails(
    sources: Make, tmp_path: Path
) -> None:
    """Its answer is lost, and then the server lets nobody in: the next run takes it back."""

    async def main() -> None:
        world = World()
        world.script("open", [Fault(cut(), AFTER)])
        journal = Journal(tmp_path / "j", pytest.fail)
        async with running(world, journal=journal, person=False, scale=0.02) as r:
            (upload_id,) = r.submit(sources())
            await until(lambda: _why(r, upload_id) is Why.RETRY)
            world.script("connect", [Fault(refused())] * 5)
            r.engine.signed_in("there")
            await until(lambda: r.phase(upload_id) is Phase.FAILED)
            assert len(world.left_over()) == 1
        journal.close()
        world.faults.clear()
        journal = Journal(tmp_path / "j", pytest.fail)
        async with running(world, journal=journal) as r:
            r.engine.claim()
            await until(lambda: not world.left_over())
        journal.close()

    asyncio.run(main())


def test_a_file_tried_again_while_another_is_held_is_started_with_it(sources: Make) -> None:
    async def main() -> None:
        world = World(resumes=True)
        world.send_gate = asyncio.Event()
        async with running(world, traits=family(together=2, resumes=True)) as r:
            held, failed = r.submit(sources(2))
            await until(lambda: world.at_once == 2)
            r.engine.hold([held])
            world.script("find", [Fault(Uncertain(catalogue.REPLY_LOST, {"name": "file1.dat"}))])
            world.script("send", [Fault(cut(), AFTER)])
            world.send_gate.set()
            await until(lambda: r.phase(failed) is Phase.FAILED)
            r.engine.retry([failed])
            await until(lambda: r.phase(failed) is Phase.SENT)
            r.engine.release([held])
            await r.told.all_final()
            assert {r.phase(i) for i in (held, failed)} == {Phase.DONE}
            assert list(world.starts.values()) == [1]

    asyncio.run(main())
