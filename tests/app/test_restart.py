"""Quitting in the middle and coming back: the list is as it was and goes on when told to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.core.destinations import Secret
from app.demo_files import OPTIONS, write_marc
from app.desktop import Desk, opened
from app.sandbox import Sandbox, Served
from app.sandbox.faults import Fault
from app.storage import Accounts, Destinations, Places, Secrets, Settings, SettingsFile

Ui = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("qapp")


async def until(true: Callable[[], bool], seconds: float = 40) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


class Stand:
    """The same saved servers in every run, with their secrets in memory."""

    samples: Mapping[str, tuple[Path, ...]] = {}

    def __init__(self, home: Places, servers: Sequence[Served]) -> None:
        self.accounts = Accounts(Destinations(home.destinations), Secrets.in_memory())
        self._home = home
        self._servers = servers

    async def furnish(self) -> None:
        options = {}
        for served in self._servers if not self.accounts.destinations.all() else ():
            secret = Secret(served.secret)
            saved = await self.accounts.add(served.family, served.title, served.fields, secret)
            options[saved.id] = OPTIONS[served.family]
        if options:
            SettingsFile(self._home.settings).save(Settings(options=options))


def codes(desk: Desk) -> list[str]:
    return [desk.uploader.uploads.code(id) for id in desk.uploader.uploads.ids()]


@pytest.mark.parametrize("library", [0, 1])
def test_what_was_unfinished_is_listed_and_goes_on(
    ui: Ui, qapp: QApplication, tmp_path: Path, library: int
) -> None:
    paths = [write_marc(tmp_path / f"{n}.mrc", 300, first=n, summaries=6).path for n in range(3)]

    async def begun(desk: Desk) -> int:
        libraries = [one for one in desk.uploader.destinations.all if one.family == "folio"]
        desk.uploader.aim.choose(libraries[library].id)
        desk.uploader.add(paths)
        await until(lambda: len(desk.uploader.intake.ready) == 3)
        await until(lambda: desk.uploader.aim.options.valid)
        desk.uploader.upload()
        await until(lambda: "uploading" in codes(desk))
        return 0

    async def gone_on(desk: Desk) -> int:
        await until(lambda: len(codes(desk)) == 3 and desk.uploader.restart.banner is not None)
        assert set(codes(desk)) <= {"paused", "server_queued", "processing", "finishing"}
        banner = desk.uploader.restart.banner
        assert banner is not None and banner.text.startswith("Longshore was closed")
        assert desk.window.restart.isVisible() and desk.window.restart.words == banner.text
        desk.uploader.restart.resume()
        await until(lambda: set(codes(desk)) == {"done"})
        return 0

    home = Places(tmp_path / "home", tmp_path / "home", tmp_path / "home" / "log").made()
    with Sandbox(families=("folio",), pace=40.0) as box:
        stand = Stand(home, box.servers)
        box.faults.add(Fault("slow", bytes_per_second=300_000))
        assert ui(opened(qapp, home, stand, [], begun), limit=90) == 0  # type: ignore[arg-type]
        box.faults.clear()
        assert ui(opened(qapp, home, stand, [], gone_on), limit=90) == 0  # type: ignore[arg-type]
        books = box.servers[library].books
        whole = [file for file in books.files if file.job_id and not file.removed]
        started = {name: 0 for name in ("0.mrc", "1.mrc", "2.mrc")}
        for file in whole:
            if file.definition_id in books.process_calls:
                started[file.name] += 1
        assert set(started.values()) == {1}, started
        assert set(books.process_calls.values()) == {1}
