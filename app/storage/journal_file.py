"""The file of the journal: its tables, those of earlier versions brought up to date, and its
connection."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from app.storage.problems import JOURNAL_NEWER, StorageProblem

VERSION = 2
NAME = "journal.sqlite3"

_UPLOADS = """
CREATE TABLE uploads (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    owner TEXT NOT NULL,
    opening TEXT NOT NULL DEFAULT '',
    destination TEXT NOT NULL DEFAULT '',
    phase TEXT NOT NULL DEFAULT '',
    upload TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX uploads_by_owner ON uploads (owner);
CREATE TABLE openings (
    key TEXT PRIMARY KEY,
    destination TEXT NOT NULL,
    data TEXT NOT NULL
) STRICT;
CREATE TABLE intents (
    key TEXT NOT NULL,
    verb TEXT NOT NULL,
    owner TEXT NOT NULL,
    uploads TEXT NOT NULL,
    asked TEXT NOT NULL,
    destination TEXT NOT NULL,
    at REAL NOT NULL,
    PRIMARY KEY (key, verb, uploads)
) STRICT;
"""
# Since version 2 the owner “left” hands back in order, and uploads say more than before: a program
# of version 1 would take such a row for damaged, and forget what a cancelled upload has to keep.
_LEVELS = """
CREATE TABLE IF NOT EXISTS levels (id INTEGER PRIMARY KEY, sent INTEGER NOT NULL) STRICT;
"""
_STEPS = (_UPLOADS, _LEVELS)
"""What each version added to the one before."""


def connected(path: Path) -> sqlite3.Connection:
    """The data base, begun or brought to this version if need be, and found sound.

    Raises sqlite3.Error and UnicodeDecodeError, also for a damaged file, and StorageProblem for one
    of a newer version, which stays as it is. A program of an earlier version that has it open may
    go on with it.
    """
    base = sqlite3.connect(path, timeout=5.0)
    # A damaged byte spoils the entry it is in, not the reading of all others.
    base.text_factory = lambda data: data.decode("utf-8", "replace")
    try:
        base.execute("PRAGMA journal_mode = WAL")
        base.execute("PRAGMA synchronous = NORMAL")
        if _version(base) < VERSION:
            with base:
                base.execute("BEGIN IMMEDIATE")
                for step in _STEPS[_version(base) :]:
                    for statement in step.split(";"):
                        base.execute(statement)
                base.execute(f"PRAGMA user_version = {VERSION}")
        # The quick check would not look into the indexes.
        (sound,) = base.execute("PRAGMA integrity_check(1)").fetchone()
        if sound != "ok":
            raise sqlite3.DatabaseError(sound)
        base.execute("SELECT id, owner, opening, destination, phase, upload FROM uploads LIMIT 1")
        base.execute("SELECT key, verb, owner, uploads, asked, destination FROM intents LIMIT 1")
        base.execute("SELECT id, sent FROM levels LIMIT 1")
    except BaseException:
        base.close()
        raise
    return base


def _version(base: sqlite3.Connection) -> int:
    (found,) = base.execute("PRAGMA user_version").fetchone()
    if found > VERSION:
        raise StorageProblem(JOURNAL_NEWER)
    return int(found)
