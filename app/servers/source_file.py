"""Opening a person's file to look into it, with every failure as a problem of that file."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from app.core import catalogue
from app.core.file_problems import file_problem
from app.core.problems import FileProblem
from app.core.uploads import Source


@contextmanager
def opened(source: Source, *, buffered: bool = False) -> Iterator[BinaryIO]:
    """The file, for reading. Raises FileProblem, also for what goes wrong while it is open.

    Without `buffered` each read is one call of the system, and may bring less than was asked for.
    """
    try:
        with open(source.path, "rb", buffering=-1 if buffered else 0, opener=_at_once) as file:
            # Since it was listed it may have become what never ends.
            if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
                raise FileProblem(catalogue.FILE_NOT_A_FILE, {"name": source.name})
            yield file
    except OSError as error:
        raise file_problem(source.name, error) from None


def _at_once(path: str, flags: int) -> int:
    """Opens without waiting for somebody to write to it, as for a pipe."""
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
