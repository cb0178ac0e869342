"""One run of the engine: submits, reports, and knows when there is nothing left to wait for."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial

from app.cli.exits import Exit, of_problem
from app.cli.outcome import held_back, of_uploads
from app.cli.preflight import Files, Group
from app.cli.progress import Report, Standing
from app.core.changes import Change, LaneChanged, LaneState, UploadChanged
from app.core.drafts import Finding
from app.core.problems import Problem
from app.core.uploads import Phase, Source, Upload
from app.servers.api import Family, Server
from app.storage.neighbours import Sent
from app.storage.problems import DESTINATION_UNKNOWN, StorageProblem
from app.transfer.engine import Engine
from app.transfer.journal import Journal, NoJournal
from app.transfer.lanes import Route
from app.transfer.local_file import lacking
from app.transfer.meter import Rate
from app.transfer.retry import Policy
from app.viewmodels import row

TICK = 0.25
"""Seconds between two readings of the meters: four a second for each file."""

REACH_TRIES = 6
"""A server that was there a moment ago is tried for about two minutes before its uploads fail."""


@dataclass(frozen=True, slots=True)
class Patience:
    """What a run waits for. Times in seconds."""

    waits: bool = True
    """For the server's own work too, not only until everything is sent."""
    wait_limit: float | None = None
    """How long for the server's work once everything is sent."""
    approval_fails: bool = False
    unknown_fails: bool = False


@dataclass(slots=True)
class _Known:
    """What was last told about an upload, so that nothing is told twice."""

    rate: Rate = field(default_factory=Rate)
    sent: int = -1
    told: tuple[object, ...] = ()
    ended: bool = False


class Delivery:
    """Files that were agreed on, or left unfinished by an earlier run, on their way."""

    def __init__(
        self,
        destination: str,
        family: Family,
        connect: Callable[[], AbstractAsyncContextManager[Server]],
        report: Report,
        patience: Patience,
        *,
        journal: Journal | None = None,
        others: Mapping[str, Route] | None = None,
        at_once: int | None = None,
        limit: int | None = None,
        policy: Policy | None = None,
        sharing: Callable[[Sent], AbstractContextManager[object]] = lambda _: nullcontext(),
    ) -> None:
        """`sharing` tells other processes how far the sends are, while it is entered."""
        self._sharing = sharing
        self._destination = destination
        self._routes = {destination: Route(family, connect), **(others or {})}
        self._journal = journal or NoJournal()
        self._report = report
        self._patience = patience
        self._at_once = at_once
        self._limit = limit
        self._policy = policy or Policy(person=False, reach_tries=REACH_TRIES)
        self._uploads: dict[int, Upload] = {}
        self._known: dict[int, _Known] = {}
        self._given_up: dict[int, Exit] = {}
        self._found: dict[Source, Sequence[Finding]] = {}
        self._restless: set[int] = set()
        self._unsent: set[int] = set()
        self._sending: set[int] = set()
        self._barred: Problem | None = None
        """Why the server cannot be asked any more: a person would have to do something first."""
        self._over = False
        self._moved = asyncio.Event()
        self._engine: Engine

    @property
    def ids(self) -> Sequence[int]:
        """Of all its uploads so far, in the order they were added."""
        return list(self._uploads)

    async def run(self, files: Files, groups: Sequence[Group]) -> Exit:
        """Returns when all is over or waited for no more; cancelled, it stops the engine first."""
        self._found = {item.source: item.inspection.findings for item in files.items}
        return await self._run(partial(self._begin, files, groups))

    async def go_on(self) -> Exit:
        """Takes over what earlier runs left unfinished on all its destinations."""
        return await self._run(self._resume)

    async def _resume(self, engine: Engine) -> None:
        engine.claim()
        waiting = [one for one in self._uploads.values() if one.phase is Phase.QUEUED]
        engine.lack(await asyncio.to_thread(lacking, waiting))
        known = [one for one in self._uploads.values() if one.destination in self._routes]
        engine.retry([one.id for one in known if one.phase is Phase.FAILED and one.ticket])
        engine.watch([one.id for one in known])
        engine.release([i for i, one in self._uploads.items() if not one.lacks_file])

    def _route(self, destination: str) -> Route:
        route = self._routes.get(destination)
        if route is None:
            raise StorageProblem(DESTINATION_UNKNOWN, {"name": destination})
        return route

    async def _run(self, begin: Callable[[Engine], Awaitable[None]]) -> Exit:
        code = Exit.INTERRUPTED
        try:
            async with Engine(self._route, self._tell, self._journal, self._policy) as engine:
                self._engine = engine
                try:
                    engine.limit(self._limit)
                    with self._sharing(self._levels):
                        await begin(engine)
                        await self._settled()
                    engine.forget(self._settled_for_good())
                finally:
                    # What the engine says while it stops is about the stop, not about the files.
                    self._over = True
            code = self._code()
        except Problem as problem:
            code = of_problem(problem)
            raise
        finally:
            for upload in self._uploads.values():
                self._end(upload)
            self._report.finished(self._counts(), code)
        return code

    def _settled_for_good(self) -> list[int]:
        """What needs nobody any more: its end was told, and nothing of it is left to decide."""
        return [
            upload.id
            for upload in self._uploads.values()
            if upload.phase.final
            and upload.ticket is None
            and upload.phase is not Phase.UNWATCHED
            and upload.destination in self._routes
        ]

    def _code(self) -> Exit:
        return of_uploads(
            self._uploads.values(), waits=self._patience.waits, given_up=self._given_up
        )

    def _counts(self) -> Mapping[str, int]:
        return Counter(
            row.code(upload, sent=self._sent(upload.id)) for upload in self._uploads.values()
        )

    async def _begin(self, files: Files, groups: Sequence[Group], engine: Engine) -> None:
        if self._at_once is not None:
            engine.at_once(self._destination, self._at_once)
        for group in groups:
            sources = [files.items[index].source for index in group.members]
            engine.submit(self._destination, sources, group.options)

    async def _settled(self) -> None:
        """Looks at the meters four times a second until every upload is where the run may end."""
        loop = asyncio.get_running_loop()
        deadline: float | None = None
        tick = loop.time() + TICK
        while self._restless:
            self._moved.clear()
            if loop.time() >= tick:
                tick = loop.time() + TICK
                self._tick()
            if deadline is None and self._patience.wait_limit is not None and not self._unsent:
                deadline = loop.time() + self._patience.wait_limit
            if deadline is not None and loop.time() >= deadline:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(min(tick, deadline or tick)):
                    await self._moved.wait()

    def _at_rest(self, upload: Upload) -> bool:
        if upload.phase.final or upload.id in self._given_up or held_back(upload):
            return True
        return upload.phase is Phase.PROCESSING and not self._patience.waits

    def _tell(self, change: Change) -> None:
        if self._over:
            return
        match change:
            case LaneChanged():
                self._lane(change)
            case UploadChanged():
                self._told(change.upload)

    def _lane(self, lane: LaneChanged) -> None:
        """Once a person would have to sign in, work on the server is followed no further."""
        if lane.state is LaneState.SIGN_IN and lane.problem != self._barred:
            self._barred = lane.problem
            for upload in list(self._uploads.values()):
                if upload.phase is Phase.PROCESSING:
                    self._told(upload)

    def _told(self, upload: Upload) -> None:
        if self._unasked(upload):
            upload = replace(upload, problem=self._barred)
        if upload.id not in self._uploads:
            if upload.phase is Phase.CANCELLED:
                return  # In an earlier run; it is kept because the server may have it.
            self._known[upload.id] = _Known()
            source = upload.source
            self._report.added(upload.id, source.path, source.size, self._found.get(source, ()))
        self._uploads[upload.id] = upload
        self._say(upload)
        self._give_up(upload)
        if upload.phase.final:
            self._end(upload)
        at_rest = self._at_rest(upload)
        _keep(self._restless, upload.id, not at_rest)
        _keep(self._unsent, upload.id, not at_rest and upload.phase is not Phase.PROCESSING)
        _keep(self._sending, upload.id, upload.phase is Phase.SENDING)
        self._moved.set()

    def _unasked(self, upload: Upload) -> bool:
        """Whether the server works on it, and can no longer be asked how that stands."""
        waited = self._patience.waits and upload.phase is Phase.PROCESSING
        return waited and self._barred is not None

    def _give_up(self, upload: Upload) -> None:
        if upload.phase is not Phase.PROCESSING or upload.job is None:
            return
        if self._unasked(upload) and self._barred is not None:
            self._given_up.setdefault(upload.id, of_problem(self._barred))
            return
        code = row.code(upload)
        if code == "needs_approval" and self._patience.approval_fails:
            self._given_up[upload.id] = Exit.APPROVAL
        # A job the server does not show yet has no word of its own.
        elif code == "unknown" and upload.job.word and self._patience.unknown_fails:
            self._given_up[upload.id] = Exit.LATER

    def _tick(self) -> None:
        for upload in [self._uploads[id] for id in self._sending]:
            known, sent = self._known[upload.id], self._sent(upload.id)
            known.rate.read(sent, time.monotonic())
            self._say(upload)
            if sent != known.sent:
                known.sent = sent
                self._report.progress(self._standing(upload))
        self._report.tick()

    def _say(self, upload: Upload) -> None:
        """Tells the state if it is another than last told; time alone does not make it another."""
        known = self._known[upload.id]
        problem: Problem | None = upload.problem or (upload.wait.problem if upload.wait else None)
        job = upload.job
        numbers = (job.state, job.done, job.total, job.failed, job.link) if job else None
        code = row.code(upload, sent=self._sent(upload.id))
        told = (code, upload.attempt, numbers, problem, upload.wait and upload.wait.tries)
        if told != known.told:
            known.told = told
            self._report.state(self._standing(upload))

    def _end(self, upload: Upload) -> None:
        """The last word about an upload, said once."""
        known = self._known[upload.id]
        if not known.ended:
            known.ended = True
            self._report.result(self._standing(upload))

    def _levels(self) -> list[tuple[int, int]]:
        return [(id, meter.sent) for id, meter in list(self._engine.meters.items())]

    def _sent(self, id: int) -> int:
        meter = self._engine.meters.get(id)
        return meter.sent if meter is not None else 0

    def _standing(self, upload: Upload) -> Standing:
        known, sent = self._known[upload.id], self._sent(upload.id)
        route = self._routes.get(upload.destination)
        now = time.monotonic()
        state = row.state(
            upload,
            sent=sent,
            rate=known.rate.per_second,
            eta=known.rate.time_left(upload.source.size, now),
            stalled=known.rate.stalled(now) if upload.phase is Phase.SENDING else 0,
            now=time.time(),
            family=route.family if route is not None else None,
        )
        return Standing(upload, state, sent, known.rate.per_second)


def _keep(ids: set[int], id: int, wanted: bool) -> None:
    if wanted:
        ids.add(id)
    else:
        ids.discard(id)
