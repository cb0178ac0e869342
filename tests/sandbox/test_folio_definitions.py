"""Upload definitions: the rules of making, listing and taking back."""

import time
from typing import Any

import pytest

from tests.sandbox.client import UPLOAD, Client, marc, until
from tests.sandbox.conftest import Begin, Connect


def refused(client: Client, body: Any) -> tuple[int, list[tuple[str, str]]]:
    reply = client.http.post(UPLOAD, json=body)
    errors = reply.json()["errors"] if reply.status_code == 422 else []
    return reply.status_code, [(error["message"], error["code"]) for error in errors]


def test_several_files_get_a_child_job_each(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    made = client.create("a1.mrc", "a2.mrc")
    meta = client.http.get(f"/change-manager/jobExecutions/{made['metaJobExecutionId']}").json()
    assert (meta["subordinationType"], meta["status"]) == ("PARENT_MULTIPLE", "PARENT")
    ids = {file["jobExecutionId"] for file in made["fileDefinitions"]}
    assert len(ids) == 2
    assert meta["id"] not in ids
    assert {job["subordinationType"] for job in client.children(meta["id"])} == {"CHILD"}
    assert meta["id"] not in {job["id"] for job in client.jobs()}


def test_equal_names_share_one_job(begin: Begin, connect: Connect) -> None:
    made = connect(begin()).create("a1.mrc", "a1.mrc")
    assert len({file["jobExecutionId"] for file in made["fileDefinitions"]}) == 1


def test_a_new_definition_cannot_be_read_at_once(begin: Begin, connect: Connect) -> None:
    client = connect(begin(visible_after=0.4))
    made = client.http.post(UPLOAD, json={"fileDefinitions": [{"name": "a1.mrc"}]}).json()
    reply = client.http.get(f"{UPLOAD}/{made['id']}")
    sentence = f"Upload Definition with id '{made['id']}' not found"
    assert (reply.status_code, reply.text) == (404, sentence)
    assert client.raw(made, b"x").status_code == 404
    until(lambda: client.http.get(f"{UPLOAD}/{made['id']}").status_code == 200)


def test_blocked_extensions_and_lack_of_space_are_told_together(
    begin: Begin, connect: Connect
) -> None:
    client = connect(begin(free_kib=100))
    files = [
        {"name": "scan.PDF", "size": 1},
        {"name": "big.mrc", "size": 200},
        {"name": "notes.txt", "size": 1},
        {"name": "a.zip"},
    ]
    status, found = refused(client, {"fileDefinitions": files[:2] + files[3:]})
    assert status == 422
    assert set(found) == {
        ("upload.fileSize.invalid", "big.mrc"),
        ("upload.fileSize.invalid", "a.zip"),
        ("validation.uploadDefinition.fileExtension.blocked", "scan.PDF"),
        ("validation.uploadDefinition.fileExtension.blocked", "a.zip"),
    }
    assert refused(client, {"fileDefinitions": files[2:3]})[0] == 201


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"fileDefinitions": [{"name": "a1.mrc", "colour": "red"}]}, 422),
        ({"fileDefinitions": [{"name": "a1.mrc"}], "colour": "red"}, 422),
        ({"fileDefinitions": [{"size": 1}]}, 422),
        ({"fileDefinitions": [{"name": "a1.mrc", "size": 1.5}]}, 400),
        ({"fileDefinitions": []}, 400),
        ([], 400),
    ],
)
def test_the_schema_is_closed(begin: Begin, connect: Connect, body: Any, status: int) -> None:
    assert refused(connect(begin()), body)[0] == status


def test_the_list_shows_the_own_when_asked_by_query(begin: Begin, connect: Connect) -> None:
    box = begin()
    kim, ada = connect(box), connect(box, sign_in=False)
    ada.sign_in("ada")
    first, second = kim.create("first.mrc"), kim.create("second.mrc")
    other = ada.create("other.mrc")

    def listed(query: str, **more: Any) -> list[str]:
        reply = kim.http.get(UPLOAD, params={"query": query} | more)
        assert reply.status_code == 200, reply.text
        return [one["id"] for one in reply.json()["uploadDefinitions"]]

    order = "sortBy metadata.createdDate/sort.descending"
    states = '(status==("NEW" OR "IN_PROGRESS" OR "LOADED"))'
    assert listed(f"{states} {order}") == [second["id"], first["id"]]
    assert listed('(fileDefinitions=="*first.mrc*")') == [first["id"]]
    assert listed('(status=="LOADED")') == []
    assert set(listed("")) == {first["id"], second["id"], other["id"]}
    # Without parentheses an `or` leaves the limit to the own definitions.
    assert other["id"] in listed('status=="LOADED" or status=="NEW"')
    assert len(listed(states, limit=1)) == 1
    reply = kim.http.get(UPLOAD, params={"query": "(status=="})
    assert reply.status_code == 422


def test_the_list_shows_ten_unless_told(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    for number in range(11):
        client.create(f"file-{number}.mrc")
    page = client.http.get(UPLOAD).json()
    assert (len(page["uploadDefinitions"]), page["totalRecords"]) == (10, 11)


def test_replacing_loses_what_is_not_sent(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    made = client.create("a1.mrc")
    reply = client.http.put(f"{UPLOAD}/{made['id']}", json={"fileDefinitions": []})
    assert reply.status_code == 200
    assert {"status", "metaJobExecutionId"} & set(reply.json()) == set()
    assert len(reply.json()["fileDefinitions"]) == 1


def test_a_definition_goes_until_its_import_began(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    gone = client.create("a1.mrc")
    client.raw(gone, marc())
    assert client.http.delete(f"{UPLOAD}/{gone['id']}").status_code == 204
    assert client.http.delete(f"{UPLOAD}/{gone['id']}").status_code == 404
    assert client.job(gone["metaJobExecutionId"])["status"] == "DISCARDED"
    assert client.books.deleted_definitions == [gone["id"]]

    kept = client.create("a2.mrc")
    client.raw(kept, marc())
    client.process(kept)
    client.ended(kept["metaJobExecutionId"])
    reply = client.http.delete(f"{UPLOAD}/{kept['id']}")
    assert reply.status_code == 400
    assert reply.text == (
        f"Cannot delete uploadDefinition {kept['id']} - linked files are already being processed"
    )
    ids = {"ids": [kept["metaJobExecutionId"]]}
    reply = client.http.request("DELETE", "/change-manager/jobExecutions", json=ids)
    assert reply.json()["jobExecutionDetails"][0]["isDeleted"] is True
    assert client.http.delete(f"{UPLOAD}/{kept['id']}").status_code == 500


def test_deleting_a_file_twice_is_a_fault_of_the_server(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    made = client.create("a1.mrc", "a2.mrc")
    client.raw(made, marc())
    address = f"{UPLOAD}/{made['id']}/files/{made['fileDefinitions'][1]['id']}"
    assert client.http.delete(address).status_code == 204
    after = client.definition(made["id"])
    assert (after["status"], len(after["fileDefinitions"])) == ("IN_PROGRESS", 1)
    assert client.http.delete(address).status_code == 500
    assert client.http.delete(address.replace(made["id"], "no-such")).status_code == 404
    assert [file.removed for file in client.books.files] == [False, True]


def test_a_file_added_later_can_never_be_uploaded(begin: Begin, connect: Connect) -> None:
    client = connect(begin())
    made = client.create("a1.mrc")
    address = f"{UPLOAD}/{made['id']}/files"
    assert client.http.post(address, json={"name": "later.mrc"}).status_code == 404
    body = {"name": "later.mrc", "uploadDefinitionId": made["id"]}
    reply = client.http.post(address, json=body)
    assert reply.status_code == 201
    assert "jobExecutionId" not in reply.json()["fileDefinitions"][1]
    reply = client.raw(reply.json(), marc(), at=1)
    assert (reply.status_code, reply.text) == (400, "Failed to update job execution status")
    files = client.definition(made["id"])["fileDefinitions"]
    rolled_back = next(file for file in files if file["name"] == "later.mrc")
    assert rolled_back["status"] == "NEW"
    assert "sourcePath" in rolled_back


def test_files_left_for_too_long_are_gone(begin: Begin, connect: Connect) -> None:
    client = connect(begin(clean_after=0.05))
    made = client.create("a1.mrc")
    client.raw(made, marc())
    time.sleep(0.1)
    assert client.definition(made["id"])["fileDefinitions"][0]["status"] == "UPLOADED"
    client.process(made)
    job = client.ended(made["metaJobExecutionId"])
    assert (job["status"], job["errorStatus"]) == ("ERROR", "FILE_PROCESSING_ERROR")
