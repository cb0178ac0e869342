"""How long this adapter waits for a server to come round."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from app.servers import rhythm


@dataclass(frozen=True, slots=True)
class Rhythm(rhythm.Rhythm):
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
