"""What goes out on the wire, and that nothing goes where it must not."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping

import pytest

from app.core.problems import Problem, Refused, TrustProblem
from app.servers.address import address, check_secure
from app.servers.http import Http
from app.servers.multipart import Multipart
from tests.servers.loopback import Answers, Blocks, Request, reply, serving

pytestmark = pytest.mark.anyio


async def asked(path: str, base: str = "", settings: Mapping[str, str] | None = None) -> Request:
    server = Answers()
    async with (
        serving(server) as port,
        Http(settings or {}, base=f"http://127.0.0.1:{port}{base}") as http,
    ):
        await http.call("GET", path)
    return server.requests[0]


async def test_a_path_is_joined_below_the_base_and_its_prefix_kept() -> None:
    assert (await asked("/users", base="/okapi/")).target == "/okapi/users"
    assert (await asked("users", base="/okapi")).target == "/okapi/users"
    assert (await asked("", base="/okapi")).target == "/okapi"
    assert (await asked("/users")).target == "/users"


async def test_parameters_are_percent_encoded() -> None:
    server = Answers()
    async with serving(server) as port, Http({}, base=f"http://127.0.0.1:{port}") as http:
        await http.call("GET", "/a?kept=1", params={"query": 'name == "é & co"'})
        await http.call("GET", "/a", params=[("id", "1"), ("id", "2")])
    assert [request.target for request in server.requests] == [
        "/a?kept=1&query=name%20%3D%3D%20%22%C3%A9%20%26%20co%22",
        "/a?id=1&id=2",
    ]


async def test_a_signed_address_goes_out_letter_by_letter() -> None:
    signed = "/bucket/a%20b+c(1)'!.mrc?X-Amz-Credential=AK%2F20&X-Amz-Signature=ab~._-&x=%2f[]|"
    server = Answers()
    async with serving(server) as port, Http({}) as http:
        await http.send("PUT", f"http://127.0.0.1:{port}{signed}", Blocks(10))
    assert server.requests[0].target == signed


async def test_json_is_sent_with_its_length_and_type() -> None:
    server = Answers()
    async with serving(server) as port, Http({}, base=f"http://127.0.0.1:{port}") as http:
        await http.call("POST", "/", json={"name": "Zürich"})
        await http.call("POST", "/")
        await http.call("DELETE", "/", content=b"", headers={"Content-Type": "text/plain"})
    first, second, third = server.requests
    assert json.loads(first.body) == {"name": "Zürich"}
    assert first.header("content-type") == "application/json"
    assert second.header("content-length") == third.header("content-length") == "0"
    assert all(request.header("transfer-encoding") == "" for request in server.requests)


async def test_a_get_has_neither_body_nor_length() -> None:
    request = await asked("/")
    assert request.header("content-length") == ""
    assert request.header("transfer-encoding") == ""


async def test_a_file_is_sent_whole_with_its_length_and_never_in_chunks() -> None:
    server = Answers()
    body = Blocks(3_000_001)
    async with serving(server) as port, Http({}, base=f"http://127.0.0.1:{port}") as http:
        await http.send("POST", "/data", body, headers={"Content-Type": "application/octet-stream"})
        await http.send("POST", "/form", Multipart("file", "a.mrc", body))
    plain, form = server.requests
    assert plain.body == (bytes(range(256)) * 12000)[:3_000_001]
    assert plain.header("content-length") == "3000001"
    assert plain.header("content-type") == "application/octet-stream"
    assert plain.body in form.body
    assert form.header("content-type").startswith("multipart/form-data; boundary=")
    assert all(request.header("transfer-encoding") == "" for request in server.requests)


async def test_an_empty_file_has_the_length_zero() -> None:
    server = Answers()
    async with serving(server) as port, Http({}, base=f"http://127.0.0.1:{port}") as http:
        await http.send("PUT", "/", Blocks(0))
    assert server.requests[0].header("content-length") == "0"


async def test_a_header_is_sent_once_whatever_its_case() -> None:
    server = Answers()
    async with serving(server) as port, Http({}, base=f"http://127.0.0.1:{port}") as http:
        http.headers["x-okapi-token"] = "one"
        http.headers["ACCEPT"] = "application/json"
        await http.call("GET", "/", headers={"X-Okapi-Token": "two"})
    names = [name.lower() for name, _ in server.requests[0].headers]
    assert len(names) == len(set(names))
    assert server.requests[0].header("X-Okapi-Token") == "two"
    assert server.requests[0].header("Accept") == "application/json"


async def test_own_headers_go_to_no_other_origin() -> None:
    server, other = Answers(), Answers()
    async with (
        serving(server) as port,
        serving(other) as elsewhere,
        Http({}, base=f"http://127.0.0.1:{port}") as http,
    ):
        http.headers["X-Okapi-Token"] = "secret"
        await http.call("GET", "/")
        await http.call("GET", f"http://127.0.0.1:{elsewhere}/")
        await http.bare().call("GET", f"http://127.0.0.1:{port}/")
    assert [request.header("x-okapi-token") for request in server.requests] == ["secret", ""]
    assert other.requests[0].header("x-okapi-token") == ""


async def test_cookies_are_shown_and_never_sent_back() -> None:
    server = Answers(lambda request: reply(201, b"", "Set-Cookie: a=1; Path=/", "set-cookie: b=2"))
    async with serving(server) as port, Http({}, base=f"http://127.0.0.1:{port}") as http:
        answer = await http.call("POST", "/login")
        await http.call("POST", "/again")
    assert answer.all("Set-Cookie") == ["a=1; Path=/", "b=2"]
    assert answer.header("SET-COOKIE") == "a=1; Path=/"
    assert server.requests[1].header("cookie") == ""


@pytest.mark.parametrize(
    ("text", "presented"),
    [
        ("folio.example.org", "folio.example.org"),
        ("ftp://folio.example.org/a?secret", "ftp://folio.example.org/a"),
        ("https://", "https://"),
        ("https://name:word@folio.example.org/", "https://folio.example.org/"),
        ("https://folio.example.org:99999", "https://folio.example.org:99999"),
        ("https://folio.example.org:0", "https://folio.example.org:0"),
        ("https://[::1", "https://[::1"),
        ("https://folio example.org", "https://folio example.org"),
        ("https://" + "ü" * 80 + ".org", "https://" + "ü" * 80 + ".org"),
        ("https://a..ü.org/?token=1", "https://a..ü.org/"),
    ],
)
async def test_a_bad_address_is_refused_and_shown_without_secrets(
    text: str, presented: str
) -> None:
    async with Http({}, base=text) as http:
        with pytest.raises(Refused) as caught:
            await http.call("GET", "")
    assert caught.value.id == "connection.address"
    assert caught.value.facts == {"address": presented}


async def test_plain_http_to_another_computer_is_refused_before_anything_is_sent() -> None:
    async with Http({}, base="http://folio.example.org") as http:
        with pytest.raises(TrustProblem) as caught:
            await http.call("POST", "/login", json={"password": "x"})
    assert (caught.value.id, caught.value.facts) == (
        "connection.insecure",
        {"host": "folio.example.org"},
    )


def test_plain_http_is_a_decision_of_the_person() -> None:
    where = address("http://folio.example.org:9130/a")
    check_secure(where, {"insecure_http": "true"})
    for settings in ({}, {"insecure_http": "false"}, {"insecure_http": ""}):
        with pytest.raises(TrustProblem):
            check_secure(where, settings)
    for local in ("localhost", "a.localhost", "127.8.9.1", "[::1]", "LOCALHOST"):
        check_secure(address(f"http://{local}:1"), {})


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
async def test_plain_http_on_this_computer_is_allowed(host: str) -> None:
    async with serving(Answers()) as port, Http({}, base=f"http://{host}:{port}") as http:
        assert (await http.call("GET", "/")).status == 200


async def test_secrets_are_in_no_log_and_no_words(caplog: pytest.LogCaptureFixture) -> None:
    def answer(request: Request) -> bytes:
        status = 500 if request.target.startswith("/bad") else 200
        return reply(
            status, b'{"token": "s3cret", "link": "https://a/b?sig=s3cret"}', "Set-Cookie: a=s3cret"
        )

    caplog.set_level(logging.DEBUG)
    said = []
    async with serving(Answers(answer)) as port, Http({}, base=f"http://127.0.0.1:{port}") as http:
        http.headers["X-Okapi-Token"] = "s3cret"
        said.append(repr(await http.call("GET", "/good?key=s3cret", params={"more": "s3cret"})))
        said.append(repr(http))
        for target in ("/bad?key=s3cret", "http://127.0.0.1:1/?key=s3cret"):
            with pytest.raises(Problem) as caught:
                await http.call("GET", target)
            problem = caught.value
            said += [repr(problem), str(problem), repr(problem.exchange)]
            assert problem.__cause__ is None
    assert "s3cret" not in " ".join(said) + caplog.text
