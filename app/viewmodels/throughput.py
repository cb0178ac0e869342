"""How fast bytes moved over the last minutes, for a small chart and for a sentence."""

from __future__ import annotations

import math
from collections import deque

from app.viewmodels import words
from app.viewmodels.words import tr

SECONDS = 300
"""How far back it goes."""
STEP = 3
"""Seconds each bar stands for."""
BARS = SECONDS // STEP


class Throughput:
    """Bytes in steps of time; fed with readings of a counter, in seconds of a clock that never
    jumps. Only what a counter grew by counts: it falls when something is sent anew."""

    def __init__(self) -> None:
        self._steps: deque[tuple[int, int]] = deque()
        """(number of the step, bytes), the last one last; steps without bytes are left out."""
        self._last = 0

    @property
    def counted(self) -> int:
        """The last reading."""
        return self._last

    def restart(self) -> None:
        """The counter begins at nothing again; what was sent before stays."""
        self._last = 0

    def read(self, sent: int, now: float) -> None:
        grown, self._last = sent - self._last, sent
        step = int(now // STEP)
        if grown > 0:
            if self._steps and self._steps[-1][0] == step:
                grown += self._steps.pop()[1]
            self._steps.append((step, grown))
        while self._steps and self._steps[0][0] <= step - BARS:
            self._steps.popleft()

    def bars(self, now: float) -> tuple[float, ...]:
        """Bytes per second of each step, the oldest first; the step that has only begun is not
        among them. BARS of them, or none while nothing moved in all that time."""
        current = int(now // STEP)
        rates = [0.0] * BARS
        for step, sent in self._steps:
            place = BARS - (current - step)
            if 0 <= place < BARS:
                rates[place] = sent / STEP
        return tuple(rates) if any(rates) else ()


def in_words(bars: tuple[float, ...]) -> str:
    """“at most 12.0 MB/s, 3.1 MB/s on average”: the average of the time in which bytes moved."""
    moving = [bar for bar in bars if bar > 0]
    if not moving:
        return tr("Nothing was sent in the last minutes")
    return tr(
        "At most {most}, {average} on average",
        most=words.rate(max(moving)),
        average=words.rate(math.fsum(moving) / len(moving)),
    )
