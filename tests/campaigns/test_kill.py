"""Killed at any moment and gone on with: every file is on the server once, or a row asks.

`LONGSHORE_KILLS` is how many kills there shall be in all, shared among the modes; with 200 and more
each mode is killed at every point of its journal too. `LONGSHORE_KILL_SEED` is the seed to begin
with. A case that ends badly names its mode and its seed or point, which bring it about again.
"""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from app.sandbox import Sandbox
from app.sandbox.faults import Fault

from .kill_modes import MODES, Mode, Rows, digest

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("LONGSHORE_KILLS", "20"))
FIRST_SEED = int(os.environ.get("LONGSHORE_KILL_SEED", "1"))
EVERY_POINT = KILLS >= 200
MOST_POINTS = 400
CASES_PER_SANDBOX = 20
PACE = 50.0
KILLED = -9

pytestmark = pytest.mark.skipif(
    sys.platform in ("win32", "darwin"),
    reason="each run is forked from a process that has loaded all, which is not safe here",
)


@dataclass(frozen=True)
class Kill:
    """When a run is killed: at a point of its journal, after bytes, seconds or answered requests.

    Zero means: not by this.
    """

    point: int = 0
    bytes: int = 0
    seconds: float = 0.0
    requests: int = 0


NEVER = Kill()


class Nursery:
    """The driver's process; one run at a time."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.campaigns.kill_driver"],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self._lock = threading.Lock()
        self._requests_left = 0

    def run(self, job: Mapping[str, Any], kill: Kill) -> int:
        """How the run's process ended: its exit code, or the negative number of its signal."""
        assert self._process.stdout is not None
        with self._lock:
            self._requests_left = kill.requests
            told = {"die_at": kill.point, "die_after_bytes": kill.bytes, "kill_after": kill.seconds}
            self._say(json.dumps({**job, **told}))
        answer = self._process.stdout.readline()
        with self._lock:
            self._requests_left = 0
        return int(answer)

    def answered(self, _: object) -> None:
        """A request was answered; called on the sandbox's thread."""
        with self._lock:
            self._requests_left -= 1
            if self._requests_left == 0:
                self._say("kill")

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n")
        self._process.stdin.flush()

    def close(self) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


class Ground:
    """A mode's sandbox, a new one every so often, and the cases that run on it."""

    def __init__(self, mode: Mode, nursery: Nursery, folder: Path) -> None:
        self._mode = mode
        self._nursery = nursery
        self._folder = folder
        self._box: Sandbox | None = None
        self._cases = 0
        self.kills = 0

    def close(self) -> None:
        if self._box is not None:
            self._box.__exit__(None, None, None)
            self._box = None

    def _sandbox(self) -> Sandbox:
        if self._cases % CASES_PER_SANDBOX == 0:
            self.close()
        self._cases += 1
        if self._box is None:
            self._box = Sandbox(
                (self._mode.family,),
                on_request=self._nursery.answered,
                pace=PACE,
                seed=7,
                **self._mode.sandbox,
            ).__enter__()
        return self._box

    def case(
        self,
        name: str,
        chance: random.Random,
        kills: Sequence[Kill],
        faults: Callable[[int], Sequence[Fault]] = lambda size: (),
    ) -> int:
        """Sends, is killed, goes on as often as `kills` are given, then to the end.

        `faults` gives those of all runs but the last, for so many bytes in all. How many runs were
        killed.
        """
        box = self._sandbox()
        home = self._folder / name
        home.mkdir()
        paths = self._mode.files(home, name, chance)
        for fault in faults(sum(path.stat().st_size for path in paths)):
            box.faults.add(fault)
        served = self._mode.served(box.servers)
        job = {
            "family": self._mode.family,
            "fields": served.fields,
            "secret": served.secret,
            "options": self._mode.options,
            "folder": str(home / "state"),
            "report": str(home / "report.json"),
            "errors": str(home / "errors.log"),
        }
        killed = 0
        known = False
        rows: dict[str, Mapping[str, Any]] = {}
        sending = [str(path) for path in paths]
        for number, kill in enumerate((*kills, NEVER)):
            if kill is NEVER:
                box.faults.clear()
            ended = self._nursery.run({**job, "paths": [] if number else sending}, kill)
            assert ended in (0, KILLED), f"{name}: {_text(home / 'errors.log')}"
            killed += ended == KILLED
            known = known or bool(_in_journal(home / "state"))
            if ended == 0:
                rows |= json.loads(_text(home / "report.json"))["rows"]
        assert ended == 0
        self.kills += killed
        kept = _in_journal(home / "state")
        wrong = self._wrong(paths, rows, kept, served.books, known)
        if errors := _text(home / "errors.log"):
            wrong.append(f"logged: {errors}")
        assert not wrong, f"{self._mode.name} {name}, killed {killed} times at {kills}: {wrong}"
        return killed

    def _wrong(
        self, paths: Sequence[Path], rows: Rows, kept: set[str], books: Any, known: bool
    ) -> list[str]:
        """What does not agree between the files, the last words about them and the books.

        `kept` is what the journal holds in the end, `known` whether it ever held anything.
        """
        wrong: list[str] = []
        arrivals: set[int] = set()
        for path in paths:
            found = self._mode.found(books, path.name)
            wrong += found.wrong
            times = len(found.arrived)
            if set(found.arrived) - {digest(path)}:
                wrong.append(f"{path.name} arrived with other bytes")
            row = rows.get(path.name)
            if row is None:
                # Killed between its end and the last word about it, or before it was written down.
                arrivals.add(times)
                if times > 1 or (known and not times) or path.name in kept:
                    wrong.append(f"{path.name} is in no row and arrived {times} times")
            elif row["phase"] == "done":
                if times != 1:
                    wrong.append(f"{path.name} is done and arrived {times} times")
            elif self._mode.tells or not _asks(row) or times > 1 or path.name not in kept:
                wrong.append(f"{path.name} arrived {times} times and ended as {row}")
            elif row["phase"] == "queued" and times:
                wrong.append(f"{path.name} waits and arrived all the same")
        if len(arrivals) > 1:
            wrong.append("some of the files were lost")
        return wrong


def _asks(row: Mapping[str, Any]) -> bool:
    """Whether the row leaves it to the person: the server may have it, or one before it."""
    return row["uncertain"] or (row["waits"] == "held" and row["problem"] == "stopped.earlier-file")


def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8") if path.exists() else ""


def _in_journal(folder: Path) -> set[str]:
    """The names of the files an ended process left in its journal."""
    path = folder / "journal.sqlite3"
    if not path.exists():
        return set()
    with closing(sqlite3.connect(path)) as base:
        try:
            rows = base.execute("SELECT upload FROM uploads WHERE upload != ''").fetchall()
        except sqlite3.OperationalError:
            return set()  # Killed before the tables were made.
    return {Path(json.loads(text)["source"]["path"]).name for (text,) in rows}


def planned(mode: Mode, chance: random.Random) -> list[Kill]:
    """One to four kills, the first while sending, the others while it is gone on with."""

    def kill(first: bool) -> Kill:
        match chance.choice(("point", "bytes", "seconds", "requests")):
            case "point":
                return Kill(point=chance.randint(1, 60 if first else 40))
            case "bytes":
                return Kill(bytes=int(chance.uniform(0.02, 1.0) * 400_000))
            case "seconds":
                return Kill(seconds=chance.uniform(0.01, 1.0))
            case _:
                return Kill(requests=chance.randint(1, 16))

    return [kill(number == 0) for number in range(chance.choice((1, 1, 2, 3, 4)))]


def faulty(mode: Mode, chance: random.Random) -> Callable[[int], Sequence[Fault]]:
    slow, lost = chance.random() < 0.5, chance.random() < 0.25
    which = chance.choice(mode.lost)
    seconds = chance.uniform(0.2, 0.8)

    def faults(size: int) -> Sequence[Fault]:
        made = []
        if slow:
            made.append(Fault("slow", bytes_per_second=int(size / seconds)))
        if lost:
            made.append(Fault("lost-reply", match=which, times=1))
        return made

    return faults


@pytest.fixture
def ground(mode: str, nursery: Nursery, tmp_path: Path) -> Iterator[Ground]:
    made = Ground(MODES[mode], nursery, tmp_path)
    yield made
    made.close()
    sys.stdout.write(f"{mode}: {made.kills} kills\n")


@pytest.mark.parametrize("mode", MODES)
def test_killed_at_the_points_of_the_journal(mode: str, ground: Ground) -> None:
    chance = random.Random(f"{mode} points {FIRST_SEED}")
    points = range(1, MOST_POINTS) if EVERY_POINT else [chance.randint(3, 24)]
    for point in points:
        if not ground.case(f"p{point}", random.Random(f"{mode} p{point}"), [Kill(point=point)]):
            break  # The run came to its end before.
    assert ground.kills > (20 if EVERY_POINT else 0)
    assert ground.kills < MOST_POINTS - 1


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.skipif(not EVERY_POINT, reason="the state machine has such kills in every run")
def test_killed_at_the_points_of_going_on(mode: str, ground: Ground) -> None:
    """The first run is killed while it sends, the second at each point of its journal."""
    for point in range(1, MOST_POINTS):
        chance = random.Random(f"{mode} g{point}")
        first = Kill(point=chance.randint(8, 30))
        if ground.case(f"g{point}", chance, [first, Kill(point=point)]) < 2:
            break  # One of the two came to its end before.
    assert ground.kills > 20


@pytest.mark.parametrize("mode", MODES)
def test_killed_at_random_moments(mode: str, ground: Ground) -> None:
    share = max(1, KILLS // len(MODES) - (0 if EVERY_POINT else 1))
    seed = FIRST_SEED
    while ground.kills < share:
        chance = random.Random(f"{mode} {seed}")
        ground.case(f"s{seed}", chance, planned(MODES[mode], chance), faulty(MODES[mode], chance))
        seed += 1
