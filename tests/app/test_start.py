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

ROOT = Path(__file__).resolve().parents[2]
SECONDS = 60.0
SLOW = (
    "httpx2",
    "httpcore2",
    "anyio",
    "keyring",
    "starlette",
    "uvicorn",
    "truststore",
    "sqlite3",
    "statistics",
)


def test_nothing_slow_is_imported_for_the_first_paint() -> None:
    told = subprocess.run(
        [
            sys.executable,
            "-c",
            f"import app.desktop, sys; print(*set({SLOW!r}) & set(sys.modules))",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == ""


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
