"""Runs an engine against a scripted server and holds what must always be true."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.changes import Change, LaneChanged, UploadChanged
from app.core.uploads import MOVES, Phase, Source, Upload
from app.servers.api import Family
from app.transfer.body import source_of
from app.transfer.engine import Engine
from app.transfer.journal import Journal
from app.transfer.retry import Policy

from .scripted import World, family, route

FAST = Policy(scale=0.002, poll_first=1.0, poll_longest=4.0, jitter=lambda: 1.0)
LIMIT = 20.0


class Told:
    """Everything an engine told, with the checks that hold at every moment."""

    def __init__(self) -> None:
        self.changes: list[Change] = []
        self.uploads: dict[int, Upload] = {}
        self.lanes: list[LaneChanged] = []
        self.phases: dict[int, list[Phase]] = {}
        self._woken = asyncio.Event()

    def __call__(self, change: Change) -> None:
        self.changes.append(change)
        if isinstance(change, UploadChanged):
            new = change.upload
            old = self.uploads.get(new.id)
            if old is not None and old.phase is not new.phase:
                assert new.phase in MOVES[old.phase], f"{old.phase} to {new.phase}"
            if old is None or old.phase is not new.phase:
                self.phases.setdefault(new.id, []).append(new.phase)
            self.uploads[new.id] = new
        elif isinstance(change, LaneChanged):
            self.lanes.append(change)
        self._woken.set()

    async def until(self, true: Callable[[], bool]) -> None:
        """Waits until the condition holds; fails the test after LIMIT seconds."""
        async with asyncio.timeout(LIMIT):
            while not true():
                self._woken.clear()
                await self._woken.wait()

    async def all_final(self) -> None:
        await self.until(lambda: all(u.phase.final for u in self.uploads.values()))


class Running:
    """An engine with its world and what it told."""

    def __init__(self, engine: Engine, world: World, told: Told) -> None:
        self.engine = engine
        self.world = world
        self.told = told

    def submit(self, sources: Sequence[Source]) -> list[int]:
        return self.engine.submit("there", sources, {})

    def phase(self, upload_id: int) -> Phase:
        return self.engine.uploads[upload_id].phase


@asynccontextmanager
async def running(
    world: World | None = None,
    *,
    traits: Family | None = None,
    at_once: int | None = None,
    policy: Policy = FAST,
    journal: Journal | None = None,
    **changed: object,
) -> AsyncIterator[Running]:
    """An engine on a scripted server; afterwards no task, connection or file of it is left."""
    world = world or World()
    traits = traits or family(resumes=world.resumes)
    told = Told()
    tasks = asyncio.all_tasks()
    policy = replace(policy, **changed)  # type: ignore[arg-type]
    engine = Engine(lambda _: route(world, traits, at_once=at_once), told, journal, policy)
    async with engine:
        yield Running(engine, world, told)
    left = asyncio.all_tasks() - tasks
    assert not left, f"tasks left: {left}"
    assert world.open_connections == 0
    if journal is None or not journal.keeps:
        assert all(upload.phase.final for upload in engine.uploads.values())


@pytest.fixture
def sources(tmp_path: Path) -> Callable[..., list[Source]]:
    """Makes files and returns their sources."""

    def make(count: int = 1, size: int = 1000) -> list[Source]:
        made = []
        for index in range(count):
            path = tmp_path / f"file{index}.dat"
            path.write_bytes(bytes([index % 251]) * size)
            made.append(source_of(path))
        return made

    return make


@pytest.fixture(autouse=True)
def nothing_logged_as_error(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    yield
    errors = [r for r in caplog.get_records("call") if r.levelno >= logging.ERROR]
    assert not errors, errors[0].getMessage()


def open_files(folder: Path) -> list[str]:
    """Files below a folder that this process holds open (Linux)."""
    found = []
    for entry in Path("/proc/self/fd").iterdir():
        try:
            target = str(entry.readlink())
        except OSError:
            continue
        if target.startswith(str(folder)):
            found.append(target)
    return found
