"""Bytes between HTTP and the network, straight through non-blocking sockets.

An event loop's own transports copy every block and arm a time-out for each. Here a block goes from
the file to the kernel, or to OpenSSL, as it is; the loop is asked only when a socket would block.
"""

from __future__ import annotations

import asyncio
import ipaddress
import math
import re
import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from itertools import chain, zip_longest
from typing import Any

import httpcore2

from app.servers.clocks import unbroken

FAIR_SECONDS = 0.002
"""How long a connection may go on writing before other tasks get their turn."""
READ_AHEAD = 64 * 1024
"""Bytes of an early answer that are kept until they are asked for."""
NEXT_ADDRESS = 0.25
"""Seconds until the next address of a name is tried beside the one that does not answer."""
IDLE_SECONDS = 30.0
"""How long an unused connection is kept: many servers close theirs after a minute or less."""
KEEP_ALIVE = 60
"""Seconds of silence until the system asks whether the other side still lives."""

_WOULD_BLOCK = (BlockingIOError, InterruptedError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
_INTERIM = re.compile(rb"HTTP/1\.\d 1\d\d.*?\r?\n\r?\n", re.S)
_REFUSAL = re.compile(rb"HTTP/1\.\d [345]\d\d")

_Address = tuple[Any, ...]
"""An entry of `getaddrinfo`."""


class Unanswered(httpcore2.ReadError):
    """The connection ended before the first byte of an answer.

    `reused`: it had served an earlier request, so the server may just have closed it for idleness.
    `taken`: how many bytes of the request the system took; with none, nobody can have seen it.
    """

    def __init__(self, reused: bool, taken: int) -> None:
        super().__init__("ended without an answer")
        self.reused = reused
        self.taken = taken


def watches_sockets(loop: asyncio.AbstractEventLoop) -> bool:
    """Whether the loop can carry `SocketBackend` (that of Windows' completion ports cannot)."""
    return type(loop).add_reader is not asyncio.AbstractEventLoop.add_reader


class SocketBackend(httpcore2.AsyncNetworkBackend):
    """Opens connections as `SocketStream`. The first of a name's addresses to answer is taken."""

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109
        local_address: str | None = None,
        socket_options: Iterable[httpcore2.SOCKET_OPTION] | None = None,
    ) -> httpcore2.AsyncNetworkStream:
        """Raises ConnectTimeout or ConnectError, whose argument is the system's own error."""
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout):
                connected = await connected_to(loop, await _addresses(loop, host, port))
        except TimeoutError as error:
            raise httpcore2.ConnectTimeout(error) from error
        except (OSError, UnicodeError) as error:
            raise httpcore2.ConnectError(error) from error
        return SocketStream(connected, loop)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class SocketStream(httpcore2.AsyncNetworkStream):
    """One connection, plain or TLS. Used by one task at a time.

    While a request is being written, an answer that arrives early is noticed: a refusal ends the
    writing (WriteError), so that it can be read before the other side closes; others wait.
    Time-outs are for silence: each byte that gets through starts them anew.
    """

    def __init__(
        self,
        connected: socket.socket,
        loop: asyncio.AbstractEventLoop,
        clock: Callable[[], float] = unbroken,
    ) -> None:
        self._socket = connected
        self._loop = loop
        self._clock = clock
        self._used = clock()
        self._waiter: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._deadline = 0.0
        self._turn = 0.0
        self._ahead = bytearray()
        self._ended = False
        self._failure: OSError | None = None
        self._reused = False
        self._heard = False
        self._taken = 0

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ASYNC109
        """Raises WriteTimeout, or WriteError when the other side refused, ended or broke off."""
        if self._heard or not self._taken:
            self._reused, self._heard, self._taken = self._heard, False, 0
            self._turn = self._loop.time()
        rest = memoryview(buffer)
        while rest:
            if self._loop.time() - self._turn > FAIR_SECONDS:
                await asyncio.sleep(0)
                self._turn = self._loop.time()
                self._check_refusal()
            try:
                taken = self._socket.send(rest)
            except _WOULD_BLOCK as error:
                reads = isinstance(error, ssl.SSLWantReadError)
                try:
                    await self._ready(timeout, to_write=not reads, to_read=reads or self._listening)
                except TimeoutError:
                    raise httpcore2.WriteTimeout from None
                self._turn = self._loop.time()
                self._check_refusal()
            except OSError as error:
                raise httpcore2.WriteError(error) from error
            else:
                rest = rest[taken:]
                self._taken += taken

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ASYNC109
        """At most so many bytes, none at the end. Raises ReadTimeout, ReadError or Unanswered."""
        while not self._ahead and not self._ended:
            try:
                self._receive(max_bytes)
            except _WOULD_BLOCK as error:
                writes = isinstance(error, ssl.SSLWantWriteError)
                try:
                    await self._ready(timeout, to_write=writes, to_read=not writes)
                except TimeoutError:
                    raise httpcore2.ReadTimeout from None
            except OSError as error:
                self._ended, self._failure = True, error
        if self._ahead:
            self._heard = True
            self._used = self._clock()
            data = bytes(self._ahead[:max_bytes])
            del self._ahead[:max_bytes]
            return data
        if self._failure is not None and (self._heard or isinstance(self._failure, ssl.SSLError)):
            raise httpcore2.ReadError(self._failure) from self._failure
        if not self._heard:
            raise Unanswered(self._reused, self._taken)
        return b""

    async def aclose(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket)
            self._loop.remove_writer(self._socket)
        self._socket.close()
        if self._waiter is not None:
            _wake(self._waiter)

    async def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ASYNC109
    ) -> httpcore2.AsyncNetworkStream:
        """Encrypt from here on. Raises ConnectTimeout or ConnectError, and is closed then."""
        try:
            if self._ahead:
                raise ssl.SSLError("plain bytes before the secure connection")
            self._heard = self._reused = False
            self._taken = 0
            self._socket = ssl_context.wrap_socket(
                self._socket, server_hostname=server_hostname, do_handshake_on_connect=False
            )
            async with asyncio.timeout(timeout):
                await self._shake_hands(self._socket)
        except TimeoutError as error:
            await self.aclose()
            raise httpcore2.ConnectTimeout(error) from error
        except (OSError, ValueError) as error:
            await self.aclose()
            raise httpcore2.ConnectError(error) from error
        except BaseException:
            await self.aclose()
            raise
        return self

    async def _shake_hands(self, secured: ssl.SSLSocket) -> None:
        while True:
            try:
                secured.do_handshake()
            except ssl.SSLWantReadError:
                await self._ready(None, to_write=False, to_read=True)
            except ssl.SSLWantWriteError:
                await self._ready(None, to_write=True, to_read=False)
            else:
                return

    def get_extra_info(self, info: str) -> Any:
        match info:
            case "ssl_object":
                return self._socket if isinstance(self._socket, ssl.SSLSocket) else None
            case "socket":
                return self._socket
            case "client_addr":
                return self._socket.getsockname()
            case "server_addr":
                return self._socket.getpeername()
            case "is_readable":
                # Asked of an idle connection: whatever comes now means that it has ended. A TLS
                # ticket is no data, though the bare socket would look readable. One from before
                # a long sleep is dead, though nobody could tell this side.
                self._look()
                slept = self._clock() - self._used > IDLE_SECONDS
                return self._ended or bool(self._ahead) or slept
        return None

    @property
    def _listening(self) -> bool:
        return not self._ended and len(self._ahead) < READ_AHEAD

    def _receive(self, max_bytes: int) -> None:
        data = self._socket.recv(max_bytes)
        if data:
            self._ahead += data
        else:
            self._ended = True

    def _look(self) -> None:
        if self._listening:
            try:
                self._receive(READ_AHEAD)
            except _WOULD_BLOCK:
                pass
            except OSError as error:
                self._ended, self._failure = True, error

    def _check_refusal(self) -> None:
        self._look()
        if self._ended:
            raise httpcore2.WriteError("the other side has ended")
        if self._ahead:
            while interim := _INTERIM.match(self._ahead):
                del self._ahead[: interim.end()]
            # Only a refusal: a server that agreed early still wants every byte.
            if _REFUSAL.match(self._ahead):
                raise httpcore2.WriteError("refused before the end")

    async def _ready(self, seconds: float | None, *, to_write: bool, to_read: bool) -> None:
        waiter = self._waiter = self._loop.create_future()
        descriptor = self._socket.fileno()
        if to_write:
            self._loop.add_writer(descriptor, _wake, waiter)
        if to_read:
            self._loop.add_reader(descriptor, _wake, waiter)
        self._expire_after(math.inf if seconds is None else seconds)
        try:
            await waiter
        finally:
            self._waiter = None
            # Closed meanwhile, its number may already be another connection's.
            if self._socket.fileno() == descriptor:
                self._loop.remove_writer(descriptor)
                self._loop.remove_reader(descriptor)

    def _expire_after(self, seconds: float) -> None:
        # One timer serves many waits: it looks at the deadline of the moment when it goes off.
        self._deadline = self._loop.time() + seconds
        if self._deadline == math.inf:
            return
        if self._timer is not None:
            if self._timer.when() <= self._deadline:
                return
            self._timer.cancel()
        self._timer = self._loop.call_at(self._deadline, self._expire)

    def _expire(self) -> None:
        self._timer = None
        if self._waiter is None or self._waiter.done():
            return
        if self._loop.time() >= self._deadline:
            self._waiter.set_exception(TimeoutError())
        elif self._deadline < math.inf:
            self._timer = self._loop.call_at(self._deadline, self._expire)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)


async def _addresses(loop: asyncio.AbstractEventLoop, host: str, port: int) -> Sequence[_Address]:
    """The addresses of a name, families in turn, so that a broken one costs little."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    else:
        return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_NUMERICHOST)
    first = [entry for entry in found if entry[0] == found[0][0]]
    others = [entry for entry in found if entry[0] != found[0][0]]
    return [entry for entry in chain(*zip_longest(first, others)) if entry is not None]


async def connected_to(
    loop: asyncio.AbstractEventLoop, addresses: Sequence[_Address]
) -> socket.socket:
    """A socket connected to the first address that answers; each has a start over the next."""
    if len(addresses) == 1:
        return await _attempt(loop, addresses[0])
    errors: list[BaseException] = []
    left = list(reversed(addresses))
    trying: set[asyncio.Task[socket.socket]] = set()
    winner: socket.socket | None = None
    try:
        while winner is None and (left or trying):
            if left:
                trying.add(asyncio.create_task(_attempt(loop, left.pop())))
            done, trying = await asyncio.wait(
                trying,
                timeout=NEXT_ADDRESS if left else None,
                return_when=asyncio.FIRST_COMPLETED,
            )
            for task in done:
                if (error := task.exception()) is not None:
                    errors.append(error)
                elif winner is None:
                    winner = task.result()
                else:
                    task.result().close()
    finally:
        for task in trying:
            task.cancel()
        for late in await asyncio.gather(*trying, return_exceptions=True):
            if isinstance(late, socket.socket):
                late.close()
    if winner is None:
        refused = (error for error in errors if isinstance(error, ConnectionRefusedError))
        raise next(refused, errors[0])
    return winner


async def _attempt(loop: asyncio.AbstractEventLoop, where: _Address) -> socket.socket:
    family, kind, protocol, _, address = where
    made = socket.socket(family, kind, protocol)
    try:
        made.setblocking(False)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        made.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        # A server may work for minutes before it answers; firewalls forget silent connections.
        for name in ("TCP_KEEPIDLE", "TCP_KEEPALIVE", "TCP_KEEPINTVL"):
            if (option := getattr(socket, name, None)) is not None:
                # Older systems know the name and not the option; then the system's own pace holds.
                with suppress(OSError):
                    made.setsockopt(socket.IPPROTO_TCP, option, KEEP_ALIVE)
        await loop.sock_connect(made, address)
    except BaseException:
        made.close()
        raise
    return made
