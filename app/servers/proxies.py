"""Proxies: which one leads to a server, and the tunnel through it."""

from __future__ import annotations

import asyncio
import base64
import ssl
import urllib.request
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

import httpcore2

from app.core import catalogue
from app.core.problems import TrustProblem
from app.servers.address import Address

TUNNEL_SECONDS = 30.0
"""How long a proxy may take to reach the server it was asked for."""
_LONGEST_ANSWER = 64 * 1024
_USUAL_PORT = 3128


@dataclass(frozen=True, slots=True)
class Proxy:
    """A proxy, and the value of its Proxy-Authorization header if it wants one."""

    where: Address
    authorization: str = field(default="", repr=False)

    @property
    def headers(self) -> list[tuple[bytes, bytes]]:
        if not self.authorization:
            return []
        return [(b"Proxy-Authorization", self.authorization.encode("ascii"))]


class ProxyFailure(httpcore2.ProxyError):
    """The way through the proxy failed: by its `answer` and `status`, or before, by `cause`."""

    def __init__(
        self, answer: str = "", status: int | None = None, cause: Exception | None = None
    ) -> None:
        super().__init__(answer)
        self.answer = answer
        self.status = status
        self.cause = cause


def proxy_for(settings: Mapping[str, str], where: Address) -> Proxy | None:
    """The proxy to reach `where` by: the chosen one, else the system's; None for the direct way.

    Raises TrustProblem when the setting is no address of an http proxy.
    """
    chosen = settings.get("proxy", "").strip()
    if chosen.lower() == "none":
        return None
    if chosen:
        return _proxy(chosen)
    if where.local:
        return None
    system = urllib.request.getproxies()
    found = system.get(where.scheme) or system.get("all")
    if not found or urllib.request.proxy_bypass(where.authority):
        return None
    return _proxy(found)


def _proxy(text: str) -> Proxy:
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        host, port = parts.hostname or "", parts.port
        if not host or parts.scheme not in ("http", "https"):
            raise ValueError
    except ValueError:
        words = "only addresses like http://proxy.example.org:3128 can be used"
        facts = {"host": text.rpartition("@")[2], "reason": words}
        raise TrustProblem(catalogue.PROXY_FAILED, facts) from None
    authorization = ""
    if parts.username is not None:
        pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        authorization = f"Basic {base64.b64encode(pair.encode()).decode()}"
    secure = parts.scheme == "https"
    return Proxy(Address(secure, host, port or (443 if secure else _USUAL_PORT)), authorization)


class Tunnel(httpcore2.AsyncNetworkBackend):
    """Connections through a proxy's CONNECT. Raises ProxyFailure besides what `inner` raises."""

    def __init__(
        self, inner: httpcore2.AsyncNetworkBackend, proxy: Proxy, context: ssl.SSLContext | None
    ) -> None:
        self._inner = inner
        self._proxy = proxy
        self._context = context

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        proxy = self._proxy.where
        try:
            stream = await self._inner.connect_tcp(proxy.host, proxy.port, timeout)
            if proxy.secure and self._context is not None:
                stream = await stream.start_tls(self._context, proxy.host, timeout)
        except (httpcore2.ConnectError, httpcore2.ConnectTimeout) as error:
            raise ProxyFailure(cause=error) from error
        try:
            async with asyncio.timeout(TUNNEL_SECONDS):
                await stream.write(self._request(host, port))
                status, line = await _answer(stream)
        except (httpcore2.NetworkError, TimeoutError) as error:
            await stream.aclose()
            raise ProxyFailure(_words(error)) from error
        except BaseException:
            await stream.aclose()
            raise
        if not 200 <= status < 300:
            await stream.aclose()
            raise ProxyFailure(line, status)
        return stream

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def _request(self, host: str, port: int) -> bytes:
        target = (f"[{host}]" if ":" in host else host).encode("ascii") + b":%d" % port
        headers = [(b"Host", target), *self._proxy.headers]
        lines = [b"%s: %s" % header for header in headers]
        return b"\r\n".join([b"CONNECT %s HTTP/1.1" % target, *lines, b"", b""])


async def _answer(stream: httpcore2.AsyncNetworkStream) -> tuple[int, str]:
    """The status of a proxy's answer, and its first line without the protocol's version."""
    head = b""
    while b"\r\n\r\n" not in head:
        block = await stream.read(_LONGEST_ANSWER)
        head += block
        if not block or len(head) > _LONGEST_ANSWER:
            raise ProxyFailure("nothing that a proxy would say")
    version, _, line = head.partition(b"\r\n")[0].decode("latin-1").partition(" ")
    status = line.partition(" ")[0]
    if not version.startswith("HTTP/1.") or not status.isdecimal():
        raise ProxyFailure("nothing that a proxy would say")
    if status.startswith("2") and not head.endswith(b"\r\n\r\n"):
        # Bytes that are not the server's, before the secure connection to it has begun.
        raise ProxyFailure("more than a proxy would say")
    return int(status), line[:200].strip()


def _words(error: Exception) -> str:
    if isinstance(error, TimeoutError):
        return f"nothing for {TUNNEL_SECONDS:g} seconds"
    return "nothing, it closed the connection"
