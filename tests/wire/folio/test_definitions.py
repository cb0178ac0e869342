"""Upload definitions: what is sent and how replies are read."""

from typing import Any

import pytest

from app.servers.folio.wire import definitions
from app.servers.folio.wire.definitions import Definition, NewFile

FILE: dict[str, Any] = {
    "id": "71d0c0de-0001-4a00-8000-000000000001",
    "name": "march-loads.mrc",
    "status": "NEW",
    "jobExecutionId": "9a9a9a9a-0001-4a00-8000-000000000001",
    "uploadDefinitionId": "0b6d2c1e-6f0d-4f7e-9a3c-2b7a1c9d5e10",
    "createDate": "2026-03-02T09:15:00.122+00:00",
    "size": 4711,
    "uiKey": "longshore:k7:0",
}
DEFINITION: dict[str, Any] = {
    "id": "0b6d2c1e-6f0d-4f7e-9a3c-2b7a1c9d5e10",
    "metaJobExecutionId": "c1b2a394-55d1-4d0e-8f7b-90aa11bb22cc",
    "status": "IN_PROGRESS",
    "createDate": "2026-03-02T09:15:00.123+0000",
    "fileDefinitions": [
        FILE,
        {
            **FILE,
            "id": "71d0c0de-0002-4a00-8000-000000000002",
            "name": "authorities.mrc",
            "status": "UPLOADED",
            "sourcePath": "./storage/upload/0b6d2c1e/71d0c0de/authorities.mrc",
            "uploadedDate": "2026-03-02T09:16:40.000Z",
            "uiKey": "longshore:k7:1",
        },
    ],
    "metadata": {"updatedDate": "2026-03-02T09:16:00.000+00:00"},
}


def read(body: object, date: str = "") -> Definition:
    definition = definitions.read_definition(body, date)
    assert definition is not None
    return definition


def test_sizes_are_kilobytes_rounded_up() -> None:
    files = [NewFile("a.mrc", size, f"k{size}") for size in (1, 1024, 1025, 4_823_449)]
    sizes = [file["size"] for file in definitions.creation(files)["fileDefinitions"]]
    assert sizes == [1, 1, 2, 4711]


def test_nothing_but_name_size_and_key_is_sent_for_a_file() -> None:
    body = definitions.creation([NewFile("a b'ü.mrc", 10, "longshore:k:0")])
    assert body == {"fileDefinitions": [{"name": "a b'ü.mrc", "size": 1, "uiKey": "longshore:k:0"}]}


def test_a_definition_is_read_with_times_of_every_spelling() -> None:
    found = read(DEFINITION, "Mon, 02 Mar 2026 10:16:40 GMT")
    assert found.status == definitions.IN_PROGRESS
    assert found.key == "k7"
    assert [file.name for file in found.files] == ["march-loads.mrc", "authorities.mrc"]
    assert found.changed == found.files[1].uploaded
    assert found.idle == 3600.0
    assert found.file("71d0c0de-0002-4a00-8000-000000000002") is found.files[1]
    assert found.file("other") is None


def test_without_the_servers_time_nothing_counts_as_idle() -> None:
    assert read(DEFINITION).idle == 0.0


@pytest.mark.parametrize(
    ("change", "untouched"),
    [
        ({}, True),
        ({"status": "UPLOADING"}, False),
        # Rolled back after its bytes were stored.
        ({"sourcePath": "./storage/upload/x"}, False),
        ({"uploadedDate": "2026-03-02T09:16:40.000Z"}, False),
    ],
)
def test_only_a_new_file_without_traces_is_untouched(
    change: dict[str, str], untouched: bool
) -> None:
    [file] = read({"id": "d", "fileDefinitions": [FILE | change]}).files
    assert file.untouched is untouched


@pytest.mark.parametrize(
    "body", [None, [], "text", {}, {"id": 7}, {"id": "", "fileDefinitions": []}]
)
def test_what_is_no_definition_reads_as_none(body: object) -> None:
    assert definitions.read_definition(body) is None


def test_wrong_types_inside_read_as_empty() -> None:
    found = read({"id": "d", "status": 5, "fileDefinitions": [None, {"id": 3}], "metadata": []})
    assert (found.status, found.made, len(found.files)) == ("", None, 1)
    assert found.key == ""


def test_drafts_of_other_programs_are_not_ours() -> None:
    other = {**FILE, "uiKey": "march-loads.mrc1772442900123"}
    assert read({"id": "d", "fileDefinitions": [other]}).key == ""


@pytest.mark.parametrize(
    ("name", "extension", "sent"),
    [
        ("a.mrc", ".mrc", "a.mrc"),
        ("A.MRC", ".mrc", "A.MRC"),
        ("records.XML", ".xml", "records.xml"),
        ("two.dots.Json", ".json", "two.dots.json"),
        (".mrc", "", ".mrc"),
        ("none", "", "none"),
        ("ends.", "", "ends."),
    ],
)
def test_only_xml_and_json_are_lowered(name: str, extension: str, sent: str) -> None:
    assert (definitions.extension(name), definitions.name_sent(name)) == (extension, sent)


def test_own_condition_is_in_parentheses() -> None:
    query = dict(definitions.drafts(100))["query"]
    assert query.startswith("(status==")
    assert query.endswith("sortBy metadata.createdDate/sort.descending")


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"splitStatus": True}, True),
        ({"splitStatus": False}, False),
        ({"splitStatus": "true"}, None),
        ({}, None),
        ("<html>", None),
    ],
)
def test_split_status_is_never_guessed(body: object, status: bool | None) -> None:
    assert definitions.read_split_status(body) is status


def test_an_upload_url_never_shows_itself() -> None:
    url = "https://s3.example.org/data-import/diku/1-a.mrc?X-Amz-Signature=0f1e2d"
    found = definitions.read_upload_url({"url": url, "key": "k", "uploadId": "2~a"})
    assert found is not None
    assert found.url == url
    assert "Signature" not in repr(found)
    assert definitions.read_upload_url({"url": url, "key": "k"}) is None


@pytest.mark.parametrize(
    ("key", "millis"),
    [
        ("data-import/diku/1772442900456-march-loads.mrc", "1772442900456"),
        ("data-import/diku/1772442900456-o'neill_100%.mrc", "1772442900456"),
        ("data-import/diku/march.mrc", ""),
        ("data-import/diku/march-loads.mrc", ""),
        ("", ""),
    ],
)
def test_the_number_in_a_storage_key(key: str, millis: str) -> None:
    assert definitions.millis(key) == millis


def test_start_sends_the_definition_as_read_and_the_data_type() -> None:
    body = definitions.start(read(DEFINITION), "p1", "Default", "MARC")
    assert body["uploadDefinition"] == DEFINITION
    assert body["jobProfileInfo"] == {"id": "p1", "name": "Default", "dataType": "MARC"}


def test_ids_cannot_leave_their_place_in_a_path() -> None:
    assert definitions.file_path("../x", "a/b?c") == (
        "/data-import/uploadDefinitions/..%2Fx/files/a%2Fb%3Fc"
    )
