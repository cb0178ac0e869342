"""How long this adapter waits for a server to come round; one scale for tests."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rhythm:
    """All times in seconds, multiplied by `scale` when they are waited or compared."""

    scale: float = 1.0
    silence: float = math.inf
    """How long the server may say nothing within a request, at most; not scaled."""
    visible: float = 5.0
    """A new definition: the server answers before it has stored it."""
    settle: float = 10.0
    """A broken upload: proxies pass the end of a request on with a delay."""
    started_raw: float = 10.0
    started_split: float = 30.0
    """After a lost answer to a start, until the server would show that it has begun."""
    summary: float = 30.0
    """An ended job whose summary is still being written."""
    not_started: float = 120.0
    """An accepted start of which nothing has moved."""

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds * self.scale)

    async def looks(self, seconds: float, first: float = 0.1) -> AsyncIterator[bool]:
        """Times to look, at once and then ever more rarely; True for the last, after `seconds`."""
        end = time.monotonic() + seconds * self.scale
        pause = first
        while (left := end - time.monotonic()) > 0:
            yield False
            await asyncio.sleep(min(pause * self.scale, left))
            pause = min(pause * 1.6, 3.0)
        yield True

    def past(self, since: float, seconds: float) -> bool:
        """Whether `seconds` have gone by since the monotonic time `since`."""
        return time.monotonic() - since >= seconds * self.scale
