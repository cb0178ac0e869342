"""The network is back or the computer woke: what waited goes on at once and has lost no attempt."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.core.changes import LaneState
from app.core.uploads import Source
from app.demo_files import OPTIONS, write_marc
from app.desktop import Desk, opened
from app.sandbox import Sandbox
from app.sandbox.faults import Fault
from app.storage import Places
from app.transfer.engine import Engine
from app.viewmodels.waking import look_around
from tests.app.test_restart import Stand, codes, until

pytestmark = pytest.mark.usefixtures("qapp")


def test_a_server_that_was_out_of_reach_is_tried_at_once(
    ui: Callable[..., Any], qapp: QApplication, tmp_path: Path
) -> None:
    paths = [write_marc(tmp_path / f"{n}.mrc", 30, first=n).path for n in range(2)]
    home = Places(tmp_path / "home", tmp_path / "home", tmp_path / "home" / "log").made()

    async def send(desk: Desk, path: Path) -> None:
        """As Upload does, though its form could not ask the server for its choices."""
        found = path.stat()
        source = Source(str(path), found.st_size, found.st_mtime_ns)
        uploader = desk.uploader
        await uploader.host.call(
            Engine.submit, uploader.aim.destination, [source], OPTIONS["folio"]
        )

    async def guide(desk: Desk) -> int:
        uploader = desk.uploader
        there = uploader.aim.destination

        def state() -> LaneState | None:
            lane = uploader.destinations.lane(there)
            return lane.state if lane else None

        def pause() -> float:
            lane = uploader.destinations.lane(there)
            return lane.until - time.time() if lane and lane.until else 0.0

        await send(desk, paths[0])
        # The third wait is ten seconds long, more or less.
        await until(lambda: state() is LaneState.UNREACHABLE and pause() > 6, 20)
        assert codes(desk) == ["waiting_network"]
        box.faults.clear()
        began = time.monotonic()
        look_around(uploader, slept=True)
        await until(lambda: state() is LaneState.READY)
        assert time.monotonic() - began < 5
        await until(lambda: codes(desk) == ["done"])
        upload = uploader.uploads.upload(uploader.uploads.ids()[0])
        assert upload is not None and upload.attempt == 1

        # Connections from before the sleep are not used any more.
        look_around(uploader, slept=True)
        await asyncio.sleep(0)
        await send(desk, paths[1])
        await until(lambda: codes(desk) == ["done", "done"])
        return 0

    with Sandbox(families=("folio",), pace=40.0) as box:
        box.faults.add(Fault("server-error", match="* *", times=0))
        stand: Any = Stand(home, box.servers)
        assert ui(opened(qapp, home, stand, [], guide), limit=90) == 0
