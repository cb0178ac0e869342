"""What an answer means: every status, page and nonsense as a problem with its facts."""

from __future__ import annotations

import email.utils
import time
from http import HTTPStatus

import pytest

from app.core import catalogue
from app.core.problems import (
    Busy,
    Forbidden,
    Problem,
    Refused,
    Retry,
    ServerFault,
    SignInProblem,
    TokenRefused,
    TrustProblem,
)
from app.servers.connections import LONGEST_REPLY
from app.servers.http import Http, Reply
from tests.servers.loopback import Answers, Blocks, Request, reply, serving

pytestmark = pytest.mark.anyio

PAGE = b"<!DOCTYPE html>\n<html><head><title>Sign in</title></head></html>"
NGINX = b"<html>\r\n<head><title>Error</title></head><body><center>nginx</center></body>\r\n</html>"


async def problem_of(answer: bytes, method: str = "GET") -> Problem:
    async with (
        serving(Answers(lambda request: answer)) as port,
        Http({}, base=f"http://127.0.0.1:{port}") as http,
    ):
        with pytest.raises(Problem) as caught:
            await http.call(method, "/jobs?token=x", what="list the jobs")
    return caught.value


@pytest.mark.parametrize(
    ("status", "kind", "entry", "retry"),
    [
        (400, Refused, catalogue.REFUSED, Retry.NEVER),
        (401, TokenRefused, catalogue.SIGN_IN_ENDED, Retry.PERSON),
        (403, Forbidden, catalogue.FORBIDDEN, Retry.NEVER),
        (404, Refused, catalogue.NOT_FOUND, Retry.NEVER),
        (405, Refused, catalogue.REFUSED, Retry.NEVER),
        (407, TrustProblem, catalogue.PROXY_SIGN_IN, Retry.PERSON),
        (408, ServerFault, catalogue.SERVER_FAULT, Retry.SOFT),
        (409, Busy, catalogue.BUSY, Retry.BUSY),
        (410, Refused, catalogue.NOT_FOUND, Retry.NEVER),
        (413, Refused, catalogue.TOO_LARGE, Retry.NEVER),
        (415, Refused, catalogue.REFUSED, Retry.NEVER),
        (422, Refused, catalogue.REFUSED, Retry.NEVER),
        (423, Busy, catalogue.BUSY, Retry.BUSY),
        (429, Busy, catalogue.BUSY, Retry.BUSY),
        (500, ServerFault, catalogue.SERVER_FAULT, Retry.SOFT),
        (502, ServerFault, catalogue.SERVER_FAULT, Retry.SOFT),
        (503, Busy, catalogue.BUSY, Retry.BUSY),
        (504, ServerFault, catalogue.SERVER_FAULT, Retry.SOFT),
        (507, ServerFault, catalogue.SERVER_FULL, Retry.SOFT),
        (511, Refused, catalogue.NOT_THE_SERVER, Retry.NEVER),
        (599, ServerFault, catalogue.SERVER_FAULT, Retry.SOFT),
        (301, Refused, catalogue.NOT_THE_SERVER, Retry.NEVER),
        (206, ServerFault, catalogue.SERVER_NONSENSE, Retry.SOFT),
    ],
)
async def test_every_status_has_its_meaning(
    status: int, kind: type[Problem], entry: catalogue.Entry, retry: Retry
) -> None:
    problem = await problem_of(reply(status, b"the server's words\nand more"))
    assert (type(problem), problem.entry, problem.retry) == (kind, entry, retry)
    assert "–" not in problem.title + problem.meaning.replace(" – ", "") or status == 407
    assert problem.exchange is not None
    assert problem.exchange.status == status
    assert problem.exchange.method == "GET"
    assert problem.exchange.url.endswith("/jobs")
    assert problem.server_words == "the server's words\nand more"


async def test_facts_say_what_was_asked_and_what_was_answered() -> None:
    assert (await problem_of(reply(403))).facts == {"what": "list the jobs"}
    assert (await problem_of(reply(404))).facts == {"what": "list the jobs"}
    refused = await problem_of(reply(422, b"\n  must not be null  \nmore"))
    assert refused.facts == {
        "status": f"422 {HTTPStatus(422).phrase}",
        "reason": "must not be null",
    }
    assert (await problem_of(reply(418))).facts["status"] == "418 I'm a Teapot"
    assert (await problem_of(reply(599))).facts == {"status": "599"}


async def test_a_refused_size_names_the_size_that_was_sent() -> None:
    async with (
        serving(Answers(lambda request: reply(413))) as port,
        Http({}, base=f"http://127.0.0.1:{port}") as http,
    ):
        with pytest.raises(Refused) as caught:
            await http.send("POST", "/", Blocks(2_340_000))
    assert caught.value.facts == {"size": "2.3 MB"}


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        ("Retry-After: 7", 7.0),
        ("Retry-After: -3", 0.0),
        ("Retry-After: 86400", 3600.0),
        ("Retry-After: soon", None),
        ("Retry-After: ", None),
        ("Retry-After: 1.5", None),
        ("Retry-After: Fri, 31 Dec 9999 23:59:59 GMT", 3600.0),
        ("Retry-After: Thu, 01 Jan 1970 00:00:00 GMT", 0.0),
        ("X-Nothing: 1", None),
    ],
)
async def test_the_wait_a_server_asks_for_is_kept_within_reason(
    header: str, seconds: float | None
) -> None:
    assert (await problem_of(reply(429, b"", header))).after == seconds


async def test_a_date_to_retry_at_is_read_against_the_servers_own_clock() -> None:
    wrong = time.time() - 5_000_000
    date = email.utils.formatdate(wrong, usegmt=True)
    then = email.utils.formatdate(wrong + 90, usegmt=True)
    problem = await problem_of(reply(503, b"", f"Date: {date}", f"Retry-After: {then}"))
    assert problem.after == 90.0
    then = email.utils.formatdate(time.time() + 90, usegmt=True)
    problem = await problem_of(reply(503, b"", f"Retry-After: {then}"))
    assert problem.after == pytest.approx(90, abs=5)


@pytest.mark.parametrize("name", ["X-Request-Id", "X-Okapi-Request-Id", "x-kong-request-id"])
async def test_the_servers_request_id_is_kept(name: str) -> None:
    problem = await problem_of(reply(500, b"", f"{name}: 123/abc"))
    assert problem.exchange is not None
    assert problem.exchange.request_id == "123/abc"


@pytest.mark.parametrize("status", [200, 302, 400, 404, 405])
async def test_a_web_page_is_not_the_server(status: int) -> None:
    problem = await problem_of(reply(status, PAGE, "Content-Type: text/html"))
    assert problem.entry is catalogue.NOT_THE_SERVER


@pytest.mark.parametrize(
    ("status", "entry"),
    [
        (413, catalogue.TOO_LARGE),
        (403, catalogue.FORBIDDEN),
        (502, catalogue.SERVER_FAULT),
        (503, catalogue.BUSY),
    ],
)
async def test_a_page_from_a_proxy_keeps_the_meaning_of_its_status(
    status: int, entry: catalogue.Entry
) -> None:
    assert (await problem_of(reply(status, NGINX))).entry is entry


async def test_a_page_instead_of_a_confirmed_upload_is_no_success() -> None:
    async with (
        serving(Answers(lambda request: reply(200, PAGE))) as port,
        Http({}, base=f"http://127.0.0.1:{port}") as http,
    ):
        with pytest.raises(Refused) as caught:
            await http.send("PUT", "/", Blocks(100))
    assert caught.value.entry is catalogue.NOT_THE_SERVER


async def test_a_redirect_is_not_followed_and_its_target_shown_without_query() -> None:
    server = Answers(lambda request: reply(307, b"", "Location: https://elsewhere.org/x?ticket=1"))
    async with serving(server) as port, Http({}, base=f"http://127.0.0.1:{port}") as http:
        with pytest.raises(Refused) as caught:
            await http.call("POST", "/")
    assert len(server.requests) == 1
    assert caught.value.server_words == "Location: https://elsewhere.org/x"


async def test_an_answer_that_is_no_json_is_nonsense_and_a_page_is_a_page() -> None:
    for content, entry in (
        (b'{"jobs": [', catalogue.SERVER_NONSENSE),
        (b"", catalogue.SERVER_NONSENSE),
        (b"\xff\xfe\x00", catalogue.SERVER_NONSENSE),
        (b"[" * 100_000, catalogue.SERVER_NONSENSE),
        (b"<?xml version='1.0'?>\n<!-- x --> <HTML lang='en'>", catalogue.NOT_THE_SERVER),
    ):
        with pytest.raises(Problem) as caught:
            Reply("GET", "https://h/p", 200, (), content).json()
        assert caught.value.entry is entry
        assert caught.value.__cause__ is None
    assert Reply("GET", "https://h/p", 200, (), b'\xef\xbb\xbf{"a": 1}').json() == {"a": 1}
    assert Reply("GET", "https://h/p", 200, (), "é".encode("latin-1")).text == "\ufffd"


async def test_a_family_explains_its_own_errors_first() -> None:
    def explain(answer: Reply) -> Problem | None:
        if answer.text.startswith("Token missing"):
            return SignInProblem(catalogue.SIGN_IN_REFUSED, exchange=answer.exchange)
        return None

    words = iter([b"Token missing, access requires permission: p", b"something else"])
    async with (
        serving(Answers(lambda request: reply(400, next(words)))) as port,
        Http({}, base=f"http://127.0.0.1:{port}", explain=explain) as http,
    ):
        with pytest.raises(SignInProblem):
            await http.call("GET", "/")
        with pytest.raises(Refused):
            await http.call("GET", "/")


async def test_other_statuses_can_be_wanted() -> None:
    async with (
        serving(Answers(lambda request: reply(404))) as port,
        Http({}, base=f"http://127.0.0.1:{port}") as http,
    ):
        assert (await http.call("GET", "/", ok=(200, 404))).status == 404


async def test_what_is_shown_of_a_body_is_short_and_holds_no_secret() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJkaWt1In0.c2lnbmF0dXJl"
    body = (
        f'{{"accessToken": "abc", "password":"hunter2", "message": "user u", "jwt": "{token}"}}'
        f" see https://s3.example.org/b/k?X-Amz-Signature=deadbeef and Bearer abcdefgh12345678"
        f" <SignatureProvided>zzz</SignatureProvided>"
    )
    problem = await problem_of(reply(500, body.encode() + b"x" * 5000))
    shown = problem.server_words
    for secret in ("abc", "hunter2", token, "deadbeef", "abcdefgh12345678", "zzz"):
        assert secret not in shown
    assert "https://s3.example.org/b/k?…" in shown
    assert '"message": "user u"' in shown
    assert len(shown) == 2000


async def test_a_long_error_page_is_cut_and_an_endless_answer_refused() -> None:
    problem = await problem_of(reply(500, b"x" * 1_000_000))
    assert len(problem.server_words) == 2000

    def answer(request: Request) -> bytes:
        return reply(200, bytes(LONGEST_REPLY + 1))

    async with serving(Answers(answer)) as port, Http({}, base=f"http://127.0.0.1:{port}") as http:
        with pytest.raises(ServerFault) as caught:
            await http.call("GET", "/")
    assert caught.value.entry is catalogue.SERVER_NONSENSE
