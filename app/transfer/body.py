"""A file as asynchronous bytes of known length, whole or in parts, watched for change."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial

from app.core.uploads import Source
from app.transfer.digest import digest_of
from app.transfer.limit import Limit
from app.transfer.local_file import AHEAD, BLOCK, Identity, Reading, lack, source_of
from app.transfer.meter import Meter

__all__ = ["BLOCK", "FileBody", "digest_of", "lack", "source_of"]


class FileBody:
    """Implements `servers.api.Body` for a file; blocks are read ahead in `threads`."""

    def __init__(
        self,
        source: Source,
        meter: Meter,
        limit: Limit,
        threads: ThreadPoolExecutor,
        *,
        offset: int = 0,
        size: int | None = None,
        of: FileBody | None = None,
    ) -> None:
        """`of`: the body this one is a part of."""
        self._source = source
        self._identity: Identity = Identity() if of is None else of._identity
        self._meter = meter
        self._limit = limit
        self._threads = threads
        self._offset = offset
        self._size = source.size - offset if size is None else size
        self._counted = 0
        self._parts: dict[tuple[int, int], FileBody] = {}
        self.sha256 = ""
        """Of the whole file, once it was iterated from first to last byte in one go."""

    @property
    def size(self) -> int:
        return self._size

    @property
    def source(self) -> Source:
        return self._source

    def part(self, offset: int, length: int) -> FileBody:
        """The same object for the same part, so that a part sent twice counts once."""
        if offset < 0 or length < 0 or offset + length > self._size:
            raise ValueError("a part must lie inside the body")
        key = (offset, length)
        if key not in self._parts:
            self._parts[key] = FileBody(
                self._source,
                self._meter,
                self._limit,
                self._threads,
                offset=self._offset + offset,
                size=length,
                of=self,
            )
        return self._parts[key]

    def already(self, sent: int) -> None:
        self._count(sent)

    def _count(self, count: int) -> None:
        self._counted += count
        self._meter.add(count)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._count(-self._counted)
        whole = self._offset == 0 and self._size == self._source.size
        reading = Reading(self._source, self._offset, self._identity, digest=whole)
        pending: Future[list[bytes]] | None = None
        unread = self._size
        digest = ""
        try:
            if unread:
                pending = self._threads.submit(reading.read, min(AHEAD, unread))
            while pending is not None:
                ahead = await asyncio.wrap_future(pending)
                unread -= min(AHEAD, unread)
                pending = self._threads.submit(reading.read, min(AHEAD, unread)) if unread else None
                last = sum(map(len, ahead)) if pending is None else -1
                for block in ahead:
                    at = 0
                    while at < len(block):
                        size = await self._limit.take(len(block) - at)
                        piece = block if size == len(block) else block[at : at + size]
                        if last >= 0 and (last := last - len(piece)) == 0:
                            # Without its last bytes no server takes the file for whole.
                            digest = await self._ended(reading)
                        yield piece
                        self._count(len(piece))
                        at += len(piece)
            if not self._size:
                digest = await self._ended(reading)
            if whole:
                self.sha256 = digest
        finally:
            # The file is closed in a reading thread and only after the read under way: closing it
            # here could free its descriptor for another file while a thread still reads from it.
            if pending is not None and not pending.cancel():
                pending.add_done_callback(partial(_close, reading))
            else:
                try:
                    self._threads.submit(reading.close)
                except RuntimeError:  # the threads have ended with the engine
                    reading.close()

    async def _ended(self, reading: Reading) -> str:
        return await asyncio.wrap_future(self._threads.submit(reading.end))


def _close(reading: Reading, _: Future[list[bytes]]) -> None:
    reading.close()
