"""The two worked sequences, request by request, and what they leave in the books."""

import hashlib
from pathlib import Path

import httpx2
import pytest

from tests.sandbox.client import UPLOAD, Json, marc, put, sample, until
from tests.sandbox.conftest import Begin, Connect


@pytest.mark.parametrize("platform", ["okapi", "eureka"])
def test_a_file_sent_raw_is_imported_to_its_last_record(
    begin: Begin, connect: Connect, platform: str
) -> None:
    client = connect(begin(platform=platform))
    http = client.http
    assert http.get("/data-import/splitStatus").json() == {"splitStatus": False}
    extensions = http.get("/data-import/fileExtensions", params={"limit": 1000}).json()
    assert len(extensions["fileExtensions"]) == extensions["totalRecords"] == 13
    query = {"limit": 1000, "query": 'dataType==("MARC") sortBy name'}
    profiles = http.get("/data-import-profiles/jobProfiles", params=query).json()["jobProfiles"]
    assert [one["name"] for one in profiles] == sorted((p["name"] for p in profiles), key=str.lower)
    assert {one["dataType"] for one in profiles} == {"MARC"}

    content = marc() + marc("Bridges") + marc(None)
    body = {"fileDefinitions": [{"name": "loads.mrc", "size": 1, "uiKey": "key-1"}]}
    reply = http.post(UPLOAD, json=body)
    assert reply.status_code == 201
    made = reply.json()
    [file] = made["fileDefinitions"]
    assert made["status"] == file["status"] == "NEW"
    assert made["metaJobExecutionId"] == file["jobExecutionId"]
    assert file["uiKey"] == "key-1"
    assert file["uploadDefinitionId"] == made["id"]
    until(lambda: http.get(f"{UPLOAD}/{made['id']}").status_code == 200)

    reply = client.raw(made, content)
    assert reply.status_code == 200
    whole = reply.json()
    assert whole["id"] == made["id"]
    assert whole["status"] == "LOADED"
    assert whole["fileDefinitions"][0]["status"] == "UPLOADED"
    assert whole["fileDefinitions"][0]["sourcePath"].endswith("/loads.mrc")
    job = client.job(file["jobExecutionId"])
    assert job["status"] == "FILE_UPLOADED"
    assert job["progress"]["total"] == 100

    assert client.process(made).status_code == 204
    job = client.ended(file["jobExecutionId"])
    assert job["status"] == "ERROR"
    assert "errorStatus" not in job
    assert job["progress"] == {"jobExecutionId": job["id"], "current": 3, "total": 3}
    assert client.definition(made["id"])["status"] == "COMPLETED"
    summary = http.get(f"/metadata-provider/jobSummary/{job['id']}").json()
    assert summary["totalErrors"] == 1
    assert summary["sourceRecordSummary"]["totalCreatedEntities"] == 2
    assert summary["instanceSummary"]["totalCreatedEntities"] == 2
    [entry] = client.errors(job["id"])
    assert entry["sourceRecordOrder"] == "2"
    assert entry["error"].startswith("Mapped Instance is invalid: [Field 'title' is a required")
    reply = http.post(
        "/authn/logout", headers={"Cookie": f"folioRefreshToken={client.refresh_token}"}
    )
    assert reply.status_code == 204
    assert http.get("/bl-users/_self").status_code == 401

    [seen] = client.books.files
    assert (seen.size, seen.sha256) == (len(content), hashlib.sha256(content).hexdigest())
    assert seen.appends == 1
    assert client.books.process_calls == {made["id"]: 1}
    assert client.books.sign_outs == ["session"]


def test_a_file_sent_in_parts_is_split_and_imported(begin: Begin, connect: Connect) -> None:
    client = connect(begin(records_per_split_file=2), at=1)
    http = client.http
    assert http.get("/data-import/splitStatus").json() == {"splitStatus": True}
    content = b"".join(marc(f"Volume {n}") for n in range(4)) + marc(None)
    made = client.create("gr\u00f6\u00dfe 'a'.mrc")
    first = http.get(
        "/data-import/uploadUrl", params={"filename": "gr\u00f6\u00dfe 'a'.mrc"}
    ).json()
    assert first["key"].startswith("data-import/diku_split/")
    assert first["key"].endswith("-gr\u00f6\u00dfe 'a'.mrc")
    one = put(first["url"], content[:200])
    assert one.status_code == 200
    query = {"key": first["key"], "uploadId": first["uploadId"], "partNumber": 2}
    second = http.get("/data-import/uploadUrl/subsequent", params=query).json()
    assert (second["key"], second["uploadId"]) == (first["key"], first["uploadId"])
    two = put(second["url"], content[200:])
    assert one.headers["etag"].startswith('"')
    body = {
        "uploadId": first["uploadId"],
        "key": first["key"],
        "tags": [one.headers["etag"], two.headers["etag"]],
    }
    assert client.assemble(made, body).status_code == 204
    loaded = client.definition(made["id"])
    assert loaded["status"] == "LOADED"
    assert loaded["fileDefinitions"][0]["sourcePath"] == first["key"]

    assert client.process(made).status_code == 204
    parent = client.parent(first["key"])
    assert parent["subordinationType"] == "COMPOSITE_PARENT"
    done = client.ended(parent["id"])
    assert done["status"] == "COMMITTED"
    assert done["totalRecordsInFile"] == 5
    assert done["progress"]["current"] == done["progress"]["total"] == 5
    assert done["compositeDetails"] == {
        "committedState": {
            "chunksCount": 2,
            "totalRecordsCount": 4,
            "currentlyProcessedCount": 4,
        },
        "errorState": {"chunksCount": 1, "totalRecordsCount": 1, "currentlyProcessedCount": 1},
    }
    assert client.definition(made["id"])["status"] == "COMPLETED"
    assert client.job(made["metaJobExecutionId"])["status"] == "FILE_UPLOADED"
    missing = http.get(f"/metadata-provider/jobSummary/{parent['id']}")
    assert missing.status_code == 404
    children = client.children(parent["id"])
    assert [(one["jobPartNumber"], one["totalJobParts"]) for one in children] == [
        (1, 3),
        (2, 3),
        (3, 3),
    ]
    summaries = [http.get(f"/metadata-provider/jobSummary/{one['id']}").json() for one in children]
    assert sum(one["sourceRecordSummary"]["totalCreatedEntities"] for one in summaries) == 4
    assert [e["sourceRecordOrder"] for e in client.errors(children[2]["id"])] == ["0"]

    address = f"/data-import/jobExecutions/{children[1]['id']}/downloadUrl"
    url = http.get(address).json()["url"]
    part = httpx2.get(url, trust_env=False)
    assert part.content == marc("Volume 2") + marc("Volume 3")
    gone = http.get(f"/data-import/jobExecutions/{parent['id']}/downloadUrl")
    assert (gone.status_code, gone.text) == (404, "Not found")

    [seen] = client.books.files
    assert seen.sha256 == hashlib.sha256(content).hexdigest()
    assert client.books.objects[first["key"]].parts == 2
    assert client.books.leaks == []


SAMPLES: list[tuple[str, str, str, int, int]] = [
    ("CornellFOLIOExemplars.mrc", "MARC", "COMMITTED", 62, 0),
    ("61PRINT160129.mrc", "MARC", "COMMITTED", 246, 0),
    ("sample100.mrc", "MARC", "COMMITTED", 100, 0),
    ("marcBibFileForC350697.mrc", "MARC", "COMMITTED", 1, 0),
    ("invalidMarcFile.mrc", "MARC", "ERROR", 0, 0),
    ("FAT-139_5.xml", "MARC", "COMMITTED", 1, 0),
    ("xmlMarcRecord.xml", "MARC", "ERROR", 45, 45),
    ("invalidUChicago_SampleBibs.xml", "MARC", "ERROR", 0, 0),
    ("FAT-139_1.edi", "EDIFACT", "COMMITTED", 1, 0),
    ("FAT-139_1.edi", "MARC", "ERROR", 0, 0),
    ("CornHein1604419006.edi", "EDIFACT", "COMMITTED", 2, 0),
]


@pytest.mark.parametrize(("name", "data_type", "status", "total", "failed"), SAMPLES)
def test_real_files_count_as_in_folio(
    begin: Begin,
    connect: Connect,
    samples: Path,
    name: str,
    data_type: str,
    status: str,
    total: int,
    failed: int,
) -> None:
    client = connect(begin(pace=200))
    profiles: list[Json] = client.http.get(
        "/data-import-profiles/jobProfiles", params={"query": f'dataType=="{data_type}"'}
    ).json()["jobProfiles"]
    chosen = {key: profiles[0][key] for key in ("id", "name", "dataType")}
    made = client.create(name)
    assert client.raw(made, sample(samples / "folio", name)).status_code == 200
    assert client.process(made, chosen).status_code == 204
    job = client.ended(made["metaJobExecutionId"])
    assert (job["status"], job["progress"]["total"]) == (status, total)
    assert len(client.errors(job["id"])) == failed
    assert (job.get("errorStatus") == "FILE_PROCESSING_ERROR") is (total == 0)
