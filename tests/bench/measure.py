"""Runs of two programs in turn on the same machine, and what one is to the other."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median


@dataclass(frozen=True, slots=True)
class Run:
    """Seconds by the clock, and of the processor."""

    wall: float
    cpu: float


Runner = Callable[[], Run]


@dataclass(frozen=True, slots=True)
class Against:
    """How fast one is as a multiple of another's speed, and its processor time likewise."""

    other: str
    speed: float
    cpu: float


@dataclass(frozen=True, slots=True)
class Result:
    """A line of the table. `amount` is what one run delivers, in `unit`."""

    name: str
    amount: float
    unit: str
    seconds: float
    against: tuple[Against, ...]
    goal: str = ""


@dataclass(frozen=True, slots=True)
class Stall:
    """A line of the table: how long the window stood still at most."""

    name: str
    milliseconds: float
    goal: float


def compared(
    ours: Runner, others: dict[str, Runner], pairs: int
) -> tuple[float, tuple[Against, ...]]:
    """Median seconds of ours, and the medians of the ratios of runs next to each other in time."""
    seconds: list[float] = []
    ratios: dict[str, list[tuple[float, float]]] = {name: [] for name in others}
    ours()
    for turn in range(pairs):
        for name, other in others.items():
            # Who goes first changes, so that a machine that grows slower harms both alike.
            if turn % 2:
                theirs, own = other(), ours()
            else:
                own, theirs = ours(), other()
            seconds.append(own.wall)
            ratios[name].append((theirs.wall / own.wall, own.cpu / max(theirs.cpu, 1e-9)))
    against = tuple(
        Against(name, median(speed for speed, _ in found), median(cpu for _, cpu in found))
        for name, found in ratios.items()
    )
    return median(seconds), against


class Clock:
    """Measures what happens between its start and its end, in this process."""

    def __enter__(self) -> Clock:
        self._wall, self._cpu = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        self.run = Run(time.perf_counter() - self._wall, time.process_time() - self._cpu)


def of_coroutine(work: Callable[[], Coroutine[None, None, Run]]) -> Runner:
    """A run of `work` in a new event loop; it says itself what counts."""
    return lambda: asyncio.run(work())


def of_command(
    command: Sequence[str], *, cwd: Path | None = None, env: Mapping[str, str] | None = None
) -> Runner:
    """A run of a program, its start included."""

    def run() -> Run:
        before, wall = os.times(), time.perf_counter()
        subprocess.run(
            command,
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            cwd=cwd,
            env=env,
        )
        took, after = time.perf_counter() - wall, os.times()
        spent = after.children_user + after.children_system
        return Run(took, spent - before.children_user - before.children_system)

    return run


@contextlib.contextmanager
def sink(certificate: Path | None = None) -> Iterator[int]:
    """The port of a sink in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "tests.bench.sink",
        *([str(certificate)] if certificate else []),
    ]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()
            process.wait(10)


def curl() -> str | None:
    return shutil.which("curl")
