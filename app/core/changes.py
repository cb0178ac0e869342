"""What the engine tells: an upload moved, uploads were forgotten, a lane changed."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.core.problems import Problem
from app.core.uploads import Upload


class LaneState(StrEnum):
    """Whether one destination can be used just now."""

    IDLE = "idle"
    CONNECTING = "connecting"
    READY = "ready"
    UNREACHABLE = "unreachable"
    SIGN_IN = "sign_in"
    """Waits for the person: a secret, a certificate, a setting."""
    BUSY = "busy"
    """The server asked for patience."""


@dataclass(frozen=True, slots=True)
class UploadChanged:
    upload: Upload


@dataclass(frozen=True, slots=True)
class UploadsForgotten:
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class LaneChanged:
    """A snapshot of the way to one destination. `until` (epoch seconds): when it is tried again."""

    destination: str
    state: LaneState
    account: str = ""
    at_once: int = 1
    sending: int = 0
    problem: Problem | None = None
    until: float | None = None


Change = UploadChanged | UploadsForgotten | LaneChanged
