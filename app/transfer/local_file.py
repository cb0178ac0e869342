"""A file of this computer: as it was added, as it is now, and what can go wrong in between."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from app.core import catalogue
from app.core.file_problems import file_problem
from app.core.problems import FileProblem
from app.core.uploads import Source, Upload

BLOCK = 256 * 1024
"""Bytes handed to the connection at a time; smaller costs speed, larger makes progress jump."""
AHEAD = 4 * BLOCK
"""Bytes read in one visit to a reading thread; at most two such blocks are in memory."""


def source_of(path: Path) -> Source:
    """The file as it is now. Raises FileProblem when it is missing, unreadable or no file."""
    try:
        found = path.stat()
    except OSError as error:
        raise file_problem(path.name, error) from None
    if not path.is_file():
        raise FileProblem(catalogue.FILE_NOT_A_FILE, {"name": path.name})
    return Source(str(path.absolute()), found.st_size, found.st_mtime_ns)


def lack(source: Source) -> FileProblem | None:
    """Why the file cannot be sent as it was added: gone, changed or out of reach; else None."""
    try:
        found = source_of(Path(source.path))
    except FileProblem as problem:
        return problem.bare()
    if (found.size, found.changed_ns) != (source.size, source.changed_ns):
        return FileProblem(catalogue.FILE_NOT_AS_ADDED, {"name": source.name})
    return None


def lacking(uploads: Iterable[Upload]) -> dict[int, FileProblem]:
    """By id, what `lack` says of those that cannot be sent as they were added."""
    return {one.id: problem for one in uploads if (problem := lack(one.source)) is not None}


class Identity:
    """Which file a sending began to read, for all its readings: parts must be of one file."""

    def __init__(self) -> None:
        self._first: tuple[int, ...] | None = None

    def is_same(self, found: os.stat_result) -> bool:
        """Whether this is the file met first."""
        # Some network drives number a file anew whenever they look at it, but do not date it anew.
        # On Windows the other date is that of the making, which a replacing file may inherit.
        dated = () if sys.platform == "win32" else (found.st_ctime_ns,)
        this = (found.st_dev, found.st_ino, *dated)
        if self._first is None:
            self._first = this
        one, other = self._first, this
        return one[:2] == other[:2] or (len(dated) > 0 and one[2:] == other[2:])


class Reading:
    """An open file in the reading threads: every method runs there, one at a time."""

    def __init__(self, source: Source, offset: int, identity: Identity, digest: bool) -> None:
        self.source = source
        self._identity = identity
        self._digest = hashlib.sha256() if digest else None
        self._file: BinaryIO | None = None
        self._offset = offset

    def read(self, count: int) -> list[bytes]:
        """The next `count` bytes, exactly, in blocks. Opens the file at the first call."""
        try:
            if self._file is None:
                self._file = Path(self.source.path).open("rb", buffering=0)  # noqa: SIM115
                self._file.seek(self._offset)
            self._check(os.fstat(self._file.fileno()))
            blocks: list[bytes] = []
            left = count
            while left and (block := self._file.read(min(BLOCK, left))):
                blocks.append(block)
                left -= len(block)
        except OSError as error:
            raise file_problem(self.source.name, error) from None
        if left:
            raise self._changed()
        if self._digest is not None:
            for block in blocks:
                self._digest.update(block)
        return blocks

    def end(self) -> str:
        """Checks a last time that it is the same file, unchanged; its SHA-256 if it was
        digested."""
        self._check(self._at_path())
        return self._digest.hexdigest() if self._digest else ""

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _at_path(self) -> os.stat_result:
        try:
            return Path(self.source.path).stat()
        except OSError as error:
            raise file_problem(self.source.name, error) from None

    def _check(self, found: os.stat_result) -> None:
        if found.st_nlink == 0:
            # What is read has no name any more: deleted, or another file has its name.
            self._at_path()
            raise self._changed()
        same = (found.st_size, found.st_mtime_ns) == (self.source.size, self.source.changed_ns)
        if not same or not self._identity.is_same(found):
            raise self._changed()

    def _changed(self) -> FileProblem:
        return FileProblem(catalogue.FILE_CHANGED, {"name": self.source.name})
