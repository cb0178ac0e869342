"""The order of what waits, and how many are sent at once: both changed while files are sent."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence

import pytest

from app.core.changes import UploadChanged
from app.core.uploads import Phase, Source
from app.servers.api import Family
from app.transfer.queues import Where

from .conftest import Running, Told, running
from .scripted import World, family

Make = Callable[..., list[Source]]


def sent(told: Told) -> list[int]:
    """The ids in the order in which their sending began."""
    began: dict[int, None] = {}
    for change in told.changes:
        if isinstance(change, UploadChanged) and change.upload.phase is Phase.SENDING:
            began[change.upload.id] = None
    return list(began)


def ordered(
    sources: Sequence[Source],
    change: Callable[[Running, list[int]], None],
    *,
    traits: Family,
    sends: int = 1,
    foretells: bool = False,
) -> list[int]:
    """Places of the files in the order sent, when `change` comes while the first is on its way.

    The files go in `sends` equal sends. What the engine says of the order has to come true; with
    `foretells` that is what is returned.
    """

    async def main() -> list[int]:
        world = World()
        world.send_gate = asyncio.Event()
        async with running(world, traits=traits) as r:
            step = len(sources) // sends
            ids = [
                id for at in range(sends) for id in r.submit(sources[at * step : (at + 1) * step])
            ]
            await r.told.until(lambda: world.at_once == traits.at_once)
            change(r, ids)
            await asyncio.sleep(0)
            begun, foretold = sent(r.told), r.engine.order("there")
            world.send_gate.set()
            await r.told.all_final()
            assert world.most_at_once <= traits.at_once
            order = [*begun, *foretold]
            assert foretells or order == sent(r.told)
            return [ids.index(id) for id in order]

    return asyncio.run(main())


def moving(which: Sequence[int], where: Where) -> Callable[[Running, list[int]], None]:
    return lambda r, ids: r.engine.move([ids[place] for place in which], where)


def starting(*which: int) -> Callable[[Running, list[int]], None]:
    return lambda r, ids: r.engine.start_now([ids[place] for place in which])


MOVES: list[tuple[Sequence[int], Where, list[int]]] = [
    ([4], "top", [0, 4, 1, 2, 3, 5]),
    ([1], "bottom", [0, 2, 3, 4, 5, 1]),
    ([3], "up", [0, 1, 3, 2, 4, 5]),
    ([3], "down", [0, 1, 2, 4, 3, 5]),
    # Several keep their own order, side by side or not, whatever order they are named in.
    ([5, 3], "top", [0, 3, 5, 1, 2, 4]),
    ([3, 1], "bottom", [0, 2, 4, 5, 1, 3]),
    ([3, 4], "up", [0, 1, 3, 4, 2, 5]),
    ([2, 4], "up", [0, 2, 1, 4, 3, 5]),
    ([2, 3], "down", [0, 1, 4, 2, 3, 5]),
    # At the edge nothing passes its neighbour.
    ([1, 2], "up", [0, 1, 2, 3, 4, 5]),
    ([4, 5], "down", [0, 1, 2, 3, 4, 5]),
    # What is on its way already cannot be moved.
    ([0], "bottom", [0, 1, 2, 3, 4, 5]),
]


@pytest.mark.parametrize(("which", "where", "order"), MOVES)
def test_files_on_their_own_are_sent_in_the_new_order(
    sources: Make, which: Sequence[int], where: Where, order: list[int]
) -> None:
    assert ordered(sources(6), moving(which, where), traits=family(at_once=1)) == order


@pytest.mark.parametrize(("which", "where", "order"), MOVES)
def test_files_of_a_batch_that_is_being_sent_too(
    sources: Make, which: Sequence[int], where: Where, order: list[int]
) -> None:
    traits = family(at_once=1, together=6)
    assert ordered(sources(6), moving(which, where), traits=traits) == order


@pytest.mark.parametrize(
    ("which", "where", "order"),
    [
        # Inside a batch that waits, then the batch as one.
        ([4], "top", [0, 1, 4, 5, 2, 3]),
        ([5], "top", [0, 1, 5, 4, 2, 3]),
        ([4], "up", [0, 1, 4, 5, 2, 3]),
        ([5], "up", [0, 1, 2, 3, 5, 4]),
        ([3], "up", [0, 1, 3, 2, 4, 5]),
        ([4, 5], "top", [0, 1, 4, 5, 2, 3]),
        ([2, 3], "bottom", [0, 1, 4, 5, 2, 3]),
    ],
)
def test_batches_that_wait_move_as_one(
    sources: Make, which: Sequence[int], where: Where, order: list[int]
) -> None:
    traits = family(at_once=1, together=2)
    assert ordered(sources(6), moving(which, where), traits=traits) == order


@pytest.mark.parametrize(
    ("which", "where", "order"),
    [
        # Two sends of three; each keeps its own order, whatever is asked for.
        ([2], "up", [0, 1, 2, 3, 4, 5]),
        ([1], "bottom", [0, 3, 4, 5, 1, 2]),
        ([5], "top", [0, 3, 4, 5, 1, 2]),
        ([3], "up", [0, 1, 3, 2, 4, 5]),
    ],
)
def test_files_in_turn_never_pass_the_one_they_need(
    sources: Make, which: Sequence[int], where: Where, order: list[int]
) -> None:
    """A file waits for the job of the one before; meanwhile the other send may have its turn."""
    traits = family(at_once=1, in_turn=True)
    found = ordered(sources(6), moving(which, where), traits=traits, sends=2, foretells=True)
    assert found == order


@pytest.mark.parametrize(
    ("together", "which", "order"),
    [
        (1, (5,), [0, 1, 5, 2, 3, 4]),
        (1, (4, 5), [0, 1, 4, 5, 2, 3]),
        (6, (5,), [0, 1, 5, 2, 3, 4]),
        # Of the batches that wait behind those that run.
        (2, (4,), [0, 1, 4, 2, 3, 5]),
    ],
)
def test_start_now_is_next_and_takes_nobodys_place(
    sources: Make, together: int, which: Sequence[int], order: list[int]
) -> None:
    async def main() -> None:
        world = World()
        world.send_gate = asyncio.Event()
        traits = family(at_once=2, together=together)
        async with running(world, traits=traits) as r:
            ids = r.submit(sources(6))
            await r.told.until(lambda: world.at_once == 2)
            r.engine.start_now([ids[place] for place in which])
            # Its batch opens meanwhile.
            await r.told.until(lambda: all(r.phase(ids[p]) is Phase.QUEUED for p in which))
            for _ in range(50):
                await asyncio.sleep(0)
            assert world.at_once == 2
            world.send_gate.set()
            await r.told.all_final()
            assert world.most_at_once == 2
            assert [ids.index(id) for id in sent(r.told)][: 2 + len(which)] == order[
                : 2 + len(which)
            ]

    asyncio.run(main())


def test_what_was_cancelled_has_no_place_in_the_order(sources: Make) -> None:
    def change(r: Running, ids: list[int]) -> None:
        r.engine.cancel([ids[2]])
        r.engine.move([ids[3]], "top")

    traits = family(at_once=1)
    assert ordered(sources(4), change, traits=traits) == [0, 3, 1]


def test_more_at_once_counts_at_once_and_fewer_lets_the_running_end(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.send_gate = asyncio.Event()
        async with running(world, traits=family(at_once=2)) as r:
            r.submit(sources(12))
            await r.told.until(lambda: world.at_once == 2)
            r.engine.at_once("there", 5)
            await r.told.until(lambda: world.at_once == 5)
            r.engine.at_once("there", 1)
            assert world.at_once == 5
            assert r.told.lanes[-1].at_once == 1
            world.send_gate.set()
            await r.told.until(lambda: world.at_once <= 1)
            world.most_at_once = 0
            await r.told.all_final()
            assert world.most_at_once <= 1

    asyncio.run(main())
