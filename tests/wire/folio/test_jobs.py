"""Job executions and what they mean."""

from typing import Any

import pytest

from app.core.jobs import JobState
from app.servers.folio.wire import jobs
from app.servers.folio.wire.jobs import JobExecution

RAW: dict[str, Any] = {
    "id": "9a9a9a9a-0001-4a00-8000-000000000001",
    "hrId": 10427,
    "parentJobId": "9a9a9a9a-0001-4a00-8000-000000000001",
    "subordinationType": "PARENT_SINGLE",
    "jobProfileInfo": {"id": "e34d7b92", "name": "Default", "dataType": "MARC"},
    "sourcePath": "march-loads.mrc",
    "fileName": "march-loads.mrc",
    "runBy": {"firstName": "Kim", "lastName": "Ito"},
    "progress": {"current": 640, "total": 2500},
    "startedDate": "2026-03-02T09:15:00.100+00:00",
    "status": "PARSING_IN_PROGRESS",
    "uiStatus": "RUNNING",
    "userId": "11111111-2222-4333-8444-555555555555",
    "jobPartNumber": 1,
    "totalJobParts": 1,
    "totalRecordsInFile": 0,
}
COMPOSITE: dict[str, Any] = {
    "id": "c0",
    "subordinationType": "COMPOSITE_PARENT",
    "status": "COMMIT_IN_PROGRESS",
    "sourcePath": "data-import/diku/1772442900456-march-loads.mrc",
    "fileName": "1772442900456-march-loads.mrc",
    "totalRecordsInFile": 11840,
    "progress": {"current": 3000, "total": 4000},
    "compositeDetails": {
        "newState": {"chunksCount": 8},
        "parsingInProgressState": {
            "chunksCount": 1,
            "totalRecordsCount": 1000,
            "currentlyProcessedCount": 0,
        },
        "committedState": {
            "chunksCount": 2,
            "totalRecordsCount": 2000,
            "currentlyProcessedCount": 2000,
        },
        "errorState": {
            "chunksCount": 1,
            "totalRecordsCount": 1000,
            "currentlyProcessedCount": 1000,
        },
    },
}


def read(body: dict[str, Any], **change: Any) -> JobExecution:
    job = jobs.read_job(body | change)
    assert job is not None
    return job


def progress(current: int, total: int) -> dict[str, Any]:
    return {"progress": {"current": current, "total": total}}


def details(**chunks: tuple[int, int]) -> dict[str, Any]:
    return {
        "status": "COMMITTED",
        "compositeDetails": {
            f"{name}State": {"chunksCount": count, "currentlyProcessedCount": done}
            for name, (count, done) in chunks.items()
        },
    }


def test_a_job_is_read_whole() -> None:
    job = read(RAW)
    assert (job.hrid, job.who, job.user) == (10427, "Kim Ito", RAW["userId"])
    assert (job.current, job.total, job.records) == (640, 2500, None)
    assert job.shown_name == "march-loads.mrc"
    assert job.moved


@pytest.mark.parametrize(
    ("change", "state", "done", "errors"),
    [
        ({"status": "NEW"}, JobState.WAITING, None, False),
        # Before the file is read, the total is a placeholder.
        ({"status": "FILE_UPLOADED", **progress(0, 100)}, JobState.WAITING, None, False),
        ({}, JobState.RUNNING, 640, False),
        ({"status": "PARSING_FINISHED"}, JobState.RUNNING, 640, False),
        ({"status": "PROCESSING_IN_PROGRESS"}, JobState.RUNNING, 640, False),
        ({"status": "PROCESSING_FINISHED"}, JobState.RUNNING, 640, False),
        ({"status": "COMMIT_IN_PROGRESS"}, JobState.RUNNING, 640, False),
        ({"status": "PARENT"}, JobState.RUNNING, 640, False),
        ({"status": "COMMITTED", **progress(2500, 2500)}, JobState.DONE, 2500, False),
        ({"status": "COMMITTED", **progress(2600, 2500)}, JobState.DONE, 2500, False),
        ({"status": "ERROR", **progress(2500, 2500)}, JobState.DONE, 2500, True),
        ({"status": "ERROR", **progress(0, 0)}, JobState.FAILED, 0, False),
        ({"status": "ERROR", "progress": None}, JobState.FAILED, None, False),
        ({"status": "DISCARDED"}, JobState.FAILED, 640, False),
        ({"status": "CANCELLED"}, JobState.CANCELLED, 640, False),
        ({"status": "SOMETHING_NEW"}, JobState.UNKNOWN, 640, False),
        ({"status": None}, JobState.UNKNOWN, 640, False),
    ],
)
def test_states_of_a_raw_job(
    change: dict[str, Any], state: JobState, done: int | None, errors: bool
) -> None:
    verdict = jobs.verdict(read(RAW, **change))
    assert (verdict.state, verdict.done, verdict.errors) == (state, done, errors)


def test_a_composite_parent_counts_its_parts_and_not_its_own_progress() -> None:
    job = read(COMPOSITE)
    assert job.shown_name == "march-loads.mrc"
    assert job.parts == jobs.Parts(total=12, errors=1, cancelled=0, done=3000)
    verdict = jobs.verdict(job)
    assert (verdict.state, verdict.done, verdict.total) == (JobState.RUNNING, 3000, 11840)


@pytest.mark.parametrize(
    ("change", "state", "errors"),
    [
        (details(committed=(12, 11840)), JobState.DONE, False),
        (details(committed=(11, 10840), error=(1, 1000)), JobState.DONE, True),
        (details(error=(12, 0)), JobState.FAILED, False),
        (details(committed=(3, 3000), cancelled=(9, 0)), JobState.CANCELLED, False),
        (details(error=(3, 3000), cancelled=(9, 0)), JobState.CANCELLED, False),
        ({"status": "CANCELLED"}, JobState.CANCELLED, False),
        ({"status": "COMMITTED", "compositeDetails": None}, JobState.DONE, False),
    ],
)
def test_the_parts_decide_about_a_composite_parent(
    change: dict[str, Any], state: JobState, errors: bool
) -> None:
    verdict = jobs.verdict(read(COMPOSITE, **change))
    assert (verdict.state, verdict.errors) == (state, errors)


def test_unknown_parts_and_missing_counts_do_no_harm() -> None:
    change = {"compositeDetails": {"newState": {"chunksCount": 2}, "oddState": [], "x": None}}
    assert read(COMPOSITE, **change).parts == jobs.Parts(total=2)


@pytest.mark.parametrize(
    ("change", "moved"),
    [
        ({"status": "FILE_UPLOADED", "jobProfileInfo": None}, False),
        ({"status": "NEW", "jobProfileInfo": None}, False),
        ({"status": "FILE_UPLOADED"}, True),
        ({"status": "ERROR", "jobProfileInfo": None}, True),
        # Its definition was deleted before it was started.
        ({"status": "DISCARDED"}, False),
    ],
)
def test_a_job_tied_to_a_profile_has_moved(change: dict[str, Any], moved: bool) -> None:
    assert read(RAW, **change).moved is moved


def test_a_composite_parent_is_searched_by_number_alone() -> None:
    params = jobs.by_key("1772442900456")
    assert ("fileName", "1772442900456-*") in params
    assert [value for key, value in params if key == "subordinationTypeNotAny"] == [
        "COMPOSITE_CHILD",
        "PARENT_SINGLE",
    ]


def test_a_list_skips_what_is_no_job() -> None:
    found, total = jobs.read_jobs({"jobExecutions": [RAW, None, {}], "totalRecords": 1})
    assert ([job.id for job in found], total) == ([RAW["id"]], 1)
    assert jobs.read_jobs("nonsense") == ([], 0)
