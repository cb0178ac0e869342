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
    broken: float = 3.0
    """An upload that broke before its last byte: no server takes half a form."""
    answered: float = 10.0
    """An upload answered with an error of the server's own."""
    unanswered: float = 60.0
    """An upload whose every byte went out and whose answer was lost."""
    per_gigabyte: float = 60.0
    """Added to `unanswered`: a large file is stored for a long time."""
    appears: float = 60.0
    """After an accepted upload, until its artifact or job can be asked for."""
    job_lag: float = 30.0
    """A job that ended badly while its artifact does not say so yet."""

    async def looks(self, seconds: float, first: float = 0.3) -> AsyncIterator[bool]:
        """Times to look, at once and then ever more rarely; True for the last, after `seconds`."""
        end = time.monotonic() + seconds * self.scale
        pause = first
        while (left := end - time.monotonic()) > 0:
            yield False
            await asyncio.sleep(min(pause * self.scale, left))
            pause = min(pause * 1.6, 5.0)
        yield True

    def past(self, since: float, seconds: float) -> bool:
        """Whether `seconds` have gone by since the monotonic time `since`."""
        return time.monotonic() - since >= seconds * self.scale
