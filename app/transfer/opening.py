"""Opener: makes a server ready for a batch; what may have been made there is never left behind."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

from app.core.intents import Opened, Verb
from app.core.problems import FilesRefused, Problem, Retry
from app.core.uploads import Phase, Source
from app.servers.api import Opening
from app.transfer.members import Members
from app.transfer.waits import Waits


class Opener:
    """Opens one batch, as often as it takes."""

    def __init__(
        self, members: Members, waits: Waits, asked: Sequence[tuple[int, Source]] = ()
    ) -> None:
        """`asked`: what another run asked to be opened and got no answer to."""
        self._members = members
        self._waits = waits
        self._ledger = members.means.ledger
        self._journal = members.means.journal
        self._asked = [i for i, _ in asked]
        self._sources = [source for _, source in asked]
        self._unclear = bool(asked)
        """An opening may exist that no answer came to; it is asked for again exactly as it was."""
        self._tries = 0

    async def run(self) -> Opening | None:
        """Asks until it worked; None when nobody wants it any more, or all have failed."""
        members = self._members
        while True:
            if not self._unclear:
                self._asked = members.among(Phase.QUEUED, Phase.OPENING)
                self._sources = [self._ledger[i].source for i in self._asked]
            if not self._asked:
                return None
            again = self._unclear
            try:
                async with members.lane.server() as server:
                    for i in members.among(Phase.QUEUED):
                        self._ledger.move(i, Phase.OPENING)
                    self._journal.intent(members.key, Verb.OPEN, self._asked)
                    self._unclear = True
                    opening = await server.open(
                        members.key, self._sources, members.options, again=again
                    )
            except FilesRefused as refused:
                self._some_refused(refused, again)
            except Problem as problem:
                if problem.retry is Retry.NEVER:
                    self._unclear = again
                if not await self._may_go_on(problem):
                    return None
            else:
                members.lane.went_well()
                self._opened(opening)
                return opening

    def _some_refused(self, refused: FilesRefused, again: bool) -> None:
        members, asked = self._members, self._asked
        if again:
            # What an earlier call made holds files that are not wanted any more.
            members.means.discards.tidy(members.lane, members.key, asked)
            members.key = uuid.uuid4().hex
        else:
            self._journal.outcome(members.key, Verb.OPEN, asked, refused.id)
        self._unclear = False
        for index, problem in refused.files.items():
            if members.phase(asked[index]) is Phase.OPENING:
                members.fail([asked[index]], problem.bare())

    async def _may_go_on(self, problem: Problem) -> bool:
        """After the wait this problem asks for; otherwise all that wait have failed."""
        members = self._members
        if not self._unclear:
            self._journal.outcome(members.key, Verb.OPEN, self._asked, problem.id)
        if problem.retry is not Retry.REACH:
            self._tries += 1
        if not self._waits.may_wait(problem, self._tries):
            if self._unclear:
                members.means.discards.tidy(members.lane, members.key, self._asked)
            members.fail(members.among(Phase.QUEUED, Phase.OPENING), problem.bare())
            return False
        wait = self._waits.wait_for(problem, self._tries)
        for i in members.among(Phase.QUEUED, Phase.OPENING):
            self._ledger.move(i, Phase.QUEUED, wait=wait)
        await self._waits.over(wait)
        return True

    def _opened(self, opening: Opening) -> None:
        members = self._members
        self._journal.opened(Opened(members.key, members.lane.destination, opening.data))
        for i, ticket in zip(self._asked, opening.tickets, strict=True):
            phase = members.phase(i)
            if i not in members.ids or phase not in (Phase.OPENING, Phase.QUEUED):
                members.means.discards.discard(members.lane, ticket, members.key, i)
                continue
            self._ledger.openings[i] = members.key
            if phase is Phase.OPENING:
                self._ledger.move(i, Phase.QUEUED, ticket=ticket)
            else:
                self._ledger.change(i, ticket=ticket)
        self._journal.outcome(members.key, Verb.OPEN, self._asked, "done")
