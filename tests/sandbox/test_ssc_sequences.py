"""Whole deliveries to SSC, request by request."""

import base64
import hashlib
import os
import re
from pathlib import Path
from typing import Any

import httpx2
import pytest

from app.sandbox import Fault
from tests.sandbox.ssc_client import (
    API,
    LOST,
    SHOP,
    STRICT,
    Open,
    encoded,
    fpr,
    local,
    until,
)


@pytest.mark.parametrize("release", ["18.20", "25.2"])
def test_the_flow_of_the_tutorial(ssc: Open, release: str) -> None:
    """A token by password, a single-use token, the upload with `mat`, the job until FINISHED."""
    books = (client := ssc(release=release)).books
    base = client.served.url
    basic = base64.b64encode(f"{books.username}:{books.password}".encode()).decode()
    with httpx2.Client(trust_env=False) as http:
        reply = http.post(
            f"{base}/api/v1/tokens",
            headers={"Authorization": f"Basic {basic}", "Accept": "application/json"},
            json={"type": "UnifiedLoginToken"},
        )
        assert reply.status_code == 201
        token = reply.json()["data"]["token"]
        assert re.fullmatch(r"[A-Za-z0-9]{48}", token)
        signed = {"Authorization": f"FortifyToken {token}"}

        features = http.get(f"{base}/api/v1/features", headers=signed)
        assert (features.status_code, features.json()["responseCode"]) == (200, 200)
        query = {"q": 'project.name:"Shop",name:"1.0"', "fields": "id,name"}
        found = http.get(f"{base}/api/v1/projectVersions", headers=signed, params=query).json()
        assert (found["count"], found["data"]) == (1, [{"id": SHOP, "name": "1.0"}])

        reply = http.post(
            f"{base}/api/v1/tokens",
            headers={"Authorization": f"Basic {basic}"},
            json={"type": "UploadFileTransferToken"},
        )
        assert reply.status_code == 201
        mat = reply.json()["data"]["token"]

        content = fpr()
        reply = http.post(
            f"{base}/upload/resultFileUpload.html",
            params={"mat": mat, "entityId": SHOP},
            headers={"Accept": "application/xml"},
            files={"files[]": ("shop-1.0.fpr", content)},
        )
        assert reply.status_code == 200
        assert reply.headers["content-type"].startswith("application/xml")
        assert ":code>-10001" in reply.text
        name = re.search(r":id>(JOB_ARTIFACTUPLOAD\$[0-9a-f-]+)<", reply.text)
        assert name

        seen: list[str] = []

        def finished() -> Any:
            address = f"{base}/api/v1/jobs/{name[1].replace('$', '%24')}"
            job = http.get(address, headers=signed).json()["data"]
            seen.append(job["state"])
            return job if job["state"] == "FINISHED" else None

        job = until(finished)
        assert set(seen) <= {"PREPARED", "WAITING_FOR_WORKER", "RUNNING", "FINISHED"}
        assert (job["artifactName"], job["userName"]) == ("shop-1.0.fpr", "joan")
        artifact_id = job["jobData"]["PARAM_ARTIFACT_ID"]
        artifact = http.get(f"{base}/api/v1/artifacts/{artifact_id}", headers=signed).json()["data"]
        assert artifact["status"] == "PROCESS_COMPLETE"
        assert http.delete(f"{base}/api/v1/fileTokens", headers=signed).status_code == 200

        reply = http.post(
            f"{base}/api/v1/tokens/action/revoke",
            headers={"Authorization": f"Basic {basic}"},
            json={"tokens": [token]},
        )
        assert reply.status_code == 200
        assert http.get(f"{base}/api/v1/features", headers=signed).status_code == 401

    [upload] = books.uploads
    assert (upload.way, upload.outcome, upload.artifact_id) == ("token", "taken", artifact_id)
    assert upload.sha256 == hashlib.sha256(content).hexdigest()
    assert upload.began <= upload.ended
    assert [one.revoked for one in books.tokens if not one.pasted] == [True]
    waited = ("WAITING_FOR_WORKER",) if release == "18.20" else ()
    assert books.jobs[name[1]].states == ("PREPARED", *waited, "RUNNING", "FINISHED")


def test_the_flow_with_a_pasted_token_and_the_rest_call(ssc: Open) -> None:
    client = ssc()
    content = fpr()
    query = {"limit": 1, "fields": "id"}
    assert client.get("/projectVersions", **query).json()["data"] == [{"id": SHOP}]
    assert client.get(f"/projectVersions/{SHOP}", fields="id,active").json()["data"] == {
        "id": SHOP,
        "active": True,
    }
    reply = client.rest(content)
    assert (reply.status_code, reply.json()["responseCode"]) == (201, 201)
    made = reply.json()["data"]
    assert made["status"] in ("SCHED_PROCESSING", "PROCESSING")
    assert (made["originalFileName"], made["fileSize"]) == ("shop-1.0.fpr", len(content))
    assert (made["projectVersionId"], made["userName"]) == (SHOP, "joan")
    assert made["inModifyingStatus"] is True
    done = client.ended(made["id"])
    assert done["status"] == "PROCESS_COMPLETE"
    assert (done["scaStatus"], done["webInspectStatus"]) == ("PROCESSED", "NOT_EXIST")
    [scan] = done["_embed"]["scans"]
    assert scan["guid"] == "0d6c2a34-6d5a-4c3e-9f55-000000000001"
    assert (scan["type"], scan["certification"], scan["buildId"]) == ("SCA", "VALID", "shop")
    assert (scan["noOfFiles"], scan["totalLOC"], scan["elapsedTime"]) == (120, 5000, "01:49")
    assert client.get(f"/artifacts/{made['id']}/scans").json()["data"] == [scan]
    [upload] = client.books.uploads
    assert (upload.part_name, upload.name, upload.size) == ("file", "shop-1.0.fpr", len(content))
    assert client.books.artifacts[made["id"]].statuses == (
        "SCHED_PROCESSING",
        "PROCESSING",
        "PROCESS_COMPLETE",
    )
    page = client.http.get(f"/html/ssc/version/{SHOP}/artifacts")
    assert (page.status_code, "shop-1.0.fpr" in page.text) == (200, True)


def test_approval_is_asked_for_given_and_followed(ssc: Open) -> None:
    client = ssc()
    first = client.sent(fpr(), version=STRICT)
    assert client.ended(first["id"])["status"] == "PROCESS_COMPLETE"
    fewer = client.sent(fpr(guid="2", files=90), version=STRICT)
    waiting = client.ended(fewer["id"])
    assert (waiting["status"], waiting["allowApprove"]) == ("REQUIRE_AUTH", True)
    assert waiting["messages"] == (
        "The number of files decreased by more than 10% (from 120 to 90)"
    )
    assert waiting["messageCount"] == 1
    rules = client.get(f"/projectVersions/{STRICT}/resultProcessingRules").json()["data"]
    assert {rule["enabled"] for rule in rules} == {True}

    # An artifact that waits makes the next one wait too.
    after = client.ended(client.sent(fpr(guid="3"), version=STRICT)["id"])
    assert after["status"] == "REQUIRE_AUTH"
    assert "was not approved" in after["messages"]

    for body in (
        {"artifactIds": [fewer["id"]]},
        {"artifactIds": [fewer["id"]], "comment": " "},
        {"artifactIds": [fewer["id"], after["id"]], "comment": "both"},
        {"artifactIds": [], "comment": "none"},
    ):
        assert client.post("/artifacts/action/approve", body).status_code == 400
    body = {"artifactIds": [fewer["id"]], "comment": "Tests moved elsewhere"}
    assert client.post("/artifacts/action/approve", body).status_code == 200
    assert client.post("/artifacts/action/approve", body).status_code == 409
    done = until(
        lambda: (
            found
            if (found := client.artifact(fewer["id"]))["status"] == "PROCESS_COMPLETE"
            else None
        )
    )
    assert (done["approvalComment"], done["approvalUsername"]) == ("Tests moved elsewhere", "joan")
    assert client.books.artifacts[fewer["id"]].statuses == (
        *("SCHED_PROCESSING", "PROCESSING", "REQUIRE_AUTH"),
        *("SCHED_PROCESSING", "PROCESSING", "PROCESS_COMPLETE"),
    )
    old_form = {"type": "approve", "values": {"comment": "Fine"}}
    assert client.post(f"/artifacts/{after['id']}/action", old_form).status_code == 200


def test_who_may_not_approve_sees_it_beforehand(ssc: Open) -> None:
    client = ssc(approval=True, deny=("artifact.approve",))
    waiting = client.ended(client.sent(fpr())["id"])
    assert (waiting["status"], waiting["allowApprove"]) == ("REQUIRE_AUTH", False)
    body = {"artifactIds": [waiting["id"]], "comment": "please"}
    assert client.post("/artifacts/action/approve", body).status_code == 403


def test_a_lost_reply_is_found_in_the_history(ssc: Open) -> None:
    client = ssc(faults=("lost-reply",), neighbours=3, visible_after=0.3)
    content = fpr()
    with pytest.raises(LOST):
        client.rest(content)

    def mine() -> list[Any]:
        return [
            one
            for one in client.history(limit=20, embed="scans")
            if (one["originalFileName"], one["fileSize"], one["userName"])
            == ("shop-1.0.fpr", len(content), "joan")
        ]

    assert mine() == []
    [found] = until(mine)
    assert client.ended(found["id"])["status"] == "PROCESS_COMPLETE"
    mat = client.file_token()
    with pytest.raises(LOST):
        client.transfer(content, mat, entityId=SHOP)
    assert until(lambda: len(mine()) == 2)
    assert client.transfer(content, mat, entityId=SHOP).status_code == 401
    assert len(client.books.artifacts) == 5


def test_the_same_file_again_makes_a_second_artifact(ssc: Open) -> None:
    client = ssc()
    first = client.ended(client.sent(fpr())["id"])
    again = client.ended(client.sent(fpr())["id"])
    assert again["id"] != first["id"]
    assert (first["scaStatus"], again["scaStatus"]) == ("PROCESSED", "IGNORED")
    assert [one["id"] for one in client.history()] == [again["id"], first["id"]]


def test_real_results_are_understood(ssc: Open, samples: Path) -> None:
    client = ssc()
    expected = {
        "eightball_57.fpr": ("SCA", "1abd3c85-cf59-4b6f-a82d-638ca6dc49d5", "5.7.0.0025", "VALID"),
        "scan_20.1.fpr": ("SCA", "5f52a8aa-d630-44bc-92da-c74be70eaecc", "20.1.0.0158", "VALID"),
        "iwa_mobile.fpr": ("WEBINSPECT", "", "22.2", "INVALID"),
    }
    for name, (kind, guid, engine, certified) in expected.items():
        content = (samples / "ssc" / name).read_bytes()
        done = client.ended(client.sent(content, name=name)["id"])
        assert (done["status"], done["messages"]) == ("PROCESS_COMPLETE", "")
        [scan] = done["_embed"]["scans"]
        assert (scan["type"], scan["engineVersion"]) == (kind, engine)
        assert scan["certification"] == certified
        assert not guid or scan["guid"] == guid
        assert client.books.uploads[-1].sha256 == hashlib.sha256(content).hexdigest()
        reply = client.transfer(content, name=name, entityId=SHOP)
        assert local(reply.text, "code") == "-10001"


def test_a_token_that_expires_under_way_is_told_at_the_next_call(ssc: Open) -> None:
    client = ssc(faults=("expire-token",))
    made = client.sent(fpr())
    assert client.get(f"/artifacts/{made['id']}").status_code == 401
    client.take("UnifiedLoginToken")
    assert client.ended(made["id"])["status"] == "PROCESS_COMPLETE"


@pytest.mark.parametrize("kind", ["busy", "server-error", "nonsense"])
def test_passing_faults_do_nothing(ssc: Open, kind: str) -> None:
    client = ssc(faults=(Fault(kind, match="POST */artifacts"),))
    reply = client.rest(fpr())
    assert reply.status_code == {"busy": 429, "server-error": 503, "nonsense": 200}[kind]
    assert reply.headers["content-type"].startswith("text/html")
    assert kind != "busy" or reply.headers["retry-after"] == "1"
    assert client.books.artifacts == {}
    assert client.rest(fpr()).status_code == 201


@pytest.mark.parametrize(
    ("status", "page"),
    [(401, False), (403, False), (409, False), (500, False), (502, True), (504, True)],
)
def test_any_status_can_be_asked_for(ssc: Open, status: int, page: bool) -> None:
    client = ssc(faults=(Fault("server-error", match="POST */artifacts", status=status),))
    reply = client.rest(fpr())
    assert reply.status_code == status
    kind = "text/html" if page else "application/json"
    assert reply.headers["content-type"].startswith(kind)
    assert page or reply.json()["responseCode"] == status


def test_a_cut_body_leaves_nothing_and_uses_the_file_token_up(ssc: Open) -> None:
    client = ssc(faults=("cut-body",))
    content = fpr(**{"src-archive/0": base64.b64encode(os.urandom(300_000)).decode()})
    with pytest.raises(LOST):
        client.rest(content)
    mat = client.file_token()
    with pytest.raises(LOST):
        client.transfer(content, mat, entityId=SHOP)
    until(lambda: all(one.ended for one in client.books.uploads))
    assert [one.outcome for one in client.books.uploads] == ["cut", "cut"]
    assert client.history() == []
    assert client.transfer(content, mat, entityId=SHOP).status_code == 401
    assert client.rest(content).status_code == 201
    assert local(client.transfer(content, entityId=SHOP).text, "code") == "-10001"


def test_jobs_fail_or_crawl_when_told(ssc: Open) -> None:
    faults = (Fault("job-error", match="bad*"), Fault("slow-job", match="slow*"))
    client = ssc(faults=faults, pace=20)
    bad = client.ended(client.sent(fpr(), name="bad.fpr")["id"])
    assert bad["status"] == "ERROR_PROCESSING"
    assert bad["messages"] == "Unexpected error while processing the results"
    slow = client.sent(fpr(), name="slow.fpr")
    good = client.sent(fpr(), name="good.fpr")
    assert client.ended(good["id"])["status"] == "PROCESS_COMPLETE"
    assert client.artifact(slow["id"])["status"] == "SCHED_PROCESSING"
    states = {job["artifactName"]: job["state"] for job in client.jobs()}
    assert states == {"bad.fpr": "FAILED", "slow.fpr": "PREPARED", "good.fpr": "FINISHED"}


def test_both_spellings_of_a_token_are_known_apart(ssc: Open) -> None:
    client = ssc()
    client.use(client.books.pasted_token)
    assert client.get("/features").status_code == 200
    assert client.books.plain_headers == 1
    client.use(encoded(encoded(client.books.pasted_token)))
    assert client.get("/features").status_code == 401
    strict = ssc(decoded_header=False)
    strict.use(strict.books.pasted_token)
    assert strict.http.get(f"{API}/features").status_code == 401
