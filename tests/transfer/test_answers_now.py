"""A call that is not to wait hears at once what stands in the way; what is sent goes on waiting."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from app.core import catalogue
from app.core.changes import LaneState
from app.core.problems import Problem, SignInProblem, Unreachable
from app.core.uploads import Phase, Source, Upload, Why

from .conftest import running
from .scripted import Fault, World

Make = Callable[..., list[Source]]


def gone() -> Unreachable:
    return Unreachable(catalogue.CONNECTION_REFUSED, {"host": "x"})


def waits(upload: Upload) -> Why | None:
    return upload.wait.why if upload.wait is not None else None


def test_an_unreachable_server_is_an_answer(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.script("connect", [Fault(gone())] * 1000)
        async with running(world) as r:
            with pytest.raises(Unreachable):
                await r.engine.leftovers("there")
            (sent,) = r.submit(sources())
            await r.told.until(lambda: waits(r.told.uploads[sent]) is Why.NETWORK)
            # Asked again, it is tried again.
            before = world.connections
            with pytest.raises(Unreachable):
                await r.engine.leftovers("there")
            assert world.connections > before
            assert r.phase(sent) is Phase.QUEUED
            world.faults.clear()
            assert await r.engine.leftovers("there") == []
            await r.told.all_final()
            assert r.phase(sent) is Phase.DONE

    asyncio.run(main())


def test_a_refused_sign_in_is_an_answer_and_is_not_tried_again(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.script("connect", [Fault(SignInProblem(catalogue.SIGN_IN_REFUSED))])
        async with running(world) as r:
            (sent,) = r.submit(sources())
            await r.told.until(lambda: waits(r.told.uploads[sent]) is Why.SIGN_IN)
            for _ in range(3):
                with pytest.raises(SignInProblem):
                    await r.engine.leftovers("there")
            assert world.connections == 1
            assert r.told.lanes[-1].state is LaneState.SIGN_IN
            r.engine.signed_in("there")
            await r.told.all_final()
            assert r.phase(sent) is Phase.DONE

    asyncio.run(main())


def test_what_is_at_work_is_no_leftover_and_is_never_taken_back(sources: Make) -> None:
    async def main() -> None:
        world = World()
        world.send_gate = asyncio.Event()
        async with running(world) as r:
            (sent,) = r.submit(sources())
            await r.told.until(lambda: r.phase(sent) is Phase.SENDING)
            assert await r.engine.leftovers("there") == []
            everything = await r.engine._lane("there").call(lambda server: server.leftovers())
            assert len(everything) == 1
            assert await r.engine.take_back("there", everything[0]) is False
            world.send_gate.set()
            await r.told.all_final()
            assert r.phase(sent) is Phase.DONE

    asyncio.run(main())


def test_trouble_while_taking_back_is_told(sources: Make) -> None:
    async def main() -> None:
        world = World()
        async with running(world) as r:
            server = r.engine._lane("there")
            opening = await server.call(lambda s: s.open("old", sources(), {}))
            assert len(opening.tickets) == 1
            (left,) = await r.engine.leftovers("there")
            world.script("discard", [Fault(gone())])
            with pytest.raises(Problem):
                await r.engine.take_back("there", left)
            assert await r.engine.take_back("there", left) is True
            assert await r.engine.leftovers("there") == []

    asyncio.run(main())
