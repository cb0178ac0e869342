"""How the window moves while files are looked into, and how long that takes.

`python -m tests.bench.looking small|large N` plays it with N small files of each kind, or with one
large file of each, of N million bytes the MARC one, and prints a line of JSON: what was looked at,
with the milliseconds of the longest gap between ticks, the seconds until all were looked into, and
the seconds until something was told of the first. “idle” is the window with nothing to do, for
comparison: other programs hold it up as well.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from app import demo
from app.demo_files import marc_record, write_fpr, write_users
from app.desktop import Desk, application, opened, runner
from tests.bench.stalls import Gaps
from tests.corpus.marc_records import book

MILLION = 1_000_000
IDLE = "idle"
IDLE_SECONDS = 4.0
_MORE = tuple((str(tag), b"  \x1fa" + b"Rivers and harbours. " * 5) for tag in range(500, 512))
"""Brings a record to the usual size, 1.7 kB."""


def small_files(folder: Path, count: int) -> dict[str, list[Path]]:
    """Folders of so many small files, by family."""
    scan, users = folder / "one.fpr", folder / "one.csv"
    write_fpr(scan, build="shop", files=3)
    write_users(users, 10)
    contents = {
        "folio": (marc_record(1), ".mrc"),
        "ssc": (scan.read_bytes(), ".fpr"),
        "tao": (users.read_bytes(), ".csv"),
    }
    folders: dict[str, list[Path]] = {}
    for family, (content, kind) in contents.items():
        for box in range(20):
            place = folder / family / str(box)
            place.mkdir(parents=True)
            for number in range(count // 20):
                (place / f"{number}{kind}").write_bytes(content)
        folders[family] = [folder / family]
    return folders


def large_files(folder: Path, millions: int) -> dict[str, list[Path]]:
    """MARC of so many million bytes, a scan and a table of a hundredth of that, by family."""
    size = millions * MILLION
    marc, users, scan = folder / "large.mrc", folder / "users.csv", folder / "large.fpr"
    large_marc(marc, size)
    write_users(users, size // 100 // 75)
    write_fpr(scan, build="shop", files=3 + size // 100 // 300)
    return {"folio": [marc], "ssc": [scan], "tao": [users]}


def large_marc(path: Path, size: int) -> None:
    """Sound records of the usual size, 1.7 kB, each with a number of its own."""
    with path.open("wb") as file:
        number = 0
        while file.tell() < size:
            file.write(b"".join(book(number + n, *_MORE) for n in range(2_000)))
            number += 2_000


async def played(desk: Desk, files: dict[str, list[Path]]) -> dict[str, list[float]]:
    """Longest gap in milliseconds, seconds for all, seconds for the first word, by family."""
    uploader = desk.uploader
    while uploader.aim.family is None:
        await asyncio.sleep(0.01)
    told = {}
    gaps = Gaps()
    await asyncio.sleep(IDLE_SECONDS)
    gaps.stop()
    told[IDLE] = [gaps.longest * 1000, IDLE_SECONDS, 0.0]
    for family, paths in files.items():
        [destination] = [one for one in uploader.destinations.all if one.family == family][:1]
        uploader.aim.choose(destination.id)
        await asyncio.sleep(1)
        gaps, began, first = Gaps(), time.perf_counter(), 0.0
        uploader.add(paths)
        while not uploader.intake.drafts or uploader.intake.busy:
            await asyncio.sleep(0.005)
            if not first and any(
                one.inspection or one.glanced for one in uploader.intake.drafts[:1]
            ):
                first = time.perf_counter() - began
        seconds = time.perf_counter() - began
        await asyncio.sleep(0.3)
        gaps.stop()
        told[family] = [gaps.longest * 1000, seconds, first or seconds]
        uploader.intake.remove([one.id for one in uploader.intake.drafts])
        await asyncio.sleep(0.3)
    return told


def main(kind: str, count: int) -> None:
    told: dict[str, list[float]] = {}

    async def guide(desk: Desk) -> int:
        told.update(await played(desk, files))
        return 0

    app = application()
    with tempfile.TemporaryDirectory() as name:
        files = {"small": small_files, "large": large_files}[kind](Path(name), count)
        with demo.running(pace=40) as running, runner(app) as loop:
            loop.run(opened(app, running.places, running, [], guide))
    print(json.dumps(told))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
