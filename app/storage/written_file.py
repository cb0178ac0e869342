"""A file the person asked for, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from app.storage.file_lock import replaced
from app.storage.problems import FILE_UNWRITABLE, StorageProblem


def write_file(path: Path, pieces: Iterable[bytes], *, private: bool = False) -> int:
    """Writes the pieces as they come and returns how many bytes; nothing is there before the last.

    What was there before is replaced at the end. `private`: only its owner may read it. Raises
    StorageProblem, and whatever the pieces raise; then all is as it was.
    """
    temporary = path.with_name(f".{path.name}.{os.getpid()}.part")
    written = 0
    try:
        try:
            mode = 0o600 if private else 0o666
            file = os.fdopen(os.open(temporary, os.O_WRONLY | os.O_CREAT | _BINARY, mode), "wb")
            with file:
                file.truncate(0)
                for piece in pieces:
                    file.write(piece)
                    written += len(piece)
                file.flush()
                os.fsync(file.fileno())
            replaced(temporary, path)
        finally:
            with contextlib.suppress(OSError):
                temporary.unlink()
    except OSError as error:
        facts = {
            "name": path.name,
            "reason": error.strerror or type(error).__name__,
            "folder": str(path.parent),
        }
        raise StorageProblem(FILE_UNWRITABLE, facts) from None
    return written


_BINARY: int = getattr(os, "O_BINARY", 0)
