"""A file as asynchronous bytes of known length, whole or in parts, watched for change."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import AsyncIterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import BinaryIO

from app.core import catalogue
from app.core.problems import FileProblem
from app.core.uploads import Source
from app.transfer.limit import Limit
from app.transfer.meter import Meter

BLOCK = 256 * 1024
"""Bytes handed to the connection at a time; smaller costs speed, larger makes progress jump."""
AHEAD = 4 * BLOCK
"""Bytes read in one visit to a reading thread; at most two such blocks are in memory."""


def source_of(path: Path) -> Source:
    """The file as it is now. Raises FileProblem when it is missing, unreadable or no file."""
    try:
        found = path.stat()
    except FileNotFoundError:
        raise FileProblem(catalogue.FILE_MISSING, {"name": path.name}) from None
    except OSError as error:
        raise _unreadable(path.name, error) from None
    if not path.is_file():
        raise FileProblem(catalogue.FILE_NOT_A_FILE, {"name": path.name})
    return Source(str(path.absolute()), found.st_size, found.st_mtime_ns)


def _unreadable(name: str, error: OSError) -> FileProblem:
    reason = error.strerror or type(error).__name__
    return FileProblem(catalogue.FILE_UNREADABLE, {"name": name, "reason": reason})


class _Reading:
    """An open file in the reading threads: every method runs there, one at a time."""

    def __init__(self, source: Source, offset: int, digest: bool) -> None:
        self.source = source
        self._digest = hashlib.sha256() if digest else None
        self._file: BinaryIO | None = None
        self._offset = offset

    def read(self, count: int) -> list[bytes]:
        """The next `count` bytes, exactly, in blocks. Opens the file at the first call."""
        try:
            if self._file is None:
                self._file = Path(self.source.path).open("rb", buffering=0)  # noqa: SIM115
                self._file.seek(self._offset)
            self._check(self._file)
            blocks: list[bytes] = []
            left = count
            while left and (block := self._file.read(min(BLOCK, left))):
                blocks.append(block)
                left -= len(block)
        except FileNotFoundError:
            raise FileProblem(catalogue.FILE_MISSING, {"name": self.source.name}) from None
        except OSError as error:
            raise _unreadable(self.source.name, error) from None
        if left:
            raise self._changed()
        if self._digest is not None:
            for block in blocks:
                self._digest.update(block)
        return blocks

    def end(self) -> str:
        """Checks a last time that the file did not change; its SHA-256 if it was digested."""
        try:
            found = Path(self.source.path).stat()
        except OSError:
            raise FileProblem(catalogue.FILE_MISSING, {"name": self.source.name}) from None
        if (found.st_size, found.st_mtime_ns) != (self.source.size, self.source.changed_ns):
            raise self._changed()
        return self._digest.hexdigest() if self._digest else ""

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _check(self, file: BinaryIO) -> None:
        found = os.fstat(file.fileno())
        if (found.st_size, found.st_mtime_ns) != (self.source.size, self.source.changed_ns):
            raise self._changed()

    def _changed(self) -> FileProblem:
        return FileProblem(catalogue.FILE_CHANGED, {"name": self.source.name})


def digest_of(source: Source) -> str:
    """SHA-256 of the whole file, read in the calling thread. Raises FileProblem."""
    reading = _Reading(source, 0, digest=True)
    try:
        left = source.size
        while left:
            left -= sum(map(len, reading.read(min(4 * AHEAD, left))))
        return reading.end()
    finally:
        reading.close()


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
    ) -> None:
        self._source = source
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
        reading = _Reading(self._source, self._offset, digest=whole)
        pending: Future[list[bytes]] | None = None
        unread = self._size
        try:
            if unread:
                pending = self._threads.submit(reading.read, min(AHEAD, unread))
            while pending is not None:
                ahead = await asyncio.wrap_future(pending)
                unread -= min(AHEAD, unread)
                pending = self._threads.submit(reading.read, min(AHEAD, unread)) if unread else None
                for block in ahead:
                    at = 0
                    while at < len(block):
                        grain = self._limit.grain(BLOCK)
                        whole_block = not at and grain >= len(block)
                        piece = block if whole_block else block[at : at + grain]
                        await self._limit.take(len(piece))
                        yield piece
                        self._count(len(piece))
                        at += len(piece)
            digest = await asyncio.wrap_future(self._threads.submit(reading.end))
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


def _close(reading: _Reading, _: Future[list[bytes]]) -> None:
    reading.close()
