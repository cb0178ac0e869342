"""What a person feels of the window: how soon it is there, and how long it stands still."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from app.core.uploads import Phase, Source, Upload
from app.storage import Destinations
from app.storage.history import History
from tests.bench.measure import Result, Stall, compared, of_command
from tests.bench.uploads import Place

ROOT = Path(__file__).resolve().parents[2]
LISTED = 10_000
QUICK = 1_000


def start(place: Place) -> Iterator[Result]:
    """With a server and a history; modules are compiled, as those of an installed program are."""
    home = place.folder / "home"
    home.mkdir()
    _furnish(home, QUICK if place.small < 400 else LISTED)
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    env |= {
        "LONGSHORE_HOME": str(home),
        "PYTHONPYCACHEPREFIX": str(place.folder / "compiled"),
        "QT_QPA_PLATFORM": "offscreen",
    }

    command = (sys.executable, "-m", "tests.bench.starting")
    ours = of_command((*command, "ours"), cwd=ROOT, env=env)
    bare = of_command((*command, "bare"), cwd=ROOT, env=env)
    bare()
    seconds, against = compared(ours, {"a bare window": bare}, place.pairs)
    yield Result("the window's first paint", 1, "starts", seconds, against, "0.67 of a bare window")


def _furnish(home: Path, ended: int) -> None:
    """A saved server, and so many uploads to it that have ended."""
    saved = Destinations(home / "destinations.toml").add("folio", "Library", {"tenant": "diku"})
    history = History(home, print, lambda _: saved)
    history.record(
        Upload(n, saved.id, Source(f"/files/{n}.mrc", 1000 + n, 1), phase=Phase.DONE)
        for n in range(1, ended + 1)
    )
    history.close()


def stalls(place: Place) -> Iterator[Stall]:
    files = QUICK if place.small < 400 else LISTED
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench.stalls", str(files)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        check=True,
    )
    told = json.loads(ran.stdout.splitlines()[-1])
    for name, words in (
        ("listing", f"longest stall, {files:,} files listed"),
        ("handing over", "the same, handed over to be sent"),
        ("sending", "the same, while they are sent"),
        ("history", "the same, with the history in view"),
    ):
        yield Stall(words, told[name], 50)
