"""Facts about what is packaged: names, version, time; the same for every kind of package."""

import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path

from steps import BUILD, ROOT, StepFailed

APP_ID = "io.github.longshore.Longshore"
HOMEPAGE = "https://longshore.github.io"
MAINTAINER = "The Longshore developers <longshore@users.noreply.github.com>"
SUMMARY = "deliver files to servers and follow them to the last record"
DESCRIPTION = (
    "Longshore delivers files to a server and stays with them until the server has done its own "
    "work: MARC files to FOLIO Data Import, scan results to Fortify SSC, rostering files to "
    "TAO Advance.",
    "Files are dropped on its window or named on the command line. Each is checked, sent and "
    "followed to its last record, and every problem is told in a plain sentence.",
)

DIST = ROOT / "dist"
WORK = BUILD / "package"

_VERSION = re.compile(r'^__version__ = "(.+)"$', re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Release:
    """`epoch` is the time every file of a package carries, in seconds since 1970."""

    version: str
    epoch: int

    @property
    def numbers(self) -> tuple[int, int, int, int]:
        """The version as Windows writes it."""
        found = [int(number) for number in re.findall(r"\d+", self.version)][:4]
        first, second, third, fourth = [*found, 0, 0, 0, 0][:4]
        return first, second, third, fourth


def release(version: str = "") -> Release:
    """This checkout's; another `version` is for trying updates. Raises StepFailed."""
    text = (ROOT / "app" / "__init__.py").read_text(encoding="utf-8")
    found = _VERSION.search(text)
    if found is None:
        raise StepFailed("app/__init__.py names no version.")
    if version and not re.fullmatch(r"\d+(\.\d+){1,3}", version):
        raise StepFailed(f"“{version}” is not a version such as 1.2.3.")
    return Release(version or found[1], _epoch())


def _epoch() -> int:
    """SOURCE_DATE_EPOCH, else the time of the last commit, else that of the change log."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    try:
        asked = subprocess.run(
            ["git", "log", "-1", "--format=%ct"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        asked = None
    if asked is not None and asked.returncode == 0 and asked.stdout.strip().isdecimal():
        return int(asked.stdout)
    return int((ROOT / "CHANGELOG.md").stat().st_mtime)


def with_version(module: str, version: str) -> str:
    """The text of app/__init__.py with another version in it."""
    return _VERSION.sub(f'__version__ = "{version}"', module)


def fresh(folder: Path) -> Path:
    """The folder, empty."""
    import shutil

    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder
