"""The bandwidth limit of the program: one bucket all bodies draw from, changed while it runs."""

from __future__ import annotations

import asyncio


class Limit:
    """Bytes per second for everything that is sent together; None is no limit."""

    BURST = 0.25
    """Seconds of unused allowance that may be caught up."""

    def __init__(self, rate: int | None = None) -> None:
        self._rate = rate
        self._free_at = 0.0
        self._changed = asyncio.Event()

    @property
    def rate(self) -> int | None:
        return self._rate

    def change(self, rate: int | None) -> None:
        """From now on `rate` bytes per second; whoever waits is reckoned anew."""
        self._rate = rate if rate and rate > 0 else None
        self._free_at = 0.0
        self._changed.set()
        self._changed = asyncio.Event()

    def grain(self, block: int) -> int:
        """How many bytes to hand over at a time, so that slow limits still move evenly."""
        if self._rate is None:
            return block
        return max(1024, min(block, self._rate // 8))

    async def take(self, count: int) -> None:
        """Waits until `count` bytes may go."""
        loop = asyncio.get_running_loop()
        while self._rate is not None:
            changed = self._changed
            now = loop.time()
            begin = max(self._free_at, now - self.BURST)
            self._free_at = begin + count / self._rate
            pause = begin - now
            if pause <= 0:
                return
            try:
                async with asyncio.timeout(pause):
                    await changed.wait()
            except TimeoutError:
                return
