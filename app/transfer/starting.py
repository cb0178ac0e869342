"""Starting: has what arrived of a batch processed, once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping

from app.core.intents import Verb
from app.core.jobs import Job, JobAction, JobState
from app.core.problems import Problem, Retry, Uncertain
from app.core.uploads import Phase, Ticket
from app.servers.api import Opening
from app.transfer.members import Members
from app.transfer.retry import ambiguous
from app.transfer.waits import Waits

log = logging.getLogger(__name__)


class Starting:
    """Tells the server to start, until it has; after an unclear answer it is asked first."""

    def __init__(self, members: Members, waits: Waits, *, again: bool) -> None:
        """`again`: an earlier batch of this opening may have told it already."""
        self._members = members
        self._waits = waits
        self._ledger = members.means.ledger
        self._journal = members.means.journal
        self._again = again
        self._being_started: dict[int, Ticket] = {}

    def holds(self, upload_id: int) -> bool:
        """Whether the server is just being told to start this upload, or started it unwanted and
        is told to cancel its job: nothing of it can be taken back."""
        return upload_id in self._being_started

    async def run(self, opening: Opening) -> None:
        """Returns when what arrived is started, has failed, or is not wanted any more."""
        members = self._members
        tries = 0
        again = unclear = self._again
        while True:
            if not unclear:
                self._drop_unwanted()
            for i in members.among(Phase.SENT):
                ticket = self._ledger[i].ticket
                if ticket is not None and not unclear:
                    self._being_started[i] = ticket
                self._ledger.change(i, wait=None)
            if unclear and not self._being_started:
                self._being_started = {
                    i: ticket
                    for i in members.among(Phase.SENT)
                    if (ticket := self._ledger[i].ticket) is not None
                }
            if not self._being_started:
                return
            ids = list(self._being_started)
            try:
                async with members.lane.server() as server:
                    self._journal.intent(members.key, Verb.START, ids)
                    asked, again = again, True
                    tickets = list(self._being_started.values())
                    refs = await server.start(opening, tickets, members.options, again=asked)
            except Problem as problem:
                self._journal.outcome(members.key, Verb.START, ids, problem.id)
                unclear = unclear or ambiguous(problem)
                if problem.retry is not Retry.REACH:
                    tries += 1
                if isinstance(problem, Uncertain) or not self._waits.may_wait(problem, tries):
                    keep = unclear or isinstance(problem, Uncertain)
                    members.fail(members.among(Phase.SENT), problem.bare(), keep_ticket=keep)
                    if not keep:
                        self._drop_unwanted()
                    return
                wait = self._waits.wait_for(problem, tries)
                for i in members.among(Phase.SENT):
                    self._ledger.change(i, wait=wait)
                await self._waits.over(wait)
            else:
                members.lane.went_well()
                unwanted = self._started(ids, refs)
                self._journal.outcome(members.key, Verb.START, ids, "done")
                await self._cancel_jobs(unwanted)
                return

    def _drop_unwanted(self) -> None:
        """Takes back what was cancelled before the server was told to start it."""
        members = self._members
        for i in [i for i in self._being_started if members.phase(i) is not Phase.SENT]:
            ticket = self._being_started.pop(i)
            if members.phase(i) is not Phase.FAILED:
                members.means.discards.discard(members.lane, ticket, members.key, i)
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
            if self._members.phase(i) is Phase.SENT:
                del self._being_started[i]
                job = Job(ref, JobState.WAITING)
                self._ledger.move(i, Phase.PROCESSING, job=job, ticket=None)
                self._members.means.started(i)
            else:
                unwanted[i] = ref
        return unwanted

    async def _cancel_jobs(self, jobs: Mapping[int, str]) -> None:
        """Of uploads cancelled while the server was being told to start them."""
        for i, ref in jobs.items():
            ticket = self._being_started[i]
            if not self._revived(i, ticket):
                try:
                    async with self._members.lane.server() as server:
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
