"""The batches that wait and those that run, for each destination, in the order they begin."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Coroutine, Iterable, Sequence
from functools import partial
from typing import Any, Literal, TypeVar

from app.core import catalogue
from app.core.problems import FileProblem
from app.core.uploads import Phase, Upload, Wait, Why
from app.transfer.batch import Batch
from app.transfer.lanes import Lane
from app.transfer.ledger import Ledger

T = TypeVar("T")
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
        self._running: dict[Batch, None] = {}
        self._batch_of: dict[int, Batch] = {}
        self.closed = False

    def of(self, upload_id: int) -> Batch | None:
        """The batch an upload belongs to, or belonged to last."""
        return self._batch_of.get(upload_id)

    def interrupt(self, upload_id: int) -> asyncio.Task[None] | None:
        """Stops the sender of an upload; the ending task, if there is one to wait for."""
        batch = self._batch_of.get(upload_id)
        sender = batch.interrupt(upload_id) if batch is not None else None
        # A sender that ends its own upload must not wait for itself.
        return sender if sender is not asyncio.current_task() else None

    def starting(self, upload_id: int) -> bool:
        """Whether the server is just being told to start it, also by a batch it has left."""
        return any(batch.starting(upload_id) for batch in self._running)

    def perhaps_started(self, upload_id: int) -> bool:
        """Whether the server was told to start it by a batch whose answer is not known."""
        batch = self._batch_of.get(upload_id)
        return batch is not None and batch.perhaps_started(upload_id)

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
        """The upload is about to be forgotten; what waits for it to be done is held."""
        upload = self._ledger.get(upload_id)
        if upload is not None and upload.phase is not Phase.DONE:
            for waiting in self._behind(upload_id):
                self._stop(waiting, upload)
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
            if not self._may_begin(batch) or self._at_work(batch.key):
                continue
            running += self._begin(batch)

    def _begin(self, batch: Batch) -> bool:
        """Starts a waiting batch; whether there was anything in it."""
        self._waiting[batch.lane].remove(batch)
        if not batch.ids:
            return False
        self._running[batch] = None
        self._spawn(batch.run()).add_done_callback(partial(self._ended, batch))
        return True

    def _at_work(self, key: str) -> bool:
        """Whether a batch works with this opening: two would not know of each other's requests."""
        return any(batch.key == key and not batch.parked for batch in self._running)

    def pump_soon(self, lane: Lane) -> None:
        """An upload of this lane ended: what waits for its turn may begin, or is held."""
        if self._waiting.get(lane) and not self.closed:
            asyncio.get_running_loop().call_soon(self.pump, lane)

    def wanted_again(self, ids: Iterable[int]) -> None:
        """What was held because of the bad end of one of these waits its turn again, where that
        may be done after all."""
        again = [one for one in self._ledger.known(ids) if one.phase not in _BADLY_ENDED]
        for one in again:
            for batch in self._behind(one.id):
                for upload in self._ledger.known(batch.ids):
                    if _stopped(upload):
                        self._ledger.change(upload.id, wait=Wait(Why.TURN))

    def order(self, lane: Lane) -> list[int]:
        """The uploads that wait for a place, in the order in which they will be sent."""
        waiting = [i for batch in self._waiting.get(lane, ()) for i in batch.ids]
        return [*self._in_line(lane), *(u.id for u in self._ledger.known(waiting) if _queued(u))]

    def _in_line(self, lane: Lane) -> list[int]:
        """Of the batches that run: what waits for a place, in order."""
        running = [i for batch in self._running if batch.lane is lane for i in batch.ids]
        queued = dict.fromkeys(u.id for u in self._ledger.known(running) if _queued(u))
        first = [i for i in lane.slots.waiting if i in queued]
        return list(dict.fromkeys([*first, *queued]))

    def move(self, ids: Iterable[int], where: Where) -> None:
        """Changes the order of what waits for a place; those moved keep their own order.

        A batch that has not begun moves as one where its files are at its edge already. No file
        passes one that has to be there before it.
        """
        wanted = {i for i in ids if i in self._batch_of}
        for lane in dict.fromkeys(self._batch_of[i].lane for i in wanted):
            line = self._in_line(lane)
            if wanted.intersection(line):
                self._line_up(lane, _moved(line, wanted.__contains__, where))
            queue = self._waiting.get(lane, [])
            movable = {batch for batch in queue if self._move_inside(batch, wanted, where)}
            queue[:] = _in_turn(_moved(queue, movable.__contains__, where), where)

    def first(self, ids: Iterable[int]) -> None:
        """These are sent next, as soon as a place is free; nothing gets more places for it."""
        ids = list(ids)
        self.move(ids, "top")
        wanted = dict.fromkeys(i for i in ids if i in self._batch_of)
        for lane in dict.fromkeys(self._batch_of[i].lane for i in wanted):
            lane.slots.prefer([i for i in wanted if self._batch_of[i].lane is lane])
            if self.closed:
                continue
            mine = [b for b in self._waiting.get(lane, []) if not wanted.keys().isdisjoint(b.ids)]
            # A batch that runs holds no place yet. More than can send at once would gain nothing.
            for batch in mine[: lane.slots.limit]:
                if self._may_begin(batch) and not self._at_work(batch.key):
                    self._begin(batch)

    def _line_up(self, lane: Lane, order: Sequence[int]) -> None:
        lane.slots.reorder(order)
        for batch in self._running:
            if batch.lane is lane:
                batch.arrange(order)

    @staticmethod
    def _move_inside(batch: Batch, wanted: Collection[int], where: Where) -> bool:
        """Moves files inside a batch that has not begun; whether the batch has to move, too."""
        if not any(i in wanted for i in batch.ids):
            return False
        order = _moved(batch.ids, wanted.__contains__, where)
        unchanged = order == batch.ids
        batch.arrange(order)
        return unchanged or where in ("top", "bottom")

    def _may_begin(self, batch: Batch) -> bool:
        """Whether all before it are done; if one of them ended badly, this is held."""
        if batch.parked:
            return False
        before = self._ledger.known(batch.after)
        if all(upload.phase is Phase.DONE for upload in before):
            return True
        bad = next((upload for upload in before if upload.phase in _BADLY_ENDED), None)
        if bad is not None:
            self._stop(batch, bad)
        return False

    def _behind(self, upload_id: int) -> list[Batch]:
        """The batches that wait for this one to be done."""
        batch = self._batch_of.get(upload_id)
        if batch is None or not batch.lane.family.in_turn:
            return []
        return [one for one in self._waiting.get(batch.lane, ()) if upload_id in one.after]

    def _stop(self, batch: Batch, bad: Upload) -> None:
        """What waits its turn is held: the person decides, as one before it will not be done."""
        for upload in self._ledger.known(batch.ids):
            if upload.wait is not None and upload.wait.why is Why.TURN:
                facts = {"name": upload.source.name, "earlier": bad.source.name}
                problem = FileProblem(catalogue.STOPPED_EARLIER, facts)
                self._ledger.change(upload.id, wait=Wait(Why.HELD, problem=problem))

    def _ended(self, batch: Batch, _: asyncio.Task[None]) -> None:
        self._running.pop(batch, None)
        self.pump(batch.lane)


def _queued(upload: Upload) -> bool:
    """Whether it waits for a place, or is being made ready for that."""
    held = upload.wait is not None and upload.wait.why is Why.HELD
    return upload.phase in (Phase.QUEUED, Phase.OPENING) and not held


def _stopped(upload: Upload) -> bool:
    """Whether it is held because of one before it."""
    problem = upload.wait.problem if upload.wait is not None else None
    return problem is not None and problem.id == catalogue.STOPPED_EARLIER.id


def _moved(line: Sequence[T], wanted: Callable[[T], bool], where: Where) -> list[T]:
    """The line with the wanted ones moved; their own order and that of the others stay."""
    queue = list(line)
    match where:
        case "top":
            queue.sort(key=lambda one: not wanted(one))
        case "bottom":
            queue.sort(key=wanted)
        case "up":
            for at in range(1, len(queue)):
                if wanted(queue[at]) and not wanted(queue[at - 1]):
                    queue[at - 1], queue[at] = queue[at], queue[at - 1]
        case "down":
            for at in range(len(queue) - 2, -1, -1):
                if wanted(queue[at]) and not wanted(queue[at + 1]):
                    queue[at + 1], queue[at] = queue[at], queue[at + 1]
    return queue


def _in_turn(queue: Sequence[Batch], where: Where) -> list[Batch]:
    """The queue with no batch before the one it comes after.

    What moved up takes those along that come before it, what moved down those that come after it.
    """
    if not any(batch.after for batch in queue):
        return list(queue)
    up = where in ("top", "up")
    beside: dict[Batch, list[Batch]] = {}
    holder = {upload_id: batch for batch in queue for upload_id in batch.ids}
    for batch in queue:
        for before in dict.fromkeys(holder[i] for i in batch.after if i in holder):
            one, other = (batch, before) if up else (before, batch)
            beside.setdefault(one, []).append(other)
    placed: dict[Batch, None] = {}
    for batch in queue if up else reversed(queue):
        chain = [batch]
        while chain:
            missing = [one for one in beside.get(chain[-1], ()) if one not in placed]
            if missing:
                chain.append(missing[0])
            else:
                placed[chain.pop()] = None
    order = list(placed)
    return order if up else order[::-1]
