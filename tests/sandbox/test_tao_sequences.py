"""Whole deliveries to TAO Advance, request by request, and the faults on their way."""

import csv
import hashlib
import io
import json
import threading
import time
from pathlib import Path

import httpx2
import pytest

from app.sandbox import Fault
from tests.sandbox.tao_client import (
    LOST,
    NOT_FOUND,
    PASSWORD,
    STATUS,
    UPLOAD,
    Open,
    good,
    until,
    users,
)


def test_the_flow_of_the_status_page(tao: Open) -> None:
    """A token by form, the status by reference, and all four answers that are errors."""
    client = tao(sign_in=False, visible_after=0, pace=5, records_per_second=5)
    base = client.served.url
    with httpx2.Client(trust_env=False) as http:
        form = {
            "grant_type": (None, "client_credentials"),
            "client_id": (None, client.served.fields["client_id"]),
            "client_secret": (None, client.served.secret),
        }
        reply = http.post(f"{base}/api/v1/upload/v1/oauth2/tokens", files=form)
        assert reply.status_code == 200
        granted = reply.json()
        assert (granted["token_type"], granted["expires_in"]) == ("Bearer", 3600)
        assert granted["scope"] == "rostering"
        bearer = {"Authorization": f"Bearer {granted['access_token']}"}

        reply = http.post(
            f"{base}/api/v1/upload/api/v1/upload",
            headers=bearer,
            files={"file": ("users.csv", good(), "text/csv")},
        )
        assert reply.status_code == 200
        reference = reply.json()["result"]["referenceId"]

        address = f"{base}/api/v1/upload/api/v1/status/{reference}"
        seen = []

        def done() -> bool:
            result = http.get(address, headers=bearer).json()["result"]
            assert set(result) == {"status", "fileLine", "messages"}
            seen.append(result["status"])
            return result["status"] == "processed"

        until(done)
        assert list(dict.fromkeys(seen)) == ["pending", "processing", "processed"]
        result = http.get(address, headers=bearer).json()["result"]
        assert result == {"status": "processed", "fileLine": 2, "messages": []}

        # 401, in plain text.
        reply = http.get(address)
        assert (reply.status_code, reply.text) == (401, "Access Denied")
        assert reply.headers["content-type"].startswith("text/plain")
        # 404.
        reply = http.get(f"{base}/api/v1/upload/api/v1/status/12345", headers=bearer)
        assert (reply.status_code, reply.json()) == (404, {"message": NOT_FOUND})

    # 403.
    client = tao(scope="results")
    reply = client.status("12345")
    assert (reply.status_code, reply.json()) == (403, {"message": "Insufficient scope"})
    # 500.
    client = tao(sequence=("500", "processed"))
    reference = client.sent(good())
    time.sleep(0.05)
    reply = client.status(reference)
    assert reply.status_code == 500
    assert reply.json()["message"].startswith("Unable to read the state")
    assert client.status(reference).json()["result"]["status"] == "processed"


def test_a_file_is_imported_and_its_result_fetched_as_a_stranger(tao: Open) -> None:
    client = tao()
    content = users(
        f"kim,Kim Ito,{PASSWORD},TRUE",
        "lee,Lee Moss,,TRUE",
        f",Nobody,{PASSWORD},TRUE",
        f"kim,Kim again,{PASSWORD},TRUE",
    )
    reference = client.sent(content)
    ended = client.ended(reference)
    # Failed rows do not make a failed import, nor a message.
    assert ended == {"status": "processed", "fileLine": 4, "messages": []}
    rows = client.rows(reference)
    assert [(row["status"], row["errorType"], row["errorCode"]) for row in rows] == [
        ("processed", "", ""),
        ("400", "error", "validation.fieldError"),
        ("400", "error", "validation.fieldError"),
        ("400", "error", "validation.fieldError"),
    ]
    assert [row["errorMessage"] for row in rows] == [
        "",
        "user_password: This value should not be blank.",
        "user_username: This value should not be blank.",
        "user_username: kim occurs more than once in this file.",
    ]
    # The result echoes what was sent, passwords included.
    assert rows[0]["user_password"] == PASSWORD
    assert client.books.users == {
        "kim": {
            "user_username": "kim",
            "user_name": "Kim Ito",
            "user_password": "***",
            "user_active": "TRUE",
        }
    }
    [upload] = client.books.uploads
    assert (upload.outcome, upload.part, upload.part_type) == ("taken", "file", "text/csv")
    assert (upload.name, upload.size) == ("users.csv", len(content))
    assert upload.sha256 == hashlib.sha256(content).hexdigest()
    seen = client.books.imports[reference]
    assert (seen.kind, seen.lines, seen.failed) == ("users", 4, 3)
    assert seen.statuses == ("pending", "processing", "processed")
    assert client.books.leaks == []


def test_a_signed_address_takes_no_credentials_and_expires(tao: Open) -> None:
    client = tao(url_seconds=1.0)
    reference = client.sent(good())
    client.ended(reference)
    url = client.signed(reference)
    assert not url.startswith(client.served.url)
    reply = client.http.get(url)
    assert (reply.status_code, "Only one auth mechanism" in reply.text) == (400, True)
    assert client.books.leaks == [
        f"GET /rostering-results/{reference}/output.csv: authorization",
    ]
    with httpx2.Client(trust_env=False) as http:
        assert http.get(url).headers["content-type"].startswith("text/csv")
        assert http.get(url + "0").status_code == 403
        assert http.get(url.partition("?")[0]).status_code == 403
        assert http.post(url).status_code == 405
        time.sleep(1.05)
        late = http.get(url)
        assert (late.status_code, "Request has expired" in late.text) == (403, True)
        assert http.get(client.signed(reference)).status_code == 200
    assert [status for _, status in client.books.downloads] == [400, 200, 403, 403, 405, 403, 200]


def test_there_is_no_result_before_the_end(tao: Open) -> None:
    client = tao(result_after=0.3)
    reference = client.sent(good())
    address = f"/api/v1/upload/api/v1/download/{reference}"
    assert client.http.get(address).status_code == 404
    client.ended(reference)
    reply = client.http.get(address)
    assert (reply.status_code, reply.json()) == (404, {"message": "The result is not available."})
    until(lambda: client.http.get(address).status_code == 200)
    unknown = client.http.get("/api/v1/upload/api/v1/download/12345")
    assert (unknown.status_code, unknown.json()["message"]) == (404, NOT_FOUND)


@pytest.mark.parametrize("how", ["signedUrl", "result", "url", "redirect", "body"])
def test_the_result_is_answered_in_every_way(tao: Open, how: str) -> None:
    client = tao(result_reply=how)
    reference = client.sent(good())
    client.ended(reference)
    reply = client.http.get(f"/api/v1/upload/api/v1/download/{reference}")
    if how == "body":
        assert reply.headers["content-type"].startswith("text/csv")
        assert reply.text.startswith("user_username,")
        return
    url = {
        "signedUrl": lambda: reply.json()["signedUrl"],
        "result": lambda: reply.json()["result"]["signedUrl"],
        "url": lambda: reply.json()["url"],
        "redirect": lambda: reply.headers["location"],
    }[how]()
    assert reply.status_code == (302 if how == "redirect" else 200)
    assert httpx2.get(url, trust_env=False).text.startswith("user_username,")


def test_a_lost_reply_means_the_import_goes_on(tao: Open) -> None:
    client = tao(faults=("lost-reply",))
    with pytest.raises(LOST):
        client.upload(good())
    until(lambda: len(client.books.users) == 2)
    [seen] = client.books.imports.values()
    assert seen.polls == 0
    assert client.upload(good()).status_code == 200
    assert len(client.books.imports) == 2


def test_a_cut_body_leaves_nothing(tao: Open) -> None:
    client = tao(faults=("cut-body",))
    with pytest.raises(LOST):
        client.upload(good(5000))
    until(
        lambda: client.books.uploads[0].outcome == "cut" and client.books.requests[-1].status == 0
    )
    assert client.books.imports == {}
    assert client.upload(good(5000)).status_code == 200


@pytest.mark.parametrize("kind", ["busy", "server-error", "nonsense"])
def test_passing_faults_do_nothing(tao: Open, kind: str) -> None:
    client = tao(faults=(Fault(kind, match=f"POST {UPLOAD}"), Fault(kind, match=f"GET {STATUS}*")))
    reply = client.upload(good())
    assert reply.status_code == {"busy": 429, "server-error": 503, "nonsense": 200}[kind]
    assert kind != "busy" or reply.headers["retry-after"] == "1"
    assert client.books.imports == {}
    reference = client.sent(good())
    time.sleep(0.05)
    assert client.status(reference).status_code == reply.status_code
    assert client.ended(reference)["status"] == "processed"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (401, "text/plain"),
        (403, "application/json"),
        (422, "application/json"),
        (500, "application/json"),
        (502, "text/html"),
        (504, "text/html"),
    ],
)
def test_any_status_can_be_asked_for(tao: Open, status: int, kind: str) -> None:
    client = tao(faults=(Fault("server-error", match=f"POST {UPLOAD}", status=status),))
    reply = client.upload(good())
    assert reply.status_code == status
    assert reply.headers["content-type"].startswith(kind)


def test_tokens_expire_in_the_middle_of_it(tao: Open) -> None:
    client = tao(faults=("expire-token",))
    reference = client.sent(good())
    assert client.status(reference).status_code == 401
    client.sign_in()
    assert client.ended(reference)["status"] == "processed"
    assert client.books.tokens_issued == 2


def test_jobs_fail_or_crawl_when_told(tao: Open) -> None:
    faults = (Fault("job-error", match="bad*"), Fault("slow-job", match="slow*"))
    client = tao(faults=faults, pace=20)
    slow = client.sent(good(), "slow.csv")
    assert client.failed(good(), "bad.csv").startswith("Global import error")
    assert client.ended(client.sent(good(), "good.csv"))["status"] == "processed"
    assert client.status(slow).json()["result"]["status"] == "pending"


def test_a_slow_server_takes_its_time(tao: Open) -> None:
    client = tao(faults=(Fault("slow", bytes_per_second=500_000),))
    began = time.monotonic()
    assert client.upload(good(4000)).status_code == 200
    assert time.monotonic() - began > 0.2


def test_several_uploads_at_once_are_kept_apart(tao: Open) -> None:
    client = tao()
    references: list[str] = []
    senders = [
        threading.Thread(
            target=lambda n=number: references.append(client.sent(good(n + 1), f"part-{n}.csv"))
        )
        for number in range(4)
    ]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join(10)
    lines = {client.books.imports[one].name: client.ended(one)["fileLine"] for one in references}
    assert lines == {f"part-{number}.csv": number + 1 for number in range(4)}
    assert client.books.tokens_issued == 1


def test_files_of_other_kinds_fail_with_a_reason(tao: Open, samples: Path) -> None:
    client = tao()
    # A `status`-less OneRoster file and others: none of their columns is the importer's.
    for path in sorted((samples / "tao" / "sds-v2.1").glob("*.csv")):
        content = path.read_bytes()
        assert client.failed(content, path.name) == "Global import error: header mismatch"
        assert client.books.uploads[-1].sha256 == hashlib.sha256(content).hexdigest()


def test_difficult_cells_are_read_as_their_publisher_expects(tao: Open, samples: Path) -> None:
    client = tao()
    for path in sorted((samples / "tao" / "csv-edge-cases").glob("*.csv")):
        expected = json.loads(
            (samples / f"tao/csv-edge-cases/expected/{path.stem}.json").read_text()
        )
        header, *_ = csv.reader(io.StringIO(path.read_text(encoding="utf-8")))
        # One column more makes it a file of users; every row is then refused, and echoed.
        rows = [{**row, "user_username": ""} for row in expected]
        text = io.StringIO()
        writer = csv.DictWriter(text, [*header, "user_username"])
        writer.writeheader()
        writer.writerows(rows)
        reference = client.sent(text.getvalue().encode())
        client.ended(reference)
        found = client.rows(reference)
        assert [{name: row[name].strip() for name in header} for row in found] == [
            {name: row[name].strip() for name in header} for row in expected
        ]
