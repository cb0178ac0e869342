"""The command line as scripts meet it: a process of its own against the built-in FOLIO."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.sandbox import Sandbox, Served

ROOT = Path(__file__).parents[2]
PROFILE = "job_profile=Default - Create instance and SRS MARC Bib"
LIMIT = 60.0


@dataclass(frozen=True, slots=True)
class Ended:
    """A process that ended, with what it printed."""

    code: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.out.splitlines()]

    def of(self, event: str) -> list[dict[str, Any]]:
        return [one for one in self.events if one["event"] == event]


@dataclass
class Shell:
    """Runs `python -m app` with settings of its own and without any keyring."""

    home: Path
    secret: str = ""
    ran: list[Ended] = field(default_factory=list)
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def environment(self, **more: str) -> dict[str, str]:
        surroundings = {
            **os.environ,
            "LONGSHORE_HOME": str(self.home),
            # The keyring of whoever runs the tests is nobody's business.
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
            "PYTHONPATH": str(ROOT),
            "PYTHONIOENCODING": "utf-8",
        }
        if self.secret:
            surroundings["LONGSHORE_SECRET"] = self.secret
        return surroundings | more

    def start(self, *arguments: str | Path, **more: str) -> subprocess.Popen[bytes]:
        """Ends with the test, whatever the test comes to."""
        process = subprocess.Popen(
            self._command(arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment(**more),
        )
        self.started.append(process)
        return process

    def stop(self) -> None:
        """Ends what still runs of what was started."""
        for process in self.started:
            with process:
                process.kill()

    def __call__(self, *arguments: str | Path, given: str = "", **more: str) -> Ended:
        done = subprocess.run(
            self._command(arguments),
            input=given.encode(),
            capture_output=True,
            env=self.environment(**more),
            timeout=LIMIT,
            check=False,
        )
        ended = Ended(done.returncode, done.stdout.decode(), done.stderr.decode())
        self.ran.append(ended)
        return ended

    def send(self, to: str, *arguments: str | Path, **more: str) -> Ended:
        return self("send", "--to", to, "--set", PROFILE, "--progress", "json", *arguments, **more)

    def add(self, served: Served, name: str, **other: str) -> Ended:
        fields = {**served.fields, **other}
        settings = [part for key, value in fields.items() for part in ("--set", f"{key}={value}")]
        return self(
            *("destinations", "add", served.family, name, *settings, "--secret-stdin"),
            given=f"{served.secret}\n",
        )

    @staticmethod
    def _command(arguments: tuple[str | Path, ...]) -> list[str]:
        return [sys.executable, "-W", "error", "-m", "app", *map(str, arguments)]


@pytest.fixture(scope="module")
def _sandbox() -> Iterator[Sandbox]:
    with Sandbox(pace=20) as running:
        yield running


@pytest.fixture
def sandbox(_sandbox: Sandbox) -> Iterator[Sandbox]:
    """One FOLIO for the tests of a module; its faults are taken back after each."""
    yield _sandbox
    _sandbox.faults.clear()


@pytest.fixture
def shell(own_home: Path) -> Iterator[Shell]:
    """Nothing is saved yet."""
    shell = Shell(own_home)
    yield shell
    shell.stop()


@pytest.fixture(scope="module")
def _saved(_sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("saved")
    shell = Shell(home)
    for name, served in zip(("raw", "split"), _sandbox.servers, strict=True):
        assert shell.add(served, name).code == 0
    return home


@pytest.fixture
def saved(sandbox: Sandbox, _saved: Path) -> Iterator[Shell]:
    """With the destinations `raw` and `split` saved, and their secret in the environment."""
    shell = Shell(_saved, sandbox.servers[0].secret)
    yield shell
    shell.stop()


@pytest.fixture
def closed_port() -> Callable[[], int]:
    """A port at which nothing listens."""
    import socket

    def port() -> int:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            found: int = probe.getsockname()[1]
        return found

    return port
