"""Passwords and tokens: made, limited, listed, revoked, expired, locked out."""

import re
import time
from datetime import UTC, datetime, timedelta

import pytest

from tests.sandbox.ssc_client import API, SHOP, Open, basic, encoded, fpr, local

UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def day(days: float) -> str:
    when = datetime.now(UTC) + timedelta(days=days)
    return when.isoformat(timespec="milliseconds")


def test_it_offers_a_pasted_token_or_a_password(ssc: Open) -> None:
    served = ssc().served
    assert served.fields == {"url": served.url, "auth": "token"}
    assert UUID.fullmatch(served.secret)
    assert len(encoded(served.secret)) == 48
    assert served.secret not in repr(served)
    served = ssc(auth="password").served
    assert served.fields == {"url": served.url, "auth": "password", "username": "joan"}
    assert served.secret == served.books.password


def test_a_password_makes_a_token_that_can_be_revoked(ssc: Open) -> None:
    client = ssc()
    reply = client.token(description="Desktop uploader", terminalDate=day(1))
    assert (reply.status_code, reply.json()["responseCode"]) == (201, 201)
    made = reply.json()["data"]
    assert re.fullmatch(r"[A-Za-z0-9]{48}", made["token"])
    assert (made["username"], made["remainingUsages"]) == ("joan", -1)
    client.use(made["token"])
    info = client.post("/userSession/info", "").json()["data"]
    assert (info["username"], info["webappVersion"]) == ("joan", "25.2.0.0151")
    data = client.post("/userSession/tokenData", {}).json()["data"]
    assert data["type"] == "UnifiedLoginToken"
    assert data["terminalDate"] == made["terminalDate"]
    rows = client.http.get(f"{API}/tokens", headers=client.password).json()["data"]
    assert {row["type"]: row["token"] for row in rows} == {
        "CIToken": None,
        "UnifiedLoginToken": None,
    }
    assert client.post("/tokens/action/revoke", {"tokens": [made["token"]]}).status_code == 200
    assert client.get("/features").status_code == 401
    assert [one.revoked for one in client.books.tokens] == [False, True]


def test_tokens_are_changed_and_deleted_by_id(ssc: Open) -> None:
    client = ssc()
    ids = [client.token().json()["data"]["id"] for _ in range(3)]
    http, headers = client.http, client.password
    body = {"description": "renamed", "terminalDate": day(1)}
    changed = http.put(f"{API}/tokens/{ids[0]}", json=body, headers=headers).json()["data"]
    assert changed["description"] == "renamed"
    assert http.delete(f"{API}/tokens/{ids[0]}", headers=headers).status_code == 200
    assert http.delete(f"{API}/tokens/{ids[0]}", headers=headers).status_code == 404
    assert http.delete(f"{API}/tokens", headers=headers).status_code == 400
    listed = {"ids": f"{ids[1]},{ids[2]}"}
    assert http.delete(f"{API}/tokens", params=listed, headers=headers).status_code == 200
    assert client.get("/features").status_code == 200
    assert http.delete(f"{API}/tokens", params={"all": "true"}, headers=headers).status_code == 200
    assert client.get("/features").status_code == 401


@pytest.mark.parametrize(
    "body",
    [
        {"type": "NoSuchToken"},
        {"type": "UnifiedLoginToken", "terminalDate": day(-1)},
        {"type": "UnifiedLoginToken", "terminalDate": day(400)},
        {"type": "UnifiedLoginToken", "terminalDate": "soon"},
        {},
    ],
)
def test_a_token_has_a_known_type_and_a_life_within_it(ssc: Open, body: dict[str, str]) -> None:
    client = ssc()
    reply = client.post("/tokens", body, **client.password)
    assert (reply.status_code, reply.json()["responseCode"]) == (400, 400)


def test_there_is_a_most_of_tokens(ssc: Open) -> None:
    client = ssc(most_tokens=3)
    assert [client.token().status_code for _ in range(3)] == [201, 201, 400]
    rows = client.http.get(f"{API}/tokens", headers=client.password).json()["data"]
    number = rows[-1]["id"]
    assert client.http.delete(f"{API}/tokens/{number}", headers=client.password).status_code == 200
    assert client.token().status_code == 201


def test_three_wrong_passwords_lock_the_account(ssc: Open) -> None:
    client = ssc()
    wrong = basic(client.books.username, "wrong")
    body = {"type": "UnifiedLoginToken"}
    for _ in range(2):
        assert client.post("/tokens", body, **wrong).status_code == 401
    assert client.token().status_code == 201
    for _ in range(3):
        assert client.post("/tokens", body, **wrong).status_code == 401
    assert client.token().status_code == 401
    assert [one.accepted for one in client.books.sign_ins] == [False] * 2 + [True] + [False] * 4
    assert client.books.sign_ins[-1].locked
    # Tokens made before go on.
    assert client.get("/features").status_code == 200
    nobody = basic("nobody", client.books.password)
    assert client.post("/tokens", body, **nobody).status_code == 401


def test_passwords_and_tokens_have_their_own_doors(ssc: Open) -> None:
    client = ssc()
    body = {"type": "UnifiedLoginToken"}
    assert client.post("/tokens", body).status_code == 401
    assert client.http.get(f"{API}/features", headers=client.password).status_code == 401
    assert client.http.get(f"{API}/tokenDefinitions", headers=client.password).status_code == 200
    assert client.get("/tokenDefinitions").status_code == 200
    upload = {"fileTokenType": "UPLOAD"}
    assert client.post("/fileTokens", upload, **client.password).status_code == 201


def test_tokens_expire(ssc: Open) -> None:
    client = ssc(token_seconds=1.5)
    assert client.get("/features").status_code == 200
    time.sleep(1.55)
    assert client.get("/features").status_code == 401
    client.take("UnifiedLoginToken")
    assert client.get("/features").status_code == 200


def test_a_narrow_token_may_send_and_not_look(ssc: Open) -> None:
    client = ssc(token_type="AnalysisUploadToken")
    assert client.get("/projectVersions", limit=1, fields="id").status_code == 200
    assert client.get("/features").status_code == 403
    made = client.sent(fpr())
    for path in (f"/artifacts/{made['id']}", f"/projectVersions/{SHOP}/artifacts", "/jobs"):
        assert client.get(path).status_code == 403
    assert local(client.transfer(fpr(), entityId=SHOP).text, "code") == "-10001"
    assert client.post("/fileTokens", {"fileTokenType": "DOWNLOAD"}).status_code == 403
    client.take("AuditToken")
    assert client.rest(fpr()).status_code == 403
    assert client.post("/fileTokens", {"fileTokenType": "UPLOAD"}).status_code == 403
    assert client.get(f"/artifacts/{made['id']}").status_code == 200
    client = ssc(deny=("fileToken.create",))
    assert client.post("/fileTokens", {"fileTokenType": "UPLOAD"}).status_code == 403
    assert client.rest(fpr()).status_code == 201


def test_older_releases_know_less(ssc: Open) -> None:
    client = ssc(release="23.1")
    assert client.post("/userSession/tokenData", {}).status_code == 404
    token = {"tokens": [encoded(client.books.pasted_token)]}
    assert client.post("/tokens/action/revoke", token).status_code == 401
    assert client.token("AutomationToken").status_code == 400
    reply = client.post("/tokens/action/revoke", token, **client.password)
    assert reply.status_code == 200
    assert client.get("/features").status_code == 401
    made = ssc(release="18.20").token().json()["data"]
    assert made["creationDate"].endswith("+0000")


def test_tokens_of_another_are_out_of_reach(ssc: Open) -> None:
    client = ssc()
    ada = basic("ada", client.books.password)
    body = {"tokens": [encoded(client.books.pasted_token)]}
    assert client.post("/tokens/action/revoke", body, **ada).status_code == 403
    mine = client.books.tokens[0].id
    assert client.http.delete(f"{API}/tokens/{mine}", headers=ada).status_code == 404
    assert client.post("/tokens/action/revoke", {"tokens": []}, **ada).status_code == 400
