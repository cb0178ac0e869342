"""Everything a developer types: `python3 packaging/dev.py run`, `test`, `lint`, `bench`, `lock`.

Needs nothing but Python; makes the environment it works in.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

if sys.version_info < (3, 11):  # noqa: UP036 - reached by older Pythons, which deserve a sentence
    sys.exit("Longshore needs Python 3.11 or newer; this is {}.{}.".format(*sys.version_info[:2]))

import argparse
import shutil
import subprocess

import environment
import system_packages
from steps import BUILD, ROOT, Command, StepFailed

# Run in the environment, so that what answers is what the program itself will meet.
PROBE_SCREEN = "from PySide6.QtGui import QGuiApplication; QGuiApplication([])"


def main() -> int:
    parser = argparse.ArgumentParser(prog="dev.py", description=__doc__.splitlines()[0])
    parser.add_argument("command", choices=COMMANDS)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="handed on to the command")
    chosen = parser.parse_args()
    try:
        return COMMANDS[chosen.command](chosen.arguments)
    except system_packages.Missing as missing:
        print(missing, file=sys.stderr)
        return 3
    except StepFailed as failed:
        print(failed, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def run(arguments: list[str]) -> int:
    """The demo in its window; without a screen, the same with screenshots and a table."""
    system_packages.require(window=True)
    python = environment.prepare()
    if _has_screen(python):
        print("Opening the window on the built-in servers.", flush=True)
        return _call([python, "-m", "app", "--demo", *arguments])
    folder = BUILD / "tour"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    print("No screen here: the same deliveries run without one.", flush=True)
    code = _call([python, "-m", "app", "--demo", "--tour", folder, *arguments], offscreen=True)
    for picture in sorted(folder.glob("*.png")):
        print(f"Screenshot: {picture.relative_to(ROOT)}")
    return code


def test(arguments: list[str]) -> int:
    """All checks, then the tests; the last line is pytest's own."""
    system_packages.require(window=True)
    system_packages.offer_test_tools()
    python = environment.prepare()
    checks = _checks(python)
    tests = _call([python, "-m", "pytest", *arguments], offscreen=True)
    return checks or tests


def lint(arguments: list[str]) -> int:
    """Format, lint and types."""
    system_packages.require(window=False)
    return _checks(environment.prepare())


def bench(arguments: list[str]) -> int:
    """Speeds as ratios to curl and to a plain client."""
    system_packages.require(window=True)
    system_packages.offer_test_tools()
    python = environment.prepare()
    return _call([python, "-m", "tests.bench", *arguments], offscreen=True)


def lock(arguments: list[str]) -> int:
    """Writes the locked versions again; `lock --upgrade` takes the newest allowed ones."""
    system_packages.require(window=False)
    environment.lock(arguments)
    return 0


def package(arguments: list[str]) -> int:
    """Builds what people install: `package deb`, and the like; `--check` tries it."""
    system_packages.require(window=True)
    # Here, because the other commands need none of it.
    import packages

    return packages.package(arguments)


COMMANDS = {
    "run": run,
    "test": test,
    "lint": lint,
    "bench": bench,
    "lock": lock,
    "package": package,
}


def _checks(python: Path) -> int:
    """Runs all of them, so that one run tells everything; 1 if any complains."""
    ruff: Command = [python, "-m", "ruff"]
    briefly = ["--quiet", "--output-format", "concise"]
    codes = [
        _call([*ruff, "format", "--check", *briefly], title="Format"),
        _call([*ruff, "check", *briefly], title="Lint"),
        _call([python, "-m", "mypy", "--no-error-summary"], title="Types"),
    ]
    return 1 if any(codes) else 0


def _call(command: Command, *, title: str = "", offscreen: bool = False) -> int:
    """Runs in the project folder with this terminal; a titled command gets a line of its own."""
    surroundings = dict(os.environ)
    if offscreen:
        surroundings["QT_QPA_PLATFORM"] = "offscreen"
    code = subprocess.run(command, cwd=ROOT, env=surroundings, check=False).returncode
    if title:
        print(f"{title}: {'ok' if code == 0 else 'FAILED'}", flush=True)
    return code


def _has_screen(python: Path) -> bool:
    if sys.platform in ("win32", "darwin"):
        return True
    if os.environ.get("QT_QPA_PLATFORM") in ("offscreen", "minimal"):
        return False
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return False
    # A stale DISPLAY is common over ssh; Qt would abort on it.
    probe: Command = [python, "-c", PROBE_SCREEN]
    try:
        return subprocess.run(probe, capture_output=True, timeout=20, check=False).returncode == 0
    except subprocess.TimeoutExpired:
        return False


if __name__ == "__main__":
    sys.exit(main())
