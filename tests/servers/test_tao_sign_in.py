"""Tokens of TAO: how one is got, kept, renewed, and when nothing is tried again."""

from __future__ import annotations

import asyncio
import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from app.core.destinations import Destination, Secret
from app.core.problems import Forbidden, Problem, Refused, SignInProblem
from app.servers.tao.server import connect
from tests.servers.conftest import Begin
from tests.servers.delivery import Bytes, Kept, run, source
from tests.servers.loopback import Answers, Request, reply, serving
from tests.servers.rosters import users
from tests.servers.tao_ground import Tao, imported

ENCODINGS = ("multipart", "urlencoded", "json")


@pytest.mark.parametrize("taken", ENCODINGS)
@pytest.mark.parametrize("refusal", ["unsupported_grant_type", "invalid_request", "415", "422"])
def test_the_encoding_that_works_is_found(begin: Begin, taken: str, refusal: str) -> None:
    tao = Tao(begin("tao", encodings=(taken,), encoding_refusal=refusal))

    async def work() -> None:
        async with tao.connected() as server:
            assert server.account == f"{tao.books.client_id} at {tao.served.url[7:]}"

    run(work)
    tried = [one.encoding for one in tao.books.sign_ins]
    assert tried == list(ENCODINGS[: ENCODINGS.index(taken) + 1])


@pytest.mark.parametrize("chosen", ENCODINGS)
def test_a_chosen_encoding_is_the_only_one(begin: Begin, chosen: str) -> None:
    other = ENCODINGS[ENCODINGS.index(chosen) - 1]
    tao = Tao(begin("tao", encodings=(other,)))

    async def work() -> None:
        with pytest.raises(SignInProblem) as caught:
            async with tao.connected(token_encoding=chosen):
                pass
        assert caught.value.id == "tao.token-request"

    run(work)
    assert [one.encoding for one in tao.books.sign_ins] == [chosen]


@pytest.mark.parametrize("status", [400, 401])
def test_a_wrong_secret_is_tried_once(begin: Begin, status: int) -> None:
    tao = Tao(begin("tao", wrong_client=status))

    async def work() -> None:
        async with tao.session(secret="wrong") as (session, url):
            for _ in range(3):
                with pytest.raises(SignInProblem) as caught:
                    await session.call(url)
                assert caught.value.id == "sign-in.refused"
                assert "client secret" in caught.value.title
                assert "wrong" not in f"{caught.value!r} {caught.value.server_words}"

    run(work)
    assert len(tao.books.sign_ins) == 1


@pytest.mark.parametrize(
    "options",
    [
        {"expires_in": "text"},
        {"expires_in": "epoch"},
        {"expires_in": "missing"},
        {"expires_in": "missing", "jwt": True},
        {"token_status": 201},
        {"token_type": "bearer"},
        {"token_type": None},
        {"scope": None},
    ],
)
def test_every_shape_of_token_serves(begin: Begin, options: dict[str, Any], tmp_path: Path) -> None:
    tao = Tao(begin("tao", **options))

    async def work() -> None:
        async with tao.connected() as server:
            await imported(server, users(tmp_path / "users.csv", 3))

    run(work)
    assert tao.books.tokens_issued == 1
    assert tao.books.leaks == []


def test_a_token_of_another_kind_is_not_used(begin: Begin) -> None:
    tao = Tao(begin("tao", token_type="mac"))

    async def work() -> None:
        with pytest.raises(Refused) as caught:
            async with tao.connected():
                pass
        assert caught.value.id == "tao.token-unusable"

    run(work)


@pytest.mark.parametrize(("life", "renewed_at"), [(3600.0, 3540.0), (30.0, 27.0)])
def test_a_token_is_renewed_before_it_ends(begin: Begin, life: float, renewed_at: float) -> None:
    tao = Tao(begin("tao", token_seconds=life))
    now = 1000.0

    async def work() -> None:
        nonlocal now
        async with tao.session(clock=lambda: now) as (session, url):
            for moment, issued in ((0.0, 1), (renewed_at - 1, 1), (renewed_at, 2)):
                now = 1000.0 + moment
                with pytest.raises(Refused):
                    await session.call(url)
                assert tao.books.tokens_issued == issued

    run(work)


def test_many_callers_ask_for_one_token(begin: Begin) -> None:
    tao = Tao(begin("tao"))

    async def work() -> None:
        async with tao.session() as (session, url):

            async def ask() -> None:
                with pytest.raises(Refused):
                    await session.call(url)

            await asyncio.gather(*(ask() for _ in range(8)))
            tao.fault("expire-token", "GET *", times=1)
            await ask()
            await asyncio.gather(*(ask() for _ in range(8)))

    run(work)
    assert tao.books.tokens_issued == 2


@pytest.mark.parametrize("shape", ["text", "string", "object"])
def test_a_refused_token_is_renewed_once_whatever_the_answer_looks_like(
    begin: Begin, shape: str, tmp_path: Path
) -> None:
    tao = Tao(begin("tao", refusal_401=shape))
    path = users(tmp_path / "users.csv", 3)

    async def work() -> None:
        async with tao.connected() as server:
            opening = await server.open("k", [source(path)], {})
            tao.fault("expire-token", "GET *", times=1)
            with pytest.raises(Problem):
                await server._gateway.status("0b0b2f0e-51a4-4d0e-9a53-0a4f4f6f6a11")
            body = Bytes(path)
            await server.send(opening.tickets[0], body, Kept())
            assert body.sent == body.size

    run(work)
    assert tao.asked("POST", "/upload/api/v1/upload") == [401, 200]
    assert tao.books.tokens_issued == 2


@pytest.mark.parametrize("status", [400, 401, 403])
def test_a_gateway_that_turns_one_away_is_told_apart(status: int) -> None:
    found: list[Problem] = []

    async def work() -> None:
        pages = itertools.cycle([b"Access Denied", b"<html><title>No entry</title></html>"])
        talk = Answers(lambda request: reply(status, next(pages)))
        async with serving(talk) as port:
            for _ in range(2):
                destination = _destination(port)
                with pytest.raises(Problem) as caught:
                    async with connect(destination, Secret("s")):
                        pass
                found.append(caught.value)

    run(work)
    if status != 400:
        assert found[0].id == "tao.gateway-refused"
        assert "Access Denied" in found[0].meaning


def _destination(port: int, **more: str) -> Destination:
    fields = {"url": f"http://127.0.0.1:{port}", "client_id": "c", **more}
    return Destination("d", "tao", "Test", fields)


@pytest.mark.parametrize(
    ("body", "id"),
    [(b"<html>Sign in to the guest network</html>", "tao.not-tao"), (b"ok", "tao.token-unusable")],
)
def test_something_else_answers(body: bytes, id: str) -> None:
    async def work() -> None:
        async with serving(Answers(lambda request: reply(200, body))) as port:
            with pytest.raises(Refused) as caught:
                async with connect(_destination(port), Secret("s")):
                    pass
            assert caught.value.id == id
            assert caught.value.exchange is not None

    run(work)


def test_a_token_the_service_never_takes_ends_with_the_person(tmp_path: Path) -> None:
    path = users(tmp_path / "users.csv", 3)
    numbers = itertools.count()

    def answer(request: Request) -> bytes:
        if request.target.endswith("/tokens"):
            token = {"access_token": f"t{next(numbers)}", "expires_in": 3600}
            return reply(200, json.dumps(token).encode())
        if request.method == "GET":
            return reply(404, b'{"message": "Reference ID not found."}')
        return reply(401, b"Access Denied", "Content-Type: text/plain")

    async def work() -> None:
        talk = Answers(answer)
        async with serving(talk) as port, connect(_destination(port), Secret("s")) as server:
            opening = await server.open("k", [source(path)], {})
            kept = Kept()
            with pytest.raises(SignInProblem) as caught:
                await server.send(opening.tickets[0], Bytes(path), kept)
            assert caught.value.id == "tao.token-not-taken"
            assert "Access Denied" in caught.value.meaning
            assert kept.ticket is not None
            assert not kept.ticket.data["asked"]
        assert [one.method for one in talk.requests] == ["POST", "GET", "POST", "POST", "POST"]

    run(work)


@pytest.mark.parametrize("call", ["upload", "status"])
def test_a_missing_right_is_told_in_plain_words(begin: Begin, call: str, tmp_path: Path) -> None:
    tao = Tao(begin("tao", deny=(call,)))
    path = users(tmp_path / "users.csv", 3)

    async def work() -> None:
        async with tao.connected() as server:
            with pytest.raises(Forbidden) as caught:
                await imported(server, path)
            assert caught.value.id == "tao.scope"
            assert "“rostering”" in caught.value.meaning

    run(work)
    assert tao.books.tokens_issued == 1


def test_a_scope_that_looks_wrong_is_a_warning(begin: Begin, tmp_path: Path) -> None:
    tao = Tao(begin("tao", scope="reporting"))
    path = users(tmp_path / "users.csv", 3)

    async def work() -> None:
        async with tao.connected() as server:
            [[finding]] = await server.check([source(path)], {})
            assert (finding.id, finding.level) == ("tao.scope-unsure", "warning")

    run(work)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
@pytest.mark.parametrize("where", ["same", "foreign"])
def test_redirects(begin: Begin, status: int, where: str, tmp_path: Path) -> None:
    tao = Tao(begin("tao", redirect=status, redirect_to=where))
    path = users(tmp_path / "users.csv", 3)
    follows = where == "same" and status in (307, 308)

    async def work() -> None:
        if follows:
            async with tao.connected() as server:
                await imported(server, path)
            return
        with pytest.raises(Refused) as caught:
            async with tao.connected():
                pass
        assert caught.value.id == "tao.moved"

    run(work)
    assert tao.books.leaks == []
    assert len(tao.books.uploads) == (1 if follows else 0)
