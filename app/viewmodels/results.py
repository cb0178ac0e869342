"""What is saved about uploads that ended: failed records, lists, receipts. Files are written in
worker threads, whole or not at all."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from app import __version__
from app.core import catalogue
from app.core.history import Past, Search
from app.core.problems import FileProblem
from app.core.uploads import Upload
from app.reports.receipt import Receipt, checksums, receipt_json
from app.reports.receipt_page import receipt_html
from app.reports.tables import failures_csv, history_csv, history_json
from app.servers.api import Family
from app.storage.history import History
from app.storage.written_file import write_file
from app.transfer.sent_file import as_sent
from app.viewmodels.failed import known
from app.viewmodels.words import tr

PROGRAM = f"Longshore {__version__}"
EXPORTS = (".csv", ".json")


async def save_failed_records(upload: Upload, family: Family, path: Path, *, bare: bool) -> int:
    """The failed records as a file that can be sent again; how many. Raises Problem."""
    return await asyncio.to_thread(write_failed_records, upload, family, path, bare=bare)


def write_failed_records(upload: Upload, family: Family, path: Path, *, bare: bool) -> int:
    """The same in the calling thread. With `bare` passwords are not masked."""
    wanted = known(upload)
    if family.failed_records is None or not wanted:
        raise FileProblem(catalogue.RECORDS_UNKNOWN, {"name": upload.source.name})
    source = as_sent(upload)
    write_file(path, family.failed_records(source, wanted, bare), private=True)
    return len(wanted)


async def save_failures(upload: Upload, path: Path, *, mark: bool) -> None:
    """The list of failed records as CSV. Raises StorageProblem."""
    failures = upload.result.failures if upload.result else ()
    await asyncio.to_thread(write_file, path, failures_csv(failures, tr, mark=mark))


async def save_receipt(pasts: Sequence[Past], path: Path) -> None:
    """By the ending of its name JSON (.json) or check sums (.sha256); anything else is a page.

    Raises StorageProblem.
    """
    await asyncio.to_thread(write_file, path, [receipt_bytes(pasts, path.suffix)])


def receipt_bytes(pasts: Sequence[Past], ending: str) -> bytes:
    receipt = Receipt(pasts, time.time(), PROGRAM)
    match ending.lower():
        case ".json":
            return receipt_json(receipt)
        case ".sha256":
            return checksums(pasts)
        case _:
            return receipt_html(receipt, tr)


async def save_history(history: History, search: Search, path: Path, *, mark: bool) -> int:
    """All that fits the search, as CSV or JSON by the ending; how many. Raises StorageProblem."""
    return await asyncio.to_thread(write_history, history, search, path, mark=mark)


def write_history(history: History, search: Search, path: Path, *, mark: bool) -> int:
    """The same in the calling thread."""
    ids = history.found(search)
    write_file(path, history_pieces(history.each(ids), path.suffix, mark=mark))
    return len(ids)


def history_pieces(pasts: Iterable[Past], ending: str, *, mark: bool) -> Iterator[bytes]:
    return history_json(pasts) if ending.lower() == ".json" else history_csv(pasts, mark=mark)
