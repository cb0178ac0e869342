"""Each named fault over real sockets: what the client sees and what the server did."""

import time

import httpx2
import pytest

from app.sandbox import Fault, Sandbox
from tests.sandbox.client import UPLOAD, marc, until
from tests.sandbox.conftest import Begin, Connect

LOST = (httpx2.RemoteProtocolError, httpx2.ReadError, httpx2.WriteError)


def test_an_unknown_fault_is_refused() -> None:
    with pytest.raises(ValueError, match="known are slow"):
        Fault("earthquake")
    with pytest.raises(ValueError, match="earthquake"):
        Sandbox(faults=("earthquake",))


def test_a_lost_reply_means_the_work_was_done(begin: Begin, connect: Connect) -> None:
    client = connect(begin(faults=("lost-reply",)))
    body = {"fileDefinitions": [{"name": "a1.mrc", "uiKey": "mine"}]}
    with pytest.raises(LOST):
        client.http.post(UPLOAD, json=body)
    query = {"query": '(fileDefinitions=="*mine*")'}
    made = until(lambda: client.http.get(UPLOAD, params=query).json()["uploadDefinitions"])[0]
    with pytest.raises(LOST):
        client.raw(made, marc())
    assert client.definition(made["id"])["status"] == "LOADED"
    with pytest.raises(LOST):
        client.process(made)
    assert client.ended(made["metaJobExecutionId"])["status"] == "COMMITTED"
    assert client.create("a2.mrc")["status"] == "NEW"
    lost = [one for one in client.books.requests if one.faults]
    assert [(one.status, one.faults) for one in lost] == [(0, ("lost-reply",))] * 3


def test_a_lost_reply_to_assemble_leaves_the_file_uploaded(begin: Begin, connect: Connect) -> None:
    box = begin()
    client = connect(box, at=1)
    made = client.create("a1.mrc")
    body = client.stored("a1.mrc", marc())
    box.faults.add("lost-reply")
    with pytest.raises(LOST):
        client.assemble(made, body)
    assert client.definition(made["id"])["fileDefinitions"][0]["status"] == "UPLOADED"


def test_a_cut_body_leaves_what_came(begin: Begin, connect: Connect) -> None:
    box = begin()
    client = connect(box)
    made = client.create("a1.mrc")
    box.faults.add(Fault("cut-body", match="POST */files/*", after_bytes=1000))
    with pytest.raises(LOST):
        client.raw(made, bytes(5_000_000))
    until(lambda: client.books.files[0].status == "ERROR")
    assert client.books.files[0].size == 1000
    again = client.create("a2.mrc")
    assert client.raw(again, bytes(5000)).status_code == 200


def test_a_cut_body_strikes_a_stored_part_once(begin: Begin, connect: Connect) -> None:
    client = connect(begin(faults=("cut-body",)), at=1)
    made = client.create("a1.mrc")
    with pytest.raises(LOST):
        client.stored("a1.mrc", marc() * 2000)
    body = client.stored("a1.mrc", marc() * 2000)
    assert client.assemble(made, body).status_code == 204


def test_a_busy_server_says_when_to_come_back(begin: Begin, connect: Connect) -> None:
    box = begin()
    client = connect(box)
    made = client.create("a1.mrc")
    box.faults.add(Fault("busy", match="POST */files/*", times=2, retry_after=3))
    for _ in range(2):
        reply = client.raw(made, marc())
        assert (reply.status_code, reply.headers["retry-after"]) == (429, "3")
    assert client.definition(made["id"])["fileDefinitions"][0]["status"] == "NEW"
    assert client.raw(made, marc()).status_code == 200
    assert client.books.files[0].appends == 1


def test_storage_refuses_in_its_own_words(begin: Begin, connect: Connect) -> None:
    client = connect(begin(faults=(Fault("busy", match="PUT *", status=503),)), at=1)
    url = client.http.get("/data-import/uploadUrl", params={"fileName": "a1.mrc"}).json()["url"]
    reply = httpx2.put(url, content=b"x", trust_env=False)
    assert (reply.status_code, reply.headers["retry-after"]) == (503, "1")
    assert "<Code>ServiceUnavailable</Code>" in reply.text


def test_server_errors_and_nonsense_strike_first_tries(begin: Begin, connect: Connect) -> None:
    client = connect(begin(faults=("server-error",)))
    address = "/data-import/splitStatus"
    assert client.http.get(address).status_code == 503
    assert client.http.get(address).json() == {"splitStatus": False}
    client = connect(begin(faults=("nonsense",)))
    reply = client.http.get(address)
    assert (reply.status_code, reply.headers["content-type"][:9]) == (200, "text/html")
    assert client.http.get(address).json() == {"splitStatus": False}


def test_tokens_expire_when_told(begin: Begin, connect: Connect) -> None:
    client = connect(begin(faults=("expire-token",)))
    body = {"fileDefinitions": [{"name": "a1.mrc"}]}
    assert client.http.post(UPLOAD, json=body).status_code == 201
    assert client.http.get(UPLOAD).status_code == 401
    assert client.sign_in().status_code == 201
    assert client.http.post(UPLOAD, json=body).status_code == 201
    assert client.http.get(UPLOAD).status_code == 200


def test_a_slow_server_takes_its_time(begin: Begin, connect: Connect) -> None:
    client = connect(begin(faults=(Fault("slow", bytes_per_second=1_000_000),)))
    made = client.create("a1.mrc")
    began = time.monotonic()
    assert client.raw(made, bytes(300_000)).status_code == 200
    assert time.monotonic() - began > 0.25


def test_a_silent_server_never_answers(begin: Begin, connect: Connect) -> None:
    box = begin()
    client = connect(box)
    box.faults.add(Fault("silent", match="GET */splitStatus"))
    with pytest.raises(httpx2.ReadTimeout):
        client.http.get("/data-import/splitStatus", timeout=0.2)
    assert client.http.get("/data-import/splitStatus").status_code == 200


def test_jobs_fail_or_crawl_when_told(begin: Begin, connect: Connect) -> None:
    box = begin(pace=10, records_per_second=20)
    client = connect(box)
    box.faults.add(Fault("job-error", match="bad*.mrc"))
    box.faults.add(Fault("slow-job", match="slow*.mrc"))
    started = {}
    for name in ("bad.mrc", "slow.mrc", "good.mrc"):
        made = client.create(name)
        client.raw(made, marc() * 20)
        client.process(made)
        started[name] = made["metaJobExecutionId"]
    bad = client.ended(started["bad.mrc"])
    assert (bad["status"], bad["errorStatus"]) == ("ERROR", "FILE_PROCESSING_ERROR")
    assert client.ended(started["good.mrc"])["status"] == "COMMITTED"
    assert client.job(started["slow.mrc"])["status"] == "PARSING_IN_PROGRESS"
    box.faults.clear()


def test_a_pattern_strikes_as_often_as_it_says(begin: Begin, connect: Connect) -> None:
    box = begin()
    client = connect(box)
    box.faults.add(Fault("server-error", match="GET */splitStatus", times=0, status=500))
    for _ in range(4):
        assert client.http.get("/data-import/splitStatus").status_code == 500
    box.faults.clear()
    assert client.http.get("/data-import/splitStatus").status_code == 200
