"""One batch from open to start: the uploads that a server begins together."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from app.core.problems import Problem, defect
from app.core.uploads import Phase, Source, Why
from app.servers.api import Opening
from app.transfer.lanes import Lane
from app.transfer.means import Means
from app.transfer.members import UNSETTLED, Members
from app.transfer.opening import Opener
from app.transfer.sending import Sending
from app.transfer.starting import Starting
from app.transfer.upload_log import concerns
from app.transfer.waits import Waits

log = logging.getLogger(__name__)


def grouped(
    lane: Lane,
    files: Mapping[int, Source],
    options: Mapping[str, str],
    means: Means,
    *,
    begun: Mapping[int, Source] = MappingProxyType({}),
) -> list[Batch]:
    """New batches for these files, as their family groups and orders them. `begun` are those of
    the same send that are in batches already and not done yet."""
    batches: list[Batch] = []
    in_turn = lane.family.in_turn
    every = sorted({**begun, **files}.items()) if in_turn else list(files.items())
    before: Sequence[int] = ()
    for group in lane.family.batches([source for _, source in every]):
        members = [every[index][0] for index in group]
        if ids := [i for i in members if i in files]:
            batches.append(Batch(lane, ids, dict(options), means, after=before))
        if in_turn:
            before = members
    return batches


class Batch:
    """The uploads of one opening. `run` is its task; `wake` tells it that the ledger changed."""

    def __init__(
        self,
        lane: Lane,
        ids: Iterable[int],
        options: Mapping[str, str],
        means: Means,
        *,
        key: str = "",
        opening: Opening | None = None,
        asked: Sequence[tuple[int, Source]] = (),
        after: Sequence[int] = (),
    ) -> None:
        """`key`, `opening`, `asked`: of an opening that was made before, or asked for and not
        answered; without a key it is a new one. What is in `after` has to be done before this one
        begins."""
        self.lane = lane
        self.options = options
        self.after = tuple(after)
        """Uploads of earlier batches; they may have come into others since."""
        self.opening = opening
        self.running = False
        self._ledger = means.ledger
        self._members = Members(key or uuid.uuid4().hex, lane, ids, options, means)
        self._waits = Waits(lane, means.policy)
        self._known = known = opening is not None
        self._opener = Opener(self._members, self._waits, asked)
        self._sending = Sending(self._members, self._waits, self.ids if known else ())
        self._starting = Starting(self._members, self._waits, again=known)

    @property
    def key(self) -> str:
        """Of its opening."""
        return self._members.key

    @property
    def ids(self) -> Sequence[int]:
        """Its uploads, in the order of sending."""
        return self._members.ids

    @property
    def parked(self) -> bool:
        """Whether it only waits for the person, so that another batch may take its place."""
        waits = [self._ledger[i] for i in self._members.unsettled]
        return bool(waits) and all(u.wait is not None and u.wait.why is Why.HELD for u in waits)

    @property
    def stuck(self) -> list[int]:
        """Failed uploads that still hold a ticket: they are tried again together or not at all."""
        failed = self._members.among(Phase.FAILED)
        return [i for i in failed if self._ledger[i].ticket is not None]

    def starting(self, upload_id: int) -> bool:
        """Whether nothing of this upload can be taken back: the server is told to start it."""
        return self.running and self._starting.holds(upload_id)

    def perhaps_started(self, upload_id: int) -> bool:
        """Whether the server may work on this upload because an earlier batch of the same opening
        told it to and its answer is not known."""
        upload = self._ledger[upload_id]
        whole = upload.phase is Phase.SENT or upload.sha256 != ""
        return self._known and whole

    def wake(self, *, hurry: bool = False) -> None:
        """Something changed in the ledger; with `hurry` waits for a retry end now."""
        if hurry:
            self._waits.end()
        self._sending.wake()

    def send_again(self, ids: Sequence[int]) -> bool:
        """Those of these uploads that are queued again are sent with the others; False when it is
        too late for that."""
        return set(self.ids).issuperset(ids) and self._sending.send_again(ids)

    def interrupt(self, upload_id: int) -> asyncio.Task[None] | None:
        """Stops the sender of an upload whose phase was changed before; the ending task, if any."""
        return self._sending.interrupt(upload_id)

    def remove(self, upload_id: int) -> None:
        """The upload belongs to this batch no more."""
        self._sending.remove(upload_id)

    def arrange(self, order: Sequence[int]) -> None:
        """Its files that wait for a place are sent in this order."""
        rank = {upload_id: at for at, upload_id in enumerate(order)}
        self._members.ids.sort(key=lambda i: rank.get(i, -1))
        self._sending.reorder(order)

    async def run(self) -> None:
        """Returns when every upload is final, processing or in another batch; raises nothing."""
        self.running = True
        concerns(self.ids)
        try:
            if self.opening is None:
                self.opening = await self._opener.run()
            if self.opening is not None:
                await self._sending.run(self.opening.at_once)
                await self._starting.run(self.opening)
        except asyncio.CancelledError:
            raise
        except Problem as problem:
            self._fail(problem.bare())
        except Exception as error:
            log.exception("a batch ended unexpectedly")
            self._fail(defect(error))
        finally:
            self.running = False

    def _fail(self, problem: Problem) -> None:
        self._members.fail(self._members.among(*UNSETTLED, Phase.SENT), problem)
