"""How long the window stands still while ten thousand files are listed, handed over and sent.

`python -m tests.bench.stalls N` plays it with N files and prints a line of JSON. The built-in
servers run in the same process and cost the window more than distant ones would.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from pathlib import Path

from PySide6.QtCore import QTimer

from app import demo
from app.demo_files import marc_record
from app.desktop import Desk, application, opened, runner

FILES = 10_000
TICK_MS = 16
SENDING_SECONDS = 8.0


class Gaps:
    """The time between ticks of the window's thread."""

    def __init__(self) -> None:
        self.longest = 0.0
        self._last = time.perf_counter()
        self._timer = QTimer()
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def restart(self) -> None:
        self.longest, self._last = 0.0, time.perf_counter()

    def stop(self) -> None:
        self._timer.stop()

    def _tick(self) -> None:
        now = time.perf_counter()
        self.longest = max(self.longest, now - self._last)
        self._last = now


def made(folder: Path, files: int = FILES) -> Path:
    """The folder with so many small MARC files in twenty folders."""
    record = marc_record(1)
    for box in range(20):
        (folder / f"box {box}").mkdir()
        for n in range(files // 20):
            (folder / f"box {box}" / f"{n}.mrc").write_bytes(record)
    return folder


async def played(desk: Desk, folder: Path, files: int) -> dict[str, float]:
    """Milliseconds of the longest gap by what was going on."""
    uploader = desk.uploader
    while uploader.aim.family is None:
        await asyncio.sleep(0.01)
    gaps = Gaps()
    told = {}

    async def noted(name: str, seconds: float) -> None:
        await asyncio.sleep(seconds)
        told[name] = gaps.longest * 1000
        gaps.restart()

    gaps.restart()
    uploader.add([folder])
    while len(uploader.intake.ready) < files or not uploader.aim.options.valid:
        await asyncio.sleep(0.02)
    await noted("listing", 0.3)
    uploader.upload()
    while uploader.intake.drafts:
        await asyncio.sleep(0.02)
    await noted("handing over", 0.5)
    await noted("sending", SENDING_SECONDS)
    desk.window.actions_.history.trigger()
    await asyncio.sleep(0.5)
    gaps.restart()
    await noted("history", SENDING_SECONDS)
    gaps.stop()
    return told


def main(files: int) -> None:
    told: dict[str, float] = {}

    async def guide(desk: Desk) -> int:
        told.update(await played(desk, folder, files))
        return 0

    app = application()
    with tempfile.TemporaryDirectory() as name:
        folder = made(Path(name), files)
        with demo.running(pace=40) as running, runner(app) as loop:
            loop.run(opened(app, running.places, running, [], guide))
    print(json.dumps(told))


if __name__ == "__main__":
    main(int(sys.argv[1]))
