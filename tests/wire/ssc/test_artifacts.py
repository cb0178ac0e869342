"""Artifacts and jobs: every word of every release in ours."""

from __future__ import annotations

import pytest

from app.core.jobs import JobState
from app.servers.ssc.wire import artifacts, jobs, versions
from app.servers.ssc.wire.artifacts import Artifact

STATES = {
    "NONE": JobState.WAITING,
    "SCHED_PROCESSING": JobState.WAITING,
    "DISPATCH_ANALYSIS": JobState.WAITING,
    "DISPATCH_REAUDIT": JobState.WAITING,
    "QUEUED_ANALYSIS": JobState.WAITING,
    "REQUEUED_ANALYSIS": JobState.WAITING,
    "PROCESSING": JobState.RUNNING,
    "ANALYZING": JobState.RUNNING,
    "ANALYSIS_COMPLETE": JobState.RUNNING,
    "REQUIRE_AUTH": JobState.APPROVAL,
    "PROCESS_COMPLETE": JobState.DONE,
    "ERROR_PROCESSING": JobState.FAILED,
    "ERROR_DISPATCH": JobState.FAILED,
    "ERROR_ANALYZING": JobState.FAILED,
    "AUDIT_FAILED": JobState.FAILED,
    "AUTH_DENIED": JobState.FAILED,
    "UNKNOWN": JobState.UNKNOWN,
    "INVENTED_LATER": JobState.UNKNOWN,
    "": JobState.UNKNOWN,
    "DELETING": JobState.FAILED,
    "DELETED": JobState.FAILED,
    "ERROR_DELETING": JobState.FAILED,
    "PURGING": JobState.DONE,
    "PURGED": JobState.DONE,
    "ERROR_PURGING": JobState.DONE,
}
JOB_STATES = {
    "PREPARED": JobState.WAITING,
    "WAITING_FOR_WORKER": JobState.WAITING,
    "DEFERRED": JobState.WAITING,
    "RUNNING": JobState.RUNNING,
    "CANCELLING": JobState.RUNNING,
    "FINISHED": JobState.RUNNING,
    "FAILED": JobState.FAILED,
    "CANCELLED": JobState.CANCELLED,
    "INVENTED_LATER": JobState.UNKNOWN,
}


def artifact(**fields: object) -> Artifact:
    found = artifacts.read_artifact({"id": 5577, **fields})
    assert found is not None
    return found


@pytest.mark.parametrize(("word", "state"), STATES.items())
def test_states_of_artifacts(word: str, state: JobState) -> None:
    assert artifact(status=word).state is state


def test_what_was_processed_before_it_was_deleted_is_done() -> None:
    assert artifact(status="DELETED", scaStatus="PROCESSED").state is JobState.DONE


@pytest.mark.parametrize(("word", "state"), JOB_STATES.items())
def test_states_of_jobs(word: str, state: JobState) -> None:
    job = jobs.read_job({"jobName": "J", "state": word})
    assert job is not None
    assert job.state is state


def test_an_artifact_with_everything_left_out() -> None:
    found = artifact()
    assert (found.name, found.size, found.user, found.uploaded) == ("", None, "", None)
    assert (found.may_approve, found.approved, found.scan_errors) == (None, False, 0)
    assert artifacts.read_artifact({}) is None


def test_an_artifact_with_scans() -> None:
    scan = {
        "guid": "g",
        "type": "SCA",
        "engineVersion": "20.1",
        "buildId": "shop",
        "certification": "VALID",
        "noOfFiles": 3,
        "totalLOC": 120,
    }
    found = artifact(
        fileSize="30875",
        uploadDate="2026-01-09T08:03:11.120+0000",
        allowApprove=True,
        approvalUsername="ann",
        scaStatus="IGNORED",
        _embed={"scans": [scan]},
    )
    assert found.size == 30875
    assert found.uploaded == pytest.approx(1767945791.12)
    assert found.may_approve
    assert found.approved
    assert found.engines == {"sca": "IGNORED"}
    assert found.scans[0].build == "shop"
    assert (found.scans[0].files, found.scans[0].lines) == (3, 120)


@pytest.mark.parametrize("id", [5577, "5577"])
def test_a_job_names_its_artifact_as_number_or_text(id: object) -> None:
    job = jobs.read_job({"jobName": "J", "jobData": {"PARAM_ARTIFACT_ID": id}})
    assert job is not None
    assert job.artifact == 5577


def test_job_names_are_encoded_whole() -> None:
    assert jobs.job_path("JOB$a/b") == "api/v1/jobs/JOB%24a%2Fb"


def test_uploads_of_audit_assistant_are_not_a_persons() -> None:
    for name, ours in (("shop.fpr", True), ("AA_shop.fpr", False)):
        job = jobs.read_job(
            {
                "jobName": "JOB_ARTIFACTUPLOAD$1",
                "jobClass": "com.fortify.manager.BLL.jobs.ArtifactUploadJob",
                "artifactName": name,
            }
        )
        assert job is not None
        assert job.of_upload is ours
    purge = jobs.read_job({"jobName": "JOB_X$1", "jobClass": "a.ArtifactPurgeJob"})
    assert purge is not None
    assert not purge.of_upload


def test_versions_say_whether_they_take_results() -> None:
    row = {
        "id": 10042,
        "name": "1.0",
        "project": {"id": 1, "name": "Shop"},
        "currentState": {"analysisUploadEnabled": False},
    }
    found = versions.read_version(row)
    assert found is not None
    assert (found.title, found.open, found.uploads) == ("Shop 1.0", True, False)
    for closed in ({"active": False}, {"committed": False}, {"status": "ARCHIVED"}):
        found = versions.read_version({"id": 1, **closed})
        assert found is not None
        assert not found.open


@pytest.mark.parametrize(
    ("search", "query"),
    [
        ("shop", 'name:"*shop*"'),
        ('say "hello there", again', 'name:"*hello there*"'),
        ("a*b\\cd", 'name:"*cd*"'),
    ],
)
def test_searching_asks_for_the_longest_safe_piece(search: str, query: str) -> None:
    assert versions.searching(search) == (("q", query),)


def test_an_empty_search_asks_for_all() -> None:
    assert versions.searching("  ") == ()
    assert versions.searching('"*"') == ()
