"""Engine: the commands. It owns every task and, in its ledger, the truth about uploads."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from types import TracebackType
from typing import Any, Self

from app.core import catalogue
from app.core.changes import Change, LaneState, UploadsTaken
from app.core.drafts import Finding
from app.core.forms import Choice
from app.core.intents import Unfinished
from app.core.jobs import Job, JobAction, Result
from app.core.problems import FileProblem, Problem
from app.core.uploads import Phase, Source, Ticket, Upload, Wait, Why
from app.servers.api import Leftover, Opening
from app.transfer.batch import Batch
from app.transfer.discards import Discards
from app.transfer.journal import Journal, NoJournal
from app.transfer.lanes import Lane, Route
from app.transfer.ledger import Ledger
from app.transfer.limit import Limit
from app.transfer.means import Means
from app.transfer.meter import Meter
from app.transfer.queues import Queues, Where
from app.transfer.retry import Policy
from app.transfer.survey import Surveys
from app.transfer.tasks import Kind, Tasks
from app.transfer.watch import Watch

log = logging.getLogger(__name__)

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
        self._ledger = Ledger(tell, self._journal, self._ended, self._policy.now)
        self._lanes: dict[str, Lane] = {}
        self._watches: dict[str, Watch] = {}
        self._tasks = Tasks()
        self._queues = Queues(self._ledger, self._tasks.spawn)
        self._discards = Discards(self._ledger, self._journal, self._tasks, self._queues.interrupt)
        self._surveys = Surveys(self._lane, self._tasks, self._policy, tell)
        self._limit = Limit()
        self._paused = False
        self._interrupted: set[int] = set()
        self._opened_earlier: dict[str, Opening] = {}
        """Of uploads taken over whose server is not there."""
        self._sends = itertools.count(1)
        self._threads: ThreadPoolExecutor
        self._means: Means

    @property
    def uploads(self) -> Mapping[int, Upload]:
        """Every upload as it is now; to be read on the engine's loop."""
        return self._ledger

    @property
    def meters(self) -> Mapping[int, Meter]:
        """Bytes sent of every upload; `meters.get(id)` is safe from any thread."""
        return self._ledger.meters

    @property
    def paused(self) -> bool:
        return self._paused

    # life

    async def __aenter__(self) -> Self:
        self._threads = ThreadPoolExecutor(READING_THREADS, thread_name_prefix="reading")
        self._means = Means(
            ledger=self._ledger,
            journal=self._journal,
            policy=self._policy,
            limit=self._limit,
            threads=self._threads,
            discards=self._discards,
            leave=self._requeue,
            started=self._started,
        )
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
            self._watches[destination] = Watch(lane, self._ledger, self._policy, self._tasks.spawn)
        return self._lanes[destination]

    def _lane_changed(self, lane: Lane) -> None:
        self._tell(lane.snapshot())
        if self._tasks.ending:
            return
        self._surveys.lane_changed(lane.destination)
        wait = lane.wait()
        for i, upload in list(self._ledger.items()):
            if (
                upload.destination == lane.destination
                and upload.phase is Phase.QUEUED
                and upload.wait is not None
                and upload.wait.why in (Why.SLOT, Why.NETWORK, Why.SIGN_IN)
            ):
                self._ledger.change(i, wait=wait)

    # batches

    def _ended(self, upload: Upload) -> None:
        lane = self._lanes.get(upload.destination)
        if lane is not None:
            self._queues.pump_soon(lane)

    def _alone(self, upload_id: int) -> Batch:
        upload = self._ledger[upload_id]
        return Batch(self._lane(upload.destination), [upload_id], upload.options, self._means)

    def _requeue(self, upload_id: int) -> None:
        """A batch of its own for an upload that left its batch, after its wait."""
        upload = self._ledger[upload_id]
        self._ledger.meters[upload_id].restart()
        pause = 0.0
        wait = upload.wait
        if wait is not None and wait.problem is not None and wait.tries is not None:
            # What is shown is told by the clock on the wall, which may jump.
            pause = self._policy.delay_after(wait.problem, wait.tries[0])

        def begin() -> None:
            known = self._ledger.get(upload_id)
            if known is None or self._tasks.ending or known.phase is not Phase.QUEUED:
                return
            batch = self._queues.of(upload_id)
            if batch is not None and upload_id in batch.ids:
                return  # The person did not wait.
            if known.wait is None or known.wait.why is Why.RETRY:
                self._ledger.change(upload_id, wait=self._lane(known.destination).wait())
            self._queues.enqueue(self._alone(upload_id), first=True)

        asyncio.get_running_loop().call_later(pause, begin)

    def _started(self, upload_id: int) -> None:
        self._watches[self._ledger[upload_id].destination].add(upload_id)

    def _starting(self, upload_id: int) -> bool:
        return self._queues.starting(upload_id)

    def _known(self, ids: Iterable[int]) -> list[Upload]:
        return [self._ledger[i] for i in ids if i in self._ledger]

    # commands

    def submit(
        self, destination: str, sources: Sequence[Source], options: Mapping[str, str]
    ) -> list[int]:
        """New uploads, in the order of `sources`; returns their ids."""
        lane = self._lane(destination)
        send = next(self._sends)
        ids = list(self._journal.ids(len(sources)))
        batches = self._batches(lane, list(zip(ids, sources, strict=True)), options)
        turn = {i for batch in batches if batch.after is not None for i in batch.ids}
        self._ledger.add(
            [
                Upload(
                    i,
                    destination,
                    source,
                    dict(options),
                    batch=send,
                    wait=Wait(Why.TURN) if i in turn else lane.wait(),
                )
                for i, source in zip(ids, sources, strict=True)
            ]
        )
        for batch in batches:
            self._queues.enqueue(batch)
        return ids

    def _batches(
        self, lane: Lane, files: Sequence[tuple[int, Source]], options: Mapping[str, str]
    ) -> list[Batch]:
        """New batches for these files, as their family groups and orders them."""
        batches: list[Batch] = []
        for group in lane.family.batches([source for _, source in files]):
            batch = Batch(
                lane,
                [files[index][0] for index in group],
                dict(options),
                self._means,
                after=batches[-1] if batches and lane.family.in_turn else None,
            )
            batches.append(batch)
        return batches

    def claim(self) -> list[int]:
        """Takes over what earlier runs left unfinished; returns the ids of all that is taken.

        What servers work on is watched again at once. The rest is held until it is released:
        nothing is sent by itself. Raises Problem when the journal cannot be read.
        """
        taken: list[int] = []
        cut_off = False
        fresh: dict[tuple[str, int, str], list[Upload]] = {}
        for left in self._journal.claim():
            taken += [upload.id for upload in left.uploads]
            cut_off = cut_off or left.cut_off
            try:
                lane = self._lane(left.destination)
            except Problem as problem:
                self._set_down(left, problem.bare())
                continue
            for upload in left.uploads:
                if not left.key and not upload.phase.final:
                    options = repr(sorted(upload.options.items()))
                    fresh.setdefault((upload.destination, upload.batch, options), []).append(upload)
            self._take(lane, left)
        for (destination, _, _), uploads in fresh.items():
            files = [(upload.id, upload.source) for upload in uploads]
            for batch in self._batches(self._lane(destination), files, uploads[0].options):
                self._queues.adopt(batch)
        last = max((upload.batch for upload in self._ledger.values()), default=0)
        self._sends = itertools.count(last + 1)
        if taken:
            self._tell(UploadsTaken(tuple(taken), cut_off))
        return taken

    def _set_down(self, left: Unfinished, problem: Problem) -> None:
        """Takes over what belongs to a server that is not there; all that is known of it stays."""
        if left.opened is not None:
            self._opened_earlier[left.key] = Opening((), left.opened.data)
        taken: list[Upload] = []
        for upload in left.uploads:
            if upload.ticket is not None:
                self._ledger.openings[upload.id] = left.key
            if upload.phase is Phase.PROCESSING:
                upload = replace(upload, phase=Phase.UNWATCHED, problem=problem)
            elif not upload.phase.final:
                upload = replace(upload, phase=Phase.FAILED, wait=None, problem=problem)
            taken.append(upload)
        self._ledger.add(taken)

    def _taken_up(self, upload: Upload) -> Batch:
        """The batch of an upload that was set down, now that its server is there. Raises
        Problem."""
        lane, key = self._lane(upload.destination), self._ledger.openings[upload.id]
        ids = [i for i, known in self._ledger.openings.items() if known == key]
        opening = self._opened_earlier.pop(key, Opening(()))
        batch = Batch(lane, ids, upload.options, self._means, key=key, opening=opening)
        self._queues.adopt(batch)
        return batch

    def _take(self, lane: Lane, left: Unfinished) -> None:
        kept = (Phase.PROCESSING, Phase.FAILED, Phase.UNWATCHED, Phase.CANCELLED)
        held = Wait(Why.HELD)
        asked = {i for i, _ in left.asked}
        given_up = dict(left.to_discard)
        taken: list[Upload] = []
        waiting: list[int] = []
        for upload in left.uploads:
            ticket = upload.ticket
            if ticket is not None and not ticket.binds and ticket == given_up.get(upload.id):
                # It was about to forget the ticket that is being taken back.
                upload = replace(upload, ticket=None)
            if upload.phase not in kept:
                upload = replace(upload, phase=Phase.QUEUED, wait=held)
            taken.append(upload)
            wanted = upload.phase not in kept and upload.id in asked
            if left.key and (upload.ticket is not None or wanted):
                waiting.append(upload.id)
                self._ledger.openings[upload.id] = left.key
        self._ledger.add(taken)
        if waiting:
            batch = Batch(
                lane,
                waiting,
                left.uploads[0].options,
                self._means,
                key=left.key,
                opening=Opening((), left.opened.data) if left.opened and not left.asked else None,
                asked=left.asked,
            )
            self._queues.adopt(batch)
        elif left.asked:
            self._discards.tidy(lane, left.key, [i for i, _ in left.asked])
        for i, ticket in left.to_discard:
            self._discards.discard(lane, ticket, left.key, i)
        for upload in left.uploads:
            if upload.phase is Phase.PROCESSING:
                self._started(upload.id)

    def lack(self, problems: Mapping[int, FileProblem]) -> None:
        """The files of these held uploads are not as they were added; the person has to find them.

        Of what the server has whole no file is needed.
        """
        for upload in self._known(problems):
            held = upload.wait is not None and upload.wait.why is Why.HELD
            whole = upload.ticket is not None and upload.sha256
            if upload.phase is Phase.QUEUED and held and not whole:
                wait = Wait(Why.HELD, problem=problems[upload.id].bare())
                self._ledger.change(upload.id, wait=wait)

    def relocate(self, upload_id: int, source: Source, sha256: str = "") -> bool:
        """The file of an upload that waits or failed is `source` now; False if it is another one.

        Where a part of it may be on the server, the contents must be the same: by their SHA-256
        where that is known (`sha256` is that of `source`), else by size and time of last change.
        """
        upload = self._ledger.get(upload_id)
        if upload is None or upload.phase not in (Phase.QUEUED, Phase.FAILED, Phase.CANCELLED):
            return False
        same = (source.size, source.changed_ns) == (upload.source.size, upload.source.changed_ns)
        if known := upload.sha256 or upload.fingerprint:
            same = sha256 == known
        facts: dict[str, Any] = {"source": source}
        if upload.ticket is None:
            facts |= {"sha256": "", "fingerprint": ""}
        elif not same:
            return False
        if upload.lacks_file:
            facts["wait"] = Wait(Why.HELD)
        self._ledger.change(upload_id, **facts)
        self._ledger.meters[upload_id].size = source.size
        return True

    def cancel(self, ids: Iterable[int]) -> None:
        """CANCELLED at once; where the server already works, it is asked to cancel the job."""
        for upload in self._known(ids):
            if upload.phase is Phase.PROCESSING:
                self.act([upload.id], JobAction.CANCEL)
            elif not upload.phase.final:
                self._cancel(upload)

    def _cancel(self, upload: Upload) -> None:
        """Where the server may have the file or be starting it, its ticket is kept: sending again
        then begins with looking."""
        lane = self._lane(upload.destination)
        if upload.ticket is None or upload.ticket.binds or self._starting(upload.id):
            self._ledger.move(upload.id, Phase.CANCELLED)
            self._queues.interrupt(upload.id)
        else:
            key = self._ledger.openings.get(upload.id, "")
            self._discards.discard(lane, upload.ticket, key, upload.id)
            self._ledger.move(upload.id, Phase.CANCELLED, ticket=None)
        self._queues.pump(lane)

    def retry(self, ids: Iterable[int]) -> None:
        """A new attempt for what failed or was cancelled; what arrived is looked for first."""
        done: set[int] = set()
        for upload in self._known(ids):
            if upload.id in done or upload.phase not in (Phase.FAILED, Phase.CANCELLED):
                continue
            batch = self._queues.of(upload.id)
            if batch is None and upload.ticket is not None:
                batch = self._taken_up(upload)
            if upload.ticket is not None and batch is not None and batch.opening is not None:
                mates = batch.stuck
                if upload.id not in mates:
                    mates.append(upload.id)
                done.update(mates)
                self._revive(batch, batch.opening, mates)
            else:
                done.add(upload.id)
                self._again(upload.id)

    def _again(self, upload_id: int) -> None:
        upload = self._ledger[upload_id]
        lane = self._lane(upload.destination)
        lane.try_now()
        self._means.tries.pop(upload_id, None)
        if upload.ticket is not None:
            self._leave_nothing(upload, upload.ticket)
        self._ledger.openings.pop(upload_id, None)
        self._ledger.meters[upload_id].restart()
        batch = self._queues.of(upload_id)
        alone = self._alone(upload_id)
        if batch is not None:
            alone.after = batch.after
            batch.remove(upload_id)
        self._ledger.move(
            upload_id,
            Phase.QUEUED,
            attempt=upload.attempt + 1,
            ticket=None,
            job=None,
            result=None,
            sha256="",
            wait=lane.wait() if alone.after is None else Wait(Why.TURN),
        )
        if batch is not None:
            self._queues.follow(batch, alone)
        self._queues.enqueue(alone)

    def _revive(self, batch: Batch, opening: Opening, ids: Sequence[int]) -> None:
        lane = batch.lane
        lane.try_now()
        for i in ids:
            self._means.tries.pop(i, None)
            upload = self._ledger[i]
            self._ledger.move(i, Phase.QUEUED, attempt=upload.attempt + 1, wait=lane.wait())
            batch.remove(i)
        revived = Batch(lane, ids, batch.options, self._means, key=batch.key, opening=opening)
        self._queues.follow(batch, revived)
        self._queues.enqueue(revived)

    def look_again(self, ids: Iterable[int]) -> None:
        """Asks the server once more about what it may have."""
        self.retry(ids)

    def send_anyway(self, ids: Iterable[int]) -> None:
        """The person decided: sends again although the server may have it."""
        for upload in self._known(ids):
            if upload.phase is Phase.FAILED:
                self._again(upload.id)

    def hold(self, ids: Iterable[int]) -> None:
        """Stands still until released. What cannot go on later is taken back and begins anew."""
        for upload in self._known(ids):
            self._hold(upload)

    def _hold(self, upload: Upload) -> None:
        if upload.phase not in (Phase.QUEUED, Phase.SENDING):
            return
        ticket, batch = upload.ticket, self._queues.of(upload.id)
        held = Wait(Why.HELD)
        waits = upload.phase is Phase.QUEUED
        if ticket is not None and (ticket.resumes or ticket.binds or waits):
            self._ledger.move(upload.id, Phase.QUEUED, wait=held)
            self._queues.interrupt(upload.id)
        else:
            if ticket is not None:
                key = self._ledger.openings.pop(upload.id, "")
                self._discards.discard(self._lane(upload.destination), ticket, key, upload.id)
            self._ledger.move(upload.id, Phase.QUEUED, wait=held, ticket=None)
            if batch is not None:
                batch.remove(upload.id)
            self._ledger.meters[upload.id].restart()
        self._queues.pump(self._lane(upload.destination))

    def release(self, ids: Iterable[int]) -> None:
        """Held uploads go on, also behind a file that ended badly: the person decided so."""
        batches: dict[Batch, list[int]] = {}
        for upload in self._known(ids):
            wait = upload.wait
            if upload.phase is not Phase.QUEUED or wait is None or wait.why is not Why.HELD:
                continue
            batch = self._queues.of(upload.id)
            if batch is None or upload.id not in batch.ids:
                batch = self._alone(upload.id)
                self._queues.adopt(batch)
            elif wait.problem is not None and wait.problem.id == catalogue.STOPPED_EARLIER.id:
                batch.after = None
            in_turn = batch.after is not None and not batch.running
            lane = self._lane(upload.destination)
            self._ledger.change(upload.id, wait=Wait(Why.TURN) if in_turn else lane.wait())
            batches.setdefault(batch, []).append(upload.id)
        for batch, released in batches.items():
            if batch.running:
                batch.wake()
                continue
            for mate in self._known(batch.ids):
                held = mate.wait is not None and mate.wait.why is Why.HELD
                if held and mate.id not in released and (mate.ticket is None or mate.lacks_file):
                    self._part_with(mate, batch)
            if self._queues.waits(batch):
                self._queues.pump(batch.lane)
            else:
                self._queues.enqueue(batch)

    def _part_with(self, mate: Upload, batch: Batch) -> None:
        """The others of a batch do not wait for one that may never come; it begins anew."""
        batch.remove(mate.id)
        if mate.ticket is not None:
            key = self._ledger.openings.pop(mate.id, "")
            self._discards.discard(batch.lane, mate.ticket, key, mate.id)
            self._ledger.change(mate.id, ticket=None)

    def pause(self, on: bool) -> None:
        """While on, nothing new begins, and what can go on later without loss stops."""
        self._paused = self._queues.closed = on
        for lane in self._lanes.values():
            lane.pause(on)
        if on:
            for upload in list(self._ledger.values()):
                resumes = upload.ticket is not None and upload.ticket.resumes
                if upload.phase is Phase.SENDING and resumes:
                    self._interrupted.add(upload.id)
                    self._hold(upload)
        else:
            self.release(self._interrupted)
            self._interrupted.clear()
            for lane in self._lanes.values():
                self._queues.pump(lane)

    def start_now(self, ids: Iterable[int]) -> None:
        """To the front, and any wait for a retry ends."""
        ids = list(ids)
        self.release(ids)
        self._queues.first(ids)
        for upload in self._known(ids):
            self._lane(upload.destination).try_now()
            self._hurry(upload)

    def _hurry(self, upload: Upload) -> None:
        batch = self._queues.of(upload.id)
        if batch is not None and upload.id in batch.ids:
            batch.wake(hurry=True)
        elif upload.phase is Phase.QUEUED and upload.wait and upload.wait.why is Why.RETRY:
            self._ledger.change(upload.id, wait=self._lane(upload.destination).wait())
            self._queues.enqueue(self._alone(upload.id), first=True)

    def move(self, ids: Iterable[int], where: Where) -> None:
        """Changes the order of what waits for a place; those moved keep their own order."""
        self._queues.move(ids, where)

    def order(self, destination: str) -> list[int]:
        """The uploads that wait for a place, in the order in which they will be sent."""
        return self._queues.order(self._lane(destination))

    def forget(self, ids: Iterable[int]) -> None:
        """Final uploads leave the list; one being processed is only watched no more."""
        gone: list[int] = []
        for upload in self._known(ids):
            if not upload.phase.final and upload.phase is not Phase.PROCESSING:
                continue
            if upload.ticket is not None and not self._starting(upload.id):
                self._leave_nothing(upload, upload.ticket)
            gone.append(upload.id)
            self._means.tries.pop(upload.id, None)
            self._queues.leave(upload.id)
        self._ledger.forget(gone)

    def _leave_nothing(self, upload: Upload, ticket: Ticket) -> None:
        try:
            lane = self._lane(upload.destination)
        except Problem as problem:
            log.info("what was opened on a server that is gone stays there: %s", problem.id)
        else:
            self._discards.discard(
                lane, ticket, self._ledger.openings.get(upload.id, ""), upload.id
            )

    def unwatch(self, ids: Iterable[int]) -> None:
        for upload in self._known(ids):
            if upload.phase is Phase.PROCESSING:
                self._ledger.move(upload.id, Phase.UNWATCHED)

    def watch(self, ids: Iterable[int]) -> None:
        """Follows again what was no longer watched; looks at once at what is."""
        for upload in self._known(ids):
            if upload.phase is Phase.UNWATCHED:
                self._lane(upload.destination)
                self._ledger.move(upload.id, Phase.PROCESSING)
                self._watches[upload.destination].add(upload.id)
            elif upload.phase is Phase.PROCESSING:
                self._watches[upload.destination].look_now(upload.id)

    def act(self, ids: Iterable[int], action: JobAction, comment: str = "") -> None:
        """Asks the server to do something with a job; the upload changes when it says so."""
        for upload in self._known(ids):
            if upload.phase is Phase.PROCESSING and upload.job is not None:
                self._tasks.spawn(self._act(upload.id, upload.job, action, comment))

    async def _act(self, upload_id: int, job: Job, action: JobAction, comment: str) -> None:
        lane = self._lanes[self._ledger[upload_id].destination]
        try:
            async with lane.server() as server:
                await server.act(job.ref, action, comment)
        except Problem as problem:
            log.info("the server did not %s a job: %s", action, problem.id)
            upload = self._ledger.get(upload_id)
            if upload is not None and upload.phase is Phase.PROCESSING:
                self._ledger.change(upload_id, problem=problem.bare())
            return
        self.watch([upload_id])

    def try_now(self, destination: str) -> None:
        """Ends waits for network, for a busy server and for a retry."""
        self._lane(destination).try_now()
        for upload in list(self._ledger.values()):
            if upload.destination == destination and upload.phase in (Phase.QUEUED, Phase.SENT):
                self._hurry(upload)

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
            del self._lanes[destination], self._watches[destination]
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

    async def recent(self, destination: str, since: datetime) -> Sequence[Job]:
        return await self._lane(destination).call(lambda server: server.recent(since))

    async def act_on(
        self, destination: str, ref: str, action: JobAction, comment: str = ""
    ) -> None:
        """Asks the server to do something with any of its jobs, and for all of them afterwards."""
        async with self._within_reach(destination).server() as server:
            await server.act(ref, action, comment)
        self._surveys.look_now(destination)

    async def result(self, destination: str, ref: str) -> Result:
        """What came of any job of a server that has ended."""
        return await self._within_reach(destination).call(lambda server: server.result(ref))

    def _within_reach(self, destination: str) -> Lane:
        """Where somebody waits for an answer, trouble with the connection is one."""
        lane = self._lane(destination)
        waits = lane.state in (LaneState.UNREACHABLE, LaneState.SIGN_IN)
        if waits and lane.problem is not None:
            raise lane.problem.bare()
        return lane

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
