"""Which processes are alive, told by locks the system takes back when one ends, however it ends."""

from __future__ import annotations

import contextlib
import os
import uuid
from pathlib import Path
from typing import IO

from app.storage.file_lock import held, locked

_PREFIX = "owner-"


class Owner:
    """This process's mark in a folder: a locked file with a name of its own."""

    def __init__(self, folder: Path) -> None:
        """Raises OSError when the folder cannot be written."""
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self.name = f"{_PREFIX}{os.getpid()}-{uuid.uuid4().hex[:12]}"
        self._path = folder / self.name
        self._file: IO[bytes] = self._path.open("ab")
        locked(self._file)

    def alive(self, name: str) -> bool:
        """Whether the process of that name still runs; its mark is cleared away if it does not."""
        return name == self.name or alive(self._folder, name)

    def close(self) -> None:
        self._file.close()
        with contextlib.suppress(OSError):
            self._path.unlink()


def alive(folder: Path, name: str) -> bool:
    """Whether the process of that name still runs; its mark is cleared away if it does not."""
    path = folder / name
    if not name.startswith(_PREFIX) or "/" in name or "\\" in name:
        return False
    try:
        with path.open("r+b") as file:
            if held(file):
                return True
    except FileNotFoundError:
        return False
    except OSError:
        return True
    with contextlib.suppress(OSError):
        path.unlink()
    return False
