"""Connections that do not come about, break, fall silent or are answered before their time.

Everything runs twice: over bare sockets, and over the event loop's own transports, which are used
where a loop cannot watch a bare socket.
"""

from __future__ import annotations

import asyncio
import selectors
import ssl
from collections.abc import AsyncIterator
from typing import Any

import pytest

from app.core import catalogue
from app.core.problems import (
    ConnectionProblem,
    Defect,
    FileProblem,
    Problem,
    Refused,
    Retry,
    Unreachable,
)
from app.servers.http import Http, Patience
from app.servers.sockets import watches_sockets
from tests.servers.authority import Authority
from tests.servers.loopback import Blocks, head, reply, reset, serving

pytestmark = pytest.mark.anyio

BRIEF = Patience(connect=5, write=0.5, read=0.5)


class BlindLoop(asyncio.SelectorEventLoop):
    """A loop that cannot watch sockets, as that of Windows' completion ports."""

    add_reader = asyncio.AbstractEventLoop.add_reader
    add_writer = asyncio.AbstractEventLoop.add_writer


@pytest.fixture(
    params=[
        pytest.param(asyncio.SelectorEventLoop, id="bare-sockets"),
        pytest.param(BlindLoop, id="loop-transports"),
    ]
)
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    return ("asyncio", {"loop_factory": lambda: request.param(selectors.DefaultSelector())})


@pytest.fixture(params=["http", "https"])
def tls(request: pytest.FixtureRequest, authority: Authority) -> ssl.SSLContext | None:
    return authority.server() if request.param == "https" else None


def client(authority: Authority, port: int, tls: ssl.SSLContext | None) -> Http:
    settings = {"ca_file": str(authority.ca_file)}
    return Http(settings, base=f"http{'s' if tls else ''}://127.0.0.1:{port}")


async def test_the_loop_decides_which_way_is_taken() -> None:
    loop = asyncio.get_running_loop()
    assert watches_sockets(loop) == (not isinstance(loop, BlindLoop))


async def test_a_refused_connection() -> None:
    async with serving(lambda reader, writer: asyncio.sleep(0)) as port:
        pass
    for base in (f"http://127.0.0.1:{port}", f"http://localhost:{port}"):
        async with Http({}, base=base) as http:
            with pytest.raises(Unreachable) as caught:
                await http.call("GET", "/")
        assert caught.value.entry is catalogue.CONNECTION_REFUSED
        assert caught.value.facts["port"] == str(port)
        assert caught.value.retry is Retry.REACH


@pytest.mark.parametrize("host", ["name.invalid", "a" * 64 + ".example.org"])
async def test_an_unknown_name(host: str) -> None:
    async with Http({"proxy": "none"}, base=f"https://{host}") as http:
        with pytest.raises(Unreachable) as caught:
            await http.call("GET", "/")
    assert (caught.value.entry, caught.value.facts) == (catalogue.NAME_UNKNOWN, {"host": host})


async def test_a_server_that_does_not_take_the_connection_up() -> None:
    # Two connections fill this listener's queue; the next is not answered.
    import socket

    with socket.socket() as full, socket.socket() as one, socket.socket() as two:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        for other in (one, two):
            other.setblocking(False)
            other.connect_ex(full.getsockname())
        await asyncio.sleep(0.05)
        port = full.getsockname()[1]
        async with Http({}, base=f"http://127.0.0.1:{port}") as http:
            with pytest.raises(Unreachable) as caught:
                await http.call("GET", "/", patience=Patience(connect=0.3))
    assert caught.value.entry is catalogue.CONNECTION_SLOW
    assert caught.value.facts == {"host": "127.0.0.1", "seconds": "0.3"}


async def test_a_connection_cut_before_during_and_after_the_head(
    authority: Authority, tls: ssl.SSLContext | None
) -> None:
    for sent in (b"", b"HTTP/1.1 200 OK\r\nContent-", reply(200, b"x" * 100)[:-50]):
        for end in ("close", "reset"):

            async def talk(
                reader: asyncio.StreamReader,
                writer: asyncio.StreamWriter,
                sent: bytes = sent,
                end: str = end,
            ) -> None:
                await head(reader)
                writer.write(sent)
                await writer.drain()
                if end == "reset":
                    reset(writer)

            async with serving(talk, tls) as port, client(authority, port, tls) as http:
                with pytest.raises(ConnectionProblem) as caught:
                    await http.call("POST", "/", json={})
            assert type(caught.value) is ConnectionProblem
            assert caught.value.entry is catalogue.CONNECTION_CUT
            assert caught.value.facts == {"host": "127.0.0.1"}
            assert caught.value.retry is Retry.SOFT


async def test_an_answer_that_is_no_http(authority: Authority, tls: ssl.SSLContext | None) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.write(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
        await writer.drain()

    async with serving(talk, tls) as port, client(authority, port, tls) as http:
        with pytest.raises(ConnectionProblem) as caught:
            await http.call("GET", "/")
    assert caught.value.entry is catalogue.CONNECTION_CUT


async def test_a_server_that_says_nothing(authority: Authority, tls: ssl.SSLContext | None) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        await asyncio.sleep(60)

    async with serving(talk, tls) as port, client(authority, port, tls) as http:
        with pytest.raises(ConnectionProblem) as caught:
            await http.call("GET", "/", patience=BRIEF)
    assert caught.value.entry is catalogue.SERVER_SILENT
    assert caught.value.facts == {"host": "127.0.0.1", "seconds": "0.5"}


async def test_a_server_that_stops_reading(
    authority: Authority, tls: ssl.SSLContext | None
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.transport.pause_reading()
        await asyncio.sleep(60)

    async with serving(talk, tls) as port, client(authority, port, tls) as http:
        with pytest.raises(ConnectionProblem) as caught:
            await http.send("PUT", "/", Blocks(100_000_000), patience=BRIEF)
    assert caught.value.entry is catalogue.SERVER_SILENT


async def test_patience_is_for_silence_and_not_for_the_whole_transfer(
    authority: Authority, tls: ssl.SSLContext | None
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        left = 24_000_000
        while left:
            left -= len(await reader.read(400_000))
            await asyncio.sleep(0.01)
        for byte in reply(200, b"slow"):
            writer.write(bytes([byte]))
            await asyncio.sleep(0.02)

    async with serving(talk, tls) as port, client(authority, port, tls) as http:
        sent = await http.send("PUT", "/", Blocks(24_000_000), patience=BRIEF)
    assert sent.content == b"slow"


async def test_a_slow_reader_holds_the_file_back(
    authority: Authority, tls: ssl.SSLContext | None
) -> None:
    going = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.transport.pause_reading()
        await going.wait()
        writer.transport.resume_reading()
        left = 60_000_000
        while left:
            left -= len(await reader.read(1_000_000))
        writer.write(reply())
        await writer.drain()

    body = Blocks(60_000_000)
    async with serving(talk, tls) as port, client(authority, port, tls) as http:
        sending = asyncio.create_task(http.send("PUT", "/", body))
        before = -1
        while before < body.given or not body.given:
            before = body.given
            await asyncio.sleep(0.1)
        # What the system's buffers of both sides hold, and no more.
        assert body.given < 20_000_000
        going.set()
        assert (await sending).status == 200


@pytest.mark.parametrize("ending", ["reset", "close", "drain", "stop-reading"])
async def test_a_refusal_before_the_last_byte_is_read(
    authority: Authority, tls: ssl.SSLContext | None, ending: str
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        await reader.readexactly(1_000_000)
        writer.write(reply(413, b"too large", "X-Request-Id: 7"))
        await writer.drain()
        if ending == "reset":
            await asyncio.sleep(0.05)
            reset(writer)
        elif ending == "drain":
            while await reader.read(1_000_000):
                pass
        elif ending == "stop-reading":
            writer.transport.pause_reading()
            await asyncio.sleep(60)

    body = Blocks(200_000_000)
    async with serving(talk, tls) as port, client(authority, port, tls) as http:
        with pytest.raises(Problem) as caught:
            await http.send("POST", "/", body, patience=BRIEF)
    if watches_sockets(asyncio.get_running_loop()):
        assert body.given < body.size, "sending went on after the refusal"
    elif ending != "drain" and caught.value.id != "refused.too-large":
        # The loop's transports read nothing while they write: the refusal is known only at the end.
        assert isinstance(caught.value, ConnectionProblem)
        return
    assert isinstance(caught.value, Refused)
    assert caught.value.entry is catalogue.TOO_LARGE
    assert caught.value.facts == {"size": "200.0 MB"}
    assert caught.value.server_words == "too large"
    assert caught.value.exchange is not None
    assert caught.value.exchange.request_id == "7"


async def test_an_early_word_that_is_no_refusal_stops_nothing(
    authority: Authority, tls: ssl.SSLContext | None
) -> None:
    received = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal received
        await head(reader)
        writer.write(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 102 Processing\r\nA: b\r\n\r\n")
        await writer.drain()
        await asyncio.sleep(0.1)
        writer.write(reply(201, b"early"))
        await writer.drain()
        while received < 50_000_000:
            received += len(await reader.read(1_000_000))

    async with serving(talk, tls) as port, client(authority, port, tls) as http:
        answer = await http.send("POST", "/", Blocks(50_000_000))
        await asyncio.sleep(0.2)
    assert (answer.status, answer.content, received) == (201, b"early", 50_000_000)


@pytest.mark.parametrize("ending", ["close", "reset"])
async def test_an_agreement_to_half_a_file_is_none(
    authority: Authority, tls: ssl.SSLContext | None, ending: str
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        await reader.readexactly(1_000_000)
        writer.write(reply(200, b"done"))
        await writer.drain()
        if ending == "reset":
            await asyncio.sleep(0.05)
            reset(writer)

    async with serving(talk, tls) as port, client(authority, port, tls) as http:
        with pytest.raises(ConnectionProblem) as caught:
            await http.send("POST", "/", Blocks(100_000_000), patience=BRIEF)
    assert caught.value.entry is catalogue.CONNECTION_CUT


class Vanishing:
    """A file that is gone after its first block."""

    size = 1_000_000

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield bytes(1000)
        raise FileProblem(catalogue.FILE_MISSING, {"name": "a.mrc"})


async def test_a_problem_of_the_file_passes_unchanged(
    authority: Authority, tls: ssl.SSLContext | None
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (request := await head(reader)) is not None and request.method == "GET":
            writer.write(reply())
            await writer.drain()
        assert await reader.read() is not None

    async with serving(talk, tls) as port, client(authority, port, tls) as http:
        await http.call("GET", "/")
        with pytest.raises(FileProblem) as caught:
            await http.send("POST", "/", Vanishing())
        assert caught.value.entry is catalogue.FILE_MISSING
        assert (await http.call("GET", "/")).status == 200


class Lying:
    size = 10

    def __init__(self, really: int) -> None:
        self._really = really

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield bytes(self._really)


@pytest.mark.parametrize("really", [5, 20])
async def test_a_body_that_is_not_as_long_as_it_said_is_a_defect(really: int) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()

    async with serving(talk) as port, Http({}, base=f"http://127.0.0.1:{port}") as http:
        with pytest.raises(Defect):
            await http.send("POST", "/", Lying(really))


async def test_a_header_that_cannot_be_sent_is_not_quoted() -> None:
    async with Http({}, base="http://127.0.0.1:1") as http:
        http.headers["X-Okapi-Token"] = "s3cret\n"
        with pytest.raises(Problem) as caught:
            await http.call("GET", "/")
    assert "s3cret" not in repr(caught.value)
