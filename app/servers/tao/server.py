"""A signed-in TAO Advance as the engine meets it: every file is an import of its own."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

from app.core.destinations import Destination, Secret
from app.core.drafts import Finding, Level
from app.core.forms import Choice
from app.core.jobs import Job, JobAction, Result
from app.core.problems import Refused, Uncertain
from app.core.uploads import Source, Ticket
from app.servers.api import Body, Found, Keep, Leftover, Opening, Verdict
from app.servers.http import Http
from app.servers.tao import problems
from app.servers.tao.batches import lacking
from app.servers.tao.following import Following
from app.servers.tao.gateway import Gateway
from app.servers.tao.rhythm import Rhythm
from app.servers.tao.sign_in import AUTO, Session
from app.servers.tao.tickets import Place
from app.servers.tao.wire import errors, imports
from app.servers.tao.wire.paths import Places, places


class TaoServer:
    """Implements `servers.api.Server`. Made by `connect`."""

    def __init__(self, session: Session, gateway: Gateway, rhythm: Rhythm) -> None:
        self._session = session
        self._gateway = gateway
        self._following = Following(gateway, rhythm)

    @property
    def account(self) -> str:
        return self._session.account

    async def choices(
        self, field: str, picked: Mapping[str, str], search: str = ""
    ) -> Sequence[Choice]:
        return []

    async def check(
        self, sources: Sequence[Source], options: Mapping[str, str]
    ) -> Sequence[Sequence[Finding]]:
        scope = self._session.scope
        unsure = [Finding(problems.SCOPE_UNSURE, Level.WARNING, {"scope": scope})] if scope else []
        lacks = await asyncio.to_thread(lacking, sources)
        return [[*unsure, *found] for found in lacks]

    async def open(
        self,
        key: str,
        sources: Sequence[Source],
        options: Mapping[str, str],
        *,
        again: bool = False,
    ) -> Opening:
        """Makes nothing on the server, but makes sure that files will go to the right place."""
        if not self._gateway.found and not self._gateway.chosen:
            await self._gateway.find()
        return Opening(
            tuple(
                Place(f"{key}:{index}", source.name).ticket for index, source in enumerate(sources)
            )
        )

    async def send(self, ticket: Ticket, body: Body, keep: Keep) -> Ticket:
        place = Place.of(ticket)
        if place.reference:
            body.already(body.size)
            return ticket
        if place.asked:
            raise Uncertain(problems.MAY_HAVE, {"name": place.name})

        def asked(taken: bool) -> None:
            keep(replace(place, asked=taken).ticket)

        reply = await self._gateway.upload(body, asked)
        reference = imports.read_reference(reply.content)
        if not reference:
            raise Uncertain(problems.NO_REFERENCE, {"name": place.name}, exchange=reply.exchange)
        place = replace(place, asked=True, reference=reference, accepted=int(time.time()))
        keep(place.ticket)
        self._following.accepted(place.ref)
        return place.ticket

    async def find(self, ticket: Ticket) -> Found:
        """TAO offers no way to ask: what is known is whether anything was sent at all."""
        place = Place.of(ticket)
        if place.reference:
            return Found(Verdict.WHOLE, ticket)
        if not place.asked:
            return Found(Verdict.RESUME, ticket)
        raise Uncertain(problems.MAY_HAVE, {"name": place.name})

    async def start(
        self,
        opening: Opening,
        tickets: Sequence[Ticket],
        options: Mapping[str, str],
        *,
        again: bool = False,
    ) -> Sequence[str]:
        """The server has begun by itself."""
        return [Place.of(ticket).ref for ticket in tickets]

    async def status(self, refs: Sequence[str]) -> Sequence[Job]:
        return await self._following.status(refs)

    async def result(self, ref: str) -> Result:
        return await self._following.result(ref)

    async def recent(
        self, since: datetime, chosen: Sequence[Mapping[str, str]] = ()
    ) -> Sequence[Job]:
        """TAO lists no imports."""
        return []

    async def act(self, ref: str, action: JobAction, comment: str = "") -> None:
        raise Refused(problems.NOT_CANCELLABLE)

    async def discard(self, ticket: Ticket) -> None:
        """What was not sent is not on the server, and what was cannot be taken back."""

    async def leftovers(self) -> Sequence[Leftover]:
        return []


@asynccontextmanager
async def connect(
    destination: Destination, secret: Secret, *, rhythm: Rhythm | None = None
) -> AsyncIterator[TaoServer]:
    """Signs in at entry. There is no signing out: a token ends by itself."""
    where = places(destination.settings)
    rhythm = rhythm or Rhythm()
    settings, silence = destination.settings, rhythm.silence
    async with Http(settings, explain=errors.explanation, silence=silence) as http:
        session, gateway = ways(settings, secret, where, http)
        await session.sign_in()
        yield TaoServer(session, gateway, rhythm)


def ways(
    settings: Mapping[str, str], secret: Secret, where: Places, http: Http
) -> tuple[Session, Gateway]:
    """A session that is not signed in yet, and the calls it makes."""
    session = Session(
        http,
        host=where.shown,
        client_id=settings.get("client_id", "").strip(),
        secret=secret,
        places=where.tokens,
        encoding=settings.get("token_encoding") or AUTO,
    )
    return session, Gateway(session, http, where.apis)
