"""The last lines the program logged about each upload, kept in memory for whoever looks at it."""

from __future__ import annotations

import logging
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

LINES = 100
UPLOADS = 500
"""How many lines are kept of one upload, and of how many uploads: those logged about last."""
_FIRST = 20
"""How an upload began stays when lines in the middle have to go."""
_ALIKE = 4
"""A line that is among the last so many is counted there: asking again and again is one line."""

_about: ContextVar[Sequence[int]] = ContextVar("about", default=())


def concerns(ids: Sequence[int]) -> None:
    """What this task logs from now on is about these uploads; `ids` may change meanwhile."""
    _about.set(ids)


@contextmanager
def concerning(ids: Sequence[int]) -> Iterator[None]:
    """What is logged within is about these uploads."""
    token = _about.set(ids)
    try:
        yield
    finally:
        _about.reset(token)


@dataclass(frozen=True, slots=True)
class LogLine:
    """`at` is when it was last logged, seconds since the epoch; `times` how often."""

    at: float
    text: str
    times: int = 1


class UploadLog(logging.Handler):
    """Sorts records by the uploads they are about; read from any thread. What is about none is not
    kept. Its formatter has to leave out what is secret."""

    def __init__(self, formatter: logging.Formatter) -> None:
        super().__init__()
        self.setFormatter(formatter)
        self._kept: OrderedDict[int, list[LogLine]] = OrderedDict()

    def emit(self, record: logging.LogRecord) -> None:
        ids = _about.get()
        if not ids:
            return
        line = LogLine(record.created, self.format(record))
        for id in tuple(ids):
            lines = self._kept.setdefault(id, [])
            self._kept.move_to_end(id)
            _add(lines, line)
        while len(self._kept) > UPLOADS:
            self._kept.popitem(last=False)

    def lines(self, id: int) -> tuple[LogLine, ...]:
        """What was logged about an upload, in order; empty if nothing was or it is long ago."""
        self.acquire()
        try:
            return tuple(self._kept.get(id, ()))
        finally:
            self.release()


def _add(lines: list[LogLine], line: LogLine) -> None:
    for place in range(len(lines) - 1, max(-1, len(lines) - 1 - _ALIKE), -1):
        if lines[place].text == line.text:
            lines[place] = LogLine(line.at, line.text, lines[place].times + 1)
            return
    if len(lines) >= LINES:
        del lines[_FIRST]
    lines.append(line)
