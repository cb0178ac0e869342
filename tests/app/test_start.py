"""The window is painted before anything slow is imported, and Ctrl-C ends the program properly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from app.storage import Destinations

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60.0
LATER = (
    "httpx2",
    "httpcore2",
    "anyio",
    "keyring",
    "starlette",
    "uvicorn",
    "truststore",
    "sqlite3",
    "statistics",
    "multiprocessing",
    "uuid",
    "PySide6.QtNetwork",
    "app.core.history",
    "app.core.previews",
    "app.servers.api",
    "app.transfer.engine",
    "app.viewmodels.details",
    "app.viewmodels.history",
    "app.viewmodels.monitor",
    "app.viewmodels.destination_form",
    "app.views.destination_dialog",
    "app.views.details_pane",
    "app.views.form_view",
    "app.views.history_view",
    "app.views.monitor_window",
    "app.views.preferences_dialog",
)
"""What the first paint does not wait for."""


def test_nothing_that_is_used_later_is_loaded_for_the_first_paint(tmp_path: Path) -> None:
    """Classes of Qt are loaded one by one, unless Python asks what a widget or an event is that it
    did not make: then all that it might be are loaded."""
    program = (
        "import os, sys\n"
        "from PySide6 import QtGui, QtWidgets\n"
        "from app import desktop\n"
        "class Seen(desktop.Window):\n"
        "    def paintEvent(self, event):\n"
        "        super().paintEvent(event)\n"
        f"        print(*set({LATER!r}) & set(sys.modules))\n"
        "        print(*{'QWizard', 'QScrollEvent'} & {*vars(QtWidgets), *vars(QtGui)})\n"
        "        sys.stdout.flush()\n"
        "        os._exit(0)\n"
        "desktop.Window = Seen\n"
        "sys.exit(desktop.main([], False, None))\n"
    )
    Destinations(tmp_path / "destinations.toml").add("folio", "Library", {})
    told = subprocess.run(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "LONGSHORE_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout == "\n\n"


@pytest.mark.skipif(sys.platform == "win32", reason="signals are sent differently there")
def test_ctrl_c_ends_the_demo_and_its_servers(tmp_path: Path) -> None:
    program = (
        "import sys\n"
        "from app import desktop\n"
        "begin = desktop.Uploader.begin\n"
        "def begun(*arguments):\n"
        "    begin(*arguments)\n"
        "    print('begun', flush=True)\n"
        "desktop.Uploader.begin = begun\n"
        "sys.exit(desktop.main([], True, None))\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "LONGSHORE_HOME": str(tmp_path)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        # Else a demo that hangs would hold up every other test.
        limit = threading.Timer(SECONDS, running.kill)
        limit.start()
        assert running.stdout is not None and running.stdout.readline() == "begun\n"
        began = time.monotonic()
        running.send_signal(signal.SIGINT)
        _, errors = running.communicate()
        seconds = time.monotonic() - began
        limit.cancel()
    assert seconds < 15
    assert "Exception ignored" not in errors and "Task was destroyed" not in errors
    assert errors.strip().splitlines()[-1:] == ["KeyboardInterrupt"], errors
