"""A true drag from another program's window ends in finished rows; one of words is refused."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.demo_files import write_marc

HERE = Path(__file__).parent
ROOT = HERE.parent.parent
SECONDS = 60.0
SOURCE = (120, 95)
"""The middle of the window that is dragged from."""
TARGET = (800, 400)
"""Somewhere over the list."""

needed = [name for name in ("Xvfb", "xdotool") if shutil.which(name) is None]
pytestmark = [
    pytest.mark.desktop,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="X11 is tested on Linux"),
    pytest.mark.skipif(bool(needed), reason=f"not installed: {', '.join(needed)}"),
]


class Told:
    """A process that prints lines of JSON, read without waiting for ever."""

    def __init__(
        self, command: Sequence[str], environment: dict[str, str], *, takes: bool = False
    ) -> None:
        self.process = subprocess.Popen(
            command,
            env=environment,
            cwd=ROOT,
            stdin=subprocess.PIPE if takes else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._lines: queue.Queue[str] = queue.Queue()
        self.errors: list[str] = []
        self._readers = [
            threading.Thread(target=read, daemon=True) for read in (self._read, self._read_errors)
        ]
        for reader in self._readers:
            reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._lines.put(line)

    def _read_errors(self) -> None:
        assert self.process.stderr is not None
        self.errors.extend(self.process.stderr)

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """The first event that is wanted; fails with what the process wrote when none comes."""
        end = time.monotonic() + SECONDS
        while True:
            try:
                line = self._lines.get(timeout=max(0.01, end - time.monotonic()))
            except queue.Empty:
                pytest.fail(f"nothing came; errors: {''.join(self.errors)[-2000:]}")
            event = json.loads(line)
            if wanted(event):
                return dict(event)

    def end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(10)
        for reader in self._readers:
            reader.join(10)
        for pipe in (self.process.stdin, self.process.stdout, self.process.stderr):
            if pipe is not None:
                pipe.close()


@pytest.fixture
def display(tmp_path: Path) -> Iterator[dict[str, str]]:
    """The environment of a private X server on a free display."""
    reading, writing = os.pipe()
    command = [
        "Xvfb",
        "-displayfd",
        str(writing),
        "-screen",
        "0",
        "1600x1000x24",
        "-nolisten",
        "tcp",
    ]
    server = subprocess.Popen(
        command, pass_fds=[writing], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    os.close(writing)
    try:
        with os.fdopen(reading) as answer:
            number = answer.readline().strip()
        assert number, "Xvfb did not start"
        environment = dict(os.environ)
        environment.pop("WAYLAND_DISPLAY", None)
        yield environment | {
            "DISPLAY": f":{number}",
            "QT_QPA_PLATFORM": "xcb",
            "LONGSHORE_HOME": str(tmp_path / "home"),
            "PYTHONPATH": str(ROOT),
        }
    finally:
        server.terminate()
        server.wait(10)


@contextmanager
def running(environment: dict[str, str], script: str, *arguments: str) -> Iterator[Told]:
    process = Told([sys.executable, str(HERE / script), *arguments], environment)
    try:
        yield process
    finally:
        process.end()


def mouse(environment: dict[str, str], *arguments: object) -> None:
    words = [str(argument) for argument in arguments]
    subprocess.run(["xdotool", *words], env=environment, check=True, timeout=20)


def drag(environment: dict[str, str], *, hold: float = 0.0) -> None:
    """From the source to the window, as a hand does it; with `hold` it waits before it lets go."""
    command = ["search", "--sync", "--onlyvisible", "--name", "drag-source"]
    mouse(environment, *command)
    time.sleep(0.5)
    mouse(environment, "mousemove", *SOURCE, "mousedown", 1)
    time.sleep(0.2)
    for step in range(1, 13):
        x = SOURCE[0] + (TARGET[0] - SOURCE[0]) * step // 12
        y = SOURCE[1] + (TARGET[1] - SOURCE[1]) * step // 12
        mouse(environment, "mousemove", x, y)
        time.sleep(0.04)
    mouse(environment, "mousemove", TARGET[0] + 3, TARGET[1] + 3)
    time.sleep(0.3 + hold)
    mouse(environment, "mouseup", 1)


def test_files_dragged_from_another_window_end_as_finished_rows(
    display: dict[str, str], tmp_path: Path
) -> None:
    folder = tmp_path / "from a bookseller"
    folder.mkdir()
    write_marc(folder / "new titles ä & ö.mrc", 40)
    write_marc(tmp_path / "gifts.mrc", 25, without_title=(7,))
    wanted = [str(folder), str(tmp_path / "gifts.mrc")]
    with running(display, "window_under_drag.py") as window:
        window.until(lambda event: "ready" in event)
        with running(display, "drag_source.py", *wanted) as source:
            drag(display)
            dropped = window.until(lambda event: "dropped" in event)
            assert dropped["dropped"] == wanted
            rows = [window.until(lambda event: "name" in event) for _ in range(2)]
            assert source.process.poll() is None
        codes = {row["name"]: row["code"] for row in rows}
        assert codes == {"new titles ä & ö.mrc": "done", "gifts.mrc": "done_with_errors"}
        assert window.process.wait(20) == 0


def test_a_drag_of_words_is_refused_and_says_why(display: dict[str, str]) -> None:
    with (
        running(display, "window_under_drag.py") as window,
        running(display, "drag_source.py", "--words"),
    ):
        window.until(lambda event: "ready" in event)
        drag(display, hold=0.3)
        refused = window.until(lambda event: "refused" in event or "dropped" in event)
        assert "Save it to disk first" in refused["refused"]
