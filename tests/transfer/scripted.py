"""A server of no family that keeps its own books and does what its script says.

It behaves like a strict real one: what was told to start starts once, a ticket whose bytes are
spoilt takes no more, and nothing is known of what was never opened.
"""

from __future__ import annotations

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from app.core import catalogue
from app.core.drafts import Finding, Inspection
from app.core.forms import Choice, Field
from app.core.jobs import Job, JobAction, JobState, Result
from app.core.problems import (
    Busy,
    ConnectionProblem,
    Exchange,
    Problem,
    Refused,
    ServerFault,
    SignInProblem,
    TokenRefused,
    Uncertain,
    Unreachable,
)
from app.core.uploads import Source, Ticket
from app.servers.api import Body, Family, Found, Keep, Leftover, Opening, Verdict, each_alone
from app.transfer.lanes import Route

BEFORE = "before"
AFTER = "after"


@dataclass(frozen=True)
class Fault:
    """A problem raised instead of doing what was asked, or after it was done."""

    problem: Problem
    when: str = BEFORE


def unreachable() -> Problem:
    return Unreachable(catalogue.CONNECTION_REFUSED, {"host": "scripted", "port": "1"})


def cut() -> Problem:
    return ConnectionProblem(catalogue.CONNECTION_CUT, {"host": "scripted"})


def broken() -> Problem:
    return ServerFault(catalogue.SERVER_FAULT, exchange=Exchange(status=500))


def busy(after: float | None = None) -> Problem:
    return Busy(catalogue.BUSY, exchange=Exchange(status=429), after=after)


def token() -> Problem:
    return TokenRefused()


def refused() -> Problem:
    return Refused(catalogue.REFUSED, {"status": "422", "reason": "no"})


def wrong_secret() -> Problem:
    return SignInProblem(catalogue.SIGN_IN_REFUSED)


@dataclass
class File:
    """One ticket as the server sees it."""

    name: str
    opening: str
    got: bytearray = field(default_factory=bytearray)
    whole: bool = False
    spoilt: bool = False
    discarded: bool = False
    started: int = 0
    sends: int = 0


class World:
    """The server's books, kept across connections."""

    def __init__(
        self, *, resumes: bool = False, finds: bool = True, arrival_starts: bool = False
    ) -> None:
        """With `arrival_starts` a file is worked on as soon as it is whole, nothing can be taken
        back, and of half a file nothing is kept: each sending begins with the first byte."""
        self.resumes = resumes and not arrival_starts
        self.finds = finds
        self.arrival_starts = arrival_starts
        self.faults: dict[str, deque[Fault | None]] = {}
        self.files: dict[str, File] = {}
        self.openings: dict[str, list[str]] = {}
        self.starts: Counter[str] = Counter()
        self.cancelled: set[str] = set()
        self.connections = 0
        self.open_connections = 0
        self.calls: Counter[str] = Counter()
        self.at_once = 0
        self.most_at_once = 0
        self.looks: Counter[str] = Counter()
        self.job_looks = 2
        self.send_gate: asyncio.Event | None = None
        self.gate_after = 0
        """Bytes taken before a sending waits for the gate."""
        self.fail_jobs: set[str] = set()
        self.client_is_dead = False
        """The program was killed: nothing more of it arrives."""
        self.kill_at: tuple[str, str] | None = None
        """The program is killed before or after this verb is done, once."""
        self.stalls: set[str] = set()
        """Verbs that begin to be done only when they are taken out of here; “sent” is the moment
        between the last byte and its effect."""
        self.refused_discards = 0
        """How often somebody tried to take back what the server works on."""

    def script(self, verb: str, faults: Iterable[Fault | None]) -> None:
        self.faults[verb] = deque(faults)

    def next_fault(self, verb: str, when: str) -> None:
        """Raises the next scripted fault of this verb if it is one for this moment."""
        if self.kill_at == (verb, when):
            self.kill_at = None
            self.client_is_dead = True
        if self.client_is_dead:
            raise asyncio.CancelledError
        queue = self.faults.get(verb)
        if not queue:
            return
        if when == BEFORE:
            self.calls[verb] += 1
            fault = queue[0]
            if fault is None or fault.when == BEFORE:
                queue.popleft()
            if fault is not None and fault.when == BEFORE:
                raise fault.problem.bare()
        else:
            fault = queue[0]
            if fault is not None and fault.when == AFTER:
                queue.popleft()
                raise fault.problem.bare()

    async def stalled(self, verb: str) -> None:
        while verb in self.stalls and not self.client_is_dead:
            await asyncio.sleep(0.0002)
        if self.client_is_dead:
            raise asyncio.CancelledError

    def processed(self) -> Counter[str]:
        """How often the server processed each file name."""
        count: Counter[str] = Counter()
        for file in self.files.values():
            count[file.name] += file.started
        return count

    def left_over(self) -> list[File]:
        return [f for f in self.files.values() if not f.started and not f.discarded]


class ScriptedServer:
    """Implements `app.servers.api.Server` over a World."""

    def __init__(self, world: World, at_once: int | None) -> None:
        self._world = world
        self._at_once = at_once

    account = "scripted"

    async def choices(
        self, field: str, picked: Mapping[str, str], search: str = ""
    ) -> Sequence[Choice]:
        self._world.next_fault("choices", BEFORE)
        return [Choice("a", "A")]

    async def check(
        self, sources: Sequence[Source], options: Mapping[str, str]
    ) -> Sequence[Sequence[Finding]]:
        return [() for _ in sources]

    async def open(
        self,
        key: str,
        sources: Sequence[Source],
        options: Mapping[str, str],
        *,
        again: bool = False,
    ) -> Opening:
        world = self._world
        world.next_fault("open", BEFORE)
        await asyncio.sleep(0)
        await world.stalled("open")
        if key in world.openings:
            assert again, "an opening is made twice only when the engine says that it may exist"
        if key not in world.openings:
            ids = [f"{key}/{index}" for index in range(len(sources))]
            for ident, source in zip(ids, sources, strict=True):
                world.files[ident] = File(source.name, key)
            world.openings[key] = ids
        world.next_fault("open", AFTER)
        ids = world.openings[key][: len(sources)]
        assert len(ids) == len(sources)
        tickets = tuple(Ticket({"id": ident}, world.resumes) for ident in ids)
        return Opening(tickets, {"key": key}, at_once=self._at_once)

    def _file(self, ticket: Ticket) -> File:
        return self._world.files[ticket.data["id"]]

    async def send(self, ticket: Ticket, body: Body, keep: Keep) -> Ticket:
        world, file = self._world, self._file(ticket)
        assert not file.discarded and not file.spoilt, "a spoilt ticket takes no more"
        assert not file.whole, "bytes that arrived are not sent again"
        world.next_fault("send", BEFORE)
        file.sends += 1
        world.at_once += 1
        world.most_at_once = max(world.most_at_once, world.at_once)
        try:
            part: Body = body
            if world.resumes and file.got:
                body.already(len(file.got))
                part = body.part(len(file.got), body.size - len(file.got))
            elif file.got:
                raise AssertionError("a re-sent body is appended and spoils the file")
            if world.send_gate is not None and not world.gate_after:
                await world.send_gate.wait()
            async for block in part:
                if world.client_is_dead:
                    raise asyncio.CancelledError
                file.got += block
                if world.send_gate is not None and len(file.got) > world.gate_after:
                    await world.send_gate.wait()
                if world.resumes:
                    keep(Ticket({**ticket.data, "at": len(file.got)}, True))
                await asyncio.sleep(0)
            assert len(file.got) == body.size
            if world.arrival_starts:
                keep(Ticket({**ticket.data, "out": True}, binds=True))
            await world.stalled("sent")
            file.started += world.arrival_starts
            file.whole = True
        except BaseException:
            if world.arrival_starts:
                file.got.clear()
            elif not world.resumes:
                file.spoilt = bool(file.got)
            raise
        finally:
            world.at_once -= 1
        world.next_fault("send", AFTER)
        return Ticket({**ticket.data, "whole": True}, binds=world.arrival_starts)

    async def find(self, ticket: Ticket) -> Found:
        world, file = self._world, self._file(ticket)
        world.next_fault("find", BEFORE)
        await world.stalled("find")
        if not world.finds and not (world.arrival_starts and "out" not in ticket.data):
            raise Uncertain(catalogue.REPLY_LOST, {"name": file.name})
        if file.spoilt or file.discarded:
            return Found(Verdict.SPOILT, ticket)
        if file.whole:
            return Found(Verdict.WHOLE, ticket)
        return Found(Verdict.RESUME, ticket)

    async def start(
        self,
        opening: Opening,
        tickets: Sequence[Ticket],
        options: Mapping[str, str],
        *,
        again: bool = False,
    ) -> Sequence[str]:
        world = self._world
        key = str(opening.data["key"])
        world.next_fault("start", BEFORE)
        await world.stalled("start")
        files = [self._file(ticket) for ticket in tickets]
        if world.arrival_starts:
            return [str(ticket.data["id"]) for ticket in tickets]
        if any(file.started for file in files):
            assert again, "a second start without looking would process the files twice"
        else:
            for file in files:
                assert file.whole and not file.discarded
                file.started += 1
            world.starts[key] += 1
        world.next_fault("start", AFTER)
        return [str(ticket.data["id"]) for ticket in tickets]

    async def status(self, refs: Sequence[str]) -> Sequence[Job]:
        self._world.next_fault("status", BEFORE)
        return [self._job(ref) for ref in refs]

    def _job(self, ref: str) -> Job:
        world = self._world
        if ref in world.cancelled:
            return Job(ref, JobState.CANCELLED)
        world.looks[ref] += 1
        if world.looks[ref] < world.job_looks:
            return Job(ref, JobState.RUNNING, done=world.looks[ref], total=world.job_looks)
        if world.files[ref].name in world.fail_jobs:
            return Job(ref, JobState.FAILED, word="ERROR")
        return Job(ref, JobState.DONE, done=world.job_looks, total=world.job_looks)

    async def result(self, ref: str) -> Result:
        self._world.next_fault("result", BEFORE)
        return Result({"created": 1})

    async def recent(
        self, since: datetime, chosen: Sequence[Mapping[str, str]] = ()
    ) -> Sequence[Job]:
        return []

    async def act(self, ref: str, action: JobAction, comment: str = "") -> None:
        self._world.next_fault("act", BEFORE)
        await self._world.stalled("act")
        if action is JobAction.CANCEL:
            self._world.cancelled.add(ref)

    async def discard(self, ticket: Ticket) -> None:
        self._world.next_fault("discard", BEFORE)
        await self._world.stalled("discard")
        file = self._file(ticket)
        if self._world.arrival_starts:
            return
        if file.started:
            self._world.refused_discards += 1
            raise refused()
        file.discarded = True

    async def leftovers(self) -> Sequence[Leftover]:
        self._world.next_fault("leftovers", BEFORE)
        return [
            Leftover(Ticket({"id": ident}), file.name, key=file.opening)
            for ident, file in self._world.files.items()
            if not file.started and not file.discarded and not self._world.arrival_starts
        ]


def family(
    *,
    together: int = 1,
    at_once: int = 3,
    in_turn: bool = False,
    resumes: bool = False,
) -> Family:
    """A family as data, with the traits a test wants."""

    def groups(sources: Sequence[Source]) -> Sequence[Sequence[int]]:
        count = len(sources)
        return [range(at, min(at + together, count)) for at in range(0, count, together)]

    async def no_probe(*_: Any) -> AsyncIterator[Any]:
        for step in ():
            yield step

    return Family(
        key="scripted",
        title="Scripted",
        icon="server",
        fields=(),
        options=(),
        secret=Field("secret", "Secret"),
        takes=(),
        takes_text="",
        inspect=lambda source, look: Inspection(),
        connect=None,  # type: ignore[arg-type]
        probe=no_probe,
        batches=groups if together > 1 else each_alone,
        in_turn=in_turn,
        resumes=resumes,
        at_once=at_once,
    )


def route(world: World, traits: Family, *, at_once: int | None = None) -> Route:
    @asynccontextmanager
    async def connect() -> AsyncIterator[ScriptedServer]:
        world.connections += 1
        await asyncio.sleep(0)
        world.next_fault("connect", BEFORE)
        world.open_connections += 1
        try:
            yield ScriptedServer(world, at_once)
        finally:
            world.open_connections -= 1

    return Route(traits, connect)
