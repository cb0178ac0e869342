"""One window for each person and home: later starts hand over their files and end."""

from __future__ import annotations

import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from app.desktop import Desk, opened
from app.storage import places
from app.system.handover import GREETING, LARGEST, LENGTH, Answer, Message, handed_over
from app.system.instance import Instance, OpenedFiles

from .conftest import ROOT, Told

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sockets in the file system")

Start = Callable[..., Told]


def later(*arguments: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "app", *arguments],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def ended(process: subprocess.Popen[str]) -> int:
    _, errors = process.communicate(timeout=60)
    assert errors == ""
    return process.returncode


def test_later_starts_end_at_once_and_their_files_are_in_the_first(
    window: Start, place: str, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{n}.mrc" for n in range(5)]
    for path in paths:
        path.write_bytes(b"x")
    first = window()
    first.until(lambda event: "ready" in event)
    assert stat.S_IMODE(Path(place).stat().st_mode) & 0o077 == 0
    began = time.monotonic()
    assert ended(later(str(paths[0]))) == 0
    assert time.monotonic() - began < 10
    assert first.until(lambda event: "files" in event)["files"] == [str(paths[0])]
    many = [later(str(path)) for path in paths[1:]]
    assert [ended(one) for one in many] == [0] * 4
    found: set[str] = set()
    while len(found) < 4:
        found.update(first.until(lambda event: "files" in event)["files"])
    assert found == {str(path) for path in paths[1:]}
    first.process.send_signal(signal.SIGTERM)
    assert first.process.wait(20) == 0
    assert not Path(place).exists()


def test_files_that_come_while_the_first_still_starts_are_not_lost(
    window: Start, place: str, tmp_path: Path
) -> None:
    path = tmp_path / "early.mrc"
    path.write_bytes(b"x")
    first = window()
    limit = time.monotonic() + 60
    while not Path(place).exists() and time.monotonic() < limit:
        time.sleep(0.005)
    # It listens and shows nothing yet.
    process = later(str(path))
    taken = first.until(lambda event: "files" in event or "ready" in event)
    if "ready" in taken:
        taken = first.until(lambda event: "files" in event)
    assert taken["files"] == [str(path)]
    assert ended(process) == 0


def test_what_a_crash_left_behind_is_taken_over(window: Start, place: str, tmp_path: Path) -> None:
    path = tmp_path / "a.mrc"
    path.write_bytes(b"x")
    first = window()
    first.until(lambda event: "ready" in event)
    first.process.kill()
    first.process.wait(10)
    assert Path(place).exists()
    second = window()
    second.until(lambda event: "ready" in event)
    assert ended(later(str(path))) == 0
    assert second.until(lambda event: "files" in event)["files"] == [str(path)]


def test_commands_and_the_demo_do_not_ask_the_first(window: Start) -> None:
    first = window()
    first.until(lambda event: "ready" in event)
    # Stopped as it is, it could answer nobody.
    first.process.send_signal(signal.SIGSTOP)
    told = subprocess.run(
        [sys.executable, "-m", "app", "destinations", "--json"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert told.stdout == "[]\n"
    first.process.send_signal(signal.SIGCONT)


def test_the_window_comes_to_the_front(
    window: Start, display: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in display.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    first = window()
    first.until(lambda event: event.get("front"))
    subprocess.run(["xdotool", "getactivewindow", "windowminimize"], check=True, timeout=20)
    first.until(lambda event: event.get("front") is False)
    assert ended(later(DESKTOP_STARTUP_ID="launcher-1-host_TIME12345")) == 0
    first.until(lambda event: event.get("front"))


@pytest.fixture
def instance(qapp: QApplication, place: str) -> Any:
    one = Instance()
    assert one.claim(place, Message())
    one.listen()
    yield one
    one.close()


def spoken(qtbot: Any, place: str, said: bytes) -> bytes:
    """What the first answers to these bytes until it hangs up or says all it has to say."""
    with socket.socket(socket.AF_UNIX) as line:
        line.setblocking(False)
        line.connect(place)
        heard = bytearray()
        sent = False

        def over() -> bool:
            nonlocal sent
            try:
                more = line.recv(1000)
            except BlockingIOError:
                return False
            heard.extend(more)
            if heard.startswith(GREETING[:10]) and not sent:
                sent = True
                line.send(said)
            return not more or heard.endswith(b"OK\n")

        qtbot.waitUntil(over, timeout=10_000)
    return bytes(heard).partition(b"\n")[2]


def test_messages_wait_for_somebody_to_take_them(
    instance: Instance, qtbot: Any, place: str
) -> None:
    message = Message((Path("/a"), Path("/b")), "t")
    assert spoken(qtbot, place, message.packed()) == b"OK\n"
    taken: list[Message] = []
    instance.deliver(taken.append)
    assert taken == [message]
    assert spoken(qtbot, place, Message().packed()) == b"OK\n"
    assert taken == [message, Message()]


@pytest.mark.parametrize(
    "said",
    [
        LENGTH.pack(LARGEST + 1) + b"{",
        LENGTH.pack(2) + b"[]",
        LENGTH.pack(2) + b"{} and more",
        LENGTH.pack(40_000) + b"[" * 40_000,
        LENGTH.pack(30) + json.dumps({"show": True, "paths": 1}).encode().ljust(30),
    ],
)
def test_nonsense_is_hung_up_on(instance: Instance, qtbot: Any, place: str, said: bytes) -> None:
    taken: list[Message] = []
    instance.deliver(taken.append)
    assert spoken(qtbot, place, said) == b""
    assert taken == []
    assert spoken(qtbot, place, Message().packed()) == b"OK\n"


def test_a_second_listener_gives_its_files_to_the_first(
    instance: Instance, place: str, tmp_path: Path
) -> None:
    """Two that start together: the one that comes second to the lock is told by the other."""
    program = (
        "import sys\nfrom pathlib import Path\nfrom PySide6.QtCore import QCoreApplication\n"
        "from app.system.handover import Message\nfrom app.system.instance import Instance\n"
        "app = QCoreApplication([])\n"
        f"print(Instance().claim({place!r}, Message((Path('/late'),))))"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as second:
        taken: list[Message] = []
        instance.deliver(taken.append)
        limit = time.monotonic() + 30
        while second.poll() is None and time.monotonic() < limit:
            QApplication.processEvents()
        assert second.stdout is not None and second.stdout.read() == "False\n"
    assert taken == [Message((Path("/late"),))]


def test_a_program_that_is_ending_takes_no_more_files(
    instance: Instance, qapp: QApplication, ui: Any, place: str, own_home: Path
) -> None:
    """What it took then would be in no list: the later start shows a window of its own."""
    answers: list[Answer] = []

    def starts() -> None:
        while not answers or answers[-1] is Answer.TAKEN:
            answers.append(handed_over(place, Message((Path("/late"),)), 20.0))

    later = threading.Thread(target=starts)

    async def guide(desk: Desk) -> int:
        later.start()
        return 0

    home = places().made()
    assert ui(opened(qapp, home, None, [], guide, instance=instance), limit=60) == 0
    instance.close()
    later.join(30)
    assert answers and Answer.TAKEN not in answers


def test_a_file_from_the_dock_is_opened(qapp: QApplication, tmp_path: Path) -> None:
    got: list[Path] = []
    opened = OpenedFiles(qapp, got.append)
    try:
        event = QFileOpenEvent(QUrl.fromLocalFile(str(tmp_path / "a b.mrc")))
        QApplication.sendEvent(qapp, event)
        QApplication.sendEvent(qapp, QFileOpenEvent(QUrl("https://example.org/a")))
    finally:
        qapp.removeEventFilter(opened)
    assert got == [tmp_path / "a b.mrc"]
