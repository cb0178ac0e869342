"""`dev.py package KIND`: the files a person installs, from the lock and this checkout."""

import argparse
from collections.abc import Callable
from pathlib import Path

import appimage
import deb
import linux_check
import macos
import rpm
import sbom
import windows
import windows_check
from release import DIST, WORK, Release, release
from steps import ROOT, StepFailed

OLDER = "0.0.1"
"""What an update is tried from."""

Build = Callable[..., Path]

BUILDERS: dict[str, Build] = {
    "deb": deb.build,
    "rpm": rpm.build,
    "windows": windows.build,
    "appimage": appimage.build,
    "macos": macos.build,
    "sbom": sbom.build,
}
CHECKS: dict[str, Callable[[Path, Path], int]] = {
    "deb": linux_check.check_deb,
    "rpm": linux_check.check_rpm,
    "windows": windows_check.check,
}


def package(arguments: list[str]) -> int:
    """Builds one kind of package, says where it is, and tries it if asked to."""
    parser = argparse.ArgumentParser(prog="dev.py package")
    parser.add_argument("kind", choices=BUILDERS)
    parser.add_argument(
        "--check", action="store_true", help="try it: install, run, update, uninstall"
    )
    parser.add_argument("--version", default="", help="another version, to try updates with")
    parser.add_argument(
        "--quick", action="store_true", help="pack in seconds: larger, and not for others"
    )
    asked = parser.parse_args(arguments)
    if asked.check and asked.kind not in CHECKS:
        raise StepFailed(f"There is no check for {asked.kind}.")
    if not asked.check:
        _built(asked.kind, release(asked.version), quick=asked.quick)
        return 0
    older = _built(asked.kind, release(OLDER), quick=True, folder=WORK / "older")
    file = _built(asked.kind, release(asked.version), quick=asked.quick)
    return CHECKS[asked.kind](file, older)


def _built(kind: str, made: Release, *, quick: bool, folder: Path = DIST) -> Path:
    # The others pack in one way only.
    options = {"quick": quick, "folder": folder} if kind in ("deb", "rpm", "windows") else {}
    file = BUILDERS[kind](made, **options)
    print(f"{file.relative_to(ROOT)}: {file.stat().st_size / 1e6:.1f} MB", flush=True)
    return file
