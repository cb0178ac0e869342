"""The real accessibility tree of the windows: everything that can be used or read has a name."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import NamedTuple

import pytest

from .test_drag_and_drop import Told, display

__all__ = ["display"]

HERE = Path(__file__).parent
SYSTEM_PYTHON = "/usr/bin/python3"
LAUNCHER = "/usr/libexec/at-spi-bus-launcher"
NAMED = frozenset(
    {
        *("push button", "button", "toggle button", "check box", "radio button", "combo box"),
        *("text", "entry", "password text", "spin button", "slider", "menu", "menu item"),
        *("check menu item", "table", "table cell", "column header", "table column header"),
        *("list", "list item", "tree", "tree item", "page tab", "dialog", "frame", "window"),
    }
)


def _has_reader() -> bool:
    if not Path(SYSTEM_PYTHON).exists():
        return False
    asked = subprocess.run([SYSTEM_PYTHON, "-c", "import pyatspi"], capture_output=True)
    return asked.returncode == 0


needed = [name for name in ("Xvfb", "dbus-daemon") if shutil.which(name) is None]
needed += [] if Path(LAUNCHER).exists() else ["at-spi-bus-launcher"]
pytestmark = [
    pytest.mark.desktop,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="AT-SPI is Linux's"),
    pytest.mark.skipif(bool(needed), reason=f"not installed: {', '.join(needed)}"),
]


class Node(NamedTuple):
    role: str
    name: str
    showing: bool
    parents: tuple[str, ...]


class Read:
    """The window in a process of its own, and what a screen reader finds in it."""

    def __init__(self, process: Told, environment: dict[str, str]) -> None:
        self._process = process
        self._environment = environment

    def show(self, what: str) -> list[Node]:
        """Everything there is once this is shown."""
        given = self._process.process.stdin
        assert given is not None
        given.write(f"{what}\n")
        given.flush()
        self._process.until(lambda event: event.get("shown") == what)
        environment = {k: v for k, v in self._environment.items() if k != "PYTHONPATH"}
        pid = str(self._process.process.pid)
        command = [SYSTEM_PYTHON, str(HERE / "tree_reader.py"), pid]
        read = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=90, check=False
        )
        assert read.returncode == 0, read.stderr
        told = json.loads(read.stdout)
        return [Node(role, name, shows, tuple(above)) for role, name, shows, above in told]


@pytest.fixture
def read(display: dict[str, str], tmp_path: Path) -> Iterator[Read]:
    """The windows on a private display, with a private bus for screen readers."""
    if not _has_reader():
        pytest.skip("the system's Python has no pyatspi")
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    environment = {**display, "XDG_RUNTIME_DIR": str(runtime)}
    environment |= {"QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1", "QT_ACCESSIBILITY": "1"}
    with ExitStack() as stack:
        bus = subprocess.Popen(
            ["dbus-daemon", "--session", "--nofork", "--print-address=1"],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        stack.callback(_ended, bus)
        assert bus.stdout is not None
        environment["DBUS_SESSION_BUS_ADDRESS"] = bus.stdout.readline().strip()
        launcher = subprocess.Popen(
            [LAUNCHER, "--launch-immediately"],
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        stack.callback(_ended, launcher)
        command = [sys.executable, str(HERE / "window_to_read.py")]
        process = Told(command, environment, takes=True)
        stack.callback(process.end)
        process.until(lambda event: bool(event.get("ready")))
        yield Read(process, environment)


def _ended(process: subprocess.Popen[str] | subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait(10)
    if process.stdout is not None:
        process.stdout.close()


def nameless(nodes: list[Node]) -> list[Node]:
    shown = (one for one in nodes if one.showing or one.role == "table cell")
    return [one for one in shown if one.role in NAMED and not one.name.strip()]


def cells(nodes: list[Node], table: str) -> list[str]:
    return [one.name for one in nodes if one.role == "table cell" and table in one.parents]


def test_everything_has_a_name(read: Read) -> None:
    uploads = read.show("uploads")
    assert nameless(uploads) == []
    rows = cells(uploads, "Uploads")
    assert len(rows) == 3 and all("Done" in row and ".mrc" in row for row in rows)
    usable = {one.name.rstrip("…") for one in uploads if one.showing}
    assert {"Add files", "Uploads", "History", "Status monitor"} <= usable

    history = read.show("history")
    assert nameless(history) == []
    assert any("Sandbox library" in cell and "Done" in cell for cell in cells(history, "History"))

    monitor = read.show("monitor")
    assert nameless(monitor) == []
    table = cells(monitor, "Jobs of the servers")
    assert any("sent from here" in cell and "Done" in cell for cell in table)
    working = [cell for cell in table if "At work" in cell and "records" in cell]
    assert working and all(" by " in cell and " on Sandbox library" in cell for cell in working)
    assert any(cell.startswith("Others’ jobs on Sandbox library") for cell in table)
    assert "Failed: none" in table
    named = {one.name for one in monitor}
    # Of a list of choices Qt tells what is chosen.
    assert {"By batch", "Find jobs by file, person, server, state or number"} <= named
    assert any(name.startswith("Running: ") for name in named)
    assert any(name.startswith("Sandbox library: seen ") for name in named)


def test_the_reader_notices_what_has_no_name() -> None:
    assert nameless([Node("push button", " ", True, ())])
    assert nameless([Node("table cell", "", False, ())])
    assert not nameless([Node("filler", "", True, ()), Node("push button", "Add", True, ())])


@pytest.fixture(autouse=True)
def _own_python(monkeypatch: pytest.MonkeyPatch) -> None:
    # What the tests run in may have changed where Python looks for its modules.
    for name in ("PYTHONHOME", "VIRTUAL_ENV"):
        if name in os.environ:
            monkeypatch.delenv(name)
