"""Awake while bytes move: asked for once, taken back, and gone with the process."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import Callable, Coroutine
from typing import Any

import pytest

from app.system import sleep
from app.system.sleep import KeepAwake, Release, Unavailable, held_by_system

from .conftest import ROOT, Told

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the services of freedesktop.org"
)

GNOME = "org.gnome.SessionManager"
FREEDESKTOP = "org.freedesktop.PowerManagement"
LOGIN = "org.freedesktop.login1"
PORTAL = "org.freedesktop.portal.Desktop"
NAMES = (LOGIN, FREEDESKTOP, GNOME)

Services = Callable[..., Told]


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.005)


class Kept:
    """A KeepAwake on the running loop and what it told."""

    def __init__(self, hold: sleep.Hold, linger: float = 0.0) -> None:
        self.told: list[bool] = []
        self.tasks: set[asyncio.Task[None]] = set()
        self.awake = KeepAwake(hold, self.told.append, self._start, linger=linger)

    def _start(self, work: Coroutine[Any, Any, None]) -> object:
        task = asyncio.get_running_loop().create_task(work)
        self.tasks.add(task)
        return task

    async def settled(self) -> None:
        await until(lambda: all(task.done() for task in self.tasks))
        for task in self.tasks:
            task.result()


@pytest.mark.parametrize(
    ("names", "way", "asked"),
    [
        ((GNOME, FREEDESKTOP, LOGIN), "gnome", ["Longshore", 0, "Files are being uploaded", 12]),
        ((FREEDESKTOP, LOGIN), "freedesktop", ["Longshore", "Files are being uploaded"]),
        ((LOGIN,), "login1", ["idle", "Longshore", "Files are being uploaded", "block"]),
    ],
)
def test_the_desktop_is_asked_and_told_when_it_is_over(
    services: Services, ui: Any, names: tuple[str, ...], way: str, asked: list[object]
) -> None:
    from app.system.dbus import Buses

    there = services(*names)

    async def run() -> None:
        buses = Buses()
        kept = Kept(held_by_system(buses))
        for _ in range(2):
            kept.awake.want(True)
            await kept.settled()
            held = await asyncio.to_thread(there.until, lambda event: "inhibit" in event)
            assert (held["way"], held["args"]) == (way, asked)
            kept.awake.want(False)
            await kept.settled()
            ended = await asyncio.to_thread(there.until, lambda event: True)
            assert ended == {"uninhibit": held["inhibit"]}
        assert kept.told == [True, False, True, False]
        buses.close()

    ui(run())


def test_inside_flatpak_the_portal_is_asked(
    services: Services, ui: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.system.dbus import Buses

    monkeypatch.setenv("FLATPAK_ID", "org.x")
    there = services(PORTAL, GNOME)

    async def run() -> None:
        buses = Buses()
        kept = Kept(held_by_system(buses))
        kept.awake.want(True)
        await kept.settled()
        held = await asyncio.to_thread(there.until, lambda event: "inhibit" in event)
        assert (held["way"], held["args"]) == ("portal", ["", 12, "Files are being uploaded"])
        await kept.awake.close()
        ended = await asyncio.to_thread(there.until, lambda event: True)
        assert ended == {"uninhibit": held["inhibit"]}
        buses.close()

    ui(run())


@pytest.mark.parametrize("bus_there", [True, False])
def test_where_nobody_can_keep_it_awake_nothing_is_claimed(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, bus_there: bool
) -> None:
    from app.system.dbus import Buses

    if bus_there:
        request.getfixturevalue("bus")
    else:
        monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
        monkeypatch.setenv("DBUS_SYSTEM_BUS_ADDRESS", "unix:path=/nowhere")

    async def run() -> None:
        buses = Buses()
        kept = Kept(held_by_system(buses))
        kept.awake.want(True)
        await kept.settled()
        kept.awake.want(False)
        await kept.settled()
        assert kept.told == []
        buses.close()

    asyncio.run(run())


@pytest.mark.parametrize("name", [GNOME, LOGIN])
def test_a_killed_process_keeps_nothing_awake(services: Services, name: str) -> None:
    there = services(name)
    program = (
        "import asyncio, sys\nfrom app.system.dbus import Buses\n"
        "from app.system.sleep import held_by_system\n"
        "async def run():\n"
        "    release = await held_by_system(Buses())('test')\n"
        "    print('held', flush=True)\n"
        "    await asyncio.sleep(1000)\n"
        "asyncio.run(run())\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as holding:
        assert holding.stdout is not None and holding.stdout.readline() == "held\n"
        held = there.until(lambda event: "inhibit" in event)
        holding.kill()
        there.until(
            lambda event: held["inhibit"] in (event.get("vanished"), event.get("uninhibit"))
        )


def test_changes_of_mind_never_leave_it_held() -> None:
    held: list[int] = []

    async def hold(reason: str) -> Release:
        await asyncio.sleep(0.001)
        held.append(1)

        async def release() -> None:
            await asyncio.sleep(0.001)
            held.append(-1)

        return release

    async def run() -> None:
        kept = Kept(hold)
        for step in range(200):
            kept.awake.want(step % 2 == 0)
            assert sum(held) in (0, 1)
            if step % 7 == 0:
                await asyncio.sleep(0.0015)
        await kept.settled()
        assert sum(held) == 0 and held
        kept.awake.want(True)
        await kept.settled()
        assert sum(held) == 1

    asyncio.run(run())


def test_the_next_file_within_a_second_needs_no_new_request() -> None:
    asked: list[str] = []

    async def hold(reason: str) -> Release:
        asked.append(reason)

        async def release() -> None:
            asked.append("released")

        return release

    async def run() -> None:
        kept = Kept(hold, linger=1000.0)
        for _ in range(5):
            kept.awake.want(True)
            await until(lambda: bool(asked))
            kept.awake.want(False)
            await asyncio.sleep(0)
        kept.awake.want(True)
        assert len(asked) == 1
        await kept.awake.close()
        assert asked[1:] == ["released"]

    asyncio.run(run())


def test_a_child_keeps_awake_as_long_as_it_runs() -> None:
    async def run() -> None:
        release = await sleep._by_child([sys.executable, "-c", "input()"])
        await release()
        with pytest.raises(Unavailable):
            await sleep._by_child([os.devnull])

    asyncio.run(run())
