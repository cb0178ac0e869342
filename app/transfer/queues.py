"""The batches that wait and those that run, for each destination, in the order they begin."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable
from functools import partial
from typing import Any, Literal

from app.core import catalogue
from app.core.problems import FileProblem
from app.core.uploads import Phase, Upload, Wait, Why
from app.transfer.batch import Batch
from app.transfer.lanes import Lane
from app.transfer.ledger import Ledger

Where = Literal["up", "down", "top", "bottom"]

_BADLY_ENDED = (Phase.FAILED, Phase.CANCELLED, Phase.UNWATCHED)


class Queues:
    """Starts batches as places become free. While `closed`, none begins."""

    def __init__(
        self,
        ledger: Ledger,
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        self._ledger = ledger
        self._spawn = spawn
        self._waiting: dict[Lane, list[Batch]] = {}
        self._running: set[Batch] = set()
        self._batch_of: dict[int, Batch] = {}
        self.closed = False

    def of(self, upload_id: int) -> Batch | None:
        """The batch an upload belongs to, or belonged to last."""
        return self._batch_of.get(upload_id)

    def keys(self) -> set[str]:
        """The openings of all batches known here."""
        return {batch.key for batch in self._batch_of.values()}

    def adopt(self, batch: Batch) -> None:
        """The batch has its uploads, but does not begin yet."""
        self._batch_of.update(dict.fromkeys(batch.ids, batch))

    def waits(self, batch: Batch) -> bool:
        return batch in self._waiting.get(batch.lane, ())

    def enqueue(self, batch: Batch, *, first: bool = False) -> None:
        """The batch begins when there is a place and its turn has come."""
        self.adopt(batch)
        queue = self._waiting.setdefault(batch.lane, [])
        queue.insert(0 if first else len(queue), batch)
        self.pump(batch.lane)

    def leave(self, upload_id: int) -> None:
        """The upload is forgotten."""
        batch = self._batch_of.pop(upload_id, None)
        if batch is not None:
            batch.remove(upload_id)

    def forget_lane(self, lane: Lane) -> None:
        self._waiting.pop(lane, None)

    def pump(self, lane: Lane) -> None:
        """Starts waiting batches while the lane has places."""
        if self.closed:
            return
        queue = self._waiting.get(lane, [])
        running = sum(batch.lane is lane and not batch.parked for batch in self._running)
        for batch in list(queue):
            if running >= lane.slots.limit:
                return
            if not self._may_begin(batch):
                continue
            queue.remove(batch)
            if not batch.ids:
                continue
            self._running.add(batch)
            self._spawn(batch.run()).add_done_callback(partial(self._ended, batch))
            running += 1

    def pump_soon(self, lane: Lane) -> None:
        """An upload of this lane ended: what waits for its turn may begin, or is held."""
        if self._waiting.get(lane) and not self.closed:
            asyncio.get_running_loop().call_soon(self.pump, lane)

    def follow(self, old: Batch, new: Batch) -> None:
        """What waited behind `old` waits its turn behind `new` if nothing of `old` is left."""
        for waiting in self._waiting.get(new.lane, ()):
            if waiting.after is not old:
                continue
            if not old.ids:
                waiting.after = new
            for upload in self._uploads(waiting.ids):
                wait = upload.wait
                if wait is not None and wait.why is Why.HELD and wait.problem is not None:
                    self._ledger.change(upload.id, wait=Wait(Why.TURN))

    def order(self, lane: Lane) -> list[int]:
        """The uploads that have not begun, in the order in which they will."""
        return [i for batch in self._waiting.get(lane, ()) for i in batch.ids]

    def move(self, ids: Iterable[int], where: Where) -> None:
        """Changes the order of what has not begun. A batch moves as one."""
        wanted = {self._batch_of[i] for i in ids if i in self._batch_of}
        for queue in self._waiting.values():
            if wanted.intersection(queue):
                _move(queue, wanted, where)

    def _may_begin(self, batch: Batch) -> bool:
        """Whether the batch before it, if any, is done; if that ended badly, this is held."""
        if batch.after is None:
            return True
        before = self._uploads(batch.after.ids)
        if all(upload.phase is Phase.DONE for upload in before):
            return True
        bad = next((upload for upload in before if upload.phase in _BADLY_ENDED), None)
        if bad is not None:
            for upload in self._uploads(batch.ids):
                if upload.wait is not None and upload.wait.why is Why.TURN:
                    facts = {"name": upload.source.name, "earlier": bad.source.name}
                    problem = FileProblem(catalogue.STOPPED_EARLIER, facts)
                    self._ledger.change(upload.id, wait=Wait(Why.HELD, problem=problem))
        return False

    def _ended(self, batch: Batch, _: asyncio.Task[None]) -> None:
        self._running.discard(batch)
        self.pump(batch.lane)

    def _uploads(self, ids: Iterable[int]) -> list[Upload]:
        return [self._ledger[i] for i in ids if i in self._ledger]


def _move(queue: list[Batch], wanted: Collection[Batch], where: Where) -> None:
    match where:
        case "top":
            queue.sort(key=lambda batch: batch not in wanted)
        case "bottom":
            queue.sort(key=lambda batch: batch in wanted)
        case "up":
            for at in range(1, len(queue)):
                if queue[at] in wanted and queue[at - 1] not in wanted:
                    queue[at - 1], queue[at] = queue[at], queue[at - 1]
        case "down":
            for at in range(len(queue) - 2, -1, -1):
                if queue[at] in wanted and queue[at + 1] not in wanted:
                    queue[at + 1], queue[at] = queue[at], queue[at + 1]
