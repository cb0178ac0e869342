"""Thousands of uploads, a third of them cancelled, leave nothing behind in the process.

`LONGSHORE_FLAT` is how many uploads; the figures of each quarter are printed (`pytest -s`).
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from app.core.changes import Change, UploadChanged
from app.core.destinations import Destination, Secret
from app.core.uploads import Phase, Upload
from app.demo_files import OPTIONS, write_fpr, write_groups, write_marc
from app.servers import families
from app.servers.folio import rhythm as folio
from app.servers.ssc import rhythm as ssc
from app.servers.tao import rhythm as tao
from app.storage.journal import Journal
from app.transfer.body import source_of
from app.transfer.engine import Engine
from app.transfer.lanes import Route
from app.transfer.retry import Policy

COUNT = int(os.environ.get("LONGSHORE_FLAT", "100"))
ROUND = 50
CANCELLED = 0.3
KINDS = ("folio", "ssc", "tao")
RHYTHMS: Mapping[str, Any] = {"folio": folio.Rhythm, "ssc": ssc.Rhythm, "tao": tao.Rhythm}
SERVERS = """
import json, sys
from app.sandbox import Sandbox
with Sandbox(("folio", "ssc", "tao"), pace=200.0, seed=1) as box:
    for one in map(box.served, ("folio", "ssc", "tao")):
        print(json.dumps([one.family, dict(one.fields), one.secret]))
    print(flush=True)
    sys.stdin.read()
"""

pytestmark = pytest.mark.skipif(
    not Path("/proc/self/fd").exists(), reason="descriptors are counted in /proc"
)


@contextmanager
def servers() -> Iterator[dict[str, tuple[Destination, Secret]]]:
    """One server of each family, in a process of their own, until the end of the block."""
    with subprocess.Popen(
        [sys.executable, "-c", SERVERS], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None and child.stdin is not None
        found = {}
        while (line := child.stdout.readline()).strip():
            family, fields, secret = json.loads(line)
            found[family] = Destination(family, family, family, fields), Secret(secret)
        try:
            yield found
        finally:
            child.stdin.close()


@dataclass(frozen=True, slots=True)
class Held:
    """What the process holds."""

    uploads: int
    descriptors: int
    tasks: int
    threads: int
    kilobytes: int
    """Of Python's own objects."""

    @classmethod
    def now(cls, uploads: int) -> Held:
        gc.collect()
        return cls(
            uploads,
            len(list(Path("/proc/self/fd").iterdir())),
            len(asyncio.all_tasks()),
            threading.active_count(),
            tracemalloc.get_traced_memory()[0] // 1024,
        )


class Round:
    """Cancels those that are doomed as soon as they reach their phase."""

    def __init__(self, dice: random.Random) -> None:
        self.uploads: dict[int, Upload] = {}
        self.engine: Engine
        self.doomed: dict[int, Phase] = {}
        self.moved = asyncio.Event()
        self._dice = dice

    def doom(self, ids: list[int]) -> None:
        phases = (Phase.QUEUED, Phase.OPENING, Phase.SENDING, Phase.SENT, Phase.PROCESSING)
        for one in ids:
            if self._dice.random() < CANCELLED:
                self.doomed[one] = self._dice.choice(phases)
        self.engine.cancel([one for one in ids if self.doomed.get(one) is Phase.QUEUED])

    def __call__(self, change: Change) -> None:
        if isinstance(change, UploadChanged):
            upload = change.upload
            self.uploads[upload.id] = upload
            if self.doomed.get(upload.id) is upload.phase:
                asyncio.get_running_loop().call_soon(self.engine.cancel, [upload.id])
            self.moved.set()

    async def over(self) -> None:
        async with asyncio.timeout(120):
            while not all(upload.phase.final for upload in self.uploads.values()):
                self.moved.clear()
                await self.moved.wait()


async def campaign(tmp_path: Path, count: int) -> list[Held]:
    """What is held after each quarter of the uploads, those before a first warm-up not counted."""
    files = {
        "folio": write_marc(tmp_path / "books.mrc", 20).path,
        "ssc": write_fpr(tmp_path / "shop.fpr", build="shop", files=5).path,
        "tao": write_groups(tmp_path / "groups.csv", 10).path,
    }
    known = families()
    dice = random.Random(2_000)
    held: list[Held] = []
    ended = {Phase.DONE: 0, Phase.CANCELLED: 0}
    with servers() as found:

        def route(kind: str) -> Route:
            family = known[kind]
            connect: Any = partial(family.connect, rhythm=RHYTHMS[kind](0.01))
            destination, secret = found[kind]
            return Route(replace(family, connect=connect), lambda: connect(destination, secret))

        told = Round(dice)
        journal = Journal(tmp_path / "home", pytest.fail)
        policy = Policy(scale=0.02, poll_first=2.0, poll_longest=10.0)
        async with Engine(route, told, journal, policy) as engine:
            told.engine = engine
            marks = [0, *(count * quarter // 4 for quarter in (1, 2, 3, 4))]
            sent = -ROUND
            while sent < count:
                for kind in KINDS:
                    sources = [source_of(files[kind])] * (ROUND // len(KINDS) + 1)
                    # Files of one delivery to TAO wait for each other, also for one cancelled.
                    for part in [[one] for one in sources] if kind == "tao" else [sources]:
                        told.doom(engine.submit(kind, part, OPTIONS[kind]))
                await told.over()
                sent += min(ROUND, len(told.uploads))
                for upload in told.uploads.values():
                    assert upload.phase in ended, upload
                    ended[upload.phase] += 1
                engine.forget(list(told.uploads))
                told.uploads.clear()
                told.doomed.clear()
                while marks and sent >= marks[0]:
                    marks.pop(0)
                    await quiet()
                    held.append(Held.now(sent))
            assert not engine.uploads and not engine.meters
        journal.close()
    assert ended[Phase.CANCELLED] > count * CANCELLED * 0.5 and ended[Phase.DONE] > count * 0.4
    return held


async def quiet() -> None:
    """Until this task and one for each connection are left: what was opened for cancelled uploads
    is taken back after their end."""
    async with asyncio.timeout(60):
        while len(asyncio.all_tasks()) > 1 + len(KINDS):
            await asyncio.sleep(0.05)


def test_nothing_grows_with_the_number_of_uploads(tmp_path: Path) -> None:
    tracemalloc.start()
    try:
        first, *later = asyncio.run(campaign(tmp_path, COUNT))
    finally:
        tracemalloc.stop()
    for one in (first, *later):
        sys.stdout.write(f"{one}\n")
    for one in later:
        assert one.descriptors <= first.descriptors + 6
        assert one.threads <= first.threads + 6
        assert one.tasks <= first.tasks + 3
    # Caches fill in the first quarter; after it, a thousand uploads may leave some 64 kB.
    grown = later[-1].kilobytes - later[0].kilobytes
    assert grown < 256 + (later[-1].uploads - later[0].uploads) * 0.064
