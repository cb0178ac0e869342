"""The history as the whole program fills it: every upload that ended, and no start the slower."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app import demo
from app.core.history import Outcome
from app.core.timeline import ADDED
from app.core.uploads import Phase
from app.demo_files import demo_files
from app.desktop import Desk, opened
from app.storage import Places, Settings, SettingsFile
from app.viewmodels.results import save_failed_records
from tests.servers.test_extract import refused_by_server
from tests.storage.past import filled
from tests.storage.test_history import upload

Ui = Callable[..., Any]

pytestmark = pytest.mark.usefixtures("qapp")


async def until(true: Callable[[], bool], seconds: float = 40) -> None:
    async with asyncio.timeout(seconds):
        while not true():
            await asyncio.sleep(0.02)


def test_what_the_window_sent_is_in_the_history_with_its_failed_records(
    ui: Ui, qapp: QApplication, tmp_path: Path
) -> None:
    made = [one for one in demo_files(tmp_path) if one.family == "folio"]

    async def guide(desk: Desk) -> int:
        uploader = desk.uploader
        uploader.aim.choose(
            next(one.id for one in uploader.destinations.all if one.family == "folio")
        )
        desk.window.actions_.history.trigger()
        uploader.add([one.path for one in made])
        await until(lambda: len(uploader.intake.ready) == len(made) and uploader.aim.options.valid)
        uploader.upload()
        # The view follows by itself.
        await until(lambda: uploader.history.rowCount() == len(made))
        pasts = await uploader.history.past([uploader.history.line(n).id for n in range(len(made))])
        for past in pasts:
            file = next(one for one in made if str(one.path) == past.upload.source.path)
            assert past.outcome is (Outcome.DONE_WITH_ERRORS if file.bad else Outcome.DONE)
            assert past.failed == file.bad and past.records == file.records
            assert past.upload.account and past.upload.sha256 and dict(past.ids)["job"]
            moves = [mark.what for mark in past.upload.marks if mark.what != "job"]
            assert moves[0] == ADDED and moves[-1] == Phase.DONE
            assert moves[-4:-1] == [Phase.SENDING, Phase.SENT, Phase.PROCESSING]
            assert past.serving > 0
            family = uploader.past.family(past)
            if file.bad and family is not None:
                out = tmp_path / "failed.mrc"
                assert await save_failed_records(past.upload, family, out, bare=True) == file.bad
                assert out.read_bytes() == refused_by_server(file.path)
        assert any(one.bad for one in made)
        held = b"".join(path.read_bytes() for path in running.places.state.glob("history*"))
        assert not any(served.secret.encode() in held for served in running.servers)
        return 7

    with demo.running(pace=40.0) as running:
        assert ui(opened(qapp, running.places, running, [], guide), limit=60) == 7


def test_a_long_history_makes_no_start_slower(ui: Ui, qapp: QApplication, tmp_path: Path) -> None:
    home = Places(tmp_path, tmp_path, tmp_path / "log").made()

    async def guide(desk: Desk) -> int:
        return 0

    def start() -> float:
        begun = time.perf_counter()
        assert ui(opened(qapp, home, None, [], guide), limit=60) == 0
        return time.perf_counter() - begun

    start()
    empty = min(start() for _ in range(3))
    for path in home.state.glob("history*"):
        path.unlink()
    SettingsFile(home.settings).save(Settings(history_days=0, history_rows=0))
    filled(home.state, upload(1, at=time.time()), 100_000)
    long = min(start() for _ in range(3))
    assert long < 1.25 * empty + 0.1, (empty, long)
