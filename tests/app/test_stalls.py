"""The window stays responsive while thousands of files come in, and while they are sent."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app import demo
from app.desktop import Desk, opened
from tests.bench.stalls import FILES, Gaps, made

pytestmark = [pytest.mark.usefixtures("qapp"), pytest.mark.slow]


def test_ten_thousand_files_handed_over_to_be_sent(
    ui: Callable[..., Any], qapp: QApplication, tmp_path: Path
) -> None:
    made(tmp_path)

    async def guide(desk: Desk) -> int:
        uploader = desk.uploader
        while uploader.aim.family is None:
            await asyncio.sleep(0.01)
        uploader.pause(True)
        gaps = Gaps()
        told = []
        for _ in range(6):
            uploader.add([tmp_path])
            while len(uploader.intake.ready) < FILES or not uploader.aim.options.valid:
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.5)
            gaps.restart()
            uploader.upload()
            while uploader.uploads.count("queued") < FILES:
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.3)
            told.append(f"longest gap {gaps.longest * 1000:.0f} ms")
            if gaps.longest < 0.1:
                break
            uploader.remove(uploader.uploads.ids())
            while uploader.uploads.rowCount():
                await asyncio.sleep(0.02)
        else:
            pytest.fail("; ".join(told))
        gaps.stop()
        return 0

    with demo.running(pace=40) as running:
        ui(opened(qapp, running.places, running, [], guide), limit=240)


def test_ten_thousand_files_dropped_on_the_window(
    ui: Callable[..., Any], qapp: QApplication, tmp_path: Path
) -> None:
    made(tmp_path)

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
        while desk.uploader.aim.family is None:
            await asyncio.sleep(0.01)
        gaps = Gaps()
        told = []
        # A shared machine may be busy with something else for a moment, hardly six times.
        for _ in range(6):
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
