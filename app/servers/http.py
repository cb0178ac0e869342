"""The one HTTP client: requests with known lengths, whole replies, and every error as a Problem."""

from __future__ import annotations

import asyncio
import json as jsonlib
import logging
import ssl
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, ClassVar, Protocol, Self

import httpcore2

from app import __version__
from app.core import catalogue
from app.core.problems import Problem, Refused
from app.servers import failures, trust
from app.servers.address import Address, Params, address, check_secure, joined
from app.servers.reply import Reply, nonsense, refusal

__all__ = ["Http", "Patience", "Reply", "Sized", "nonsense"]

OK: tuple[int, ...] = (200, 201, 204)
LONGEST_REPLY = 64 * 1024 * 1024
LONGEST_ERROR = 64 * 1024
IDLE_SECONDS = 30.0
"""How long an unused connection is kept: many servers close theirs after a minute or less."""


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds of silence that are borne while connecting, while sending, and before the answer."""

    connect: float = 10.0
    write: float = 60.0
    read: float = 60.0

    JSON: ClassVar[Patience]
    POLL: ClassVar[Patience]
    UPLOAD: ClassVar[Patience]
    PART: ClassVar[Patience]

    def extension(self) -> dict[str, float]:
        return {"connect": self.connect, "write": self.write, "read": self.read}


Patience.JSON = Patience()
Patience.POLL = Patience(read=30.0)
# A server may work on a file for many minutes between its last byte and its answer.
Patience.UPLOAD = Patience(read=900.0)
Patience.PART = Patience(read=600.0)


class Sized(Protocol):
    """A body whose length is known before its first byte (a file, a form around a file)."""

    @property
    def size(self) -> int: ...

    def __aiter__(self) -> AsyncIterator[bytes]: ...


def _unexplained(reply: Reply) -> Problem | None:
    return None


class Http:
    """A client for one destination. It keeps no cookies and follows no redirects.

    `settings` are the destination's connection fields (`ca_file`, `client_cert`, `proxy`,
    `insecure_http`); paths are joined to `base`. `headers` go with every request to the origin of
    `base`, and with no other. `explain` reads the errors only this family of servers knows.
    """

    def __init__(
        self,
        settings: Mapping[str, str],
        *,
        base: str = "",
        explain: Callable[[Reply], Problem | None] = _unexplained,
        shared: Connections | None = None,
    ) -> None:
        self.headers: dict[str, str] = {}
        self._settings = settings
        self._base = base
        self._explain = explain
        self._connections = shared or Connections(settings)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection, also those of `bare` clients."""
        await self._connections.aclose()

    def bare(self) -> Http:
        """A client with the same trust, proxy and connections, no headers: for signed addresses."""
        return Http(self._settings, shared=self._connections)

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Params = (),
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        patience: Patience = Patience.JSON,
        ok: Collection[int] = OK,
        what: str = "",
    ) -> Reply:
        """Ask, and return the answer if its status is one of `ok`. Raises Problem otherwise.

        `what` says in words what is asked for (“list the job profiles”), for the person.
        """
        extra = dict(headers or {})
        if json is not None:
            content = jsonlib.dumps(json, ensure_ascii=False).encode()
            extra.setdefault("Content-Type", "application/json")
        body = None if content is None else _Whole(content)
        return await self._exchange(method, path, params, body, extra, patience, ok, what)

    async def send(
        self,
        method: str,
        path: str,
        body: Sized,
        *,
        headers: Mapping[str, str] | None = None,
        params: Params = (),
        patience: Patience = Patience.UPLOAD,
        ok: Collection[int] = OK,
        what: str = "",
    ) -> Reply:
        """Send a body with its length declared. A FileProblem of the body passes unchanged."""
        extra = dict(headers or {})
        if content_type := getattr(body, "content_type", ""):
            extra.setdefault("Content-Type", content_type)
        return await self._exchange(method, path, params, body, extra, patience, ok, what)

    async def _exchange(
        self,
        method: str,
        path: str,
        params: Params,
        body: Sized | None,
        extra: Mapping[str, str],
        patience: Patience,
        ok: Collection[int],
        what: str,
    ) -> Reply:
        where = address(joined(self._base, path), params)
        check_secure(where, self._settings)
        lines = self._header_lines(where, method, body, extra)
        reply = await self._connections.exchange(method, where, lines, body, patience, ok)
        if reply.status in ok:
            if reply.html:
                raise Refused(catalogue.NOT_THE_SERVER, exchange=reply.exchange)
            return reply
        problem = self._explain(reply)
        raise problem or refusal(reply, what=what, size=None if body is None else body.size)

    def _header_lines(
        self, where: Address, method: str, body: Sized | None, extra: Mapping[str, str]
    ) -> list[tuple[bytes, bytes]]:
        merged = {
            "Host": where.authority,
            "User-Agent": f"Longshore/{__version__}",
            "Accept": "*/*",
        }
        if body is not None:
            merged["Content-Length"] = str(body.size)
        elif method not in ("GET", "HEAD", "OPTIONS", "TRACE"):
            merged["Content-Length"] = "0"
        own = self.headers if self._base and where.origin == address(self._base).origin else {}
        names = {name.lower(): name for name in merged}
        for name, value in (*own.items(), *extra.items()):
            merged.pop(names.get(name.lower(), ""), None)
            names[name.lower()] = name
            merged[name] = value
        return [(name.encode("ascii"), value.encode()) for name, value in merged.items()]


class _Whole:
    """Bytes at hand as a body."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    @property
    def size(self) -> int:
        return len(self._content)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        if self._content:
            yield self._content


class Connections:
    """The pools of one destination, made when first needed: a TLS context takes a while."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        # It logs whole addresses, and some of them are signed.
        logging.getLogger("httpcore2").setLevel(logging.WARNING)
        self._settings = settings
        self._pools: dict[bool, httpcore2.AsyncConnectionPool] = {}
        self._context: ssl.SSLContext | None = None
        self._making = asyncio.Lock()

    async def aclose(self) -> None:
        pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            await pool.aclose()

    async def exchange(
        self,
        method: str,
        where: Address,
        lines: list[tuple[bytes, bytes]],
        body: Sized | None,
        patience: Patience,
        ok: Collection[int],
    ) -> Reply:
        pool = await self._pool(where)
        request = httpcore2.Request(
            method,
            httpcore2.URL(
                scheme=where.scheme, host=where.host, port=where.port, target=where.target
            ),
            headers=lines,
            content=body,
            extensions={"timeout": patience.extension()},
        )
        try:
            response = await pool.handle_async_request(request)
            try:
                content = await _content(response, response.status in ok)
            finally:
                await response.aclose()
        except failures.CAUGHT as error:
            raise failures.problem(error, where, **patience.extension()) from None
        reply = Reply(
            method,
            where.shown,
            response.status,
            tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in response.headers),
            content,
        )
        if reply.status in ok and len(content) > LONGEST_REPLY:
            raise nonsense(reply, f"{method} {where.shown}")
        return reply

    async def _pool(self, where: Address) -> httpcore2.AsyncConnectionPool:
        async with self._making:
            if where.secure not in self._pools:
                if where.secure and self._context is None:
                    self._context = await asyncio.to_thread(trust.context, self._settings)
                self._pools[where.secure] = httpcore2.AsyncConnectionPool(
                    ssl_context=self._context,
                    max_connections=None,
                    keepalive_expiry=IDLE_SECONDS,
                )
            return self._pools[where.secure]


async def _content(response: httpcore2.Response, wanted: bool) -> bytes:
    limit = LONGEST_REPLY if wanted else LONGEST_ERROR
    blocks: list[bytes] = []
    length = 0
    async for block in response.aiter_stream():
        blocks.append(block)
        length += len(block)
        if length > limit:
            break
    content = b"".join(blocks)
    return content if wanted else content[:limit]
