"""Exit codes: what a script learns without reading a word. A contract; none is renumbered."""

from __future__ import annotations

from enum import IntEnum

from app.core.problems import (
    Busy,
    ConnectionProblem,
    FileProblem,
    Forbidden,
    Problem,
    ServerFault,
    SignInProblem,
    Uncertain,
)
from app.storage.problems import DESTINATION_UNKNOWN, StorageProblem


class Exit(IntEnum):
    """All done, the server's work included, is DONE; with `--no-wait`, all sent."""

    DONE = 0
    ERROR = 1
    USAGE = 2
    REFUSED = 3
    """A file was refused before sending; nothing was sent."""
    SIGN_IN = 4
    """Sign-in or rights."""
    LATER = 5
    """Temporary or uncertain: look, or try again later."""
    SOME_FAILED = 6
    RECORD_ERRORS = 7
    STILL_WORKING = 8
    APPROVAL = 10
    INTERRUPTED = 130


def of_problem(problem: Problem) -> Exit:
    """What one problem means for the whole run."""
    if isinstance(problem, SignInProblem | Forbidden):
        return Exit.SIGN_IN
    if isinstance(problem, ConnectionProblem | Busy | ServerFault | Uncertain):
        return Exit.LATER
    if isinstance(problem, StorageProblem) and problem.entry is DESTINATION_UNKNOWN:
        return Exit.USAGE
    return Exit.ERROR


def before_sending(problem: Problem) -> Exit:
    """The same while nothing has been sent: a file's own fault refuses the run."""
    return Exit.REFUSED if isinstance(problem, FileProblem) else of_problem(problem)
