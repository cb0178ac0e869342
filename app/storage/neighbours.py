"""What other processes have in the journal, as it changes, and for them how far our sends are."""

from __future__ import annotations

import logging
import sqlite3
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from app.core.changes import Elsewhere, ElsewhereChanged
from app.core.uploads import Upload
from app.storage import upload_json
from app.storage.journal import OVER
from app.storage.journal_file import NAME
from app.storage.owner import alive

log = logging.getLogger(__name__)

Sent = Callable[[], Iterable[tuple[int, int]]]
"""(id, bytes) of the uploads of this process."""

SECONDS = 1.0


class Neighbours:
    """Looks once a second on a thread of its own, between `__enter__` and `__exit__`.

    `own` is the name under which this process owns uploads, empty while it owns none. `tell` hears
    on that thread of what others do; `sent` gives (id, bytes) of our own uploads. While nobody
    writes, a look is one number read from memory all processes share.
    """

    def __init__(
        self,
        folder: Path,
        own: Callable[[], str],
        sent: Sent,
        tell: Callable[[ElsewhereChanged], None] | None = None,
        *,
        seconds: float = SECONDS,
    ) -> None:
        self._folder = folder
        self._own = own
        self._sent = sent
        self._tell = tell
        self._seconds = seconds
        self._base: sqlite3.Connection | None = None
        self._version = -1
        self._texts: dict[int, tuple[str, Upload]] = {}
        self._rows: list[tuple[int, str, str, int]] = []
        self._living: dict[str, bool] = {}
        self._known: dict[int, Elsewhere] = {}
        self._written: dict[int, int] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="neighbours", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(self._seconds):
            try:
                self._turn()
            except sqlite3.Error as error:
                # The journal itself tells what is wrong with it; the next turn begins anew.
                log.info("other processes cannot be seen just now: %s", type(error).__name__)
                self._close()
        self._sent = tuple
        with suppress(sqlite3.Error):
            if self._base is not None:
                self._tell_ours(self._base)
        self._close()

    def _turn(self) -> None:
        own = self._own()
        if not own:
            return
        if self._base is None:
            address = (self._folder / NAME).as_uri() + "?mode=rw"
            self._base = sqlite3.connect(address, uri=True, timeout=1.0)
            self._base.text_factory = lambda data: data.decode("utf-8", "replace")
            with self._base:
                self._base.execute("DELETE FROM levels WHERE id NOT IN (SELECT id FROM uploads)")
            self._version = -1
        self._tell_ours(self._base)
        if self._tell is not None and (change := self._look(self._base, own)) is not None:
            self._tell(change)

    def _tell_ours(self, base: sqlite3.Connection) -> None:
        now = dict(self._sent())
        changed = [(id, sent) for id, sent in now.items() if sent != self._written.get(id, 0)]
        gone = [(id,) for id in self._written if id not in now]
        if not changed and not gone:
            return
        with base:
            base.executemany(
                "INSERT INTO levels (id, sent) VALUES (?, ?) "
                "ON CONFLICT (id) DO UPDATE SET sent = excluded.sent",
                changed,
            )
            base.executemany("DELETE FROM levels WHERE id = ?", gone)
        self._written = now

    def _look(self, base: sqlite3.Connection, own: str) -> ElsewhereChanged | None:
        (version,) = base.execute("PRAGMA data_version").fetchone()
        written = version != self._version
        if written:
            self._rows = base.execute(
                "SELECT u.id, u.owner, u.upload, coalesce(l.sent, 0) FROM uploads u "
                "LEFT JOIN levels l ON l.id = u.id WHERE u.owner != ? AND u.upload != ''",
                (own,),
            ).fetchall()
            self._version = version
        owners = {row[1] for row in self._rows} if written else self._living.keys()
        living = {owner: alive(self._folder / "owners", owner) for owner in owners}
        if not written and living == self._living:
            return None
        self._living = living
        found: dict[int, Elsewhere] = {}
        for id, owner, text, sent in self._rows:
            upload = self._read(id, text)
            if upload is not None and (living[owner] or upload.phase not in OVER):
                found[id] = Elsewhere(upload, sent, living[owner])
        changed = tuple(one for id, one in found.items() if one != self._known.get(id))
        gone = tuple(id for id in self._known if id not in found)
        self._known = found
        for id in gone:
            self._texts.pop(id, None)
        return ElsewhereChanged(changed, gone) if changed or gone else None

    def _read(self, id: int, text: str) -> Upload | None:
        kept = self._texts.get(id)
        if kept is None or kept[0] != text:
            try:
                kept = self._texts[id] = text, upload_json.read(text)
            except (ValueError, KeyError, TypeError, AttributeError):
                # Whoever takes it over is told of the damage.
                return None
        return kept[1]

    def _close(self) -> None:
        if self._base is not None:
            with suppress(sqlite3.Error):
                self._base.close()
            self._base = None
            self._written = {}
