"""Following scans in SSC: every word the server knows, approvals, and jobs that vanish."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.core.jobs import Job, JobAction, JobState
from app.core.problems import Refused
from app.servers.ssc.tickets import JobRef
from tests.servers.delivery import run
from tests.servers.fprs import archive, fpr
from tests.servers.ssc_ground import SHOP_ID, Ssc, followed, start, uploaded
from tests.wire.ssc.test_artifacts import JOB_STATES, STATES

__all__ = ["start"]

Start = Callable[..., Ssc]


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    return fpr(tmp_path / "shop-1.0.fpr")


def over(job: Job) -> bool:
    return job.state.ended


@pytest.mark.parametrize(("word", "state"), [one for one in STATES.items() if one[0]])
def test_every_state_of_an_artifact(start: Start, scan: Path, word: str, state: JobState) -> None:
    ssc = start(artifact_states=("SCHED_PROCESSING", "PROCESSING", word), step_seconds=0.5)

    async def work() -> None:
        async with ssc.connected() as server:
            ref = await uploaded(server, scan)
            job, _ = await followed(server, ref, lambda one: one.word == word)
            assert job.state is state
            assert (job.note is not None) == (
                state in (JobState.FAILED, JobState.APPROVAL) or "PURG" in word
            )
            assert job.link == f"{ssc.served.url}/html/ssc/version/{SHOP_ID}/artifacts"

    run(work)


@pytest.mark.parametrize("word", JOB_STATES)
def test_every_state_of_a_job_lets_the_artifact_decide(start: Start, scan: Path, word: str) -> None:
    ssc = start(
        job_states=("PREPARED", word),
        artifact_states=("SCHED_PROCESSING", "PROCESSING", "PROCESS_COMPLETE"),
        step_seconds=2.0,
    )

    async def work() -> None:
        async with ssc.connected(scale=0.02) as server:
            ref = await uploaded(server, scan, upload="token")
            job, _ = await followed(server, ref, over)
            assert (job.state, job.word) == (JobState.DONE, "PROCESS_COMPLETE")

    run(work)


@pytest.mark.parametrize("word", ["FAILED", "CANCELLED"])
def test_a_job_that_ends_without_a_word_to_the_artifact(
    start: Start, scan: Path, word: str
) -> None:
    ssc = start(job_states=("PREPARED", word), artifact_states=("SCHED_PROCESSING",))

    async def work() -> None:
        async with ssc.connected(scale=0.01) as server:
            ref = await uploaded(server, scan, upload="token")
            job, _ = await followed(server, ref, over)
            assert job.state is JOB_STATES[word]
            assert job.word == word

    run(work)


def test_a_scan_goes_from_queue_to_result(start: Start, scan: Path) -> None:
    ssc = start(pace=10.0)

    async def work() -> None:
        async with ssc.connected() as server:
            ref = await uploaded(server, scan)
            job, words = await followed(server, ref, over)
            assert words == ["SCHED_PROCESSING", "PROCESSING", "PROCESS_COMPLETE"]
            assert (job.ref, job.name, job.who) == (ref, scan.name, "joan")
            result = await server.result(job.ref)
            assert (result.counts["files"], result.counts["lines"]) == (3, 120)
            assert result.counts["scan_errors"] == 0
            assert any("build shop" in note for note in result.notes)
            assert (result.failures, result.failed, result.complete) == ((), 0, True)

    run(work)


@pytest.mark.parametrize("release", ["18.20", "21.1", "22.1", "24.2"])
@pytest.mark.parametrize("way", ["rest", "token"])
def test_every_release_both_ways(start: Start, scan: Path, release: str, way: str) -> None:
    ssc = start(release=release, artifact_id_as_text=True, sparse=True)

    async def work() -> None:
        async with ssc.connected() as server:
            ref = await uploaded(server, scan, upload=way)
            job, _ = await followed(server, ref, over)
            assert job.state is JobState.DONE
            assert JobRef.of(job.ref).artifact == ssc.artifacts[0].id
            # The first reference stays good.
            [again] = await server.status([ref])
            assert again.state is JobState.DONE

    run(work)


def test_a_damaged_scan_fails_with_the_servers_words(start: Start, tmp_path: Path) -> None:
    ssc = start()
    path = archive(tmp_path / "broken.fpr", {"audit.fvdl": "<FVDL><Build>"})

    async def work() -> None:
        async with ssc.connected() as server:
            job, _ = await followed(server, await uploaded(server, path), over)
            assert job.state is JobState.FAILED
            assert job.note is not None
            assert job.note.id == "ssc.processing-failed"
            [message] = ssc.artifacts[0].messages
            assert message[:40] in job.facts["messages"]
            result = await server.result(job.ref)
            assert result.failures[0].text.startswith(message[:40])

    run(work)


def test_a_swept_job_leads_to_its_artifact(start: Start, scan: Path) -> None:
    ssc = start(swept_after=0.0)

    async def work() -> None:
        async with ssc.connected() as server:
            ref = await uploaded(server, scan, upload="token")
            await asyncio.sleep(0.5)
            assert ssc.books.jobs == {}
            [job] = await server.status([ref])
            assert job.state is JobState.DONE
            assert JobRef.of(job.ref).artifact == ssc.artifacts[0].id

    run(work)


def test_an_approval_is_asked_of_a_person_and_given(start: Start, scan: Path) -> None:
    ssc = start(approval=True)

    async def work() -> None:
        async with ssc.connected() as server:
            ref = await uploaded(server, scan)
            job, _ = await followed(server, ref, lambda one: one.state is JobState.APPROVAL)
            assert job.actions == (JobAction.APPROVE,)
            assert job.note is not None
            assert job.note.id == "ssc.needs-approval"
            assert ssc.artifacts[0].messages[0][:30] in job.facts["messages"]
            await server.act(job.ref, JobAction.APPROVE, "Looked at it")
            job, words = await followed(server, ref, over)
            assert job.state is JobState.DONE
            assert "REQUIRE_AUTH" not in words

    run(work)
    [artifact] = ssc.artifacts
    assert (artifact.approved_by, artifact.comment) == ("joan", "Looked at it")


def test_an_approval_is_given_by_itself_once_if_asked_for(start: Start, scan: Path) -> None:
    ssc = start(approval=True)

    async def work() -> None:
        async with ssc.connected() as server:
            ref = await uploaded(server, scan, approve="yes")
            job, _ = await followed(server, ref, over)
            assert job.state is JobState.DONE

    run(work)
    assert ssc.asked("POST", "/artifacts/action/approve") == [200]
    assert "Longshore" in ssc.artifacts[0].comment


def test_an_approval_by_itself_that_is_refused_is_not_repeated(start: Start, scan: Path) -> None:
    ssc = start(approval=True, deny=("artifact.approve",), sparse=True)

    async def work() -> None:
        async with ssc.connected() as server:
            ref = await uploaded(server, scan, approve="yes")
            job, _ = await followed(server, ref, lambda one: one.state is JobState.APPROVAL)
            for _ in range(3):
                [job] = await server.status([job.ref])
            assert job.note is not None
            assert job.note.id == "ssc.approval-refused"
            with pytest.raises(Refused):
                await server.act(job.ref, JobAction.APPROVE, "please")

    run(work)
    assert ssc.asked("POST", "/artifacts/action/approve") == [403, 403]


def test_without_the_right_nothing_is_offered(start: Start, scan: Path) -> None:
    ssc = start(approval=True, deny=("artifact.approve",))

    async def work() -> None:
        async with ssc.connected() as server:
            ref = await uploaded(server, scan, approve="yes")
            job, _ = await followed(server, ref, lambda one: one.state is JobState.APPROVAL)
            assert job.actions == ()

    run(work)
    assert ssc.asked("POST", "/artifacts/action/approve") == []


def test_a_job_that_waits_can_be_stopped(start: Start, scan: Path) -> None:
    ssc = start(workers=0)

    async def work() -> None:
        async with ssc.connected() as server:
            ref = await uploaded(server, scan, upload="token")
            job, _ = await followed(server, ref, lambda one: JobAction.CANCEL in one.actions)
            assert job.state is JobState.WAITING
            await server.act(job.ref, JobAction.CANCEL)
            job, _ = await followed(server, ref, over)
            assert job.state is JobState.CANCELLED
            with pytest.raises(Refused) as caught:
                await server.act(job.ref, JobAction.CANCEL)
            assert caught.value.id == "ssc.not-cancellable"

    run(work)


def test_an_upload_whose_job_is_not_known_cannot_be_stopped(start: Start, scan: Path) -> None:
    ssc = start(workers=0)

    async def work() -> None:
        async with ssc.connected() as server:
            ref = await uploaded(server, scan)
            [job] = await server.status([ref])
            assert job.actions == ()
            with pytest.raises(Refused):
                await server.act(ref, JobAction.CANCEL)

    run(work)


def test_a_token_that_may_not_look_says_so_instead_of_failing(start: Start, scan: Path) -> None:
    ssc = start(token_type="AnalysisUploadToken")

    async def work() -> None:
        async with ssc.connected() as server:
            ref = await uploaded(server, scan)
            [job] = await server.status([ref])
            assert job.state is JobState.UNKNOWN
            assert job.note is not None
            assert job.note.id == "ssc.not-visible"

    run(work)
    assert len(ssc.artifacts) == 1


def test_an_artifact_nobody_has_is_gone_but_not_at_once(start: Start) -> None:
    ssc = start()

    async def work() -> None:
        async with ssc.connected(scale=0.01) as server:
            ref = str(JobRef(SHOP_ID, 999_999))
            [job] = await server.status([ref])
            assert job.state is JobState.WAITING
            job, _ = await followed(server, ref, over)
            assert job.state is JobState.GONE

    run(work)


def test_many_scans_of_one_version_are_one_question(start: Start, tmp_path: Path) -> None:
    ssc = start(workers=0)

    async def work() -> None:
        async with ssc.connected() as server:
            refs = [
                await uploaded(server, fpr(tmp_path / f"{number}.fpr", number))
                for number in range(5)
            ]
            await asyncio.sleep(0.3)
            before = len(ssc.calls())
            assert len(await server.status(refs)) == 5
            assert len(ssc.calls()) == before + 1

    run(work)


def test_what_the_server_works_on_is_listed_whoever_sent_it(start: Start, scan: Path) -> None:
    ssc = start(neighbours=2)

    async def work() -> None:
        async with ssc.connected() as server:
            ref = await uploaded(server, scan)
            await followed(server, ref, over)
            await asyncio.sleep(0.3)
            jobs = await server.recent(datetime.now(UTC) - timedelta(days=365))
            assert {job.who for job in jobs} >= {"joan"}
            assert len({job.ref for job in jobs}) == len(jobs)
            mine = [job for job in jobs if job.name == scan.name]
            assert [job.state for job in mine] == [JobState.DONE]
            none = await server.recent(datetime.now(UTC) + timedelta(hours=1))
            assert none == []

    run(work)


def test_without_the_right_to_see_jobs_the_known_versions_are_listed(
    start: Start, scan: Path
) -> None:
    ssc = start(deny=("job.view",))

    async def work() -> None:
        async with ssc.connected() as server:
            ref = await uploaded(server, scan)
            await followed(server, ref, over)
            await asyncio.sleep(0.3)
            jobs = await server.recent(datetime.now(UTC) - timedelta(hours=1))
            assert [job.name for job in jobs] == [scan.name]

    run(work)
