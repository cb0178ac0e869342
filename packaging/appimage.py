"""One file for any Linux, made with the project's own tool of that name.

`appimagetool` and the runtime it puts in front are in no package registry; whoever builds this
brings them: the tool on the PATH, the runtime in LONGSHORE_APPIMAGE_RUNTIME.
"""

import os
import shutil
from pathlib import Path

import bundle
from linux_tree import PROGRAM, desktop
from release import APP_ID, DIST, WORK, Release, fresh
from steps import Command, StepFailed, step

RUNTIME = "LONGSHORE_APPIMAGE_RUNTIME"

START = f"""\
#!/bin/sh
# Where this file system is mounted changes with each start.
here=$(dirname "$(readlink -f "$0")")
exec "$here/usr/lib/{PROGRAM}/{PROGRAM}" "$@"
"""


def build(release: Release) -> Path:
    """Writes dist/Longshore-VERSION-ARCH.AppImage. Raises StepFailed without the tool."""
    folder = appdir(release)
    runtime = os.environ.get(RUNTIME, "")
    if shutil.which("appimagetool") is None or not Path(runtime).is_file():
        raise StepFailed(
            f"The folder of the AppImage is ready: {folder}. Making one file of it needs "
            f"appimagetool, and its runtime named in {RUNTIME}."
        )
    DIST.mkdir(exist_ok=True)
    machine = os.uname().machine
    image = DIST / f"Longshore-{release.version}-{machine}.AppImage"
    command: Command = ["appimagetool", "--no-appstream", "--runtime-file", runtime, folder, image]
    told = {"ARCH": machine, "VERSION": release.version, "SOURCE_DATE_EPOCH": str(release.epoch)}
    step("Packing the AppImage", command, told)
    return image


def appdir(release: Release) -> Path:
    """The folder that becomes the file; it brings all libraries but the most common ones."""
    workshop = bundle.here()
    pictures = bundle.icons(workshop)
    program = bundle.frozen(release, workshop, name="appimage")
    folder = fresh(WORK / "AppDir")
    library = folder / "usr" / "lib" / PROGRAM
    library.parent.mkdir(parents=True)
    program.rename(library)
    desktop(folder / "usr" / "share", pictures)
    entry = folder / f"{APP_ID}.desktop"
    shutil.copy(folder / "usr" / "share" / "applications" / entry.name, entry)
    shutil.copy(pictures / "256.png", folder / f"{APP_ID}.png")
    (folder / ".DirIcon").symlink_to(f"{APP_ID}.png")
    (folder / "AppRun").write_text(START, encoding="utf-8")
    (folder / "AppRun").chmod(0o755)
    bundle.stamp(folder, release.epoch)
    return folder
