"""A family in one file: carrier pigeons, which deliver into a folder of this computer."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from app.core.catalogue import SIGN_IN_REFUSED, Action, Entry
from app.core.destinations import Destination, Secret
from app.core.drafts import Finding, Inspection, Look
from app.core.forms import Choice, Field, FieldKind
from app.core.jobs import Failure, Job, JobAction, JobState, Result
from app.core.problems import Problem, Refused, SignInProblem
from app.core.uploads import Source, Ticket
from app.servers.api import (
    Body,
    Family,
    Found,
    Keep,
    Leftover,
    Opening,
    Server,
    Step,
    StepState,
    Verdict,
)

TOO_HEAVY = Entry(
    "pigeon.too-heavy",
    "No pigeon can carry “{name}”",
    "A pigeon carries a kilobyte.",
    ("Divide the file.",),
    Action.OPTIONS,
)
_KILOBYTE = 1024


class Loft:
    """Implements `servers.api.Server`."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._landed: dict[str, int] = {}

    @property
    def account(self) -> str:
        return f"the loft at {self._folder.name}"

    async def choices(
        self, field: str, picked: Mapping[str, str], search: str = ""
    ) -> Sequence[Choice]:
        return [Choice("n", "North"), Choice("s", "South")]

    async def check(
        self, sources: Sequence[Source], options: Mapping[str, str]
    ) -> Sequence[Sequence[Finding]]:
        return [[] for _ in sources]

    async def open(
        self,
        key: str,
        sources: Sequence[Source],
        options: Mapping[str, str],
        *,
        again: bool = False,
    ) -> Opening:
        return Opening(tuple(Ticket({"to": f"{options['wind']}-{one.name}"}) for one in sources))

    async def send(self, ticket: Ticket, body: Body, keep: Keep) -> Ticket:
        if body.size > _KILOBYTE:
            raise Refused(TOO_HEAVY, {"name": body.source.name})
        content = b"".join([block async for block in body])
        await asyncio.to_thread((self._folder / ticket.data["to"]).write_bytes, content)
        return ticket

    async def find(self, ticket: Ticket) -> Found:
        whole = await asyncio.to_thread((self._folder / ticket.data["to"]).exists)
        return Found(Verdict.WHOLE if whole else Verdict.RESUME, ticket)

    async def start(
        self,
        opening: Opening,
        tickets: Sequence[Ticket],
        options: Mapping[str, str],
        *,
        again: bool = False,
    ) -> Sequence[str]:
        return [str(ticket.data["to"]) for ticket in tickets]

    async def status(self, refs: Sequence[str]) -> Sequence[Job]:
        jobs = []
        for ref in refs:
            looks = self._landed[ref] = self._landed.get(ref, 0) + 1
            jobs.append(Job(ref, JobState.DONE if looks > 1 else JobState.RUNNING))
        return jobs

    async def result(self, ref: str) -> Result:
        lines = (await asyncio.to_thread((self._folder / ref).read_text)).splitlines()
        lost = [n for n, line in enumerate(lines, 1) if not line.strip()]
        failures = tuple(Failure(n, "The line is blank.") for n in lost)
        return Result({"read": len(lines) - len(lost)}, failures, len(lost))

    async def recent(
        self, since: datetime, chosen: Sequence[Mapping[str, str]] = ()
    ) -> Sequence[Job]:
        names = await asyncio.to_thread(lambda: sorted(p.name for p in self._folder.iterdir()))
        return [Job(name, JobState.DONE, name=name, who="a pigeon") for name in names]

    async def act(self, ref: str, action: JobAction, comment: str = "") -> None:
        raise Refused(TOO_HEAVY, {"name": ref})

    async def discard(self, ticket: Ticket) -> None:
        await asyncio.to_thread((self._folder / ticket.data["to"]).unlink, missing_ok=True)

    async def leftovers(self) -> Sequence[Leftover]:
        return []


@asynccontextmanager
async def connect(destination: Destination, secret: Secret) -> AsyncIterator[Server]:
    if secret.reveal() != "coo":
        raise SignInProblem(SIGN_IN_REFUSED)
    yield Loft(Path(destination.settings["folder"]))


async def probe(destination: Destination, secret: Secret) -> AsyncIterator[Step]:
    try:
        async with connect(destination, secret) as server:
            yield Step("sign-in", "Sign-in", StepState.OK, server.account)
    except Problem as problem:
        yield Step("sign-in", "Sign-in", StepState.FAILED, problem.title, problem)


def inspect(source: Source, look: Look) -> Inspection:
    digest = hashlib.sha256(Path(source.path).read_bytes()).hexdigest()
    return Inspection(facts={"digest": digest})


FAMILY = Family(
    key="pigeon",
    title="Carrier pigeons",
    icon="shield",
    fields=(Field("folder", "Loft", required=True),),
    options=(Field("wind", "Wind", FieldKind.CHOICE, required=True),),
    secret=Field("secret", "Call", FieldKind.SECRET, required=True),
    takes=(".txt",),
    takes_text="Letters",
    inspect=inspect,
    connect=connect,
    probe=probe,
    problems=(TOO_HEAVY,),
    counts=(("read", "read"),),
)
