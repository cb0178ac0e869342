"""The real Secret Service of a Linux desktop, private to the test."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
NEEDED = ("dbus-run-session", "gnome-keyring-daemon")
MISSING = [name for name in NEEDED if shutil.which(name) is None]

pytestmark = [
    pytest.mark.desktop,
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]

UNLOCKED = 'eval "$(printf test-pass | gnome-keyring-daemon --unlock --components=secrets)"'
LOCKED = "gnome-keyring-daemon --start --components=secrets"

ROUND = """
import asyncio
from app.core.destinations import Secret
from app.storage import Secrets

async def run():
    assert await Secrets().put("some id", Secret("hunter2")), "not kept"
    again = Secrets()
    assert await again.get("some id") == Secret("hunter2"), "not found again"
    assert again.available
    await again.forget("some id")
    assert await Secrets().get("some id") is None, "not forgotten"
    print("kept and forgotten")

asyncio.run(run())
"""

REFUSED = """
import asyncio
from app.core.destinations import Secret
from app.storage import KeyringProblem, Secrets

async def run():
    secrets = Secrets(patience=3)
    try:
        await secrets.get("some id")
    except KeyringProblem as problem:
        print(problem.id)
    held = await secrets.put("some id", Secret("hunter2"))
    print("held for the run" if not held and await secrets.get("some id") else "lost")

asyncio.run(run())
"""


def in_session(tmp_path: Path, daemon: str, program: str) -> str:
    """What `program` prints in a desktop session that has nothing but a keyring."""
    runtime = tmp_path / "run"
    runtime.mkdir(mode=0o700)
    (tmp_path / ".local" / "share" / "keyrings").mkdir(parents=True)
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "XDG_RUNTIME_DIR": str(runtime),
        "PYTHONPATH": str(ROOT),
    }
    script = f'{daemon} >/dev/null 2>&1; exec "$@"'
    if daemon is UNLOCKED:
        script = f'{daemon} 2>/dev/null; exec "$@"'
    done = subprocess.run(
        ["dbus-run-session", "--", "bash", "-c", script, "_", sys.executable, "-c", program],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_desktop_keyring_keeps_the_password_and_no_file_shows_it(tmp_path: Path) -> None:
    assert in_session(tmp_path, UNLOCKED, ROUND) == "kept and forgotten\n"
    for file in tmp_path.rglob("*"):
        if file.is_file():
            assert b"hunter2" not in file.read_bytes(), file


def test_a_locked_keyring_without_a_prompt_is_told_and_the_password_held(tmp_path: Path) -> None:
    told = in_session(tmp_path, LOCKED, REFUSED).splitlines()
    assert told[0].startswith("keyring.")
    assert told[1] == "held for the run"
