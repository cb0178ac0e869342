"""What a system says about a file, in the words of the catalogue."""

import errno
import os

import pytest

from app.core.file_problems import file_problem


@pytest.mark.parametrize(
    ("code", "windows", "expected"),
    [
        (errno.EACCES, 32, "file.locked"),
        (errno.EACCES, 33, "file.locked"),
        (errno.ENOENT, 2, "file.missing"),
        (errno.ENOENT, 3, "file.out-of-reach"),
        (errno.EINVAL, 64, "file.out-of-reach"),
        (errno.EIO, None, "file.out-of-reach"),
        (errno.ESTALE, None, "file.out-of-reach"),
        (errno.ENOTCONN, None, "file.out-of-reach"),
        (errno.EACCES, None, "file.unreadable"),
        (errno.ENOENT, None, "file.missing"),
    ],
)
def test_what_the_system_says_of_a_file_is_told_in_words(
    code: int, windows: int | None, expected: str
) -> None:
    error = OSError(code, os.strerror(code))
    if windows is not None:
        error.winerror = windows  # type: ignore[attr-defined]
    problem = file_problem("roster.csv", error)
    assert problem.id == expected
    assert "roster.csv" in problem.title
