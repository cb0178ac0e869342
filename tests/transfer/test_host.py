"""EngineHost: the engine on its own thread, called from another loop, gone without a trace."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from app.core.problems import ServerFault
from app.core.uploads import Phase, Source
from app.transfer.engine import Engine
from app.transfer.host import EngineHost

from .conftest import FAST, Told
from .scripted import Fault, World, broken, family, route


def test_commands_cross_over_and_changes_come_back(sources) -> None:  # type: ignore[no-untyped-def]
    told_on: set[str] = set()
    told = Told()
    done = threading.Event()

    def tell(change: object) -> None:
        told_on.add(threading.current_thread().name)
        told(change)  # type: ignore[arg-type]
        if told.uploads and all(u.phase is Phase.DONE for u in told.uploads.values()):
            done.set()

    world = World()
    made: list[Source] = sources(4)

    async def main() -> None:
        engines: list[Engine] = []

        def make() -> Engine:
            engines.append(Engine(lambda _: route(world, family()), tell, policy=FAST))
            return engines[0]

        async with EngineHost(make) as host:
            ids = await host.call(Engine.submit, "there", made, {})
            assert len(ids) == 4
            assert await host.ask(Engine.choices, "there", "profile", {})
            world.script("choices", [Fault(broken())])
            with pytest.raises(ServerFault):
                await host.ask(Engine.choices, "there", "profile", {})
            assert await asyncio.to_thread(done.wait, 10)
            assert {host.meters[i].sent for i in ids} == {1000}
        with pytest.raises(RuntimeError):
            await host.call(Engine.pause, True)

    before = threading.active_count()
    asyncio.run(main())
    assert told_on == {"engine"} or len(told_on) == 1
    deadline = time.monotonic() + 2
    while threading.active_count() > before and time.monotonic() < deadline:
        time.sleep(0.01)
    assert threading.active_count() <= before
