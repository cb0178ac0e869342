"""The one HTTP client: requests with known lengths, whole replies, and every error as a Problem."""

from __future__ import annotations

import asyncio
import dataclasses
import json as jsonlib
import logging
import ssl
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpcore2

from app import __version__
from app.core import catalogue
from app.core.problems import Problem, Refused
from app.servers import failures, proxies, trust
from app.servers.address import Address, Params, address, check_secure, joined
from app.servers.bodies import Checked, Sized, Whole
from app.servers.patience import Patience
from app.servers.proxies import Proxy, Tunnel
from app.servers.reply import Reply, nonsense, refusal
from app.servers.sockets import SocketBackend, Unanswered, watches_sockets

__all__ = ["Http", "Patience", "Reply", "Sized", "nonsense"]

OK: tuple[int, ...] = (200, 201, 204)
LONGEST_REPLY = 64 * 1024 * 1024
LONGEST_ERROR = 64 * 1024
IDLE_SECONDS = 30.0
"""How long an unused connection is kept: many servers close theirs after a minute or less."""


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
        body = None if content is None else Whole(content)
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


class Connections:
    """The ways of one destination to its servers, each with idle connections, made when needed."""

    def __init__(self, settings: Mapping[str, str]) -> None:
        # It logs whole addresses, and some of them are signed.
        logging.getLogger("httpcore2").setLevel(logging.WARNING)
        self._settings = settings
        self._ways: dict[tuple[bool, str, int], Way] = {}
        self._context: ssl.SSLContext | None = None
        self._making = asyncio.Lock()

    async def aclose(self) -> None:
        ways, self._ways = list(self._ways.values()), {}
        for way in ways:
            await way.pool.aclose()

    async def way(self, where: Address) -> Way:
        """The way to a server. Raises TrustProblem when the settings are unusable."""
        if (known := self._ways.get(where.origin)) is not None:
            return known
        proxy = proxies.proxy_for(self._settings, where)
        context = await self._trust() if where.secure or (proxy and proxy.where.secure) else None
        return self._ways.setdefault(
            where.origin, Way(proxy, context, _pool(proxy, context, where))
        )

    async def _trust(self) -> ssl.SSLContext:
        async with self._making:
            if self._context is None:
                self._context = await asyncio.to_thread(trust.context, self._settings)
            return self._context

    async def exchange(
        self,
        method: str,
        where: Address,
        lines: list[tuple[bytes, bytes]],
        body: Sized | None,
        patience: Patience,
        ok: Collection[int],
    ) -> Reply:
        """One request and its whole answer. Raises ConnectionProblem, TrustProblem or ServerFault.

        A request is repeated, once, when the server had just closed the idle connection it went out
        on, and then only if nobody can have acted on it: either the system had taken none of its
        bytes, or it is a GET or HEAD without a body.
        """
        way = await self.way(where)
        request = httpcore2.Request(
            method,
            httpcore2.URL(
                scheme=where.scheme, host=where.host, port=where.port, target=where.target
            ),
            headers=lines,
            content=None if body is None else Checked(body),
            extensions={"timeout": dataclasses.asdict(patience)},
        )
        try:
            try:
                response, content = await _exchanged(way.pool, request, ok)
            except Unanswered as lost:
                reads = body is None and method in ("GET", "HEAD")
                if not (lost.reused and (reads or lost.taken == 0)):
                    raise
                response, content = await _exchanged(way.pool, request, ok)
        except failures.CAUGHT as error:
            # Without its cause: the words of a protocol error can quote a header.
            raise failures.problem(error, where, patience, way.proxy) from None
        headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in response.headers)
        reply = Reply(method, where.shown, response.status, headers, content)
        if reply.status in ok and len(content) > LONGEST_REPLY:
            raise nonsense(reply, f"{method} {where.shown}")
        return reply


@dataclass(frozen=True, slots=True)
class Way:
    """How one server is reached."""

    proxy: Proxy | None
    context: ssl.SSLContext | None
    pool: httpcore2.AsyncConnectionPool


def _pool(
    proxy: Proxy | None, context: ssl.SSLContext | None, where: Address
) -> httpcore2.AsyncConnectionPool:
    forward: httpcore2.Proxy | None = None
    if proxy is not None and not where.secure:
        own = context if proxy.where.secure else None
        forward = httpcore2.Proxy(proxy.where.shown, headers=proxy.headers, ssl_context=own)
    return httpcore2.AsyncConnectionPool(
        ssl_context=context,
        proxy=forward,
        max_connections=None,
        keepalive_expiry=IDLE_SECONDS,
        network_backend=network(proxy, context, where),
    )


def network(
    proxy: Proxy | None, context: ssl.SSLContext | None, where: Address
) -> httpcore2.AsyncNetworkBackend:
    """What opens connections to a server: the bare socket where the loop can watch one."""
    tunnelled = proxy is not None and where.secure
    twice_encrypted = tunnelled and proxy is not None and proxy.where.secure
    plain: httpcore2.AsyncNetworkBackend
    if watches_sockets(asyncio.get_running_loop()) and not twice_encrypted:
        plain = SocketBackend()
    else:
        plain = httpcore2.AnyIOBackend()
    return Tunnel(plain, proxy, context) if proxy is not None and tunnelled else plain


async def _exchanged(
    pool: httpcore2.AsyncConnectionPool, request: httpcore2.Request, ok: Collection[int]
) -> tuple[httpcore2.Response, bytes]:
    response = await pool.handle_async_request(request)
    try:
        wanted = response.status in ok
        limit = LONGEST_REPLY if wanted else LONGEST_ERROR
        blocks: list[bytes] = []
        length = 0
        async for block in response.aiter_stream():
            blocks.append(block)
            length += len(block)
            if length > limit:
                break
        content = b"".join(blocks)
        return response, content if wanted else content[:limit]
    finally:
        await response.aclose()
