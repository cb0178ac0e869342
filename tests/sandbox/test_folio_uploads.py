"""Bytes on the raw path and in storage: what is kept, what is refused, what is broken."""

import hashlib
import socket
import time
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.sandbox.client import BYTES, UPLOAD, Client, Json, marc, put, until
from tests.sandbox.conftest import Begin, Connect


def first_url(client: Client, name: str = "a1.mrc") -> Json:
    found: Json = client.http.get("/data-import/uploadUrl", params={"fileName": name}).json()
    return found


def code(reply: httpx2.Response) -> tuple[int, str]:
    return reply.status_code, reply.text.partition("<Code>")[2].partition("</Code>")[0]


def test_sending_a_file_again_appends(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    made = client.create("a1.mrc")
    assert client.raw(made, marc("One")).status_code == 200
    assert client.raw(made, marc("Two")).status_code == 200
    [seen] = client.books.files
    assert seen.appends == 2
    assert seen.sha256 == hashlib.sha256(marc("One") + marc("Two")).hexdigest()
    client.process(made)
    assert client.ended(made["metaJobExecutionId"])["progress"]["total"] == 2


def test_a_broken_connection_leaves_an_error_and_its_bytes(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    made = client.create("a1.mrc", "a2.mrc")
    file = made["fileDefinitions"][0]["id"]
    parts = urlsplit(client.served.url)
    head = (
        f"POST {UPLOAD}/{made['id']}/files/{file} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
        f"X-Okapi-Tenant: diku\r\nX-Okapi-Token: {client.http.headers['X-Okapi-Token']}\r\n"
        "Content-Type: application/octet-stream\r\nContent-Length: 1000\r\n\r\n"
    )
    with socket.create_connection((parts.hostname or "", parts.port or 0)) as line:
        line.sendall(head.encode() + b"x" * 10)
        until(lambda: client.books.files[0].status == "UPLOADING")
        assert client.definition(made["id"])["status"] == "NEW"
    until(lambda: client.books.files[0].status == "ERROR")
    assert client.definition(made["id"])["status"] == "NEW"
    assert client.books.files[0].size == 10
    assert until(lambda: [one for one in client.books.requests if one.status == 0])


def test_files_are_reordered_as_they_change(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    made = client.create("a1.mrc", "a2.mrc")
    after = client.raw(made, marc()).json()
    assert [file["name"] for file in after["fileDefinitions"]] == ["a2.mrc", "a1.mrc"]
    assert after["status"] == "IN_PROGRESS"


def test_unknown_definitions_and_files_are_told_apart(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    made = client.create("a1.mrc")
    reply = client.http.post(f"{UPLOAD}/{made['id']}/files/nope", content=b"", headers=BYTES)
    assert (reply.status_code, reply.text) == (
        404,
        "FileDefinition not found. FileDefinition ID: nope",
    )
    reply = client.http.post(f"{UPLOAD}/nope/files/nope", content=b"", headers=BYTES)
    assert (reply.status_code, reply.text) == (404, "Upload Definition was not found. ID: nope")


def test_a_name_inside_the_storage_path_breaks_the_server(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    assert client.raw(client.create("upload"), b"x").status_code == 500


def test_a_server_before_splitting_does_not_know_the_question(
    begin: Begin, connect: Connect
) -> None:
    client = connect(begin(split_status=False))
    assert client.http.get("/data-import/splitStatus").status_code == 404


def test_raw_bytes_are_taken_with_splitting_on_and_fail_later(
    begin: Begin, connect: Connect
) -> None:
    client = connect(begin(), at=1)
    made = client.create("a1.mrc")
    assert client.raw(made, marc()).status_code == 200
    assert client.process(made).status_code == 204
    until(lambda: client.definition(made["id"])["status"] == "ERROR")
    job = client.job(made["metaJobExecutionId"])
    assert (job["status"], job["errorStatus"]) == ("ERROR", "FILE_PROCESSING_ERROR")


def test_a_stored_object_is_not_found_with_splitting_off(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    made = client.create("a1.mrc")
    assert client.assemble(made, client.stored("a1.mrc", marc())).status_code == 204
    client.process(made)
    assert client.ended(made["metaJobExecutionId"])["errorStatus"] == "FILE_PROCESSING_ERROR"


def test_storage_refuses_what_was_not_signed(begin: Begin, connect: Connect) -> None:
    client = connect(begin(), at=1)
    url = first_url(client)["url"]
    assert code(put(url.replace("partNumber=1", "partNumber=2"), b"x")) == (
        403,
        "SignatureDoesNotMatch",
    )
    assert code(put(url.replace("a1.mrc", "a2.mrc"), b"x")) == (403, "SignatureDoesNotMatch")
    assert code(put(url + "&extra=1", b"x")) == (403, "SignatureDoesNotMatch")
    assert code(put(url.partition("?")[0], b"x")) == (403, "AccessDenied")
    assert code(httpx2.get(url, trust_env=False)) == (403, "SignatureDoesNotMatch")
    assert put(url, b"x").status_code == 200


def test_storage_wants_a_length_and_no_second_sign_in(begin: Begin, connect: Connect) -> None:
    client = connect(begin(), at=1)
    url = first_url(client)["url"]
    assert code(httpx2.put(url, content=iter([b"x"]), trust_env=False))[0] == 411
    assert code(put(url, b"x", Authorization="Bearer x")) == (400, "InvalidArgument")
    assert put(url, b"x", **{"X-Okapi-Tenant": "diku"}).status_code == 200
    assert [leak.rpartition(": ")[2] for leak in client.books.leaks] == [
        "authorization",
        "x-okapi-tenant",
    ]


def test_signed_addresses_expire(begin: Begin, connect: Connect) -> None:
    client = connect(begin(url_seconds=0), at=1)
    url = first_url(client)["url"]
    time.sleep(0.01)
    reply = put(url, b"x")
    assert code(reply) == (403, "AccessDenied")
    assert "expired" in reply.text


def test_a_part_sent_again_replaces_the_first(begin: Begin, connect: Connect) -> None:
    client = connect(begin(), at=1)
    made = client.create("a1.mrc")
    first = first_url(client)
    put(first["url"], b"wrong")
    query = {"key": first["key"], "uploadId": first["uploadId"], "partNumber": 1}
    again = client.http.get("/data-import/uploadUrl/subsequent", params=query).json()
    tag = put(again["url"], marc()).headers["ETag"]
    body = {"uploadId": first["uploadId"], "key": first["key"], "tags": [tag.strip('"')]}
    assert client.books.unfinished_uploads == {first["key"]: [1]}
    assert client.assemble(made, body).status_code == 204
    assert client.books.objects[first["key"]].puts == 2
    assert client.books.objects[first["key"]].sha256 == hashlib.sha256(marc()).hexdigest()
    assert code(put(again["url"], b"late")) == (404, "NoSuchUpload")


@pytest.mark.parametrize("spoiled", ["order", "etag", "upload", "small", "none"])
def test_assembling_wrong_parts_leaves_the_file_uploading(
    begin: Begin, connect: Connect, spoiled: str
) -> None:
    client = connect(begin(), at=1)
    made = client.create("a1.mrc")
    small = 50 if spoiled == "small" else 150
    body = client.stored("a1.mrc", b"1" * small, b"2" * 150)
    if spoiled == "order":
        body["tags"].reverse()
    elif spoiled == "etag":
        body["tags"][0] = '"0123"'
    elif spoiled == "upload":
        body["uploadId"] = "2~other"
    elif spoiled == "none":
        body["tags"] = []
    assert client.assemble(made, body).status_code == 500
    assert client.definition(made["id"])["fileDefinitions"][0]["status"] == "UPLOADING"


def test_assembling_twice_spoils_the_file(begin: Begin, connect: Connect) -> None:
    client = connect(begin(), at=1)
    made = client.create("a1.mrc")
    body = client.stored("a1.mrc", marc())
    assert client.assemble(made, body).status_code == 204
    assert client.definition(made["id"])["fileDefinitions"][0]["status"] == "UPLOADED"
    assert client.assemble(made, body).status_code == 500
    assert client.definition(made["id"])["fileDefinitions"][0]["status"] == "UPLOADING"


def test_assembling_wants_three_fields_and_no_other(begin: Begin, connect: Connect) -> None:
    client = connect(begin(), at=1)
    made = client.create("a1.mrc")
    body = client.stored("a1.mrc", marc())
    assert client.assemble(made, body | {"size": 1}).status_code == 422
    assert client.assemble(made, {"key": body["key"], "tags": []}).status_code == 422
    other = made | {"fileDefinitions": [{"id": "nope"}]}
    assert client.assemble(other, body).status_code == 404


def test_only_keys_of_the_data_import_are_signed(begin: Begin, connect: Connect) -> None:
    client = connect(begin(), at=1)
    query = {"key": "secrets/a1.mrc", "uploadId": "x", "partNumber": 1}
    address = "/data-import/uploadUrl/subsequent"
    assert client.http.get(address, params=query).status_code == 500
    assert client.http.get("/data-import/uploadUrl").status_code == 400


def test_bytes_that_are_not_kept_are_hashed_and_counted(begin: Begin, connect: Connect) -> None:
    client = connect(begin(keep_bytes=False))
    made = client.create("a1.mrc")
    content = marc() * 30
    client.raw(made, content)
    [seen] = client.books.files
    assert (seen.size, seen.records) == (len(content), 30)
    assert seen.sha256 == hashlib.sha256(content).hexdigest()
    client.process(made)
    job = client.ended(made["metaJobExecutionId"])
    assert (job["status"], job["progress"]["current"]) == ("COMMITTED", 30)
    summary = client.http.get(f"/metadata-provider/jobSummary/{job['id']}").json()
    assert summary["instanceSummary"]["totalCreatedEntities"] == 30
