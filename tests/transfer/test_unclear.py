"""What the server may have or may have made is never forgotten, whoever cancels and however often
the program ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from app.core.intents import Opened, Verb
from app.core.problems import Uncertain
from app.core.uploads import Phase, Source, Ticket, Upload, Why
from app.storage.journal import Journal

from .conftest import Running, running
from .scripted import AFTER, Fault, File, World, cut, family, refused, unreachable

Make = Callable[..., list[Source]]


def nothing(problem: object) -> None:
    """Tells nobody."""


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.001)


def data_of(r: Running, upload_id: int) -> Mapping[str, object]:
    ticket = r.engine.uploads[upload_id].ticket
    return ticket.data if ticket is not None else {}


async def searched_for(r: Running, made: list[Source]) -> int:
    """An upload whose answer was lost while the server, which has it, is asked about it."""
    r.world.script("send", [Fault(cut(), AFTER)])
    r.world.script("find", [None])  # So that it is counted.
    r.world.stalls.add("find")
    (upload_id,) = r.submit(made)
    await until(lambda: r.world.calls["find"] == 1)
    return upload_id


@pytest.mark.parametrize("command", ["cancel", "hold"])
def test_stopped_while_it_is_searched_for_it_is_not_sent_a_second_time(
    sources: Make, command: str
) -> None:
    async def main() -> None:
        async with running(World(arrival_starts=True)) as r:
            upload_id = await searched_for(r, sources())
            getattr(r.engine, command)([upload_id])
            assert r.engine.uploads[upload_id].ticket is not None
            r.world.stalls.clear()
            r.engine.retry([upload_id])
            r.engine.release([upload_id])
            await r.told.all_final()
            assert r.phase(upload_id) is Phase.DONE
            assert r.world.processed().total() == 1

    asyncio.run(main())


def test_cancelled_where_nobody_can_tell_the_person_is_asked_before_it_is_sent_again(
    sources: Make,
) -> None:
    async def main() -> None:
        async with running(World(arrival_starts=True, finds=False)) as r:
            r.world.stalls.add("sent")
            (upload_id,) = r.submit(sources())
            await until(lambda: "out" in data_of(r, upload_id))
            r.engine.cancel([upload_id])
            r.world.stalls.clear()
            r.engine.retry([upload_id])
            await r.told.all_final()
            assert isinstance(r.engine.uploads[upload_id].problem, Uncertain)
            assert sum(file.sends for file in r.world.files.values()) == 1

    asyncio.run(main())


def test_what_was_cancelled_while_it_was_searched_for_is_known_to_the_next_run(
    sources: Make, tmp_path: Path
) -> None:
    async def main() -> None:
        world = World(arrival_starts=True)
        first = Journal(tmp_path / "j", nothing)
        async with running(world, journal=first) as r:
            upload_id = await searched_for(r, sources())
            r.engine.cancel([upload_id])
        first.close()
        world.stalls.clear()
        second = Journal(tmp_path / "j", nothing)
        async with running(world, journal=second) as r:
            assert r.engine.claim() == [upload_id]
            assert r.phase(upload_id) is Phase.CANCELLED
            r.engine.retry([upload_id])
            await r.told.all_final()
            assert r.phase(upload_id) is Phase.DONE
            assert world.processed().total() == 1
        second.close()

    asyncio.run(main())


def test_an_opening_without_answer_whose_repetition_is_refused_leaves_nothing(
    sources: Make,
) -> None:
    async def main() -> None:
        async with running(World(), traits=family(together=2)) as r:
            r.world.script("open", [Fault(cut(), AFTER), Fault(refused())])
            ids = r.submit(sources(2))
            await r.told.all_final()
            assert {r.phase(i) for i in ids} == {Phase.FAILED}
            assert len(r.world.files) == 2
            await until(lambda: not r.world.left_over())

    asyncio.run(main())


def test_a_run_that_ends_before_it_does_anything_forgets_nothing(
    sources: Make, tmp_path: Path
) -> None:
    async def main() -> None:
        world = World(resumes=True)
        world.send_gate, world.gate_after = asyncio.Event(), 300_000
        first = Journal(tmp_path / "j", nothing)
        async with running(world, journal=first) as r:
            r.submit(sources(1, 900_000))
            await until(lambda: world.at_once == 1)
        first.close()
        world.send_gate.set()
        idle = Journal(tmp_path / "j", nothing)
        async with running(world, journal=idle) as r:
            r.engine.claim()
        idle.close()
        last = Journal(tmp_path / "j", nothing)
        async with running(world, journal=last) as r:
            r.engine.claim()
            r.engine.release(list(r.engine.uploads))
            await r.told.all_final()
        last.close()
        assert len(world.openings) == 1
        assert world.processed().total() == 1

    asyncio.run(main())


def test_killed_between_taking_back_and_forgetting_an_upload_begins_anew(
    sources: Make, tmp_path: Path
) -> None:
    async def main() -> None:
        world = World()
        world.send_gate = asyncio.Event()
        first = Journal(tmp_path / "j", nothing)
        async with running(world, journal=first) as r:
            (upload_id,) = r.submit(sources())
            await until(lambda: world.at_once == 1)
            upload, key = r.engine.uploads[upload_id], next(iter(world.openings))
            first.intent(key, Verb.DISCARD, [upload_id], upload.ticket)
        first.close()
        world.send_gate = None
        second = Journal(tmp_path / "j", nothing)
        async with running(world, journal=second) as r:
            r.engine.claim()
            taken = r.engine.uploads[upload_id]
            assert taken.ticket is None and taken.wait is not None and taken.wait.why is Why.HELD
            r.engine.release([upload_id])
            await r.told.all_final()
            assert r.phase(upload_id) is Phase.DONE
            await until(lambda: not world.left_over())
        second.close()
        assert world.processed().total() == 1

    asyncio.run(main())


def test_what_could_not_be_taken_back_is_taken_back_by_the_next_run(
    sources: Make, tmp_path: Path
) -> None:
    async def main() -> None:
        world = World()
        world.send_gate = asyncio.Event()
        first = Journal(tmp_path / "j", nothing)
        async with running(world, journal=first) as r:
            (upload_id,) = r.submit(sources())
            await until(lambda: world.at_once == 1)
            world.script("discard", [Fault(unreachable())])
            r.engine.cancel([upload_id])
            await until(lambda: world.calls["discard"] == 1)
        first.close()
        assert world.left_over()
        second = Journal(tmp_path / "j", nothing)
        async with running(world, journal=second) as r:
            r.engine.claim()
            await until(lambda: not world.left_over())
        second.close()

    asyncio.run(main())


def test_what_cannot_be_taken_back_is_known_also_when_that_was_tried(
    sources: Make, tmp_path: Path
) -> None:
    """Killed between the intent to take it back and the server's answer."""

    async def main() -> None:
        (source,) = sources()
        ticket = Ticket({"id": "k/0", "out": True}, binds=True)
        first = Journal(tmp_path / "j", nothing)
        (upload_id,) = first.ids(1)
        first.opened(Opened("k", "there", {"key": "k"}))
        gone = Upload(upload_id, "there", source, phase=Phase.CANCELLED, ticket=ticket)
        first.save([gone], "k")
        first.intent("k", Verb.DISCARD, [upload_id], ticket)
        first.close()
        world = World(arrival_starts=True)
        world.files["k/0"] = File(source.name, "k", whole=True, started=1)
        second = Journal(tmp_path / "j", nothing)
        async with running(world, journal=second) as r:
            r.engine.claim()
            r.engine.retry([upload_id])
            await r.told.all_final()
            assert r.phase(upload_id) is Phase.DONE
        second.close()
        assert [file.sends for file in world.files.values()] == [0]

    asyncio.run(main())


def test_sent_anyway_nothing_of_the_first_try_stays_behind(sources: Make) -> None:
    async def main() -> None:
        world = World(resumes=True, finds=False)
        async with running(world) as r:
            world.script("send", [Fault(cut(), AFTER)])
            (upload_id,) = r.submit(sources())
            await r.told.all_final()
            assert isinstance(r.engine.uploads[upload_id].problem, Uncertain)
            r.engine.send_anyway([upload_id])
            await r.told.all_final()
            await until(lambda: not world.left_over())
            assert r.phase(upload_id) is Phase.DONE
            assert world.processed().total() == 1

    asyncio.run(main())
