"""What came of a run as one exit code: a pure function of its uploads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.cli.exits import Exit, of_problem
from app.core.uploads import Phase, Upload, Why
from app.viewmodels.sentences import failed_records


def of_uploads(
    uploads: Iterable[Upload], *, waits: bool, given_up: Mapping[int, Exit] | None = None
) -> Exit:
    """What came of a run. `waits`: the server's work counts. `given_up`: no longer waited for, why.

    A script that comes back later learns of failures then, so STILL_WORKING comes before them.
    """
    given_up = given_up or {}
    codes = [given_up.get(upload.id) or _of_upload(upload, waits=waits) for upload in uploads]
    for first in (Exit.APPROVAL, Exit.STILL_WORKING):
        if first in codes:
            return first
    bad = [code for code in codes if code not in (Exit.DONE, Exit.RECORD_ERRORS)]
    if bad and len(bad) < len(codes):
        return Exit.SOME_FAILED
    if bad:
        return bad[0] if len(set(bad)) == 1 else Exit.ERROR
    return Exit.RECORD_ERRORS if Exit.RECORD_ERRORS in codes else Exit.DONE


def _of_upload(upload: Upload, *, waits: bool) -> Exit:
    match upload.phase:
        case Phase.DONE:
            return Exit.RECORD_ERRORS if failed_records(upload) else Exit.DONE
        case Phase.FAILED:
            return of_problem(upload.problem) if upload.problem else Exit.ERROR
        case Phase.PROCESSING:
            return Exit.STILL_WORKING if waits else Exit.DONE
        case Phase.UNWATCHED:
            return _unwatched(upload)
        case _:
            return Exit.ERROR


def _unwatched(upload: Upload) -> Exit:
    """Without a problem only the watching limit ended; else nobody can say what came of it."""
    if upload.problem is None:
        return Exit.STILL_WORKING
    barred = of_problem(upload.problem) is Exit.SIGN_IN
    return Exit.SIGN_IN if barred else Exit.LATER


def held_back(upload: Upload) -> bool:
    """Whether it waits for a person, who is not there: it will never go on by itself."""
    return upload.phase is Phase.QUEUED and upload.wait is not None and upload.wait.why is Why.HELD
