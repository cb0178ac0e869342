"""Signing in at SSC: both spellings of a token, passwords that lock, tokens given back."""

from __future__ import annotations

import asyncio
import base64
import time
from collections.abc import Callable

import pytest

from app.core.destinations import Destination, Secret
from app.core.problems import Refused, SignInProblem, TokenRefused
from app.servers.api import StepState
from app.servers.ssc.probing import probe
from tests.servers.delivery import run
from tests.servers.ssc_ground import Ssc, start

__all__ = ["start"]

Start = Callable[..., Ssc]


def test_both_spellings_of_a_token_are_taken(start: Start) -> None:
    ssc = start()
    encoded = base64.b64encode(ssc.served.secret.encode()).decode()

    async def work() -> None:
        for secret in (ssc.served.secret, encoded, f"FortifyToken {encoded}"):
            async with ssc.connected(secret) as server:
                assert server.account == "joan at 127.0.0.1"

    run(work)
    assert ssc.books.plain_headers == 0
    assert ssc.books.sign_ins == []


@pytest.mark.parametrize("empty", [False, True])
def test_a_wrong_token_waits_for_the_person(start: Start, empty: bool) -> None:
    ssc = start(empty_401=empty)

    async def work() -> None:
        with pytest.raises(SignInProblem) as caught:
            async with ssc.connected("2d5e4a06-945e-405f-a3c2-112bb3053453"):
                pass
        assert caught.value.id == "ssc.token-refused"
        assert not isinstance(caught.value, TokenRefused)

    run(work)
    assert len(ssc.books.requests) == 1


def test_what_is_no_token_is_not_sent(start: Start) -> None:
    ssc = start()

    async def work() -> None:
        with pytest.raises(SignInProblem) as caught:
            async with ssc.connected("my password"):
                pass
        assert caught.value.id == "ssc.token-malformed"

    run(work)
    assert ssc.books.requests == []


def test_a_password_makes_a_short_token_that_is_given_back(start: Start) -> None:
    ssc = start(auth="password")

    async def work() -> None:
        async with ssc.connected():
            [made] = [one for one in ssc.books.tokens if not one.pasted]
            assert made.type == "UnifiedLoginToken"
            assert 0 < made.terminal - time.time() < 86_500
            assert not made.revoked

    run(work)
    [made] = [one for one in ssc.books.tokens if not one.pasted]
    assert made.revoked
    assert [one for one in ssc.books.tokens if one.pasted and one.revoked] == []


def test_a_wrong_password_is_tried_once(start: Start) -> None:
    ssc = start(auth="password")

    async def work() -> None:
        with pytest.raises(SignInProblem) as caught:
            async with ssc.connected("wrong"):
                pass
        assert caught.value.id == "sign-in.refused"

    run(work)
    assert len(ssc.books.sign_ins) == 1


def test_a_password_that_stopped_working_is_tried_once_more_and_never_again(start: Start) -> None:
    ssc = start(auth="password")

    async def work() -> None:
        async with ssc.connected() as server:
            before = len(ssc.books.sign_ins)
            # Every token ends; the next sign-in is refused.
            ssc.fault("expire-token", "GET */projects", times=1)
            ssc.fault("busy", "POST */tokens", status=401, times=0)
            await server.choices("application", {})
            for _ in range(3):
                with pytest.raises(SignInProblem):
                    await server.choices("application", {})
            assert ssc.asked("POST", "/tokens")[1:] == [401]
            assert len(ssc.books.sign_ins) == before

    run(work)


def test_signing_out_of_a_server_that_hangs_takes_a_second(
    start: Start, logged_errors: list[object]
) -> None:
    ssc = start(auth="password")
    ssc.fault("slow", "POST */tokens/action/revoke", bytes_per_second=20)

    async def work() -> None:
        async with ssc.connected():
            began = asyncio.get_running_loop().time()
        assert asyncio.get_running_loop().time() - began < 1.6

    run(work)


def test_a_pasted_token_that_ends_is_told(start: Start) -> None:
    ssc = start()

    async def work() -> None:
        async with ssc.connected() as server:
            ssc.fault("expire-token", "GET */projects", times=1)
            await server.choices("application", {})
            with pytest.raises(TokenRefused):
                await server.choices("application", {})

    run(work)


def test_a_single_sign_on_page_is_not_taken_for_the_server(start: Start) -> None:
    ssc = start(sign_in_page=True)

    async def work() -> None:
        with pytest.raises(Refused) as caught:
            async with ssc.connected("2d5e4a06-945e-405f-a3c2-112bb3053453"):
                pass
        assert caught.value.id == "refused.web-page"

    run(work)


@pytest.mark.parametrize("tail", ["", "/nowhere"])
def test_another_path_is_not_ssc(start: Start, tail: str) -> None:
    ssc = start()
    url = ssc.served.url.removesuffix("/ssc") + tail

    async def work() -> None:
        with pytest.raises(Refused) as caught:
            async with ssc.connected(url=url):
                pass
        assert caught.value.id == "ssc.not-ssc"
        steps = [one async for one in probe(ssc.destination(url=url), Secret(ssc.served.secret))]
        [step] = [one for one in steps if one.state is StepState.FAILED]
        assert step.key == "server"
        assert step.problem is not None
        assert step.problem.id == "ssc.not-ssc"

    run(work)


@pytest.mark.parametrize("prefix", ["", "/deep/ssc"])
def test_any_path_will_do(start: Start, prefix: str) -> None:
    ssc = start(prefix=prefix)

    async def work() -> None:
        async with ssc.connected(url=f"{ssc.served.url}/html/ssc/index.jsp#!/x") as server:
            assert await server.choices("application", {})

    run(work)


def test_the_probe_names_account_rights_and_release(start: Start) -> None:
    ssc = start(auth="password")

    async def work() -> None:
        found = probe(ssc.destination(), Secret(ssc.served.secret))
        steps = {one.key: one async for one in found}
        assert {one.state for one in steps.values()} == {StepState.OK}
        assert "joan" in steps["sign-in"].detail
        assert "valid until" in steps["sign-in"].detail
        assert "11 application versions" in steps["versions"].detail
        assert "25.2" in steps["release"].detail

    run(work)
    assert all(one.revoked for one in ssc.books.tokens if not one.pasted)


def test_a_narrow_token_on_an_old_server_passes_the_probe(start: Start) -> None:
    ssc = start(token_type="AnalysisUploadToken", release="18.20")

    async def work() -> None:
        found = probe(ssc.destination(), Secret(ssc.served.secret))
        states = [one.state async for one in found]
        assert StepState.FAILED not in states

    run(work)


@pytest.mark.parametrize(
    ("url", "id"),
    [
        ("ssc.example.org", "connection.address"),
        ("", "connection.address"),
        ("http://ssc.example.org/ssc", "connection.insecure"),
    ],
)
def test_the_probe_raises_nothing_for_an_address_that_is_none(url: str, id: str) -> None:
    async def work() -> None:
        found = probe(Destination("d", "ssc", "Test", {"url": url}), Secret("x"))
        [step] = [one async for one in found if one.state is not StepState.SKIPPED]
        assert step.state is StepState.FAILED
        assert step.problem is not None
        assert step.problem.id == id

    run(work)
