"""The engine's tasks: every one is owned, and none outlives it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from enum import Enum
from typing import Any

log = logging.getLogger(__name__)


class Kind(Enum):
    """What a task is for decides how it ends with the engine."""

    WORK = 1
    """Cancelled first."""
    DISCARD = 2
    """Takes something back on a server: gets a moment to finish."""
    CONNECTION = 3
    """Keeps a connection: ends last, with its sign-out."""


class Tasks:
    """Starts tasks and ends them in order."""

    def __init__(self) -> None:
        self._tasks: dict[asyncio.Task[None], Kind] = {}
        self.ending = False
        """The engine is about to end: what is not begun yet is left to the next run."""

    def spawn(self, work: Coroutine[Any, Any, None], kind: Kind = Kind.WORK) -> asyncio.Task[None]:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks[task] = kind
        task.add_done_callback(self._ended)
        return task

    def connection(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return self.spawn(work, Kind.CONNECTION)

    async def cancel(self, kind: Kind) -> None:
        """Cancels all tasks of a kind and waits for their end."""
        ending = self._of(kind)
        for task in ending:
            task.cancel()
        if ending:
            # `gather` returns at once when all are done, before the loop has called `_ended`.
            await asyncio.wait(ending)

    async def finish(self, kind: Kind, seconds: float) -> None:
        """Gives the tasks of a kind so long to end by themselves."""
        if ending := self._of(kind):
            await asyncio.wait(ending, timeout=seconds)

    async def cancel_all(self) -> None:
        while self._tasks:  # one that is ending may have begun another
            for kind in Kind:
                await self.cancel(kind)

    def _of(self, kind: Kind) -> list[asyncio.Task[None]]:
        return [task for task, its in self._tasks.items() if its is kind]

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.pop(task, None)
        if not task.cancelled() and (error := task.exception()) is not None:
            log.error("a task ended unexpectedly", exc_info=error)
