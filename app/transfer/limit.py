"""The bandwidth limit of the program: one bucket all bodies draw from, changed while it runs."""

from __future__ import annotations

import asyncio


class Limit:
    """Bytes per second for everything that is sent together; None is no limit.

    Who asks is served in the order of asking, a small piece at a time, so that senders share
    evenly and each of them moves often enough for no server to think it has fallen silent.
    """

    BURST = 0.25
    """Seconds of unused allowance that may be caught up, so that late timers cost nothing."""
    PIECES = 8
    """Into how many pieces the bytes of a second are divided."""
    LEAST = 256
    """Bytes of the smallest piece: below it the work for each would exceed its use."""

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

    async def take(self, most: int) -> int:
        """Waits until some of `most` bytes may go; returns how many."""
        loop = asyncio.get_running_loop()
        while self._rate is not None:
            changed = self._changed
            now = loop.time()
            begin = max(self._free_at, now - self.BURST)
            # By the rate of the moment: what was asked for at a high rate must not go out whole
            # at a low one.
            piece = min(most, max(self.LEAST, self._rate // self.PIECES))
            self._free_at = begin + piece / self._rate
            pause = begin - now
            if pause <= 0:
                return piece
            try:
                async with asyncio.timeout(pause):
                    await changed.wait()
            except TimeoutError:
                return piece
        return most
