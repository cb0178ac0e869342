"""The real window on a private desktop: awake, notifications, the dock, the tray, waking up."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.demo_files import write_marc
from app.sandbox import Sandbox
from app.sandbox.faults import Fault

from .conftest import ROOT, Told

pytestmark = [
    pytest.mark.desktop,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="freedesktop.org"),
]

Start = Callable[..., Told]
AWAKE = "Computer stays awake while uploading."
RAW, PARTS = 0, 1
"""Places of the sandbox's libraries: the second goes on where it stopped."""


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(families=("folio",), pace=40.0) as running:
        yield running


@pytest.fixture
def desktop(
    display: dict[str, str], services: Callable[..., Told], monkeypatch: pytest.MonkeyPatch
) -> Told:
    """A display with a window manager, and every service there is."""
    for name, value in display.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    return services(
        "org.gnome.SessionManager",
        "org.freedesktop.login1",
        "org.freedesktop.Notifications",
        "org.kde.StatusNotifierWatcher",
    )


def codes(event: dict[str, Any]) -> list[str]:
    return list(event.get("codes", {}).values())


def test_awake_only_while_bytes_move(
    desktop: Told, window: Start, box: Sandbox, tmp_path: Path
) -> None:
    path = write_marc(tmp_path / "slow.mrc", 1000, summaries=6).path
    box.faults.add(Fault("slow", bytes_per_second=100_000))
    first = window(box.servers[PARTS])
    first.until(lambda event: "ready" in event)
    first.say(send=[str(path)])
    first.until(lambda event: "uploading" in codes(event))
    held = desktop.until(lambda event: "inhibit" in event)["inhibit"]
    first.until(lambda event: AWAKE in event.get("lines", []))
    first.say(pause=True)
    desktop.until(lambda event: event.get("uninhibit") == held)
    first.until(lambda event: event.get("lines") == [] and "paused" in codes(event))
    first.say(pause=False)
    again = desktop.until(lambda event: "inhibit" in event)["inhibit"]
    first.process.kill()
    desktop.until(lambda event: event.get("vanished") == again)


def test_the_end_is_told_where_the_person_is_and_a_click_leads_back(
    desktop: Told, window: Start, box: Sandbox, tmp_path: Path
) -> None:
    path = write_marc(tmp_path / "titles.mrc", 40, summaries=6).path
    box.faults.add(Fault("slow", bytes_per_second=900_000))
    first = window(box.servers[RAW])
    first.until(lambda event: event.get("front"))
    first.say(send=[str(path)])
    first.until(lambda event: "uploading" in codes(event))
    subprocess.run(["xdotool", "getactivewindow", "windowminimize"], check=True, timeout=20)
    seen: list[dict[str, Any]] = []

    def notified(event: dict[str, Any]) -> bool:
        seen.append(event)
        return "notify" in event

    told = desktop.until(notified)
    assert told["title"] == f"1 file sent to {box.servers[RAW].title}"
    assert told["text"] == "All done."
    bars = [one["progress"] for one in seen if one.get("progress-visible")]
    assert bars == sorted(bars) and bars
    desktop.say(click=told["notify"])
    first.until(lambda event: event.get("front") and "done" in codes(event))
    # Seen: what the desktop still shows of it goes.
    desktop.until(lambda event: event.get("closed") == told["notify"])


def test_with_an_icon_in_the_tray_the_window_may_go(
    desktop: Told, window: Start, box: Sandbox
) -> None:
    first = window(box.servers[RAW], tray=True)
    first.until(lambda event: event.get("front"))
    desktop.until(lambda event: "icon" in event)
    first.say(close=True)
    first.until(lambda event: event.get("shown") is False)
    told = desktop.until(lambda event: "notify" in event)
    assert told["title"] == "Longshore goes on in the background"
    # A later start finds it.
    later = subprocess.run(
        [sys.executable, "-m", "app"], cwd=ROOT, env=dict(os.environ), timeout=60, check=False
    )
    assert later.returncode == 0
    # Whether it comes to the front, too, is for the window manager to say.
    first.until(lambda event: event.get("shown"))
    first.say(quit=True)
    assert first.process.wait(30) == 0


def test_without_a_tray_closing_ends_it(
    display: dict[str, str],
    bus: str,
    window: Start,
    box: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for name, value in display.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    first = window(box.servers[RAW], tray=True)
    first.until(lambda event: event.get("front"))
    first.say(close=True)
    assert first.process.wait(30) == 0
