"""What the system must bring: Qt's libraries, a font, `venv`, and the tools some tests drive.

Only Debian and its relatives get packages installed, and only as root or with a sudo that asks
for no password. `LONGSHORE_APT=no` leaves the system as it is.
"""

import ctypes
import importlib.util
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

from steps import StepFailed, step

LIBRARIES = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libgssapi_krb5.so.2": "libgssapi-krb5-2",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
}
FONT_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
FONT = "fonts-dejavu-core"

# What to look for (a program, or a file by pattern) and the package that brings it.
TEST_TOOLS = {
    "Xvfb": "xvfb",
    "xdotool": "xdotool",
    "openbox": "openbox",
    "dbus-run-session": "dbus",
    "gnome-keyring-daemon": "gnome-keyring",
    "curl": "curl",
    "tidy": "tidy",
    "/usr/sbin/nginx": "nginx-light",
    "/usr/libexec/at-spi-bus-launcher": "at-spi2-core",
    "/usr/lib/python3/dist-packages/gi/__init__.py": "python3-gi",
    "/usr/lib/python3/dist-packages/pyatspi/__init__.py": "python3-pyatspi",
    "/usr/lib/*/girepository-1.0/Gtk-3.0.typelib": "gir1.2-gtk-3.0",
    "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf": FONT,
}

NO_QUESTIONS = ["env", "DEBIAN_FRONTEND=noninteractive"]


class Missing(Exception):
    """Packages are needed and may not be installed from here; says the command that does it."""


def require(*, window: bool) -> None:
    """Returns once `venv` and, for a window, Qt's libraries and a font are there.

    Raises Missing with one command for all of it.
    """
    if not sys.platform.startswith("linux"):
        return
    packages = []
    # A Python that did not come with the system brings its own, or cannot be helped from here.
    if importlib.util.find_spec("ensurepip") is None and sys.base_prefix == "/usr":
        packages.append(f"python{sys.version_info.major}.{sys.version_info.minor}-venv")
    libraries = [name for name in LIBRARIES if not _loads(name)] if window else []
    packages += [LIBRARIES[name] for name in libraries]
    if window and not _has_font():
        packages.append(FONT)
    if not packages:
        return
    if shutil.which("apt-get") is None:
        wanted = ", ".join(libraries) or "a font, or Python's ensurepip"
        print(f"This may not go well: the system lacks {wanted}.", file=sys.stderr)
        return
    _install("Installing what the system lacks", packages)


def offer_test_tools() -> None:
    """Installs what is missing where that is possible; else says which tests will skip for it."""
    if not sys.platform.startswith("linux"):
        return
    missing = {tool: package for tool, package in TEST_TOOLS.items() if not _present(tool)}
    if not missing:
        return
    try:
        _install("Installing the tools of the desktop tests", missing.values())
    except (Missing, StepFailed) as refusal:
        names = ", ".join(Path(tool).name for tool in missing)
        print(f"Tests that need {names} will skip. {refusal}", file=sys.stderr)


def _install(title: str, packages: Iterable[str]) -> None:
    packages = sorted(set(packages))
    if shutil.which("apt-get") is None:
        raise Missing(f"This is not Debian; there they come from: {' '.join(packages)}.")
    command = ["apt-get", "install", "-y", "--no-install-recommends", *packages]
    # Fails where the list of packages was never fetched, as on a new machine.
    known = subprocess.run([*command, "--simulate"], capture_output=True, check=False)
    rights = _rights()
    if rights is None:
        typed = "sudo " + " ".join(command)
        if known.returncode != 0:
            typed = "sudo apt-get update && " + typed
        raise Missing(f"These packages are needed first:\n\n    {typed}\n")
    update = [*rights, "apt-get", "update"]
    if known.returncode != 0:
        step("Fetching the list of packages", update)
    try:
        step(title, [*rights, *command])
    except StepFailed:
        if known.returncode != 0:
            raise
        # An old list names versions that the servers no longer hold.
        step("Fetching the list of packages", update)
        step(title, [*rights, *command])


def _rights() -> list[str] | None:
    """What to put before a command that needs root; None if that cannot be had."""
    if os.environ.get("LONGSHORE_APT") == "no":
        return None
    if os.geteuid() == 0:
        return NO_QUESTIONS
    if shutil.which("sudo"):
        asked = subprocess.run(["sudo", "-n", "true"], capture_output=True, check=False)
        if asked.returncode == 0:
            return ["sudo", "-n", *NO_QUESTIONS]
    return None


def _loads(library: str) -> bool:
    try:
        ctypes.CDLL(library)
    except OSError:
        return False
    return True


def _has_font() -> bool:
    folders = (Path(folder).expanduser() for folder in FONT_FOLDERS)
    return any(
        path.suffix.lower() in (".ttf", ".otf", ".ttc", ".pfb")
        for folder in folders
        if folder.is_dir()
        for path in folder.rglob("*")
    )


def _present(tool: str) -> bool:
    if tool.startswith("/"):
        return any(Path("/").glob(tool.removeprefix("/")))
    return shutil.which(tool) is not None
