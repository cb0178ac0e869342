"""Which failed records of an upload can be taken out of its file."""

from __future__ import annotations

from app.core.jobs import RecordKey
from app.core.uploads import Upload
from app.servers.api import Family


def can_cut(upload: Upload, family: Family | None) -> bool:
    """Whether the failed records can be saved as a file of their own."""
    return bool(family and family.failed_records and known(upload))


def known(upload: Upload) -> tuple[RecordKey, ...]:
    """The failed records of which it is known which they are, each once."""
    result = upload.result
    if result is None:
        return ()
    # Where nothing but the list is kept, its numbers are all that is known.
    return result.which or tuple(
        sorted({one.record for one in result.failures if one.record is not None})
    )


def left_out(upload: Upload) -> int:
    """How many failed records cannot be saved, because it is not known which they are."""
    return max(0, (upload.result.failed if upload.result else 0) - len(known(upload)))
