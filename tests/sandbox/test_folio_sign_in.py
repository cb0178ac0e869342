"""Tokens: granted, expired, renewed once, revoked."""

import time

import pytest

from tests.sandbox.client import Client, cookies
from tests.sandbox.conftest import Begin, Connect

LIST = "/data-import/uploadDefinitions"
LOGIN = "/authn/login-with-expiry"


def renew(client: Client, token: str | None = None) -> tuple[int, str]:
    value = token or client.refresh_token
    reply = client.http.post("/authn/refresh", headers={"Cookie": f"folioRefreshToken={value}"})
    if reply.status_code == 201:
        client.keep(reply)
        return 201, ""
    return reply.status_code, reply.json()["errors"][0]["code"]


def test_signing_in_gives_two_secure_cookies_and_their_ends(begin: Begin, connect: Connect) -> None:
    client = connect(begin(), sign_in=False)
    reply = client.sign_in()
    assert reply.status_code == 201
    assert set(reply.json()) == {"accessTokenExpiration", "refreshTokenExpiration"}
    for line in reply.headers.get_list("set-cookie"):
        assert "Secure" in line
        assert "HTTPOnly" in line
        assert "Max-Age=" in line
    bundle = client.http.get("/bl-users/_self").json()
    assert bundle["user"]["username"] == "kim"
    assert [one.accepted for one in client.books.sign_ins] == [True]


def test_the_bundle_sign_in_tells_user_and_tenant(begin: Begin, connect: Connect) -> None:
    client = connect(begin(), sign_in=False)
    body = {"username": "kim", "password": client.served.secret}
    reply = client.http.post(
        "/bl-users/login-with-expiry?expandPermissions=true&fullPermissions=true", json=body
    )
    assert reply.status_code == 201
    assert reply.json()["tenant"] == "diku"
    assert "accessTokenExpiration" in reply.json()["tokenExpiration"]


@pytest.mark.parametrize(
    ("platform", "status", "code"),
    [
        ("okapi", 422, "wrong.username.or.wrong.password.or.account.blocked"),
        ("eureka", 401, "unauthorized_error"),
    ],
)
def test_a_wrong_password_and_a_blocked_account_look_alike(
    begin: Begin, connect: Connect, platform: str, status: int, code: str
) -> None:
    client = connect(begin(platform=platform, lock_after=2), sign_in=False)
    for name in ("kim", "nobody", "kim"):
        reply = client.http.post(LOGIN, json={"username": name, "password": "wrong"})
        assert (reply.status_code, reply.json()["errors"][0]["code"]) == (status, code)
    assert client.sign_in().status_code == status


def test_a_sign_in_without_password_is_incomplete(begin: Begin, connect: Connect) -> None:
    client = connect(begin(), sign_in=False)
    reply = client.http.post(LOGIN, json={"username": "kim"})
    assert (reply.status_code, reply.headers["content-type"][:10]) == (400, "text/plain")
    reply = client.http.post("/bl-users/login-with-expiry", json={"username": "kim"})
    assert (reply.status_code, reply.text) == (400, "Improperly formatted request")
    eureka = connect(begin(platform="eureka"), sign_in=False)
    reply = eureka.http.post(LOGIN, json={"username": "kim"})
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (400, "validation_error")


def test_legacy_sign_in_is_off_on_okapi_unless_asked_for(begin: Begin, connect: Connect) -> None:
    new = connect(begin(), sign_in=False)
    body = {"username": "kim", "password": new.served.secret}
    for path in ("/authn/login", "/bl-users/login"):
        reply = new.http.post(path, json=body)
        assert (reply.status_code, reply.text) == (404, "Not found")
    old = connect(begin(legacy=True, expiry=False), sign_in=False)
    assert old.sign_in().status_code == 404
    body["password"] = old.served.secret
    reply = old.http.post("/authn/login", json=body)
    assert reply.status_code == 201
    assert reply.headers["x-okapi-token"] == reply.json()["okapiToken"]
    assert reply.headers.get_list("set-cookie") == []
    token = {"X-Okapi-Token": reply.headers["x-okapi-token"]}
    assert old.http.get(LIST, headers=token).status_code == 200


def test_legacy_sign_in_on_eureka_answers_with_cookies(begin: Begin, connect: Connect) -> None:
    client = connect(begin(platform="eureka"), sign_in=False)
    body = {"username": "kim", "password": client.served.secret}
    reply = client.http.post("/authn/login", json=body)
    assert reply.status_code == 201
    assert "x-okapi-token" not in reply.headers
    assert cookies(reply)["folioAccessToken"] == reply.json()["okapiToken"]


def test_tokens_expire_and_a_refresh_replaces_both(begin: Begin, connect: Connect) -> None:
    client = connect(begin(token_seconds=1.5))
    first = client.refresh_token
    assert client.http.get(LIST).status_code == 200
    time.sleep(1.55)
    assert client.http.get(LIST).status_code == 401
    assert renew(client) == (201, "")
    assert client.http.get(LIST).status_code == 200
    assert client.refresh_token != first
    assert client.books.refreshes == [True]


def test_a_used_refresh_token_signs_the_user_out_everywhere(begin: Begin, connect: Connect) -> None:
    box = begin()
    client, elsewhere = connect(box), connect(box)
    used = client.refresh_token
    assert renew(client)[0] == 201
    assert renew(client, used) == (422, "token.refresh.unprocessable")
    assert client.http.get(LIST).status_code == 401
    assert elsewhere.http.get(LIST).status_code == 401
    assert renew(elsewhere) == (422, "token.refresh.unprocessable")


def test_a_refresh_needs_its_cookie(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    reply = client.http.post("/authn/refresh")
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (400, "token.parse.failure")


def test_signing_out_ends_one_session_or_all(begin: Begin, connect: Connect) -> None:
    box = begin()
    one, two, three = connect(box), connect(box), connect(box)
    cookie = {"Cookie": f"folioRefreshToken={one.refresh_token}"}
    reply = one.http.post("/authn/logout", headers=cookie)
    assert reply.status_code == 204
    assert set(cookies(reply).values()) == {""}
    assert one.http.get(LIST).status_code == 401
    assert two.http.get(LIST).status_code == 200
    assert two.http.post("/authn/logout").status_code == 204
    assert three.http.get(LIST).status_code == 401
    reply = three.http.post("/authn/logout")
    code = reply.json()["errors"][0]["code"]
    assert (reply.status_code, code) == (422, "token.logout.unprocessable")
    assert one.books.sign_outs == ["session", "all"]


def test_signing_out_everywhere_ends_every_session(begin: Begin, connect: Connect) -> None:
    box = begin()
    one, two = connect(box), connect(box)
    assert one.http.post("/authn/logout-all").status_code == 204
    assert two.http.get(LIST).status_code == 401


def test_a_sign_out_with_an_expired_token_spends_the_refresh_token(
    begin: Begin, connect: Connect
) -> None:
    client = connect(begin(token_seconds=0.1))
    time.sleep(0.15)
    cookie = {"Cookie": f"folioRefreshToken={client.refresh_token}"}
    assert client.http.post("/authn/logout", headers=cookie).status_code == 422
    assert renew(client)[0] == 422
