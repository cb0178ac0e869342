"""The contract of `servers/api.py`, kept by every family against its sandbox over real sockets."""

from __future__ import annotations

import json
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.core.destinations import Destination, Secret
from app.core.drafts import unwatched
from app.core.jobs import JobAction, JobState
from app.core.problems import (
    ConnectionProblem,
    FilesRefused,
    Problem,
    ServerFault,
    SignInProblem,
)
from app.sandbox import Sandbox, Served
from app.sandbox.faults import Fault
from app.servers.api import Found, Server, StepState, Verdict
from tests.servers.conftest import Begin
from tests.servers.delivery import (
    Bytes,
    Kept,
    ended,
    opening_through_json,
    run,
    source,
    through_json,
    until,
)
from tests.servers.families import Case, digest


@dataclass
class Ground:
    case: Case
    box: Sandbox
    served: Served
    folder: Path

    def connect(self, secret: str = "") -> AbstractAsyncContextManager[Server]:
        destination = Destination("d1", self.case.family.key, "Test", self.served.fields)
        return self.case.family.connect(destination, Secret(secret or self.served.secret))

    def files(self, count: int = 1) -> list[Path]:
        return self.case.files(self.folder, count)

    def fault(self, kind: str, match: str = "", **more: int) -> None:
        self.box.faults.add(Fault(kind, match=match, **more))  # type: ignore[arg-type]

    @property
    def arrived(self) -> list[str]:
        return sorted(self.case.arrived(self.served))

    def lose(self, verb: str) -> None:
        if verb not in self.case.lost:
            pytest.skip("this family has no such request")
        self.fault("lost-reply", self.case.lost[verb])


@pytest.fixture
def ground(case: Case, begin: Begin, tmp_path: Path) -> Ground:
    box = begin(case.family.key, **case.sandbox)
    return Ground(case, box, box.served(case.family.key), tmp_path)


async def delivered(ground: Ground, server: Server, files: list[Path]) -> list[str]:
    """The whole walk of a batch, with everything that is kept going through JSON."""
    options = ground.case.options
    opening = await server.open("k1", [source(path) for path in files], options)
    tickets = []
    for path, ticket in zip(files, opening.tickets, strict=True):
        body = Bytes(path)
        sent = await server.send(through_json(ticket), body, Kept())
        assert body.sent <= body.size
        tickets.append(through_json(sent))
    return list(await server.start(opening_through_json(opening), tickets, options))


def test_the_account_says_who_is_signed_in(ground: Ground) -> None:
    async def work() -> None:
        async with ground.connect() as server:
            assert server.account
            assert ground.served.secret not in server.account

    run(work)


def test_a_wrong_secret_is_a_sign_in_problem(ground: Ground) -> None:
    async def work() -> None:
        with pytest.raises(SignInProblem) as caught:
            async with ground.connect("wrong"):
                pass
        assert caught.value.id == ground.case.wrong_secret

    run(work)


def test_the_probe_goes_through_and_stops_at_a_wrong_secret(ground: Ground) -> None:
    async def steps(secret: str) -> list[StepState]:
        destination = Destination("d1", ground.case.family.key, "Test", ground.served.fields)
        probe = ground.case.family.probe(destination, Secret(secret))
        return [step.state async for step in probe]

    async def work() -> None:
        right = await steps(ground.served.secret)
        assert right
        assert set(right) == {StepState.OK}
        assert StepState.FAILED in await steps("wrong")

    run(work)


def test_live_fields_have_choices(ground: Ground) -> None:
    live = [field for field in ground.case.family.options if field.live]

    async def work() -> None:
        async with ground.connect() as server:
            for field in live:
                choices = await server.choices(field.key, {})
                assert choices
                assert all(choice.value and choice.label for choice in choices)
                wanted = choices[-1]
                found = await server.choices(field.key, {}, wanted.label)
                assert wanted in found

    run(work)


def test_good_files_have_no_errors_in_check_and_inspection(ground: Ground) -> None:
    sources = [source(path) for path in ground.files(2)]

    async def work() -> None:
        async with ground.connect() as server:
            findings = await server.check(sources, ground.case.options)
            assert [list(one) for one in findings] == [[], []]

    run(work)
    assert not any(ground.case.family.inspect(one, unwatched).refused for one in sources)


def test_batches_hold_every_file_once(case: Case, tmp_path: Path) -> None:
    sources = [source(path) for path in case.files(tmp_path, 3)] * 2
    batches = case.family.batches(sources)
    assert sorted(index for batch in batches for index in batch) == list(range(6))


def test_files_are_delivered_started_and_followed_to_their_result(ground: Ground) -> None:
    files = ground.files(3)

    async def work() -> None:
        began = datetime.now(UTC)
        async with ground.connect() as server:
            refs = await delivered(ground, server, files)
            assert len(set(refs)) == len(files)
            for job in await ended(server, *refs):
                assert job.state is JobState.DONE
                assert job.note is None
            for ref in refs:
                result = await server.result(ref)
                assert (result.failed, result.failures, result.complete) == (0, (), True)
                assert set(result.counts) & {key for key, _ in ground.case.family.counts}
            listed = await server.recent(began)
            assert all(job.state is JobState.DONE for job in listed)
            assert await server.leftovers() == []

    run(work)
    assert ground.arrived == sorted(digest(path) for path in files)
    assert set(ground.case.started(ground.served)) <= {1}


def test_a_confirmed_file_is_found_whole(ground: Ground) -> None:
    [path] = ground.files()

    async def work() -> None:
        async with ground.connect() as server:
            opening = await server.open("k1", [source(path)], ground.case.options)
            ticket = await server.send(opening.tickets[0], Bytes(path), Kept())
            found = await server.find(through_json(ticket))
            assert found.verdict is Verdict.WHOLE

    run(work)


def test_tickets_and_references_hold_no_secret(ground: Ground) -> None:
    files = ground.files(2)

    async def work() -> None:
        kept: list[str] = []
        async with ground.connect() as server:
            opening = await server.open("k1", [source(one) for one in files], ground.case.options)
            kept.append(json.dumps(dict(opening.data)))
            tickets = []
            for path, ticket in zip(files, opening.tickets, strict=True):
                sent = await server.send(
                    ticket, Bytes(path), lambda one: kept.append(json.dumps(dict(one.data)))
                )
                tickets.append(sent)
                kept.append(json.dumps(dict(sent.data)))
            kept += await server.start(opening, tickets, ground.case.options)
        told = "\n".join(kept)
        for secret in (ground.served.secret, "eyJ", "Signature", "http://", "https://"):
            assert secret not in told

    run(work)


def test_after_a_lost_opening_the_same_is_found_again(ground: Ground) -> None:
    files = ground.files(2)
    ground.lose("open")

    async def work() -> None:
        sources = [source(path) for path in files]
        async with ground.connect() as server:
            with pytest.raises(ConnectionProblem):
                await server.open("k1", sources, ground.case.options)
            opening = await server.open("k1", sources, ground.case.options, again=True)
            assert len(opening.tickets) == 2
            for path, ticket in zip(files, opening.tickets, strict=True):
                await server.send(ticket, Bytes(path), Kept())
            for ticket in opening.tickets:
                await server.discard(ticket)
            assert await server.leftovers() == []

    run(work)


def test_what_was_taken_back_is_found_to_be_of_no_use(ground: Ground) -> None:
    [path] = ground.files()

    async def work() -> None:
        async with ground.connect() as server:
            opening = await server.open("k1", [source(path)], ground.case.options)
            ticket = await server.send(opening.tickets[0], Bytes(path), Kept())
            if ticket.binds:
                pytest.skip("with this family nothing that arrived is taken back")
            await server.discard(ticket)
            assert (await server.find(ticket)).verdict is Verdict.SPOILT

    run(work)


def test_an_opening_that_never_arrived_is_made(ground: Ground) -> None:
    [path] = ground.files()

    async def work() -> None:
        async with ground.connect() as server:
            opening = await server.open("k1", [source(path)], ground.case.options, again=True)
            await server.send(opening.tickets[0], Bytes(path), Kept())

    run(work)
    assert ground.arrived == [digest(path)]


async def sent_at_last(server: Server, ground: Ground, path: Path) -> None:
    """Sends a file as the engine does: after a problem it looks, and opens anew where it must."""
    key = 0
    opening = await server.open("k0", [source(path)], ground.case.options)
    ticket = opening.tickets[0]
    for _ in range(5):
        kept = Kept()
        try:
            await server.send(ticket, Bytes(path), kept)
            return
        except (ConnectionProblem, ServerFault):
            found: Found = await server.find(through_json(kept.ticket or ticket))
        if found.verdict is Verdict.WHOLE:
            return
        ticket = found.ticket
        if found.verdict is Verdict.SPOILT:
            await server.discard(found.ticket)
            key += 1
            opening = await server.open(f"k{key}", [source(path)], ground.case.options)
            ticket = opening.tickets[0]
    raise AssertionError("never sent")


def test_after_a_lost_reply_the_file_is_found_and_not_sent_again(ground: Ground) -> None:
    [path] = ground.files()
    ground.lose("send")

    async def work() -> None:
        async with ground.connect() as server:
            await sent_at_last(server, ground, path)

    run(work)
    assert ground.arrived == [digest(path)]


def test_a_cut_body_ends_in_one_whole_file(ground: Ground) -> None:
    [path] = ground.files()
    if not ground.case.cut:
        pytest.skip("this family has no such request")
    ground.fault("cut-body", ground.case.cut, after_bytes=500, times=1)

    async def work() -> None:
        async with ground.connect() as server:
            await sent_at_last(server, ground, path)

    run(work)
    assert ground.arrived == [digest(path)]


def test_after_a_lost_start_nothing_is_started_twice(ground: Ground) -> None:
    files = ground.files(2)
    ground.lose("start")

    async def work() -> None:
        options = ground.case.options
        async with ground.connect() as server:
            opening = await server.open("k1", [source(one) for one in files], options)
            tickets = [
                await server.send(ticket, Bytes(path), Kept())
                for path, ticket in zip(files, opening.tickets, strict=True)
            ]
            try:
                refs = await server.start(opening, tickets, options)
            except (ConnectionProblem, ServerFault):
                refs = await server.start(opening, tickets, options, again=True)
            again = await server.start(opening, tickets, options, again=True)
            assert list(refs) == list(again)
            assert {job.state for job in await ended(server, *refs)} == {JobState.DONE}

    run(work)
    assert set(ground.case.started(ground.served)) <= {1}


def test_a_server_error_at_the_start_is_got_over(ground: Ground) -> None:
    [path] = ground.files()
    if "start" not in ground.case.lost:
        pytest.skip("this family has no such request")
    ground.fault("server-error", ground.case.lost["start"], status=502, times=1)

    async def work() -> None:
        options = ground.case.options
        async with ground.connect() as server:
            opening = await server.open("k1", [source(path)], options)
            ticket = await server.send(opening.tickets[0], Bytes(path), Kept())
            with pytest.raises(Problem):
                await server.start(opening, [ticket], options)
            refs = await server.start(opening, [ticket], options, again=True)
            assert [job.state for job in await ended(server, *refs)] == [JobState.DONE]

    run(work)
    assert ground.case.started(ground.served) == [1]


def test_a_token_that_ends_while_sending_is_renewed(ground: Ground) -> None:
    files = ground.files(2)
    if not ground.case.renews:
        pytest.skip("only a person can renew what this family signs in with")

    async def work() -> None:
        async with ground.connect() as server:
            opening = await server.open("k1", [source(one) for one in files], ground.case.options)
            ground.fault("expire-token", "GET *", times=1)
            await server.find(opening.tickets[0])
            for path, ticket in zip(files, opening.tickets, strict=True):
                await server.send(ticket, Bytes(path), Kept())

    run(work)
    assert ground.arrived == sorted(digest(path) for path in files)


def test_what_was_opened_can_be_taken_back(ground: Ground) -> None:
    files = ground.files(2)
    if not ground.case.takes_back:
        pytest.skip("with this family a file that arrived has been started")

    async def work() -> None:
        async with ground.connect() as server:
            opening = await server.open("k1", [source(one) for one in files], ground.case.options)
            await server.send(opening.tickets[0], Bytes(files[0]), Kept())
            for ticket in (*opening.tickets, *opening.tickets):
                await server.discard(through_json(ticket))
            assert await server.leftovers() == []

    run(work)
    assert ground.arrived == []


def test_leftovers_are_listed_and_taken_back(ground: Ground) -> None:
    files = ground.files(2)

    async def work() -> None:
        async with ground.connect() as server:
            await server.open("k1", [source(one) for one in files], ground.case.options)
        async with ground.connect() as server:
            for leftover in await server.leftovers():
                assert leftover.title
                await server.discard(through_json(leftover.ticket))
            assert await server.leftovers() == []

    run(work)


def test_what_was_started_is_not_taken_back(ground: Ground) -> None:
    files = ground.files(2)

    async def work() -> None:
        options = ground.case.options
        async with ground.connect() as server:
            opening = await server.open("k1", [source(one) for one in files], options)
            tickets = [
                await server.send(ticket, Bytes(path), Kept())
                for path, ticket in zip(files, opening.tickets, strict=True)
            ]
            refs = await server.start(opening, tickets, options)
            await ended(server, *refs)
            for ticket in tickets:
                await server.discard(ticket)
            assert {job.state for job in await server.status(refs)} == {JobState.DONE}

    run(work)
    assert ground.arrived == sorted(digest(path) for path in files)


def test_a_running_job_is_cancelled(case: Case, begin: Begin, tmp_path: Path) -> None:
    if not case.slow_job:
        pytest.skip("jobs of this family cannot be slowed down")
    box = begin(case.family.key, **{**case.sandbox, "pace": 2.0})
    ground = Ground(case, box, box.served(case.family.key), tmp_path)
    [path] = ground.files()
    ground.fault("slow-job")

    async def work() -> None:
        async with ground.connect() as server:
            [ref] = await delivered(ground, server, [path])

            async def running() -> JobState:
                [job] = await server.status([ref])
                return job.state if JobAction.CANCEL in job.actions else JobState.WAITING

            await until(running, lambda state: state is JobState.RUNNING)
            await server.act(ref, JobAction.CANCEL)
            [job] = await ended(server, ref)
            assert job.state is JobState.CANCELLED
            assert not job.actions

    run(work)


def test_one_refused_file_leaves_the_others_alone(ground: Ground) -> None:
    name = ground.case.refused_name
    if not name:
        pytest.skip("this family refuses no file by name")
    good = ground.files(1)[0]
    bad = ground.folder / name
    bad.write_bytes(b"no records")

    async def work() -> None:
        async with ground.connect() as server:
            with pytest.raises(FilesRefused) as caught:
                await server.open("k1", [source(good), source(bad)], ground.case.options)
            assert list(caught.value.files) == [1]
            assert name in caught.value.files[1].title
            findings = await server.check([source(good), source(bad)], ground.case.options)
            assert not findings[0]
            assert findings[1]

    run(work)


def test_every_problem_of_the_family_has_words(case: Case) -> None:
    ids = [entry.id for entry in case.family.problems]
    assert len(set(ids)) == len(ids)
    for entry in case.family.problems:
        assert entry.id.startswith(f"{case.family.key}.")
        assert entry.title
        assert entry.meaning
        assert entry.advice
