"""What a second start says to the first, and where the two meet."""

from __future__ import annotations

import json
import os
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.system.handover import (
    GREETING,
    LARGEST,
    LENGTH,
    OK,
    Answer,
    Message,
    activation_token,
    handed_over,
    meeting_place,
)

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sockets in the file system")


def test_a_message_survives_the_way(tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode(b"nov\xe9.mrc")
    message = Message((odd, tmp_path / "ä “b”\n.csv"), "token 1")
    packed = message.packed()
    assert LENGTH.unpack_from(packed)[0] == len(packed) - LENGTH.size
    assert Message.unpacked(packed[LENGTH.size :]) == message
    monitor = Message(monitor=True).packed()[LENGTH.size :]
    assert json.loads(monitor) == {"show": True, "paths": [], "token": "", "monitor": True}
    assert Message.unpacked(monitor).monitor and not message.monitor


def test_too_many_files_are_not_handed_over() -> None:
    with pytest.raises(ValueError, match="too many"):
        Message((Path("/" + "x" * LARGEST),)).packed()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"show": true, "paths": ["../a"], "token": ""}',
        b'{"show": true, "paths": [1], "token": ""}',
        b'{"show": true, "paths": [], "token": 1}',
        b'{"show": false, "paths": [], "token": ""}',
    ],
)
def test_what_is_no_message_is_refused(body: bytes) -> None:
    with pytest.raises(ValueError):
        Message.unpacked(body)


def test_each_home_has_a_place_of_its_own(runtime: Path, tmp_path: Path) -> None:
    def place(**environment: str) -> str:
        return meeting_place({"XDG_RUNTIME_DIR": str(runtime), **environment})

    one = place(LONGSHORE_HOME=str(tmp_path / "a"))
    assert one == place(LONGSHORE_HOME=str(tmp_path / "a"), XDG_CONFIG_HOME="/elsewhere")
    assert (
        len({one, place(LONGSHORE_HOME=str(tmp_path / "b")), place(), place(XDG_STATE_HOME="/x")})
        == 4
    )
    assert Path(one).parent == runtime
    assert len(os.fsencode(one)) < 100


def test_a_folder_that_others_may_enter_is_no_place(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert meeting_place({"XDG_RUNTIME_DIR": str(tmp_path)}) == ""
    tmp_path.chmod(0o700)
    assert meeting_place({"XDG_RUNTIME_DIR": str(tmp_path)}) != ""


def test_without_a_runtime_folder_one_is_made_for_this_user_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    folder = Path(meeting_place({})).parent
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    folder.rmdir()
    folder.symlink_to(tmp_path)
    assert meeting_place({}) == ""


def test_instances_inside_flatpak_meet_in_the_folder_they_share(tmp_path: Path) -> None:
    shared = tmp_path / "app" / "org.x"
    shared.mkdir(parents=True, mode=0o700)
    place = meeting_place({"XDG_RUNTIME_DIR": str(tmp_path), "FLATPAK_ID": "org.x"})
    assert Path(place).parent == shared


def test_the_permission_of_the_desktop_goes_along() -> None:
    assert activation_token({"DESKTOP_STARTUP_ID": "x_TIME7", "XDG_ACTIVATION_TOKEN": ""}) == (
        "x_TIME7"
    )
    assert activation_token({"XDG_ACTIVATION_TOKEN": "w", "DESKTOP_STARTUP_ID": "x"}) == "w"
    assert activation_token({}) == ""


@contextmanager
def listening(place: str, talk: Callable[[socket.socket], None]) -> Iterator[None]:
    """Somebody at the place who talks to the first that comes."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(place)
        server.listen()

        def serve() -> None:
            line, _ = server.accept()
            with line:
                talk(line)

        serving = threading.Thread(target=serve)
        serving.start()
        yield
        serving.join(10)


def test_nobody_there_is_known_at_once(place: str) -> None:
    assert handed_over(place, Message()) is Answer.NOBODY
    assert handed_over("", Message()) is Answer.NOBODY
    with socket.socket(socket.AF_UNIX) as crashed:
        crashed.bind(place)
    assert Path(place).exists()
    assert handed_over(place, Message()) is Answer.NOBODY


def test_one_that_does_not_answer_is_left_alone_and_gets_nothing(place: str) -> None:
    got: list[bytes] = []
    with listening(place, lambda line: got.append(line.recv(100))):
        began = time.monotonic()
        assert handed_over(place, Message((Path("/a"),)), 0.3) is Answer.SILENT
        assert 0.25 < time.monotonic() - began < 5
    assert got == [b""]


@pytest.mark.parametrize("greeting", [b"220 mail\r\n", b'{"longshore": 2}\n', b"x" * 300, b"[]\n"])
def test_another_program_at_the_place_gets_no_file_names(place: str, greeting: bytes) -> None:
    got: list[bytes] = []

    def talk(line: socket.socket) -> None:
        line.sendall(greeting)
        got.append(line.recv(100))

    with listening(place, talk):
        assert handed_over(place, Message((Path("/a"),))) is Answer.SILENT
    assert got == [b""]


def test_a_first_that_ends_in_the_middle_has_not_taken_it(place: str) -> None:
    def talk(line: socket.socket) -> None:
        line.sendall(GREETING)
        line.recv(2)

    with listening(place, talk):
        assert handed_over(place, Message((Path("/a"),))) is not Answer.TAKEN


def test_a_second_start_loads_next_to_nothing(place: str) -> None:
    """The whole process, greeted by somebody who takes the message."""
    got = bytearray()

    def talk(line: socket.socket) -> None:
        line.sendall(GREETING)
        while len(got) < LENGTH.size or len(got) < LENGTH.size + LENGTH.unpack_from(got)[0]:
            got.extend(line.recv(4096))
        line.sendall(OK)

    program = (
        "import sys; from app.__main__ import main; sys.argv[1:] = ['/a.mrc']; code = main();"
        "print(code, [m for m in ('PySide6', 'asyncio', 'argparse', 'app.storage')"
        " if m in sys.modules])"
    )
    with listening(place, talk):
        told = subprocess.run(
            [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
        )
    assert told.stdout.split(maxsplit=1) == ["0", "[]\n"]
    assert Message.unpacked(bytes(got[LENGTH.size :])).paths == (Path("/a.mrc"),)
