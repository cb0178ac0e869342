"""The contract between the engine and a family of servers.

A family is data (`Family`) and a signed-in connection (`Server`). The engine knows no family; every
difference is a field of `Family` or the behaviour of one of the verbs. All verbs raise `Problem`
and
nothing else. A verb with nothing to do returns at once; none is optional.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

from app.core.catalogue import Entry
from app.core.destinations import Destination, Secret
from app.core.drafts import Finding, Inspection, Look
from app.core.forms import Choice, Field
from app.core.jobs import Job, JobAction, RecordKey, Result
from app.core.previews import Facts, Preview
from app.core.problems import Problem
from app.core.uploads import Source, Ticket


class Body(Protocol):
    """A file's bytes, or a part of them. Iterating again begins again at the first byte.

    Yields `bytes` of at most 256 KiB. Raises FileProblem when the file is gone, unreadable or
    changed.
    """

    @property
    def size(self) -> int:
        """Bytes it will yield, exactly."""

    @property
    def source(self) -> Source: ...

    def part(self, offset: int, length: int) -> Body:
        """The bytes from `offset`, counted from this body's start. Its progress counts for the
        whole."""

    def already(self, sent: int) -> None:
        """Tell the meter that `sent` bytes of the whole are on the server and will not be asked
        for."""

    def __aiter__(self) -> AsyncIterator[bytes]: ...


@dataclass(frozen=True, slots=True)
class Opening:
    """What the server made ready for a batch: its own data (JSON-able) and one ticket per source,
    in order.

    `at_once` is how many of the batch's files the server takes at the same time; None: as the lane
    allows.
    """

    tickets: tuple[Ticket, ...]
    data: Mapping[str, Any] = field(default_factory=dict)
    at_once: int | None = None


class Verdict(StrEnum):
    """What the server has of a file whose sending ended without a clear answer."""

    WHOLE = "whole"
    """Every byte, as if `send` had returned."""
    RESUME = "resume"
    """Less than all; `send` with this ticket goes on, or begins again safely."""
    SPOILT = "spoilt"
    """The ticket must not be used again: discard it and open anew."""


@dataclass(frozen=True, slots=True)
class Found:
    verdict: Verdict
    ticket: Ticket


@dataclass(frozen=True, slots=True)
class Leftover:
    """Something of ours, opened on the server and never started; `ticket` is for `discard`."""

    ticket: Ticket
    title: str
    detail: str = ""
    who: str = ""
    """Whose account made it."""
    made: float | None = None
    """Seconds since the epoch."""
    key: str = ""
    """The `key` of its opening, where the server still tells it: what is at work is no leftover."""


Keep = Callable[[Ticket], None]
"""Called by `send` whenever the ticket has learnt something worth surviving a crash (a part's
ETag)."""


class Server(Protocol):
    """A live, signed-in connection to one destination."""

    @property
    def account(self) -> str:
        """Who is signed in and where, for the person: “diku_admin at diku”."""

    async def choices(
        self, field: str, picked: Mapping[str, str], search: str = ""
    ) -> Sequence[Choice]:
        """The live choices of a batch option, all or those matching `search`. Reads only."""

    async def check(
        self, sources: Sequence[Source], options: Mapping[str, str]
    ) -> Sequence[Sequence[Finding]]:
        """What the server can say about each file before anything is sent. Reads only."""

    async def open(
        self,
        key: str,
        sources: Sequence[Source],
        options: Mapping[str, str],
        *,
        again: bool = False,
    ) -> Opening:
        """Make the server ready for a batch. `key` is unique for this opening and chosen by the
        engine.

        With `again` an earlier call with this key may have reached the server: look for what it
        made first.
        """

    async def send(self, ticket: Ticket, body: Body, keep: Keep) -> Ticket:
        """Deliver the bytes. Returns when the server has confirmed them all.

        Repeats no request that may have had an effect. Unreachable, SignInProblem and a 429 are
        raised only when this ticket may safely be sent again; after any other problem that could
        pass, the engine asks `find` first.
        """

    async def find(self, ticket: Ticket) -> Found:
        """What the server has of this file. Raises Uncertain when it cannot tell."""

    async def start(
        self,
        opening: Opening,
        tickets: Sequence[Ticket],
        options: Mapping[str, str],
        *,
        again: bool = False,
    ) -> Sequence[str]:
        """Have the files of a batch processed, exactly once; one job reference per ticket.

        `tickets` are those whose bytes arrived. With `again` an earlier call may have reached the
        server: look first. Raises Uncertain when that cannot be told.
        """

    async def status(self, refs: Sequence[str]) -> Sequence[Job]:
        """One look at each job, in order. A job the server does not show is UNKNOWN or GONE."""

    async def result(self, ref: str) -> Result:
        """Counts and failed records of an ended job."""

    async def recent(
        self, since: datetime, chosen: Sequence[Mapping[str, str]] = ()
    ) -> Sequence[Job]:
        """What the server works on and lately worked on, ours or not.

        `chosen` are the options of this program's uploads: where a server has too much to list,
        they say what is worth looking at.
        """

    async def act(self, ref: str, action: JobAction, comment: str = "") -> None:
        """Do what a job's `actions` offered."""

    async def discard(self, ticket: Ticket) -> None:
        """Take back what was opened and not started. What is gone already counts as done.

        Where bytes that arrived cannot be taken back, their tickets must say so (`Ticket.binds`).
        """

    async def leftovers(self) -> Sequence[Leftover]:
        """Own things opened and never started, also by earlier runs of this program."""


class StepState(StrEnum):
    OK = "ok"
    FAILED = "failed"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Step:
    """One step of “Test connection”: a key, what was tried, how it went, what was found out."""

    key: str
    title: str
    state: StepState
    detail: str = ""
    problem: Problem | None = None


Connect = Callable[[Destination, Secret], AbstractAsyncContextManager[Server]]
"""Signs in at entry and out at exit. Entry raises SignInProblem, TrustProblem, Unreachable, …"""

Probe = Callable[[Destination, Secret], AsyncIterator[Step]]
"""“Test connection”: yields each step as it ends; never raises Problem."""

Inspect = Callable[[Source, Look], Inspection]
"""Looks into the file, in constant memory; runs in a worker thread; raises FileProblem, and what
the Look raises to end it."""

Glance = Callable[[Source, Look], Inspection | None]
"""What can be told of a large file long before it is inspected; the inspection tells it again, and
more exactly. None where that is nothing. Runs like an inspection; raises FileProblem, and what the
Look raises."""

ShowFile = Callable[[Source, int, int], Preview]
"""`count` records or rows from number `first` (counted from 1) on, for reading; runs in a worker
thread; raises nothing but FileProblem. Each call reads the file from its beginning."""


CutOut = Callable[[Source, Collection[RecordKey], bool], Iterator[bytes]]
"""These records (as in `Result.which`) as the bytes of a file of the same kind, in order. With True
passwords in it are as they are, otherwise masked. Runs in a worker thread; raises FileProblem, at
the latest with the last bytes."""


@dataclass(frozen=True, slots=True)
class Mending:
    """How a corrected copy of a file is made. The file itself is never touched, and nothing is
    guessed: what only a person can know is shown before. All but `heals` run in a worker thread
    and raise FileProblem."""

    heals: Callable[[Collection[str]], frozenset[str]]
    """Of the ids of all findings of a file, those of which a copy would be free."""
    copied: Callable[[Source, Collection[str]], Iterator[bytes]]
    """The bytes of a copy free of these; what goes wrong is raised at the latest with the last."""
    doubts: Callable[[Source, Collection[str]], Sequence[str]]
    """Words as the copy would have them, for the person to say whether they are right; none where
    there is no doubt."""


def nothing_to_show(source: Source, first: int, count: int) -> Preview:
    """The preview of a family that has none."""
    return Facts(())


def each_alone(sources: Sequence[Source]) -> Sequence[Sequence[int]]:
    """Every file is a batch of its own."""
    return [(index,) for index in range(len(sources))]


@dataclass(frozen=True, slots=True)
class Family:
    """A kind of server. `fields` are asked to connect (besides the general ones), `options` per
    batch."""

    key: str
    title: str
    icon: str
    fields: tuple[Field, ...]
    options: tuple[Field, ...]
    secret: Field
    takes: tuple[str, ...]
    """Usual extensions, lower case with dot, to suggest this family for a dropped file."""
    takes_text: str
    """One line for the empty window: what this kind of server takes."""
    inspect: Inspect
    connect: Connect
    probe: Probe
    glance: Glance | None = None
    preview: ShowFile = nothing_to_show
    failed_records: CutOut | None = None
    """How failed records are cut out of a file; None where a job is about the file as a whole."""
    mending: Mending | None = None
    holds_passwords: bool = False
    """Files of this kind may have passwords in their records: these are masked in what is saved,
    unless the person asks for them."""
    problems: tuple[Entry, ...] = ()
    """The catalogue entries only this family can raise."""
    batches: Callable[[Sequence[Source]], Sequence[Sequence[int]]] = each_alone
    """How the files of one send (same options) are grouped, by index, in the order to start them.
    """
    in_turn: bool = False
    """A batch begins only after the one before it, of the same send, is done."""
    resumes: bool = False
    """A broken sending can go on where it stopped (at least in some of the server's modes)."""
    at_once: int = 3
    """Files sent at the same time to one destination."""
    leaves: bool = True
    """What was opened and never started may stay on the server; False: there is nothing to ask for.
    """
    suggest: Callable[[Mapping[str, str]], Mapping[str, str]] = lambda facts: {}
    """Options suggested by the facts of an inspection."""
    counts: tuple[tuple[str, str], ...] = ()
    """(key in Result.counts, word for the person), in the order to show."""
