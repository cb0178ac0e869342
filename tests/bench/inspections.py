"""Looking into files against reading them, and what the window feels of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from app.core.drafts import unwatched
from app.core.uploads import Source
from app.servers.folio.inspect import inspect
from app.servers.folio.inspection.structure import structure
from app.transfer.body import source_of
from tests.bench.looking import IDLE, large_marc
from tests.bench.measure import Clock, Result, Run, Stall, compared
from tests.bench.uploads import BLOCK, Place

ROOT = Path(__file__).resolve().parents[2]
MILLION = 1_000_000
_KINDS = {"folio": "MARC", "ssc": "scans", "tao": "tables"}


def marc(place: Place) -> Iterator[Result]:
    """What is read is in memory already, else the disk would be measured."""
    path = place.folder / "records.mrc"
    large_marc(path, place.large)
    source = source_of(path)
    read = {"reading it": lambda: _timed(lambda: _read(path))}
    _read(path)
    looks: dict[str, tuple[Callable[[Source], object], str]] = {
        "MARC, structure of all records": (
            lambda one: structure(one, unwatched),
            "0.17 of reading it",
        ),
        "MARC, every record checked": (inspect, ""),
    }
    for name, (look, goal) in looks.items():
        ours = partial(_timed, partial(look, source))
        seconds, against = compared(ours, read, place.pairs)
        yield Result(name, source.size / MILLION, "MB", seconds, against, goal)
    path.unlink()


def looks(place: Place) -> Iterator[Stall]:
    """The window while small files and one large file are looked into."""
    small, large = (400, 20) if place.small < 400 else (10_000, 1_000)
    for kind, amount, words in (
        ("small", small, f"{small:,} small files"),
        ("large", large, f"{large:,} MB"),
    ):
        ran = subprocess.run(
            [sys.executable, "-m", "tests.bench.looking", kind, str(amount)],
            cwd=ROOT,
            env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            capture_output=True,
            text=True,
            check=True,
        )
        for family, (gap, *_) in json.loads(ran.stdout.splitlines()[-1]).items():
            if family == IDLE:
                yield Stall("longest stall with nothing to do", gap, 50)
            else:
                yield Stall(f"the same, {words} looked into: {_KINDS[family]}", gap, 50)


def _read(path: Path) -> None:
    with path.open("rb", buffering=0) as file:
        while file.read(BLOCK):
            pass


def _timed(work: Callable[[], object]) -> Run:
    with Clock() as clock:
        work()
    return clock.run
