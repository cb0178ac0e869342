"""Clocks that jump, stand still while a computer sleeps, or are simply wrong."""

from __future__ import annotations

import asyncio
import email.utils
import json
import socket
import time
from datetime import UTC, datetime

import pytest

from app.core.destinations import Destination, Secret
from app.core.jobs import JobState
from app.core.problems import Refused
from app.servers.clocks import unbroken
from app.servers.folio.sign_in import session_at
from app.servers.http import Http
from app.servers.reply import Reply
from app.servers.sockets import IDLE_SECONDS, SocketStream
from app.servers.ssc.sign_in import session_at as ssc_session_at
from app.servers.tao.following import Following
from app.servers.tao.rhythm import Rhythm
from app.servers.tao.server import ways
from app.servers.tao.wire import errors
from app.servers.tao.wire.paths import places
from tests.servers.conftest import Begin
from tests.servers.delivery import run
from tests.servers.folio_ground import Folio
from tests.servers.loopback import Answers, Request, reply, serving
from tests.servers.ssc_ground import Ssc
from tests.servers.tao_ground import Tao

LONG_AGO = datetime(1999, 1, 4, 12, 0, tzinfo=UTC).timestamp()
"""What a server whose clock nobody set may believe."""


def http_date(moment: float) -> str:
    return email.utils.formatdate(moment, usegmt=True)


def test_time_passes_as_on_any_other_clock() -> None:
    began, mono = unbroken(), time.monotonic()
    time.sleep(0.02)
    assert unbroken() - began == pytest.approx(time.monotonic() - mono, abs=0.2)


def test_a_connection_from_before_a_sleep_is_not_used_again() -> None:
    now = 100.0

    async def work() -> None:
        nonlocal now
        ours, theirs = socket.socketpair()
        ours.setblocking(False)
        stream = SocketStream(ours, asyncio.get_running_loop(), lambda: now)
        try:
            await stream.write(b"GET / HTTP/1.1\r\n\r\n", 1)
            now += 600
            theirs.send(b"HTTP/1.1 204 No Content\r\n\r\n")
            assert await stream.read(1000, 1)
            assert stream.get_extra_info("is_readable") is False
            now += IDLE_SECONDS + 1
            assert stream.get_extra_info("is_readable") is True
        finally:
            await stream.aclose()
            theirs.close()

    asyncio.run(work())


def test_after_a_sleep_an_ended_token_is_renewed_before_it_is_used(begin: Begin) -> None:
    folio = Folio(begin("folio", split=False))
    now = 1000.0

    async def work() -> None:
        nonlocal now
        async with folio.session(clock=lambda: now) as (session, gateway):
            await session.sign_in()
            await gateway.split_status()
            now += 8 * 3600
            folio.box.faults.add("expire-token")
            await asyncio.gather(*(gateway.split_status() for _ in range(8)))

    run(work)
    assert folio.books.refreshes == [True]
    assert len(folio.books.sign_ins) == 1


def test_a_sleep_nobody_noticed_costs_one_refused_request(begin: Begin) -> None:
    """The clock stood still, the server's did not."""
    folio = Folio(begin("folio", split=False, token_seconds=0.3))

    async def work() -> None:
        async with folio.session(clock=lambda: 1000.0) as (session, gateway):
            await session.sign_in()
            await asyncio.sleep(0.4)
            await gateway.split_status()

    run(work)
    assert folio.books.refreshes == [True]
    assert len(folio.books.sign_ins) == 1


def test_after_a_sleep_longer_than_the_session_one_signs_in_anew(begin: Begin) -> None:
    folio = Folio(begin("folio", split=False, token_seconds=1.0, refresh_seconds=1.0))

    async def work() -> None:
        async with folio.session(clock=lambda: 1000.0) as (session, gateway):
            await session.sign_in()
            await asyncio.sleep(1.1)
            await asyncio.gather(*(gateway.split_status() for _ in range(8)))

    run(work)
    assert folio.books.refreshes == [False]
    assert [one.accepted for one in folio.books.sign_ins] == [True, True]


def test_the_life_of_a_token_is_told_by_the_servers_own_clock() -> None:
    """FOLIO tells its end as a moment; here the server's clock is decades slow."""
    now = 50.0

    def answer(request: Request) -> bytes:
        if request.target.startswith("/authn"):
            end = datetime.fromtimestamp(LONG_AGO + 600, UTC).isoformat()
            body = {"accessTokenExpiration": end, "refreshTokenExpiration": end}
            cookies = ("folioAccessToken=a.b.c", "folioRefreshToken=r.e.f")
            lines = (f"Set-Cookie: {cookie}; Path=/" for cookie in cookies)
            date = f"Date: {http_date(LONG_AGO)}"
            return reply(201, json.dumps(body).encode(), date, *lines)
        return reply(200, b'{"splitStatus": false}')

    async def work() -> None:
        nonlocal now
        answers = Answers(answer)
        async with serving(answers) as port:
            fields = {"url": f"http://127.0.0.1:{port}", "tenant": "t", "username": "u"}
            where = Destination("d", "folio", "Test", fields)
            async with session_at(where, Secret("p"), clock=lambda: now) as (_, session):
                await session.sign_in()
                for passed, logins in ((470.0, 1), (20.0, 2)):
                    now += passed
                    await session.call("GET", "/data-import/splitStatus")
                    asked = [one for one in answers.requests if one.target.startswith("/authn")]
                    assert len(asked) == logins

    run(work)


def test_a_token_of_tao_ends_by_the_servers_clock_and_after_a_sleep(begin: Begin) -> None:
    tao = Tao(begin("tao", token_seconds=600.0, expires_in="epoch"))
    now = 10.0

    async def work() -> None:
        nonlocal now
        async with tao.session(clock=lambda: now) as (session, url):
            for passed, issued in ((0.0, 1), (500.0, 1), (3600.0, 2)):
                now += passed
                with pytest.raises(Refused):
                    await session.call(url)
                assert tao.books.tokens_issued == issued

    run(work)


@pytest.mark.parametrize("wrong", [-86_390.0, -3e8, 3e8])
def test_a_wrong_clock_here_makes_no_token_that_is_as_good_as_ended(
    begin: Begin, wrong: float
) -> None:
    ssc = Ssc(begin("ssc", auth="password"))

    def clock() -> float:
        return time.time() + wrong

    async def work() -> None:
        where = ssc.destination()
        async with ssc_session_at(where, Secret(ssc.served.secret), clock=clock) as session:
            await session.sign_in()
            made = [one for one in ssc.books.tokens if not one.pasted]
            assert max(one.terminal for one in made) > time.time() + 3600

    run(work)


def test_a_moment_to_come_back_at_is_read_by_the_servers_clock() -> None:
    headers = (("Retry-After", str(int(LONG_AGO + 2e9))), ("Date", http_date(LONG_AGO + 2e9 - 40)))
    busy = Reply("POST", "http://t/upload", 429, headers)
    assert errors.after(busy) == pytest.approx(40, abs=1)


@pytest.mark.parametrize("jump", [-1e6, 0.0, 1e6])
@pytest.mark.parametrize("own", [True, False])
def test_a_fresh_import_is_not_given_up_because_a_clock_was_set(
    begin: Begin, jump: float, own: bool
) -> None:
    """The server does not show it yet; only one of an earlier run counts as gone so soon."""
    tao = Tao(begin("tao"))
    fields = tao.served.fields
    ref = f"{int(time.time())}:0b0b2f0e-51a4-4d0e-9a53-0a4f4f6f6a11"

    async def work() -> None:
        async with Http(fields, explain=errors.explanation) as http:
            session, gateway = ways(fields, Secret(tao.served.secret), places(fields), http)
            await session.sign_in()
            rhythm = Rhythm(0.05)
            following = Following(gateway, rhythm, wall=lambda: time.time() + jump)
            if own:
                following.accepted(ref)
            states = set()
            began = time.monotonic()
            while not rhythm.past(began, 2 * rhythm.restored):
                [job] = await following.status([ref])
                states.add(job.state)
                await asyncio.sleep(0.01)
            gone = not own and jump != 0.0
            assert (JobState.GONE in states) is gone

    run(work)
