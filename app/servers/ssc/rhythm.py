"""How long this adapter waits for a server to come round."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from app.servers import rhythm


@dataclass(frozen=True, slots=True)
class Rhythm(rhythm.Rhythm):
    broken: float = 3.0
    """An upload that broke before its last byte: no server takes half a form."""
    answered: float = 10.0
    """An upload answered with an error of the server's own."""
    unanswered: float = 60.0
    """An upload whose every byte went out and whose answer was lost."""
    per_gigabyte: float = 60.0
    """Added to `unanswered`: a large file is stored for a long time."""
    appears: float = 60.0
    """After an accepted upload, until its artifact or job can be asked for."""
    job_lag: float = 30.0
    """A job that ended badly while its artifact does not say so yet."""

    LONGEST: ClassVar[float] = 5.0
