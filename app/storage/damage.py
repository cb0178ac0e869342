"""Telling a damaged SQLite file from trouble around it, and putting it out of the way."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

from app.storage.damaged_places import place_for

_OUTSIDE = frozenset(
    (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_LOCKED,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_PERM,
    )
)
"""Errors that tell nothing about the file's contents."""


def code(error: sqlite3.Error) -> int | None:
    """SQLite's primary result code; None when the error is Python's own."""
    found: int | None = getattr(error, "sqlite_errorcode", None)
    return None if found is None else found & 0xFF


def outside(error: Exception) -> bool:
    """Whether the file may be sound: the disk, a lock or the system is in the way."""
    return isinstance(error, sqlite3.Error) and code(error) in _OUTSIDE


def spoilt(error: Exception) -> bool:
    """Whether SQLite itself says that what it read is damaged."""
    known = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
    return isinstance(error, sqlite3.Error) and code(error) in known


def set_aside(path: Path) -> Path:
    """Renames a data base and what belongs to it; returns its new place. Raises OSError."""
    kept = place_for(path)
    path.rename(kept)
    for suffix in ("-wal", "-shm"):
        with suppress(OSError):
            path.with_name(path.name + suffix).rename(kept.with_name(kept.name + suffix))
    return kept
