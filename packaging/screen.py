"""A private X server for trying windows, and pictures of it."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def screen() -> Iterator[str]:
    """The name of a new display; empty where there is no Xvfb."""
    if shutil.which("Xvfb") is None:
        yield ""
        return
    reading, writing = os.pipe()
    arguments = ["-displayfd", str(writing), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    server = subprocess.Popen(["Xvfb", *arguments], pass_fds=[writing], stderr=subprocess.DEVNULL)
    os.close(writing)
    try:
        with os.fdopen(reading) as told:
            number = told.readline().strip()
        yield f":{number}" if number else ""
    finally:
        server.terminate()
        server.wait(10)


def window(display: str, name: str = "Longshore") -> str:
    """Title, class and size of a window with this in its title; empty if there is none."""
    if shutil.which("xwininfo") is None:
        return ""
    asked = subprocess.run(
        ["xwininfo", "-root", "-tree", "-display", display],
        capture_output=True,
        text=True,
        check=False,
    )
    # Windows that only pass messages have no class.
    found = re.search(rf'"([^"]*{name}[^"]*)": \(([^)]+)\)\s+(\d+x\d+)', asked.stdout)
    return f"“{found[1]}” {found[2]} {found[3]}" if found else ""


def shot(display: str, path: Path) -> None:
    """Saves what the display shows, where ImageMagick is there to do it."""
    if shutil.which("import") is not None:
        command = ["import", "-window", "root", "-display", display, str(path)]
        subprocess.run(command, check=False, capture_output=True)
