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
    visible: float = 120.0
    """A fresh import may be unknown to the server for so long."""
    moving: float = 30.0
    """An import seen before may be unknown for so long, while its file moves between folders."""
    restored: float = 10.0
    """An import of an earlier run that is unknown for so long is gone."""
    confirm: float = 15.0
    """How long a “failed” must hold: a queue may take the import up once more."""
    result: float = 60.0
    """How long the result file of a processed import may be missing."""

    async def looks(self, seconds: float, first: float) -> AsyncIterator[bool]:
        """Times to look, at once and then ever more rarely; True for the last, after `seconds`."""
        end = time.monotonic() + seconds * self.scale
        pause = first * self.scale
        while (left := end - time.monotonic()) > 0:
            yield False
            await asyncio.sleep(min(pause, left))
            pause *= 2
        yield True

    def past(self, since: float, seconds: float) -> bool:
        """Whether `seconds` have gone by since the monotonic time `since`."""
        return time.monotonic() - since >= seconds * self.scale
