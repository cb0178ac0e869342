"""What an SSC server refuses, in which words, and when in the course of a request."""

import socket
import time
from urllib.parse import urlsplit

import httpx2
import pytest

from tests.sandbox.ssc_client import (
    API,
    ARCHIVED,
    CLOSED,
    INACTIVE,
    LOST,
    SHOP,
    UNCOMMITTED,
    UNKNOWN,
    Client,
    Open,
    fpr,
    local,
    packed,
    until,
)

MULTIPART = "multipart/form-data; boundary=b7f1"


def talk(client: Client, head: str, body: bytes) -> str:
    """One request written to the socket; all that comes back until the server closes."""
    parts = urlsplit(client.served.url)
    with socket.create_connection((parts.hostname or "", parts.port or 0), timeout=10) as line:
        line.sendall(head.format(host=parts.netloc, base=parts.path).encode() + body)
        answer = b""
        while block := line.recv(65_536):
            answer += block
    return answer.decode()


def answer(reply: httpx2.Response) -> tuple[int, int, str]:
    body = reply.json()
    assert body["responseCode"] == reply.status_code
    return reply.status_code, body["errorCode"], body["message"]


@pytest.mark.parametrize("prefix", ["/ssc", ""])
def test_the_context_path_is_whatever_it_is(ssc: Open, prefix: str) -> None:
    client = ssc(prefix=prefix)
    assert client.served.url.endswith(prefix)
    assert client.get("/features").status_code == 200
    spec = httpx2.get(f"{client.served.url}{API}/spec.json", trust_env=False).json()
    assert spec["info"]["version"] == "1:25.2.0.0151"
    assert client.get("/no/such/path").status_code == 404
    assert answer(client.get("/no/such/path"))[0] == 404
    assert client.http.put(f"{API}/features").status_code == 405
    page = client.http.get("/nowhere.html")
    assert (page.status_code, page.headers["content-type"][:9]) == (404, "text/html")
    if prefix:
        root = client.served.url.removesuffix(prefix)
        outside = httpx2.get(f"{root}/api/v1/features", trust_env=False)
        assert (outside.status_code, "Tomcat" in outside.text) == (404, True)


def test_a_double_slash_is_503(ssc: Open) -> None:
    client = ssc()
    reply = httpx2.post(f"{client.served.url}/{API}/fileTokens", json={}, trust_env=False)
    assert (reply.status_code, "Tomcat" in reply.text) == (503, True)


@pytest.mark.parametrize("header", [None, "FortifyToken nonsense", "Bearer x", "FortifyToken"])
def test_without_a_good_token_there_is_401(ssc: Open, header: str | None) -> None:
    for empty in (False, True):
        client = ssc(empty_401=empty)
        del client.http.headers["Authorization"]
        if header is not None:
            client.http.headers["Authorization"] = header
        for path in ("/features", f"/projectVersions/{SHOP}", "/no/such/path"):
            reply = client.get(path)
            assert reply.status_code == 401
            assert (reply.content == b"") is empty
        assert client.rest(fpr()).status_code == 401
        assert client.books.uploads == []


def test_a_sign_in_page_may_stand_in_front(ssc: Open) -> None:
    client = ssc(sign_in_page=True)
    client.use("nonsense")
    reply = client.get("/features")
    assert reply.status_code == 302
    assert urlsplit(reply.headers["location"]).hostname == "sign-in.invalid"


def test_an_unknown_id_and_a_missing_right_look_alike(ssc: Open) -> None:
    client = ssc()
    for reply in (
        client.get(f"/projectVersions/{UNKNOWN}"),
        client.get(f"/projectVersions/{UNKNOWN}/artifacts"),
        client.get("/projects/99/versions"),
        client.rest(fpr(), version=UNKNOWN),
        ssc(deny=("artifact.upload",)).rest(fpr()),
    ):
        status, code, message = answer(reply)
        assert (status, code) == (403, -10301)
        assert message.startswith("Access Denied.")
    assert client.get("/artifacts/1").status_code == 404
    assert client.job("JOB_ARTIFACTUPLOAD$nope").status_code == 404


@pytest.mark.parametrize(
    ("version", "word"),
    [
        (CLOSED, "not enabled"),
        (INACTIVE, "not active"),
        (ARCHIVED, "not active"),
        (UNCOMMITTED, "not committed"),
    ],
)
def test_a_version_that_takes_no_files(ssc: Open, version: int, word: str) -> None:
    client = ssc()
    status, _, message = answer(client.rest(fpr(), version=version))
    assert (status, word in message) == (400, True)
    xml = client.transfer(fpr(), entityId=version)
    assert (xml.status_code, local(xml.text, "code")) == (200, "-10003")
    assert word in (local(xml.text, "msg") or "")
    assert client.books.artifacts == {}
    assert [one.outcome for one in client.books.uploads] == ["refused", "refused"]


def test_forms_that_hold_no_results(ssc: Open) -> None:
    client = ssc()
    address = f"{API}/projectVersions/{SHOP}/artifacts"
    two = [("file", ("a.fpr", fpr())), ("file", ("b.fpr", fpr()))]
    many = [("file", (f"{number}.fpr", fpr())) for number in range(11)]
    for reply, status, words in (
        (client.rest(b""), 400, "is empty"),
        (client.rest(b"just some text"), 400, "not a valid results file"),
        (client.rest(fpr(), part="upload"), 400, "'file' is not present"),
        (client.rest(fpr(), name=""), 400, ""),
        (client.http.post(address, files=two), 400, "Only one file"),
        (client.http.post(address, json={}), 415, "application/json"),
        (client.http.post(address, files={"note": (None, "x")}), 400, "'file' is not present"),
        (
            client.http.post(
                address, content=fpr(), headers={"Content-Type": "multipart/form-data"}
            ),
            400,
            "no multipart boundary",
        ),
        (
            client.http.post(address, content=b"--b7f1\r\n", headers={"Content-Type": MULTIPART}),
            400,
            "Stream ended unexpectedly",
        ),
    ):
        assert reply.status_code == status, reply.text
        assert words in answer(reply)[2]
    page = client.http.post(address, files=many)
    assert (page.status_code, page.headers["content-type"][:9]) == (413, "text/html")
    assert client.books.artifacts == {}


def test_results_that_cannot_be_read_fail_later(ssc: Open) -> None:
    client = ssc()
    whole = fpr()
    for content, engine, words in (
        (whole[: len(whole) // 2], None, "not a valid archive"),
        (packed(**{"readme.txt": "hello"}), None, "no results"),
        (packed(**{"audit.fvdl": "<FVDL><UUID>"}), None, "Unable to parse"),
        (packed(**{"audit.fvdl": "<!DOCTYPE x><FVDL/>"}), None, "DOCTYPE"),
        (packed(**{"scan.info": "engineType=NOBODY\n"}), None, "engine type NOBODY"),
        (whole, "SCA", "engine type SCA"),
        (b"{}", "NOBODY", "engine type NOBODY"),
    ):
        query = {} if engine is None else {"engineType": engine}
        done = client.ended(client.sent(content, **query)["id"])
        assert done["status"] == "ERROR_PROCESSING"
        assert words in done["messages"]
        assert done["messageCount"] == 1
    assert {job["state"] for job in client.jobs()} == {"FAILED"}


def test_third_party_results_by_parameter_and_by_scan_info(ssc: Open) -> None:
    client = ssc()
    engines = {one["name"] for one in client.get("/engineTypes").json()["data"]}
    assert {"SCA", "WEBINSPECT", "SAMPLE", "DEPENDENCY_TRACK"} <= engines
    raw = client.ended(client.sent(b"{}", name="bom.json", engineType="SAMPLE")["id"])
    info = "# made by hand\nengineType=DEPENDENCY_TRACK\nscanDate=2026-01-09T08:00:00Z\n"
    packed_up = packed(**{"scan.info": info, "bom.json": "{}"})
    zipped = client.ended(client.sent(packed_up, name="bom.zip")["id"])
    assert [one["status"] for one in (raw, zipped)] == ["PROCESS_COMPLETE"] * 2
    assert (raw["otherStatus"], raw["scaStatus"]) == ("PROCESSED", "NOT_EXIST")
    assert raw["_embed"]["scans"][0]["type"] == "SAMPLE"
    assert zipped["lastScanDate"] == "2026-01-09T08:00:00.000+00:00"
    by_field = client.transfer(
        b"{}", fields={"entityId": str(SHOP), "engineType": "SAMPLE"}, part="bom.json"
    )
    assert local(by_field.text, "code") == "-10001"
    assert [one.engine for one in client.books.uploads] == ["SAMPLE", None, "SAMPLE"]


def test_a_scan_with_errors_says_how_many(ssc: Open) -> None:
    client = ssc()
    fvdl = (
        "<FVDL><UUID>1</UUID><EngineData><Errors>"
        '<Error code="1002">Unexpected exception</Error><Error code="12003">Not found</Error>'
        "</Errors></EngineData></FVDL>"
    )
    done = client.ended(client.sent(packed(**{"audit.fvdl": fvdl}))["id"])
    assert (done["status"], done["scanErrorsCount"]) == ("PROCESS_COMPLETE", 2)
    assert client.get(f"/artifacts/{done['id']}/scanerrors").json()["data"] == [
        {"errorCode": "1002", "errorDescription": "Unexpected exception"},
        {"errorCode": "12003", "errorDescription": "Not found"},
    ]


def test_a_length_is_needed_unless_chunks_are_taken(ssc: Open) -> None:
    body = b'--b7f1\r\nContent-Disposition: form-data; name="file"; filename="a.fpr"\r\n\r\n'
    body += fpr() + b"\r\n--b7f1--\r\n"

    def chunks() -> list[bytes]:
        return [body[:100], body[100:]]

    headers = {"Content-Type": MULTIPART}
    for taken, status in ((False, 411), (True, 201)):
        client = ssc(chunked=taken)
        address = f"{API}/projectVersions/{SHOP}/artifacts"
        reply = client.http.post(address, content=iter(chunks()), headers=headers)
        assert reply.status_code == status
        address = f"/upload/resultFileUpload.html?mat={client.file_token()}&entityId={SHOP}"
        reply = client.http.post(address, content=iter(chunks()), headers=headers)
        assert reply.status_code == (200 if taken else 411)


def test_a_proxy_refuses_a_large_body_before_it_came(ssc: Open) -> None:
    client = ssc(body_limit=100_000)
    head = (
        "POST {base}/api/v1/projectVersions/10042/artifacts HTTP/1.1\r\nHost: {host}\r\n"
        f"Content-Type: {MULTIPART}\r\nContent-Length: 5000000\r\n\r\n"
    )
    # Nothing of the body was sent: the answer comes all the same.
    said = talk(client, head, b"")
    assert said.startswith("HTTP/1.1 413 ")
    assert "<h1>413 Request Entity Too Large</h1>" in said
    small = client.rest(fpr(**{"src-archive/0": "x" * 200}))
    assert small.status_code == 201


def test_a_refused_body_is_dropped_after_a_while(ssc: Open) -> None:
    """A client that is still sending meets a reset, not the answer."""
    client = ssc(swallow=100_000)
    client.use("nonsense")
    address = f"{client.served.url}{API}/projectVersions/{SHOP}/artifacts"
    sent = 0

    def body() -> object:
        nonlocal sent
        for _ in range(4000):
            sent += 65_536
            yield bytes(65_536)

    headers = {"Content-Type": MULTIPART, "Content-Length": str(4000 * 65_536)}
    with httpx2.Client(trust_env=False, timeout=20) as http:
        try:
            reply = http.post(address, content=body(), headers=headers)  # type: ignore[arg-type]
            assert reply.status_code == 401
        except LOST:
            pass
        assert sent < 4000 * 65_536
        # Asked again with little to send, it says why.
        assert http.get(f"{client.served.url}{API}/features").status_code == 401
    refused = until(lambda: [one for one in client.books.requests if one.method == "POST"])
    assert refused[0].status == 401
    assert refused[0].received < 2_000_000


def test_a_small_refused_body_keeps_the_connection(ssc: Open) -> None:
    client = ssc()
    reply = client.rest(fpr(), version=UNKNOWN)
    assert reply.status_code == 403
    assert "connection" not in reply.headers


def test_the_server_may_be_silent_for_long_after_the_last_byte(ssc: Open) -> None:
    client = ssc(silent_seconds=2.0)
    began = time.monotonic()
    with pytest.raises(httpx2.ReadTimeout):
        client.http.post(
            f"{API}/projectVersions/{SHOP}/artifacts",
            files={"file": ("shop.fpr", fpr())},
            timeout=0.2,
        )
    assert time.monotonic() - began < 2.0
    [found] = until(client.history)
    assert found["originalFileName"] == "shop.fpr"
    assert client.rest(fpr()).status_code == 201


def test_old_and_filtered_servers_have_one_way_only(ssc: Open) -> None:
    client = ssc(rest=False)
    assert client.rest(fpr()).status_code == 405
    assert local(client.transfer(fpr(), entityId=SHOP).text, "code") == "-10001"
    client = ssc(transfer=False)
    assert client.transfer(fpr(), entityId=SHOP).status_code == 404
    assert client.rest(fpr()).status_code == 201


def test_file_tokens_work_once_and_not_for_long(ssc: Open) -> None:
    client = ssc(file_token_seconds=1.0)
    mat = client.file_token()
    good = client.transfer(fpr(), mat, entityId=SHOP)
    assert local(good.text, "invokingUserName") == "joan"
    assert (local(good.text, "jobType"), local(good.text, "jobState")) == ("10", "0")
    late = client.file_token()
    dropped = client.file_token()
    assert client.http.delete(f"{API}/fileTokens").status_code == 200
    time.sleep(1.0)
    for token in (mat, late, dropped, "nonsense", "", client.file_token("DOWNLOAD")):
        reply = client.transfer(fpr(), token, entityId=SHOP)
        assert (reply.status_code, local(reply.text, "code")) == (401, "-10301")
    assert client.books.file_token_sweeps == 1
    assert [one.used for one in client.books.file_tokens] == [True, False, False, False]
    assert client.post("/fileTokens", {"fileTokenType": "ANYTHING"}).status_code == 400


def test_the_xml_answer_in_all_its_forms(ssc: Open) -> None:
    plain = ssc(xml_prefix=False, xml_id=False).transfer(fpr(), entityId=SHOP)
    assert "<code>-10001</code>" in plain.text
    assert local(plain.text, "id") is None
    client = ssc(xml_code=-10002)
    wrong = client.transfer(fpr(), entityId=SHOP)
    assert (wrong.status_code, local(wrong.text, "code")) == (200, "-10002")
    assert local(wrong.text, "msg") == "Background submission failed."
    assert client.books.artifacts == {}
    client = ssc()
    for entity in (UNKNOWN, "abc", ""):
        reply = client.transfer(fpr(), entityId=entity)
        assert (reply.status_code, local(reply.text, "code")) == (200, "-10301")
    assert local(client.transfer(b"text", entityId=SHOP).text, "code") == "-10003"
    assert local(client.transfer(b"", entityId=SHOP).text, "code") == "-10003"


def test_downloads_need_a_token_for_downloads(ssc: Open) -> None:
    client = ssc()
    content = fpr()
    made = client.ended(client.sent(content)["id"])
    for path, number in (("artifactDownload", made["id"]), ("currentStateFprDownload", SHOP)):
        query = {"mat": client.file_token("DOWNLOAD"), "id": number}
        address = f"{client.served.url}/download/{path}.html"
        reply = httpx2.get(address, params=query, trust_env=False)
        assert (reply.status_code, reply.content) == (200, content)
        assert httpx2.get(address, params=query, trust_env=False).status_code == 401
