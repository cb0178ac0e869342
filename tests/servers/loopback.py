"""Servers of a few lines on 127.0.0.1: conversations written out by the tests that need them."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import ssl
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Request:
    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: bytes = b""
    connection: int = 0

    def header(self, name: str) -> str:
        return next((value for key, value in self.headers if key.lower() == name.lower()), "")


def reply(status: int = 200, body: bytes = b"", *headers: str) -> bytes:
    """An answer with its length declared."""
    lines = [f"HTTP/1.1 {status} Word", f"Content-Length: {len(body)}", *headers, "", ""]
    return "\r\n".join(lines).encode("latin-1") + body


async def head(reader: asyncio.StreamReader) -> Request | None:
    """The next request without its body; None when the client has ended."""
    try:
        text = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except (asyncio.IncompleteReadError, ConnectionError):
        return None
    first, *lines = text.removesuffix("\r\n\r\n").split("\r\n")
    method, target, _ = first.split(" ")
    headers = tuple((name, value) for name, _, value in (line.partition(": ") for line in lines))
    return Request(method, target, headers)


def reset(writer: asyncio.StreamWriter) -> None:
    """Break the connection off with a TCP reset."""
    bare = writer.get_extra_info("socket")
    bare.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Pass on what comes until it ends."""
    try:
        while block := await reader.read(256 * 1024):
            writer.write(block)
            await writer.drain()
    finally:
        writer.close()


@contextlib.asynccontextmanager
async def serving(
    talk: Talk, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> AsyncIterator[int]:
    """The port of a server that holds this conversation on every connection."""
    talks: set[asyncio.Task[None]] = set()
    transports: list[asyncio.Transport] = []

    async def hold(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        transports.append(writer.transport)
        try:
            await talk(reader, writer)
        except (OSError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            talks.discard(task)
            writer.transport.abort() if tls is None else writer.close()

    server = await asyncio.start_server(hold, host, 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        for task in list(talks):
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)
        for transport in transports:
            # TLS of Python before 3.11.4 forgets its connection when that ends.
            with contextlib.suppress(AttributeError):
                transport.abort()
        await asyncio.sleep(0)


@dataclass
class Answers:
    """A well-behaved server: `answer` says what it replies; every request is kept."""

    answer: Callable[[Request], bytes] = lambda request: reply()
    requests: list[Request] = field(default_factory=list)
    connections: int = 0

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        connection = self.connections
        while (asked := await head(reader)) is not None:
            length = int(asked.header("content-length") or 0)
            body = await reader.readexactly(length)
            whole = Request(asked.method, asked.target, asked.headers, body, connection)
            self.requests.append(whole)
            writer.write(self.answer(whole))
            await writer.drain()


@dataclass
class Blocks:
    """A body of `size` bytes in blocks of a quarter of a MiB; counts how often it was begun."""

    size: int
    begun: int = 0
    given: int = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        self.begun += 1
        self.given = 0
        pattern = bytes(range(256)) * 1024
        while self.given < self.size:
            block = pattern[: self.size - self.given]
            self.given += len(block)
            yield block
