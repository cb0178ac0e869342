"""Tables for spreadsheets and programs: the history and the failed records of an upload.

No cell begins with a sign that makes a spreadsheet take it for a formula: an apostrophe stands
before it, as OWASP advises (CSV injection). Rows end as RFC 4180 has it. A byte order mark is for
spreadsheets, which take the file for their own old encoding without it; programs do better
without.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from typing import Any

from app.core.history import ID_KINDS, Past
from app.core.jobs import Failure
from app.reports.words import Say, iso

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")

_HISTORY = (
    *("added", "sent", "ended", "name", "path", "size", "sha256", "server", "kind", "account"),
    *("result", "records", "failed", "attempts", "sending seconds", "server seconds"),
    *ID_KINDS,
    *("link", "problem", "problem id"),
)


def history_csv(pasts: Iterable[Past], *, mark: bool = False) -> Iterator[bytes]:
    """One row for each upload, its columns named in English for whoever reads it in; UTF-8."""
    yield _row(_HISTORY, mark=mark)
    for past in pasts:
        upload = past.upload
        ids = dict(past.ids)
        link = (upload.result.link if upload.result else "") or (
            upload.job.link if upload.job else ""
        )
        yield _row(
            (
                *(iso(past.added), iso(past.sent), iso(past.ended)),
                *(upload.source.name, upload.source.path, upload.source.size, upload.sha256),
                *(past.server, past.family, upload.account, past.outcome.value),
                *(past.records, past.failed, upload.attempt),
                *(round(past.sending, 3), round(past.serving, 3)),
                *(ids.get(kind, "") for kind in ID_KINDS),
                *(link, upload.problem.title if upload.problem else ""),
                upload.problem.id if upload.problem else "",
            )
        )


def history_json(pasts: Iterable[Past]) -> Iterator[bytes]:
    """A list with an object for each upload, as in a receipt; ASCII."""
    between = "[\n"
    for past in pasts:
        yield f"{between}{json.dumps(as_value(past))}".encode()
        between = ",\n"
    yield b"[]\n" if between == "[\n" else b"\n]\n"


def failures_csv(failures: Iterable[Failure], say: Say, *, mark: bool = False) -> Iterator[bytes]:
    """One row for each failed record; UTF-8."""
    heads = ("Record", "Title", "Identifier", "Message", "Details")
    yield _row([say(head) for head in heads], mark=mark)
    for one in failures:
        yield _row((one.record, one.title, one.identifier, say(one.text), one.details))


def as_value(past: Past) -> dict[str, Any]:
    """One upload as JSON tells it, here and in receipts: members may be added, none is renamed."""
    upload, result = past.upload, past.upload.result
    problem = upload.problem
    return {
        "id": upload.id,
        "name": upload.source.name,
        "path": upload.source.path,
        "size": upload.source.size,
        "sha256": upload.sha256,
        "server": past.server,
        "kind": past.family,
        "account": upload.account,
        "options": dict(upload.options),
        "added": iso(past.added),
        "sent": iso(past.sent),
        "ended": iso(past.ended),
        "result": past.outcome.value,
        "attempts": upload.attempt,
        "sending_seconds": round(past.sending, 3),
        "server_seconds": round(past.serving, 3),
        "ids": dict(past.ids),
        "records": past.records,
        "counts": dict(result.counts) if result else {},
        "failed": past.failed,
        "failures": [
            {
                "record": one.record,
                "title": one.title,
                "identifier": one.identifier,
                "text": one.text,
            }
            for one in (result.failures if result else ())
        ],
        "link": (result.link if result else "") or (upload.job.link if upload.job else ""),
        "problem": None if problem is None else {"id": problem.id, "title": problem.title},
    }


def _row(cells: Iterable[object], *, mark: bool = False) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerow(
        [_harmless(cell) if isinstance(cell, str) else cell for cell in cells]
    )
    return ("\ufeff" if mark else "").encode() + text.getvalue().encode("utf-8", "replace")


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA) else cell
