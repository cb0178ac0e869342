"""Sending: one sender for each file of a batch, with all its retries."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence
from functools import partial

from app.core.intents import Verb
from app.core.problems import Defect, FileProblem, Problem, Retry, Uncertain, defect
from app.core.uploads import Phase, Ticket, Upload, Wait, Why
from app.servers.api import Found, Server, Verdict
from app.transfer.body import FileBody
from app.transfer.digest import digested
from app.transfer.members import UNSETTLED, Members
from app.transfer.retry import ambiguous
from app.transfer.slots import Slots
from app.transfer.upload_log import concerns
from app.transfer.waits import Waits

log = logging.getLogger(__name__)

FINGERPRINTED = 5 * 1024 * 1024
"""Bytes from which on a file in parts is recognised by its contents; no part is smaller."""
NO_LIMIT = 1_000_000


class Sending:
    """The senders of a batch that is open."""

    def __init__(self, members: Members, waits: Waits, unsure: Iterable[int] = ()) -> None:
        """`unsure`: of these the server may have more than is known; it is asked first."""
        self._members = members
        self._lane = members.lane
        self._waits = waits
        self._means = members.means
        self._ledger = members.means.ledger
        self._unsure = set(unsure)
        self._senders: dict[int, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._woken = asyncio.Event()
        self._slots = Slots(1)

    async def run(self, at_once: int | None) -> None:
        """Returns when every upload is settled; `at_once` is what the server takes of this batch,
        None if it did not say."""
        self._slots.limit = at_once or NO_LIMIT
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                self._resume()
                while self._members.unsettled:
                    self._woken.clear()
                    await self._woken.wait()
            finally:
                self._group = None

    def wake(self) -> None:
        """The members or their phases have changed."""
        self._resume()
        self._woken.set()

    def remove(self, upload_id: int) -> None:
        """The upload belongs to this batch no more."""
        self._members.remove(upload_id)
        self._woken.set()

    def send_again(self, ids: Sequence[int]) -> bool:
        """Sends these, which were settled, with the others, and looks for them first; False when
        nothing is sent here any more."""
        if self._group is None:
            return False
        self._unsure.update(ids)
        self.wake()
        return True

    def interrupt(self, upload_id: int) -> asyncio.Task[None] | None:
        """Stops the sender of an upload whose phase was changed before; the ending task, if any."""
        sender = self._senders.get(upload_id)
        if sender is not None:
            self._unsure.add(upload_id)
            sender.cancel()
        self._woken.set()
        return sender

    def reorder(self, order: Sequence[int]) -> None:
        """Those that wait for one of the batch's own places take them in this order."""
        self._slots.reorder(order)

    def _resume(self) -> None:
        if self._group is None:
            return
        for i in self._members.among(Phase.QUEUED):
            upload = self._ledger[i]
            held = upload.wait is not None and upload.wait.why is Why.HELD
            if i not in self._senders and not held:
                sender = self._group.create_task(self._send(i))
                self._senders[i] = sender
                sender.add_done_callback(partial(self._sender_ended, i))

    def _sender_ended(self, upload_id: int, _: asyncio.Task[None]) -> None:
        self._senders.pop(upload_id, None)
        self._resume()
        self._woken.set()

    async def _send(self, upload_id: int) -> None:
        """Sends one file, with all its retries. Turns every exception into a FAILED upload."""
        concerns((upload_id,))
        try:
            if upload_id in self._unsure:
                await self._means.discards.over(upload_id)
            while self._wanted(upload_id, Phase.QUEUED):
                await self._attempt(upload_id)
        except asyncio.CancelledError:
            raise
        except Problem as problem:
            self._fail_one(upload_id, problem)
        except Exception as error:
            log.exception("a sender ended unexpectedly")
            self._fail_one(upload_id, defect(error))

    def _wanted(self, upload_id: int, phase: Phase) -> bool:
        """Whether it still belongs here and is in this phase."""
        return upload_id in self._members.ids and self._members.phase(upload_id) is phase

    def _fail_one(self, upload_id: int, problem: Problem) -> None:
        if self._members.phase(upload_id) in UNSETTLED:
            keep = isinstance(problem, Uncertain) or upload_id in self._unsure
            self._members.fail([upload_id], problem.bare(), keep_ticket=keep)

    async def _attempt(self, upload_id: int) -> None:
        """Looks if it must, sends if it may; then the upload is settled, waits or has left."""
        ledger, journal = self._ledger, self._means.journal
        try:
            async with (
                self._slots.place(upload_id),
                self._lane.slots.place(upload_id),
                self._lane.server() as server,
            ):
                upload = ledger.get(upload_id)
                if upload is None or upload.phase is not Phase.QUEUED or upload.ticket is None:
                    return
                ledger.move(upload_id, Phase.SENDING, account=server.account)
                if upload_id in self._unsure:
                    found = await server.find(upload.ticket)
                    self._unsure.discard(upload_id)
                    if not await self._go_on(upload_id, found):
                        return
                journal.intent(self._members.key, Verb.SEND, [upload_id])
                await self._deliver(server, upload_id)
        except asyncio.CancelledError:
            if not self._wanted(upload_id, Phase.SENDING):
                # By the person: what its ticket says of the server is all that is to be known.
                journal.outcome(self._members.key, Verb.SEND, [upload_id], "stopped")
            raise
        except Problem as problem:
            journal.outcome(self._members.key, Verb.SEND, [upload_id], problem.id)
            if self._members.phase(upload_id) is Phase.SENDING:
                await self._after(upload_id, problem)
            elif self._members.phase(upload_id) is Phase.QUEUED:
                self._fail_one(upload_id, problem)
            return
        self._means.tries.pop(upload_id, None)
        self._lane.went_well()

    async def _deliver(self, server: Server, upload_id: int) -> None:
        upload = self._ledger[upload_id]
        assert upload.ticket is not None
        meter = self._ledger.meters[upload_id]
        meter.restart()
        body = FileBody(upload.source, meter, self._means.limit, self._means.threads)

        def keep(ticket: Ticket) -> None:
            if self._members.phase(upload_id) is Phase.SENDING:
                self._ledger.change(upload_id, ticket=ticket)

        taking: asyncio.Task[None] | None = None
        if (
            upload.ticket.resumes
            and upload.source.size >= FINGERPRINTED
            and self._group is not None
        ):
            taking = self._group.create_task(self._fingerprint(upload))
        try:
            ticket = await server.send(upload.ticket, body, keep)
            self._means.journal.outcome(self._members.key, Verb.SEND, [upload_id], "done")
            if taking is not None and not body.sha256:
                await taking
        finally:
            if taking is not None:
                taking.cancel()
        upload = self._ledger.get(upload_id, upload)
        self._sent(upload_id, ticket, body.sha256 or await self._digest(upload))

    async def _fingerprint(self, upload: Upload) -> None:
        """Learns which file this is while it is sent: after a break no other one may go on."""
        sha256 = await self._digest(upload)
        known = self._ledger.get(upload.id)
        if known is not None and known.source == upload.source and known.ticket is not None:
            self._ledger.change(upload.id, fingerprint=sha256)

    async def _digest(self, upload: Upload) -> str:
        """SHA-256 of a file that was not sent in one go; empty if it has changed since."""
        if upload.fingerprint:
            return upload.fingerprint
        try:
            return await digested(upload.source, self._means.threads)
        except FileProblem:
            return ""

    def _sent(self, upload_id: int, ticket: Ticket, sha256: str) -> None:
        if self._members.phase(upload_id) is Phase.SENDING:
            meter = self._ledger.meters[upload_id]
            meter.add(meter.size)
            self._ledger.move(upload_id, Phase.SENT, ticket=ticket, sha256=sha256)

    async def _go_on(self, upload_id: int, found: Found) -> bool:
        """Acts on what the server has; True when the bytes are to be sent with the ticket found."""
        if self._members.phase(upload_id) is not Phase.SENDING:
            return False
        match found.verdict:
            case Verdict.WHOLE:
                upload = self._ledger[upload_id]
                sha256 = upload.sha256 or await self._digest(upload)
                self._sent(upload_id, found.ticket, sha256)
                return False
            case Verdict.RESUME:
                self._ledger.change(upload_id, ticket=found.ticket)
                return True
            case Verdict.SPOILT:
                self._start_over(upload_id, found.ticket, None)
                return False

    def _start_over(self, upload_id: int, ticket: Ticket, wait: Wait | None) -> None:
        """The ticket is of no use any more: the upload begins anew in a batch of its own."""
        self._means.discards.discard(self._lane, ticket, self._members.key, upload_id)
        self._ledger.openings.pop(upload_id, None)
        self._ledger.move(upload_id, Phase.QUEUED, ticket=None, wait=wait or Wait())
        self.remove(upload_id)
        self._means.leave(upload_id)

    async def _after(self, upload_id: int, problem: Problem) -> None:
        """After a problem while SENDING: fails the upload, lets it wait, or starts it over."""
        tries = self._means.tries
        if isinstance(problem, FileProblem | Defect):
            self._members.fail([upload_id], problem.bare())
            return
        if isinstance(problem, Uncertain):
            self._fail_one(upload_id, problem)
            return
        if ambiguous(problem):
            self._unsure.add(upload_id)
        if problem.retry is not Retry.REACH:
            tries[upload_id] = tries.get(upload_id, 0) + 1
        if not self._waits.may_wait(problem, tries.get(upload_id, 0)):
            # Where the server could not be asked, the ticket is kept, so that trying again begins
            # with looking instead of sending twice.
            self._fail_one(upload_id, problem)
            return
        wait = self._waits.wait_for(problem, tries.get(upload_id, 0))
        if upload_id in self._unsure:
            await self._look(upload_id, wait)
        if self._members.phase(upload_id) is Phase.SENDING:
            self._ledger.move(upload_id, Phase.QUEUED, wait=wait)
            await self._waits.over(wait)

    async def _look(self, upload_id: int, wait: Wait) -> None:
        """Asks at once what the server has; the upload stays SENDING when it has to go on."""
        ticket = self._ledger[upload_id].ticket
        assert ticket is not None
        try:
            async with self._lane.server() as server:
                found = await server.find(ticket)
        except Uncertain as uncertain:
            self._fail_one(upload_id, uncertain)
            return
        except Problem as problem:
            log.info("the server cannot say yet what it has: %s", problem.id)
            return
        self._unsure.discard(upload_id)
        if self._members.phase(upload_id) is not Phase.SENDING:
            return
        if found.verdict is Verdict.SPOILT:
            self._start_over(upload_id, found.ticket, wait)
        else:
            await self._go_on(upload_id, found)
