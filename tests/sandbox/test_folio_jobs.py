"""Imports: started once, followed in both modes, filtered, stopped and deleted."""

import re
import time
from typing import Any

import pytest

from tests.sandbox.client import BIB, UPLOAD, Client, Json, marc, until
from tests.sandbox.conftest import Begin, Connect

LIST = "/metadata-provider/jobExecutions"
MANAGER = "/change-manager/jobExecutions"


def loaded(client: Client, content: bytes, name: str = "a1.mrc") -> Json:
    made = client.create(name)
    if client.http.get("/data-import/splitStatus").json()["splitStatus"]:
        assert client.assemble(made, client.stored(name, content)).status_code == 204
    else:
        assert client.raw(made, content).status_code == 200
    return client.definition(made["id"])


def imported(client: Client, content: bytes, name: str = "a1.mrc", **profile: Any) -> Json:
    made = loaded(client, content, name)
    assert client.process(made, BIB | profile).status_code == 204
    return client.ended(made["metaJobExecutionId"])


def test_progress_is_live_in_the_list_only(begin: Begin, connect: Connect) -> None:
    client = connect(begin(pace=1, records_per_second=100, visible_after=0))
    made = loaded(client, marc() * 100)
    client.process(made)
    job_id = made["metaJobExecutionId"]
    job = until(lambda: next((j for j in [client.job(job_id)] if j["progress"]["current"]), None))
    assert 0 < job["progress"]["current"] < 100
    assert (job["status"], job["uiStatus"]) == ("PARSING_IN_PROGRESS", "RUNNING")
    assert client.definition(made["id"])["status"] == "COMPLETED"
    stored = client.http.get(f"{MANAGER}/{job_id}").json()
    assert stored["progress"] == {"jobExecutionId": job_id, "current": 0, "total": 100}
    seen = [job["progress"]["current"]]
    while seen[-1] < 100:
        seen.append(client.job(job_id)["progress"]["current"])
    assert seen == sorted(seen)
    assert client.ended(job_id)["status"] == "COMMITTED"
    assert client.http.get(f"{MANAGER}/{job_id}").json()["progress"]["current"] == 100


def test_the_answer_to_process_comes_before_the_work(begin: Begin, connect: Connect) -> None:
    client = connect(begin(pace=1))
    made = loaded(client, marc())
    assert client.process(made).status_code == 204
    assert client.definition(made["id"])["status"] == "LOADED"
    assert client.job(made["metaJobExecutionId"])["status"] == "FILE_UPLOADED"


def test_a_second_start_ruins_the_running_job(begin: Begin, connect: Connect) -> None:
    client = connect(begin(records_per_second=1))
    made = loaded(client, marc() * 200)
    client.process(made)
    until(lambda: client.job(made["metaJobExecutionId"])["status"] == "PARSING_IN_PROGRESS")
    assert client.process(made).status_code == 204
    job = client.ended(made["metaJobExecutionId"])
    assert (job["status"], job["errorStatus"]) == ("ERROR", "PROFILE_SNAPSHOT_CREATING_ERROR")
    assert client.books.process_calls[made["id"]] == 2


@pytest.mark.parametrize(
    ("name", "content", "statuses"),
    [
        ("a1.mrc", marc(), ["COMMITTED", "ERROR"]),
        ("a1.xml", b"<c><record><leader>00000nam</leader></record></c>", ["COMMITTED"] * 2),
    ],
)
def test_a_second_start_of_a_split_file_makes_a_second_parent(
    begin: Begin, connect: Connect, name: str, content: bytes, statuses: list[str]
) -> None:
    client = connect(begin(), at=1)
    made = loaded(client, content, name)
    client.process(made)
    key = made["fileDefinitions"][0]["sourcePath"]
    client.ended(client.parent(key)["id"])
    client.process(made)

    def parents() -> list[Json]:
        query = {"subordinationTypeNotAny": ["COMPOSITE_CHILD", "PARENT_SINGLE"]}
        return [job for job in client.jobs(sortBy="hrid,asc", **query) if job["sourcePath"] == key]

    until(lambda: len(parents()) == 2)
    assert [client.ended(job["id"])["status"] for job in parents()] == statuses


@pytest.mark.parametrize(
    ("profile", "error"),
    [
        ({"id": BIB["id"], "name": "x"}, "FILE_PROCESSING_ERROR"),
        (BIB | {"dataType": "EDIFACT"}, "FILE_PROCESSING_ERROR"),
        (BIB | {"dataType": "Delimited"}, "FILE_PROCESSING_ERROR"),
        (BIB | {"id": "no-such-profile"}, "PROFILE_SNAPSHOT_CREATING_ERROR"),
    ],
)
def test_a_profile_that_does_not_fit_fails_the_job(
    begin: Begin, connect: Connect, profile: Json, error: str
) -> None:
    client = connect(begin())
    made = loaded(client, marc())
    assert client.process(made, profile).status_code == 204
    job = client.ended(made["metaJobExecutionId"])
    assert (job["status"], job["errorStatus"], job["progress"]["current"]) == ("ERROR", error, 0)


def test_a_split_start_without_data_type_fails_the_definition(
    begin: Begin, connect: Connect
) -> None:
    client = connect(begin(), at=1)
    made = loaded(client, marc())
    assert client.process(made, {"id": BIB["id"], "name": "x"}).status_code == 204
    until(lambda: client.definition(made["id"])["status"] == "ERROR")
    assert client.job(made["metaJobExecutionId"])["errorStatus"] == "FILE_PROCESSING_ERROR"


def test_one_missing_file_fails_a_whole_split_batch(begin: Begin, connect: Connect) -> None:
    client = connect(begin(), at=1)
    made = client.create("a1.mrc", "a2.mrc")
    assert client.assemble(made, client.stored("a1.mrc", marc())).status_code == 204
    client.process(made)
    until(lambda: client.definition(made["id"])["status"] == "ERROR")
    meta = client.http.get(f"{MANAGER}/{made['metaJobExecutionId']}").json()
    assert meta["status"] == "PARENT"


def test_the_files_of_a_raw_batch_are_jobs_of_their_own(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    made = client.create("a1.mrc", "a2.mrc")
    for at, content in enumerate((marc(), b"nothing")):
        client.raw(made, content, at)
    client.process(made)
    ended = {
        job["fileName"]: job["status"]
        for job in (client.ended(file["jobExecutionId"]) for file in made["fileDefinitions"])
    }
    assert ended == {"a1.mrc": "COMMITTED", "a2.mrc": "ERROR"}


def test_what_process_refuses(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    made = loaded(client, marc())
    address = f"{UPLOAD}/{made['id']}/processFiles"

    def answer(body: Any) -> tuple[int, str]:
        reply = client.http.post(address, json=body)
        return reply.status_code, reply.text

    assert client.http.post(address).status_code == 422
    assert answer({})[0] == 422
    assert answer({"uploadDefinition": made})[0] == 422
    assert answer({"uploadDefinition": made, "jobProfileInfo": BIB, "more": 1})[0] == 422
    assert answer({"uploadDefinition": made, "jobProfileInfo": BIB | {"tags": []}})[0] == 422
    assert answer({"uploadDefinition": {}, "jobProfileInfo": BIB})[0] == 400
    assert answer({"uploadDefinition": {"id": "nope"}, "jobProfileInfo": BIB}) == (
        404,
        "Upload definition not found by id: nope",
    )
    assert client.books.process_calls[made["id"]] == 0
    # The path is not read: only the body names the definition.
    body = {"uploadDefinition": {"id": made["id"]}, "jobProfileInfo": BIB}
    assert client.http.post(f"{UPLOAD}/other/processFiles", json=body).status_code == 204
    assert client.ended(made["metaJobExecutionId"])["status"] == "COMMITTED"


def test_records_fail_for_reasons_a_log_would_give(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    content = marc() + marc(None) + marc("Rivers, authority", kind="z") + b"00026nam a2200025 x\x1d"
    job = imported(client, content)
    entries = client.errors(job["id"])
    assert [entry["sourceRecordOrder"] for entry in entries] == ["1", "2", "3"]
    assert "Field 'title' is a required field" in entries[0]["error"]
    assert re.search(r"recordId: '[0-9a-f-]{36}'", entries[0]["error"])
    assert "does not support 'MARC_AUTHORITY' record type" in entries[1]["error"]
    assert entries[2]["error"].startswith('{"name"')
    assert {entry["sourceRecordActionStatus"] for entry in entries} == {"DISCARDED"}
    address = f"/metadata-provider/jobLogEntries/{job['id']}"
    every = client.http.get(address, params={"order": "desc"}).json()
    assert [entry["sourceRecordOrder"] for entry in every["entries"]] == ["3", "2", "1", "0"]
    created = every["entries"][3]
    assert created["relatedInstanceInfo"]["hridList"][0].startswith("in")
    assert created["sourceRecordTitle"] == "A short history of rivers"
    page = client.http.get(address, params={"limit": 1, "offset": 1, "errorsOnly": "true"}).json()
    assert (len(page["entries"]), page["totalRecords"]) == (1, 3)
    assert client.http.get(address, params={"sortBy": "colour"}).status_code == 400


def test_the_summary_comes_with_the_first_record(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    made = loaded(client, marc())
    address = f"/metadata-provider/jobSummary/{made['metaJobExecutionId']}"
    reply = client.http.get(address)
    sentence = f"JobSummary for jobExecutionId: '{made['metaJobExecutionId']}' was not found"
    assert (reply.status_code, reply.text) == (404, sentence)
    client.process(made)
    client.ended(made["metaJobExecutionId"])
    assert client.http.get(address).status_code == 200


def test_the_list_filters_and_sorts(begin: Begin, connect: Connect) -> None:
    client = connect(begin(neighbours=3))
    one = imported(client, marc(), "one_of_two.mrc")
    two = imported(client, marc(None), "two.mrc")
    draft = client.create("draft.mrc")["metaJobExecutionId"]

    def found(**query: Any) -> set[str]:
        return {job["fileName"] for job in client.jobs(**query)}

    assert found(statusAny=["COMMITTED", "ERROR"], userId=one["userId"]) == {
        "one_of_two.mrc",
        "two.mrc",
    }
    assert found(statusAny="ERROR") == {"two.mrc"}
    assert found(uiStatusAny="INITIALIZATION") == {"draft.mrc"}
    assert "draft.mrc" not in found(statusNot="NEW")
    assert found(fileName="*TWO*") == {"one_of_two.mrc", "two.mrc"}
    assert found(fileName="one%two.mrc") == {"one_of_two.mrc"}
    assert found(fileName="_wo.mrc") == {"two.mrc"}
    assert found(fileName="two.mrc", hrId=str(one["hrId"])) == {"one_of_two.mrc", "two.mrc"}
    assert found(subordinationTypeNotAny="PARENT_SINGLE") == set()
    assert found(fileNameNotAny=["two.mrc", "draft.mrc"], userId=one["userId"]) == {
        "one_of_two.mrc"
    }
    assert found(profileIdAny=BIB["id"], userId=one["userId"]) == {"one_of_two.mrc", "two.mrc"}
    assert found(profileIdNotAny=BIB["id"], userId=one["userId"]) == {"draft.mrc"}
    assert found(excludeJobProfileName="default*", userId=one["userId"]) == {"draft.mrc"}
    today = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 600))
    assert "two.mrc" in found(completedAfter=today)
    assert "two.mrc" in found(completedAfter=f"{today}T00:00:00.000+00:00")
    assert found(completedBefore="2001-01-01") == set()
    order = [job["id"] for job in client.jobs(sortBy="hrid,desc", userId=one["userId"])]
    assert order == [draft, two["id"], one["id"]]
    page = client.http.get(LIST, params={"limit": 2}).json()
    assert (len(page["jobExecutions"]), page["totalRecords"]) == (2, 6)


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"fileName": "o'neill.mrc"}, 500),
        ({"statusAny": "COMMITTED,ERROR"}, 500),
        ({"uiStatusAny": "BUSY"}, 500),
        ({"sortBy": "colour,asc"}, 400),
        ({"completedAfter": "yesterday"}, 400),
        ({"limit": "many"}, 400),
    ],
)
def test_what_the_list_refuses(
    begin: Begin, connect: Connect, query: dict[str, str], status: int
) -> None:
    assert connect(begin()).http.get(LIST, params=query).status_code == status


def test_stopping_keeps_what_was_created(begin: Begin, connect: Connect) -> None:
    client = connect(begin(pace=10, records_per_second=10))
    made = loaded(client, marc() * 500)
    client.process(made)
    job_id = made["metaJobExecutionId"]
    until(lambda: client.job(job_id)["progress"]["current"])
    assert client.http.delete(f"{MANAGER}/{job_id}/records").status_code == 204
    stopped = client.ended(job_id)
    assert stopped["status"] == "CANCELLED"
    summary = client.http.get(f"/metadata-provider/jobSummary/{job_id}").json()
    created = summary["instanceSummary"]["totalCreatedEntities"]
    assert 0 < created < 500
    assert client.http.delete(f"{MANAGER}/{job_id}/records").status_code == 204
    time.sleep(0.2)
    assert client.job(job_id)["progress"]["current"] == stopped["progress"]["current"]
    assert client.http.delete(f"{MANAGER}/nope/records").status_code == 404


def test_a_composite_job_is_stopped_by_its_parent(begin: Begin, connect: Connect) -> None:
    client = connect(begin(records_per_split_file=50, records_per_second=1), at=1)
    made = loaded(client, marc() * 200)
    client.process(made)
    parent = client.parent(made["fileDefinitions"][0]["sourcePath"])
    until(lambda: (client.job(parent["id"]).get("progress") or {}).get("current"))
    running = client.job(parent["id"])
    assert running["totalRecordsInFile"] == 200
    assert running["progress"]["total"] < 200
    assert running["compositeDetails"]["newState"] == {"chunksCount": 3}
    cancel = "/data-import/jobExecutions/{}/cancel"
    child = client.children(parent["id"])[0]["id"]
    for wrong in (child, "nope"):
        reply = client.http.delete(cancel.format(wrong))
        assert (reply.status_code, reply.text) == (500, "null response from handler")
    reply = client.http.delete(cancel.format(parent["id"]))
    assert (reply.status_code, reply.json()) == (200, {"ok": True})
    assert client.ended(parent["id"])["status"] == "CANCELLED"
    assert {job["status"] for job in client.children(parent["id"])} == {"CANCELLED"}


def test_a_job_stopped_before_its_first_record_stays_stopped(
    begin: Begin, connect: Connect
) -> None:
    client = connect(begin(pace=2))
    made = loaded(client, b"nothing that could be read")
    client.process(made)
    job_id = made["metaJobExecutionId"]
    until(lambda: client.job(job_id)["status"] == "PARSING_IN_PROGRESS")
    assert client.http.delete(f"{MANAGER}/{job_id}/records").status_code == 204
    time.sleep(0.3)
    assert client.job(job_id)["status"] == "CANCELLED"


def test_the_newest_job_of_a_neighbour_is_at_work(begin: Begin, connect: Connect) -> None:
    client = connect(begin(neighbours=3))
    jobs = client.jobs(sortBy="hrid,asc")
    assert [job["status"] for job in jobs] == ["COMMITTED", "COMMITTED", "PARSING_IN_PROGRESS"]
    assert {job["runBy"]["lastName"] for job in jobs} == {"Okafor"}


def test_a_deleted_log_is_gone_everywhere(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    job = imported(client, marc())
    reply = client.http.request("DELETE", MANAGER, json={"ids": [job["id"]]})
    assert reply.status_code == 200
    reply = client.http.get(f"{MANAGER}/{job['id']}")
    assert (reply.status_code, reply.text) == (
        404,
        f"JobExecution with id '{job['id']}' was not found",
    )
    assert client.jobs() == []
    assert client.http.delete(f"{MANAGER}/{job['id']}").status_code == 500


def test_numbers_count_up(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    first, second = client.create("a1.mrc"), client.create("a2.mrc")
    numbers = [client.job(made["metaJobExecutionId"])["hrId"] for made in (first, second)]
    assert numbers[1] == numbers[0] + 1


def test_profiles_are_paged_searched_and_partly_hidden(begin: Begin, connect: Connect) -> None:
    client = connect(begin(profiles=230))
    address = "/data-import-profiles/jobProfiles"
    page = client.http.get(address).json()
    assert (len(page["jobProfiles"]), page["totalRecords"]) == (10, 230)
    second = client.http.get(address, params={"limit": 100, "offset": 200}).json()
    assert len(second["jobProfiles"]) == 30
    assert client.http.get(address, params={"showHidden": "true"}).json()["totalRecords"] == 232
    query = {"query": '(name=="*gobi*" or description=="*gobi*") and dataType==("MARC")'}
    found = client.http.get(address, params=query).json()["jobProfiles"]
    assert found
    assert all("GOBI" in one["name"] and one["dataType"] == "MARC" for one in found)
    assert client.http.get(f"{address}/{BIB['id']}").json()["name"] == BIB["name"]
    assert client.http.get(address, params={"query": "name=="}).status_code == 400
    types = client.http.get("/data-import/dataTypes").json()
    assert types == {"dataTypes": ["Delimited", "EDIFACT", "MARC"], "totalRecords": 3}
    query = {"query": 'extension==".mrc"'}
    one = client.http.get("/data-import/fileExtensions", params=query).json()["fileExtensions"]
    assert [extension["dataTypes"] for extension in one] == [["MARC"]]
    assert len(client.http.get("/data-import/fileExtensions").json()["fileExtensions"]) == 10
