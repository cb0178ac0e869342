"""Notifications as the desktop's service gets them, and what its answers do."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from typing import Any

import pytest

from app.viewmodels.notifications import Notification

from .conftest import Told

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="the services of freedesktop.org"
)

NAME = "org.freedesktop.Notifications"
APP = "io.github.longshore.Longshore"
BAD = Notification("send 1", "40 files sent to A&B", "38 done, <2> need you.", problem=True)


def test_one_for_each_tag_with_all_the_desktop_wants_to_know(
    services: Callable[..., Told], ui: Any
) -> None:
    from app.system.dbus import Buses
    from app.system.notify import DesktopNotifications

    there = services(NAME)
    clicked: list[str] = []

    async def event() -> dict[str, Any]:
        return await asyncio.to_thread(there.until, lambda event: True)

    async def run() -> None:
        buses = Buses()
        shown = DesktopNotifications(buses, APP, clicked.append)
        await shown.show(BAD)
        first = await event()
        assert first == {
            "notify": 1,
            "title": "40 files sent to A&B",
            # The body may hold marks, and the title may not.
            "text": "38 done, &lt;2&gt; need you.",
            "actions": ["default", "Show"],
            "hints": {
                "desktop-entry": ["s", APP],
                "category": ["s", "transfer.error"],
                "urgency": ["y", 1],
            },
        }
        await shown.show(Notification("send 2", "1 file sent to A", "All done."))
        other = await event()
        assert other["notify"] == 2
        assert other["hints"]["category"] == ["s", "transfer.complete"]
        await shown.show(Notification("send 1", "40 files sent to A&B", "All done."))
        assert (await event())["notify"] == 1

        there.say(click=77)
        there.say(click=1)
        async with asyncio.timeout(20):
            while not clicked:
                await asyncio.sleep(0.01)
        assert clicked == [""]

        there.say(closed=2)
        await shown.show(Notification("send 3", "x", "y"))
        assert (await event())["notify"] == 2
        await shown.withdraw()
        assert {(await event())["closed"], (await event())["closed"]} == {1, 2}
        await shown.show(BAD)
        assert "notify" in await event()
        buses.close()

    ui(run())


def test_a_desktop_without_notifications_is_no_trouble(bus: str) -> None:
    from app.system.dbus import Buses
    from app.system.notify import DesktopNotifications

    async def run() -> None:
        buses = Buses()
        shown = DesktopNotifications(buses, APP, print)
        await shown.show(BAD)
        await shown.withdraw()
        buses.close()

    asyncio.run(run())


def test_a_bus_that_ends_is_found_again(services: Callable[..., Told]) -> None:
    """A session bus may be started anew under a running program."""
    from app.system.dbus import BusError, Buses
    from app.system.notify import DesktopNotifications

    there = services(NAME)

    async def run() -> None:
        buses = Buses()
        shown = DesktopNotifications(buses, APP, print)
        await shown.show(BAD)
        await asyncio.to_thread(there.until, lambda event: event.get("notify") == 1)
        line = await buses.session()
        line.close()
        with pytest.raises(BusError):
            await line.call(shown._service, "GetCapabilities")
        await shown.show(BAD)
        await asyncio.to_thread(there.until, lambda event: "notify" in event)
        buses.close()

    asyncio.run(run())


def test_progress_on_the_launcher_moves_by_whole_percents(services: Callable[..., Told]) -> None:
    from app.system.dbus import Buses
    from app.system.taskbar import LauncherEntry

    there = services()

    async def run() -> None:
        buses = Buses()
        entry = LauncherEntry(await buses.session(), APP)
        for fraction in (0.0, 0.101, 0.102, 0.5, None, None):
            entry.show(fraction)
        told = [await asyncio.to_thread(there.until, lambda event: True) for _ in range(4)]
        assert {one["launcher"] for one in told} == {f"application://{APP}.desktop"}
        assert [(one["progress-visible"], one["progress"]) for one in told] == [
            (True, 0.0),
            (True, 0.1),
            (True, 0.5),
            (False, 0.0),
        ]
        buses.close()

    asyncio.run(run())
