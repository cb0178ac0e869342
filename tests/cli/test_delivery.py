"""When a run ends and what it says then, with servers that do as their script says."""

import asyncio
import io
import itertools
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from app.cli.delivery import Delivery, Patience
from app.cli.exits import Exit
from app.cli.output import Output
from app.cli.preflight import Files, Group, looked_into
from app.cli.progress import Bars, JsonLines, Plain, Report
from app.core.jobs import Job, JobState
from app.core.uploads import Phase, Ticket, Upload
from app.servers.api import Family, Server
from app.storage.journal import Journal
from app.transfer.body import source_of
from app.transfer.retry import Policy
from tests.transfer.scripted import AFTER, Fault, ScriptedServer, World, cut, family

FAST = Policy(person=False, scale=0.002, poll_first=1.0, poll_longest=2.0, jitter=lambda: 1.0)
LIMIT = 20.0

Connect = Callable[[], AbstractAsyncContextManager[Server]]


class Working(ScriptedServer):
    """Its jobs are always in one state."""

    def __init__(self, world: World, state: JobState, word: str) -> None:
        super().__init__(world, None)
        self._state, self._word = state, word

    def _job(self, ref: str) -> Job:
        return Job(ref, self._state, word=self._word)


def connecting(make: Callable[[], ScriptedServer]) -> Connect:
    @asynccontextmanager
    async def connect() -> AsyncIterator[Server]:
        await asyncio.sleep(0)
        yield make()

    return connect


def always(state: JobState, word: str = "") -> Connect:
    world = World()
    return connecting(lambda: Working(world, state, word))


@pytest.fixture
def paths(tmp_path: Path) -> list[str]:
    made = [tmp_path / f"{name}.mrc" for name in "ab"]
    for path in made:
        path.write_bytes(path.name.encode() * 100)
    return [str(path) for path in made]


def run(
    paths: list[str],
    connect: Connect,
    patience: Patience,
    *,
    report: Callable[[Output], Report] = JsonLines,
    traits: Family | None = None,
) -> tuple[Exit, str, str]:
    """The exit code and what was printed."""
    results, said = io.StringIO(), io.StringIO()
    traits = traits or family()

    async def deliver() -> Exit:
        files: Files = await looked_into(paths, traits)
        group = Group({}, tuple(range(len(files.items))))
        told = report(Output(results, said, verbose=False))
        delivery = Delivery("there", traits, connect, told, patience, policy=FAST)
        async with asyncio.timeout(LIMIT):
            return await delivery.run(files, [group])

    return asyncio.run(deliver()), results.getvalue(), said.getvalue()


def events(text: str, kind: str) -> list[dict[str, Any]]:
    return [event for line in text.splitlines() if (event := json.loads(line))["event"] == kind]


def test_an_approval_is_waited_for_or_is_10(paths: list[str]) -> None:
    approval = always(JobState.APPROVAL)
    code, out, _ = run(paths, approval, Patience(approval_fails=True))
    assert code is Exit.APPROVAL
    assert events(out, "finished")[0]["counts"] == {"needs_approval": 2}
    assert [event["state"] for event in events(out, "result")] == ["needs_approval"] * 2
    code, _, _ = run(paths, approval, Patience(wait_limit=0.1))
    assert code is Exit.STILL_WORKING


def test_a_state_nobody_knows_is_waited_for_or_is_5(paths: list[str]) -> None:
    patience = Patience(unknown_fails=True, wait_limit=0.1)
    code, _, _ = run(paths, always(JobState.UNKNOWN, "FROBNICATING"), patience)
    assert code is Exit.LATER
    # Not to be seen yet is no word nobody knows.
    code, _, _ = run(paths, always(JobState.UNKNOWN), patience)
    assert code is Exit.STILL_WORKING


def test_a_file_nobody_can_say_of_needs_input_and_is_5(paths: list[str]) -> None:
    world = World(finds=False)
    world.script("send", [Fault(cut(), AFTER)] * 2)
    code, out, _ = run(paths, connecting(lambda: ScriptedServer(world, None)), Patience())
    assert code is Exit.LATER
    for event in events(out, "result"):
        assert event["state"] == "needs_input"
    last = [event for event in events(out, "state") if event["state"] == "needs_input"]
    assert len(last) == 2
    assert all(event["problem"]["id"] == "uncertain.reply-lost" for event in last)


def test_a_file_that_waits_for_a_failed_one_does_not_keep_the_run(paths: list[str]) -> None:
    world = World()
    world.fail_jobs = {"a.mrc"}
    traits = family(in_turn=True)
    code, out, _ = run(
        paths, connecting(lambda: ScriptedServer(world, None)), Patience(), traits=traits
    )
    assert code is Exit.ERROR
    assert events(out, "finished")[0]["counts"] == {"failed": 1, "paused": 1}
    assert world.processed() == {"a.mrc": 1}


def test_every_upload_has_one_added_and_one_result(paths: list[str]) -> None:
    world = World()
    code, out, _ = run(paths, connecting(lambda: ScriptedServer(world, None)), Patience())
    assert code is Exit.DONE
    for kind in ("added", "result"):
        assert sorted(event["path"] for event in events(out, kind)) == paths
    assert len(events(out, "finished")) == 1
    told = [event for event in events(out, "state") if event["id"] == 1]
    assert all(one != other for one, other in itertools.pairwise(told))
    assert [told[0]["state"], told[-1]["state"]] == ["queued", "done"]


def test_a_thousand_files_do_not_take_forever(tmp_path: Path) -> None:
    for number in range(1_000):
        (tmp_path / f"{number}.mrc").write_bytes(b"x")
    world = World()
    world.job_looks = 1
    server = connecting(lambda: ScriptedServer(world, None))
    code, out, _ = run([str(tmp_path)], server, Patience(), traits=family(together=100))
    assert code is Exit.DONE
    assert events(out, "finished")[0]["counts"] == {"done": 1_000}


@pytest.mark.parametrize("report", [Bars, Plain])
def test_words_for_people_end_with_a_line_for_each_file(
    paths: list[str], report: Callable[[Output], Report]
) -> None:
    world = World()
    server = connecting(lambda: ScriptedServer(world, None))
    code, out, said = run(paths, server, Patience(), report=report)
    assert code is Exit.DONE
    assert sorted(out.splitlines()) == ["a.mrc: Done", "b.mrc: Done"]
    assert said


def test_an_interrupted_run_says_where_it_was(paths: list[str]) -> None:
    results = io.StringIO()

    async def interrupted() -> None:
        world = World()
        world.send_gate = asyncio.Event()
        traits = family()
        files = await looked_into(paths, traits)
        told = JsonLines(Output(results, None, verbose=False))
        server = connecting(lambda: ScriptedServer(world, None))
        delivery = Delivery("there", traits, server, told, Patience(), policy=FAST)
        task = asyncio.ensure_future(delivery.run(files, [Group({}, (0, 1))]))
        while '"uploading"' not in results.getvalue():
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(interrupted())
    (finished,) = events(results.getvalue(), "finished")
    assert finished["exit"] == 130
    assert sum(finished["counts"].values()) == 2
    assert len(events(results.getvalue(), "result")) == 2
    assert Phase.CANCELLED not in finished["counts"]


def test_what_was_cancelled_in_an_earlier_run_is_neither_told_nor_lost(
    paths: list[str], tmp_path: Path
) -> None:
    def journal() -> Journal:
        return Journal(tmp_path / "state", lambda problem: None)

    earlier = journal()
    [id] = earlier.ids(1)
    source = source_of(Path(paths[0]))
    ticket = Ticket({"id": "0"}, binds=True)
    earlier.save([Upload(id, "there", source, phase=Phase.CANCELLED, ticket=ticket)], "key")
    earlier.close()
    results = io.StringIO()

    async def go_on() -> Exit:
        told, kept = JsonLines(Output(results, io.StringIO(), verbose=False)), journal()
        connect = always(JobState.DONE)
        delivery = Delivery("there", family(), connect, told, Patience(), journal=kept, policy=FAST)
        code = await delivery.go_on()
        assert [upload.id for upload, _ in kept.uploads()] == [id]
        kept.close()
        return code

    assert asyncio.run(go_on()) is Exit.DONE
    assert [json.loads(line)["event"] for line in results.getvalue().splitlines()] == ["finished"]


def test_what_belongs_to_a_removed_server_keeps_no_other_from_going_on(
    paths: list[str], tmp_path: Path
) -> None:
    first = Journal(tmp_path / "j", pytest.fail)
    gone, here, working = first.ids(3)
    source = source_of(Path(paths[0]))
    job = Job("1", JobState.RUNNING)
    first.save(
        [
            Upload(gone, "gone", source),
            Upload(here, "there", source),
            Upload(working, "gone", source, phase=Phase.PROCESSING, job=job),
        ]
    )
    first.close()
    world, traits, results = World(), family(), io.StringIO()
    told = JsonLines(Output(results, io.StringIO(), verbose=False))
    connect = connecting(lambda: ScriptedServer(world, None))

    async def resumed() -> Exit:
        second = Journal(tmp_path / "j", pytest.fail)
        delivery = Delivery("there", traits, connect, told, Patience(), policy=FAST, journal=second)
        async with asyncio.timeout(LIMIT):
            code = await delivery.go_on()
        second.close()
        return code

    assert asyncio.run(resumed()) is Exit.SOME_FAILED
    ends = {event["id"]: event["state"] for event in events(results.getvalue(), "result")}
    assert ends == {gone: "failed", here: "done", working: "unwatched"}
    last = Journal(tmp_path / "j", pytest.fail)
    assert {one.id for one, _ in last.uploads()} == {gone, working}
    last.close()
