"""Half an hour of refused questions, in compressed time: only a word of the server ends a job."""

from __future__ import annotations

import asyncio
import itertools
import random
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.uploads import Phase
from app.sandbox import Fault
from app.transfer.body import source_of
from app.transfer.engine import Engine
from app.transfer.retry import Policy
from app.viewmodels import row
from tests.campaigns.network import MODES, Mode, Told, judge, routed, sandbox_of

SCALE = 0.0005
HALF_AN_HOUR = 1800.0
LOOKS = 30
"""At least so many are refused in that time: the longest pause between two is a minute."""
ASKED = {
    "folio": ("GET /change-manager/*", "GET /metadata-provider/*"),
    "ssc": ("GET */jobs*", "GET */artifacts*"),
    "tao": ("GET */status/*",),
}


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_half_an_hour_of_503_fails_no_job(mode: Mode, tmp_path: Path) -> None:
    policy = Policy(scale=SCALE, poll_first=2.0)

    async def work() -> None:
        with sandbox_of(mode, pace=3.0) as (box, served, _):
            paths = mode.files(tmp_path, random.Random(5), 2)
            told = Told()
            route = routed(mode, served.fields, served.secret)
            async with Engine(route, told, policy=policy) as engine:
                engine.submit("there", [source_of(path) for path in paths], mode.options)
                first = next(iter(told.uploads))

                def seen() -> float | None:
                    job = told.uploads[first].job
                    return None if job is None else job.seen

                await told.until(lambda: seen() is not None)
                assert told.uploads[first].phase is Phase.PROCESSING
                for pattern in ASKED[mode.family.key]:
                    box.faults.add(Fault("server-error", match=pattern, times=0, status=503))

                def refused() -> int:
                    asked = served.books.requests
                    return sum(one.status == 503 for one in asked)

                loop = asyncio.get_running_loop()
                # One that was answered before the trouble began may still be on its way.
                async with asyncio.timeout(30):
                    while not refused():
                        await asyncio.sleep(0.005)
                began, last = loop.time(), seen()
                async with asyncio.timeout(60):
                    while loop.time() - began < HALF_AN_HOUR * SCALE or refused() < LOOKS:
                        await asyncio.sleep(0.05)
                        assert told.uploads[first].phase is Phase.PROCESSING
                assert seen() == last and last is not None
                later = row.state(told.uploads[first], now=last + HALF_AN_HOUR, family=mode.family)
                assert "last seen" in later.text
                box.faults.clear()
                await told.until(lambda: told.ended)
            for phases in told.phases.values():
                # Never anything but at work, until the server itself said that it was done.
                assert phases[phases.index(Phase.PROCESSING) :] == [Phase.PROCESSING, Phase.DONE]
            assert judge(mode, served, told, paths) == 0

    asyncio.run(work())


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_every_kind_of_trouble_with_asking_is_got_over(mode: Mode, tmp_path: Path) -> None:
    kinds = itertools.chain(
        (Fault("server-error", status=status) for status in (500, 502, 503, 504)),
        (Fault(kind, retry_after=1) for kind in ("busy", "nonsense", "lost-reply", "expire-token")),
    )

    async def work() -> None:
        with sandbox_of(mode, pace=3.0) as (box, served, _):
            for fault in kinds:
                for pattern in ASKED[mode.family.key]:
                    box.faults.add(replace(fault, match=pattern, times=2))
            paths = mode.files(tmp_path, random.Random(6), 2)
            told = Told()
            route = routed(mode, served.fields, served.secret)
            async with Engine(route, told, policy=Policy(scale=SCALE)) as engine:
                engine.submit("there", [source_of(path) for path in paths], mode.options)
                await told.until(lambda: told.ended)
            assert judge(mode, served, told, paths) == 0

    asyncio.run(work())
