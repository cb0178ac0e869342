"""Attempts: uploads that begin once more, by the person's word or by themselves after a wait."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence

from app.core.uploads import Phase, Upload, Wait, Why
from app.servers.api import Opening
from app.transfer.batch import Batch
from app.transfer.lanes import Lane
from app.transfer.means import Means
from app.transfer.queues import Queues
from app.transfer.takeover import Takeover
from app.transfer.tasks import Tasks


class Attempts:
    """Goes on with what a server has of an upload, or begins it anew in a batch of its own."""

    def __init__(
        self,
        lane: Callable[[str], Lane],
        queues: Queues,
        means: Means,
        takeover: Takeover,
        tasks: Tasks,
    ) -> None:
        self._lane = lane
        self._queues = queues
        self._means = means
        self._ledger = means.ledger
        self._takeover = takeover
        self._tasks = tasks

    def alone(self, upload_id: int) -> Batch:
        """A new batch of this upload only, with the turn it had; it is not in a queue yet."""
        upload, old = self._ledger[upload_id], self._queues.of(upload_id)
        after = old.after if old is not None else ()
        lane = self._lane(upload.destination)
        return Batch(lane, [upload_id], upload.options, self._means, after=after)

    def retry(self, ids: Iterable[int]) -> None:
        """Those that failed or were cancelled; what arrived is looked for first."""
        done: set[int] = set()
        for upload in self._ledger.known(ids):
            if upload.id in done or upload.phase not in (Phase.FAILED, Phase.CANCELLED):
                continue
            batch = self._queues.of(upload.id)
            if batch is None and upload.ticket is not None:
                batch = self._takeover.batch_of(upload)
            if upload.ticket is not None and batch is not None and batch.opening is not None:
                mates = batch.stuck
                if upload.id not in mates:
                    mates.append(upload.id)
                done.update(mates)
                self._go_on(batch, batch.opening, mates)
            else:
                done.add(upload.id)
                self.begin_anew(upload)

    def begin_anew(self, upload: Upload) -> None:
        """Takes back what was opened for a final upload, and opens again."""
        lane = self._lane(upload.destination)
        lane.try_now()
        self._means.tries.pop(upload.id, None)
        self._means.discards.leave_nothing(upload)
        self._ledger.openings.pop(upload.id, None)
        self._ledger.meters[upload.id].restart()
        batch = self._queues.of(upload.id)
        alone = self.alone(upload.id)
        if batch is not None:
            batch.remove(upload.id)
        self._ledger.move(
            upload.id,
            Phase.QUEUED,
            attempt=upload.attempt + 1,
            ticket=None,
            job=None,
            result=None,
            sha256="",
            wait=lane.wait() if not alone.after else Wait(Why.TURN),
        )
        self._queues.wanted_again([upload.id])
        self._queues.enqueue(alone)

    def _go_on(self, batch: Batch, opening: Opening, ids: Sequence[int]) -> None:
        """With what the batch had opened: in it, or in another one if it is about to end."""
        lane = batch.lane
        lane.try_now()
        for i in ids:
            self._means.tries.pop(i, None)
            upload = self._ledger[i]
            self._ledger.move(i, Phase.QUEUED, attempt=upload.attempt + 1, wait=lane.wait())
        self._queues.wanted_again(ids)
        if batch.send_again(ids):
            return
        for i in ids:
            batch.remove(i)
        again = Batch(lane, ids, batch.options, self._means, key=batch.key, opening=opening)
        self._queues.enqueue(again)

    def after_its_wait(self, upload_id: int) -> None:
        """A batch of its own for an upload that left its batch, once its wait is over."""
        self._ledger.meters[upload_id].restart()
        pause = 0.0
        wait = self._ledger[upload_id].wait
        if wait is not None and wait.problem is not None and wait.tries is not None:
            # What is shown is told by the clock on the wall, which may jump.
            pause = self._means.policy.delay_after(wait.problem, wait.tries[0])

        def begin() -> None:
            known = self._ledger.get(upload_id)
            if known is None or self._tasks.ending or known.phase is not Phase.QUEUED:
                return
            batch = self._queues.of(upload_id)
            if batch is not None and upload_id in batch.ids:
                return  # The person did not wait.
            if known.wait is None or known.wait.why is Why.RETRY:
                self._ledger.change(upload_id, wait=self._lane(known.destination).wait())
            self._queues.enqueue(self.alone(upload_id), first=True)

        asyncio.get_running_loop().call_later(pause, begin)

    def hurry(self, upload: Upload) -> None:
        """Its wait for a retry ends now."""
        batch = self._queues.of(upload.id)
        if batch is not None and upload.id in batch.ids:
            batch.wake(hurry=True)
        elif upload.phase is Phase.QUEUED and upload.wait and upload.wait.why is Why.RETRY:
            self._ledger.change(upload.id, wait=self._lane(upload.destination).wait())
            self._queues.enqueue(self.alone(upload.id), first=True)
