"""Stops: uploads the person stops, for good or until they are released."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from app.core import catalogue
from app.core.uploads import Phase, Upload, Wait, Why
from app.transfer.attempts import Attempts
from app.transfer.batch import Batch
from app.transfer.lanes import Lane
from app.transfer.means import Means
from app.transfer.queues import Queues


class Stops:
    """Ends or holds what is not on the server yet, and lets go on what is held."""

    def __init__(
        self,
        lane: Callable[[str], Lane],
        queues: Queues,
        means: Means,
        attempts: Attempts,
    ) -> None:
        self._lane = lane
        self._queues = queues
        self._ledger = means.ledger
        self._discards = means.discards
        self._attempts = attempts
        self._paused: set[int] = set()
        """Held by a pause of everything, not by themselves."""

    def cancel(self, upload: Upload) -> None:
        """For good. Where the server may have the file, be starting it or have started it, its
        ticket is kept: sending again then begins with looking."""
        lane = self._lane(upload.destination)
        ticket = upload.ticket
        if ticket is None or ticket.binds or self._queues.starting(upload.id):
            self._ledger.move(upload.id, Phase.CANCELLED)
            self._queues.interrupt(upload.id)
        else:
            self._discards.leave_nothing(upload)
            kept = ticket if self._queues.perhaps_started(upload.id) else None
            self._ledger.move(upload.id, Phase.CANCELLED, ticket=kept)
        self._queues.pump(lane)

    def hold(self, ids: Iterable[int]) -> None:
        """Until released. What cannot go on later is taken back and begins anew then."""
        for upload in self._ledger.known(ids):
            self._paused.discard(upload.id)
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
                self._discards.leave_nothing(upload)
                self._ledger.openings.pop(upload.id, None)
            self._ledger.move(upload.id, Phase.QUEUED, wait=held, ticket=None)
            if batch is not None:
                batch.remove(upload.id)
            self._ledger.meters[upload.id].restart()
        self._queues.pump(self._lane(upload.destination))

    def release(self, ids: Iterable[int]) -> None:
        """Held uploads go on, also behind a file that ended badly: the person decided so."""
        batches: dict[Batch, list[int]] = {}
        for upload in self._ledger.known(ids):
            wait = upload.wait
            if upload.phase is not Phase.QUEUED or wait is None or wait.why is not Why.HELD:
                continue
            batch = self._queues.of(upload.id)
            if batch is None or upload.id not in batch.ids:
                batch = self._attempts.alone(upload.id)
                self._queues.adopt(batch)
            if wait.problem is not None and wait.problem.id == catalogue.STOPPED_EARLIER.id:
                batch.after = ()
            in_turn = bool(batch.after) and not batch.running
            lane = self._lane(upload.destination)
            self._ledger.change(upload.id, wait=Wait(Why.TURN) if in_turn else lane.wait())
            batches.setdefault(batch, []).append(upload.id)
        for batch, released in batches.items():
            self._release(batch, released)

    def _release(self, batch: Batch, released: list[int]) -> None:
        if batch.running:
            batch.wake()
            return
        for mate in self._ledger.known(batch.ids):
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
            self._discards.leave_nothing(mate)
            self._ledger.openings.pop(mate.id, None)
            self._ledger.change(mate.id, ticket=None)

    def pause(self, on: bool) -> None:
        """While on, what can go on later without loss is held."""
        if not on:
            self.release(self._paused)
            self._paused.clear()
            return
        for upload in list(self._ledger.values()):
            resumes = upload.ticket is not None and upload.ticket.resumes
            if upload.phase is Phase.SENDING and resumes:
                self._paused.add(upload.id)
                self._hold(upload)
