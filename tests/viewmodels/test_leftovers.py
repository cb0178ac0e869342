"""What is left on servers, asked of real connections to the built-in FOLIO: only ours is listed
and deleted, and a server that does not answer hides none of the others."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from app.core.destinations import Destination, Secret
from app.core.jobs import Job, JobState
from app.core.uploads import Phase, Source, Ticket, Upload
from app.sandbox import Sandbox
from app.servers import families
from app.servers.folio.gateway import Gateway
from app.servers.folio.server import connect
from app.servers.folio.sign_in import session_at
from app.servers.folio.wire.definitions import NewFile
from app.storage import Accounts, Destinations, Places, Secrets, SettingsFile, connection
from app.storage.journal import Journal
from app.transfer.engine import Engine
from app.transfer.host import EngineHost
from app.transfer.lanes import Route
from app.viewmodels.row import Tone
from app.viewmodels.uploader import Uploader

OPTIONS = {"job_profile": "Default - Create instance and SRS MARC Bib"}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(pace=20) as running:
        yield running


NOW = [0.0]
"""The clock of the window, seconds since the epoch."""


class Ground:
    """One FOLIO, and what different runs and programs do there."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.served = sandbox.served("folio")
        self.books: Any = self.served.books
        self._where = Destination("d", "folio", "Test", self.served.fields)

    def opened(self, key: str, name: str) -> str:
        """A definition some run of this program made; its id."""

        async def work() -> str:
            async with connect(self._where, Secret(self.served.secret)) as server:
                opening = await server.open(key, [Source(f"/data/{name}", 26, 1)], OPTIONS)
                return str(opening.data["definition"])

        return asyncio.run(work())

    def foreign(self, name: str) -> str:
        """A definition another program made for the same person."""

        async def work() -> str:
            async with session_at(self._where, Secret(self.served.secret)) as (_, session):
                await session.sign_in()
                made = await Gateway(session).create([NewFile(name, 26, f"{name}-1700000000")])
                return made.id

        return asyncio.run(work())


@asynccontextmanager
async def window(home: Path, ground: Ground) -> AsyncIterator[Uploader]:
    """The uploader as the program makes it: with FOLIO, one that is switched off, and an SSC."""
    places = Places(home, home, home / "log").made()
    accounts = Accounts(Destinations(places.destinations), Secrets.in_memory())
    secret = Secret(ground.served.secret)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        nowhere = f"http://127.0.0.1:{unused.getsockname()[1]}"
        off = {**ground.served.fields, "url": nowhere}
        await accounts.add("folio", "Switched off", off, secret)
        await accounts.add("folio", "Springfield", dict(ground.served.fields), secret)
        await accounts.add("ssc", "Scans", {"url": nowhere}, secret)
        known = families()

        def route(destination: str) -> Route:
            family = known[accounts.destinations.get(destination).family]
            return Route(family, connection(accounts, family.connect, destination))

        uploader = Uploader(accounts, SettingsFile(places.settings), epoch=lambda: NOW[0])
        uploader.load()
        journal = Journal(places.state, lambda problem: None)
        host = EngineHost(_engine(route, uploader, journal))
        async with host:
            try:
                uploader.begin(host, known)
                yield uploader
            finally:
                await uploader.aclose()
                uploader.deleteLater()


def _engine(route: Any, uploader: Uploader, journal: Journal) -> Callable[[], Any]:
    @asynccontextmanager
    async def made() -> AsyncIterator[Engine]:
        try:
            async with Engine(route, uploader.mailbox.post, journal) as engine:
                yield engine
        finally:
            journal.close()

    return made


def test_only_what_is_ours_and_not_at_work_is_listed_and_deleted(
    ui: Callable[..., Any], sandbox: Sandbox, tmp_path: Path
) -> None:
    ground = Ground(sandbox)

    left = ground.opened("left", "left.mrc")
    revived = ground.opened("revived", "revived.mrc")
    paused = ground.opened("paused", "paused.mrc")
    foreign = ground.foreign("foreign.mrc")

    async def main() -> None:
        async with window(tmp_path, ground) as uploader:
            other_run = Journal(tmp_path, lambda problem: None)
            held = Upload(
                other_run.ids(1)[0], "x", Source("/data/paused.mrc", 26, 1), ticket=Ticket({})
            )
            other_run.save([held], "paused")
            found = uploader.leftovers()
            assert found.headline == "Asking 2 servers…"
            heard: list[str] = []
            found.changed.connect(lambda: heard.append(found.headline))
            await found.ask()
            off, there = found.servers
            assert (off.name, off.left) == ("Switched off", None) and off.problem is not None
            assert off.text.startswith("Could not be asked: ")
            assert [one.what for one in there.left or ()] == ["left.mrc", "revived.mrc"]
            assert there.text == "2 things are left"
            assert found.headline == "2 uploads were opened and never started"
            assert len(heard) == 2 and not found.asking
            one = found.left[0]
            assert " at " in one.who and one.when and one.detail == "0 of 1 uploaded"

            # Somebody goes on with one of them before the person has decided.
            again = Upload(
                other_run.ids(1)[0], "x", Source("/data/revived.mrc", 26, 1), ticket=Ticket({})
            )
            other_run.save([again], "revived")
            notice = await found.delete(found.left)
            assert notice.text == "1 leftover deleted, 1 is in use again"
            assert notice.tone is Tone.GOOD
            other_run.close()
        assert left in ground.books.deleted_definitions
        assert {revived, paused, foreign} <= set(ground.books.definitions)

    ui(main())


def test_what_is_young_is_told_apart(
    ui: Callable[..., Any], sandbox: Sandbox, tmp_path: Path
) -> None:
    ground = Ground(sandbox)
    ground.opened("young", "young.mrc")

    async def main() -> None:
        async with window(tmp_path, ground) as uploader:
            for later, old in ((60.0, False), (3700.0, True)):
                found = uploader.leftovers()
                await found.ask()
                made = max(one.leftover.made or 0.0 for one in found.left)
                NOW[0] = made + later
                found = uploader.leftovers()
                await found.ask()
                (one,) = (one for one in found.left if one.what == "young.mrc")
                assert one.old is old

    ui(main())


def test_the_journal_knows_what_may_go_on(tmp_path: Path) -> None:
    one, other = Journal(tmp_path, print), Journal(tmp_path, print)
    source = Source("/data/a.mrc", 1, 1)
    first, second, third = one.ids(3)
    assert one.keys() == other.keys() == frozenset()
    one.save([Upload(first, "x", source, ticket=Ticket({}))], "held")
    one.save([Upload(second, "x", source, phase=Phase.CANCELLED)], "given up")
    one.save(
        [Upload(third, "x", source, phase=Phase.PROCESSING, job=Job("j", JobState.RUNNING))], "done"
    )
    assert other.keys() == {"held"}
    one.close()
    assert other.keys() == {"held"}
    other.close()
