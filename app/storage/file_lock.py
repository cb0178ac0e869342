"""Locking a file and replacing one, as each system does it."""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import IO

if sys.platform == "win32":
    import msvcrt

    def locked(file: IO[bytes]) -> bool:
        """Locks the open file for this process until it is closed; False if another one has it."""
        try:
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        except PermissionError:
            return False
        return True

    def held(file: IO[bytes]) -> bool:
        """Whether another process has locked the open file."""
        return not locked(file)

    def replaced(temporary: Path, target: Path) -> None:
        """Puts one file in the place of another, at once."""
        # A virus scanner or an indexer may have the old file open for a moment.
        for pause in (0.01, 0.05, 0.2):
            try:
                temporary.replace(target)
            except PermissionError:
                time.sleep(pause)
            else:
                return
        temporary.replace(target)

else:
    import fcntl

    def locked(file: IO[bytes]) -> bool:
        """Locks the open file for this process until it is closed; False if another one has it.

        A file system that knows no locks counts as locked.
        """
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            return True
        return True

    def held(file: IO[bytes]) -> bool:
        """Whether another process has locked the open file. Two that ask do not see each other."""
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except OSError:
            return False
        return False

    def replaced(temporary: Path, target: Path) -> None:
        """Puts one file in the place of another, at once."""
        temporary.replace(target)
