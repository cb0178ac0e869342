"""How long silence is borne, by kind of request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class Patience:
    """Seconds of silence borne while connecting, while sending, and before the answer."""

    connect: float = 10.0
    write: float = 60.0
    read: float = 60.0

    JSON: ClassVar[Patience]
    POLL: ClassVar[Patience]
    UPLOAD: ClassVar[Patience]
    PART: ClassVar[Patience]

    def within(self, seconds: float) -> Patience:
        """No silence longer than `seconds`."""
        return Patience(*(min(one, seconds) for one in (self.connect, self.write, self.read)))

    def as_timeouts(self) -> dict[str, float]:
        """By the names httpcore knows; waiting for a free connection has no limit."""
        return {"connect": self.connect, "write": self.write, "read": self.read}


Patience.JSON = Patience()
Patience.POLL = Patience(read=30.0)
# A server may work on a file for many minutes between its last byte and its answer.
Patience.UPLOAD = Patience(read=900.0)
Patience.PART = Patience(read=600.0)
