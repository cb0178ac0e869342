"""How imports stand, from the first look to the rows that failed."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from app.core.jobs import Job, JobAction, JobState
from app.core.problems import Problem, Refused, ServerFault
from app.servers.tao.server import TaoServer
from tests.servers.conftest import Begin
from tests.servers.delivery import ended, run, until
from tests.servers.rosters import PASSWORD, USERS, groups, table, users
from tests.servers.tao_ground import Tao, imported

UNKNOWN = "0b0b2f0e-51a4-4d0e-9a53-0a4f4f6f6a11"


async def looks(server: TaoServer, ref: str, times: int) -> list[Job]:
    return [(await server.status([ref]))[0] for _ in range(times)]


@pytest.mark.parametrize(
    ("sequence", "states"),
    [
        (
            ("404", "404", "pending", "processing", "processed"),
            ("waiting", "waiting", "waiting", "running", "done"),
        ),
        (("pending", "404", "pending", "processed"), ("waiting", "waiting", "waiting", "done")),
        (("shelved", "processing"), ("unknown", "running")),
        (("pending", "html", "empty", "processing"), ("waiting", "waiting", "waiting", "running")),
        (("pending", "400", "processing"), ("waiting", "waiting", "running")),
    ],
)
def test_states_as_the_server_tells_them(
    begin: Begin, sequence: tuple[str, ...], states: tuple[str, ...], tmp_path: Path
) -> None:
    tao = Tao(begin("tao", visible_after=0.0, sequence=sequence))

    async def work() -> None:
        async with tao.connected(scale=1.0) as server:
            ref = await imported(server, groups(tmp_path / "groups.csv", 3))
            jobs = await looks(server, ref, len(sequence))
            assert [job.state.value for job in jobs] == list(states)
            assert all(job.note is None for job in jobs)

    run(work)


@pytest.mark.parametrize("answer", ["500", "503", "429"])
def test_trouble_with_asking_is_no_word_about_the_import(
    begin: Begin, answer: str, tmp_path: Path
) -> None:
    tao = Tao(begin("tao", visible_after=0.0, sequence=("pending", answer, "processed")))

    async def work() -> None:
        async with tao.connected() as server:
            ref = await imported(server, groups(tmp_path / "groups.csv", 3))
            await server.status([ref])
            with pytest.raises(Problem) as caught:
                await server.status([ref])
            assert caught.value.retry in ("soft", "busy")
            [job] = await server.status([ref])
            assert job.state is JobState.DONE

    run(work)


def test_one_import_in_trouble_does_not_hide_the_others(begin: Begin, tmp_path: Path) -> None:
    tao = Tao(begin("tao", visible_after=0.0, sequence=("500",)))

    async def work() -> None:
        async with tao.connected() as server:
            ref = await imported(server, groups(tmp_path / "groups.csv", 3))
            old = f"{int(time.time())}:{UNKNOWN}"
            sick, other = await server.status([ref, old])
            assert (sick.state, other.state) == (JobState.UNKNOWN, JobState.WAITING)
            with pytest.raises(ServerFault):
                await server.status([ref])

    run(work)


def test_a_failure_counts_when_it_lasts(begin: Begin, tmp_path: Path) -> None:
    tao = Tao(
        begin("tao", visible_after=0.0, sequence=("failed", "failed", "processing", "failed"))
    )

    async def work() -> None:
        async with tao.connected(scale=0.02) as server:
            ref = await imported(server, groups(tmp_path / "groups.csv", 3))
            jobs = await looks(server, ref, 3)
            assert {job.state for job in jobs} == {JobState.RUNNING}
            began = time.monotonic()
            [job] = await ended(server, ref)
            assert time.monotonic() - began >= 0.25
            assert (job.state, job.word) == (JobState.FAILED, "failed")
            assert job.note is not None
            assert job.note.id == "tao.import-failed"
            assert job.facts["reason"]
            result = await server.result(ref)
            assert result.complete

    run(work)


def test_the_reason_of_a_failed_import_is_told(begin: Begin, tmp_path: Path) -> None:
    tao = Tao(begin("tao"))
    path = table(tmp_path / "odd.csv", ("name", "mail"), [("Ann", "ann@example.org")])

    async def work() -> None:
        async with tao.connected() as server:
            ref = await imported(server, path)
            [job] = await ended(server, ref)
            assert job.state is JobState.FAILED
            [seen] = tao.books.imports.values()
            assert job.facts["reason"] == "; ".join(seen.messages)
            result = await server.result(ref)
            assert [one.text for one in result.failures] == list(seen.messages)

    run(work)


@pytest.mark.parametrize(("age", "state"), [(0, JobState.WAITING), (3600, JobState.GONE)])
def test_an_unknown_import_is_gone_only_when_it_is_old(
    begin: Begin, age: int, state: JobState
) -> None:
    tao = Tao(begin("tao"))

    async def work() -> None:
        async with tao.connected(scale=0.01) as server:
            ref = f"{int(time.time()) - age}:{UNKNOWN}"
            [job] = await server.status([ref])
            assert job.state is JobState.WAITING

            async def look() -> Job:
                return (await server.status([ref]))[0]

            if state is JobState.GONE:
                await until(look, lambda job: job.state is JobState.GONE)
            assert (await look()).state is state

    run(work)


def test_a_reference_the_server_could_never_have_given_is_gone(begin: Begin) -> None:
    tao = Tao(begin("tao", strict_ids=True))

    async def work() -> None:
        async with tao.connected() as server:
            [job] = await server.status([f"{int(time.time())}:12345"])
            assert job.state is JobState.GONE

    run(work)


def test_a_wrong_address_for_the_status_does_not_end_the_import(
    begin: Begin, tmp_path: Path
) -> None:
    tao = Tao(begin("tao", paths="custom"))

    async def work() -> None:
        async with tao.connected(scale=0.01, status_url="{base}/x/{referenceId}") as server:
            ref = await imported(server, groups(tmp_path / "groups.csv", 3))

            async def look() -> Job:
                return (await server.status([ref]))[0]

            job = await until(look, lambda job: job.state is JobState.UNKNOWN)
            assert job.note is not None
            assert job.note.id == "tao.status-address"
            assert "/x/" in job.facts["address"]

    run(work)


def test_a_right_lost_meanwhile_is_told(begin: Begin, tmp_path: Path) -> None:
    tao = Tao(begin("tao", visible_after=0.0, sequence=("pending", "403")))

    async def work() -> None:
        async with tao.connected() as server:
            ref = await imported(server, groups(tmp_path / "groups.csv", 3))
            _, job = await looks(server, ref, 2)
            assert job.state is JobState.UNKNOWN
            assert job.note is not None
            assert job.note.id == "tao.scope"

    run(work)


def bad_rows(path: Path) -> Path:
    """Rows 2 and 4 have passwords that no server takes."""
    good = PASSWORD.format(1)
    rows = [
        ("ann", "Ann", good, "ann@example.org", "en-US"),
        ("ben", "Ben", "Anchor7", "ben@example.org", "en-US"),
        ("cat", "Cat", good, "cat@example.org", "en-US"),
        ("dan", "Dan", "harbour", "dan@example.org", "en-US"),
    ]
    return table(path, USERS, rows)


@pytest.mark.parametrize("reply", ["signedUrl", "result", "url", "redirect", "body"])
@pytest.mark.parametrize("doubled", [False, True])
def test_failed_rows_are_listed(begin: Begin, reply: str, doubled: bool, tmp_path: Path) -> None:
    tao = Tao(begin("tao", result_reply=reply, doubled_rows=doubled))

    async def work() -> None:
        async with tao.connected() as server:
            ref = await imported(server, bad_rows(tmp_path / "users.csv"))
            [job] = await ended(server, ref)
            assert job.state is JobState.DONE
            result = await server.result(ref)
            assert (result.failed, result.complete) == (2, True)
            assert dict(result.counts) == {"processed": 2, "failed": 2}
            found = [(one.record, one.identifier) for one in result.failures]
            assert found == [(2, "ben"), (4, "dan")]
            assert all("password" in one.text for one in result.failures)
            told = repr(result)
            assert "Anchor7" not in told
            assert "harbour" not in told

    run(work)
    assert tao.books.leaks == []


def test_a_result_file_may_come_later(begin: Begin, tmp_path: Path) -> None:
    tao = Tao(begin("tao", result_after=0.3))

    async def work() -> None:
        async with tao.connected(scale=0.05) as server:
            ref = await imported(server, users(tmp_path / "users.csv", 4))
            await ended(server, ref)
            result = await server.result(ref)
            assert (result.complete, result.counts["processed"]) == (True, 4)

    run(work)


@pytest.mark.parametrize("options", [{"result_after": 600.0}, {"deny": ("download",)}])
def test_without_a_result_file_the_import_is_done_all_the_same(
    begin: Begin, options: dict[str, object], tmp_path: Path
) -> None:
    tao = Tao(begin("tao", visible_after=0.0, **options))

    async def work() -> None:
        async with tao.connected(scale=0.005) as server:
            ref = await imported(server, users(tmp_path / "users.csv", 4))
            await ended(server, ref)
            result = await server.result(ref)
            assert (result.complete, result.failures) == (False, ())

    run(work)


def test_a_signed_address_that_ended_is_asked_for_again(begin: Begin, tmp_path: Path) -> None:
    tao = Tao(begin("tao", url_seconds=0.0))

    async def work() -> None:
        async with tao.connected() as server:
            ref = await imported(server, users(tmp_path / "users.csv", 4))
            await ended(server, ref)
            with pytest.raises(ServerFault) as caught:
                await server.result(ref)
            assert caught.value.id == "tao.result-storage"
            assert "127.0.0.1" in caught.value.title + caught.value.meaning
            assert "?" not in repr(caught.value)

    run(work)
    assert [status for _, status in tao.books.downloads] == [403, 403]


@pytest.mark.parametrize("line", ["end", "live", "text", "missing", "negative"])
@pytest.mark.parametrize("top", [False, True])
def test_lines_are_shown_only_as_the_server_counts_them(
    begin: Begin, line: str, top: bool, tmp_path: Path
) -> None:
    tao = Tao(begin("tao", file_line=line, top_level=top))

    async def work() -> None:
        async with tao.connected() as server:
            ref = await imported(server, users(tmp_path / "users.csv", 4))
            [job] = await ended(server, ref)
            assert job.done in (None, 4, 5)
            assert job.total is None
            assert (await server.result(ref)).counts["processed"] == 4

    run(work)


def test_an_import_cannot_be_stopped_and_says_so(begin: Begin, tmp_path: Path) -> None:
    tao = Tao(begin("tao"))

    async def work() -> None:
        async with tao.connected() as server:
            ref = await imported(server, users(tmp_path / "users.csv", 4))
            assert not (await server.status([ref]))[0].actions
            with pytest.raises(Refused) as caught:
                await server.act(ref, JobAction.CANCEL)
            assert caught.value.id == "tao.not-cancellable"

    run(work)
