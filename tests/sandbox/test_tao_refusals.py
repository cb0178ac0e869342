"""What the portal refuses, in every shape its answers have."""

import socket
import time
import zipfile
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.sandbox.tao_client import (
    DOWNLOAD,
    LOST,
    NOT_FOUND,
    STATUS,
    TOKEN,
    UPLOAD,
    Client,
    Open,
    good,
    until,
    users,
)

MULTIPART = "multipart/form-data; boundary=b7f1"
UNKNOWN_ID = "0b6a4c1e-5c0f-4b52-a6a5-0d5a3b1f0c11"


def zipped(**entries: bytes) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name.replace("_", "."), content)
    return buffer.getvalue()


def test_it_names_what_to_connect_with(tao: Open) -> None:
    served = tao(sign_in=False).served
    assert served.fields == {
        "url": served.url,
        "client_id": "longshore-sandbox",
        "paths": "advance",
        "token_encoding": "auto",
    }
    assert served.secret
    assert served.secret not in repr(served)


@pytest.mark.parametrize(
    ("paths", "token", "upload", "status", "download"),
    [
        ("advance", TOKEN, UPLOAD, STATUS + "{}", DOWNLOAD + "{}"),
        (
            "advance-short",
            "/api/v1/oauth2/tokens",
            "/api/v1/upload",
            "/api/v1/status/{}",
            "/api/v1/download/{}",
        ),
        (
            "custom",
            "/connect/oauth2/token",
            "/rostering/files",
            "/rostering/files/{}/state",
            "/rostering/files/{}/result",
        ),
    ],
)
def test_each_profile_has_its_paths_and_no_others(
    tao: Open, paths: str, token: str, upload: str, status: str, download: str
) -> None:
    client = tao(sign_in=False, paths=paths, prefix="/tenant-a", visible_after=0)
    assert client.served.url.endswith("/tenant-a")
    if paths == "custom":
        fields = client.served.fields
        assert fields["token_url"] == "{base}" + token
        assert fields["upload_url"] == "{base}" + upload
        assert fields["status_url"] == "{base}" + status.replace("{}", "{referenceId}")
        assert fields["download_url"] == "{base}" + download.replace("{}", "{referenceId}")
    granted = client.token(path=token).json()["access_token"]
    client.http.headers["Authorization"] = f"Bearer {granted}"
    reference = client.upload(good(), path=upload).json()["result"]["referenceId"]
    until(
        lambda: client.http.get(status.format(reference)).json()["result"]["status"] == "processed"
    )
    assert "signedUrl" in client.http.get(download.format(reference)).json()
    wrong = {TOKEN, "/api/v1/oauth2/tokens"} - {token}
    for path in wrong:
        assert client.token(path=path).status_code in (404, 405)
    for path in {STATUS, "/api/v1/status/"} - {status.removesuffix("{}")}:
        reply = client.http.get(path + UNKNOWN_ID)
        assert (reply.status_code, reply.headers["content-type"][:9]) == (404, "text/html")
    assert client.http.get(upload).status_code == 405
    outside = client.served.url.removesuffix("/tenant-a") + status.format(reference)
    assert client.http.get(outside).status_code == 404


def test_token_and_api_may_have_paths_of_different_form(tao: Open) -> None:
    client = tao(sign_in=False, token_paths="advance-short")
    assert client.token().status_code == 404
    assert client.token(path="/api/v1/oauth2/tokens").status_code == 200


@pytest.mark.parametrize("unknown", ["page", "empty", "json"])
def test_wrong_paths_look_unlike_unknown_references(tao: Open, unknown: str) -> None:
    client = tao(unknown_path=unknown)
    wrong = client.http.get("/api/v1/status/" + UNKNOWN_ID)
    right = client.status(UNKNOWN_ID)
    assert (wrong.status_code, right.status_code) == (404, 404)
    assert right.json() == {"message": NOT_FOUND}
    assert "eference" not in wrong.text
    assert (wrong.content == b"") is (unknown == "empty")
    page = client.http.get("/")
    assert (page.status_code, "TAO Portal" in page.text) == (200, True)
    assert client.http.post("/").status_code == 405


def test_ids_may_be_checked_by_form(tao: Open) -> None:
    client = tao(strict_ids=True)
    reply = client.status("12345")
    assert reply.status_code == 400
    assert reply.json() == {"error": {"message": "Reference ID must be a valid UUID."}}
    assert client.status(UNKNOWN_ID).status_code == 404


@pytest.mark.parametrize("encoding", ["multipart", "urlencoded", "json"])
def test_each_encoding_of_the_token_call_alone(tao: Open, encoding: str) -> None:
    client = tao(sign_in=False, encodings=(encoding,))
    for other in ("multipart", "urlencoded", "json"):
        reply = client.token(other)
        if other == encoding:
            assert reply.status_code == 200
            assert reply.headers["cache-control"] == "no-store"
        else:
            assert reply.status_code == 400
            assert reply.json()["error"] == "unsupported_grant_type"
    assert [(one.encoding, one.accepted) for one in client.books.sign_ins] == [
        (other, other == encoding) for other in ("multipart", "urlencoded", "json")
    ]


@pytest.mark.parametrize(
    ("how", "status", "error"),
    [("invalid_request", 400, "invalid_request"), ("415", 415, None), ("422", 422, None)],
)
def test_an_encoding_is_refused_in_several_ways(
    tao: Open, how: str, status: int, error: str | None
) -> None:
    client = tao(sign_in=False, encodings=("urlencoded",), encoding_refusal=how)
    reply = client.token("multipart")
    assert (reply.status_code, reply.json().get("error")) == (status, error)
    assert client.token("urlencoded").status_code == 200


def test_a_form_without_boundary_has_no_fields(tao: Open) -> None:
    client = tao(sign_in=False)
    headers = {"Content-Type": "multipart/form-data"}
    body = b'--x\r\nContent-Disposition: form-data; name="grant_type"\r\n\r\na\r\n--x--\r\n'
    reply = client.http.post(TOKEN, content=body, headers=headers)
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")
    client.sign_in()
    reply = client.http.post(UPLOAD, content=body, headers=headers)
    assert (reply.status_code, "No file" in reply.json()["message"]) == (400, True)


@pytest.mark.parametrize(
    ("values", "status", "error"),
    [
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_id": "wrong"}, 401, "invalid_client"),
        ({"client_id": '"longshore-sandbox"'}, 401, "invalid_client"),
        ({"client_secret": ""}, 400, "invalid_request"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": '"client_credentials"'}, 400, "unsupported_grant_type"),
        ({"scope": "everything"}, 400, "invalid_scope"),
    ],
)
def test_a_token_call_is_refused(
    tao: Open, values: dict[str, str], status: int, error: str
) -> None:
    client = tao(sign_in=False)
    for encoding in ("multipart", "urlencoded"):
        reply = client.token(encoding, **values)
        assert (reply.status_code, reply.json()["error"]) == (status, error)
    assert [one.error for one in client.books.sign_ins] == [error] * 2
    assert client.token(scope="rostering").status_code == 200
    assert tao(sign_in=False, wrong_client=400).token(client_secret="x").status_code == 400


def test_client_authentication_comes_one_way_only(tao: Open) -> None:
    client = tao(sign_in=False)
    reply = client.http.post(TOKEN, data=client.values(), auth=("longshore-sandbox", "x"))
    assert (reply.status_code, reply.json()["error"]) == (400, "invalid_request")
    assert client.http.get(TOKEN).status_code == 405
    reply = client.http.post(TOKEN, content=b"[1]", headers={"Content-Type": "application/json"})
    assert reply.status_code == 400


@pytest.mark.parametrize(
    ("options", "wanted"),
    [
        ({}, {"token_type": "Bearer", "expires_in": 3600, "scope": "rostering"}),
        ({"expires_in": "text"}, {"expires_in": "3600"}),
        ({"expires_in": "missing"}, {"expires_in": None, "expires": None}),
        ({"scope": None, "token_type": None}, {"scope": None, "token_type": None}),
        ({"token_seconds": 5.0, "token_type": "bearer"}, {"expires_in": 5, "token_type": "bearer"}),
    ],
)
def test_a_token_is_described_in_several_ways(
    tao: Open, options: dict[str, Any], wanted: dict[str, Any]
) -> None:
    granted = tao(sign_in=False, **options).token().json()
    assert {name: granted.get(name) for name in wanted} == wanted


def test_a_token_may_tell_its_end_itself(tao: Open) -> None:
    client = tao(sign_in=False, expires_in="epoch", jwt=True, token_status=201)
    reply = client.token()
    assert reply.status_code == 201
    assert abs(reply.json()["expires"] - time.time() - 3600) < 5
    assert reply.json()["access_token"].count(".") == 2


@pytest.mark.parametrize("shape", ["text", "string", "object"])
def test_without_a_good_token_there_is_401(tao: Open, shape: str) -> None:
    client = tao(sign_in=False, refusal_401=shape, token_seconds=1.5)
    for reply in (
        client.status(UNKNOWN_ID),
        client.upload(good()),
        client.http.get(DOWNLOAD + "1"),
    ):
        assert reply.status_code == 401
        expected = {
            "text": "Access Denied",
            "string": '"Access Denied"',
            "object": '{"message":"Access Denied"}',
        }[shape]
        assert reply.text == expected
    client.sign_in()
    assert client.status(UNKNOWN_ID).status_code == 404
    time.sleep(1.55)
    assert client.status(UNKNOWN_ID).status_code == 401
    client.http.headers["Authorization"] = "Basic eA=="
    assert client.status(UNKNOWN_ID).status_code == 401


def test_rights_may_lack_for_single_calls(tao: Open) -> None:
    client = tao(deny=("upload", "download"))
    assert client.upload(good()).status_code == 403
    assert client.http.get(DOWNLOAD + UNKNOWN_ID).status_code == 403
    assert client.status(UNKNOWN_ID).status_code == 404
    assert client.books.imports == {}


def test_credentials_in_addresses_are_noted(tao: Open) -> None:
    client = tao()
    client.http.get(STATUS + UNKNOWN_ID, params={"access_token": "x"})
    assert client.books.leaks == [f"GET {STATUS}{UNKNOWN_ID}: access_token in the address"]


@pytest.mark.parametrize(
    ("content", "name", "words"),
    [
        (b"", "users.csv", "is empty"),
        (b"\r\n \r\n", "users.csv", "is empty"),
        (good(), "users.txt", "extension is not allowed"),
        (good(), "users.zip", "extension is not allowed"),
        (good(), "users", "extension is not allowed"),
        (users("kim,Kim"), "users.csv", "Row 2: expected 4 columns, got 2 columns."),
        (b"user_username,user_username\na,b\n", "users.csv", "unique string names"),
        (b"user_username,\na,b\n", "users.csv", "unique string names"),
        ("user_username\ngr\u00f6\u00dfe\n".encode("latin-1"), "users.csv", "not valid UTF-8"),
        (good(21), "users.csv", "more than 20 records"),
        (b"user_username\n" + b"x" * 3000, "users.csv", "maximum size is 2000 bytes"),
    ],
)
def test_files_are_refused_as_a_whole(tao: Open, content: bytes, name: str, words: str) -> None:
    for shape in ("message", "error", "problem"):
        client = tao(error_shape=shape, record_limit=20, size_limit=2000)
        reply = client.upload(content, name)
        assert reply.status_code == 400, reply.text
        body = reply.json()
        said = body["error"]["message"] if shape == "error" else body.get("message", "")
        said = said or body["detail"]
        assert words in said
        assert client.books.imports == {}
        assert client.books.uploads[0].outcome == "refused"


def test_forms_without_the_one_file_are_refused(tao: Open) -> None:
    client = tao()
    two = [("file", ("a.csv", good())), ("file", ("b.csv", good()))]
    for reply, status in (
        (client.upload(good(), part="upload"), 400),
        (client.http.post(UPLOAD, files={"file": (None, "text")}), 400),
        (client.http.post(UPLOAD, files=two), 400),
        (client.http.post(UPLOAD, content=b"--b7f1", headers={"Content-Type": MULTIPART}), 400),
        (client.http.post(UPLOAD, content=good(), headers={"Content-Type": "text/csv"}), 415),
        (client.http.post(UPLOAD, json={}), 415),
    ):
        assert reply.status_code == status
    other = client.http.post(UPLOAD, files=[("file", ("a.csv", good())), ("x", ("b", b"y"))])
    assert other.status_code == 200
    assert tao(chunked=False).http.post(
        UPLOAD, content=iter([b"x"]), headers={"Content-Type": MULTIPART}
    ).status_code in (401, 411)


def test_archives_are_taken_where_they_are(tao: Open) -> None:
    client = tao(zip=True)
    reference = client.sent(zipped(users_csv=good(3)), "users.ZIP")
    assert client.ended(reference)["fileLine"] == 3
    for content, words in (
        (zipped(a_csv=good(), b_csv=good()), "exactly one file"),
        (zipped(a_txt=good()), "exactly one file"),
        (b"PK not an archive", "cannot be read"),
    ):
        reply = client.upload(content, "users.zip")
        assert (reply.status_code, words in reply.json()["message"]) == (400, True)
    small = tao(zip=True, size_limit=1000)
    reply = small.upload(zipped(users_csv=b"user_username\n" * 200), "users.zip")
    assert "maximum size" in reply.json()["message"]


def test_a_proxy_refuses_a_large_body_before_it_came(tao: Open) -> None:
    client = tao(body_limit=100_000)
    parts = urlsplit(client.served.url)
    head = (
        f"POST {UPLOAD} HTTP/1.1\r\nHost: {parts.netloc}\r\nContent-Type: {MULTIPART}\r\n"
        "Content-Length: 5000000\r\n\r\n"
    )
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as line:
        line.sendall(head.encode())
        answer = b""
        while block := line.recv(65_536):
            answer += block
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b"<title>413" in answer
    assert client.upload(good()).status_code == 200


def test_an_early_401_ends_the_connection(tao: Open) -> None:
    client = tao(sign_in=False, swallow=100_000)
    sent = 0

    def body() -> Any:
        nonlocal sent
        for _ in range(2000):
            sent += 65_536
            yield bytes(65_536)

    headers = {"Content-Type": MULTIPART, "Content-Length": str(2000 * 65_536)}
    try:
        reply = client.http.post(UPLOAD, content=body(), headers=headers)
        assert (reply.status_code, reply.text) == (401, "Access Denied")
    except LOST:
        pass
    assert sent < 2000 * 65_536
    client.sign_in()
    assert client.upload(good()).status_code == 200


def test_a_busy_portal_says_when_in_three_ways(tao: Open) -> None:
    for how in ("seconds", "date", "epoch"):
        client = tao(busy_uploads=1, retry_after=how)
        reply = client.upload(good())
        assert reply.status_code == 429
        value = reply.headers["retry-after"]
        if how == "seconds":
            assert value == "1"
        else:
            when = (
                datetime.fromtimestamp(int(value), UTC)
                if how == "epoch"
                else parsedate_to_datetime(value)
            )
            assert 0 < when.timestamp() - time.time() <= 3
        assert client.upload(good()).status_code == 200
        assert len(client.books.imports) == 1


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_everything_may_have_moved(tao: Open, status: int) -> None:
    client = tao(sign_in=False, redirect=status)
    reply = client.token()
    assert reply.status_code == status
    target = reply.headers["location"]
    assert target == f"{client.served.url}/moved{TOKEN}"
    assert httpx2.post(target, data=client.values(), trust_env=False).status_code == 200
    assert client.http.get(STATUS + "1").headers["location"].endswith(f"/moved{STATUS}1")
    foreign = tao(sign_in=False, redirect=status, redirect_to="foreign")
    assert urlsplit(foreign.upload(good()).headers["location"]).hostname == "moved.invalid"


@pytest.mark.parametrize(
    ("options", "found"),
    [
        ({}, lambda body: body["result"]["referenceId"]),
        ({"reply": "flat", "upload_status": 201}, lambda body: body["referenceId"]),
        ({"reply": "data", "upload_status": 202}, lambda body: body["data"]["referenceId"]),
        ({"reply": "wrapped-snake"}, lambda body: body["result"]["reference_id"]),
        ({"reply": "snake", "reference": "number"}, lambda body: body["reference_id"]),
        ({"reference": "number"}, lambda body: body["result"]["referenceId"]),
    ],
)
def test_an_upload_is_answered_in_every_shape(
    tao: Open, options: dict[str, Any], found: Any
) -> None:
    client = tao(**options)
    reply = client.upload(good())
    assert reply.status_code == options.get("upload_status", 200)
    reference = found(reply.json())
    assert isinstance(reference, int) is (options.get("reference") == "number")
    assert client.ended(str(reference))["status"] == "processed"


def test_an_upload_may_be_answered_without_a_reference(tao: Open) -> None:
    client = tao(reply="none")
    reply = client.upload(good())
    assert (reply.status_code, "eference" in reply.text) == (200, False)
    assert len(client.books.imports) == 1


def test_a_client_reads_its_own_reference_only_after_a_while(tao: Open) -> None:
    client = tao(visible_after=0.3)
    reference = client.sent(good())
    reply = client.status(reference)
    assert (reply.status_code, reply.json()) == (404, {"message": NOT_FOUND})
    assert client.ended(reference)["status"] == "processed"


def play(client: Client, steps: int) -> list[Any]:
    reference = client.sent(good())
    time.sleep(0.05)
    answers = []
    for _ in range(steps):
        reply = client.status(reference)
        kind = reply.headers.get("content-type", "").partition(";")[0]
        word = reply.json()["result"]["status"] if reply.status_code == 200 else kind
        answers.append((reply.status_code, word))
    return answers


def test_status_answers_follow_a_script(tao: Open) -> None:
    script = ("404", "html", "empty", "500", "400", "401", "403", "429", "503")
    client = tao(sequence=(*script, "pending", "polishing", "failed", "processing", "processed"))
    assert play(client, 15) == [
        (404, "application/json"),
        (404, "text/html"),
        (404, ""),
        (500, "application/json"),
        (400, "application/json"),
        (401, "text/plain"),
        (403, "application/json"),
        (429, "application/json"),
        (503, "text/html"),
        (200, "pending"),
        (200, "polishing"),
        (200, "failed"),
        (200, "processing"),
        (200, "processed"),
        (200, "processed"),
    ]


def test_members_of_a_status_come_in_every_shape(tao: Open) -> None:
    def result(**options: Any) -> Any:
        client = tao(sequence=("failed",), visible_after=0, **options)
        reference = client.sent(good())
        until(lambda: client.books.imports[reference].ended)
        body = client.status(reference).json()
        return body if options.get("top_level") else body["result"]

    mismatch = "Global import error: header mismatch"
    assert result() == {"status": "failed", "fileLine": 2, "messages": [mismatch]}
    assert result(messages="text")["messages"] == mismatch
    assert result(messages="null")["messages"] is None
    assert result(messages="objects")["messages"] == [{"message": mismatch}]
    assert result(file_line="text")["fileLine"] == "2"
    assert result(file_line="negative")["fileLine"] == -1
    assert "fileLine" not in result(file_line="missing")
    assert result(top_level=True)["status"] == "failed"
