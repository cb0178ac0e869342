"""EngineHost: an engine on a thread and an event loop of its own; the only bridge to it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AbstractContextManager, AsyncExitStack
from types import TracebackType
from typing import Concatenate, ParamSpec, Self, TypeVar

from anyio.from_thread import BlockingPortal, start_blocking_portal

from app.transfer.engine import Engine
from app.transfer.meter import Meter

P = ParamSpec("P")
T = TypeVar("T")


class EngineHost:
    """Used with `async with`. `call` runs on the engine's loop and is awaited on the caller's."""

    def __init__(self, make: Callable[[], AbstractAsyncContextManager[Engine]]) -> None:
        self._make = make
        self._engine: Engine | None = None
        self._portal: BlockingPortal | None = None
        self._thread: AbstractContextManager[BlockingPortal] | None = None
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        # The loop Windows has by default does not notice what arrives while it sends, and so not
        # that a server refuses a file at its first bytes.
        options = {"loop_factory": asyncio.SelectorEventLoop}
        self._thread = start_blocking_portal("asyncio", options, name="engine")
        self._portal = await asyncio.to_thread(self._thread.__enter__)
        self._engine = await asyncio.wrap_future(self._portal.start_task_soon(self._begin))
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._portal is not None and self._thread is not None
        await asyncio.wrap_future(self._portal.start_task_soon(self._end))
        portal, thread = self._portal, self._thread
        self._portal = None
        await asyncio.wrap_future(portal.start_task_soon(portal.stop, False))
        await asyncio.to_thread(thread.__exit__, None, None, None)

    async def _begin(self) -> Engine:
        return await self._stack.enter_async_context(self._make())

    async def _end(self) -> None:
        await self._stack.aclose()

    @property
    def meters(self) -> Mapping[int, Meter]:
        """The engine's meters, for reading from any thread."""
        return self._engine.meters if self._engine is not None else {}

    async def call(
        self, command: Callable[Concatenate[Engine, P], T], *args: P.args, **kwargs: P.kwargs
    ) -> T:
        """Runs a plain command of the engine and returns its answer."""
        portal, engine = self._living()

        async def run() -> T:
            return command(engine, *args, **kwargs)

        return await asyncio.wrap_future(portal.start_task_soon(run))

    async def ask(
        self,
        question: Callable[Concatenate[Engine, P], Awaitable[T]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Awaits one of the engine's questions to a server; raises its Problem."""
        portal, engine = self._living()

        async def run() -> T:
            return await question(engine, *args, **kwargs)

        return await asyncio.wrap_future(portal.start_task_soon(run))

    def _living(self) -> tuple[BlockingPortal, Engine]:
        if self._portal is None or self._engine is None:
            raise RuntimeError("the engine has ended")
        return self._portal, self._engine
