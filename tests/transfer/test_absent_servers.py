"""Uploads whose server is not saved, or cannot be read, when a run takes them over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import asynccontextmanager
from pathlib import Path

from app.core import catalogue
from app.core.problems import FileProblem, Problem, Uncertain
from app.core.uploads import Phase, Source
from app.storage.journal import Journal
from app.transfer.engine import Engine
from app.transfer.lanes import Route

from .conftest import FAST, Told, running
from .scripted import AFTER, Fault, World, cut, family, route

Make = Callable[..., list[Source]]


class Absent:
    """A run in which the server is not there until `back` is set."""

    def __init__(self, folder: Path, world: World) -> None:
        self.journal = Journal(folder, print)
        self.told = Told()
        self.back = False
        self._world = world
        self.engine = Engine(self._route, self.told, self.journal, FAST)

    def _route(self, destination: str) -> Route:
        if not self.back:
            raise FileProblem(catalogue.FILE_MISSING, {"name": destination})
        return route(self._world, family(resumes=self._world.resumes))


@asynccontextmanager
async def absent(folder: Path, world: World):  # type: ignore[no-untyped-def]
    run = Absent(folder, world)
    async with run.engine:
        yield run
    run.journal.close()


async def unclear(folder: Path, world: World, made: list[Source]) -> int:
    """An upload of which nobody knows whether the server has it."""
    journal = Journal(folder, print)
    async with running(world, journal=journal) as r:
        world.script("send", [Fault(cut(), AFTER)])
        (upload_id,) = r.submit(made)
        await r.told.all_final()
        assert isinstance(r.engine.uploads[upload_id].problem, Uncertain)
    journal.close()
    return upload_id


def sends(world: World) -> int:
    return sum(file.sends for file in world.files.values())


def test_what_the_server_may_have_is_still_known_when_it_is_back(
    sources: Make, tmp_path: Path
) -> None:
    async def main() -> None:
        world = World(arrival_starts=True, finds=False)
        upload_id = await unclear(tmp_path / "j", world, sources())
        async with absent(tmp_path / "j", world) as run:
            assert run.engine.claim() == [upload_id]
            assert run.engine.uploads[upload_id].phase is Phase.FAILED
        journal = Journal(tmp_path / "j", print)
        async with running(world, journal=journal) as r:
            r.engine.claim()
            r.engine.retry([upload_id])
            await r.told.all_final()
            assert isinstance(r.engine.uploads[upload_id].problem, Uncertain)
        journal.close()
        assert sends(world) == 1

    asyncio.run(main())


def test_back_in_the_same_run_it_is_asked_before_anything_is_sent(
    sources: Make, tmp_path: Path
) -> None:
    async def main() -> None:
        world = World(arrival_starts=True, finds=False)
        upload_id = await unclear(tmp_path / "j", world, sources())
        async with absent(tmp_path / "j", world) as run:
            run.engine.claim()
            try:
                run.engine.retry([upload_id])
            except Problem as problem:
                assert problem.id == catalogue.FILE_MISSING.id
            run.back = True
            run.engine.retry([upload_id])
            await run.told.all_final()
            assert isinstance(run.engine.uploads[upload_id].problem, Uncertain)
        assert sends(world) == 1

    asyncio.run(main())


def test_a_job_on_an_absent_server_is_watched_again_and_not_sent_again(
    sources: Make, tmp_path: Path
) -> None:
    async def main() -> None:
        world = World()
        world.job_looks = 10_000
        first = Journal(tmp_path / "j", print)
        async with running(world, journal=first) as r:
            (upload_id,) = r.submit(sources())
            await r.told.until(lambda: r.phase(upload_id) is Phase.PROCESSING)
        first.close()
        world.job_looks = 1
        async with absent(tmp_path / "j", world) as run:
            run.engine.claim()
            upload = run.engine.uploads[upload_id]
            assert upload.phase is Phase.UNWATCHED and upload.problem is not None
            run.engine.retry([upload_id])
            run.back = True
            run.engine.watch([upload_id])
            await run.told.until(lambda: run.engine.uploads[upload_id].phase is Phase.DONE)
        assert world.processed().total() == 1

    asyncio.run(main())


def test_what_belonged_to_an_absent_server_can_leave_the_list(
    sources: Make, tmp_path: Path
) -> None:
    async def main() -> None:
        world = World(arrival_starts=True, finds=False)
        upload_id = await unclear(tmp_path / "j", world, sources())
        async with absent(tmp_path / "j", world) as run:
            run.engine.claim()
            run.engine.forget([upload_id])
            assert not run.engine.uploads
        async with absent(tmp_path / "j", world) as run:
            assert run.engine.claim() == []

    asyncio.run(main())
