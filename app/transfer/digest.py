"""SHA-256 of a whole file, a piece at a time, so that nothing waits for the end of a large one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from contextlib import closing

from app.core.uploads import Source
from app.transfer.local_file import AHEAD, Identity, Reading

STEP = 4 * AHEAD


class Digest:
    """Its methods run in one thread at a time."""

    def __init__(self, source: Source) -> None:
        self._reading = Reading(source, 0, Identity(), digest=True)
        self._size = self._left = source.size

    @property
    def done(self) -> float:
        """0 to 1; to be read from any thread."""
        return 1 - self._left / self._size if self._size else 1.0

    def step(self) -> str | None:
        """Reads on; the digest at the end, None before. Raises FileProblem."""
        if self._left:
            count = min(STEP, self._left)
            self._reading.read(count)
            self._left -= count
        return None if self._left else self._reading.end()

    def close(self) -> None:
        self._reading.close()


def digest_of(source: Source) -> str:
    """SHA-256 of the whole file, read in the calling thread. Raises FileProblem."""
    with closing(Digest(source)) as digest:
        while (found := digest.step()) is None:
            pass
        return found


async def digested(
    source: Source, threads: Executor | None = None, tell: Callable[[float], None] | None = None
) -> str:
    """The same, read step by step in `threads` (the loop's own by default). Raises FileProblem.

    `tell` hears on the loop how much is done, 0 to 1.
    """
    digest = Digest(source)
    loop = asyncio.get_running_loop()
    reading: asyncio.Future[str | None] | None = None
    try:
        while True:
            reading = loop.run_in_executor(threads, digest.step)
            # A step is let end: its file must not be closed under it.
            found = await asyncio.shield(reading)
            if found is not None:
                return found
            if tell is not None:
                tell(digest.done)
    finally:
        if reading is None or reading.done():
            digest.close()
        else:
            reading.add_done_callback(lambda step: _closed(digest, step))


def _closed(digest: Digest, step: asyncio.Future[str | None]) -> None:
    if not step.cancelled():
        step.exception()
    digest.close()
