"""TaskScope: owns the tasks that gestures start."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any

from app.core.problems import Problem, defect

log = logging.getLogger(__name__)


class TaskScope:
    """Keeps every task it starts, tells what went wrong, and cancels what is left when it ends.

    A Problem is `told`; any other exception is logged and told as a Defect. After `aclose`
    nothing is started any more.
    """

    def __init__(self, told: Callable[[Problem], None]) -> None:
        self._told = told
        self._tasks: set[asyncio.Task[Any]] = set()
        self._closed = False

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, Any], *, name: str = "") -> asyncio.Task[Any] | None:
        """Runs `work` on the running loop; None when the scope has ended."""
        if self._closed:
            work.close()
            return None
        task = asyncio.get_running_loop().create_task(work, name=name or None)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def aclose(self) -> None:
        """Cancels what is left and waits for it."""
        self._closed = True
        left = [task for task in self._tasks if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left)

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is None:
            return
        if isinstance(error, Problem):
            self._told(error)
            return
        log.error("A gesture's task failed", exc_info=error)
        self._told(defect(error))
