"""Connections kept and given back: reuse, stale ones, cancelled requests, several addresses."""

from __future__ import annotations

import asyncio
import random
import socket
import ssl
from collections.abc import Coroutine

import pytest

from app.core import catalogue
from app.core.problems import ConnectionProblem
from app.servers.http import Http, Reply
from app.servers.sockets import connected_to
from tests.servers.authority import Authority
from tests.servers.loopback import Answers, Blocks, Request, head, reply, serving

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["http", "https"])
def tls(request: pytest.FixtureRequest, authority: Authority) -> ssl.SSLContext | None:
    return authority.server() if request.param == "https" else None


def client(authority: Authority, port: int, tls: ssl.SSLContext | None) -> Http:
    settings = {"ca_file": str(authority.ca_file)}
    return Http(settings, base=f"http{'s' if tls else ''}://127.0.0.1:{port}")


async def test_one_connection_serves_many_requests(
    authority: Authority, tls: ssl.SSLContext | None
) -> None:
    server = Answers()
    async with serving(server, tls) as port, client(authority, port, tls) as http:
        for _ in range(5):
            await http.call("GET", "/")
            await http.send("PUT", "/", Blocks(1_000_000))
            # Time for what a server may send unasked, such as the tickets of TLS 1.3.
            await asyncio.sleep(0.02)
    assert server.connections == 1
    assert len(server.requests) == 10


async def test_requests_at_once_have_their_own_connections_and_keep_them(
    authority: Authority, tls: ssl.SSLContext | None
) -> None:
    server = Answers()
    async with serving(server, tls) as port, client(authority, port, tls) as http:
        for _ in range(3):
            await asyncio.gather(*(http.send("PUT", "/", Blocks(500_000)) for _ in range(6)))
    assert server.connections <= 6
    assert len(server.requests) == 18


async def test_an_error_answer_leaves_the_connection_usable(
    authority: Authority, tls: ssl.SSLContext | None
) -> None:
    server = Answers(lambda request: reply(404 if request.target == "/no" else 200, b"words"))
    async with serving(server, tls) as port, client(authority, port, tls) as http:
        for _ in range(3):
            await http.call("GET", "/no", ok=(404,))
            with pytest.raises(Exception, match="not-found"):
                await http.call("POST", "/no", json={})
    assert server.connections == 1


class Forgetful:
    """Answers the first request of each connection and closes it in its own way at the second."""

    def __init__(self, at_once: bool) -> None:
        self.at_once = at_once
        self.seen: list[str] = []

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first = await head(reader)
        assert first is not None
        self.seen.append(first.method)
        await reader.readexactly(int(first.header("content-length") or 0))
        writer.write(reply())
        await writer.drain()
        if not self.at_once and (second := await head(reader)) is not None:
            self.seen.append(second.method)


async def test_a_connection_the_server_closed_meanwhile_is_not_used(
    authority: Authority, tls: ssl.SSLContext | None
) -> None:
    server = Forgetful(at_once=True)
    async with serving(server, tls) as port, client(authority, port, tls) as http:
        for method in ("GET", "POST", "POST", "GET"):
            await http.call(method, "/")
            await asyncio.sleep(0.05)
    assert server.seen == ["GET", "POST", "POST", "GET"]


async def test_only_what_reads_is_repeated_when_the_server_closes_as_it_is_sent(
    authority: Authority, tls: ssl.SSLContext | None
) -> None:
    server = Forgetful(at_once=False)
    async with serving(server, tls) as port, client(authority, port, tls) as http:
        await http.call("GET", "/")
        await http.call("GET", "/")
        assert server.seen == ["GET", "GET", "GET"], "sent again, on a new connection"
        with pytest.raises(ConnectionProblem) as caught:
            await http.call("POST", "/", json={})
        assert caught.value.entry is catalogue.CONNECTION_CUT
        assert server.seen == ["GET", "GET", "GET", "POST"], "it may have been acted on"
        await http.call("PUT", "/")
        body = Blocks(10)
        with pytest.raises(ConnectionProblem):
            await http.send("PUT", "/", body)
        assert body.begun == 1


async def test_a_new_connection_that_ends_unanswered_is_not_tried_again() -> None:
    seen = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        seen.append(await head(reader))

    async with serving(talk) as port, Http({}, base=f"http://127.0.0.1:{port}") as http:
        with pytest.raises(ConnectionProblem):
            await http.call("GET", "/")
    assert len(seen) == 1


@pytest.mark.parametrize("seed", range(3))
async def test_cancelled_requests_leave_nothing_behind(
    authority: Authority, tls: ssl.SSLContext | None, seed: int
) -> None:
    """300 requests, 200 of them cancelled at any moment: connecting, sending or waiting."""
    chance = random.Random(seed)

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while (asked := await head(reader)) is not None:
            await reader.readexactly(int(asked.header("content-length") or 0))
            await asyncio.sleep(chance.random() * 0.02)
            writer.write(reply())
            await writer.drain()

    def request(http: Http) -> Coroutine[None, None, Reply]:
        if chance.random() < 0.5:
            return http.call("GET", "/")
        return http.send("PUT", "/", Blocks(chance.randrange(3_000_000)))

    tasks_before = asyncio.all_tasks()

    async with serving(talk, tls) as port, client(authority, port, tls) as http:
        done = 0
        for _ in range(25):
            tasks = [asyncio.create_task(request(http)) for _ in range(12)]
            chance.shuffle(tasks)
            for task in tasks[:8]:
                await asyncio.sleep(chance.random() * 0.004)
                task.cancel()
            results = await asyncio.gather(*tasks, return_exceptions=True)
            failed = [r for r in results if isinstance(r, Exception)]
            assert failed == []
            done += sum(not isinstance(r, BaseException) for r in results)
        assert done >= 100
        way = next(iter(http._connections._ways.values()))
        assert all(connection.is_idle() for connection in way.pool.connections)
        assert len(way.pool.connections) <= 12
        assert (await http.call("GET", "/")).status == 200
    assert asyncio.all_tasks() == tasks_before


async def test_nothing_stays_open_after_closing(
    authority: Authority, tls: ssl.SSLContext | None
) -> None:
    ended = asyncio.Event()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await head(reader) is not None:
            writer.write(reply())
            await writer.drain()
        ended.set()

    async with serving(talk, tls) as port:
        http = client(authority, port, tls)
        await http.call("GET", "/")
        await http.bare().call("GET", str(http._base))
        await http.aclose()
        await asyncio.wait_for(ended.wait(), 2)


async def test_closing_ends_what_still_waits_at_once(
    authority: Authority, tls: ssl.SSLContext | None
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await head(reader)
        writer.transport.pause_reading()
        await asyncio.sleep(60)

    async with serving(talk, tls) as port:
        http = client(authority, port, tls)
        waiting = asyncio.create_task(http.call("GET", "/"))
        sending = asyncio.create_task(http.send("PUT", "/", Blocks(50_000_000)))
        await asyncio.sleep(0.3)
        await http.aclose()
        async with asyncio.timeout(2):
            results = await asyncio.gather(waiting, sending, return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionProblem] * 2


async def test_a_name_with_a_dead_address_is_reached_by_its_next_one() -> None:
    loop = asyncio.get_running_loop()
    with socket.socket() as full, socket.socket() as one, socket.socket() as alive:
        # The first address lets callers wait: its listener's queue is full.
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        fillers = [one, socket.socket()]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(full.getsockname())
        alive.bind(("127.0.0.1", 0))
        alive.listen(5)
        waits = (socket.AF_INET, socket.SOCK_STREAM, 6, "", full.getsockname())
        answers = (socket.AF_INET, socket.SOCK_STREAM, 6, "", alive.getsockname())
        started = loop.time()
        with await connected_to(loop, [waits, answers]) as connected:
            assert connected.getpeername() == alive.getsockname()
        assert 0.2 < loop.time() - started < 1
        fillers[1].close()


async def test_a_refused_first_address_costs_no_time() -> None:
    loop = asyncio.get_running_loop()
    with socket.socket() as gone, socket.socket() as alive:
        gone.bind(("127.0.0.1", 0))
        refuses = (socket.AF_INET, socket.SOCK_STREAM, 6, "", gone.getsockname())
        alive.bind(("127.0.0.1", 0))
        alive.listen(5)
        answers = (socket.AF_INET, socket.SOCK_STREAM, 6, "", alive.getsockname())
        started = loop.time()
        (await connected_to(loop, [refuses, answers])).close()
        assert loop.time() - started < 0.2
        with pytest.raises(ConnectionRefusedError):
            await connected_to(loop, [refuses, refuses])


async def test_the_work_of_others_goes_on_while_a_file_is_sent(
    authority: Authority, tls: ssl.SSLContext | None
) -> None:
    server = Answers()
    longest = 0.0

    async def ticks() -> None:
        nonlocal longest
        loop = asyncio.get_running_loop()
        before = loop.time()
        while True:
            await asyncio.sleep(0)
            longest = max(longest, loop.time() - before)
            before = loop.time()

    async with serving(server, tls) as port, client(authority, port, tls) as http:
        await http.call("GET", "/")
        ticking = asyncio.create_task(ticks())
        await asyncio.gather(*(http.send("PUT", "/", Blocks(20_000_000)) for _ in range(3)))
        ticking.cancel()
    assert longest < 0.25


async def test_a_request_to_localhost_reaches_a_server_of_either_family() -> None:
    def answer(request: Request) -> bytes:
        return reply(200, request.target.encode())

    async with serving(Answers(answer)) as port, Http({}, base=f"http://localhost:{port}") as http:
        assert (await http.call("GET", "/a")).content == b"/a"
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("no IPv6 here")
    server = Answers(answer)
    async with serving(server, host="::1") as port, Http({}, base=f"http://[::1]:{port}") as http:
        assert (await http.call("GET", "/b")).content == b"/b"
    assert server.requests[0].header("host") == f"[::1]:{port}"
