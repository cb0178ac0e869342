"""The ways to the servers of one destination: pool, proxy and trust, and requests along them."""

from __future__ import annotations

import asyncio
import logging
import ssl
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import httpcore2

from app.core import catalogue
from app.core.problems import ConnectionProblem
from app.servers import failures, trust
from app.servers.address import Address
from app.servers.bodies import Checked, Sized
from app.servers.patience import Patience
from app.servers.proxies import Proxy, Tunnel, proxy_for
from app.servers.reply import Reply, nonsense
from app.servers.sockets import IDLE_SECONDS, SocketBackend, Unanswered, watches_sockets

Stream = httpcore2.AsyncNetworkStream
LONGEST_REPLY = 64 * 1024 * 1024
LONGEST_ERROR = 64 * 1024


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
        proxy = proxy_for(self._settings, where)
        context = await self._trust() if where.secure or (proxy and proxy.where.secure) else None
        return self._ways.setdefault(
            where.origin, Way(proxy, context, _pool(proxy, context, where))
        )

    async def _trust(self) -> ssl.SSLContext:
        async with self._making:
            if self._context is None:
                self._context = await asyncio.to_thread(trust.context, self._settings)
            return self._context


@dataclass(frozen=True, slots=True)
class Way:
    """How one server is reached."""

    proxy: Proxy | None
    context: ssl.SSLContext | None
    pool: httpcore2.AsyncConnectionPool

    def answerer(self, where: Address) -> str:
        """Who may ask for a sign-in of its own: the proxy if there is one."""
        return (self.proxy.where if self.proxy else where).host

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
        checked = None if body is None else Checked(body)
        request = httpcore2.Request(
            method,
            httpcore2.URL(
                scheme=where.scheme, host=where.host, port=where.port, target=where.target
            ),
            headers=lines,
            content=checked,
            extensions={"timeout": patience.as_timeouts()},
        )
        try:
            try:
                response, content = await _exchanged(self.pool, request, ok)
            except Unanswered as lost:
                reads = body is None and method in ("GET", "HEAD")
                if not (lost.reused and (reads or lost.taken == 0)):
                    raise
                response, content = await _exchanged(self.pool, request, ok)
        except failures.CAUGHT as error:
            # Without its cause: the words of a protocol error can quote a header.
            raise failures.problem(error, where, patience, self.proxy) from None
        if checked is not None and not checked.gone and response.status < 300:
            # It cannot have agreed to what it never got.
            raise ConnectionProblem(catalogue.CONNECTION_CUT, {"host": where.host})
        headers = tuple((k.decode("latin-1"), v.decode("latin-1")) for k, v in response.headers)
        reply = Reply(method, where.shown, response.status, headers, content)
        if reply.status in ok and len(content) > LONGEST_REPLY:
            raise nonsense(reply, f"{method} {where.shown}")
        return reply


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


async def opened(
    where: Address, proxy: Proxy | None, context: ssl.SSLContext | None, patience: Patience
) -> Stream:
    """A connection to a server, or to its proxy for plain http. Raises Problem.

    `context` is what a proxy that is reached by https is trusted by.
    """
    called = proxy.where if proxy is not None and not where.secure else where
    try:
        backend = network(proxy, context, where)
        return await backend.connect_tcp(called.host, called.port, patience.connect)
    except failures.CAUGHT as error:
        raise failures.problem(error, where, patience, proxy) from None


async def encrypted(
    stream: Stream,
    where: Address,
    proxy: Proxy | None,
    context: ssl.SSLContext,
    patience: Patience,
) -> Stream:
    """The connection made secure; it is closed when that fails. Raises Problem."""
    try:
        return await stream.start_tls(context, where.host, patience.connect)
    except failures.CAUGHT as error:
        raise failures.problem(error, where, patience, proxy) from None


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
