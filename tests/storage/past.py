"""A history of any length, made without ending as many uploads."""

from __future__ import annotations

import random
import sqlite3
from pathlib import Path

from app.core.uploads import Upload
from app.storage.history import History
from app.storage.history_file import NAME

WORDS = ("print", "ebooks", "serials", "maps", "music", "theses", "law", "import")
_COPIED = "sha256, destination, server, family, outcome, records, failed, sending, serving, options"


def filled(folder: Path, one: Upload, count: int) -> None:
    """`count` lines like that of `one`, with names, sizes and times of their own."""
    history = History(folder, print)
    history.record([one])
    history.close()
    chance = random.Random(3)
    with sqlite3.connect(folder / NAME) as base:
        end, path = base.execute("SELECT ended, path FROM past").fetchone()
        rows = []
        for n in range(1, count):
            name = "_".join(chance.choices(WORDS, k=3)) + f"_{n}.mrc"
            whole = f"{path.rpartition('/')[0]}/{name}"
            words = f"{whole}\nlibrary d1\njob-{n}\n{chance.getrandbits(256):064x}"
            rows.append((n, one.id + n, end - n, end - n, name, whole, 100 + n, words.casefold()))
        base.executemany(
            "INSERT INTO past (id, upload, added, ended, name, path, size, words, batch, "
            f"{_COPIED}) SELECT ? + 1, ?, ?, ?, ?, ?, ?, ?, 1, {_COPIED} FROM past WHERE id = 1",
            rows,
        )
        base.execute(
            "INSERT INTO wholes (past, upload) SELECT past.id, wholes.upload FROM past, wholes "
            "WHERE wholes.past = 1 AND past.id > 1"
        )
    base.close()
