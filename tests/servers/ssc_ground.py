"""An SSC sandbox and the adapter on it, for the tests of what only SSC does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.core.destinations import Destination, Secret
from app.core.jobs import Job
from app.sandbox import Sandbox, Served
from app.sandbox.faults import Fault
from app.servers.api import Server
from app.servers.ssc.rhythm import Rhythm
from app.servers.ssc.server import SscServer, connect
from tests.servers.conftest import Begin
from tests.servers.delivery import Bytes, Kept, source, through_json, until

SHOP = {"application": "Shop", "version": "1.0"}
SHOP_ID = 10042
UPLOAD = "POST */projectVersions/*/artifacts"
OLD_UPLOAD = "POST */resultFileUpload.html"


@dataclass
class Ssc:
    box: Sandbox

    @property
    def served(self) -> Served:
        return self.box.served("ssc")

    @property
    def books(self) -> Any:
        return self.served.books

    def fault(self, kind: str, match: str, **more: Any) -> None:
        self.box.faults.add(Fault(kind, match=match, **more))

    def destination(self, **settings: str) -> Destination:
        return Destination("d", "ssc", "Test", {**self.served.fields, **settings})

    @asynccontextmanager
    async def connected(
        self, secret: str = "", *, scale: float = 0.05, **settings: str
    ) -> AsyncIterator[SscServer]:
        where = self.destination(**settings)
        async with connect(
            where, Secret(secret or self.served.secret), rhythm=Rhythm(scale)
        ) as server:
            yield server

    def asked(self, method: str, ending: str) -> list[int]:
        """The answers to every such request."""
        return [
            one.status
            for one in self.books.requests
            if one.method == method and one.path.endswith(ending)
        ]

    def calls(self) -> list[str]:
        """Every request so far, without what stands before the server's own paths."""
        return [f"{one.method} {one.path.removeprefix('/ssc')}" for one in self.books.requests]

    @property
    def artifacts(self) -> list[Any]:
        return list(self.books.artifacts.values())


@pytest.fixture
def start(begin: Begin) -> Callable[..., Ssc]:
    def started(**options: object) -> Ssc:
        return Ssc(begin("ssc", **options))

    return started


async def uploaded(server: Server, path: Path, **options: str) -> str:
    """One file sent and started; the reference of its job."""
    options = {**SHOP, **options} if "version_id" not in options else options
    opening = await server.open("k", [source(path)], options)
    ticket = await server.send(opening.tickets[0], Bytes(path), Kept())
    [ref] = await server.start(opening, [through_json(ticket)], options)
    return ref


async def followed(server: Server, ref: str, holds: Callable[[Job], bool]) -> tuple[Job, list[str]]:
    """The job once `holds`, and the server's words on the way there."""
    words: list[str] = []
    at = ref

    async def look() -> Job:
        nonlocal at
        [job] = await server.status([at])
        at = job.ref
        if job.word and (not words or words[-1] != job.word):
            words.append(job.word)
        return job

    return await until(look, holds), words
