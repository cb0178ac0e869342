"""One TOML file: read with care, written whole or not at all."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import tomli_w

from app.storage.damaged_places import place_for
from app.storage.file_lock import locked, replaced
from app.storage.problems import (
    ENTRY_DAMAGED,
    FILE_DAMAGED,
    FILE_UNREADABLE,
    FILE_UNWRITABLE,
    StorageProblem,
)

_LOCK_SECONDS = 5.0


class TomlFile:
    """A file that window and command line may change at the same time without undoing each other.

    `problems` collects what was wrong with the file's contents, for the person; each is added once.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problems: list[StorageProblem] = []

    def read(self) -> dict[str, Any]:
        """The table; empty when there is no file, or a damaged one. Raises StorageProblem."""
        try:
            text = self.path.read_bytes().decode("utf-8-sig")
        except FileNotFoundError:
            return {}
        except UnicodeDecodeError:
            return self._set_aside("it is not text in UTF-8")
        except OSError as error:
            facts = {"name": self.path.name, "reason": _words(error)}
            raise StorageProblem(FILE_UNREADABLE, facts) from error
        try:
            return tomllib.loads(text)
        except tomllib.TOMLDecodeError as error:
            return self._set_aside(str(error))

    def change(self, edit: Callable[[dict[str, Any]], None]) -> None:
        """Read, `edit` the table, write. Raises StorageProblem and what `edit` raises."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            with self._alone():
                table = self.read()
                edit(table)
                self._write(tomli_w.dumps(table))
        except OSError as error:
            raise self._unwritable(error) from error

    def odd(self, what: str) -> None:
        """Note that `what` in the file is not as expected."""
        problem = StorageProblem(ENTRY_DAMAGED, {"name": self.path.name, "what": what})
        if problem not in self.problems:
            self.problems.append(problem)

    def _write(self, text: str) -> None:
        # A link to a file kept elsewhere stays a link.
        target = self.path.resolve()
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", dir=target.parent)
        temporary = Path(name)
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
            replaced(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise

    def _set_aside(self, reason: str) -> dict[str, Any]:
        kept = place_for(self.path)
        try:
            self.path.rename(kept)
        except OSError as error:
            # Going on would end in writing over the only copy.
            raise self._unwritable(error) from error
        facts = {"name": self.path.name, "reason": reason, "kept": kept.name}
        self.problems.append(StorageProblem(FILE_DAMAGED, facts))
        return {}

    def _unwritable(self, error: OSError) -> StorageProblem:
        facts = {
            "name": self.path.name,
            "reason": _words(error),
            "folder": str(self.path.parent),
        }
        return StorageProblem(FILE_UNWRITABLE, facts)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """Keeps other processes from changing the file meanwhile, where the file system can."""
        with self.path.with_name(f".{self.path.name}.lock").open("ab") as lock:
            deadline = time.monotonic() + _LOCK_SECONDS
            while not locked(lock):
                if time.monotonic() > deadline:
                    raise TimeoutError("another program keeps the file locked")
                time.sleep(0.02)
            yield


def _words(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__
