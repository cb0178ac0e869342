"""Whether a file still holds the bytes that were sent."""

from __future__ import annotations

from pathlib import Path

from app.core import catalogue
from app.core.problems import FileProblem
from app.core.uploads import Source, Upload
from app.transfer.body import digest_of, source_of


def as_sent(upload: Upload) -> Source:
    """The upload's file as it is now, its bytes those of then. May read the whole file.

    Raises FileProblem when it is gone, unreadable or changed since.
    """
    before = upload.source
    now = source_of(Path(before.path))
    if (now.size, now.changed_ns) == (before.size, before.changed_ns):
        return now
    # A copy or a restored file has another time and the same bytes.
    if now.size == before.size and upload.sha256 and digest_of(now) == upload.sha256:
        return now
    raise FileProblem(catalogue.FILE_CHANGED_SINCE, {"name": before.name})
