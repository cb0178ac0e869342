"""Tokens in cookies, headers and bodies."""

import base64
import json

import pytest

from app.servers.folio.wire import tokens

DATE = "Mon, 02 Mar 2026 09:15:00 GMT"
COOKIES = [
    "folioAccessToken=aaa.bbb.ccc; Max-Age=600; Expires=Mon, 02 Mar 2026 09:25:00 GMT; Path=/; "
    "Secure; HTTPOnly; SameSite=None",
    "folioRefreshToken=rrr.sss.ttt; Max-Age=604800; Path=/okapi/authn; Secure; HTTPOnly",
]
BODY = {
    "accessTokenExpiration": "2026-03-02T09:25:00Z",
    "refreshTokenExpiration": "2026-03-09T09:15:00Z",
}


def test_both_cookies_are_read_and_lives_are_the_servers() -> None:
    found = tokens.read_tokens(COOKIES, "", DATE, BODY)
    assert found is not None
    assert (found.access, found.refresh) == ("aaa.bbb.ccc", "rrr.sss.ttt")
    assert (found.access_life, found.refresh_life) == (600.0, 604_800.0)
    assert "aaa" not in repr(found)
    assert "rrr" not in repr(found)


@pytest.mark.parametrize(
    ("cookie", "date", "body", "life"),
    [
        # A clock that is wrong on both sides alike does no harm.
        ("folioAccessToken=a; Max-Age=60", DATE, BODY, 600.0),
        ("folioAccessToken=a; max-age=60", "", BODY, 60.0),
        ("folioAccessToken=a; Max-Age=60", DATE, {}, 60.0),
        ("folioAccessToken=a; expires=Mon, 02 Mar 2026 09:20:00 GMT", DATE, {}, 300.0),
        ("folioAccessToken=a; Max-Age=soon; Expires=never", DATE, {}, None),
        ("folioAccessToken=a", "", {}, None),
    ],
)
def test_where_the_life_of_a_token_is_told(
    cookie: str, date: str, body: dict[str, str], life: float | None
) -> None:
    found = tokens.read_tokens([cookie], "", date, body)
    assert found is not None
    assert found.access_life == life


def test_a_legacy_token_comes_in_a_header_or_a_body() -> None:
    found = tokens.read_tokens([], "header-token", DATE, {})
    assert found == tokens.Tokens("header-token")
    assert tokens.read_tokens([], "", DATE, {"okapiToken": "body"}) == tokens.Tokens("body")
    assert tokens.read_tokens(["folioAccessToken=; Max-Age=0"], "", DATE, None) is None


def test_claims_are_read_for_display_and_never_raise() -> None:
    payload = base64.urlsafe_b64encode(json.dumps({"tenant": "diku"}).encode()).decode().rstrip("=")
    assert tokens.claims(f"x.{payload}.y") == {"tenant": "diku"}
    for odd in ("", "x", "x.y.z", "x.!!.z", "x.bnVsbA.z"):
        assert tokens.claims(odd) == {}


def test_a_tenant_of_odd_letters_is_still_a_header() -> None:
    assert tokens.safe("diku") == "diku"
    assert tokens.safe("bücher\n") == "b%C3%BCcher%0A"
