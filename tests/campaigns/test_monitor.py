"""Half an hour of every trouble, in compressed time: the status monitor says when it last knew, and
is right at the end."""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from shiboken6 import delete

from app.core.changes import Change, JobsSeen
from app.core.uploads import Upload
from app.sandbox import Fault, Sandbox
from app.transfer.body import source_of
from app.transfer.engine import Engine
from app.transfer.retry import Policy
from app.viewmodels.monitor_model import MonitorModel
from tests.campaigns.network import MODES, Mode, Told, quicker, routed, sandbox_of
from tests.campaigns.test_polling import ASKED

SCALE = 0.0005
HALF_AN_HOUR = 1800.0
SILENCE = 0.05
CROWD = {"crowd": 12, "crowd_moving": 4, "crowd_rate": 150.0}
TROUBLE = (
    Fault("server-error", status=503, times=0),
    Fault("silent", times=0),
    Fault("lost-reply", times=0),
    # Not every time: a server that takes no token it has just given needs the person.
    Fault("expire-token", times=1),
    Fault("busy", retry_after=1, times=0),
    Fault("nonsense", times=0),
)

pytestmark = pytest.mark.usefixtures("qapp")


class Clock:
    """Compressed time, as people would be shown it."""

    def __init__(self) -> None:
        self._began = time.time()

    def __call__(self) -> float:
        return self._began + (time.time() - self._began) / SCALE


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def model(clock: Clock) -> Iterator[MonitorModel]:
    made = MonitorModel(lambda destination: "There", epoch=clock)
    made.follow(lambda upload: None)
    yield made
    # Here and now: whoever collects garbage later may be another thread.
    delete(made)


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_half_an_hour_of_trouble(
    mode: Mode, model: MonitorModel, clock: Clock, tmp_path: Path
) -> None:
    mode = quicker(mode, silence=SILENCE)
    uploads = Told()
    problems: list[str] = []

    def told(change: Change) -> None:
        model.apply([change])
        uploads(change)
        if isinstance(change, JobsSeen) and change.problem is not None:
            problems.append(change.problem.id)

    def states() -> dict[str, str]:
        return {row.name: model.state_words(row) for row in model.rows()}

    def codes() -> dict[str, str]:
        return {row.name: row.code for row in model.rows()}

    async def work() -> None:
        crowd: dict[str, Any] = CROWD if mode.family.key == "folio" else {}
        with sandbox_of(mode, pace=2.0, **crowd) as (box, served, _):
            paths = mode.files(tmp_path, random.Random(7), 2)
            policy = Policy(scale=SCALE, now=clock, jitter=lambda: 1.0)
            route = routed(mode, served.fields, served.secret)
            async with Engine(route, told, policy=policy) as engine:
                engine.submit("there", [source_of(path) for path in paths], mode.options)
                engine.survey("there", True, chosen=[mode.options])
                await uploads.until(lambda: any(_at_work(one) for one in uploads.uploads.values()))
                running = [row.name for row in model.rows() if not row.ended]
                assert running
                await _half_an_hour(box, mode, told_so_far=lambda: states(), running=running)
                await uploads.until(lambda: uploads.ended)
                engine.survey_now("there")
                await uploads.until(lambda: all(row.ended for row in model.rows()), 20)
            names = {path.name for path in paths}
            assert names <= codes().keys()
            assert {codes()[name] for name in names} <= {"done", "done_with_errors"}
            assert not any("last seen" in text for text in states().values())
            if mode.family.key == "folio":
                assert problems
                _agrees(served.books, {k: code for k, code in codes().items() if k not in names})

    asyncio.run(work())


def _at_work(upload: Upload) -> bool:
    return upload.job is not None and upload.job.seen is not None


async def _half_an_hour(box: Sandbox, mode: Mode, told_so_far: Any, running: list[str]) -> None:
    """One kind of trouble after the other, on every question about jobs; no state gets lost."""
    patterns = ASKED[mode.family.key]
    loop = asyncio.get_running_loop()
    began = loop.time()
    seen_late: set[str] = set()
    for fault in itertools.cycle(TROUBLE):
        box.faults.clear()
        for pattern in patterns:
            box.faults.add(replace(fault, match=pattern))
        # Long enough for some questions of each kind, however slow the machine.
        end = loop.time() + HALF_AN_HOUR * SCALE / len(TROUBLE)
        while loop.time() < end:
            await asyncio.sleep(0.01)
            told = told_so_far()
            assert all(name in told for name in running)
            assert not any(told[name].startswith("Failed") for name in running)
            seen_late |= {name for name in running if "last seen" in told[name]}
        if loop.time() - began >= HALF_AN_HOUR * SCALE and seen_late:
            break
        assert loop.time() - began < 30, "nothing was said to be seen late"
    box.faults.clear()


def _agrees(books: Any, codes: dict[str, str]) -> None:
    """Every job of others is in the state that the server has itself."""
    for job in books.jobs.values():
        name = job.get("fileName", "")
        if name not in codes:
            continue
        wanted = {
            "COMMITTED": ("done",),
            "ERROR": ("done_with_errors",) if job["progress"]["current"] else ("failed",),
            "CANCELLED": ("cancelled",),
        }[job["status"]]
        assert codes[name] in wanted, name
