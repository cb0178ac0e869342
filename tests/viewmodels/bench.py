"""An uploader with a real engine on its own thread, over a scripted server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.core.destinations import Destination, Secret
from app.core.forms import Field, FieldKind
from app.core.uploads import Phase, Upload
from app.servers.api import Family
from app.storage import Accounts, Destinations, Places, Secrets, SettingsFile
from app.transfer.engine import Engine
from app.transfer.host import EngineHost
from app.transfer.retry import Policy
from app.viewmodels.leaving import Leaving, leaving
from app.viewmodels.notices import Notice
from app.viewmodels.uploader import Uploader
from tests.transfer.scripted import World, route
from tests.transfer.scripted import family as scripted

POLICY = Policy(scale=0.002, poll_first=1.0, poll_longest=4.0, jitter=lambda: 1.0)
PROFILE = Field("profile", "Profile", FieldKind.CHOICE, required=True)


def traits(**changed: Any) -> Family:
    """The scripted family with something to ask."""
    asked = {
        "fields": (Field("url", "Address", FieldKind.ADDRESS, required=True),),
        "options": (PROFILE,),
        "secret": Field("secret", "Password", FieldKind.SECRET, required=True),
        "takes_text": "Anything",
        "counts": (("created", "created"),),
    }
    return replace(scripted(), **(asked | changed))


class Bench:
    """What a test works at: the uploader, its world and what the person was told."""

    def __init__(
        self, uploader: Uploader, host: EngineHost, world: World, saved: Destination
    ) -> None:
        self.uploader = uploader
        self.host = host
        self.world = world
        self.saved = saved
        self.notices: list[Notice] = []
        uploader.notice.connect(self.notices.append)

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(15):
            while not true():
                await asyncio.sleep(0.01)

    async def added(self, paths: Sequence[Path]) -> None:
        """The files are in the list and looked into, and the options are there."""
        before = len(self.uploader.intake.ready)
        self.uploader.add(paths)
        await self.until(lambda: len(self.uploader.intake.ready) == before + len(paths))
        await self.until(lambda: self.uploader.aim.options.valid)

    async def sent(self, paths: Sequence[Path]) -> None:
        """The files are added and Upload is pressed; they are uploads now."""
        await self.added(paths)
        self.uploader.upload()
        await self.until(lambda: not self.uploader.intake.drafts and not self.rows("ready"))

    async def gate(self, open: bool, *, after: int = 0) -> None:
        """Lets the server take more than the first `after` bytes of a file, or not."""

        def put(_: Engine) -> None:
            if open and self.world.send_gate is not None:
                self.world.send_gate.set()
            elif not open:
                self.world.send_gate, self.world.gate_after = asyncio.Event(), after

        await self.host.call(put)

    def rows(self, *codes: str) -> list[str]:
        return self.uploader.uploads.ids(codes)

    def upload(self, id: str) -> Upload:
        found = self.uploader.uploads.upload(id)
        assert found is not None
        return found

    @property
    def leaving(self) -> Leaving:
        return leaving(self.uploader.uploads, self.uploader.destinations.family_of)

    async def all_in(self, *codes: str) -> None:
        await self.until(lambda: set(self.uploader.uploads.ids()) == set(self.rows(*codes)))

    async def idle(self) -> None:
        await self.until(lambda: not self.uploader.status.busy)
        await self.until(
            lambda: all(self.upload(id).phase.final for id in self.uploader.uploads.ids())
        )

    def count(self, phase: Phase) -> int:
        uploads = self.uploader.uploads
        return sum(1 for id in uploads.ids() if (u := uploads.upload(id)) and u.phase is phase)


@asynccontextmanager
async def bench(
    home: Path, world: World | None = None, family: Family | None = None, *, destinations: int = 1
) -> AsyncIterator[Bench]:
    """The uploader as desktop.py makes it, without a window."""
    world = world or World()
    family = family or traits(resumes=world.resumes)
    places = Places(home, home, home / "log").made()
    accounts = Accounts(Destinations(places.destinations), Secrets.in_memory())
    saved = [
        await accounts.add(
            family.key, f"Server {n}", {"url": "https://x.example.org"}, Secret("hunter2")
        )
        for n in range(1, destinations + 1)
    ]
    uploader = Uploader(accounts, SettingsFile(places.settings))
    uploader.load()
    engine = lambda: Engine(lambda _: route(world, family), uploader.mailbox.post, policy=POLICY)  # noqa: E731
    host = EngineHost(engine)
    async with host:
        try:
            uploader.begin(host, {family.key: family})
            yield Bench(uploader, host, world, saved[0])
        finally:
            await uploader.aclose()
            uploader.deleteLater()


def files(folder: Path, count: int = 1, size: int = 1000) -> list[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    made = [folder / f"file{n:03}.dat" for n in range(count)]
    for n, path in enumerate(made):
        path.write_bytes(bytes([n % 251]) * size)
    return made
