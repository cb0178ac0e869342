"""What a test needs to drive a `Server` by hand: bodies, kept tickets, and waiting for a job."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

from app.core.jobs import Job
from app.core.uploads import Source, Ticket
from app.servers.api import Opening, Server

T = TypeVar("T")

BLOCK = 64 * 1024
WAIT_SECONDS = 30.0


def source(path: Path) -> Source:
    found = path.stat()
    return Source(str(path), found.st_size, found.st_mtime_ns)


class Bytes:
    """A file at hand as a `Body`. `sent` counts as a meter would; a part sent again counts once."""

    def __init__(self, path: Path, offset: int = 0, size: int | None = None) -> None:
        self._path = path
        self._offset = offset
        self._size = path.stat().st_size if size is None else size
        self._parts: dict[tuple[int, int], Bytes] = {}
        self._own = 0

    @property
    def size(self) -> int:
        return self._size

    @property
    def source(self) -> Source:
        return source(self._path)

    @property
    def sent(self) -> int:
        return self._own + sum(part.sent for part in self._parts.values())

    def part(self, offset: int, length: int) -> Bytes:
        key = (offset, length)
        if key not in self._parts:
            self._parts[key] = Bytes(self._path, self._offset + offset, length)
        return self._parts[key]

    def already(self, sent: int) -> None:
        self._own += sent

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self._own = 0
        data = self._path.read_bytes()[self._offset : self._offset + self._size]
        for at in range(0, len(data), BLOCK):
            block = data[at : at + BLOCK]
            await asyncio.sleep(0)
            yield block
            self._own += len(block)


class Kept:
    """The last ticket `send` wanted kept, after a way through JSON as the journal goes."""

    def __init__(self) -> None:
        self.ticket: Ticket | None = None

    def __call__(self, ticket: Ticket) -> None:
        self.ticket = through_json(ticket)


def through_json(ticket: Ticket) -> Ticket:
    return Ticket(json.loads(json.dumps(dict(ticket.data))), ticket.resumes)


def opening_through_json(opening: Opening) -> Opening:
    """As it comes back after a restart: tickets are kept with their uploads."""
    return Opening((), json.loads(json.dumps(dict(opening.data))), opening.at_once)


async def until(look: Callable[[], Awaitable[T]], holds: Callable[[T], bool]) -> T:
    async with asyncio.timeout(WAIT_SECONDS):
        while not holds(found := await look()):
            await asyncio.sleep(0.03)
    return found


async def ended(server: Server, *refs: str) -> list[Job]:
    """The jobs once all have ended."""

    async def look() -> list[Job]:
        return list(await server.status(refs))

    return await until(look, lambda jobs: all(job.state.ended for job in jobs))


def run(work: Callable[[], Awaitable[Any]]) -> Any:
    async def limited() -> Any:
        async with asyncio.timeout(2 * WAIT_SECONDS):
            return await work()

    return asyncio.run(limited())
