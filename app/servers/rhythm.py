"""How often and how long a server is looked at until it has come round."""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Rhythm:
    """What the families' own rhythms share; each adds the times its servers need.

    All times are in seconds, multiplied by `scale` when they are waited or compared: one scale for
    tests.
    """

    scale: float = 1.0
    silence: float = math.inf
    """How long the server may say nothing within a request, at most; not scaled."""

    GROWTH: ClassVar[float] = 1.6
    """How much longer each pause between two looks is than the one before."""
    LONGEST: ClassVar[float] = 3.0
    """No pause is longer."""

    async def looks(self, seconds: float, first: float) -> AsyncIterator[bool]:
        """Times to look, at once and then ever more rarely; True for the last, after `seconds`.

        `first` is the first pause.
        """
        end = time.monotonic() + seconds * self.scale
        pause = first
        while (left := end - time.monotonic()) > 0:
            yield False
            await asyncio.sleep(min(pause * self.scale, left))
            pause = min(pause * self.GROWTH, self.LONGEST)
        yield True

    def past(self, since: float, seconds: float) -> bool:
        """Whether `seconds` have gone by since the monotonic time `since`."""
        return time.monotonic() - since >= seconds * self.scale
