"""The process that looks into files for a window; see `process`."""

from __future__ import annotations

import logging
import os
import pickle
import sys
from typing import IO

from app import __version__
from app.core.drafts import Inspection
from app.inspection.looks import looks
from app.inspection.process import Answer, Finished, Found, Glanced, Request, Seen, Trouble
from app.servers import families

LESS_URGENT = 5
"""Steps of politeness towards the window (nice)."""


def main() -> int:
    """Answers requests until standard input ends, or nobody reads the answers."""
    if hasattr(os, "nice"):
        os.nice(LESS_URGENT)
    # Nothing else may write where the answers go.
    asked, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    sys.stdout = sys.stderr
    logging.getLogger().addHandler(_ToWindow(answers))
    try:
        while True:
            _answer(pickle.load(asked), answers)
    except (EOFError, OSError, KeyboardInterrupt):
        return 0


def _answer(request: Request, answers: IO[bytes]) -> None:
    family = families().get(request.family)
    if request.version != __version__:
        _tell(answers, Finished(f"it is version {__version__}, the window is {request.version}"))
    elif family is None:
        _tell(answers, Finished(f"it does not know {request.family}"))
    else:
        for index, inspection in looks(family, request.sources, _Teller(answers)):
            _tell(answers, Found(index, inspection))
        _tell(answers, Finished())


class _Teller:
    """Tells the window how far a look is."""

    def __init__(self, answers: IO[bytes]) -> None:
        self._answers = answers

    def wanted(self, index: int) -> bool:
        return True

    def seen(self, index: int, size: int) -> None:
        _tell(self._answers, Seen(index, size))

    def glanced(self, index: int, inspection: Inspection) -> None:
        _tell(self._answers, Glanced(index, inspection))


class _ToWindow(logging.Handler):
    """What is logged here belongs in the window's log."""

    def __init__(self, answers: IO[bytes]) -> None:
        super().__init__(logging.WARNING)
        self._answers = answers

    def emit(self, record: logging.LogRecord) -> None:
        _tell(self._answers, Trouble(self.format(record)))


def _tell(answers: IO[bytes], answer: Answer) -> None:
    pickle.dump(answer, answers)
    answers.flush()
