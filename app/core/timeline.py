"""When an upload did what: the marks its moves leave, and what can be read from them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import pairwise

ADDED = "added"
JOB = "job"
"""The server's work moved on; `said` is the job's state."""

MOST = 64
"""A night of lost connections must not make an upload grow; what stands in the middle is left
out."""
_FIRST = 8


@dataclass(frozen=True, slots=True)
class Mark:
    """One move. `what` is ADDED, JOB or a phase; `at` seconds since the epoch."""

    at: float
    what: str
    attempt: int = 1
    said: str = ""
    """Why: what a queued upload waits for, the id of the problem it failed with, a job's state."""


def marked(marks: Sequence[Mark], mark: Mark) -> tuple[Mark, ...]:
    """The marks with one more at the end; never more than MOST."""
    if len(marks) < MOST:
        return (*marks, mark)
    return (*marks[:_FIRST], *marks[_FIRST + 1 :], mark)


def begun(marks: Sequence[Mark]) -> float | None:
    """When the upload was added."""
    return marks[0].at if marks and marks[0].what == ADDED else None


def last(marks: Sequence[Mark], what: Collection[str]) -> float | None:
    """When it last came to one of these."""
    return next((one.at for one in reversed(marks) if one.what in what), None)


def spent(marks: Sequence[Mark], what: Collection[str], now: float | None = None) -> float:
    """Seconds in these phases, all attempts together: up to the last mark, or up to `now` if it is
    still in one of them."""
    moves = [one for one in marks if one.what != JOB]
    pairs = pairwise(moves)
    total = sum(max(0.0, after.at - one.at) for one, after in pairs if one.what in what)
    if now is not None and moves and moves[-1].what in what:
        total += max(0.0, now - moves[-1].at)
    return total
