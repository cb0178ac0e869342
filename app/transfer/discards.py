"""Discards: takes back on servers what was opened for uploads and is not wanted any more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from functools import partial

from app.core.intents import Verb
from app.core.problems import Problem, Retry
from app.core.uploads import Phase, Ticket, Upload
from app.servers.api import Server, Verdict
from app.transfer.journal import Journal
from app.transfer.lanes import Lane
from app.transfer.ledger import Ledger
from app.transfer.tasks import Kind, Tasks

log = logging.getLogger(__name__)


class Discards:
    """Best effort, in tasks of their own. What an ending engine cannot do is left to the next run,
    if there is a journal that tells it."""

    def __init__(
        self,
        lane: Callable[[str], Lane],
        ledger: Ledger,
        journal: Journal,
        tasks: Tasks,
        interrupt: Callable[[int], asyncio.Task[None] | None],
    ) -> None:
        """`lane` raises Problem for a destination that is not there. `interrupt` stops whoever is
        sending an upload; the ending task, if any."""
        self._lane = lane
        self._ledger = ledger
        self._journal = journal
        self._tasks = tasks
        self._interrupt = interrupt
        self._underway: dict[int, set[asyncio.Task[None]]] = {}

    def discard(self, lane: Lane, ticket: Ticket, key: str, upload_id: int) -> None:
        """Takes a ticket of the opening `key` back, after its sender has ended.

        To be called before the upload forgets the ticket, so that the journal never does.
        """
        try:
            self._journal.intent(key, Verb.DISCARD, [upload_id], ticket)
        except Problem as problem:
            log.warning("%s", problem)
        if self._left_to_the_next_run:
            return
        # The answer to an opening may come when the upload has another ticket long since.
        upload = self._ledger.get(upload_id)
        mine = upload is not None and upload.ticket == ticket
        sender = self._interrupt(upload_id) if mine else None
        work = self._discarded(lane, ticket, key, upload_id, sender)
        task = self._tasks.spawn(work, Kind.DISCARD)
        self._underway.setdefault(upload_id, set()).add(task)
        task.add_done_callback(partial(self._over, upload_id))

    def leave_nothing(self, upload: Upload) -> None:
        """Takes back the ticket of an upload, if it has one; it may forget it then. Where its
        server is not there any more, what was opened stays."""
        if upload.ticket is None:
            return
        try:
            lane = self._lane(upload.destination)
        except Problem as problem:
            log.info("what was opened on a server that is gone stays there: %s", problem.id)
        else:
            key = self._ledger.openings.get(upload.id, "")
            self.discard(lane, upload.ticket, key, upload.id)

    def tidy(self, lane: Lane, key: str, asked: Sequence[int]) -> None:
        """Takes back what the opening of this key, which nobody wants any more and that had no
        answer, may have made for these uploads."""
        if not self._left_to_the_next_run:
            self._tasks.spawn(self._tidied(lane, key, asked), Kind.DISCARD)

    async def over(self, upload_id: int) -> None:
        """Returns when nothing of this upload is being taken back."""
        if underway := self._underway.get(upload_id):
            await asyncio.wait(underway)

    def _over(self, upload_id: int, task: asyncio.Task[None]) -> None:
        underway = self._underway[upload_id]
        underway.remove(task)
        if not underway:
            del self._underway[upload_id]

    @property
    def _left_to_the_next_run(self) -> bool:
        return self._tasks.ending and self._journal.keeps

    async def _discarded(
        self,
        lane: Lane,
        ticket: Ticket,
        key: str,
        upload_id: int,
        sender: asyncio.Task[None] | None,
    ) -> None:
        if sender is not None:
            await asyncio.wait([sender])
        said = "done"
        try:
            async with lane.server() as server:
                await server.discard(ticket)
                if self._kept(upload_id, ticket):
                    await self._let_go(server, upload_id, ticket)
        except Problem as problem:
            said = problem.id
            log.info("could not take back what was opened: %s", problem.id)
            if problem.retry is not Retry.NEVER:
                return  # The next run tries again.
        self._journal.outcome(key, Verb.DISCARD, [upload_id], said)

    def _kept(self, upload_id: int, ticket: Ticket) -> bool:
        """Whether a cancelled upload holds the ticket because it may have been started."""
        upload = self._ledger.get(upload_id)
        cancelled = upload is not None and upload.phase is Phase.CANCELLED
        return cancelled and upload is not None and upload.ticket == ticket and not ticket.binds

    async def _let_go(self, server: Server, upload_id: int, ticket: Ticket) -> None:
        """The upload forgets the ticket if nothing was started with it."""
        try:
            found = await server.find(ticket)
        except Problem as problem:
            log.info("the server cannot say what became of a cancelled upload: %s", problem.id)
            return
        if found.verdict is Verdict.SPOILT and self._kept(upload_id, ticket):
            self._ledger.change(upload_id, ticket=None)

    async def _tidied(self, lane: Lane, key: str, asked: Sequence[int]) -> None:
        try:
            for leftover in await lane.call(lambda server: server.leftovers()):
                if leftover.key == key:
                    async with lane.server() as server:
                        await server.discard(leftover.ticket)
        except Problem as problem:
            log.info("could not look for what was opened: %s", problem.id)
            return
        self._journal.outcome(key, Verb.OPEN, asked, "done")
