"""A signed-in SSC server as the engine meets it: every file is an upload of its own.

Nothing is made ready on the server before a file is sent, and nothing has to be started after it:
the file's arrival is both.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime

from app.core.destinations import Destination, Secret
from app.core.drafts import Finding
from app.core.forms import Choice
from app.core.jobs import Job, JobAction, Result
from app.core.uploads import Source, Ticket
from app.servers.api import Body, Found, Keep, Leftover, Opening
from app.servers.ssc.following import Following
from app.servers.ssc.gateway import Gateway
from app.servers.ssc.results import Results
from app.servers.ssc.rhythm import Rhythm
from app.servers.ssc.sending import Sending
from app.servers.ssc.sign_in import Session, session_at
from app.servers.ssc.targets import Targets, chosen_engine
from app.servers.ssc.tickets import REST, Delivery


class SscServer:
    """Implements `servers.api.Server`. Made by `connect`."""

    def __init__(self, session: Session, rhythm: Rhythm) -> None:
        gateway, base = Gateway(session), session.base
        self._session = session
        self._targets = Targets(gateway)
        self._sending = Sending(gateway, rhythm, lambda: session.user)
        self._following = Following(gateway, rhythm, base)
        self._results = Results(gateway, base)

    @property
    def account(self) -> str:
        return self._session.account

    async def choices(
        self, field: str, picked: Mapping[str, str], search: str = ""
    ) -> Sequence[Choice]:
        return await self._targets.choices(field, picked, search)

    async def check(
        self, sources: Sequence[Source], options: Mapping[str, str]
    ) -> Sequence[Sequence[Finding]]:
        return await self._targets.check(sources, options)

    async def open(
        self,
        key: str,
        sources: Sequence[Source],
        options: Mapping[str, str],
        *,
        again: bool = False,
    ) -> Opening:
        version = await self._targets.version(options)
        deliveries = [
            Delivery(
                version=version.id,
                name=source.name,
                size=source.size,
                way=options.get("upload") or REST,
                engine=chosen_engine(options),
                approve=options.get("approve") == "yes",
            )
            for source in sources
        ]
        begun = map(self._sending.begun, deliveries, sources)
        return Opening(tuple(one.ticket for one in begun), {"version": version.id})

    async def send(self, ticket: Ticket, body: Body, keep: Keep) -> Ticket:
        return (await self._sending.send(Delivery.of(ticket), body, keep)).ticket

    async def find(self, ticket: Ticket) -> Found:
        return await self._sending.find(Delivery.of(ticket))

    async def start(
        self,
        opening: Opening,
        tickets: Sequence[Ticket],
        options: Mapping[str, str],
        *,
        again: bool = False,
    ) -> Sequence[str]:
        return [Delivery.of(ticket).ref for ticket in tickets]

    async def status(self, refs: Sequence[str]) -> Sequence[Job]:
        return await self._following.status(refs)

    async def result(self, ref: str) -> Result:
        return await self._results.result(await self._following.traced(ref))

    async def recent(
        self, since: datetime, chosen: Sequence[Mapping[str, str]] = ()
    ) -> Sequence[Job]:
        self._following.meet(
            options.get("version_id") or options.get("version", "") for options in chosen
        )
        return await self._following.recent(since)

    async def act(self, ref: str, action: JobAction, comment: str = "") -> None:
        if action is JobAction.APPROVE:
            await self._following.approve(ref, comment)
        else:
            await self._following.cancel(ref)

    async def discard(self, ticket: Ticket) -> None:
        """Nothing can be taken back: what has arrived is a person's to delete."""

    async def leftovers(self) -> Sequence[Leftover]:
        return []


@asynccontextmanager
async def connect(
    destination: Destination, secret: Secret, *, rhythm: Rhythm | None = None
) -> AsyncIterator[SscServer]:
    """Signs in at entry and out at exit."""
    rhythm = rhythm or Rhythm()
    async with session_at(destination, secret, silence=rhythm.silence) as session:
        await session.sign_in()
        yield SscServer(session, rhythm)
