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
UV = "uv==0.13.9"
PIP = ("-m", "pip", "install", "--disable-pip-version-check", "--no-input", "--progress-bar", "off")


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
    """Writes both lock files again from pyproject.toml, for every system, without addresses."""
    tools = BUILD / "tools"
    python = _new_environment(tools)
    step("Fetching uv", [python, *PIP, UV])
    compile_: Command = [
        *(python, "-m", "uv", "pip", "compile", "pyproject.toml", "--quiet"),
        *("--universal", "--python-version", "3.11", "--generate-hashes"),
        *("--no-emit-index-url", "--no-header", *options),
    ]
    # Relative, because uv writes the names of the files it was given into the result.
    run_time, development = (path.relative_to(ROOT) for path in (LOCK, DEVELOPMENT_LOCK))
    step("Locking what the program needs", [*compile_, "--output-file", run_time])
    extra: Command = ["--extra", "dev", "--constraint", run_time]
    step("Locking what developing needs", [*compile_, *extra, "--output-file", development])


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
    # Wheels only: nothing that is fetched runs before its hash and its kind are known.
    safely = ["--require-hashes", "--only-binary", ":all:"]
    step("Installing the locked packages", [python, *PIP, *safely, "-r", DEVELOPMENT_LOCK])


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
