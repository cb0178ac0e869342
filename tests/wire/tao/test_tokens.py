"""Token requests, and the answers servers give to them."""

from __future__ import annotations

import base64
import email
import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from app.servers.tao.wire import tokens

NOW = 1_760_000_000.0
VALUES = {
    "grant_type": "client_credentials",
    "client_id": "klient ü",
    "client_secret": "a+b&c=%d é",
}


def body(value: Any) -> bytes:
    return json.dumps(value).encode()


def jwt(**claims: Any) -> str:
    def part(value: Any) -> str:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")

    return f"{part({'alg': 'RS256'})}.{part(claims)}.c2ln"


def test_each_encoding_carries_the_three_values() -> None:
    arguments = (VALUES["client_id"], VALUES["client_secret"])
    kind, content = tokens.request(tokens.JSON, *arguments)
    assert (kind, json.loads(content)) == ("application/json", VALUES)
    kind, content = tokens.request(tokens.URLENCODED, *arguments)
    assert kind == "application/x-www-form-urlencoded"
    assert parse_qs(content.decode()) == {key: [value] for key, value in VALUES.items()}
    kind, content = tokens.request(tokens.MULTIPART, *arguments)
    form = email.message_from_bytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + content)
    parts = form.get_payload()
    assert isinstance(parts, list)
    found = {}
    for part in parts:
        assert part.get_filename() is None
        name = part.get_param("name", header="content-disposition")
        found[name] = part.get_payload(decode=True).decode()
    assert found == VALUES


@pytest.mark.parametrize(
    ("more", "life"),
    [
        ({"expires_in": 3600}, 3600),
        ({"expires_in": "3600"}, 3600),
        ({"expires_in": 0}, 60),
        ({"expires_in": -5}, 60),
        ({"expires_in": 10**9}, 7 * 86400),
        ({"expires": NOW + 900}, 900),
        ({"expires_in": None, "expires": str(int(NOW) + 90)}, 90),
        ({"access_token": jwt(exp=NOW + 500)}, 500),
        ({"access_token": "a.b.c"}, 300),
        ({"access_token": jwt(sub="x")}, 300),
        ({"expires_in": "soon"}, 300),
        ({"expires_in": True}, 300),
        ({}, 300),
    ],
)
def test_the_life_of_a_token(more: dict[str, Any], life: float) -> None:
    found = tokens.read_token(body({"access_token": "t", "token_type": "Bearer", **more}), NOW)
    assert found is not None
    assert found.life == pytest.approx(life)


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"<html></html>",
        b"[]",
        body({}),
        body({"access_token": ""}),
        body({"access_token": 7}),
        body({"access_token": "t", "token_type": "mac"}),
    ],
)
def test_what_is_no_token(answer: bytes) -> None:
    assert tokens.read_token(answer, NOW) is None


@pytest.mark.parametrize(
    ("scope", "lacks"),
    [
        (None, False),
        ("rostering", False),
        ("a rostering b", False),
        ("a b", True),
        ("", True),
        (7, False),
    ],
)
def test_the_scope_is_only_missed_where_it_is_told(scope: Any, lacks: bool) -> None:
    answer = {"access_token": "t", "token_type": "bearer"}
    found = tokens.read_token(body(answer if scope is None else {**answer, "scope": scope}), NOW)
    assert found is not None
    assert found.lacks_scope is lacks


def test_a_token_does_not_show_itself() -> None:
    assert "hidden" not in repr(tokens.Token("hidden", 1.0))


@pytest.mark.parametrize(
    ("status", "answer", "another"),
    [
        (400, body({"error": "unsupported_grant_type"}), True),
        (400, body({"error": "invalid_request"}), True),
        (415, b"", True),
        (422, b"no", True),
        (400, body({"message": "no fields"}), True),
        (400, body({"error": "invalid_client"}), False),
        (401, body({"error": "invalid_client"}), False),
        (401, b"Access Denied", False),
        (403, b"", False),
        (400, body({"error": "unauthorized_client"}), False),
        (404, b"", False),
        (429, b"", False),
        (500, b"", False),
        (200, body({}), False),
    ],
)
def test_another_encoding_is_only_tried_where_no_secret_was_looked_at(
    status: int, answer: bytes, another: bool
) -> None:
    assert tokens.not_understood(status, answer) is another


def test_wrong_credentials_have_oauths_own_word() -> None:
    answer = body({"error": "invalid_client"})
    assert tokens.wrong_credentials(400, answer) and tokens.wrong_credentials(401, answer)
    assert not tokens.wrong_credentials(401, b"Access Denied")
    assert tokens.not_allowed(body({"error": "invalid_scope"}))
