"""A FOLIO sandbox and the adapter on it, for the tests of what only FOLIO does."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from app.core.destinations import Destination, Secret
from app.sandbox import Sandbox, Served
from app.sandbox.faults import Fault
from app.servers.folio.gateway import Gateway
from app.servers.folio.rhythm import Rhythm
from app.servers.folio.server import FolioServer, connect
from app.servers.folio.sign_in import Session, session_at

PROFILE = "Default - Create instance and SRS MARC Bib"
OPTIONS = {"job_profile": PROFILE}


@dataclass
class Folio:
    box: Sandbox

    @property
    def served(self) -> Served:
        return self.box.served("folio")

    @property
    def books(self) -> Any:
        return self.served.books

    def fault(self, kind: str, match: str, **more: Any) -> None:
        self.box.faults.add(Fault(kind, match=match, **more))

    def asked(self, method: str, ending: str) -> list[int]:
        """The answers to every such request."""
        return [
            one.status
            for one in self.books.requests
            if one.method == method and one.path.endswith(ending)
        ]

    @asynccontextmanager
    async def connected(
        self, secret: str = "", *, scale: float = 0.02, **settings: str
    ) -> AsyncIterator[FolioServer]:
        destination = Destination("d", "folio", "Test", {**self.served.fields, **settings})
        rhythm = Rhythm(scale, visible=5 / scale)
        async with connect(
            destination, Secret(secret or self.served.secret), rhythm=rhythm
        ) as server:
            yield server

    @asynccontextmanager
    async def session(
        self, *, secret: str = "", clock: Callable[[], float] = time.monotonic, **settings: str
    ) -> AsyncIterator[tuple[Session, Gateway]]:
        """A session not signed in yet, for tests that need to drive it by hand."""
        destination = Destination("d", "folio", "Test", {**self.served.fields, **settings})
        signed_by = Secret(secret or self.served.secret)
        async with session_at(destination, signed_by, clock=clock) as (_, session):
            yield session, Gateway(session)
