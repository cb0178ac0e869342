"""The frozen program: one folder that runs where there is no Python."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import environment
from release import APP_ID, WORK, Release, fresh, with_version
from steps import ROOT, Command, StepFailed, step

FROZEN = ROOT / "packaging" / "frozen"
NOTICES = "THIRD-PARTY.txt"


@dataclass(frozen=True, slots=True)
class Notice:
    """A work of others inside the bundle; `licence` is an SPDX expression."""

    name: str
    version: str
    licence: str
    texts: Sequence[str]


@dataclass(frozen=True, slots=True)
class Workshop:
    """The Python that freezes: how it is started, and what it must be told about paths."""

    python: Sequence[str | Path]
    drawing: Path
    """A Python with PySide6 that runs here, for icons and the list of licences."""
    path: Any = str
    """Turns a path of this machine into what the freezing Python calls it."""
    surroundings: Mapping[str, str] = field(default_factory=dict)


def here() -> Workshop:
    """Freezing for the system this runs on."""
    python = environment.freezing()
    return Workshop([python], python)


def icons(workshop: Workshop) -> Path:
    """The folder of the program's icons as pictures, `longshore.ico` and `longshore.icns`."""
    folder = WORK / "icons"
    drawing = ROOT / "resources" / f"{APP_ID}.svg"
    if not (folder / "longshore.icns").exists() or _newer(drawing, folder / "longshore.icns"):
        script: Command = [workshop.drawing, FROZEN / "draw_icons.py", drawing, folder]
        step("Drawing the icons", script, {"QT_QPA_PLATFORM": "offscreen"})
    return folder


def notices(workshop: Workshop) -> list[Notice]:
    """Everything in the bundle that others wrote. Raises StepFailed where a licence is missing."""
    asked = subprocess.run(
        [workshop.drawing, FROZEN / "notices.py"], capture_output=True, text=True, check=False
    )
    if asked.returncode != 0:
        raise StepFailed(asked.stderr.strip())
    return [Notice(**one) for one in json.loads(asked.stdout)]


def frozen(
    release: Release,
    workshop: Workshop,
    *,
    name: str,
    system_libraries: bool = False,
    **facts: object,
) -> Path:
    """Freezes into `WORK/name/longshore` and returns that folder.

    With `system_libraries` the package manager brings what the system has. `facts` go to the
    recipe: `icon`, `version_resource`, `manifest`, `info_plist`, `entitlements`.
    """
    place = fresh(WORK / name)
    told = {
        "source": workshop.path(source(release, workshop, place / "source")),
        "version": release.version,
        "id": APP_ID,
        "system_libraries": system_libraries,
        **dict.fromkeys(("icon", "version_resource", "manifest", "info_plist", "entitlements")),
        **facts,
    }
    step(
        "Freezing the program",
        [
            *(*workshop.python, "-m", "PyInstaller", "--noconfirm", "--log-level", "WARN"),
            *("--distpath", workshop.path(place), "--workpath", workshop.path(place / "work")),
            workshop.path(FROZEN / "longshore.spec"),
        ],
        {
            "LONGSHORE_FREEZE": json.dumps(told),
            "SOURCE_DATE_EPOCH": str(release.epoch),
            # The order of sets would be in the compiled modules otherwise.
            "PYTHONHASHSEED": "1",
            "PYTHONDONTWRITEBYTECODE": "1",
            **workshop.surroundings,
        },
    )
    shutil.rmtree(place / "work")
    return place / "longshore"


def source(release: Release, workshop: Workshop, folder: Path) -> Path:
    """A copy of the program with this release's version and the licences of others in it."""
    unwanted = shutil.ignore_patterns("__pycache__")
    for part in ("app", "resources"):
        shutil.copytree(ROOT / part, folder / part, ignore=unwanted)
    module = folder / "app" / "__init__.py"
    text = with_version(module.read_text(encoding="utf-8"), release.version)
    module.write_text(text, encoding="utf-8")
    (folder / "resources" / NOTICES).write_text(_listed(notices(workshop)), encoding="utf-8")
    return folder


def size(folder: Path) -> int:
    """Bytes of all files under `folder`, links not counted."""
    return sum(
        path.stat().st_size
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink()
    )


def stamp(folder: Path, epoch: int) -> None:
    """Gives everything under `folder` the same time."""
    for path in [folder, *folder.rglob("*")]:
        os.utime(path, (epoch, epoch), follow_symlinks=not path.is_symlink())


def _listed(found: Sequence[Notice]) -> str:
    rule = "=" * 78
    parts = ["Longshore contains these works of others, each under its own licence.\n"]
    parts += [f"{one.name} {one.version}  ({one.licence})" for one in found]
    for one in found:
        parts.append(f"\n{rule}\n{one.name} {one.version}\n{one.licence}\n{rule}\n")
        parts += one.texts
    return "\n".join(parts) + "\n"


def _newer(first: Path, second: Path) -> bool:
    return first.stat().st_mtime > second.stat().st_mtime
