"""Real windows in processes of their own, on a private display, bus and runtime folder."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.sandbox import Served
from app.system.handover import meeting_place

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SECONDS = 40.0
PROFILE = "Default - Create instance and SRS MARC Bib"


class Told:
    """A process that prints lines of JSON and takes such lines as commands."""

    def __init__(self, command: list[str], environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            command,
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self.errors: list[str] = []
        self._state: dict[str, Any] = {}
        """What it last said about its rows and its window."""
        self._readers = [
            threading.Thread(target=read, daemon=True) for read in (self._read, self._read_errors)
        ]
        for reader in self._readers:
            reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self.errors.extend(self.process.stderr)

    def say(self, **command: object) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()

    def until(self, wanted: Callable[[dict[str, Any]], object]) -> dict[str, Any]:
        """The state if it is wanted, else the first event that is; fails with what was written."""
        if self._state and wanted(self._state):
            return self._state
        end = time.monotonic() + SECONDS
        seen: list[str] = []
        while True:
            try:
                line = self._lines.get(timeout=0.2)
            except queue.Empty:
                if time.monotonic() < end and self.process.poll() is None:
                    continue
                pytest.fail(
                    f"nothing came after {seen[-5:]}; errors: {''.join(self.errors)[-3000:]}"
                )
            seen.append(line)
            event = json.loads(line)
            if "codes" in event:
                self._state = event
            if wanted(event):
                return dict(event)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        for reader in self._readers:
            reader.join(10)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def runtime(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A short folder for sockets that nobody else may enter."""
    folder = Path(tempfile.mkdtemp(prefix="ls"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(folder))
    monkeypatch.delenv("FLATPAK_ID", raising=False)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def place(runtime: Path, own_home: Path) -> str:
    """Where later starts of this test find the first."""
    return meeting_place()


@pytest.fixture
def window(place: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Told]]:
    """Starts windows; they are gone when the test ends."""
    started: list[Told] = []

    def start(*servers: Served, **more: object) -> Told:
        told = {
            "servers": [
                {"family": s.family, "title": s.title, "fields": s.fields, "secret": s.secret}
                for s in servers
            ],
            "options": {"job_profile": PROFILE},
            "place": place,
            **more,
        }
        command = [sys.executable, str(HERE / "window_told.py"), json.dumps(told)]
        environment = {**os.environ, "PYTHONPATH": str(ROOT)}
        process = Told(command, environment)
        started.append(process)
        return process

    yield start
    for process in started:
        process.end()


@pytest.fixture
def display() -> Iterator[dict[str, str]]:
    """What makes Qt use a private X server with a window manager."""
    needed = [name for name in ("Xvfb", "xdotool", "openbox") if shutil.which(name) is None]
    if needed:
        pytest.skip(f"not installed: {', '.join(needed)}")
    reading, writing = os.pipe()
    options = ["-displayfd", str(writing), "-screen", "0", "1400x900x24", "-nolisten", "tcp"]
    server = subprocess.Popen(
        ["Xvfb", *options], pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(writing)
    manager: subprocess.Popen[bytes] | None = None
    try:
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        assert number, "Xvfb did not start"
        extra = {"DISPLAY": f":{number}", "QT_QPA_PLATFORM": "xcb"}
        manager = subprocess.Popen(
            ["openbox"],
            env={**os.environ, **extra},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        yield extra
    finally:
        for process in (manager, server):
            if process is not None:
                process.terminate()
                process.wait(10)


BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:tmpdir={folder}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow send_destination="*" eavesdrop="true"/>
<allow eavesdrop="true"/><allow own="*"/></policy></busconfig>
"""


@pytest.fixture
def bus(runtime: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A private bus that starts nothing by itself; session and system are one."""
    if shutil.which("dbus-daemon") is None:
        pytest.skip("not installed: dbus-daemon")
    config = runtime / "bus.conf"
    config.write_text(BUS.format(folder=runtime), encoding="utf-8")
    daemon = subprocess.Popen(
        ["dbus-daemon", f"--config-file={config}", "--nofork", "--print-address"],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert daemon.stdout is not None
    address = daemon.stdout.readline().strip()
    for name in ("DBUS_SESSION_BUS_ADDRESS", "DBUS_SYSTEM_BUS_ADDRESS"):
        monkeypatch.setenv(name, address)
    yield address
    daemon.terminate()
    daemon.wait(10)
    daemon.stdout.close()


@pytest.fixture
def services(bus: str) -> Iterator[Callable[..., Told]]:
    """Starts services with these names on the private bus; returns when they answer."""
    started: list[Told] = []

    def start(*names: str) -> Told:
        process = Told([sys.executable, str(HERE / "services.py"), *names], dict(os.environ))
        started.append(process)
        process.until(lambda event: "ready" in event)
        return process

    yield start
    for process in started:
        process.end()
