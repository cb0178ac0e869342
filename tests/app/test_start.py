"""The window is painted before anything slow is imported, and Ctrl-C ends the program properly."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SLOW = ("httpx2", "httpcore2", "anyio", "keyring", "starlette", "uvicorn", "truststore", "sqlite3")


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
    program = "import sys; from app.desktop import main; sys.exit(main([], True, None))"
    running = subprocess.Popen(
        [sys.executable, "-c", program],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen", "LONGSHORE_HOME": str(tmp_path)},
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(4)
    assert running.poll() is None
    began = time.monotonic()
    running.send_signal(signal.SIGINT)
    _, errors = running.communicate(timeout=20)
    assert time.monotonic() - began < 5
    assert "Exception ignored" not in errors and "Task was destroyed" not in errors
    assert errors.strip().splitlines()[-1:] == ["KeyboardInterrupt"], errors
