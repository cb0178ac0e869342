"""How long this adapter waits for a server to come round."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from app.servers import rhythm


@dataclass(frozen=True, slots=True)
class Rhythm(rhythm.Rhythm):
    visible: float = 120.0
    """A fresh import may be unknown to the server for so long."""
    moving: float = 30.0
    """An import seen before may be unknown for so long, while its file moves between folders."""
    restored: float = 10.0
    """An import of an earlier run that is unknown for so long is gone."""
    confirm: float = 15.0
    """How long a “failed” must hold: a queue may take the import up once more."""
    result: float = 60.0
    """How long the result file of a processed import may be missing."""

    GROWTH: ClassVar[float] = 2.0
    LONGEST: ClassVar[float] = math.inf
