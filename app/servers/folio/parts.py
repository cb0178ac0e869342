"""The object-storage path: a file in parts, each sent to an address that is signed for it alone.

Storage is another server: it gets the part's bytes and nothing of the sign-in.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

import anyio

from app.core.problems import (
    Busy,
    ConnectionProblem,
    Defect,
    FileProblem,
    Problem,
    Refused,
    ServerFault,
    TrustProblem,
)
from app.servers.api import Body
from app.servers.clocks import unbroken
from app.servers.folio import problems
from app.servers.folio.gateway import Gateway
from app.servers.folio.rhythm import Rhythm
from app.servers.folio.tickets import Stored
from app.servers.folio.wire import errors
from app.servers.folio.wire.definitions import UploadUrl
from app.servers.http import Http, Patience

MIB = 1024 * 1024
USUAL_PART = 30 * MIB
SMALLEST_PART = 5 * MIB
MOST_PARTS = 10_000

_AT_ONCE = 4
_TRIES = 3
_PAUSES = (1.0, 3.0)
_URL_SECONDS = 540.0
"""An address lives ten minutes from its issue; an older one than this is not begun with."""
_PART_SECONDS = 120.0
"""A part should be through in this time, far less than its address lives, also on a slow line."""


def part_size(size: int, rate: float | None = None) -> int:
    """Bytes per part for a file of `size` bytes, given the bytes per second of a part before it."""
    usual = USUAL_PART if rate is None else int(rate * _PART_SECONDS) // MIB * MIB
    least = -(-size // MOST_PARTS)
    return max(min(max(usual, SMALLEST_PART), USUAL_PART), -(-least // MIB) * MIB)


def part_count(size: int, each: int) -> int:
    return max(1, -(-size // each))


class Storage:
    """Delivers files to the storage of one FOLIO system."""

    def __init__(self, gateway: Gateway, http: Http, rhythm: Rhythm) -> None:
        self._gateway = gateway
        self._http = http.bare()
        self._rhythm = rhythm
        self._beginning = asyncio.Lock()
        self._last_key = ""
        self._rate: float | None = None

    async def deliver(
        self, name: str, stored: Stored | None, body: Body, keep: Callable[[Stored], None]
    ) -> Stored:
        """Send the parts storage does not have yet; `keep` gets every step. Raises the first
        problem.

        A multipart upload that storage has forgotten (its own clean-up) is begun anew, once.
        """
        if stored is not None and stored.part_size > 0:
            delivery = _Delivery(self, body, keep, stored)
            problem = await delivery.run(None)
            if problem is None:
                return delivery.stored
            if not _forgotten(problem):
                raise problem
            # What storage had is to be sent after all, in parts of the same size.
            body.already(-delivery.counted)
            each = stored.part_size
        else:
            each = part_size(body.size, self._rate)
        stored, first = await self._begin(name, each)
        keep(stored)
        delivery = _Delivery(self, body, keep, stored)
        problem = await delivery.run(first)
        if problem is not None:
            raise problem
        return delivery.stored

    async def _begin(self, name: str, each: int) -> tuple[Stored, _Address]:
        """A new multipart upload.

        One at a time: two of the same name in the same millisecond would get the same storage key.
        """
        async with self._beginning:
            while True:
                address = await self.address(self._gateway.new_upload_url(name))
                if address.url.key != self._last_key:
                    break
            self._last_key = address.url.key
        url = address.url
        return Stored(url.key, url.upload, each), address

    async def address(self, asked: Awaitable[UploadUrl]) -> _Address:
        issued = unbroken()
        return _Address(await asked, issued)

    async def put(self, stored: Stored, part: int, body: Body, first: _Address | None) -> str:
        """Send one part, three times at most, each time to a fresh address; its ETag."""
        tries = 0
        while True:
            address = first
            if address is None or not address.fresh:
                asked = self._gateway.part_url(stored.key, stored.upload, part)
                address = await self.address(asked)
            first = None
            try:
                return await self._put(address.url.url, body)
            except Problem as problem:
                hopeless = isinstance(problem, FileProblem | TrustProblem | Defect)
                if hopeless or tries == _TRIES - 1:
                    raise
            await self._rhythm.sleep(_PAUSES[tries])
            tries += 1

    async def _put(self, url: str, body: Body) -> str:
        began = time.monotonic()
        try:
            reply = await self._http.send(
                "PUT", url, body, patience=Patience.PART, ok=(200,), what="store a part of the file"
            )
        except (FileProblem, Defect):
            raise
        except Problem as problem:
            raise _of_storage(problem, urlsplit(url).hostname or "") from None
        rate = body.size / max(time.monotonic() - began, 0.001)
        self._rate = rate if self._rate is None else (self._rate + rate) / 2
        tag = reply.header("etag")
        if not tag:
            raise errors.nonsense(reply, "store a part of the file")
        return tag


class _Address:
    __slots__ = ("_issued", "url")

    def __init__(self, url: UploadUrl, issued: float) -> None:
        self.url = url
        self._issued = issued

    @property
    def fresh(self) -> bool:
        return unbroken() - self._issued < _URL_SECONDS


class _Delivery:
    """The parts of one file, several at once."""

    def __init__(
        self, storage: Storage, body: Body, keep: Callable[[Stored], None], stored: Stored
    ) -> None:
        self.stored = stored
        self._storage = storage
        self._body = body
        self._keep = keep
        self.counted = 0
        """Bytes told to the body as already there."""

    async def run(self, first: _Address | None) -> Problem | None:
        """The first problem, or None when storage has every part. What is under way is finished."""
        size, each = self._body.size, self.stored.part_size
        count = part_count(size, each)
        have = [part for part in self.stored.tags if part <= count]
        self.counted = sum(min(each, size - (part - 1) * each) for part in have)
        if have:
            self._body.already(self.counted)
        missing = deque(part for part in range(1, count + 1) if part not in self.stored.tags)
        met: list[Problem] = []

        async def work() -> None:
            while missing and not met:
                part = missing.popleft()
                # The whole body, where it is one part, is digested on its way; a part is not.
                offset = (part - 1) * each
                length = min(each, size - offset)
                address = first if part == 1 else None
                try:
                    body = self._body if count == 1 else self._body.part(offset, length)
                    tag = await self._storage.put(self.stored, part, body, address)
                except Problem as problem:
                    met.append(problem)
                    if isinstance(problem, FileProblem):
                        group.cancel_scope.cancel()
                    return
                self.stored = self.stored.tagged(part, tag)
                self._keep(self.stored)

        async with anyio.create_task_group() as group:
            for _ in range(min(_AT_ONCE, len(missing))):
                group.start_soon(work)
        return met[0] if met else None


def _of_storage(problem: Problem, host: str) -> Problem:
    """The same problem, told as one of the storage and not of FOLIO."""
    exchange = problem.exchange
    if isinstance(problem, ConnectionProblem | TrustProblem):
        facts = {"host": host, "reason": problem.title}
        kind = TrustProblem if isinstance(problem, TrustProblem) else ConnectionProblem
        return kind(problems.STORAGE_UNREACHABLE, facts, exchange=exchange)
    if isinstance(problem, Busy):
        return problem
    status = exchange.status if exchange is not None else None
    facts = {"host": host, "status": str(status or problem.title)}
    fault = ServerFault if isinstance(problem, ServerFault) else Refused
    return fault(problems.STORAGE_REFUSED, facts, exchange=exchange)


def _forgotten(problem: Problem) -> bool:
    return problem.exchange is not None and (
        problem.id == problems.STORAGE_REFUSED.id and problem.exchange.status == 404
    )
