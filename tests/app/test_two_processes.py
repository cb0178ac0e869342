"""A window and a terminal on one journal: each shows the other's uploads, none is sent twice."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.demo_files import OPTIONS, write_marc
from app.desktop import Desk, opened
from app.sandbox import Sandbox
from app.sandbox.faults import Fault
from app.storage import Places
from app.viewmodels.row import RowAction
from tests.app.test_restart import Stand, codes, until

Ui = Callable[..., Any]

pytestmark = [
    pytest.mark.usefixtures("qapp"),
    pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal here"),
]


@contextmanager
def sending(home: Places, secret: str, name: str, path: Path) -> Iterator[subprocess.Popen[str]]:
    """`longshore send` in a terminal of its own."""
    options = [f"--set={key}={value}" for key, value in OPTIONS["folio"].items()]
    environment = {
        **os.environ,
        "LONGSHORE_HOME": str(home.config),
        "LONGSHORE_SECRET": secret,
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
    }
    command = [sys.executable, "-m", "app", "send", "--to", name, *options, "--progress=json"]
    with subprocess.Popen(
        [*command, str(path)], env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def status(home: Places) -> list[dict[str, Any]]:
    done = subprocess.run(
        [sys.executable, "-m", "app", "status", "--json"],
        env={**os.environ, "LONGSHORE_HOME": str(home.config)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_terminals_upload_is_shown_live_and_taken_over_when_it_dies(
    ui: Ui, qapp: QApplication, tmp_path: Path
) -> None:
    home = Places(tmp_path / "home", tmp_path / "home", tmp_path / "home" / "log").made()
    path = write_marc(tmp_path / "theirs.mrc", 250, summaries=6).path

    async def watched(desk: Desk) -> int:
        uploads = desk.uploader.uploads
        [saved, *_] = desk.uploader.destinations.all
        served = box.servers[0]
        with sending(home, served.secret, saved.name, path) as process:
            await until(lambda: codes(desk) == ["uploading"])
            [id] = uploads.ids()
            assert id.startswith("x")
            await until(lambda: bool((state := uploads.state(id)) and (state.sent or 0) > 0.01))
            state = uploads.state(id)
            assert state is not None and "by another Longshore" in state.text
            [told] = await asyncio.to_thread(status, home)
            assert told["running"] and told["state"] == "uploading" and told["sent"] > 0
            desk.uploader.cancel([id])
            desk.uploader.remove([id])
            assert uploads.code(id) == "uploading"
            process.send_signal(signal.SIGKILL)
            await until(lambda: uploads.code(id) == "needs_input")
        box.faults.clear()
        desk.window.gestures.act([id], RowAction.TAKE_OVER)
        await until(lambda: desk.uploader.restart.banner is not None)
        assert desk.window.restart.words == ("Longshore ended unexpectedly. 1 upload can go on.")
        assert uploads.ids() == [f"u{id[1:]}"]
        desk.window.restart.resume.click()
        await until(lambda: codes(desk) == ["done"])
        return 0

    with Sandbox(families=("folio",), pace=40.0) as box:
        stand = Stand(home, box.servers)
        box.faults.add(Fault("slow", bytes_per_second=60_000))
        assert ui(opened(qapp, home, stand, [], watched), limit=90) == 0  # type: ignore[arg-type]
        books = box.servers[0].books
        started = [
            file.name
            for file in books.files
            if books.process_calls.get(file.definition_id) and not file.removed
        ]
        assert started == ["theirs.mrc"]
        assert max(books.process_calls.values()) == 1


def test_a_terminals_upload_ends_while_the_window_sends_its_own(
    ui: Ui, qapp: QApplication, tmp_path: Path
) -> None:
    home = Places(tmp_path / "home", tmp_path / "home", tmp_path / "home" / "log").made()
    theirs = write_marc(tmp_path / "theirs.mrc", 40, summaries=2).path
    ours = write_marc(tmp_path / "ours.mrc", 40, summaries=2).path

    async def beside(desk: Desk) -> int:
        [saved, *_] = desk.uploader.destinations.all
        desk.uploader.aim.choose(saved.id)
        desk.uploader.add([ours])
        await until(lambda: bool(desk.uploader.intake.ready) and desk.uploader.aim.options.valid)
        with sending(home, box.servers[0].secret, saved.name, theirs) as process:
            desk.uploader.upload()
            await until(lambda: any(id.startswith("x") for id in desk.uploader.uploads.ids()))
            code = await asyncio.to_thread(process.wait, 60)
        assert code == 0
        await until(lambda: codes(desk) == ["done"])
        assert [id[0] for id in desk.uploader.uploads.ids()] == ["u"]
        return 0

    with Sandbox(families=("folio",), pace=40.0) as box:
        stand = Stand(home, box.servers)
        assert ui(opened(qapp, home, stand, [], beside), limit=90) == 0  # type: ignore[arg-type]
        names = sorted(one.name for one in box.servers[0].books.files if not one.removed)
        assert names == ["ours.mrc", "theirs.mrc"]
        assert set(box.servers[0].books.process_calls.values()) == {1}
