"""A TAO sandbox and the adapter on it, for the tests of what only TAO does."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.destinations import Destination, Secret
from app.sandbox import Sandbox, Served
from app.sandbox.faults import Fault
from app.servers.http import Http
from app.servers.tao.rhythm import Rhythm
from app.servers.tao.server import TaoServer, connect
from app.servers.tao.sign_in import Session
from app.servers.tao.wire import errors
from app.servers.tao.wire.paths import places
from tests.servers.delivery import Bytes, Kept, source

UPLOAD = "POST */upload"


@dataclass
class Tao:
    box: Sandbox

    @property
    def served(self) -> Served:
        return self.box.served("tao")

    @property
    def books(self) -> Any:
        return self.served.books

    def fault(self, kind: str, match: str, **more: Any) -> None:
        self.box.faults.add(Fault(kind, match=match, **more))

    def asked(self, method: str, part: str) -> list[int]:
        """The answers to every such request."""
        return [
            one.status for one in self.books.requests if one.method == method and part in one.path
        ]

    def destination(self, **settings: str) -> Destination:
        return Destination("d", "tao", "Test", {**self.served.fields, **settings})

    @asynccontextmanager
    async def connected(
        self, secret: str = "", *, scale: float = 0.02, **settings: str
    ) -> AsyncIterator[TaoServer]:
        destination = self.destination(**settings)
        async with connect(
            destination, Secret(secret or self.served.secret), rhythm=Rhythm(scale)
        ) as server:
            yield server

    @asynccontextmanager
    async def session(
        self, *, secret: str = "", clock: Callable[[], float] | None = None, **settings: str
    ) -> AsyncIterator[tuple[Session, str]]:
        """A session not signed in yet, and the address of the status of some import."""
        fields = {**self.served.fields, **settings}
        where = places(fields)
        async with Http(fields, explain=errors.explanation) as http:
            more: dict[str, Any] = {} if clock is None else {"clock": clock}
            session = Session(
                http,
                host=where.shown,
                client_id=fields["client_id"],
                secret=Secret(secret or self.served.secret),
                places=where.tokens,
                encoding=fields.get("token_encoding", "auto"),
                **more,
            )
            yield session, where.apis[0].status_of("0b0b2f0e-51a4-4d0e-9a53-0a4f4f6f6a11")


async def imported(server: TaoServer, path: Path, key: str = "k") -> str:
    """Sends a file and gives the reference of its job."""
    opening = await server.open(key, [source(path)], {})
    ticket = await server.send(opening.tickets[0], Bytes(path), Kept())
    [ref] = await server.start(opening, [ticket], {})
    return ref
