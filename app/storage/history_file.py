"""The file of the history: its tables, and a connection that outlives damage and full disks."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from app.storage.damage import outside, set_aside, spoilt
from app.storage.problems import HISTORY_DAMAGED, HISTORY_NEWER, StorageProblem

VERSION = 1
NAME = "history.sqlite3"

# `past` is narrow, because every search runs through it: measured with 100,000 lines, looking for
# a text in `words` takes 50 ms, an index of trigrams would take 25 ms and 58 MB more.
_SCHEMA = """
CREATE TABLE past (
    id INTEGER PRIMARY KEY,
    upload INTEGER NOT NULL,
    added REAL NOT NULL,
    batch INTEGER NOT NULL,
    ended REAL NOT NULL,
    name TEXT NOT NULL,
    path TEXT NOT NULL,
    size INTEGER NOT NULL,
    sha256 TEXT NOT NULL,
    destination TEXT NOT NULL,
    server TEXT NOT NULL,
    family TEXT NOT NULL,
    outcome TEXT NOT NULL,
    records INTEGER,
    failed INTEGER NOT NULL,
    sending REAL NOT NULL,
    serving REAL NOT NULL,
    options TEXT NOT NULL,
    words TEXT NOT NULL,
    UNIQUE (upload, added)
) STRICT;
CREATE INDEX past_by_end ON past (ended, id);
CREATE INDEX past_by_size ON past (size);
CREATE INDEX past_by_digest ON past (sha256);
CREATE INDEX past_by_server ON past (destination, ended);
CREATE INDEX past_by_options ON past (destination, options);
CREATE TABLE wholes (
    past INTEGER PRIMARY KEY REFERENCES past (id) ON DELETE CASCADE,
    upload TEXT NOT NULL
) STRICT;
CREATE TABLE failures (
    past INTEGER NOT NULL REFERENCES past (id) ON DELETE CASCADE,
    place INTEGER NOT NULL,
    record INTEGER,
    title TEXT NOT NULL,
    identifier TEXT NOT NULL,
    said TEXT NOT NULL,
    details TEXT NOT NULL,
    PRIMARY KEY (past, place)
) STRICT, WITHOUT ROWID;
"""


class HistoryFile:
    """One connection, used by one thread at a time, whichever; `tell` hears of damage."""

    def __init__(self, folder: Path, tell: Callable[[StorageProblem], None]) -> None:
        self.path = folder / NAME
        self._tell = tell
        self._lock = threading.Lock()
        self._base: sqlite3.Connection | None = None
        self._closed = False

    def close(self) -> None:
        """For good: what is under way ends first, and nothing can be read afterwards."""
        with self._lock:
            self._closed = True
            if self._base is not None:
                self._base.close()
                self._base = None

    @contextmanager
    def used(self) -> Iterator[sqlite3.Connection]:
        """The data base for one transaction. Raises sqlite3.Error, OSError and StorageProblem.

        A file found damaged is set aside: the next use begins a new one.
        """
        with self._lock:
            base = self._opened()
            try:
                with base:
                    yield base
            except sqlite3.Error as error:
                if spoilt(error):
                    self._set_aside(error)
                raise

    def _opened(self) -> sqlite3.Connection:
        if self._closed:
            raise sqlite3.ProgrammingError("it is closed")
        if self._base is None:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            try:
                self._base = self._connected()
            except sqlite3.Error as error:
                if outside(error):
                    raise
                self._set_aside(error)
                self._base = self._connected()
        return self._base

    def _set_aside(self, error: sqlite3.Error) -> None:
        if self._base is not None:
            with suppress(sqlite3.Error):
                self._base.close()
            self._base = None
        kept = set_aside(self.path)
        self._tell(StorageProblem(HISTORY_DAMAGED, {"reason": str(error), "kept": kept.name}))

    def _connected(self) -> sqlite3.Connection:
        base = sqlite3.connect(self.path, timeout=5.0, check_same_thread=False)
        base.text_factory = lambda data: data.decode("utf-8", "replace")
        try:
            (found,) = base.execute("PRAGMA user_version").fetchone()
            if found > VERSION:
                raise StorageProblem(HISTORY_NEWER)
            if found == 0:
                base.execute("PRAGMA auto_vacuum = INCREMENTAL")
            base.execute("PRAGMA journal_mode = WAL")
            base.execute("PRAGMA synchronous = NORMAL")
            base.execute("PRAGMA foreign_keys = ON")
            if found == 0:
                self._begin(base)
            # Whether the tables are those of this version; a check of every page would take
            # longer than anybody waits for a list.
            base.execute("SELECT upload, added, words, options FROM past LIMIT 1").fetchone()
            base.execute("SELECT upload FROM wholes LIMIT 1").fetchone()
            base.execute("SELECT said, details FROM failures LIMIT 1").fetchone()
        except BaseException:
            base.close()
            raise
        return base

    @staticmethod
    def _begin(base: sqlite3.Connection) -> None:
        with base:
            base.execute("BEGIN IMMEDIATE")
            (found,) = base.execute("PRAGMA user_version").fetchone()
            if found == 0:
                for statement in _SCHEMA.split(";"):
                    base.execute(statement)
                base.execute(f"PRAGMA user_version = {VERSION}")
