"""Which failed records of an upload can be taken out of its file."""

from __future__ import annotations

from app.core.uploads import Upload
from app.servers.api import Family


def can_cut(upload: Upload, family: Family | None) -> bool:
    """Whether the failed records can be saved as a file of their own."""
    return bool(family and family.failed_records and numbers(upload))


def numbers(upload: Upload) -> list[int]:
    """The failed records the server numbered, in order."""
    failures = upload.result.failures if upload.result else ()
    return sorted({one.record for one in failures if one.record is not None})


def left_out(upload: Upload) -> int:
    """How many failed records are in no list, because the server gave no number or too many."""
    return max(0, (upload.result.failed if upload.result else 0) - len(numbers(upload)))
