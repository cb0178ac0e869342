"""The journal: unfinished uploads, what was asked of servers and what came of it, in SQLite.

Written through before each request (WAL: what was committed survives the process, however it ends).
Several processes share it; every upload belongs to one of them, and when that one is gone the next
to ask takes it over.
"""

from __future__ import annotations

import json
import logging
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict
from pathlib import Path

from app.core.intents import Opened, Unfinished, Verb
from app.core.uploads import FINAL, Phase, Source, Ticket, Upload
from app.storage import upload_json
from app.storage.damage import outside, set_aside
from app.storage.journal_file import NAME, connected
from app.storage.owner import Owner
from app.storage.problems import (
    ENTRY_DAMAGED,
    JOURNAL_DAMAGED,
    JOURNAL_UNWRITABLE,
    StorageProblem,
)

log = logging.getLogger(__name__)

_DAMAGE = (ValueError, KeyError, TypeError, AttributeError)
OVER = frozenset({Phase.DONE, Phase.CANCELLED})
"""Nothing is left to do for these, unless a cancelled one still holds a ticket."""
LEFT = "left"
"""The owner of what a run handed back when it ended in order."""
_CLEAR_OPENINGS = (
    "DELETE FROM openings WHERE key NOT IN (SELECT opening FROM uploads) "
    "AND key NOT IN (SELECT key FROM intents)"
)


class Journal:
    """Implements `transfer.journal.Journal`. Made on one thread, used on one (other) thread.

    `tell` hears of what is wrong with it, each thing once. `ended` is given uploads that are final,
    after that is safe here and perhaps more than once; it says whether it has kept them. A run
    that ends in between leaves them here, and the next to `settle` hands them over.
    """

    keeps = True

    def __init__(
        self,
        folder: Path,
        tell: Callable[[StorageProblem], None],
        ended: Callable[[Sequence[Upload]], bool] = lambda uploads: True,
    ) -> None:
        self._path = folder / NAME
        self._ended = ended
        self._tell = tell
        self._told: set[str] = set()
        self._base: sqlite3.Connection | None = None
        self._owner: Owner | None = None
        self._late: dict[int, tuple[Upload, str]] = {}
        """Uploads whose last change could not be written yet."""
        self._facts: list[tuple[str, Sequence[tuple[object, ...]]]] = []
        """What else could not be written yet, in order, as statements and their values."""

    def close(self) -> None:
        """Everything is on disk; what is unfinished is anybody's now."""
        if self._base is not None:
            with suppress(sqlite3.Error):
                self._hand_back(self._base)
                self._base.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            self._base.close()
            self._base = None
        if self._owner is not None:
            self._owner.close()
            self._owner = None

    @property
    def owner(self) -> str:
        """The name of this process in the journal; empty before it is opened. From any thread."""
        owner = self._owner
        return "" if owner is None else owner.name

    # what the engine asks

    def ids(self, count: int) -> Sequence[int]:
        base, owner = self._opened()
        try:
            with base:
                return [
                    int(
                        base.execute(
                            "INSERT INTO uploads (owner) VALUES (?) RETURNING id", (owner.name,)
                        ).fetchone()[0]
                    )
                    for _ in range(count)
                ]
        except sqlite3.Error as error:
            raise self._problem(error) from None

    def save(self, uploads: Iterable[Upload], key: str = "") -> None:
        uploads = list(uploads)
        self._save(uploads, key)
        if final := [upload for upload in uploads if upload.phase.final]:
            self._ended(final)

    def _save(self, uploads: Sequence[Upload], key: str) -> None:
        self._late.update((upload.id, (upload, key)) for upload in uploads)
        self._catch_up()

    def opened(self, opened: Opened) -> None:
        self._write(
            "INSERT OR REPLACE INTO openings (key, destination, data) VALUES (?, ?, ?)",
            [(opened.key, opened.destination, json.dumps(dict(opened.data)))],
        )

    def intent(
        self, key: str, verb: Verb, ids: Sequence[int], ticket: Ticket | None = None
    ) -> None:
        base, owner = self._opened()
        try:
            with self._caught_up(base, owner):
                rows = self._rows(base, ids)
                asked = [[upload.id, asdict(upload.source)] for upload in rows if verb is Verb.OPEN]
                if ticket is not None:
                    asked = [[ids[0], upload_json.ticket_value(ticket)]]
                destination = rows[0].destination if rows else self._destination(base, key)
                # What is asked for once more is asked for as it was, also for uploads forgotten
                # meanwhile.
                base.execute(
                    "INSERT INTO intents (key, verb, owner, uploads, asked, destination, at) "
                    "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (key, verb, uploads) DO UPDATE SET "
                    "owner = excluded.owner, at = excluded.at",
                    (
                        key,
                        verb,
                        owner.name,
                        json.dumps(list(ids)),
                        json.dumps(asked),
                        destination,
                        time.time(),
                    ),
                )
        except sqlite3.Error as error:
            raise self._problem(error) from None

    def outcome(self, key: str, verb: Verb, ids: Sequence[int], said: str) -> None:
        self._write(
            "DELETE FROM intents WHERE key = ? AND verb = ? AND uploads = ?",
            [(key, verb, json.dumps(list(ids)))],
        )

    def forget(self, ids: Iterable[int]) -> None:
        gone = [(upload_id,) for upload_id in ids]
        for (upload_id,) in gone:
            self._late.pop(upload_id, None)
        self._facts.append(("DELETE FROM uploads WHERE id = ?", gone))
        self._write(_CLEAR_OPENINGS, [()])

    def settle(self) -> None:
        """Hands over what runs that ended had finished. Raises Problem."""
        base, owner = self._opened()
        try:
            names = base.execute("SELECT DISTINCT owner FROM uploads").fetchall()
            dead = [name for (name,) in names if not owner.alive(name)]
            for name in dead:
                rows = base.execute(
                    "SELECT id, phase, upload FROM uploads WHERE owner = ? AND phase IN "
                    "(?, ?, ?, ?) ORDER BY id",
                    (name, *FINAL),
                ).fetchall()
                ended = [one for _, _, text in rows for one in self._read(text)]
                bound = {one.id for one in ended if one.ticket is not None}
                over = [(id,) for id, phase, _ in rows if phase in OVER and id not in bound]
                if rows and self._ended(ended):
                    with base:
                        base.executemany("DELETE FROM uploads WHERE id = ?", over)
        except sqlite3.Error as error:
            raise self._problem(error) from None

    def claim(self) -> Sequence[Unfinished]:
        self.settle()
        base, owner = self._opened()
        try:
            with base:
                base.execute("BEGIN IMMEDIATE")
                names = base.execute(
                    "SELECT owner FROM uploads UNION SELECT owner FROM intents"
                ).fetchall()
                dead = [name for (name,) in names if not owner.alive(name)]
                base.executemany(
                    "DELETE FROM uploads WHERE owner = ? AND upload = ''",
                    [(name,) for name in dead],
                )
                taken = self._unfinished(base, dead)
                # Whoever takes an upload over looks at the server before it sends or starts it.
                base.executemany(
                    "DELETE FROM intents WHERE owner = ? AND verb IN (?, ?)",
                    [(name, Verb.SEND, Verb.START) for name in dead],
                )
                for table in ("uploads", "intents"):
                    base.executemany(
                        f"UPDATE {table} SET owner = ? WHERE owner = ?",
                        [(owner.name, name) for name in dead],
                    )
                base.execute(_CLEAR_OPENINGS)
                return taken
        except sqlite3.Error as error:
            raise self._problem(error) from None

    def keys(self) -> frozenset[str]:
        base, _ = self._opened()
        try:
            asked = base.execute(
                "SELECT DISTINCT key FROM intents WHERE verb != ?", (Verb.DISCARD,)
            ).fetchall()
            rows = base.execute(
                "SELECT opening, upload FROM uploads WHERE opening != '' AND phase != ?",
                (Phase.DONE,),
            ).fetchall()
        except sqlite3.Error as error:
            raise self._problem(error) from None
        found = {str(key) for (key,) in asked}
        for key, text in rows:
            try:
                upload = upload_json.read(text)
            except _DAMAGE:
                # Whoever takes it over is told of the damage.
                found.add(key)
                continue
            # Without its ticket nobody goes on with what was opened for it.
            if upload.ticket is not None:
                found.add(key)
        return frozenset(found)

    # what others ask

    def uploads(self) -> list[tuple[Upload, bool]]:
        """All uploads it holds, and whether each belongs to a process that runs. Raises Problem."""
        base, owner = self._opened()
        try:
            rows = base.execute(
                "SELECT upload, owner FROM uploads WHERE upload != '' ORDER BY id"
            ).fetchall()
        except sqlite3.Error as error:
            raise self._problem(error) from None
        living: dict[str, bool] = {}
        found: list[tuple[Upload, bool]] = []
        for text, name in rows:
            if name not in living:
                living[name] = owner.alive(name)
            with suppress(ValueError, KeyError, TypeError):
                found.append((upload_json.read(text), living[name]))
        return found

    def levels(self) -> dict[int, int]:
        """Bytes sent of uploads that are being sent, about a second old. Raises Problem."""
        base, _ = self._opened()
        try:
            return dict(base.execute("SELECT id, sent FROM levels").fetchall())
        except sqlite3.Error as error:
            raise self._problem(error) from None

    # inside

    def _opened(self) -> tuple[sqlite3.Connection, Owner]:
        """Opens at first use. Raises StorageProblem."""
        if self._base is None or self._owner is None:
            try:
                self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                self._base = self._sound_base()
                self._owner = Owner(self._path.parent / "owners")
            except sqlite3.Error as error:
                raise self._problem(error) from None
            except OSError as error:
                raise self._unwritable(error.strerror or type(error).__name__) from None
        return self._base, self._owner

    def _sound_base(self) -> sqlite3.Connection:
        """The data base; a damaged one is set aside and a new one begun."""
        try:
            return connected(self._path)
        except (sqlite3.Error, UnicodeDecodeError) as error:
            # SQLite's own messages may hold bytes of the damaged file.
            if outside(error):
                raise
            kept = set_aside(self._path)
            reason = str(error) if isinstance(error, sqlite3.Error) else "it is not a data base"
            facts = {"reason": reason, "kept": kept.name}
            self._say(StorageProblem(JOURNAL_DAMAGED, facts))
            return connected(self._path)

    @staticmethod
    def _destination(base: sqlite3.Connection, key: str) -> str:
        """Where an opening was made or asked for; empty when nothing is known of it."""
        row = base.execute(
            "SELECT destination FROM openings WHERE key = ?1 UNION "
            "SELECT destination FROM intents WHERE key = ?1 ORDER BY destination DESC",
            (key,),
        ).fetchone()
        return str(row[0]) if row is not None else ""

    def _rows(self, base: sqlite3.Connection, ids: Sequence[int]) -> list[Upload]:
        found: list[Upload] = []
        for upload_id in ids:
            row = base.execute("SELECT upload FROM uploads WHERE id = ?", (upload_id,)).fetchone()
            if row is not None and row[0]:
                with suppress(ValueError, KeyError, TypeError):
                    found.append(upload_json.read(row[0]))
        return found

    def _read(self, text: str) -> Iterator[Upload]:
        try:
            yield upload_json.read(text)
        except _DAMAGE:
            self._damaged("A finished upload")

    def _hand_back(self, base: sqlite3.Connection) -> None:
        """Whoever takes it over later sees that this run ended in order."""
        if self._owner is not None:
            with base:
                for table in ("uploads", "intents"):
                    base.execute(
                        f"UPDATE {table} SET owner = ? WHERE owner = ?", (LEFT, self._owner.name)
                    )

    def _unfinished(self, base: sqlite3.Connection, owners: Sequence[str]) -> list[Unfinished]:
        """What these left, who are no more."""
        theirs = f"owner IN ({', '.join('?' * len(owners))})"
        batches: dict[str, list[Upload]] = {}
        cut_off: set[int] = set()
        for text, key, owner in base.execute(
            f"SELECT upload, opening, owner FROM uploads WHERE {theirs} AND phase != ? ORDER BY id",
            (*owners, Phase.DONE),
        ):
            try:
                upload = upload_json.read(text)
            except _DAMAGE:
                self._damaged("An unfinished upload")
                continue
            if upload.phase in OVER and upload.ticket is None:
                continue
            batches.setdefault(key, []).append(upload)
            if owner != LEFT:
                cut_off.add(upload.id)
        asked: dict[str, tuple[tuple[int, Source], ...]] = {}
        discards: dict[str, list[tuple[int, Ticket]]] = {}
        destinations: dict[str, str] = {}
        for key, verb, uploads, destination in base.execute(
            f"SELECT key, verb, asked, destination FROM intents WHERE {theirs}", tuple(owners)
        ):
            destinations[key] = destination
            # Without its list an opening is made anew: what it may have made was never started.
            with self._heedful("A request to a server"):
                if verb == Verb.OPEN:
                    asked[key] = tuple(
                        (one, upload_json.source_of_value(source))
                        for one, source in json.loads(uploads)
                    )
                elif verb == Verb.DISCARD:
                    discards.setdefault(key, []).extend(
                        (one, upload_json.ticket_of_value(ticket))
                        for one, ticket in json.loads(uploads)
                    )
        found: list[Unfinished] = []
        in_asked = {one: key for key, files in asked.items() for one, _ in files}
        for upload in batches.pop("", []):
            # An opening's answer was not known yet when its uploads were written last.
            batches.setdefault(in_asked.get(upload.id, f" {upload.id}"), []).append(upload)
        for key in [*batches, *(k for k in {**asked, **discards} if k not in batches)]:
            members = batches.get(key, [])
            row = base.execute(
                "SELECT destination, data FROM openings WHERE key = ?", (key,)
            ).fetchone()
            destination = members[0].destination if members else destinations.get(key, "")
            opened = None
            if row is not None or any(upload.ticket is not None for upload in members):
                # Tickets alone tell the server what to look for, so that nothing starts twice.
                opened = Opened(key, destination, {})
                with self._heedful("What a server opened"):
                    opened = opened if row is None else Opened(key, row[0], json.loads(row[1]))
            found.append(
                Unfinished(
                    "" if key.startswith(" ") else key,
                    destination,
                    tuple(members),
                    opened,
                    asked.get(key, ()),
                    tuple(discards.get(key, ())),
                    any(upload.id in cut_off for upload in members),
                )
            )
        return found

    def _damaged(self, what: str) -> None:
        self._say(StorageProblem(ENTRY_DAMAGED, {"name": NAME, "what": what}))

    @contextmanager
    def _heedful(self, what: str) -> Iterator[None]:
        """Damage met inside is told and skipped."""
        try:
            yield
        except _DAMAGE:
            self._damaged(what)

    def _write(self, statement: str, values: Sequence[tuple[object, ...]]) -> None:
        self._facts.append((statement, values))
        self._catch_up()

    def _catch_up(self) -> None:
        """Writes all that is not written yet, or tells why that cannot be done now."""
        try:
            base, owner = self._opened()
            with self._caught_up(base, owner):
                pass
        except sqlite3.Error as error:
            self._say(self._problem(error))
        except StorageProblem as problem:
            self._say(problem)

    @contextmanager
    def _caught_up(self, base: sqlite3.Connection, owner: Owner) -> Iterator[None]:
        """One transaction for what is not written yet and what is done inside; all or nothing."""
        with base:
            # What is read inside must not be overtaken by another process before it is used.
            base.execute("BEGIN IMMEDIATE")
            base.executemany(
                "INSERT INTO uploads (id, owner, opening, destination, phase, upload) "
                "VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET "
                "opening = excluded.opening, phase = excluded.phase, upload = excluded.upload, "
                "destination = excluded.destination",
                [
                    (
                        upload.id,
                        owner.name,
                        opening,
                        upload.destination,
                        upload.phase,
                        upload_json.written(upload),
                    )
                    for upload, opening in self._late.values()
                ],
            )
            for statement, values in self._facts:
                base.executemany(statement, values)
            yield
        self._late.clear()
        self._facts.clear()

    def _say(self, problem: StorageProblem) -> None:
        log.warning("%s", problem)
        if problem.id not in self._told:
            self._told.add(problem.id)
            self._tell(problem)

    def _problem(self, error: sqlite3.Error) -> StorageProblem:
        return self._unwritable(str(error))

    def _unwritable(self, reason: str) -> StorageProblem:
        facts = {"reason": reason, "folder": str(self._path.parent)}
        return StorageProblem(JOURNAL_UNWRITABLE, facts)
