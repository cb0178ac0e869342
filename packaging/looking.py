"""The installed window has a large file looked into by another process, which ends with it."""

import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from interrupted import made_records

SIZE = 150_000_000
"""Bytes; a look takes seconds, so that it can be seen."""
ARGUMENT = "--look-into-files"
COMPLAINT = "no process looks into files"
"""What the log says where the window has to do it itself."""

Station = Callable[[str, bool, str], None]


def large_file(path: Path) -> Path:
    """A file of MARC records at `path`."""
    records = made_records(path, 3_000).read_bytes()
    with path.open("ab") as file:
        while file.tell() < SIZE:
            file.write(records)
    return path


def watched(
    start: Callable[[], "subprocess.Popen[bytes]"],
    kill: Callable[["subprocess.Popen[bytes]"], None],
    lives: Callable[[], bool],
    log: Path,
    station: Station,
) -> None:
    """`start` opens the window with a large file, `kill` ends it at once; `lives` tells whether
    such a process is there."""
    window = start()
    try:
        began = _until(lives, 60)
        at = time.monotonic()
        ended = began and _until(lambda: not lives(), 180)
        seconds = f"{time.monotonic() - at:.0f} s" if began else "none was seen"
        complaints = [line for line in _lines(log) if COMPLAINT in line]
        good = ended and window.poll() is None and not complaints
        station("a large file is looked into by another process", good, (*complaints, seconds)[0])
    finally:
        kill(window)
    window = start()
    try:
        began = _until(lives, 60)
    finally:
        kill(window)
    station("which ends with the window", began and _until(lambda: not lives(), 15), "")


def _until(so: Callable[[], bool], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while not so():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.05)
    return True


def _lines(log: Path) -> list[str]:
    return log.read_text(encoding="utf-8", errors="replace").splitlines() if log.is_file() else []
