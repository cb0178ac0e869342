"""Having a definition imported, exactly once.

A second `processFiles` does harm: with splitting off it turns the running job into an error, with
splitting on it imports XML and EDIFACT a second time. So a call whose answer was lost is followed
by looking, and only by another call when nothing on the server has moved.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from app.core.problems import (
    Busy,
    ConnectionProblem,
    Problem,
    Refused,
    ServerFault,
    Uncertain,
    Unreachable,
)
from app.servers.folio import problems
from app.servers.folio.gateway import Gateway
from app.servers.folio.rhythm import Rhythm
from app.servers.folio.tickets import Place
from app.servers.folio.wire import definitions, jobs
from app.servers.folio.wire.definitions import Definition
from app.servers.folio.wire.profiles import JobProfile

_REMEMBERED = 1000
"""So many of the last definitions are known to have been asked for."""


class Starting:
    """Starts definitions of one connection and remembers which it has asked for."""

    def __init__(self, gateway: Gateway, rhythm: Rhythm) -> None:
        self._gateway = gateway
        self._rhythm = rhythm
        self._asked: deque[str] = deque(maxlen=_REMEMBERED)

    async def start(
        self,
        places: Sequence[Place],
        profile: JobProfile,
        data_type: str,
        *,
        again: bool,
    ) -> None:
        """Returns when the import was accepted, by this or an earlier call.

        `places` are the files to import, all of one definition; its other files are removed. Raises
        Uncertain(START_UNCERTAIN) when it cannot be told whether an earlier call had an effect.
        """
        id = places[0].definition
        if (again or id in self._asked) and await self._began(places):
            return
        definition = await self._read(id)
        if _through(definition):
            return
        if not places[0].split and definition.idle >= definitions.KEPT_SECONDS:
            raise Refused(problems.DRAFT_OLD)
        definition = await self._only(definition, places)
        self._asked.append(id)
        try:
            await self._gateway.process(definition, profile, data_type)
        except Problem as problem:
            if _nothing_happened(problem) or not await self._began_after(problem, places):
                raise

    async def untouched(self, definition: Definition, file: str = "") -> bool:
        """Whether nobody has started it, so that it, or one of its files, can be taken back.

        All files of a definition are started together, so one of them tells.
        """
        if _through(definition):
            return False
        whole = [one for one in definition.files if one.status == definitions.UPLOADED]
        seen = next((one for one in whole if one.id == file), whole[0] if whole else None)
        if seen is None:
            return True
        split = seen.source_path.startswith("data-import/")
        return not await self._moved(seen.job, seen.source_path if split else "")

    async def moved(self, place: Place) -> bool:
        """Whether the job of this file shows that its import began."""
        return await self._moved(place.job, place.stored.key if place.stored is not None else "")

    async def _read(self, id: str) -> Definition:
        definition = await self._gateway.definition(id)
        if definition is None:
            raise Refused(problems.DEFINITION_GONE)
        return definition

    async def _only(self, definition: Definition, places: Sequence[Place]) -> Definition:
        """The definition with nothing in it but these files, all whole; the server is asked
        anew."""
        wanted = {place.file for place in places}
        for file in definition.files:
            if file.id not in wanted:
                try:
                    await self._gateway.delete_file(definition.id, file.id)
                except ServerFault:
                    # A file that is gone already is answered with a 500; the look below decides.
                    continue
        if any(file.id not in wanted for file in definition.files):
            definition = await self._read(definition.id)
        there = {file.id for file in definition.files if file.status == definitions.UPLOADED}
        if not wanted <= there:
            raise ServerFault(problems.FILE_SPOILT)
        return definition

    async def _began_after(self, problem: Problem, places: Sequence[Place]) -> bool:
        """Whether the call that ended in `problem` had its effect all the same."""
        try:
            return await self._began(places)
        except Uncertain:
            raise
        except Problem:
            # The server cannot be asked now; the first problem tells that it must be, later.
            raise problem from None

    async def _began(self, places: Sequence[Place]) -> bool:
        """Whether an earlier call had an effect, after the time in which it would show."""
        split = places[0].split
        seconds = self._rhythm.started_split if split else self._rhythm.started_raw
        names = ", ".join(place.name for place in places)
        async for last in self._rhythm.looks(seconds, first=0.3):
            definition = await self._gateway.definition(places[0].definition)
            if definition is not None and _through(definition):
                return True
            for place in places:
                if await self.moved(place):
                    return True
            if definition is None:
                raise Uncertain(problems.START_UNCERTAIN, {"name": names})
            if last:
                break
        return False

    async def _moved(self, job: str, key: str) -> bool:
        """Whether the file's job, or the composite one of its storage key, shows that work
        began."""
        if key:
            found, _ = await self._gateway.jobs(jobs.by_key(definitions.millis(key)))
            return any(one.source_path == key and one.composite for one in found)
        execution = await self._gateway.job(job) if job else None
        return execution is not None and execution.moved


def _through(definition: Definition) -> bool:
    """COMPLETED: processing began.

    ERROR with whole files: starting it failed, which is final too.
    """
    if definition.status == definitions.ERROR:
        return any(file.status == definitions.UPLOADED for file in definition.files)
    return definition.status == definitions.COMPLETED


def _nothing_happened(problem: Problem) -> bool:
    if isinstance(problem, Unreachable):
        return True
    if isinstance(problem, Busy):
        return problem.exchange is not None and problem.exchange.status == 429
    return not isinstance(problem, ConnectionProblem | ServerFault)
