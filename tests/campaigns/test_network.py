"""Networks that cut, stall, lose and vanish: every file ends exactly once on its server.

A short portion with fixed seeds runs by default; `LONGSHORE_NETWORK_RUNS` asks for so many
deliveries of each family and way to send instead, `LONGSHORE_NETWORK_SEED` begins elsewhere.
With `--log-cli-level=INFO` the figures are told.
"""

from __future__ import annotations

import asyncio
import logging
import os
import random
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from app.core.problems import Uncertain
from app.sandbox import Fault
from app.servers.folio.parts import USUAL_PART
from tests.campaigns.network import (
    MODES,
    SENDING,
    SILENCE,
    Mode,
    delivered,
    journal_in,
    judge,
    large_file,
    quicker,
    sandbox_of,
)
from tests.campaigns.network_proxy import Kind, Proxy, Trouble

log = logging.getLogger(__name__)

RUNS = int(os.environ.get("LONGSHORE_NETWORK_RUNS") or 2)
SEED = int(os.environ.get("LONGSHORE_NETWORK_SEED") or 1)
FILES = 3
FULL = RUNS >= 10
SHORTLY = MODES if FULL else (MODES[0], MODES[4])
BREAKING = (Kind.RESET, Kind.VANISH, Kind.LOST) if FULL else (Kind.RESET,)


def troubles(chosen: random.Random, index: int, up: int, down: int, lines: int) -> list[Trouble]:
    """One to three of them, the first of each kind in turn, anywhere in a delivery."""
    kinds = list(Kind)
    made = []
    for number in range(chosen.choice((1, 1, 2, 3))):
        kind = kinds[index % len(kinds)] if number == 0 else chosen.choice(kinds)
        if kind is Kind.CONNECT:
            made.append(Trouble(kind, chosen.randrange(lines)))
            continue
        upwards = kind in (Kind.LOST, Kind.LATE) or chosen.random() < 0.5
        at = chosen.randrange(up if upwards else down)
        made.append(Trouble(kind, at, upwards, seconds=chosen.uniform(0.05, 0.6)))
    return made


@pytest.mark.parametrize("mode", MODES, ids=str)
def test_every_file_ends_once_whatever_the_network_does(mode: Mode, tmp_path: Path) -> None:
    struck: Counter[str] = Counter()
    unsure = 0

    async def campaign() -> None:
        nonlocal unsure
        with sandbox_of(mode) as (_, served, ports):
            async with Proxy(ports, SILENCE) as proxy:
                fields = {**served.fields, "url": proxy.front(served.fields["url"])}
                first = mode.files(tmp_path, random.Random(0), FILES)
                told = await delivered(mode, served, fields, first)
                assert judge(mode, served, told, first) == 0
                up, down, lines = proxy.up, proxy.down, proxy.connections
                for index in range(RUNS):
                    seed = f"{SEED}-{mode.name}-{index}"
                    chosen = random.Random(seed)
                    folder = tmp_path / str(index)
                    folder.mkdir()
                    paths = mode.files(folder, chosen, FILES)
                    kinds = index + SEED + len(mode.name)
                    proxy.expect(troubles(chosen, kinds, up, down, lines))
                    with closing(journal_in(folder)) as journal:
                        kept = journal if index % 2 else None
                        try:
                            told = await delivered(mode, served, fields, paths, journal=kept)
                            unsure += judge(mode, served, told, paths)
                        except AssertionError as error:
                            error.add_note(f"seed {seed}: {proxy.struck} of {proxy.troubles}")
                            raise
                    with closing(journal_in(folder)) as journal:
                        left = [one for left in journal.claim() for one in left.uploads]
                        assert all(isinstance(one.problem, Uncertain) for one in left), left
                    struck.update(trouble.kind for trouble in proxy.struck)
                    proxy.struck.clear()

    asyncio.run(campaign())
    figures = ", ".join(f"{kind} {count}" for kind, count in sorted(struck.items()))
    log.info("%s: %d deliveries of %d files, %d uncertain; %s", mode, RUNS, FILES, unsure, figures)
    assert struck
    if not mode.may_be_uncertain:
        assert unsure == 0


@pytest.mark.parametrize("mode", SHORTLY, ids=str)
def test_bytes_still_on_their_way_when_the_client_gives_up_are_not_doubled(
    mode: Mode, tmp_path: Path
) -> None:
    """The server, or a proxy before it, takes longer over a file than the client waits."""

    async def work() -> None:
        with sandbox_of(mode) as (box, served, _):
            box.faults.add(Fault("slow", SENDING[mode.name], times=1, bytes_per_second=100_000))
            paths = [large_file(mode, tmp_path, 100_000)]
            hasty = quicker(mode, silence=0.3)
            told = await delivered(hasty, served, served.fields, paths)
            async with asyncio.timeout(30):
                while not any("slow" in one.faults for one in served.books.requests):
                    await asyncio.sleep(0.05)
            judge(mode, served, told, paths)

    asyncio.run(work())


@pytest.mark.parametrize("kind", BREAKING)
def test_a_file_in_parts_goes_on_where_the_network_broke_it(kind: Kind, tmp_path: Path) -> None:
    """Two parts; the second breaks near its end, and only what storage lacks is sent again."""
    mode = next(one for one in MODES if one.name == "folio-split")

    async def work() -> None:
        path = large_file(mode, tmp_path, 2 * USUAL_PART - 4_000_000)
        with sandbox_of(mode) as (_, served, ports):
            async with Proxy(ports, SILENCE) as proxy:
                proxy.expect([Trouble(kind, path.stat().st_size - 200_000)])
                fields = {**served.fields, "url": proxy.front(served.fields["url"])}
                told = await delivered(mode, served, fields, [path])
                assert judge(mode, served, told, [path]) == 0
                assert [one.kind for one in proxy.struck] == [kind]
            [stored] = served.books.objects.values()
            assert (stored.parts, stored.puts) in ((2, 2), (2, 3))

    asyncio.run(work())
