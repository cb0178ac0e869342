"""Every word an SSC server has for artifacts and jobs, and the lists they are found in."""

import time
from itertools import pairwise

import pytest

from tests.sandbox.ssc_client import API, SHOP, STRICT, Open, fpr, local, until

ARTIFACT_STATES = (
    *("NONE", "SCHED_PROCESSING", "PROCESSING", "DISPATCH_ANALYSIS", "DISPATCH_REAUDIT"),
    *("QUEUED_ANALYSIS", "REQUEUED_ANALYSIS", "ANALYZING", "ANALYSIS_COMPLETE"),
    *("PROCESS_COMPLETE", "REQUIRE_AUTH", "AUTH_DENIED", "ERROR_PROCESSING", "ERROR_DISPATCH"),
    *("ERROR_ANALYZING", "AUDIT_FAILED", "UNKNOWN", "DELETING", "DELETED", "PURGING", "PURGED"),
    *("ERROR_DELETING", "ERROR_PURGING", "POLISHING"),
)
JOB_STATES = (
    *("PREPARED", "WAITING_FOR_WORKER", "RUNNING", "DEFERRED", "CANCELLING", "FINISHED"),
    *("FAILED", "CANCELLED", "DREAMING"),
)
CLASS = "com.fortify.manager.BLL.jobs.ArtifactUploadJob"


@pytest.mark.parametrize("state", ARTIFACT_STATES)
def test_an_artifact_can_have_every_status(ssc: Open, state: str) -> None:
    client = ssc(artifact_states=("SCHED_PROCESSING", "PROCESSING", state), step_seconds=1)
    made = client.sent(fpr())
    found = until(
        lambda: (
            one
            if client.books.artifacts[made["id"]].statuses[1:]
            == ("SCHED_PROCESSING", "PROCESSING", state)
            and (one := client.artifact(made["id"]))
            else None
        )
    )
    assert found["status"] == state
    assert found["allowApprove"] is (state == "REQUIRE_AUTH")
    assert bool(found["messages"]) is (
        state
        in (
            *("REQUIRE_AUTH", "AUTH_DENIED", "ERROR_PROCESSING", "ERROR_DISPATCH"),
            *("ERROR_ANALYZING", "AUDIT_FAILED"),
        )
    )
    assert found["scanErrorsCount"] == (1 if state == "ERROR_PROCESSING" else 0)


@pytest.mark.parametrize("state", JOB_STATES)
def test_a_job_can_have_every_state(ssc: Open, state: str) -> None:
    client = ssc(job_states=("PREPARED", state), step_seconds=1)
    name = local(client.transfer(fpr(), entityId=SHOP).text, "id") or ""
    job = until(
        lambda: (
            one
            if (one := client.job(name).json()["data"])["state"] == state
            and client.books.jobs[name].states[-1] == state
            else None
        )
    )
    assert (job["finishTime"] is not None) is (state in ("FINISHED", "FAILED", "CANCELLED"))
    assert ("PARAM_ARTIFACT_ID" in job["jobData"]) is (
        state not in ("PREPARED", "WAITING_FOR_WORKER")
    )


def test_a_scripted_approval_goes_on_when_given(ssc: Open) -> None:
    client = ssc(artifact_states=("REQUIRE_AUTH",))
    made = client.ended(client.sent(fpr())["id"])
    body = {"artifactIds": [made["id"]], "comment": "fine"}
    assert client.post("/artifacts/action/approve", body).status_code == 200
    until(lambda: client.artifact(made["id"])["status"] == "PROCESS_COMPLETE")


def test_ended_jobs_vanish(ssc: Open) -> None:
    client = ssc(swept_after=0.0)
    name = local(client.transfer(fpr(), entityId=SHOP).text, "id") or ""
    assert client.job(name).status_code == 200
    until(lambda: client.job(name).status_code == 404)
    assert client.history()[0]["status"] == "PROCESS_COMPLETE"
    assert client.jobs() == []


def test_a_paused_server_takes_files_and_starts_nothing(ssc: Open) -> None:
    client = ssc(workers=0)
    made = client.sent(fpr())
    time.sleep(0.2)
    assert client.artifact(made["id"])["status"] == "SCHED_PROCESSING"
    [job] = client.jobs()
    assert (job["state"], job["cancellable"], job["startTime"]) == ("PREPARED", True, None)


def test_one_worker_takes_one_after_the_other(ssc: Open) -> None:
    client = ssc(workers=1, pace=20)
    made = [client.sent(fpr(guid=str(number)))["id"] for number in range(3)]
    for number in made:
        client.ended(number)
    jobs = sorted(client.books.jobs.values(), key=lambda job: job.started or 0)
    assert [job.artifact_id for job in jobs] == made
    for before, after in pairwise(jobs):
        assert (before.finished or 0) <= (after.started or 0) + 0.005


@pytest.mark.parametrize(("release", "last"), [("18.20", ()), ("25.2", ("CANCELLING",))])
def test_a_queued_job_can_be_cancelled(ssc: Open, release: str, last: tuple[str, ...]) -> None:
    client = ssc(release=release, workers=0)
    made = client.sent(fpr())
    [job] = client.jobs()
    name = job["jobName"]
    assert client.post("/jobs/action/cancel", {"jobIds": [name, name]}).status_code == 400
    assert client.post("/jobs/action/cancel", {"jobIds": [name]}).status_code == 200
    until(lambda: client.books.jobs[name].state == "CANCELLED")
    assert client.books.jobs[name].states == ("PREPARED", *last, "CANCELLED")
    assert client.ended(made["id"])["messages"] == "The upload was cancelled"
    assert client.post("/jobs/action/cancel", {"jobIds": [name]}).status_code == 409
    done = ssc()
    done.ended(done.sent(fpr())["id"])
    [job] = done.jobs()
    assert done.post("/jobs/action/cancel", {"jobIds": [job["jobName"]]}).status_code == 409


def test_releases_differ_in_fields_and_spelling(ssc: Open) -> None:
    old, new = ssc(release="18.20"), ssc()
    old_one, new_one = (client.ended(client.sent(fpr())["id"]) for client in (old, new))
    assert set(new_one) - set(old_one) == {"projectVersionId"}
    assert (old_one["artifactType"], old_one["webInspectStatus"]) == ("Fpr", "NotExist")
    assert (new_one["artifactType"], new_one["webInspectStatus"]) == ("FPR", "NOT_EXIST")
    assert old_one["uploadDate"].endswith("+0000")
    assert new_one["uploadDate"].endswith("+00:00")
    assert set(new.jobs()[0]) - set(old.jobs()[0]) == {"createTime", "cancelRequested"}
    assert old.books.jobs[old.jobs()[0]["jobName"]].states == (
        *("PREPARED", "WAITING_FOR_WORKER", "RUNNING", "FINISHED"),
    )
    query = {"q": f'jobClassName:"{CLASS}"'}
    assert old.get("/jobs", **query).json()["count"] == 1
    query = {"q": f'jobClass:"{CLASS}"'}
    assert old.get("/jobs", **query).status_code == 400
    assert new.get("/jobs", **query).json()["count"] == 1


def test_a_sparse_server_leaves_booleans_out(ssc: Open) -> None:
    client = ssc(sparse=True, artifact_id_as_text=True, artifact_id_at_once=True, workers=0)
    made = client.sent(fpr())
    assert not [name for name, value in made.items() if isinstance(value, bool)]
    [job] = client.jobs()
    assert "cancellable" not in job
    assert job["jobData"] == {"PARAM_ARTIFACT_ID": str(made["id"])}


def test_bytes_need_not_be_kept(ssc: Open) -> None:
    client = ssc(keep_bytes=False)
    done = client.ended(client.sent(fpr())["id"])
    assert (done["status"], done["_embed"]["scans"]) == ("PROCESS_COMPLETE", [])
    assert client.rest(b"text").status_code == 400


def test_artifacts_are_removed_and_purged(ssc: Open) -> None:
    client = ssc()
    client.take("UnifiedLoginToken")
    first, second, third = (
        client.ended(client.sent(fpr(guid=str(number)))["id"])["id"] for number in range(3)
    )
    assert client.http.delete(f"{API}/artifacts/{third}").status_code == 200
    until(lambda: client.get(f"/artifacts/{third}").status_code == 404)
    assert [one["id"] for one in client.history()] == [second, first]
    assert client.post("/artifacts/action/purge", {"artifactIds": [second]}).status_code == 200
    until(lambda: {one["status"] for one in client.history()} == {"PURGED"})
    client.use(client.token("CIToken").json()["data"]["token"])
    assert client.http.delete(f"{API}/artifacts/{first}").status_code == 403


def test_hundreds_of_versions_come_in_pages(ssc: Open) -> None:
    client = ssc(versions=431)
    first = client.get("/projectVersions", includeInactive="true").json()
    assert (len(first["data"]), first["count"]) == (200, 431)
    # The links name a host that only the server knows.
    assert first["links"]["next"]["href"] == (
        "https://ssc-node-1.invalid/ssc/api/v1/projectVersions?includeInactive=true"
        "&start=200&limit=200"
    )
    assert "prev" not in first["links"]
    last = client.get("/projectVersions", includeInactive="true", start=400).json()
    assert len(last["data"]) == 31
    assert set(last["links"]) == {"first", "last", "prev"}
    for limit in (0, -1):
        assert len(client.get("/projectVersions", limit=limit).json()["data"]) == 430
    without = client.get("/projectVersions", withoutCount="true", limit=1).json()
    assert "count" not in without
    assert client.get("/projectVersions", limit="many").status_code == 400
    assert client.get("/projectVersions", limit=0, fulltextsearch="true").status_code == 400


def test_versions_are_searched_as_the_server_does(ssc: Open) -> None:
    client = ssc()

    def ids(query: str, **more: str) -> list[int]:
        reply = client.get("/projectVersions", q=query, fields="id", **more)
        assert reply.status_code == 200, reply.text
        return [row["id"] for row in reply.json()["data"]]

    assert ids('project.name:"Shop",name:"1.0"') == [SHOP]
    assert ids('project.name:"shop"+and+name:"1.1"') == [SHOP + 1]
    assert ids('project.name:"shop" and name:"1.1"') == [SHOP + 1]
    assert ids('name:"*strict*"') == [STRICT]
    assert ids(f"id:{SHOP}") == [SHOP]
    assert SHOP in ids('name:"1.1"+or+name:"1.0"')
    assert ids('project.name:"Search & R\u00fcckgabe, intern"') == [10050]
    assert ids("shop 1.0", fulltextsearch="true", limit="50") == [SHOP]
    assert ids('project.name:"Shop",name:"0.9"') == []
    assert ids('project.name:"Shop",name:"0.9"', includeInactive="true") == [10047]
    for wrong in (
        'project.name:"Sh"op"',
        "shop",
        'colour:"red"',
        'name:"1.0"+and+name:"1.1"+or+name:"x"',
        'name:"1.0",',
    ):
        assert client.get("/projectVersions", q=wrong).status_code == 400
    names = [one["name"] for one in client.get("/projects", q='name:"*pay*"').json()["data"]]
    assert names == ["Payments"]
    [payments] = client.get("/projects", q='name:"Payments"').json()["data"]
    found = client.get(f"/projects/{payments['id']}/versions").json()["data"]
    assert {(one["committed"], one["active"]) for one in found} == {(True, True), (False, True)}


def test_the_history_is_newest_first_and_can_be_searched(ssc: Open) -> None:
    client = ssc(neighbours=5, visible_after=0)
    made = client.sent(fpr(), name="mine.fpr")
    rows = client.history(limit=3)
    assert [row["id"] for row in rows] == [made["id"], made["id"] - 1, made["id"] - 2]
    assert "_embed" not in rows[0]
    assert rows[1]["originalFileName"].startswith("AA_")
    assert {row["userName"] for row in rows} == {"joan", "ada"}
    [found] = client.history(q='originalFileName:"mine.fpr"', fields="id,status")
    assert set(found) == {"id", "status"}
    assert len(client.jobs()) == 6
