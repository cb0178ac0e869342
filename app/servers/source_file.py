"""Opening a person's file to look into it, with every failure as a problem of that file."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from app.core.file_problems import file_problem
from app.core.uploads import Source


@contextmanager
def opened(source: Source, *, buffered: bool = False) -> Iterator[BinaryIO]:
    """The file, for reading. Raises FileProblem, also for what goes wrong while it is open.

    Without `buffered` each read is one call of the system, and may bring less than was asked for.
    """
    try:
        with Path(source.path).open("rb", buffering=-1 if buffered else 0) as file:
            yield file
    except OSError as error:
        raise file_problem(source.name, error) from None
