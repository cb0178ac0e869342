"""One batch from open to start: what a server begins together, its senders and their retries."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from app.core.intents import Opened, Verb
from app.core.jobs import Job, JobAction, JobState
from app.core.problems import (
    Defect,
    FileProblem,
    FilesRefused,
    Problem,
    Retry,
    SignInProblem,
    TokenRefused,
    TrustProblem,
    Uncertain,
    Unreachable,
    defect,
)
from app.core.uploads import Phase, Source, Ticket, Upload, Wait, Why
from app.servers.api import Found, Opening, Server, Verdict
from app.transfer.body import FileBody
from app.transfer.digest import digested
from app.transfer.journal import Journal
from app.transfer.lanes import Lane
from app.transfer.ledger import Ledger
from app.transfer.limit import Limit
from app.transfer.retry import Policy, ambiguous, worth_trying
from app.transfer.slots import Slots
from app.transfer.upload_log import concerns

log = logging.getLogger(__name__)

FINGERPRINTED = 5 * 1024 * 1024
"""Bytes from which on a file in parts is recognised by its contents; no part is smaller."""
UNSETTLED = frozenset({Phase.QUEUED, Phase.OPENING, Phase.SENDING})


@dataclass(frozen=True, slots=True)
class Means:
    """What every batch of an engine works with."""

    ledger: Ledger
    journal: Journal
    policy: Policy
    limit: Limit
    threads: ThreadPoolExecutor
    leave: Callable[[int], None]
    """This upload needs a new opening: queue it anew in a batch of its own."""
    started: Callable[[int], None]
    """The server works on this upload: watch it."""
    discard: Callable[[Lane, Ticket, str, int], None]
    """Take this ticket back, some time soon; the upload that holds it may then forget it."""
    tidy: Callable[[Lane, str, Sequence[int]], None]
    """Take back, some time soon, what the opening of this key may have made for these uploads."""
    tries: dict[int, int]
    """Soft failures of each upload since it last went well or was started by the person."""


class Batch:
    """The uploads of one opening. `run` is its task; `wake` tells it that the ledger changed."""

    def __init__(
        self,
        key: str,
        lane: Lane,
        ids: Iterable[int],
        options: Mapping[str, str],
        means: Means,
        *,
        opening: Opening | None = None,
        asked: Sequence[tuple[int, Source]] = (),
        after: Batch | None = None,
    ) -> None:
        """`opening`, `asked`: what another run opened, or asked for and got no answer."""
        self.key = key
        self.lane = lane
        self.ids = list(ids)
        self.options = options
        self.after = after
        self.opening = opening
        self._means = means
        self._ledger = means.ledger
        self._senders: dict[int, asyncio.Task[None]] = {}
        self._group: asyncio.TaskGroup | None = None
        self._woken = asyncio.Event()
        self._hurry = asyncio.Event()
        self._slots = Slots(1)
        self._again = opening is not None
        self._unsure = set(self.ids) if self._again else set()
        self._asked = list(asked)
        self._being_started: dict[int, Ticket] = {}
        self.running = False

    @property
    def parked(self) -> bool:
        """Whether it only waits for the person, so that another batch may take its place."""
        waits = [self._ledger[i] for i in self._unsettled()]
        return bool(waits) and all(u.wait is not None and u.wait.why is Why.HELD for u in waits)

    @property
    def stuck(self) -> list[int]:
        """Failed uploads that still hold a ticket: they are tried again together or not at all."""
        return [i for i in self._in(Phase.FAILED) if self._ledger[i].ticket is not None]

    def wake(self, *, hurry: bool = False) -> None:
        """Something changed in the ledger; with `hurry` waits for a retry end now."""
        if hurry:
            self._hurry.set()
            self._hurry = asyncio.Event()
        self._resume_senders()
        self._woken.set()

    def interrupt(self, upload_id: int) -> asyncio.Task[None] | None:
        """Stops the sender of an upload whose phase was changed before; the ending task, if any."""
        sender = self._senders.get(upload_id)
        if sender is not None:
            self._unsure.add(upload_id)
            sender.cancel()
        self._woken.set()
        return sender

    def remove(self, upload_id: int) -> None:
        """The upload belongs to this batch no more."""
        if upload_id in self.ids:
            self.ids.remove(upload_id)
        self._woken.set()

    def arrange(self, order: Sequence[int]) -> None:
        """Its files that wait for a place are sent in this order."""
        rank = {upload_id: at for at, upload_id in enumerate(order)}
        self.ids.sort(key=lambda i: rank.get(i, -1))
        self._slots.reorder(order)

    async def run(self) -> None:
        """Returns when every upload is final, processing or in another batch; raises nothing."""
        self.running = True
        concerns(self.ids)
        try:
            if self.opening is None:
                await self._open()
            if self.opening is not None:
                await self._send_all()
                await self._start()
        except asyncio.CancelledError:
            raise
        except Problem as problem:
            self._fail(self._in(*UNSETTLED, Phase.SENT), problem.bare())
        except Exception as error:
            log.exception("a batch ended unexpectedly")
            self._fail(self._in(*UNSETTLED, Phase.SENT), defect(error))
        finally:
            self.running = False

    def _unsettled(self) -> list[int]:
        return self._in(*UNSETTLED)

    def _in(self, *phases: Phase) -> list[int]:
        return [i for i in self.ids if self._phase(i) in phases]

    def _phase(self, upload_id: int) -> Phase | None:
        upload = self._ledger.get(upload_id)
        return upload.phase if upload is not None else None

    def _fail(self, ids: Iterable[int], problem: Problem, *, keep_ticket: bool = False) -> None:
        for i in list(ids):
            ticket = self._ledger[i].ticket
            if ticket is not None and not keep_ticket:
                self._means.discard(self.lane, ticket, self.key, i)
                self._ledger.move(i, Phase.FAILED, problem=problem, ticket=None)
            else:
                self._ledger.move(i, Phase.FAILED, problem=problem)

    # opening

    async def _open(self) -> None:
        """Opens until it worked or nobody wants it; what may exist is never left behind.

        `unclear` while a call has been made that may have reached the server.
        """
        tries = 0
        again = unclear = bool(self._asked)
        asked = [i for i, _ in self._asked]
        sources = [source for _, source in self._asked]
        while True:
            wanted = self._in(Phase.QUEUED, Phase.OPENING)
            if not unclear:
                # An opening that may exist is asked for again exactly as it was.
                asked, sources = wanted, [self._ledger[i].source for i in wanted]
            if not asked:
                return
            try:
                async with self.lane.server() as server:
                    for i in self._in(Phase.QUEUED):
                        self._ledger.move(i, Phase.OPENING)
                    self._means.journal.intent(self.key, Verb.OPEN, asked)
                    again, unclear = unclear, True
                    opening = await server.open(self.key, sources, self.options, again=again)
            except FilesRefused as refused:
                if again:
                    # What an earlier call made holds files that are not wanted any more.
                    self._means.tidy(self.lane, self.key, asked)
                    self.key = uuid.uuid4().hex
                else:
                    self._means.journal.outcome(self.key, Verb.OPEN, asked, refused.id)
                unclear = False
                for index, problem in refused.files.items():
                    if self._phase(asked[index]) is Phase.OPENING:
                        self._fail([asked[index]], problem.bare())
            except Problem as problem:
                if problem.retry is Retry.NEVER:
                    unclear = again
                if not unclear:
                    self._means.journal.outcome(self.key, Verb.OPEN, asked, problem.id)
                if problem.retry is not Retry.REACH:
                    tries += 1
                if not self._may_wait(problem, tries):
                    if unclear:
                        self._means.tidy(self.lane, self.key, asked)
                    self._fail(self._in(Phase.QUEUED, Phase.OPENING), problem.bare())
                    return
                wait = self._wait_for(problem, tries)
                for i in self._in(Phase.QUEUED, Phase.OPENING):
                    self._ledger.move(i, Phase.QUEUED, wait=wait)
                await self._pause_for(wait)
            else:
                self.lane.went_well()
                self._opened(opening, asked)
                return

    def _opened(self, opening: Opening, asked: list[int]) -> None:
        self._means.journal.opened(Opened(self.key, self.lane.destination, opening.data))
        self.opening = opening
        for i, ticket in zip(asked, opening.tickets, strict=True):
            wanted = i in self.ids and self._phase(i) in (Phase.OPENING, Phase.QUEUED)
            if not wanted:
                self._means.discard(self.lane, ticket, self.key, i)
                continue
            self._ledger.openings[i] = self.key
            if self._phase(i) is Phase.OPENING:
                self._ledger.move(i, Phase.QUEUED, ticket=ticket)
            else:
                self._ledger.change(i, ticket=ticket)
        self._means.journal.outcome(self.key, Verb.OPEN, asked, "done")

    def _may_wait(self, problem: Problem, tries: int) -> bool:
        policy = self._means.policy
        if isinstance(problem, TokenRefused):
            return tries <= 2 or policy.person
        if isinstance(problem, SignInProblem | TrustProblem):
            return policy.person
        if isinstance(problem, Unreachable):
            return self.lane.patient
        return worth_trying(problem, tries, policy)

    def _wait_for(self, problem: Problem, tries: int) -> Wait:
        policy = self._means.policy
        if isinstance(problem, SignInProblem | TrustProblem | Unreachable):
            return self.lane.wait()
        until = policy.now() + policy.delay_after(problem, tries)
        all_tries = policy.tries_after(problem)
        return Wait(Why.RETRY, until=until, tries=(tries, all_tries), problem=problem.bare())

    async def _pause(self, problem: Problem, tries: int) -> None:
        hurry = self._hurry
        try:
            async with asyncio.timeout(self._means.policy.delay_after(problem, tries)):
                await hurry.wait()
        except TimeoutError:
            pass

    # sending

    async def _send_all(self) -> None:
        """One sender for each file; returns when every upload of the batch is settled."""
        assert self.opening is not None
        self._slots.limit = self.opening.at_once or 1_000_000
        async with asyncio.TaskGroup() as group:
            self._group = group
            try:
                self._resume_senders()
                while self._unsettled():
                    self._woken.clear()
                    await self._woken.wait()
            finally:
                self._group = None

    def _resume_senders(self) -> None:
        if self._group is None:
            return
        for i in self._in(Phase.QUEUED):
            upload = self._ledger[i]
            held = upload.wait is not None and upload.wait.why is Why.HELD
            if i not in self._senders and not held:
                sender = self._group.create_task(self._send(i))
                self._senders[i] = sender
                sender.add_done_callback(partial(self._sender_ended, i))

    def _sender_ended(self, upload_id: int, _: asyncio.Task[None]) -> None:
        self._senders.pop(upload_id, None)
        self._resume_senders()
        self._woken.set()

    async def _send(self, upload_id: int) -> None:
        """Sends one file, with all its retries. Turns every exception into a FAILED upload."""
        concerns((upload_id,))
        try:
            while self._phase(upload_id) is Phase.QUEUED and upload_id in self.ids:
                await self._attempt(upload_id)
        except asyncio.CancelledError:
            raise
        except Problem as problem:
            self._fail_one(upload_id, problem)
        except Exception as error:
            log.exception("a sender ended unexpectedly")
            self._fail_one(upload_id, defect(error))

    def _fail_one(self, upload_id: int, problem: Problem) -> None:
        if self._phase(upload_id) in UNSETTLED:
            keep = isinstance(problem, Uncertain) or upload_id in self._unsure
            self._fail([upload_id], problem.bare(), keep_ticket=keep)

    async def _attempt(self, upload_id: int) -> None:
        """Looks if it must, sends if it may; then the upload is settled, waits or has left."""
        ledger, journal = self._ledger, self._means.journal
        try:
            async with (
                self._slots.place(upload_id),
                self.lane.slots.place(upload_id),
                self.lane.server() as server,
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
                journal.intent(self.key, Verb.SEND, [upload_id])
                await self._deliver(server, upload_id)
        except asyncio.CancelledError:
            if upload_id not in self.ids or self._phase(upload_id) is not Phase.SENDING:
                # By the person: what its ticket says of the server is all that is to be known.
                journal.outcome(self.key, Verb.SEND, [upload_id], "stopped")
            raise
        except Problem as problem:
            journal.outcome(self.key, Verb.SEND, [upload_id], problem.id)
            if self._phase(upload_id) is Phase.SENDING:
                await self._after(upload_id, problem)
            elif self._phase(upload_id) is Phase.QUEUED:
                self._fail_one(upload_id, problem)
            return
        self._means.tries.pop(upload_id, None)
        self.lane.went_well()

    async def _deliver(self, server: Server, upload_id: int) -> None:
        upload = self._ledger[upload_id]
        assert upload.ticket is not None
        meter = self._ledger.meters[upload_id]
        meter.restart()
        body = FileBody(upload.source, meter, self._means.limit, self._means.threads)

        def keep(ticket: Ticket) -> None:
            if self._phase(upload_id) is Phase.SENDING:
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
            self._means.journal.outcome(self.key, Verb.SEND, [upload_id], "done")
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
        if self._phase(upload_id) is Phase.SENDING:
            meter = self._ledger.meters[upload_id]
            meter.add(meter.size)
            self._ledger.move(upload_id, Phase.SENT, ticket=ticket, sha256=sha256)

    async def _go_on(self, upload_id: int, found: Found) -> bool:
        """Acts on what the server has; True when the bytes are to be sent with the ticket found."""
        if self._phase(upload_id) is not Phase.SENDING:
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
        self._means.discard(self.lane, ticket, self.key, upload_id)
        self._ledger.openings.pop(upload_id, None)
        self._ledger.move(upload_id, Phase.QUEUED, ticket=None, wait=wait or Wait())
        self.remove(upload_id)
        self._means.leave(upload_id)

    async def _after(self, upload_id: int, problem: Problem) -> None:
        """After a problem while SENDING: fails the upload, lets it wait, or starts it over."""
        tries = self._means.tries
        if isinstance(problem, FileProblem | Defect):
            self._fail([upload_id], problem.bare())
            return
        if isinstance(problem, Uncertain):
            self._fail_one(upload_id, problem)
            return
        if ambiguous(problem):
            self._unsure.add(upload_id)
        if problem.retry is not Retry.REACH:
            tries[upload_id] = tries.get(upload_id, 0) + 1
        if not self._may_wait(problem, tries.get(upload_id, 0)):
            # Where the server could not be asked, the ticket is kept, so that trying again begins
            # with looking instead of sending twice.
            self._fail_one(upload_id, problem)
            return
        wait = self._wait_for(problem, tries.get(upload_id, 0))
        if upload_id in self._unsure:
            await self._look(upload_id, wait)
        if self._phase(upload_id) is Phase.SENDING:
            self._ledger.move(upload_id, Phase.QUEUED, wait=wait)
            await self._pause_for(wait)

    async def _look(self, upload_id: int, wait: Wait) -> None:
        """Asks at once what the server has; the upload stays SENDING when it has to go on."""
        ticket = self._ledger[upload_id].ticket
        assert ticket is not None
        try:
            async with self.lane.server() as server:
                found = await server.find(ticket)
        except Uncertain as uncertain:
            self._fail_one(upload_id, uncertain)
            return
        except Problem as problem:
            log.info("the server cannot say yet what it has: %s", problem.id)
            return
        self._unsure.discard(upload_id)
        if self._phase(upload_id) is not Phase.SENDING:
            return
        if found.verdict is Verdict.SPOILT:
            self._start_over(upload_id, found.ticket, wait)
        else:
            await self._go_on(upload_id, found)

    async def _pause_for(self, wait: Wait) -> None:
        if wait.problem is not None and wait.why is Why.RETRY:
            await self._pause(wait.problem, wait.tries[0] if wait.tries else 1)

    # starting

    def starting(self, upload_id: int) -> bool:
        """Whether the server is just being told to start this upload, or started it unwanted and
        is told to cancel its job: nothing of it can be taken back."""
        return self.running and upload_id in self._being_started

    async def _start(self) -> None:
        """Has what arrived processed, once: after an unclear answer the server is asked first."""
        assert self.opening is not None
        tries = 0
        again = unclear = self._again
        while True:
            if not unclear:
                self._drop_unwanted()
            for i in self._in(Phase.SENT):
                ticket = self._ledger[i].ticket
                if ticket is not None and not unclear:
                    self._being_started[i] = ticket
                self._ledger.change(i, wait=None)
            if unclear and not self._being_started:
                self._being_started = {
                    i: t for i in self._in(Phase.SENT) if (t := self._ledger[i].ticket) is not None
                }
            if not self._being_started:
                return
            ids = list(self._being_started)
            try:
                async with self.lane.server() as server:
                    self._means.journal.intent(self.key, Verb.START, ids)
                    asked, again = again, True
                    tickets = list(self._being_started.values())
                    refs = await server.start(self.opening, tickets, self.options, again=asked)
            except Problem as problem:
                self._means.journal.outcome(self.key, Verb.START, ids, problem.id)
                unclear = unclear or ambiguous(problem)
                if problem.retry is not Retry.REACH:
                    tries += 1
                if isinstance(problem, Uncertain) or not self._may_wait(problem, tries):
                    keep = unclear or isinstance(problem, Uncertain)
                    self._fail(self._in(Phase.SENT), problem.bare(), keep_ticket=keep)
                    if not keep:
                        self._drop_unwanted()
                    return
                wait = self._wait_for(problem, tries)
                for i in self._in(Phase.SENT):
                    self._ledger.change(i, wait=wait)
                await self._pause_for(wait)
                continue
            self.lane.went_well()
            unwanted = self._started(ids, refs)
            self._means.journal.outcome(self.key, Verb.START, ids, "done")
            await self._cancel_jobs(unwanted)
            return

    def _drop_unwanted(self) -> None:
        """Takes back what was cancelled before the server was told to start it."""
        for i in [i for i in self._being_started if self._phase(i) is not Phase.SENT]:
            ticket = self._being_started.pop(i)
            if self._phase(i) is not Phase.FAILED:
                self._means.discard(self.lane, ticket, self.key, i)
                if not ticket.binds:
                    self._forget_ticket(i, ticket)

    def _forget_ticket(self, upload_id: int, ticket: Ticket) -> None:
        """A cancelled upload keeps its ticket only as long as the server may work with it."""
        upload = self._ledger.get(upload_id)
        if upload is not None and upload.phase is Phase.CANCELLED and upload.ticket == ticket:
            self._ledger.change(upload_id, ticket=None)

    def _started(self, ids: list[int], refs: Iterable[str]) -> dict[int, str]:
        """What is wanted is watched; the jobs of those cancelled meanwhile."""
        unwanted: dict[int, str] = {}
        for i, ref in zip(ids, refs, strict=True):
            if self._phase(i) is Phase.SENT:
                del self._being_started[i]
                job = Job(ref, JobState.WAITING)
                self._ledger.move(i, Phase.PROCESSING, job=job, ticket=None)
                self._means.started(i)
            else:
                unwanted[i] = ref
        return unwanted

    async def _cancel_jobs(self, jobs: Mapping[int, str]) -> None:
        """Of uploads cancelled while the server was being told to start them."""
        for i, ref in jobs.items():
            ticket = self._being_started[i]
            if not self._revived(i, ticket):
                try:
                    async with self.lane.server() as server:
                        await server.act(ref, JobAction.CANCEL)
                except Problem as problem:
                    log.info("a job of a cancelled upload could not be cancelled: %s", problem.id)
                else:
                    self._forget_ticket(i, ticket)
            del self._being_started[i]

    def _revived(self, upload_id: int, ticket: Ticket) -> bool:
        """Whether the person wants it again meanwhile, and its next batch looks for this job."""
        upload = self._ledger.get(upload_id)
        return upload is not None and not upload.phase.final and upload.ticket == ticket
