"""Whatever is thrown at the engine: legal moves, final ends, nothing left, nothing twice."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.changes import UploadChanged
from app.core.problems import Busy, SignInProblem, Unreachable
from app.core.uploads import Phase
from app.transfer.body import source_of
from app.transfer.engine import Engine

from .conftest import Running, open_files, running
from .scripted import (
    AFTER,
    BEFORE,
    Fault,
    World,
    broken,
    busy,
    cut,
    family,
    refused,
    token,
    unreachable,
)

MAKERS = {"cut": cut, "broken": broken, "busy": busy, "token": token, "refused": refused}
COMMANDS = [
    *("cancel", "retry", "hold", "release", "pause", "go", "move", "start_now", "forget"),
    *("signed_in", "try_now", "at_once", "limit", "unwatch", "watch", "submit", "act"),
]
VERBS = ["connect", "open", "send", "find", "start", "status", "result", "discard", "act"]

faults = st.one_of(
    st.none(),
    st.builds(lambda name: Fault(MAKERS[name](), BEFORE), st.sampled_from(sorted(MAKERS))),
    st.builds(lambda name: Fault(MAKERS[name](), AFTER), st.sampled_from(["cut", "broken"])),
    st.just(Fault(unreachable(), BEFORE)),
)
scripts = st.dictionaries(st.sampled_from(VERBS), st.lists(faults, max_size=4), max_size=5)
commands = st.lists(
    st.tuples(
        st.sampled_from(COMMANDS),
        st.integers(0, 7),
        st.integers(0, 6),
    ),
    max_size=14,
)


def obey(r: Running, command: str, number: int, files: list[Path]) -> None:
    """One command on a few uploads."""
    engine: Engine = r.engine
    ids = [i for i in engine.uploads if i % 4 == number % 4]
    match command:
        case "pause":
            engine.pause(True)
        case "go":
            engine.pause(False)
        case "move":
            engine.move(ids, ("up", "down", "top", "bottom")[number % 4])  # type: ignore[arg-type]
        case "signed_in" | "try_now":
            getattr(engine, command)("there")
        case "at_once":
            engine.at_once("there", 1 + number % 4)
        case "limit":
            engine.limit(None if number % 2 else 50_000_000)
        case "submit":
            r.submit([source_of(files[number % len(files)])])
        case "act":
            from app.core.jobs import JobAction

            engine.act(ids, JobAction.CANCEL)
        case _:
            getattr(engine, command)(ids)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("files")
    made = []
    for index, size in enumerate([0, 10, 300_000, 700_000]):
        path = folder / f"f{index}.dat"
        path.write_bytes(os.urandom(size))
        made.append(path)
    return made


@settings(
    max_examples=int(os.environ.get("LONGSHORE_EXAMPLES", "120")),
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
@given(
    script=scripts,
    plan=commands,
    together=st.integers(1, 3),
    resumes=st.booleans(),
    finds=st.booleans(),
    in_turn=st.booleans(),
    leave_early=st.booleans(),
)
def test_invariants(
    files: list[Path],
    script: dict[str, list[Fault | None]],
    plan: list[tuple[str, int, int]],
    together: int,
    resumes: bool,
    finds: bool,
    in_turn: bool,
    leave_early: bool,
) -> None:
    world = World(resumes=resumes, finds=finds)
    for verb, planned in script.items():
        world.script(verb, planned)
    traits = family(together=together, resumes=resumes, in_turn=in_turn)

    async def main() -> None:
        async with running(world, traits=traits) as r:
            r.submit([source_of(path) for path in files])
            for command, number, pause in plan:
                obey(r, command, number, files)
                for i, meter in r.engine.meters.items():
                    assert 0 <= meter.sent <= r.engine.uploads[i].source.size
                await asyncio.sleep(pause * 0.002)
            if not leave_early:
                await settle(r)
        known = {
            change.upload.ticket.data["id"]
            for change in r.told.changes
            if isinstance(change, UploadChanged) and change.upload.ticket is not None
        }
        asked = [*script.get("open", []), *script.get("connect", [])]
        said_no = any(fault and fault.problem.id == "refused.other" for fault in asked)
        keeps = {
            upload.ticket.data["id"]
            for upload in r.engine.uploads.values()
            if upload.phase is Phase.FAILED and upload.ticket is not None
        }
        hindered = any(fault for fault in script.get("discard", [])) or (
            leave_early
            and any(
                isinstance(fault.problem, SignInProblem | Unreachable | Busy)
                for planned in script.values()
                for fault in planned
                if fault is not None
            )
        )
        if not hindered:
            for ident, file in world.files.items():
                left = not file.started and not file.discarded
                if ident not in known and (leave_early or said_no):
                    # Its reply was lost and the server would not say: listed as a leftover later.
                    continue
                assert not left or ident in keeps, f"{ident} was left on the server"
        for file in world.files.values():
            assert file.started <= 1
        lost = any(fault and fault.when == AFTER for fault in script.get("start", []))
        if not leave_early and not lost:
            # Where the answer to a start was lost, only the server knows that it is too late.
            assert world.refused_discards == 0
        for start in world.starts.values():
            assert start == 1

    asyncio.run(main())
    assert not open_files(files[0].parent)


async def settle(r: Running) -> None:
    """The faults pass, the person is willing: every upload comes to an end by itself, and what was
    asked for those cancelled meanwhile is answered and taken back."""
    r.world.faults.clear()
    r.engine.pause(False)
    r.engine.limit(None)
    async with asyncio.timeout(15):
        while r.engine._queues._running or not all(
            upload.phase.final for upload in r.engine.uploads.values()
        ):
            r.engine.release(list(r.engine.uploads))
            r.engine.signed_in("there")
            r.engine.try_now("there")
            await asyncio.sleep(0.02)
