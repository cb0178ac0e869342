"""A program that is killed at any point goes on where it was: nothing lost, nothing twice."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pytest

from app.core.intents import Opened, Unfinished, Verb
from app.core.problems import Uncertain
from app.core.uploads import Phase, Source, Ticket, Upload, Why
from app.storage.journal import Journal

from .conftest import Running, running
from .scripted import AFTER, BEFORE, Fault, World, broken, cut, family

Make = Callable[..., list[Source]]


class Mortal:
    """A journal whose process is killed at its n-th call, before or after the fact is written."""

    keeps = True

    def __init__(self, folder: Path, world: World, last: int, *, written: bool) -> None:
        self.journal = Journal(folder, print)
        self._world = world
        self._left = last
        self._written = written

    def _counted(self, write: Callable[[], object]) -> object:
        if self._world.client_is_dead:
            raise asyncio.CancelledError
        self._left -= 1
        if self._left > 0:
            return write()
        if self._written:
            write()
        self._world.client_is_dead = True
        raise asyncio.CancelledError

    def ids(self, count: int) -> Sequence[int]:
        return self._counted(lambda: self.journal.ids(count))  # type: ignore[return-value]

    def save(self, uploads: Iterable[Upload], key: str = "") -> None:
        self._counted(lambda: self.journal.save(uploads, key))

    def opened(self, opened: Opened) -> None:
        self._counted(lambda: self.journal.opened(opened))

    def intent(
        self, key: str, verb: Verb, ids: Sequence[int], ticket: Ticket | None = None
    ) -> None:
        self._counted(lambda: self.journal.intent(key, verb, ids, ticket))

    def outcome(self, key: str, verb: Verb, ids: Sequence[int], said: str) -> None:
        self._counted(lambda: self.journal.outcome(key, verb, ids, said))

    def forget(self, ids: Iterable[int]) -> None:
        self._counted(lambda: self.journal.forget(ids))

    def claim(self) -> Sequence[Unfinished]:
        return self.journal.claim()


async def go_on(r: Running) -> None:
    """Another run takes over, and the person says go."""
    r.engine.claim()
    held = [u for u in r.engine.uploads.values() if u.phase is Phase.QUEUED]
    assert all(u.wait is not None and u.wait.why is Why.HELD for u in held)
    sends = sum(file.sends for file in r.world.files.values())
    await asyncio.sleep(0.01)
    assert sum(file.sends for file in r.world.files.values()) == sends, "nothing sends by itself"
    r.engine.release(list(r.engine.uploads))
    await r.told.all_final()


@pytest.mark.parametrize("written", [False, True])
@pytest.mark.parametrize(
    ("together", "resumes", "fault"),
    [
        (1, False, ""),
        (3, False, ""),
        (3, True, ""),
        (2, False, "open"),
        (2, True, "send"),
        (3, False, "start"),
    ],
)
def test_killed_at_every_point_of_the_journal(
    sources: Make, tmp_path: Path, together: int, resumes: bool, fault: str, written: bool
) -> None:
    made = sources(3, 600_000)
    traits = family(together=together, resumes=resumes)

    async def killed_at(point: int) -> bool:
        """Whether the run got as far as that point."""
        world = World(resumes=resumes)
        if fault:
            world.script(fault, [Fault(cut(), AFTER), Fault(broken())])
        folder = tmp_path / f"{point}"
        mortal = Mortal(folder, world, point, written=written)
        async with running(world, traits=traits, journal=mortal) as r:
            try:
                r.submit(made)
                await until_dead_or_done(r)
            except asyncio.CancelledError:
                pass
        reached = world.client_is_dead
        mortal.journal.close()
        world.client_is_dead = False
        world.faults.clear()
        submitted = bool(r.told.uploads)
        second = Journal(folder, print)
        async with running(world, traits=traits, journal=second) as r:
            await go_on(r)
            for upload in r.engine.uploads.values():
                assert upload.phase is Phase.DONE, upload
            await asyncio.sleep(0.02)
        second.close()
        expected = {source.name: 1 for source in made} if submitted else {}
        processed = {name: n for name, n in world.processed().items() if n}
        assert processed == expected or not submitted, (point, world.files)
        assert all(count == 1 for count in processed.values())
        assert set(world.starts.values()) <= {1}
        assert not world.left_over(), (point, world.left_over())
        return reached

    point = 0
    while asyncio.run(killed_at(point := point + 1)):
        assert point < 200
    assert point > 10


async def until_dead_or_done(r: Running) -> None:
    async with asyncio.timeout(20):
        while not r.world.client_is_dead:
            if r.told.uploads and all(u.phase.final for u in r.told.uploads.values()):
                return
            await asyncio.sleep(0.002)


def test_what_the_server_works_on_is_watched_again_at_once(sources: Make, tmp_path: Path) -> None:
    async def main() -> None:
        world = World()
        world.job_looks = 10_000
        first = Journal(tmp_path / "j", print)
        async with running(world, journal=first) as r:
            (i,) = r.submit(sources(1))
            await r.told.until(lambda: r.phase(i) is Phase.PROCESSING)
        first.close()
        world.job_looks = 1
        second = Journal(tmp_path / "j", print)
        async with running(world, journal=second) as r:
            assert r.engine.claim() == [i]
            await r.told.all_final()
            assert r.phase(i) is Phase.DONE
        second.close()

    asyncio.run(main())


@pytest.mark.parametrize("when", [BEFORE, AFTER])
def test_what_may_have_been_started_is_looked_for_also_after_a_cancel(
    sources: Make, tmp_path: Path, when: str
) -> None:
    """Killed while the server was told to start, cancelled by the next run, then wanted again."""

    async def main() -> None:
        world = World()
        world.kill_at = ("start", when)
        first = Mortal(tmp_path / "j", world, 1_000, written=True)
        async with running(world, journal=first) as r:
            r.submit(sources())
            await until_dead_or_done(r)
        first.journal.close()
        world.client_is_dead = False
        second = Journal(tmp_path / "j", print)
        async with running(world, journal=second) as r:
            (i,) = r.engine.claim()
            r.engine.cancel([i])
            await asyncio.sleep(0.02)
            assert r.phase(i) is Phase.CANCELLED
            kept = r.engine.uploads[i].ticket is not None
            assert kept is (when == AFTER), "as long as it leads to something"
            assert not world.left_over()
            r.engine.retry([i])
            await r.told.all_final()
            assert r.phase(i) is Phase.DONE
        second.close()
        assert world.processed().total() == 1

    asyncio.run(main())


def test_a_server_that_cannot_say_is_not_sent_to_again_after_a_restart(
    sources: Make, tmp_path: Path
) -> None:
    async def main() -> None:
        world = World(finds=False)
        world.send_gate = asyncio.Event()
        first = Journal(tmp_path / "j", print)
        async with running(world, journal=first) as r:
            (i,) = r.submit(sources(1))
            await r.told.until(lambda: r.phase(i) is Phase.SENDING)
        first.close()
        second = Journal(tmp_path / "j", print)
        async with running(world, journal=second) as r:
            await go_on(r)
            assert isinstance(r.engine.uploads[i].problem, Uncertain)
            assert sum(file.sends for file in world.files.values()) == 1
        second.close()

    asyncio.run(main())


def test_a_file_that_moved_goes_on_only_if_it_is_the_same(sources: Make, tmp_path: Path) -> None:
    async def main() -> None:
        world = World(resumes=True)
        world.send_gate, world.gate_after = asyncio.Event(), 300_000
        made = sources(1, 900_000)
        first = Journal(tmp_path / "j", print)
        async with running(world, journal=first) as r:
            (i,) = r.submit(made)
            await r.told.until(lambda: bool(world.files) and world.at_once == 1)
            while not r.engine.meters[i].sent:
                await asyncio.sleep(0.001)
        first.close()
        world.send_gate.set()
        old = Path(made[0].path)
        moved = old.rename(old.with_name("elsewhere.dat"))
        other = old.with_name("other.dat")
        other.write_bytes(os.urandom(900_000))
        second = Journal(tmp_path / "j", print)
        async with running(world, journal=second) as r:
            from app.transfer.body import source_of

            await go_on(r)
            problem = r.engine.uploads[i].problem
            assert problem is not None and problem.id == "file.missing"
            assert r.engine.relocate(i, source_of(moved))
            r.engine.retry([i])
            await r.told.all_final()
            assert r.phase(i) is Phase.DONE
        second.close()

    asyncio.run(main())
