"""Signing in at FOLIO: both gateways, renewal, and what must never be sent twice."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from app.core.problems import ConnectionProblem, Refused, SignInProblem, Unreachable
from tests.servers.conftest import Begin
from tests.servers.delivery import run
from tests.servers.folio_ground import Folio

PLATFORMS = ["okapi", "eureka"]


class Clock:
    """Time as the test wants it."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def start(begin: Begin) -> Callable[..., Folio]:
    def started(**options: object) -> Folio:
        return Folio(begin("folio", **options))

    return started


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_wrong_password_is_tried_once_and_never_again(
    start: Callable[..., Folio], platform: str
) -> None:
    folio = start(platform=platform)

    async def work() -> None:
        async with folio.session(secret="wrong") as (session, gateway):
            for attempt in (session.sign_in, session.sign_in, gateway.split_status):
                with pytest.raises(SignInProblem) as caught:
                    await attempt()
                assert caught.value.id == "sign-in.refused"

    run(work)
    assert len(folio.asked("POST", "/authn/login-with-expiry")) == 1
    assert not folio.asked("POST", "/authn/login")


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_wrong_tenant_is_named(start: Callable[..., Folio], platform: str) -> None:
    folio = start(platform=platform)

    async def work() -> None:
        with pytest.raises(SignInProblem) as caught:
            async with folio.connected(tenant="nowhere"):
                pass
        assert caught.value.id == "folio.tenant-unknown"
        assert "nowhere" in caught.value.title

    run(work)


def test_a_web_page_is_not_a_gateway(start: Callable[..., Folio]) -> None:
    folio = start(prefix="/okapi")
    page = folio.served.url.removesuffix("/okapi")

    async def work() -> None:
        with pytest.raises(Refused) as caught:
            async with folio.connected(url=page):
                pass
        assert caught.value.id == "folio.not-gateway"
        async with folio.connected() as server:
            assert server.account == "kim at diku"

    run(work)


@pytest.mark.parametrize("auth", ["auto", "legacy"])
def test_old_servers_are_signed_in_at_the_old_way(start: Callable[..., Folio], auth: str) -> None:
    folio = start(expiry=False, legacy=True)

    async def work() -> None:
        async with folio.connected(auth=auth) as server:
            assert await server.leftovers() == []

    run(work)
    # Without its cookie a logout would end the user's other sessions.
    assert folio.books.sign_outs == []


def test_only_the_new_way_means_only_the_new_way(start: Callable[..., Folio]) -> None:
    folio = start(expiry=False, legacy=True)

    async def work() -> None:
        with pytest.raises(Refused) as caught:
            async with folio.connected(auth="expiry"):
                pass
        assert caught.value.id == "folio.not-gateway"

    run(work)


def test_the_session_is_ended_and_no_other(start: Callable[..., Folio]) -> None:
    folio = start()

    async def work() -> None:
        async with folio.connected():
            pass

    run(work)
    assert folio.books.sign_outs == ["session"]


def test_before_signing_out_an_ended_token_is_renewed(start: Callable[..., Folio]) -> None:
    folio = start()
    clock = Clock()

    async def work() -> None:
        async with folio.session(clock=clock) as (session, _):
            await session.sign_in()
            clock.now += 700
            await session.sign_out()

    run(work)
    assert folio.books.refreshes == [True]
    assert folio.books.sign_outs == ["session"]


def test_signing_out_does_not_wait_for_a_dead_server(start: Callable[..., Folio]) -> None:
    folio = start()

    async def work() -> None:
        async with folio.session() as (session, _):
            await session.sign_in()
            folio.fault("lost-reply", "POST */authn/logout")
            async with asyncio.timeout(5):
                await session.sign_out()
                await session.sign_out()

    run(work)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_many_callers_with_an_ended_token_lead_to_one_refresh(
    start: Callable[..., Folio], platform: str
) -> None:
    folio = start(platform=platform)

    async def work() -> None:
        async with folio.session() as (session, gateway):
            await session.sign_in()
            for round_ in range(1, 4):
                folio.fault("expire-token", "GET */fileExtensions", times=round_)
                await gateway.extensions()
                folio.box.faults.clear()
                await asyncio.gather(*(gateway.split_status() for _ in range(8)))
                assert folio.books.refreshes == [True] * round_

    run(work)
    assert len(folio.asked("POST", "/authn/login-with-expiry")) == 1


def test_a_token_is_renewed_before_it_ends(start: Callable[..., Folio]) -> None:
    folio = start()
    clock = Clock()

    async def work() -> None:
        async with folio.session(clock=clock) as (session, gateway):
            await session.sign_in()
            clock.now += 470
            await gateway.split_status()
            assert folio.books.refreshes == []
            clock.now += 20
            await asyncio.gather(*(gateway.split_status() for _ in range(5)))
            assert folio.books.refreshes == [True]

    run(work)
    assert 401 not in folio.asked("GET", "/splitStatus")


def test_an_ended_refresh_token_leads_to_a_new_sign_in(start: Callable[..., Folio]) -> None:
    folio = start()
    clock = Clock()

    async def work() -> None:
        async with folio.session(clock=clock) as (session, gateway):
            await session.sign_in()
            clock.now += 700_000
            await gateway.split_status()

    run(work)
    assert folio.books.refreshes == []
    assert len(folio.asked("POST", "/authn/login-with-expiry")) == 2


@pytest.mark.parametrize("kind", ["lost-reply", "server-error", "nonsense"])
def test_after_a_lost_refresh_its_token_is_never_used_again(
    start: Callable[..., Folio], kind: str
) -> None:
    folio = start()
    clock = Clock()

    async def work() -> None:
        async with folio.session(clock=clock) as (session, gateway):
            await session.sign_in()
            folio.fault(kind, "POST */authn/refresh", times=1)
            clock.now += 590
            await gateway.split_status()
            clock.now += 590
            await gateway.split_status()

    run(work)
    assert False not in folio.books.refreshes
    assert len(folio.asked("POST", "/authn/refresh")) == 2
    assert len(folio.asked("POST", "/authn/login-with-expiry")) == 2


def test_an_unreachable_server_spends_no_refresh_token(start: Callable[..., Folio]) -> None:
    folio = start()
    clock = Clock()

    async def work() -> None:
        async with folio.session(clock=clock) as (session, gateway):
            await session.sign_in()
            folio.box.__exit__(None, None, None)
            clock.now += 590
            with pytest.raises(Unreachable):
                await gateway.split_status()
            with pytest.raises(Unreachable):
                await gateway.split_status()

    run(work)


def test_a_login_without_an_answer_is_no_refusal(start: Callable[..., Folio]) -> None:
    folio = start()

    async def work() -> None:
        async with folio.session() as (session, gateway):
            folio.fault("lost-reply", "POST */authn/login-with-expiry", times=1)
            with pytest.raises(ConnectionProblem):
                await session.sign_in()
            await session.sign_in()
            assert await gateway.split_status() in (True, False)

    run(work)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_missing_right_is_named(start: Callable[..., Folio], platform: str) -> None:
    folio = start(platform=platform, deny=("data-import.splitconfig.get",))

    async def work() -> None:
        with pytest.raises(Refused) as caught:
            async with folio.connected():
                pass
        assert caught.value.id == "folio.permission"
        assert "data-import.splitconfig.get" in caught.value.meaning
        assert "ui-data-import.manage" in caught.value.advice[0]

    run(work)


def test_no_token_shows_in_a_representation(start: Callable[..., Folio]) -> None:
    folio = start()

    async def work() -> None:
        async with folio.session() as (session, _):
            await session.sign_in()
            told = repr(vars(session))
            assert "eyJ" not in told
            assert folio.served.secret not in told

    run(work)
