"""A file as asynchronous bytes of known length, whole or in parts, watched for change."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
import sys
from collections.abc import AsyncIterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
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
    except OSError as error:
        raise problem_of(path.name, error) from None
    if not path.is_file():
        raise FileProblem(catalogue.FILE_NOT_A_FILE, {"name": path.name})
    return Source(str(path.absolute()), found.st_size, found.st_mtime_ns)


def lack(source: Source) -> FileProblem | None:
    """Why the file cannot be sent as it was added: gone, changed or out of reach; else None."""
    try:
        found = source_of(Path(source.path))
    except FileProblem as problem:
        return problem.bare()
    if (found.size, found.changed_ns) != (source.size, source.changed_ns):
        return FileProblem(catalogue.FILE_CHANGED, {"name": source.name})
    return None


def problem_of(name: str, error: OSError) -> FileProblem:
    """What the system said about a file, as a problem."""
    facts = {"name": name, "reason": error.strerror or type(error).__name__}
    code = getattr(error, "winerror", None)
    if isinstance(error, FileNotFoundError) and code != _WIN_NO_DRIVE:
        return FileProblem(catalogue.FILE_MISSING, {"name": name})
    if code in _WIN_LOCKED:
        return FileProblem(catalogue.FILE_LOCKED, {"name": name})
    if error.errno in _DRIVE_GONE or code in _WIN_DRIVE_GONE:
        return FileProblem(catalogue.FILE_OUT_OF_REACH, facts)
    return FileProblem(catalogue.FILE_UNREADABLE, facts)


_WIN_LOCKED = frozenset((32, 33))
"""ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION."""
_WIN_NO_DRIVE = 3
"""ERROR_PATH_NOT_FOUND, also of a drive letter that is no longer there."""
_WIN_DRIVE_GONE = frozenset((_WIN_NO_DRIVE, 15, 21, 51, 53, 55, 59, 64, 67, 121, 1167, 1231, 1236))
"""No drive, not ready, and what becomes of a share whose network or device has gone."""
_DRIVE_GONE = frozenset(
    getattr(errno, name)
    for name in (
        *("EIO", "ENXIO", "ENODEV", "ESTALE", "ENOTCONN", "EHOSTDOWN", "EHOSTUNREACH"),
        *("ENETUNREACH", "ENETDOWN", "ETIMEDOUT", "ECONNABORTED", "ECONNRESET", "EREMOTEIO"),
        "ENOMEDIUM",
    )
    if hasattr(errno, name)
)


class _Identity:
    """Which file a sending began to read, for all its readings: parts must be of one file."""

    def __init__(self) -> None:
        self._first: tuple[int, ...] | None = None

    def is_same(self, found: os.stat_result) -> bool:
        """Whether this is the file met first."""
        # Some network drives number a file anew whenever they look at it, but do not date it anew.
        # On Windows the other date is that of the making, which a replacing file may inherit.
        dated = () if sys.platform == "win32" else (found.st_ctime_ns,)
        this = (found.st_dev, found.st_ino, *dated)
        if self._first is None:
            self._first = this
        one, other = self._first, this
        return one[:2] == other[:2] or (len(dated) > 0 and one[2:] == other[2:])


class _Reading:
    """An open file in the reading threads: every method runs there, one at a time."""

    def __init__(self, source: Source, offset: int, identity: _Identity, digest: bool) -> None:
        self.source = source
        self._identity = identity
        self._digest = hashlib.sha256() if digest else None
        self._file: BinaryIO | None = None
        self._offset = offset

    def read(self, count: int) -> list[bytes]:
        """The next `count` bytes, exactly, in blocks. Opens the file at the first call."""
        try:
            if self._file is None:
                self._file = Path(self.source.path).open("rb", buffering=0)  # noqa: SIM115
                self._file.seek(self._offset)
            self._check(os.fstat(self._file.fileno()))
            blocks: list[bytes] = []
            left = count
            while left and (block := self._file.read(min(BLOCK, left))):
                blocks.append(block)
                left -= len(block)
        except OSError as error:
            raise problem_of(self.source.name, error) from None
        if left:
            raise self._changed()
        if self._digest is not None:
            for block in blocks:
                self._digest.update(block)
        return blocks

    def end(self) -> str:
        """Checks a last time that it is the same file, unchanged; its SHA-256 if it was
        digested."""
        self._check(self._at_path())
        return self._digest.hexdigest() if self._digest else ""

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _at_path(self) -> os.stat_result:
        try:
            return Path(self.source.path).stat()
        except OSError as error:
            raise problem_of(self.source.name, error) from None

    def _check(self, found: os.stat_result) -> None:
        if found.st_nlink == 0:
            # What is read has no name any more: deleted, or another file has its name.
            self._at_path()
            raise self._changed()
        same = (found.st_size, found.st_mtime_ns) == (self.source.size, self.source.changed_ns)
        if not same or not self._identity.is_same(found):
            raise self._changed()

    def _changed(self) -> FileProblem:
        return FileProblem(catalogue.FILE_CHANGED, {"name": self.source.name})


class Digest:
    """SHA-256 of a whole file, some of it at a time; every method runs in one thread at a time."""

    def __init__(self, source: Source) -> None:
        self._reading = _Reading(source, 0, _Identity(), digest=True)
        self._left = source.size
        self._size = source.size

    @property
    def done(self) -> float:
        """0 to 1; to be read from any thread."""
        return 1 - self._left / self._size if self._size else 1.0

    def step(self) -> str | None:
        """Reads on; the digest at the end, None before. Raises FileProblem."""
        if self._left:
            count = min(4 * AHEAD, self._left)
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
        self._identity: _Identity = _Identity() if of is None else of._identity
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
        reading = _Reading(self._source, self._offset, self._identity, digest=whole)
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

    async def _ended(self, reading: _Reading) -> str:
        return await asyncio.wrap_future(self._threads.submit(reading.end))


def _close(reading: _Reading, _: Future[list[bytes]]) -> None:
    reading.close()
