"""The virtual environment: locked dependencies, and the project itself in editable form.

The project is installed by its own build backend, which is among the locked dependencies, so no
network is asked and both the `longshore` command and the installed version number are real ones.
"""

import hashlib
import json
import os
import shutil
import sys
from pathlib import Path

from steps import BUILD, ROOT, Command, StepFailed, step

LOCK = ROOT / "packaging" / "requirements.lock"
DEVELOPMENT_LOCK = ROOT / "packaging" / "requirements-dev.lock"
PACKAGING_LOCK = ROOT / "packaging" / "requirements-package.lock"
PACKAGING_NEEDS = PACKAGING_LOCK.with_suffix(".in")
UV = "uv==0.13.9"
PIP = ("-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off")
# Wheels only: nothing that is fetched runs before its hash and its kind are known.
SAFELY = ("--require-hashes", "--only-binary", ":all:")


def prepare() -> Path:
    """The environment's Python, once the environment is what the lock says."""
    folder = Path(os.environ.get("LONGSHORE_VENV") or ROOT / ".venv").absolute()
    python = _python(folder)
    stamp = folder / "longshore-environment.json"
    wanted = {
        "python": f"{sys.version} {sys.platform}",
        "folder": str(folder),
        "lock": _digest(DEVELOPMENT_LOCK),
        "project": f"{ROOT} {_digest(ROOT / 'pyproject.toml')}",
    }
    found = _read(stamp)
    without_project = {**wanted, "project": ""}
    if not python.exists() or {**found, "project": ""} != without_project:
        _install_dependencies(_new_environment(folder))
        stamp.write_text(json.dumps(without_project, indent=2), encoding="utf-8")
        found = without_project
    if found != wanted:
        _install_project(python)
        stamp.write_text(json.dumps(wanted, indent=2), encoding="utf-8")
    return python


def lock(options: list[str]) -> None:
    """Writes the lock files again from what is asked for, for every system, without addresses."""
    compile_: Command = [*uv(), "pip", "compile", "--quiet", "--universal"]
    compile_ = [*compile_, "--python-version", "3.11", "--generate-hashes"]
    compile_ = [*compile_, "--no-emit-index-url", "--no-header", *options]
    # Relative, because uv writes the names of the files it was given into the result.
    run_time, development, packaging, needs = (
        path.relative_to(ROOT) for path in (LOCK, DEVELOPMENT_LOCK, PACKAGING_LOCK, PACKAGING_NEEDS)
    )
    ours: Command = [*compile_, "pyproject.toml"]
    step("Locking what the program needs", [*ours, "--output-file", run_time])
    extra: Command = ["--extra", "dev", "--constraint", run_time]
    step("Locking what developing needs", [*ours, *extra, "--output-file", development])
    freezing: Command = [needs, "--constraint", run_time, "--output-file", packaging]
    step("Locking what packaging needs", [*compile_, *freezing])


def uv() -> Command:
    """The command of uv, which knows other systems' packages; it is fetched where it is missing."""
    tools = BUILD / "tools"
    python = _python(tools)
    if not python.exists():
        python = _new_environment(tools)
        step("Fetching uv", [python, *PIP, UV])
    return [python, "-m", "uv"]


def freezing() -> Path:
    """The Python of an environment that holds what the program needs and PyInstaller, no more.

    PyInstaller takes in whatever it finds installed, so it gets an environment of its own.
    """
    folder = BUILD / "package" / "environment"
    stamp = folder / "longshore-environment.json"
    wanted = {"python": f"{sys.version} {sys.platform}", "folder": str(folder)}
    wanted |= {path.name: _digest(path) for path in (LOCK, PACKAGING_LOCK)}
    if _read(stamp) != wanted:
        python = _new_environment(folder)
        locks: Command = ["-r", LOCK, "-r", PACKAGING_LOCK]
        step("Installing what is packaged", [python, *PIP, *SAFELY, *locks])
        stamp.write_text(json.dumps(wanted, indent=2), encoding="utf-8")
    return _python(folder)


def packaging_digest() -> str:
    """Another one whenever something else is to be packaged."""
    return f"{_digest(LOCK)} {_digest(PACKAGING_LOCK)}"


def _new_environment(folder: Path) -> Path:
    """The Python of a new, empty virtual environment; an old one there is replaced."""
    if folder.exists():
        _remove(folder)
    # Inside a virtual environment, `sys.executable` may be the very file that was just removed.
    base = getattr(sys, "_base_executable", None) or sys.executable
    step("Making an environment", [base, "-m", "venv", folder])
    return _python(folder)


def _python(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def _install_dependencies(python: Path) -> None:
    step("Installing the locked packages", [python, *PIP, *SAFELY, "-r", DEVELOPMENT_LOCK])


def _install_project(python: Path) -> None:
    offline = ["--isolated", "--no-index", "--no-deps", "--no-build-isolation"]
    step("Installing the project", [python, *PIP, *offline, "--editable", ROOT])


def _remove(folder: Path) -> None:
    if any(folder.iterdir()) and not (folder / "pyvenv.cfg").exists():
        raise StepFailed(f"{folder} is not a virtual environment; it is left alone.")
    if Path(sys.prefix) == folder and os.name == "nt":
        raise StepFailed("Run this with the system's Python, not with the environment's own.")
    shutil.rmtree(folder)


def _digest(path: Path) -> str:
    # Line ends differ between checkouts of the same file.
    return hashlib.sha256(path.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


def _read(stamp: Path) -> dict[str, str]:
    try:
        found = json.loads(stamp.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
