"""What a system says about a file of this computer, as a problem."""

from __future__ import annotations

import errno

from app.core import catalogue
from app.core.problems import FileProblem

_WIN_LOCKED = frozenset((32, 33))
"""ERROR_SHARING_VIOLATION, ERROR_LOCK_VIOLATION."""
_WIN_NO_DRIVE = 3
"""ERROR_PATH_NOT_FOUND, also of a drive letter that is no longer there."""
_WIN_DRIVE_GONE = frozenset((_WIN_NO_DRIVE, 15, 21, 51, 53, 55, 59, 64, 67, 121, 1167, 1231, 1236))
"""No drive, not ready, and what becomes of a share whose network or device has gone."""
_DRIVE_GONE = frozenset(
    getattr(errno, name)
    for name in (
        *("EIO", "ENXIO", "ENODEV", "ESTALE", "ENOTCONN", "EHOSTDOWN", "EHOSTUNREACH"),
        *("ENETUNREACH", "ENETDOWN", "ETIMEDOUT", "ECONNABORTED", "ECONNRESET", "EREMOTEIO"),
        "ENOMEDIUM",
    )
    if hasattr(errno, name)
)


def file_problem(name: str, error: OSError) -> FileProblem:
    """The problem of the file shown as `name` that opening or reading it ended in `error`."""
    facts = {"name": name, "reason": error.strerror or type(error).__name__}
    code = getattr(error, "winerror", None)
    if isinstance(error, FileNotFoundError) and code != _WIN_NO_DRIVE:
        return FileProblem(catalogue.FILE_MISSING, {"name": name})
    if code in _WIN_LOCKED:
        return FileProblem(catalogue.FILE_LOCKED, {"name": name})
    if error.errno in _DRIVE_GONE or code in _WIN_DRIVE_GONE:
        return FileProblem(catalogue.FILE_OUT_OF_REACH, facts)
    return FileProblem(catalogue.FILE_UNREADABLE, facts)
