"""The window stays responsive while thousands of files come in, and while they are sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app import demo
from app.demo_files import marc_record
from app.desktop import Desk, opened

pytestmark = [pytest.mark.usefixtures("qapp"), pytest.mark.slow]

FILES = 10_000
TICK_MS = 16


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


def test_ten_thousand_files_dropped_on_the_window(
    ui: Callable[..., Any], qapp: QApplication, tmp_path: Path
) -> None:
    record = marc_record(1)
    for folder in range(20):
        (tmp_path / f"box {folder}").mkdir()
        for n in range(FILES // 20):
            (tmp_path / f"box {folder}" / f"{n}.mrc").write_bytes(record)

    async def drop(desk: Desk, gaps: Gaps) -> float:
        """Seconds until all are listed; ends when all are looked into."""
        gaps.restart()
        began = time.perf_counter()
        desk.uploader.add([tmp_path])
        while desk.uploader.uploads.rowCount() < FILES:
            await asyncio.sleep(0.005)
        listed = time.perf_counter() - began
        while len(desk.uploader.intake.ready) < FILES:
            await asyncio.sleep(0.02)
        return listed

    async def guide(desk: Desk) -> int:
        while desk.uploader.family is None:
            await asyncio.sleep(0.01)
        gaps = Gaps()
        told = []
        # A shared machine may be busy with something else for a moment, hardly three times.
        for _ in range(3):
            await asyncio.sleep(0.5)
            listed = await drop(desk, gaps)
            told.append(f"listed in {listed:.2f} s, longest gap {gaps.longest * 1000:.0f} ms")
            if listed < 2.0 and gaps.longest < 0.1:
                break
            desk.uploader.remove(desk.uploader.uploads.ids())
        else:
            pytest.fail("; ".join(told))
        gaps.stop()
        return 0

    with demo.running(pace=40) as running:
        ui(opened(qapp, running.places, running, [], guide), limit=240)
