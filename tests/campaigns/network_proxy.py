"""A TCP proxy that behaves as networks do: it passes bytes on until it cuts, stalls or is gone.

Bytes are counted in each direction over all connections, so that a trouble can strike at any
byte of a whole delivery: while signing in, opening, sending, starting, asking, fetching results.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from types import TracebackType
from typing import Self

from tests.servers.loopback import reset

BLOCK = 64 * 1024
SLOW_BLOCK = 4096
SLOW_PAUSE = 0.01
SLOW_BYTES = 128 * 1024


class Kind(StrEnum):
    CUT = "cut"
    """The connection ends in both directions."""
    RESET = "reset"
    """It is broken off with a TCP reset, in both directions."""
    LOST = "lost"
    """What is being asked arrives and is answered; the answer is swallowed, then it is cut."""
    STALL = "stall"
    """Nothing moves any more and nothing ends, until the client has lost its patience."""
    VANISH = "vanish"
    """Half open: the server's end is gone, and nobody tells the client."""
    LATE = "late"
    """What is asked is held back and reaches the server after the client has given up."""
    SLOW = "slow"
    """The next bytes come in small pieces with pauses."""
    AWAY = "away"
    """Every connection breaks, and new ones are refused for a while."""
    CONNECT = "connect"
    """New connections are reset at once; counted in connections, not in bytes."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """Strikes when `at` bytes have passed in its direction (or at so many connections)."""

    kind: Kind
    at: int
    up: bool = True
    seconds: float = 0.3
    """How long it is away."""
    connections: int = 2
    """How many are reset at connect."""


@dataclass(eq=False)
class _Line:
    """One connection through the proxy."""

    client: asyncio.StreamWriter
    server: asyncio.StreamWriter
    swallow: bool = False

    def abort(self) -> None:
        for writer in (self.client, self.server):
            # It may have ended by itself.
            with contextlib.suppress(OSError):
                reset(writer)

    def close(self) -> None:
        self.client.close()
        self.server.close()


class _Over(Exception):
    """This connection has ended."""


@dataclass
class Proxy:
    """In front of some ports of 127.0.0.1; `patience`: seconds after which a client gives up.

    Used with `async with`. What comes down and names one of the ports names the proxy's instead,
    or the one that is `shown` for it; all of them have five digits.
    """

    ports: Sequence[int]
    patience: float
    troubles: list[Trouble] = field(default_factory=list)
    up: int = 0
    down: int = 0
    connections: int = 0
    struck: list[Trouble] = field(default_factory=list)
    shown: dict[int, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fronts: dict[int, int] = {}
        self._told: dict[bytes, bytes] = {}
        self._servers: list[asyncio.Server] = []
        self._lines: set[_Line] = set()
        self._tasks: set[asyncio.Task[None]] = set()
        self._slow = 0
        self._resetting = 0
        self._returning: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        for port in self.ports:
            server = await asyncio.start_server(self._hold(port), "127.0.0.1", 0)
            self._servers.append(server)
            front = self.fronts[port] = server.sockets[0].getsockname()[1]
            shown = self.shown.get(port, front)
            self._told[b"127.0.0.1:%d" % port] = b"127.0.0.1:%d" % shown
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._returning is not None:
            await self._returning
        for server in self._servers:
            server.close()
        for line in list(self._lines):
            line.abort()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def front(self, url: str) -> str:
        """The address with the proxy's port in place of the server's."""
        for port, front in self.fronts.items():
            url = url.replace(f":{port}", f":{front}")
        return url

    def expect(self, troubles: Iterable[Trouble]) -> None:
        """From now on these strike, each once; what is counted begins anew."""
        self.up = self.down = self.connections = 0
        self.troubles = list(troubles)

    def _hold(self, port: int):  # type: ignore[no-untyped-def]
        async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            assert task is not None
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            try:
                await self._passed(port, reader, writer)
            except (OSError, _Over, asyncio.CancelledError):
                pass
            finally:
                writer.transport.abort()

        return hold

    async def _passed(
        self, port: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self.connections += 1
        self._connected()
        if self._resetting:
            self._resetting -= 1
            reset(writer)
            return
        back, forth = await asyncio.open_connection("127.0.0.1", port)
        line = _Line(writer, forth)
        self._lines.add(line)
        try:
            pumps = [
                asyncio.create_task(self._up(line, reader)),
                asyncio.create_task(self._down(line, back)),
            ]
            try:
                await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            finally:
                for pump in pumps:
                    pump.cancel()
                await asyncio.gather(*pumps, return_exceptions=True)
        finally:
            self._lines.discard(line)
            line.server.transport.abort()
            # What was written and not yet taken still goes out.
            line.client.close()
            await asyncio.wait_for(_gone(line.client), 1.0)

    def _connected(self) -> None:
        for trouble in list(self.troubles):
            if trouble.kind is Kind.CONNECT and self.connections > trouble.at:
                self._strikes(trouble)
                self._resetting += trouble.connections

    def _strikes(self, trouble: Trouble) -> None:
        self.troubles.remove(trouble)
        self.struck.append(trouble)

    def _next(self, up: bool, length: int) -> tuple[int, Trouble | None]:
        """How many of the next bytes pass, and what strikes then."""
        passed = self.up if up else self.down
        first: Trouble | None = None
        for trouble in self.troubles:
            if trouble.kind is Kind.CONNECT or trouble.up != up:
                continue
            if trouble.at < passed + length and (first is None or trouble.at < first.at):
                first = trouble
        if first is None:
            return length, None
        return max(0, first.at - passed), first

    async def _up(self, line: _Line, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(SLOW_BLOCK if self._slow else BLOCK):
            while data:
                count, trouble = self._next(True, len(data))
                self.up += count
                await self._pass(line.server, data[:count])
                data = data[count:]
                if trouble is not None:
                    self._strikes(trouble)
                    await self._strike(trouble, line, reader, data)

    async def _down(self, line: _Line, reader: asyncio.StreamReader) -> None:
        while data := await reader.read(SLOW_BLOCK if self._slow else BLOCK):
            if line.swallow:
                return
            for own, instead in self._told.items():
                data = data.replace(own, instead)
            while data:
                count, trouble = self._next(False, len(data))
                self.down += count
                await self._pass(line.client, data[:count])
                data = data[count:]
                if trouble is not None:
                    self._strikes(trouble)
                    await self._strike(trouble, line, reader, b"")

    async def _pass(self, writer: asyncio.StreamWriter, data: bytes) -> None:
        if not data:
            return
        writer.write(data)
        await writer.drain()
        if self._slow:
            self._slow = max(0, self._slow - len(data))
            await asyncio.sleep(SLOW_PAUSE)

    async def _strike(
        self, trouble: Trouble, line: _Line, reader: asyncio.StreamReader, held: bytes
    ) -> None:
        match trouble.kind:
            case Kind.CUT:
                line.close()
                raise _Over
            case Kind.RESET:
                line.abort()
                raise _Over
            case Kind.LOST:
                line.swallow = True
            case Kind.STALL | Kind.VANISH:
                if trouble.kind is Kind.VANISH:
                    reset(line.server)
                await asyncio.sleep(self.patience * 1.5)
                line.abort()
                raise _Over
            case Kind.LATE:
                line.swallow = True
                while block := await _patiently(reader, self.patience * 3):
                    held += block
                line.server.write(held)
                await line.server.drain()
                await asyncio.sleep(self.patience * 0.3)
                raise _Over
            case Kind.SLOW:
                self._slow += SLOW_BYTES
            case Kind.AWAY:
                if self._returning is None or self._returning.done():
                    self._returning = asyncio.create_task(self._away(trouble.seconds))
                raise _Over

    async def _away(self, seconds: float) -> None:
        for server in self._servers:
            server.close()
        for line in list(self._lines):
            line.abort()
        await asyncio.sleep(seconds)
        self._servers = [
            await asyncio.start_server(self._hold(port), "127.0.0.1", front)
            for port, front in self.fronts.items()
        ]


async def _patiently(reader: asyncio.StreamReader, seconds: float) -> bytes:
    try:
        async with asyncio.timeout(seconds):
            return await reader.read(BLOCK)
    except (TimeoutError, ConnectionError):
        return b""


async def _gone(writer: asyncio.StreamWriter) -> None:
    try:
        await writer.wait_closed()
    except OSError:
        return
