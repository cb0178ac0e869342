"""A run that was interrupted or killed is told by `status` and goes on with `resume`."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.demo_files import write_marc
from app.sandbox import Sandbox
from app.sandbox.faults import Fault

PROFILE = "Default - Create instance and SRS MARC Bib"


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(families=("folio",), pace=40.0) as running:
        yield running


class Home:
    """A place of its own with one saved server, and commands run there as processes."""

    def __init__(self, folder: Path, box: Sandbox, number: int) -> None:
        served = box.servers[number]
        self.environment = {
            **os.environ,
            "LONGSHORE_HOME": str(folder),
            "LONGSHORE_SECRET": served.secret,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }
        settings = [f"--set={key}={value}" for key, value in served.fields.items()]
        self.run("destinations", "add", "folio", "there", *settings, "--secret-stdin", ok=True)

    def started(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, "-m", "app", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, ok: bool = False) -> tuple[int, list[dict[str, Any]]]:
        done = subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            env=self.environment,
            input=self.environment["LONGSHORE_SECRET"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        if ok:
            assert done.returncode == 0, done.stderr
        lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        return done.returncode, lines


@pytest.mark.parametrize(("number", "how"), [(0, signal.SIGKILL), (1, signal.SIGINT)])
def test_what_was_stopped_goes_on_and_arrives_once(
    tmp_path: Path, box: Sandbox, number: int, how: signal.Signals
) -> None:
    if sys.platform == "win32" and how is signal.SIGKILL:
        pytest.skip("there is no such signal here")
    home = Home(tmp_path / "home", box, number)
    paths = [str(write_marc(tmp_path / f"{n}.mrc", 200, summaries=6).path) for n in range(2)]
    box.faults.add(Fault("slow", bytes_per_second=150_000))
    run = home.started(
        "send", "--to", "there", "--set", f"job_profile={PROFILE}", "--progress", "json", *paths
    )
    assert run.stdout is not None
    for line in run.stdout:
        if json.loads(line).get("state") == "uploading":
            break
    time.sleep(0.3)
    run.send_signal(how)
    run.communicate(timeout=30)
    assert run.returncode == (130 if how is signal.SIGINT else -signal.SIGKILL)
    box.faults.clear()

    code, told = home.run("status", "--json")
    assert code == 0 and len(told) == 2
    assert not any(one["running"] for one in told)
    code, told = home.run("resume", "--progress", "json")
    assert code == 0, told
    ended = [one for one in told if one["event"] == "result"]
    assert {one["state"] for one in ended} == {"done"}
    assert all(one["counts"]["created"] == 200 for one in ended)
    code, told = home.run("status", "--json")
    assert code == 0 and {one["state"] for one in told if "ended" not in one} == set()
    assert sorted(one["path"] for one in told) == paths
    assert home.run("resume", "--progress", "json") == (
        0,
        [{"event": "finished", "counts": {}, "exit": 0}],
    )
    books = box.servers[number].books
    assert set(books.process_calls.values()) == {1}
    started = [
        file.name
        for file in books.files
        if file.definition_id in books.process_calls and not file.removed
    ]
    assert sorted(started) == ["0.mrc", "1.mrc"]
