"""Engine: the commands. It owns every task and, in its ledger, the truth about uploads."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Self

from app.core.changes import Change
from app.core.drafts import Finding
from app.core.forms import Choice
from app.core.jobs import JobAction, Result
from app.core.problems import FileProblem
from app.core.uploads import Phase, Source, Upload, Wait, Why
from app.servers.api import Leftover
from app.transfer.attempts import Attempts
from app.transfer.batch import grouped
from app.transfer.discards import Discards
from app.transfer.journal import Journal, NoJournal
from app.transfer.lanes import Lane, Route
from app.transfer.ledger import Ledger
from app.transfer.limit import Limit
from app.transfer.lost_files import LostFiles
from app.transfer.means import Means
from app.transfer.meter import Meter
from app.transfer.queues import Queues, Where
from app.transfer.retry import Policy
from app.transfer.stops import Stops
from app.transfer.survey import Surveys
from app.transfer.takeover import Takeover
from app.transfer.tasks import Kind, Tasks
from app.transfer.watch import Watches

READING_THREADS = 6


class Engine:
    """Plain asyncio: used inside `async with`, its commands are called on the same loop.

    Commands return at once and ignore ids they do not know; their effects are told as changes.
    The awaited calls raise Problem.
    """

    def __init__(
        self,
        route: Callable[[str], Route],
        tell: Callable[[Change], None],
        journal: Journal | None = None,
        policy: Policy | None = None,
    ) -> None:
        self._route = route
        self._tell = tell
        self._journal = journal or NoJournal()
        self._policy = policy or Policy()
        self._limit = Limit()
        self._threads = ThreadPoolExecutor(READING_THREADS, thread_name_prefix="reading")
        self._tasks = Tasks()
        self._ledger = Ledger(tell, self._journal, self._ended, self._policy.now)
        self._lanes: dict[str, Lane] = {}
        self._paused = False
        self._sends = itertools.count(1)
        self._queues = Queues(self._ledger, self._tasks.spawn)
        self._watches = Watches(self._lane, self._ledger, self._policy, self._tasks)
        self._surveys = Surveys(self._lane, self._tasks, self._policy, tell)
        self._discards = Discards(
            self._lane, self._ledger, self._journal, self._tasks, self._queues.interrupt
        )
        self._means = Means(
            ledger=self._ledger,
            journal=self._journal,
            policy=self._policy,
            limit=self._limit,
            threads=self._threads,
            discards=self._discards,
            leave=lambda upload_id: self._attempts.after_its_wait(upload_id),
            started=self._watches.add,
        )
        self._takeover = Takeover(self._lane, self._queues, self._means)
        self._attempts = Attempts(
            self._lane, self._queues, self._means, self._takeover, self._tasks
        )
        self._stops = Stops(self._lane, self._queues, self._means, self._attempts)
        self._lost_files = LostFiles(self._ledger)

    @property
    def uploads(self) -> Mapping[int, Upload]:
        """Every upload as it is now; to be read on the engine's loop."""
        return self._ledger

    @property
    def meters(self) -> Mapping[int, Meter]:
        """Bytes sent of every upload; `meters.get(id)` is safe from any thread."""
        return self._ledger.meters

    # life

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Stops: senders end where they are, what is not final is settled, connections sign out."""
        self._tasks.ending = self._queues.closed = True
        await self._tasks.cancel(Kind.WORK)
        if not self._journal.keeps:
            self._settle()
        await self._tasks.finish(Kind.DISCARD, self._policy.stop_within)
        for lane in self._lanes.values():
            lane.close()
        await self._tasks.finish(Kind.CONNECTION, self._policy.stop_within)
        await self._tasks.cancel_all()
        # Reads under way end first, so that no file stays open; a dead network drive is not
        # waited for.
        closing = asyncio.get_running_loop().run_in_executor(None, self._threads.shutdown)
        await asyncio.wait([closing], timeout=self._policy.stop_within)

    def _settle(self) -> None:
        """Ends what nobody could go on with, and takes back what was opened for it."""
        for upload in list(self._ledger.values()):
            if upload.phase is Phase.PROCESSING:
                self._ledger.move(upload.id, Phase.UNWATCHED)
            elif not upload.phase.final:
                self.cancel([upload.id])

    # lanes

    def _lane(self, destination: str) -> Lane:
        if destination not in self._lanes:
            route = self._route(destination)
            lane = Lane(
                destination, route, self._policy, self._tasks.connection, self._lane_changed
            )
            lane.pause(self._paused)
            self._lanes[destination] = lane
        return self._lanes[destination]

    def _lane_changed(self, lane: Lane) -> None:
        self._tell(lane.snapshot())
        if self._tasks.ending:
            return
        self._surveys.lane_changed(lane.destination)
        wait = lane.wait()
        for upload in list(self._ledger.values()):
            if upload.destination == lane.destination and upload.phase is Phase.QUEUED:
                why = upload.wait.why if upload.wait is not None else None
                if why in (Why.SLOT, Why.NETWORK, Why.SIGN_IN):
                    self._ledger.change(upload.id, wait=wait)

    def _ended(self, upload: Upload) -> None:
        lane = self._lanes.get(upload.destination)
        if lane is not None:
            self._queues.pump_soon(lane)

    # commands

    def submit(
        self, destination: str, sources: Sequence[Source], options: Mapping[str, str]
    ) -> list[int]:
        """New uploads, in the order of `sources`; returns their ids."""
        lane, options = self._lane(destination), dict(options)
        send = next(self._sends)
        ids = list(self._journal.ids(len(sources)))
        batches = grouped(lane, dict(zip(ids, sources, strict=True)), options, self._means)
        behind = {i for batch in batches if batch.after for i in batch.ids}
        turn, place = Wait(Why.TURN), lane.wait()
        self._ledger.add(
            [
                Upload(i, destination, source, options, send, wait=turn if i in behind else place)
                for i, source in zip(ids, sources, strict=True)
            ]
        )
        for batch in batches:
            self._queues.enqueue(batch)
        return ids

    def claim(self) -> list[int]:
        """Takes over what earlier runs left unfinished; returns the ids of all that is taken.

        What servers work on is watched again at once. The rest is held until it is released:
        nothing is sent by itself. Raises Problem when the journal cannot be read.
        """
        taken = self._takeover.claim()
        last = max((upload.batch for upload in self._ledger.values()), default=0)
        self._sends = itertools.count(last + 1)
        if taken.ids:
            self._tell(taken)
        return list(taken.ids)

    def lack(self, problems: Mapping[int, FileProblem]) -> None:
        """The files of these held uploads are not as they were added; the person has to find them.

        Of what the server has whole no file is needed.
        """
        self._lost_files.lack(problems)

    def relocate(self, upload_id: int, source: Source, sha256: str = "") -> bool:
        """The file of an upload that waits or failed is `source` now; False if it is another one.

        Where a part of it may be on the server, the contents must be the same: by their SHA-256
        where that is known (`sha256` is that of `source`), else by size and time of last change.
        """
        return self._lost_files.relocate(upload_id, source, sha256)

    def cancel(self, ids: Iterable[int]) -> None:
        """CANCELLED at once; where the server already works, it is asked to cancel the job."""
        for upload in self._ledger.known(ids):
            if upload.phase is Phase.PROCESSING:
                self._watches.act(upload, JobAction.CANCEL)
            elif not upload.phase.final:
                self._stops.cancel(upload)

    def retry(self, ids: Iterable[int]) -> None:
        """A new attempt for what failed or was cancelled; what arrived is looked for first."""
        self._attempts.retry(ids)

    def look_again(self, ids: Iterable[int]) -> None:
        """Asks the server once more about what it may have."""
        self.retry(ids)

    def send_anyway(self, ids: Iterable[int]) -> None:
        """The person decided: sends again although the server may have it."""
        for upload in self._ledger.known(ids):
            if upload.phase is Phase.FAILED:
                self._attempts.begin_anew(upload)

    def hold(self, ids: Iterable[int]) -> None:
        """Stands still until released. What cannot go on later is taken back and begins anew."""
        self._stops.hold(ids)

    def release(self, ids: Iterable[int]) -> None:
        """Held uploads go on, also behind a file that ended badly: the person decided so."""
        self._stops.release(ids)

    def pause(self, on: bool) -> None:
        """While on, nothing new begins, and what can go on later without loss stops."""
        self._paused = self._queues.closed = on
        for lane in self._lanes.values():
            lane.pause(on)
        self._stops.pause(on)
        if not on:
            for lane in self._lanes.values():
                self._queues.pump(lane)

    def start_now(self, ids: Iterable[int]) -> None:
        """To the front, and any wait for a retry ends."""
        ids = list(ids)
        self.release(ids)
        self._queues.first(ids)
        for upload in self._ledger.known(ids):
            self._lane(upload.destination).try_now()
            self._attempts.hurry(upload)

    def move(self, ids: Iterable[int], where: Where) -> None:
        """Changes the order of what waits for a place; those moved keep their own order."""
        self._queues.move(ids, where)

    def order(self, destination: str) -> list[int]:
        """The uploads that wait for a place, in the order in which they will be sent."""
        return self._queues.order(self._lane(destination))

    def forget(self, ids: Iterable[int]) -> None:
        """Final uploads leave the list; one being processed is only watched no more."""
        gone: list[int] = []
        for upload in self._ledger.known(ids):
            if not upload.phase.final and upload.phase is not Phase.PROCESSING:
                continue
            if not self._queues.starting(upload.id):
                self._discards.leave_nothing(upload)
            gone.append(upload.id)
            self._means.tries.pop(upload.id, None)
            self._queues.leave(upload.id)
        self._ledger.forget(gone)

    def unwatch(self, ids: Iterable[int]) -> None:
        for upload in self._ledger.known(ids):
            if upload.phase is Phase.PROCESSING:
                self._ledger.move(upload.id, Phase.UNWATCHED)

    def watch(self, ids: Iterable[int]) -> None:
        """Follows again what was no longer watched; looks at once at what is."""
        ids = list(ids)
        for upload in self._ledger.known(ids):
            self._watches.follow(upload)
        self._queues.wanted_again(ids)

    def act(self, ids: Iterable[int], action: JobAction, comment: str = "") -> None:
        """Asks the server to do something with a job; the upload changes when it says so."""
        for upload in self._ledger.known(ids):
            self._watches.act(upload, action, comment)

    def try_now(self, destination: str) -> None:
        """Ends waits for network, for a busy server and for a retry."""
        self._lane(destination).try_now()
        for upload in list(self._ledger.values()):
            if upload.destination == destination and upload.phase in (Phase.QUEUED, Phase.SENT):
                self._attempts.hurry(upload)

    def signed_in(self, destination: str) -> None:
        """The person changed secret or settings: connects anew."""
        lane = self._lane(destination)
        lane.renew()
        self._lane_changed(lane)

    def close_lane(self, destination: str) -> None:
        """The destination was changed or removed: its route is asked for anew at the next use."""
        self._surveys.end(destination)
        lane = self._lanes.get(destination)
        busy = any(u.destination == destination for u in self._ledger.values())
        if lane is not None and not busy:
            lane.close()
            self._queues.forget_lane(lane)
            self._watches.forget(destination)
            del self._lanes[destination]
        elif lane is not None:
            lane.renew()

    def at_once(self, destination: str, count: int) -> None:
        lane = self._lane(destination)
        lane.set_at_once(count)
        self._queues.pump(lane)

    def survey(
        self,
        destination: str,
        on: bool,
        *,
        visible: bool = True,
        chosen: Sequence[Mapping[str, str]] = (),
    ) -> None:
        """While on, what this server works on is asked for again and again and told as JobsSeen;
        seldom while it is not `visible`. `chosen` are options to look at besides the uploads'."""
        if not on:
            self._surveys.end(destination)
            return

        def options() -> list[Mapping[str, str]]:
            uploads = self._ledger.values()
            return [*chosen, *(one.options for one in uploads if one.destination == destination)]

        self._surveys.want(destination, visible=visible, chosen=options)

    def survey_now(self, destination: str) -> None:
        """Asks a surveyed server at once."""
        self._surveys.look_now(destination)

    def limit(self, bytes_per_second: int | None) -> None:
        self._limit.change(bytes_per_second)

    # awaited

    async def choices(
        self, destination: str, field: str, picked: Mapping[str, str], search: str = ""
    ) -> Sequence[Choice]:
        lane = self._lane(destination)
        return await lane.call(lambda server: server.choices(field, picked, search))

    async def check(
        self, destination: str, sources: Sequence[Source], options: Mapping[str, str]
    ) -> Sequence[Sequence[Finding]]:
        lane = self._lane(destination)
        return await lane.call(lambda server: server.check(sources, options))

    async def act_on(
        self, destination: str, ref: str, action: JobAction, comment: str = ""
    ) -> None:
        """Asks the server to do something with any of its jobs, and for all of them afterwards."""
        async with self._lane(destination).within_reach().server() as server:
            await server.act(ref, action, comment)
        self._surveys.look_now(destination)

    async def result(self, destination: str, ref: str) -> Result:
        """What came of any job of a server that has ended."""
        lane = self._lane(destination).within_reach()
        return await lane.call(lambda server: server.result(ref))

    async def leftovers(self, destination: str) -> Sequence[Leftover]:
        """Own things opened and never started; what any run of this computer is working with, or
        may go on with, is not listed."""
        found = await self._lane(destination).call(lambda server: server.leftovers(), now=True)
        at_work = self._at_work()
        return [leftover for leftover in found if leftover.key not in at_work]

    async def take_back(self, destination: str, leftover: Leftover) -> bool:
        """Deletes a leftover on its server; False if it is one no more, and is left alone."""
        async with self._lane(destination).server(now=True) as server:
            if leftover.key in self._at_work():
                return False
            await server.discard(leftover.ticket)
        return True

    def _at_work(self) -> frozenset[str]:
        return self._journal.keys().union(self._queues.keys())
