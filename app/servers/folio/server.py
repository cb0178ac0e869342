"""A signed-in FOLIO system as the engine meets it: one upload definition per batch.

`PUT` of a definition and `POST` of a file into an existing one are never called: the first loses
every field that is left out, the second stores a file without a job. See `wire/definitions.py`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any

from app.core.catalogue import REFUSED
from app.core.destinations import Destination, Secret
from app.core.drafts import Finding
from app.core.forms import Choice
from app.core.jobs import Job, JobAction, Result
from app.core.problems import Refused, ServerFault
from app.core.uploads import Source, Ticket
from app.servers.api import Body, Found, Keep, Leftover, Opening, Verdict
from app.servers.folio import problems
from app.servers.folio.following import Following
from app.servers.folio.gateway import Gateway
from app.servers.folio.inspect import data_type_of
from app.servers.folio.parts import Storage, part_count
from app.servers.folio.rhythm import Rhythm
from app.servers.folio.sign_in import Session, session_at
from app.servers.folio.starting import Starting
from app.servers.folio.tenant import NONE, Tenant
from app.servers.folio.tickets import LOADED, RAW, SPLIT, JobRef, Place, Stored
from app.servers.folio.wire import definitions
from app.servers.folio.wire.definitions import Definition, FileDefinition, NewFile
from app.servers.folio.wire.profiles import JobProfile
from app.servers.http import Http

_LOOKS_FOR_OWN = 3.0
"""Seconds in which a definition made by a call without answer shows up in the list."""


class FolioServer:
    """Implements `servers.api.Server`. Made by `connect`."""

    def __init__(self, http: Http, session: Session, rhythm: Rhythm, web: str) -> None:
        self._session = session
        self._rhythm = rhythm
        self._gateway = Gateway(session)
        self._tenant = Tenant(self._gateway)
        self._storage = Storage(self._gateway, http, rhythm)
        self._starting = Starting(self._gateway, rhythm)
        self._following = Following(self._gateway, rhythm, web)
        self._taking_back = asyncio.Lock()

    async def sign_in(self) -> None:
        """Sign in, and learn how this system receives files, so that a missing right shows at
        once."""
        await self._session.sign_in()
        await self._gateway.split_status()

    @property
    def account(self) -> str:
        return self._session.account

    async def choices(
        self, field: str, picked: Mapping[str, str], search: str = ""
    ) -> Sequence[Choice]:
        return await self._tenant.choices(field, picked, search)

    async def check(
        self, sources: Sequence[Source], options: Mapping[str, str]
    ) -> Sequence[Sequence[Finding]]:
        return await self._tenant.check(sources, options)

    async def open(
        self,
        key: str,
        sources: Sequence[Source],
        options: Mapping[str, str],
        *,
        again: bool = False,
    ) -> Opening:
        profile = await self._profile(options)
        split = await self._gateway.split_status()
        files = [
            NewFile(definitions.name_sent(source.name), source.size, definitions.ui_key(key, index))
            for index, source in enumerate(sources)
        ]
        definition = await self._made_earlier(files) if again else None
        if definition is None:
            definition = await self._gateway.create(files)
            await self._visible(definition)
        tickets = tuple(_place(definition, file, split).ticket for file in files)
        data: dict[str, Any] = {"definition": definition.id, "split": split}
        if profile is not None:
            data["profile"] = {
                "id": profile.id,
                "name": profile.name,
                "data_type": profile.data_type,
            }
        # On the raw path the server locks the definition for each file.
        return Opening(tickets, data, at_once=None if split else 1)

    async def send(self, ticket: Ticket, body: Body, keep: Keep) -> Ticket:
        place = Place.of(ticket)
        if place.split:
            return await self._send_parts(place, body, keep)
        # From here on bytes may be on their way for as long as some proxy likes to hold them.
        place = replace(place, asked=True)
        keep(place.ticket)
        definition = await self._gateway.upload(place.definition, place.file, body)
        file = definition.file(place.file)
        if file is None or file.status != definitions.UPLOADED:
            raise ServerFault(problems.FILE_SPOILT)
        return place.ticket

    async def _send_parts(self, place: Place, body: Body, keep: Keep) -> Ticket:
        def kept(stored: Stored) -> None:
            keep(replace(place, stored=stored).ticket)

        if place.asked and place.stored is not None:
            # Asked earlier, without a clear answer: after a success, asking again would undo it.
            body.already(body.size)
            stored = place.stored
            file = await self._file(place)
            if file is not None and file.status == definitions.UPLOADED:
                return place.ticket
        else:
            stored = await self._storage.deliver(place.name, place.stored, body, kept)
            place = replace(place, stored=stored, asked=True)
            keep(place.ticket)
        count = part_count(body.size, stored.part_size)
        tags = [stored.tags.get(part, "") for part in range(1, count + 1)]
        await self._gateway.assemble(place.definition, place.file, stored.key, stored.upload, tags)
        return place.ticket

    async def find(self, ticket: Ticket) -> Found:
        place = Place.of(ticket)
        async for last in self._rhythm.looks(self._rhythm.settle, first=0.3):
            definition = await self._gateway.definition(place.definition)
            file = definition.file(place.file) if definition is not None else None
            if definition is None or file is None or file.status == definitions.ERROR:
                # With splitting on, somebody may delete a definition whose import is running.
                began = place.split and await self._starting.moved(place)
                return Found(Verdict.WHOLE if began else Verdict.SPOILT, ticket)
            if file.status == definitions.UPLOADED:
                return Found(
                    Verdict.SPOILT if _cleaned(definition, place) else Verdict.WHOLE, ticket
                )
            if place.split and not place.asked:
                # The definition hears nothing of parts; storage takes each of them again.
                return Found(Verdict.RESUME, ticket)
            if file.untouched and (place.split or not place.asked):
                return Found(Verdict.RESUME, ticket)
            if last:
                break
        # Parts may be put together again. Bytes would be appended to those that came or may still
        # come: a new definition has nothing to do with them.
        return Found(Verdict.RESUME if place.split else Verdict.SPOILT, ticket)

    async def start(
        self,
        opening: Opening,
        tickets: Sequence[Ticket],
        options: Mapping[str, str],
        *,
        again: bool = False,
    ) -> Sequence[str]:
        places = [Place.of(ticket) for ticket in tickets]
        if not places:
            return []
        if options.get("job_profile") == NONE:
            return [str(JobRef(LOADED, place.job, place.definition)) for place in places]
        profile = _profile_of(opening, options) or await self._profile(options)
        if profile is None:
            raise Refused(problems.NO_PROFILE, {"profile": "–"})
        data_type = options.get("data_type") or profile.data_type or data_type_of(places[0].name)
        await self._starting.start(places, profile, data_type, again=again)
        return [_ref(place) for place in places]

    async def status(self, refs: Sequence[str]) -> Sequence[Job]:
        return await self._following.status(refs)

    async def result(self, ref: str) -> Result:
        return await self._following.result(ref)

    async def recent(
        self, since: datetime, chosen: Sequence[Mapping[str, str]] = ()
    ) -> Sequence[Job]:
        return await self._following.recent(since)

    async def act(self, ref: str, action: JobAction, comment: str = "") -> None:
        if action is not JobAction.CANCEL:
            facts = {"status": "–", "reason": "Jobs of FOLIO need no approval."}
            raise Refused(REFUSED, facts)
        await self._following.cancel(ref)

    async def discard(self, ticket: Ticket) -> None:
        place = Place.of(ticket)
        # One after another, so that the last file of a definition takes it along.
        async with self._taking_back:
            definition = await self._gateway.definition(place.definition)
            if definition is None:
                return
            if not await self._starting.untouched(definition, place.file):
                return
            others = [file for file in definition.files if file.id != place.file]
            try:
                if others and place.file:
                    await self._gateway.delete_file(definition.id, place.file)
                else:
                    await self._gateway.delete_definition(definition.id)
            except Refused as problem:
                if problem.id != problems.DEFINITION_LOCKED.id:
                    raise
            except ServerFault as problem:
                # 500: the file's entry is gone, or its job is and nobody can delete it any more.
                if problem.exchange is None or problem.exchange.status != 500:
                    raise

    async def leftovers(self) -> Sequence[Leftover]:
        found: list[Leftover] = []
        async for definition in self._gateway.drafts():
            if definition.key and await self._starting.untouched(definition):
                found.append(_leftover(definition, self.account))
        return found

    async def _profile(self, options: Mapping[str, str]) -> JobProfile | None:
        """The chosen job profile, None for “only upload”.

        Before the bytes, so that none are sent for nothing.
        """
        wanted = options.get("job_profile", "")
        if wanted == NONE:
            return None
        if not wanted:
            raise Refused(problems.NO_PROFILE, {"profile": "–"})
        return await self._tenant.profile(wanted)

    async def _visible(self, definition: Definition) -> None:
        """The server answers a creation before it has stored it, and never says if that failed."""
        async for last in self._rhythm.looks(self._rhythm.visible, first=0.1):
            if await self._gateway.definition(definition.id) is not None:
                return
            if last:
                raise ServerFault(problems.DEFINITION_GONE)

    async def _made_earlier(self, files: Sequence[NewFile]) -> Definition | None:
        """What an earlier call without answer made of these same files.

        What it made of other files, some of which are not wanted any more, is deleted.
        """
        prefix = files[0].ui_key.rpartition(":")[0] + ":"
        wanted = {(file.ui_key, file.name) for file in files}
        async for last in self._rhythm.looks(_LOOKS_FOR_OWN, first=0.5):
            async for definition in self._gateway.drafts():
                if not any(file.ui_key.startswith(prefix) for file in definition.files):
                    continue
                if {(file.ui_key, file.name) for file in definition.files} == wanted:
                    return definition
                await self._gateway.delete_definition(definition.id)
            if last:
                break
        return None

    async def _file(self, place: Place) -> FileDefinition | None:
        definition = await self._gateway.definition(place.definition)
        return definition.file(place.file) if definition is not None else None


def _place(definition: Definition, file: NewFile, split: bool) -> Place:
    """The answer's order means nothing: files are matched by `uiKey`, or by name on servers
    without."""
    for there in definition.files:
        if there.ui_key == file.ui_key or (not there.ui_key and there.name == file.name):
            return Place(definition.id, there.id, there.job, file.name, split)
    raise ServerFault(problems.DEFINITION_GONE)


def _cleaned(definition: Definition, place: Place) -> bool:
    """Whether the server has thrown the bytes of a file away that nobody started."""
    if place.split or definition.status == definitions.COMPLETED:
        return False
    return definition.idle >= definitions.KEPT_SECONDS


def _ref(place: Place) -> str:
    if place.split:
        key = place.stored.key if place.stored is not None else ""
        return str(JobRef(SPLIT, place.job, place.definition, key))
    return str(JobRef(RAW, place.job, place.definition))


def _profile_of(opening: Opening, options: Mapping[str, str]) -> JobProfile | None:
    """The profile found when the definition was opened, unless another was chosen since."""
    held = opening.data.get("profile")
    if not isinstance(held, dict):
        return None
    profile = JobProfile(
        str(held.get("id", "")), str(held.get("name", "")), str(held.get("data_type", ""))
    )
    return profile if options.get("job_profile") in (profile.id, profile.name) else None


def _leftover(definition: Definition, account: str) -> Leftover:
    names = [file.name for file in definition.files]
    title = names[0] if names else definition.id
    if len(names) > 1:
        title = f"{title} and {len(names) - 1} more"
    whole = sum(file.status == definitions.UPLOADED for file in definition.files)
    ticket = Place(definition.id, "", "", title, False).ticket
    detail = f"{whole} of {len(names)} uploaded"
    # The server lists nobody else's.
    return Leftover(ticket, title, detail, account, definition.made, definition.key)


@asynccontextmanager
async def connect(
    destination: Destination, secret: Secret, *, rhythm: Rhythm | None = None
) -> AsyncIterator[FolioServer]:
    """Signs in at entry and out at exit."""
    rhythm = rhythm or Rhythm()
    async with session_at(destination, secret, silence=rhythm.silence) as (http, session):
        web = destination.settings.get("web", "")
        server = FolioServer(http, session, rhythm, web)
        try:
            await server.sign_in()
            yield server
        finally:
            await session.sign_out()
