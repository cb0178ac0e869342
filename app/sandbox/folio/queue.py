"""The queue of parts: one worker, which looks for the next part at intervals."""

import asyncio
from collections import deque

from app.sandbox.family import Ground
from app.sandbox.folio.options import Options
from app.sandbox.folio.running import Run, advance
from app.sandbox.folio.state import Job, Tenant


class Queue:
    def __init__(self, options: Options, ground: Ground) -> None:
        self._options = options
        self._ground = ground
        self._waiting: deque[tuple[Tenant, Job, Job, Run, float]] = deque()
        self.tasks: set[asyncio.Task[None]] = set()

    def add(self, tenant: Tenant, parent: Job, child: Job, run: Run, rate: float) -> None:
        """Queue one part; `rate` is in records per second as they really pass."""
        self._waiting.append((tenant, parent, child, run, rate))
        if not self.tasks:
            task = asyncio.get_running_loop().create_task(self._work())
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    async def _work(self) -> None:
        while self._waiting:
            await self._ground.work(self._options.queue_poll_seconds)
            tenant, parent, child, run, rate = self._waiting.popleft()
            if not child.ended:
                child.status = "PROCESSING_IN_PROGRESS"
                await self._ground.work(0.1)
            if not child.ended:
                child.status = "PARSING_IN_PROGRESS"
                await advance(child, run, self._ground, rate)
            if all(part.ended for part in tenant.children(parent)) and not parent.ended:
                parent.end("COMMITTED")
