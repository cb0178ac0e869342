"""Commands, faults, kills and restarts in any order: nothing is lost and nothing is sent twice.

`LONGSHORE_STEPS` is how many steps each run has, `LONGSHORE_EXAMPLES` how many runs; then the runs
differ each time, and a failing one prints the steps that bring it about.
"""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from app.core.intents import Opened, Verb
from app.core.jobs import JobAction
from app.core.problems import Uncertain
from app.core.uploads import Phase, Source, Ticket, Upload, Why
from app.storage.journal import Journal
from app.transfer.body import source_of
from app.transfer.engine import Engine

from .conftest import FAST, Told, open_files
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
    route,
    token,
    unreachable,
    wrong_secret,
)

SIZES = (0, 10, 300_000, 700_000)
SETTLED = 10.0
LONG = "LONGSHORE_STEPS" in os.environ

_BEFORE = (cut, broken, busy, token, refused, unreachable)
faults = st.one_of(
    st.builds(lambda make: Fault(make(), BEFORE), st.sampled_from(_BEFORE)),
    st.builds(lambda make: Fault(make(), AFTER), st.sampled_from((cut, broken))),
)
passing = st.one_of(
    st.builds(lambda make: Fault(make(), BEFORE), st.sampled_from((cut, broken, busy, token))),
    st.just(Fault(unreachable(), BEFORE)),
)
"""What passes: a server that refuses to take something back leaves it lying."""
VERBS = ("connect", "open", "send", "find", "start", "status", "result", "act")
some = st.integers(0, 3)
"""Every fourth upload, from here; 3 is all of them."""
sizes = st.lists(st.sampled_from(SIZES), min_size=1, max_size=4)
STALLS = ("open", "sent", "find", "start", "discard")


class Dropped(Journal):
    """A journal whose process can end without closing it, also in the middle of the engine."""

    def __init__(self, folder: Path, world: World) -> None:
        super().__init__(folder, lambda problem: None)
        self._world = world
        self.left: int | None = None
        """Writes until the process dies, right before the last one."""

    def _beat(self) -> None:
        if self.left is not None:
            self.left -= 1
            if self.left <= 0:
                self._world.client_is_dead = True
        if self._world.client_is_dead:
            raise asyncio.CancelledError

    def ids(self, count: int) -> Sequence[int]:
        self._beat()
        return super().ids(count)

    def save(self, uploads: Iterable[Upload], key: str = "") -> None:
        self._beat()
        super().save(uploads, key)

    def opened(self, opened: Opened) -> None:
        self._beat()
        super().opened(opened)

    def intent(
        self, key: str, verb: Verb, ids: Sequence[int], ticket: Ticket | None = None
    ) -> None:
        self._beat()
        super().intent(key, verb, ids, ticket)

    def outcome(self, key: str, verb: Verb, ids: Sequence[int], said: str) -> None:
        self._beat()
        super().outcome(key, verb, ids, said)

    def forget(self, ids: Iterable[int]) -> None:
        self._beat()
        super().forget(ids)

    def drop(self) -> None:
        """What the system does with a process that was killed: its files are closed, no more."""
        if self._base is not None:
            self._base.close()
        if self._owner is not None:
            self._owner.close()


class Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(f"{record.getMessage()} {record.exc_info[1] if record.exc_info else ''}")


class Machine(RuleBasedStateMachine):
    """One person, one server, one journal, and as many runs of the program as it takes."""

    def __init__(self) -> None:
        super().__init__()
        self._temporary = tempfile.TemporaryDirectory(prefix="machine-")
        self.folder = Path(self._temporary.name)
        self.errors = Errors()
        logging.getLogger().addHandler(self.errors)
        self.allowed: Counter[str] = Counter()
        """How often the person had a file sent although the server may have it."""
        self.made = 0
        self.policy = replace(FAST, stop_within=0.05)
        self.world = World()
        self.engine: Engine | None = None

    @initialize(
        together=st.integers(1, 3),
        resumes=st.booleans(),
        finds=st.booleans(),
        arrival_starts=st.booleans(),
        in_turn=st.booleans(),
        sizes=sizes,
    )
    def begin(
        self,
        together: int,
        resumes: bool,
        finds: bool,
        arrival_starts: bool,
        in_turn: bool,
        sizes: list[int],
    ) -> None:
        self.world = World(resumes=resumes, finds=finds, arrival_starts=arrival_starts)
        together = 1 if arrival_starts else together
        self.traits = family(together=together, resumes=self.world.resumes, in_turn=in_turn)
        self.start()
        self.submit(sizes)

    # the program's life

    def start(self) -> None:
        """Another run takes over what is unfinished; nothing is sent by itself."""
        self.world.client_is_dead = False
        self.runner = asyncio.Runner()
        self.runner.get_loop().set_exception_handler(self._unhandled)
        self.journal = Dropped(self.folder / "state", self.world)
        self.told = Told()
        routed = route(self.world, self.traits)
        self.engine = Engine(lambda _: routed, self._tell, self.journal, self.policy)
        sends = self.sends()

        async def enter() -> None:
            assert self.engine is not None
            await self.engine.__aenter__()
            self.engine.claim()
            for _ in range(5):
                await asyncio.sleep(0)

        self.runner.run(enter())
        assert self.sends() == sends, "a new run sent by itself"
        for upload in self.engine.uploads.values():
            if upload.phase is Phase.QUEUED:
                assert upload.wait is not None and upload.wait.why is Why.HELD

    def sends(self) -> int:
        return sum(file.sends for file in self.world.files.values())

    def _unhandled(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not self.world.client_is_dead:
            loop.default_exception_handler(context)

    def _tell(self, change: Any) -> None:
        if not self.world.client_is_dead:
            self.told(change)

    def step(self, act: Callable[[Engine], object] = lambda engine: None, turns: int = 1) -> None:
        """One command and some turns of the loop; a run that died in them is followed by the
        next."""
        engine = self.engine
        assert engine is not None

        async def main() -> None:
            act(engine)
            for _ in range(turns):
                await asyncio.sleep(0)

        with suppress(asyncio.CancelledError):
            self.runner.run(main())
        if self.world.client_is_dead:
            self.bury()
            self.start()

    def bury(self) -> None:
        """The process is no more: whatever it was about to do, it does not do."""
        self.world.client_is_dead = True
        self.journal.drop()
        self.engine = None

        async def end() -> None:
            while others := asyncio.all_tasks() - {asyncio.current_task()}:
                for task in others:
                    task.cancel()
                await asyncio.wait(others)

        self.runner.run(end())
        self.runner.close()

    def stop(self) -> None:
        assert self.engine is not None
        with suppress(asyncio.CancelledError):
            self.runner.run(self.engine.__aexit__(None, None, None))
        if self.world.client_is_dead:
            self.bury()
            return
        left = asyncio.all_tasks(self.runner.get_loop())
        assert not left, f"tasks left: {left}"
        assert self.world.open_connections == 0
        self.engine = None
        self.journal.close()
        self.runner.close()

    @rule(goes_on=st.booleans())
    def kill(self, goes_on: bool) -> None:
        self.bury()
        self.start()
        if goes_on:
            self.release_all()

    @rule(writes=st.integers(1, 12))
    def kill_at_a_write(self, writes: int) -> None:
        self.journal.left = writes

    @rule(
        verb=st.sampled_from(("open", "send", "find", "start", "discard", "act")),
        when=st.sampled_from((BEFORE, AFTER)),
    )
    def kill_at_a_request(self, verb: str, when: str) -> None:
        self.world.kill_at = (verb, when)

    @rule(goes_on=st.booleans())
    def quit_and_come_back(self, goes_on: bool) -> None:
        self.stop()
        self.start()
        if goes_on:
            self.release_all()

    # what the person does

    def ids(self, first: int) -> list[int]:
        assert self.engine is not None
        return [i for i in self.engine.uploads if first == 3 or i % 4 == first]

    @rule(sizes=sizes)
    def submit(self, sizes: list[int]) -> None:
        sources: list[Source] = []
        for size in sizes:
            self.made += 1
            path = self.folder / f"f{self.made}.dat"
            path.write_bytes(bytes([self.made % 251]) * size)
            sources.append(source_of(path))
        self.step(lambda engine: engine.submit("there", sources, {}))

    @rule(first=some)
    def cancel(self, first: int) -> None:
        ids = self.ids(first)
        self.step(lambda engine: engine.cancel(ids))

    @rule(first=some)
    def retry(self, first: int) -> None:
        ids = self.ids(first)
        self.step(lambda engine: engine.retry(ids))

    @rule(first=some)
    def send_anyway(self, first: int) -> None:
        assert self.engine is not None
        ids = self.ids(first)
        for upload in [self.engine.uploads[i] for i in ids]:
            if upload.phase is Phase.FAILED:
                self.allowed[upload.source.name] += 1
        self.step(lambda engine: engine.send_anyway(ids))

    @rule(first=some)
    def hold(self, first: int) -> None:
        ids = self.ids(first)
        self.step(lambda engine: engine.hold(ids))

    @rule(first=some)
    def release(self, first: int) -> None:
        ids = self.ids(first)
        self.step(lambda engine: engine.release(ids))

    @rule()
    def release_all(self) -> None:
        self.step(lambda engine: engine.release(list(engine.uploads)))

    @rule(first=some)
    def start_now(self, first: int) -> None:
        ids = self.ids(first)
        self.step(lambda engine: engine.start_now(ids))

    @rule(first=some, where=st.sampled_from(("up", "down", "top", "bottom")))
    def reorder(self, first: int, where: Any) -> None:
        ids = self.ids(first)
        self.step(lambda engine: engine.move(ids, where))

    @rule(on=st.booleans())
    def pause(self, on: bool) -> None:
        self.step(lambda engine: engine.pause(on))

    @rule(count=st.integers(1, 4))
    def at_once(self, count: int) -> None:
        self.step(lambda engine: engine.at_once("there", count))

    @rule(rate=st.sampled_from((None, 20_000_000, 200_000_000)))
    def limit(self, rate: int | None) -> None:
        self.step(lambda engine: engine.limit(rate))

    @rule(first=some)
    def forget(self, first: int) -> None:
        ids = self.ids(first)
        self.step(lambda engine: engine.forget(ids))

    @rule(first=some)
    def relocate(self, first: int) -> None:
        """The files are elsewhere now, and the person shows where."""
        assert self.engine is not None
        for upload in [self.engine.uploads[i] for i in self.ids(first)]:
            old = Path(upload.source.path)
            if not old.exists() or upload.phase in (Phase.SENDING, Phase.OPENING, Phase.SENT):
                continue
            folder = self.folder / f"moved{len(old.parts)}"
            folder.mkdir(exist_ok=True)
            if upload.phase.final and upload.phase is not Phase.FAILED:
                continue
            moved = source_of(old.rename(folder / old.name))
            self.step(lambda engine, i=upload.id, to=moved: engine.relocate(i, to))

    @rule(first=some)
    def unwatch(self, first: int) -> None:
        ids = self.ids(first)
        self.step(lambda engine: engine.unwatch(ids))

    @rule(first=some)
    def watch(self, first: int) -> None:
        ids = self.ids(first)
        self.step(lambda engine: engine.watch(ids))

    @rule(first=some)
    def cancel_job(self, first: int) -> None:
        ids = self.ids(first)
        self.step(lambda engine: engine.act(ids, JobAction.CANCEL))

    @rule()
    def signed_in(self) -> None:
        self.step(lambda engine: engine.signed_in("there"))

    @rule()
    def try_now(self) -> None:
        self.step(lambda engine: engine.try_now("there"))

    # what the world does

    @rule(turns=st.integers(1, 60))
    def pass_turns(self, turns: int) -> None:
        self.step(turns=turns)

    @rule(milliseconds=st.integers(1, 20))
    def pass_time(self, milliseconds: int) -> None:
        engine = self.engine
        assert engine is not None
        with suppress(asyncio.CancelledError):
            self.runner.run(asyncio.sleep(milliseconds / 1000))
        self.step()

    @rule(verb=st.sampled_from(VERBS), planned=st.lists(faults, min_size=1, max_size=3))
    def fault(self, verb: str, planned: list[Fault]) -> None:
        self.world.script(verb, planned)

    @rule(verb=st.sampled_from(("discard", "leftovers")), planned=passing)
    def fault_of_taking_back(self, verb: str, planned: Fault) -> None:
        self.world.script(verb, [planned])

    @rule(verb=st.sampled_from(STALLS))
    def stall(self, verb: str) -> None:
        self.world.stalls.add(verb)

    @rule()
    def stall_no_more(self) -> None:
        self.world.stalls.clear()
        self.step(turns=20)

    @rule()
    def refuse_the_secret(self) -> None:
        self.world.script("connect", [Fault(wrong_secret())])

    @rule()
    def clear_faults(self) -> None:
        self.world.faults.clear()

    @rule(first=some)
    def fail_jobs(self, first: int) -> None:
        assert self.engine is not None
        names = [self.engine.uploads[i].source.name for i in self.ids(first)]
        self.world.fail_jobs.update(names)

    # what always holds

    @invariant()
    def nothing_is_wrong(self) -> None:
        assert not self.errors.told, self.errors.told[0]
        if self.engine is not None:
            for i, meter in list(self.engine.meters.items()):
                assert 0 <= meter.sent <= self.engine.uploads[i].source.size
        live: Counter[str] = Counter()
        for ident, file in self.world.files.items():
            assert file.started <= 1, f"{ident} was started twice"
            ended = ident in self.world.cancelled or file.name in self.world.fail_jobs
            live[file.name] += file.started and not ended
        assert all(count <= 1 for count in self.world.starts.values())
        for name, count in live.items():
            assert count <= 1 + self.allowed[name], f"the server has {name} {count} times"

    def settle(self) -> None:
        """The faults pass and the person is willing: every upload comes to its end."""
        self.world.faults.clear()
        self.world.stalls.clear()
        self.world.kill_at = None
        self.journal.left = None
        engine = self.engine
        assert engine is not None

        async def main() -> None:
            engine.pause(False)
            engine.limit(None)
            engine.at_once("there", 4)
            async with asyncio.timeout(SETTLED):
                while not all(upload.phase.final for upload in engine.uploads.values()):
                    engine.release(list(engine.uploads))
                    engine.signed_in("there")
                    engine.try_now("there")
                    await asyncio.sleep(0.004)

        self.runner.run(main())
        for upload in engine.uploads.values():
            if upload.phase is Phase.FAILED and upload.ticket is not None:
                assert upload.problem is not None, upload

    def teardown(self) -> None:
        try:
            if self.engine is not None:
                self._ends_well()
        finally:
            logging.getLogger().removeHandler(self.errors)
            self._temporary.cleanup()

    def _ends_well(self) -> None:
        # What could not be taken back in one run is taken back by the next one, given time.
        self.policy = FAST
        for _ in range(3):
            self.settle()
            self.stop()
            self.start()
        self.settle()
        assert self.engine is not None
        uploads = list(self.engine.uploads.values())
        kept = {upload.ticket.data["id"] for upload in uploads if upload.ticket is not None}
        self.stop()
        self.nothing_is_wrong()
        if not self.world.arrival_starts:
            left = [
                ident
                for ident, file in self.world.files.items()
                if not file.started and not file.discarded and ident not in kept
            ]
            assert not left, f"left on the server: {left}"
        for upload in uploads:
            if upload.phase is Phase.FAILED and upload.ticket is not None:
                assert isinstance(upload.problem, Uncertain) or upload.problem is not None
        assert not open_files(self.folder) or not Path("/proc/self/fd").exists()


class TestMachine(Machine.TestCase):  # type: ignore[name-defined,misc]
    settings = settings(
        max_examples=int(os.environ.get("LONGSHORE_EXAMPLES", "25")),
        stateful_step_count=int(os.environ.get("LONGSHORE_STEPS", "30")),
        deadline=None,
        derandomize=not LONG,
        print_blob=True,
        suppress_health_check=list(HealthCheck),
    )
