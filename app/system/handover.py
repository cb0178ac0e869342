"""A second start hands its files to the first one and ends. Standard library only: it is quick.

The first greets with one line of JSON, {"longshore": 1, "pid": 123}. The second answers with the
length of its message, four bytes, most significant first, and the message, JSON in UTF-8; the
first, once it has it, says OK. A first that is slow to greet gets nothing, so no file is taken
twice.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import socket
import stat
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

ANSWERS_WITHIN = 2.0
"""Seconds; a first that takes longer is left alone."""
LARGEST = 4 << 20
"""Bytes of a message; some 40,000 files."""
GREETING = json.dumps({"longshore": 1, "pid": os.getpid()}).encode() + b"\n"
OK = b"OK\n"
LENGTH = struct.Struct(">I")

_TOKENS = ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID")
_LONGEST_GREETING = 200


class Answer(Enum):
    """What became of a message."""

    TAKEN = 1
    NOBODY = 2
    """No first instance listens."""
    SILENT = 3
    """Somebody listens and does not answer in time, or not as we do."""


@dataclass(frozen=True, slots=True)
class Message:
    """What a second start wants: these files in the list, and the window in front."""

    paths: tuple[Path, ...] = ()
    """Absolute."""
    token: str = ""
    """The permission of the desktop to come to the front, from the click that started us."""
    monitor: bool = False
    """The status monitor in front instead."""

    def packed(self) -> bytes:
        """With its length in front. Raises ValueError when it is too large."""
        said = {"show": True, "paths": [str(path) for path in self.paths], "token": self.token}
        if self.monitor:
            said["monitor"] = True
        # ASCII, so that names that are no proper UTF-8 survive.
        body = json.dumps(said).encode("ascii")
        if len(body) > LARGEST:
            raise ValueError("too many files for one message")
        return LENGTH.pack(len(body)) + body

    @classmethod
    def unpacked(cls, body: bytes) -> Message:
        """Raises ValueError for anything that `packed` does not make."""
        said = json.loads(body)
        if not isinstance(said, dict) or said.get("show") is not True:
            raise ValueError("not a message of a second start")
        paths, token = said.get("paths"), said.get("token")
        if not isinstance(token, str) or not isinstance(paths, list):
            raise ValueError("not a message of a second start")
        if not all(isinstance(path, str) and Path(path).is_absolute() for path in paths):
            raise ValueError("paths must be absolute")
        return cls(tuple(map(Path, paths)), token, said.get("monitor") is True)


def activation_token(environment: Mapping[str, str] = os.environ) -> str:
    """What the desktop gave this start so that its window may come to the front, or empty."""
    return next((environment[name] for name in _TOKENS if environment.get(name)), "")


def meeting_place(environment: Mapping[str, str] = os.environ) -> str:
    """Where the first instance of this user with this home listens; empty if nowhere is safe.

    The path of a socket, on Windows the name of a pipe. Paths of sockets are short (some 100
    bytes), so the home itself cannot hold it. What decides where settings and journal are decides
    the place; asking for those folders themselves would take longer than all the rest.
    """
    home = environment.get("LONGSHORE_HOME", "")
    parts = [str(Path(home).expanduser().absolute()) if home else ""]
    if not home:
        parts += [environment.get(name, "") for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME")]
    mark = hashlib.sha256(os.fsencode("\0".join(parts))).hexdigest()[:16]
    if sys.platform == "win32":
        user = hashlib.sha256(environment.get("USERNAME", "").encode()).hexdigest()[:8]
        return f"longshore-{user}-{mark}"
    folder = _own_folder(environment)
    return str(folder / f"longshore-{mark}.socket") if folder else ""


def handed_over(place: str, message: Message, seconds: float = ANSWERS_WITHIN) -> Answer:
    """Gives the message to the first instance at `place`, if there is one, within this time."""
    if not place:
        return Answer.NOBODY
    try:
        packed = message.packed()
    except ValueError:
        return Answer.SILENT
    talk = _through_pipe if sys.platform == "win32" else _through_socket
    try:
        return Answer.TAKEN if talk(place, packed, seconds) else Answer.SILENT
    except (FileNotFoundError, ConnectionRefusedError):
        return Answer.NOBODY
    except OSError:
        return Answer.SILENT


def _own_folder(environment: Mapping[str, str]) -> Path | None:
    """A folder that nobody else may enter; inside Flatpak the one its instances share."""
    runtime = environment.get("XDG_RUNTIME_DIR", "")
    if runtime and (app := environment.get("FLATPAK_ID")):
        runtime = f"{runtime}/app/{app}"
    folder = Path(runtime) if runtime else Path(tempfile.gettempdir(), f"longshore-{_user()}")
    try:
        if not runtime:
            folder.mkdir(mode=0o700, exist_ok=True)
        # Not `stat`: in a folder for all somebody might have put a link there.
        found = folder.lstat()
    except OSError:
        return None
    private = not stat.S_IMODE(found.st_mode) & 0o077 and stat.S_ISDIR(found.st_mode)
    return folder if private and found.st_uid == _user() else None


def _user() -> int:
    return os.getuid() if sys.platform != "win32" else 0


def _through_socket(place: str, packed: bytes, seconds: float) -> bool:
    end = time.monotonic() + seconds

    def left() -> float:
        return max(0.001, end - time.monotonic())

    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(left())
        line.connect(place)
        heard = b""
        while not heard.endswith(b"\n"):
            line.settimeout(left())
            more = line.recv(_LONGEST_GREETING)
            heard += more
            if not more or len(heard) > _LONGEST_GREETING:
                return False
        if not _greeted(heard):
            return False
        line.settimeout(left())
        line.sendall(packed)
        line.settimeout(left())
        return line.recv(len(OK)) == OK


def _through_pipe(place: str, packed: bytes, seconds: float) -> bool:
    """Reads of a pipe know no time limit, so they happen in a thread that is left behind."""
    line = open(rf"\\.\pipe\{place}", "r+b", buffering=0)  # noqa: PTH123, SIM115
    taken = threading.Event()

    def talk() -> None:
        with contextlib.suppress(OSError), line:
            pid = _greeted(line.readline(_LONGEST_GREETING))
            if pid:
                _allow_to_front(pid)
                line.write(packed)
                if line.read(len(OK)) == OK:
                    taken.set()

    talking = threading.Thread(target=talk, daemon=True)
    talking.start()
    talking.join(seconds)
    return taken.is_set()


def _greeted(line: bytes) -> int:
    """The process that greeted, or 0 when this was no greeting of ours."""
    try:
        said = json.loads(line)
    except ValueError:
        return 0
    pid = said.get("pid") if isinstance(said, dict) and said.get("longshore") == 1 else 0
    return pid if isinstance(pid, int) else 0


def _allow_to_front(pid: int) -> None:
    """Windows lets a window come to the front only if the one that has the focus allows it."""
    if sys.platform == "win32":
        import ctypes

        ctypes.windll.user32.AllowSetForegroundWindow(pid)
