"""Starting, following and stopping jobs of FOLIO, and what came of them."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from app.core.jobs import Job, JobAction, JobState
from app.core.problems import Busy, ConnectionProblem, Problem, Refused, Uncertain
from app.core.uploads import Ticket
from app.servers.api import Opening, Verdict
from app.servers.folio import FAMILY
from app.servers.folio.inspect import inspect
from app.servers.folio.server import FolioServer
from app.servers.folio.tickets import JobRef, Place
from app.servers.folio.wire import definitions
from tests.corpus.marc_records import holdings
from tests.servers.conftest import Begin
from tests.servers.delivery import Bytes, Kept, ended, run, source, until
from tests.servers.families import SAMPLES, digest
from tests.servers.folio_ground import OPTIONS, Folio
from tests.servers.marc import marc

START = "POST /data-import/uploadDefinitions/*/processFiles"
MODES = [False, True]


@pytest.fixture(params=MODES, ids=["raw", "split"])
def folio(request: pytest.FixtureRequest, begin: Begin) -> Folio:
    return Folio(begin("folio", split=request.param))


def records(folder: Path, name: str, count: int, *, bad: Sequence[int] = ()) -> Path:
    """A file whose records of the numbers in `bad` (from 1) have no title."""
    path = folder / name
    path.write_bytes(
        b"".join(marc("" if n in bad else f"Title {n}", n) for n in range(1, count + 1))
    )
    return path


async def sent(
    server: FolioServer, *paths: Path, options: dict[str, str] = OPTIONS
) -> tuple[Opening, list[Ticket]]:
    opening = await server.open("k", [source(path) for path in paths], options)
    tickets = [
        await server.send(ticket, Bytes(path), Kept())
        for path, ticket in zip(paths, opening.tickets, strict=True)
    ]
    return opening, tickets


async def started(
    server: FolioServer, *paths: Path, options: dict[str, str] = OPTIONS
) -> Sequence[str]:
    opening, tickets = await sent(server, *paths, options=options)
    return await server.start(opening, tickets, options)


def test_progress_never_falls_and_reaches_the_records_of_the_file(
    begin: Begin, tmp_path: Path
) -> None:
    for split in MODES:
        folio = Folio(begin("folio", split=split, pace=5.0, records_per_split_file=300))

        async def work(folio: Folio = folio) -> None:
            seen: list[Job] = []

            async def look() -> Job:
                [job] = await server.status([ref])
                seen.append(job)
                return job

            async with folio.connected() as server:
                [ref] = await started(server, records(tmp_path, "a.mrc", 1500))
                last = await until(look, lambda job: job.state.ended)
            assert last.state is JobState.DONE
            assert (last.done, last.total) == (1500, 1500)
            done = [job.done for job in seen if job.done is not None]
            assert done == sorted(done)
            assert len(set(done)) > 2
            assert all(job.total in (None, 1500) for job in seen if job.state.ended)
            assert all(
                job.actions == (JobAction.CANCEL,) for job in seen if job.state is JobState.RUNNING
            )
            assert last.name == "a.mrc"
            assert last.who

        run(work)


def test_failed_records_have_their_number_in_the_file(begin: Begin, tmp_path: Path) -> None:
    web = "https://folio.example.org/"
    for split in MODES:
        folio = Folio(begin("folio", split=split, records_per_split_file=100))
        path = records(tmp_path, "a.mrc", 450, bad=(3, 120, 121, 450))

        async def work(folio: Folio = folio, path: Path = path) -> None:
            async with folio.connected(web=web) as server:
                [ref] = await started(server, path)
                [job] = await ended(server, ref)
                assert job.state is JobState.DONE
                result = await server.result(ref)
                assert [one.record for one in result.failures] == [3, 120, 121, 450]
                assert all(one.text and "\n" not in one.text for one in result.failures)
                assert result.failed == result.counts["failed"] == 4
                assert result.counts["created"] == 446
                assert result.link.startswith(f"{web}data-import/job-summary/")
                assert result.complete

        run(work)


@pytest.mark.parametrize("split", MODES)
def test_of_more_failures_than_anybody_reads_it_is_known_which_they_are(
    begin: Begin, tmp_path: Path, split: bool
) -> None:
    """Also when the server fails in the middle of telling."""

    def asked(request: dict[str, Any]) -> None:
        if "/jobLogEntries/" in request["path"]:
            asked_for.append(request["path"])
            if len(asked_for) == 4:
                folio.fault("server-error", "GET */jobLogEntries/*", times=1)

    asked_for: list[str] = []
    folio = Folio(begin("folio", split=split, pace=500.0, on_request=asked))
    bad = [n for n in range(1, 5301) if n % 53]
    path = records(tmp_path, "a.mrc", 5300, bad=bad)

    async def work() -> None:
        async with folio.connected() as server:
            [ref] = await started(server, path)
            await ended(server, ref)
            with pytest.raises(Busy):
                await server.result(ref)
            result = await server.result(ref)
            assert [one.record for one in result.failures] == bad[:1000]
            assert result.which == tuple(bad)
            assert result.failed == len(bad)

    run(work)
    # No page was asked for twice but the one that failed.
    assert len(asked_for) == (18 if split else 13)


def test_a_file_without_records_fails_with_words(folio: Folio, tmp_path: Path) -> None:
    path = tmp_path / "text.mrc"
    path.write_bytes(b"This is no MARC at all.\n" * 20)

    async def work() -> None:
        async with folio.connected() as server:
            [ref] = await started(server, path)
            [job] = await ended(server, ref)
            assert job.state is JobState.FAILED
            assert job.note is not None
            result = await server.result(ref)
            assert result.counts.get("created", 0) == 0

    run(work)


def test_many_jobs_are_asked_for_with_one_list(folio: Folio, tmp_path: Path) -> None:
    paths = [records(tmp_path, f"a{n}.mrc", 20 + n) for n in range(8)]

    async def work() -> None:
        async with folio.connected() as server:
            refs = await started(server, *paths)
            await ended(server, *refs)
            before = len(folio.books.requests)
            jobs = await server.status(refs)
            assert [job.total for job in jobs] == [20 + n for n in range(8)]
            assert len(folio.books.requests) - before == 1

    run(work)


def test_a_deleted_job_is_gone(begin: Begin, tmp_path: Path) -> None:
    folio = Folio(begin("folio", split=False))

    async def work() -> None:
        async with folio.connected() as server:
            refs = [str(JobRef("raw", "00000000-0000-4000-8000-000000000000", "d")), "odd", ""]
            jobs = await server.status(refs)
            assert [job.state for job in jobs] == [JobState.GONE] * 3
            assert (await server.result(refs[0])).complete is False

    run(work)


def test_only_upload_leaves_the_definition_loaded(folio: Folio, tmp_path: Path) -> None:
    path = records(tmp_path, "a.mrc", 5)

    async def work() -> None:
        async with folio.connected() as server:
            refs = await started(server, path, options={"job_profile": "none"})
            [job] = await server.status(refs)
            assert job.state is JobState.DONE
            assert job.note is not None
            assert job.note.id == "folio.only-uploaded"
            assert (await server.result(refs[0])).failed == 0
            assert len(await server.leftovers()) == 1

    run(work)
    [definition] = folio.books.definitions.values()
    assert definition["status"] == "LOADED"
    assert set(folio.books.process_calls.values()) == {0}


def test_files_that_did_not_arrive_are_left_out(folio: Folio, tmp_path: Path) -> None:
    good, bad = records(tmp_path, "good.mrc", 5), records(tmp_path, "bad.mrc", 5)

    async def work() -> None:
        async with folio.connected() as server:
            opening = await server.open("k", [source(good), source(bad)], OPTIONS)
            ticket = await server.send(opening.tickets[0], Bytes(good), Kept())
            refs = await server.start(opening, [ticket], OPTIONS)
            [job] = await ended(server, *refs)
            assert (job.state, job.total) == (JobState.DONE, 5)

    run(work)
    [definition] = folio.books.definitions.values()
    assert [file["name"] for file in definition["fileDefinitions"]] == ["good.mrc"]
    assert list(folio.books.process_calls.values()) == [1]


def test_a_lost_start_is_found_to_have_begun(folio: Folio, tmp_path: Path) -> None:
    path = records(tmp_path, "a.mrc", 5)

    async def work() -> None:
        async with folio.connected() as server:
            opening, tickets = await sent(server, path)
            folio.fault("lost-reply", START, times=1)
            refs = await server.start(opening, tickets, OPTIONS)
            assert [job.state for job in await ended(server, *refs)] == [JobState.DONE]

    run(work)
    assert list(folio.books.process_calls.values()) == [1]


def test_a_second_start_of_the_same_never_reaches_the_server(folio: Folio, tmp_path: Path) -> None:
    path = records(tmp_path, "a.mrc", 5)

    async def work() -> None:
        async with folio.connected() as server:
            opening, tickets = await sent(server, path)
            for again in (False, False, True):
                await server.start(opening, tickets, OPTIONS, again=again)
        async with folio.connected() as other:
            await other.start(opening, tickets, OPTIONS, again=True)

    run(work)
    assert list(folio.books.process_calls.values()) == [1]


@pytest.mark.parametrize("split", MODES)
def test_when_the_server_cannot_be_asked_either_the_first_problem_stands(
    begin: Begin, tmp_path: Path, split: bool
) -> None:
    path = records(tmp_path, "a.mrc", 5)

    def asked(request: dict[str, Any]) -> None:
        if request["path"].endswith("/processFiles"):
            folio.fault("server-error", "GET */uploadDefinitions/*", times=1, status=500)

    folio = Folio(begin("folio", split=split, on_request=asked))

    async def work() -> None:
        async with folio.connected() as server:
            opening, tickets = await sent(server, path)
            folio.fault("lost-reply", START, times=1)
            with pytest.raises(ConnectionProblem):
                await server.start(opening, tickets, OPTIONS)
            await server.start(opening, tickets, OPTIONS)

    run(work)
    assert list(folio.books.process_calls.values()) == [1]


def test_a_definition_deleted_after_a_lost_start_is_for_the_person(
    folio: Folio, tmp_path: Path
) -> None:
    path = records(tmp_path, "a.mrc", 5)

    async def work() -> None:
        async with folio.connected() as server:
            opening, tickets = await sent(server, path)
            await server.discard(tickets[0])
            with pytest.raises(Uncertain) as caught:
                await server.start(opening, tickets, OPTIONS, again=True)
            assert caught.value.id == "folio.start-uncertain"
            assert "a.mrc" in caught.value.title

    run(work)


def test_a_file_whose_import_began_is_never_taken_for_spoilt(
    folio: Folio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(definitions, "KEPT_SECONDS", 1.0)
    path = records(tmp_path, "a.mrc", 5)

    async def work() -> None:
        async with folio.connected() as server:
            opening, tickets = await sent(server, path)
            refs = await server.start(opening, tickets, OPTIONS)
            await ended(server, *refs)
            # The server's Date counts whole seconds.
            await asyncio.sleep(2.1)
            assert (await server.find(tickets[0])).verdict is Verdict.WHOLE
            assert list(await server.start(opening, tickets, OPTIONS, again=True)) == list(refs)

    run(work)
    assert list(folio.books.process_calls.values()) == [1]


def test_a_deleted_definition_does_not_hide_a_running_import(begin: Begin, tmp_path: Path) -> None:
    folio = Folio(begin("folio", split=True))
    path = records(tmp_path, "a.mrc", 5)

    async def work() -> None:
        async with folio.connected() as server, folio.session() as (session, gateway):
            await session.sign_in()
            opening, tickets = await sent(server, path)
            refs = await server.start(opening, tickets, OPTIONS)
            await ended(server, *refs)
            await gateway.delete_definition(Place.of(tickets[0]).definition)
            assert (await server.find(tickets[0])).verdict is Verdict.WHOLE
            assert list(await server.start(opening, tickets, OPTIONS, again=True)) == list(refs)

    run(work)


def test_an_accepted_start_of_which_nothing_moves_is_told_and_not_repeated(
    folio: Folio, tmp_path: Path
) -> None:
    path = records(tmp_path, "a.mrc", 5)

    async def work() -> None:
        async with folio.connected(scale=0.001) as server:
            _, tickets = await sent(server, path)
            # Not started in truth: to the client it looks like a start that was only logged.
            place = Place.of(tickets[0])
            key = place.stored.key if place.stored is not None else ""
            kind = "split" if place.split else "raw"
            ref = str(JobRef(kind, place.job, place.definition, key))

            async def look() -> Job:
                [job] = await server.status([ref])
                return job

            first = await look()
            assert (first.state, first.note) == (JobState.WAITING, None)
            job = await until(look, lambda job: job.note is not None)
            assert job.state is JobState.WAITING
            assert job.note is not None
            assert job.note.id == "folio.accepted-not-started"
            assert job.facts["definition"] == place.definition

    run(work)
    assert set(folio.books.process_calls.values()) == {0}


@pytest.mark.parametrize(
    ("profile", "id"),
    [
        ("No such profile", "folio.no-profile"),
        ("00000000-0000-4000-8000-000000000000", "folio.no-profile"),
        ("", "folio.no-profile"),
        ('it\'s "odd" *', "folio.no-profile"),
    ],
)
def test_an_unknown_profile_is_told_before_any_byte(
    begin: Begin, tmp_path: Path, profile: str, id: str
) -> None:
    folio = Folio(begin("folio", split=False))
    path = records(tmp_path, "a.mrc", 1)

    async def work() -> None:
        async with folio.connected() as server:
            with pytest.raises(Refused) as caught:
                await server.open("k", [source(path)], {"job_profile": profile})
            assert caught.value.id == id
            if profile:
                [[finding]] = await server.check([source(path)], {"job_profile": profile})
                assert finding.id == id

    run(work)
    assert folio.books.definitions == {}


def test_a_profile_may_be_given_by_its_id(folio: Folio, tmp_path: Path) -> None:
    path = records(tmp_path, "a.mrc", 3)

    async def work() -> None:
        async with folio.connected() as server:
            choices = await server.choices("job_profile", {"data_type": "MARC"}, "srs marc bib")
            [choice] = [one for one in choices if one.label == OPTIONS["job_profile"]]
            refs = await started(server, path, options={"job_profile": choice.value})
            assert [job.state for job in await ended(server, *refs)] == [JobState.DONE]

    run(work)


def test_profiles_come_from_all_pages_filtered_and_searchable(
    begin: Begin, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.servers.folio.gateway._PROFILES_PAGE", 7)
    folio = Folio(begin("folio", split=False, profiles=60))

    async def work() -> None:
        async with folio.connected() as server:
            every = await server.choices("job_profile", {})
            assert every[0].value == "none"
            assert len({choice.value for choice in every}) == len(every) > 40
            marc_only = await server.choices("job_profile", {"data_type": "MARC"})
            edifact = await server.choices("job_profile", {"data_type": "EDIFACT"})
            assert 1 < len(edifact) < len(marc_only) < len(every)
            found = await server.choices("job_profile", {}, "DEFAULT srs")
            assert found
            assert all("default" in choice.label.lower() for choice in found)
            assert await server.choices("job_profile", {}, "no such thing") == []
            assert await server.choices("nothing", {}) == ()

    run(work)


def test_profiles_for_the_records_of_a_file_come_first(begin: Begin, tmp_path: Path) -> None:
    folio = Folio(begin("folio", split=False))
    path = tmp_path / "a.mrc"
    path.write_bytes(holdings(1) + holdings(2))
    picked = dict(FAMILY.suggest(inspect(source(path)).facts))
    assert picked == {"data_type": "MARC", "record_type": "holdings"}

    async def work() -> None:
        async with folio.connected() as server:
            _, first, *others = await server.choices("job_profile", picked)
            assert "holdings" in first.label.casefold()
            told = await server.check([source(path)], {"job_profile": first.value, **picked})
            assert [[one.id for one in each] for each in told] == [[]]
            wrong = next(one.value for one in others if "Authority" in one.label)
            told = await server.check([source(path)], {"job_profile": wrong, **picked})
            assert [[one.id for one in each] for each in told] == [["folio.profile-other-records"]]
            assert told[0][0].asks

    run(work)


def test_profiles_that_do_not_fit_are_warned_about(begin: Begin, tmp_path: Path) -> None:
    folio = Folio(begin("folio", split=False))
    names = ["a.mrc", "b.edi", "c.txt", "d.zip"]
    for name in names:
        (tmp_path / name).write_bytes(b"x")

    async def work() -> None:
        async with folio.connected() as server:
            sources = [source(tmp_path / name) for name in names]
            findings = await server.check(sources, OPTIONS)
            assert [[one.id for one in each] for each in findings] == [
                [],
                ["folio.profile-misfit"],
                ["folio.extension-unknown"],
                ["folio.extension-blocked"],
            ]
            assert len(folio.asked("GET", "/fileExtensions")) == 1
            await server.check(sources, OPTIONS)
            assert len(folio.asked("GET", "/fileExtensions")) == 1

    run(work)


def test_data_types_need_no_right(begin: Begin) -> None:
    folio = Folio(begin("folio", split=False, deny=("data-import.datatypes.get",)))

    async def work() -> None:
        async with folio.connected() as server:
            choices = await server.choices("data_type", {})
            assert [choice.value for choice in choices] == ["", "MARC", "EDIFACT"]

    run(work)


def test_others_jobs_are_shown_and_drafts_are_not(begin: Begin, tmp_path: Path) -> None:
    for split in MODES:
        folio = Folio(begin("folio", split=split, neighbours=5))

        async def work(folio: Folio = folio) -> None:
            async with folio.connected(web="https://folio.example.org") as server:
                refs = await started(server, records(tmp_path, "mine.mrc", 5))
                await server.open("k2", [source(tmp_path / "mine.mrc")], OPTIONS)
                await ended(server, *refs)
                every = await server.recent(datetime.fromtimestamp(0, UTC))
                assert len(every) == 6
                assert [job.name for job in every].count("mine.mrc") == 1
                assert all(job.ref and job.who and job.link for job in every)
                seen = await server.status([job.ref for job in every])
                assert [job.name for job in seen] == [job.name for job in every]
                running = [job for job in every if not job.state.ended]
                for job in running:
                    await server.act(job.ref, JobAction.CANCEL)
                after = await server.status([job.ref for job in running])
                assert {job.state for job in after} <= {JobState.CANCELLED, JobState.DONE}

        run(work)


def test_many_jobs_of_others_are_asked_about_together(begin: Begin) -> None:
    folio = Folio(begin("folio", split=False, crowd=460, crowd_moving=30, crowd_rate=2000.0))

    async def work() -> None:
        async with folio.connected() as server:
            every = await server.recent(datetime.fromtimestamp(0, UTC))
            assert len({job.ref for job in every}) == 460
            assert len({job.who for job in every}) == 5
            assert all(job.facts["profile"] for job in every)
            assert {job.state for job in every} == {
                *(JobState.DONE, JobState.FAILED, JobState.CANCELLED, JobState.RUNNING)
            }
            assert any(job.errors for job in every if job.state is JobState.DONE)
            running = [job for job in every if not job.state.ended]
            asked = len(folio.books.requests)
            for _ in range(200):
                seen = await server.status([job.ref for job in running])
                assert [job.name for job in seen] == [job.name for job in running]
                if all(job.state.ended for job in seen):
                    break
                await asyncio.sleep(0.05)
            looks = len(folio.books.requests) - asked
            assert all(job.state.ended for job in seen)
            # One or two lists a look, however many jobs.
            assert looks <= 2 * 200 and len(running) > 3

    run(work)


def test_a_split_job_without_parts_cannot_be_stopped_yet(begin: Begin, tmp_path: Path) -> None:
    folio = Folio(begin("folio", split=True))
    path = records(tmp_path, "a.mrc", 5)

    async def work() -> None:
        async with folio.connected() as server:
            _, tickets = await sent(server, path)
            place = Place.of(tickets[0])
            assert place.stored is not None
            ref = str(JobRef("split", place.job, place.definition, place.stored.key))
            with pytest.raises(Problem) as caught:
                await server.act(ref, JobAction.CANCEL)
            assert caught.value.id == "folio.cancel-too-early"
            with pytest.raises(Refused):
                await server.act(ref, JobAction.APPROVE)

    run(work)


def test_a_job_that_fails_before_its_first_record_says_why(folio: Folio, tmp_path: Path) -> None:
    path = records(tmp_path, "a.mrc", 5)
    folio.fault("job-error", "*")

    async def work() -> None:
        async with folio.connected() as server:
            [ref] = await started(server, path)
            [job] = await ended(server, ref)
            assert job.state is JobState.FAILED
            assert job.note is not None
            assert (await server.result(ref)).complete

    run(work)


def test_leftovers_are_ours_and_not_started(folio: Folio, tmp_path: Path) -> None:
    path = records(tmp_path, "a.mrc", 5)
    other = records(tmp_path, "b.mrc", 5)

    async def work() -> None:
        async with folio.connected() as server:
            await ended(server, *await started(server, path))
            opening = await server.open("k2", [source(path), source(other)], OPTIONS)
            await server.send(opening.tickets[1], Bytes(other), Kept())
            [leftover] = await server.leftovers()
            assert leftover.title == "a.mrc and 1 more" or leftover.title == "b.mrc and 1 more"
            assert leftover.detail == "1 of 2 uploaded"
            assert leftover.made is not None
            assert leftover.key == "k2"
            await server.discard(leftover.ticket)
            await server.discard(leftover.ticket)
            assert await server.leftovers() == []

    run(work)


def _sample_files() -> list[Path]:
    folder = SAMPLES / "folio"
    return sorted(folder.glob("*.mrc")) if folder.is_dir() else []


@pytest.mark.skipif(not _sample_files(), reason="no sample files")
def test_real_files_arrive_byte_for_byte_with_all_their_records(folio: Folio) -> None:
    paths = [path for path in _sample_files() if path.name != "invalidMarcFile.mrc"]

    async def work() -> None:
        async with folio.connected() as server:
            refs = await started(server, *paths)
            jobs = await ended(server, *refs)
            for path, job in zip(paths, jobs, strict=True):
                assert job.state is JobState.DONE
                assert str(job.total) == inspect(source(path)).facts["records"]
                assert job.name == path.name
                assert (await server.result(job.ref)).complete

    run(work)
    assert sorted(file.sha256 for file in folio.books.files) == sorted(map(digest, paths))
