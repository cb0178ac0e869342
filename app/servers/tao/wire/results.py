"""The result file of an import: the rows that were sent, each with what became of it.

It echoes the input, passwords in the clear included. No cell of it is kept but the one that says
which record a row is about, and the server's own sentence.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.core.jobs import MOST_FAILURES, NO_REASON, Failure
from app.servers.tao.wire.imports import PROCESSED
from app.servers.tao.wire.kinds import identifying, is_password

_STATUS = "status"
_OWN = ("status", "errorType", "errorCode", "errorMessage")
_MASK = "•••"
_LONGEST_TEXT = 500


@dataclass(frozen=True, slots=True)
class Outcome:
    """How many rows there are, the numbers of those that failed, and what is said about the first
    of these."""

    rows: int
    which: tuple[int, ...]
    failures: tuple[Failure, ...]

    @property
    def failed(self) -> int:
        return len(self.which)


@dataclass(frozen=True, slots=True)
class _Columns:
    """Where everything is. A column of the input may have the name of one the server adds at the
    end; then the server's is the last."""

    status: int
    code: int | None
    message: int | None
    identifier: int | None
    passwords: tuple[int, ...]
    own: frozenset[int]


def read_result(content: bytes, lines: int = 0) -> Outcome | None:
    """What a result file tells; None if it is no result file.

    `lines` is how many rows the server says it worked on. If the file has more, the answers of
    several services are in it, and rows with the same input are one record.
    """
    merged = 0 < lines < sum(1 for _ in _rows(content)) - 1
    rows = _rows(content)
    columns = _columns(next(rows, []))
    if columns is None:
        return None
    numbers: dict[bytes, int] = {}
    failed: set[int] = set()
    failures: list[Failure] = []
    number = 0
    for row in rows:
        record = number + 1
        if merged:
            record = numbers.setdefault(_digest(row, columns), record)
        number = max(number, record)
        if _cell(row, columns.status).strip().lower() == PROCESSED or record in failed:
            continue
        failed.add(record)
        if len(failures) < MOST_FAILURES:
            failures.append(_failure(row, record, columns))
    failures.sort(key=lambda failure: failure.record or 0)
    return Outcome(number, tuple(sorted(failed)), tuple(failures))


def _rows(content: bytes) -> Iterator[list[str]]:
    """The rows that are not blank, the header first."""
    text = io.TextIOWrapper(io.BytesIO(content), "utf-8-sig", errors="replace", newline="")
    try:
        for row in csv.reader(text):
            if any(cell.strip() for cell in row):
                yield row
    except csv.Error:
        return


def _columns(header: Sequence[str]) -> _Columns | None:
    names = [name.strip() for name in header]
    if _STATUS not in names:
        return None
    own = {name: len(names) - 1 - names[::-1].index(name) for name in _OWN if name in names}
    inputs = ["" if at in own.values() else name for at, name in enumerate(names)]
    return _Columns(
        own[_STATUS],
        own.get("errorCode"),
        own.get("errorMessage"),
        identifying(inputs),
        tuple(at for at, name in enumerate(names) if is_password(name)),
        frozenset(own.values()),
    )


def _failure(row: Sequence[str], record: int, columns: _Columns) -> Failure:
    code = _cell(row, columns.code).strip()
    text = " ".join(_cell(row, columns.message).split()) or code
    identifier = _cell(row, columns.identifier).strip()
    for at in columns.passwords:
        if secret := _cell(row, at).strip():
            text = text.replace(secret, _MASK)
    status = _cell(row, columns.status).strip()
    return Failure(
        record,
        text[:_LONGEST_TEXT] or NO_REASON,
        identifier=identifier[:200],
        details=" ".join(part for part in (status, code) if part),
    )


def _cell(row: Sequence[str], at: int | None) -> str:
    return row[at] if at is not None and at < len(row) else ""


def _digest(row: Sequence[str], columns: _Columns) -> bytes:
    inputs = "\0".join(cell for at, cell in enumerate(row) if at not in columns.own)
    return hashlib.sha256(inputs.encode("utf-8", errors="replace")).digest()[:16]
