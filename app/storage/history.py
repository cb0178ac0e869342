"""The history: uploads that ended, written as they end, searched and cleared of what is old."""

from __future__ import annotations

import json
import logging
import sqlite3
import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from app.core.catalogue import TOO_LARGE
from app.core.destinations import Destination
from app.core.history import ARRIVED, Kept, Order, Outcome, Past, PastLine, Search
from app.core.jobs import MOST_FAILURES, Failure
from app.core.problems import Problem
from app.core.uploads import Upload
from app.storage import upload_json
from app.storage.history_file import HistoryFile
from app.storage.problems import HISTORY_UNREADABLE, HISTORY_UNWRITABLE, StorageProblem

log = logging.getLogger(__name__)

USUAL_FROM = 5
_USUAL_OF = 50
_AT_ONCE = 200
"""Lines read or deleted in one go, so that nobody else waits long."""
_DAY = 86_400.0
_NOT_KEPT = frozenset({"password", "secret", "token"})
_DAMAGE = (ValueError, KeyError, TypeError, AttributeError)
_COLUMNS = (
    "id, ended, name, path, size, destination, server, family, outcome, records, failed, sending, "
    "serving"
)


class History:
    """Safe to use from any thread; what may wait for it should have one of its own.

    `tell` hears once of each thing that is wrong. `destination` gives the saved server of an id,
    and may raise Problem.
    """

    def __init__(
        self,
        folder: Path,
        tell: Callable[[StorageProblem], None],
        destination: Callable[[str], Destination] | None = None,
    ) -> None:
        self._tell = tell
        self._told: set[str] = set()
        self._file = HistoryFile(folder, self._say)
        self._destination = destination
        self._late: dict[tuple[int, float], Past] = {}
        """What could not be written yet."""

    def close(self) -> None:
        self._file.close()

    # writing

    def record(self, uploads: Iterable[Upload]) -> bool:
        """Ended uploads, each in place of what was recorded of it before; whether all are kept.

        Never raises: what could not be written is written with the next.
        """
        for upload in uploads:
            past = self._past(upload)
            self._late[upload.id, past.added] = past
        try:
            with self._file.used() as base:
                for past in self._late.values():
                    _write(base, past)
            self._late.clear()
        except (sqlite3.Error, OSError) as error:
            self._say(self._problem(error, HISTORY_UNWRITABLE))
            return False
        except StorageProblem as problem:
            # A newer version's file stays as it is, and this run will not see another one: the
            # journal keeps them for the program that can write there.
            self._late.clear()
            self._say(problem)
            return False
        return True

    def prune(self, kept: Kept, *, now: Callable[[], float] = time.time) -> int:
        """Deletes what is older or more than `kept`; how many lines. Raises StorageProblem."""
        deleted = 0
        while count := self._prune_some(kept, now()):
            deleted += count
        if deleted:
            with self._reading() as base:
                base.execute("PRAGMA incremental_vacuum").fetchall()
        return deleted

    def _prune_some(self, kept: Kept, now: float) -> int:
        with self._reading() as base:
            old: list[tuple[int]] = []
            if kept.days:
                old = base.execute(
                    "SELECT id FROM past WHERE ended < ? LIMIT ?",
                    (now - kept.days * _DAY, _AT_ONCE),
                ).fetchall()
            if not old and kept.rows:
                old = base.execute(
                    "SELECT id FROM past ORDER BY ended DESC, id DESC LIMIT ? OFFSET ?",
                    (_AT_ONCE, kept.rows),
                ).fetchall()
            base.executemany("DELETE FROM past WHERE id = ?", old)
            return len(old)

    # reading: every call raises StorageProblem

    def found(self, search: Search) -> Sequence[int]:
        """The ids of all lines that fit, in order."""
        where, values = _where(search)
        way = "DESC" if search.descending else "ASC"
        order = "sending + serving" if search.order is Order.TOOK else str(search.order)
        statement = f"SELECT id FROM past{where} ORDER BY {order} {way}, id {way}"
        with self._reading() as base:
            return [id for (id,) in base.execute(statement, values)]

    def lines(self, ids: Sequence[int]) -> list[PastLine]:
        """Those of these lines that are still there, in this order."""
        by_id: dict[int, PastLine] = {}
        for some in _portions(ids):
            marks = ", ".join("?" * len(some))
            with self._reading() as base:
                for row in base.execute(f"SELECT {_COLUMNS} FROM past WHERE id IN ({marks})", some):
                    line = _line(row)
                    by_id[line.id] = line
        return [by_id[id] for id in ids if id in by_id]

    def past(self, ids: Sequence[int]) -> list[Past]:
        """The uploads of these lines whole, as far as they are there and sound, in this order."""
        return list(self.each(ids))

    def each(self, ids: Sequence[int]) -> Iterator[Past]:
        """The same, a few at a time: for writing out a history of any length."""
        for some in _portions(ids):
            marks = ", ".join("?" * len(some))
            with self._reading() as base:
                texts = dict(
                    base.execute(f"SELECT past, upload FROM wholes WHERE past IN ({marks})", some)
                )
                named = {
                    row[0]: (row[1], row[2])
                    for row in base.execute(
                        f"SELECT id, server, family FROM past WHERE id IN ({marks})", some
                    )
                }
                failures: dict[int, list[Failure]] = {}
                for row in base.execute(
                    "SELECT past, record, said, title, identifier, details FROM failures "
                    f"WHERE past IN ({marks}) ORDER BY past, place",
                    some,
                ):
                    failures.setdefault(row[0], []).append(Failure(*row[1:]))
            for id in some:
                if id in texts and id in named:
                    past = _whole(id, texts[id], failures.get(id, ()), *named[id])
                    if past is not None:
                        yield past

    def batch_of(self, id: int) -> Sequence[int]:
        """All lines of the send this line belongs to, in the order they were added."""
        with self._reading() as base:
            rows = base.execute(
                "SELECT other.id FROM past AS one JOIN past AS other "
                "ON other.added = one.added AND other.batch = one.batch "
                "AND other.destination = one.destination WHERE one.id = ? ORDER BY other.upload",
                (id,),
            )
            return [found for (found,) in rows]

    def of_upload(self, upload: int) -> int | None:
        """The line of the upload with this number, as `send` and the history name it; the last
        one where an earlier journal gave the same number."""
        with self._reading() as base:
            row = base.execute(
                "SELECT id FROM past WHERE upload = ? ORDER BY added DESC LIMIT 1", (upload,)
            ).fetchone()
        return None if row is None else int(row[0])

    def latest(self, count: int) -> list[PastLine]:
        """What ended last, the last first."""
        with self._reading() as base:
            rows = base.execute(
                f"SELECT {_COLUMNS} FROM past ORDER BY ended DESC, id DESC LIMIT ?", (count,)
            )
            return [_line(row) for row in rows]

    def servers(self) -> list[tuple[str, str]]:
        """(id, name as last known) of every destination that occurs, by name."""
        # From one destination to the next in the index: there are few, in many lines.
        with self._reading() as base:
            rows = base.execute(
                "WITH RECURSIVE each(id) AS (SELECT min(destination) FROM past UNION ALL SELECT "
                "(SELECT min(destination) FROM past WHERE destination > each.id) FROM each "
                "WHERE each.id IS NOT NULL) SELECT id, (SELECT server FROM past "
                "WHERE destination = each.id ORDER BY ended DESC LIMIT 1) FROM each "
                "WHERE id IS NOT NULL"
            ).fetchall()
        return sorted(rows, key=lambda one: str(one[1]).casefold())

    def known_size(self, size: int) -> bool:
        """Whether a file of so many bytes ever arrived: only then its digest is worth having."""
        with self._reading() as base:
            found = base.execute(
                f"SELECT 1 FROM past WHERE size = ? AND sha256 != '' AND {_ARRIVED} LIMIT 1",
                (size,),
            )
            return found.fetchone() is not None

    def same(self, sha256: str, destination: str = "") -> PastLine | None:
        """The last time these bytes arrived: on this destination, or else on any."""
        with self._reading() as base:
            row = base.execute(
                f"SELECT {_COLUMNS} FROM past WHERE sha256 = ? AND {_ARRIVED} "
                "ORDER BY destination = ? DESC, ended DESC LIMIT 1",
                (sha256, destination),
            ).fetchone()
        return None if row is None else _line(row)

    def refused_for_size(self, destination: str) -> PastLine | None:
        """The smallest file this destination refused because of its size, if nothing as large
        arrived there since."""
        with self._reading() as base:
            row = base.execute(
                f"SELECT {_COLUMNS} FROM past JOIN wholes ON wholes.past = id "
                f"WHERE destination = ? AND outcome = '{Outcome.FAILED}' "
                "AND instr(wholes.upload, ?) AND NOT EXISTS (SELECT 1 FROM past AS later "
                "WHERE later.destination = past.destination AND later.ended > past.ended "
                f"AND later.size >= past.size AND later.{_ARRIVED}) "
                "ORDER BY size, ended DESC LIMIT 1",
                (destination, f'"id":"{TOO_LARGE.id}"'),
            ).fetchone()
        return None if row is None else _line(row)

    def usual_duration(self, destination: str, options: Mapping[str, str]) -> float | None:
        """The median of the seconds this server took with these options; None if too few did."""
        with self._reading() as base:
            rows = base.execute(
                "SELECT serving FROM past WHERE destination = ? AND options = ? AND serving > 0 "
                f"AND outcome IN ('{Outcome.DONE}', '{Outcome.DONE_WITH_ERRORS}') "
                "ORDER BY ended DESC LIMIT ?",
                (destination, _options(options), _USUAL_OF),
            ).fetchall()
        if len(rows) < USUAL_FROM:
            return None
        return float(statistics.median(serving for (serving,) in rows))

    # inside

    def _past(self, upload: Upload) -> Past:
        name = family = ""
        if self._destination is not None:
            try:
                destination = self._destination(upload.destination)
                name, family = destination.name, destination.family
            except Problem:
                log.info("the server of an upload that ended is no longer saved")
        return Past(upload, name or upload.destination, family)

    @contextmanager
    def _reading(self) -> Iterator[sqlite3.Connection]:
        try:
            with self._file.used() as base:
                yield base
        except (sqlite3.Error, OSError) as error:
            raise self._problem(error, HISTORY_UNREADABLE) from None

    def _problem(self, error: Exception, entry: Any) -> StorageProblem:
        reason = error.strerror if isinstance(error, OSError) else str(error)
        facts = {"reason": reason or type(error).__name__, "folder": str(self._file.path.parent)}
        return StorageProblem(entry, facts)

    def _say(self, problem: StorageProblem) -> None:
        log.warning("%s", problem)
        if problem.id not in self._told:
            self._told.add(problem.id)
            self._tell(problem)


_ARRIVED = f"outcome IN ({', '.join(repr(str(one)) for one in ARRIVED)})"


def _portions(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    for at in range(0, len(ids), _AT_ONCE):
        yield ids[at : at + _AT_ONCE]


def _where(search: Search) -> tuple[str, list[object]]:
    parts: list[str] = []
    values: list[object] = []
    for word in search.text.casefold().split():
        parts.append("instr(words, ?)")
        values.append(word)
    if search.since is not None:
        parts.append("ended >= ?")
        values.append(search.since)
    if search.until is not None:
        parts.append("ended < ?")
        values.append(search.until)
    if search.destination:
        parts.append("destination = ?")
        values.append(search.destination)
    if search.outcomes:
        parts.append(f"outcome IN ({', '.join('?' * len(search.outcomes))})")
        values += sorted(search.outcomes)
    return (f" WHERE {' AND '.join(parts)}" if parts else ""), values


def _line(row: Sequence[Any]) -> PastLine:
    id, ended, name, path, size, destination, server, family, outcome, *numbers = row
    records, failed, sending, serving = numbers
    return PastLine(
        *(id, ended, name, path, size, destination, server, family),
        *(Outcome(outcome), records, failed, sending, serving),
    )


def _options(options: Mapping[str, str]) -> str:
    kept = {key: value for key, value in options.items() if key not in _NOT_KEPT}
    return json.dumps(kept, sort_keys=True, ensure_ascii=False)


def _write(base: sqlite3.Connection, past: Past) -> None:
    upload = past.upload
    source, result = upload.source, upload.result
    failures = result.failures[:MOST_FAILURES] if result is not None else ()
    options = {key: value for key, value in upload.options.items() if key not in _NOT_KEPT}
    bare = replace(
        upload,
        options=options,
        ticket=None,
        result=None if result is None else replace(result, failures=()),
    )
    ids = upload.job.facts.values() if upload.job is not None else ()
    words = (source.path, past.server, upload.account, upload.sha256, *ids)
    values = {
        "upload": upload.id,
        "added": past.added,
        "batch": upload.batch,
        "ended": past.ended,
        "name": source.name,
        "path": source.path,
        "size": source.size,
        "sha256": upload.sha256,
        "destination": upload.destination,
        "server": past.server,
        "family": past.family,
        "outcome": str(past.outcome),
        "records": past.records,
        "failed": past.failed,
        "sending": past.sending,
        "serving": past.serving,
        "options": _options(options),
        "words": "\n".join(words).casefold(),
    }
    names = ", ".join(values)
    places = ", ".join("?" * len(values))
    again = ", ".join(f"{name} = excluded.{name}" for name in values)
    (id,) = base.execute(
        f"INSERT INTO past ({names}) VALUES ({places}) "
        f"ON CONFLICT (upload, added) DO UPDATE SET {again} RETURNING id",
        list(map(_sound, values.values())),
    ).fetchone()
    base.execute(
        "INSERT OR REPLACE INTO wholes (past, upload) VALUES (?, ?)",
        (id, _sound(upload_json.written(bare))),
    )
    base.execute("DELETE FROM failures WHERE past = ?", (id,))
    base.executemany(
        "INSERT INTO failures (past, place, record, said, title, identifier, details) "
        "VALUES (?, ?, ?, ?, ?, ?, ?)",
        [
            (
                *(id, place, one.record),
                *map(_sound, (one.text, one.title, one.identifier, one.details)),
            )
            for place, one in enumerate(failures)
        ],
    )


def _sound(value: object) -> object:
    """Text that SQLite takes: a path may hold bytes that are no text."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) else value


def _whole(
    id: int, text: str, failures: Sequence[Failure], server: str, family: str
) -> Past | None:
    try:
        upload = upload_json.read(text)
    except _DAMAGE:
        log.warning("a line of the history could not be understood")
        return None
    if upload.result is not None and failures:
        upload = replace(upload, result=replace(upload.result, failures=tuple(failures)))
    return Past(upload, server, family, id)
