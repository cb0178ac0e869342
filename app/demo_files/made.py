"""What is known of a written demo file."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class DemoFile:
    """A written file for a family of servers; `bad` of its `records` the server must refuse."""

    family: str
    path: Path
    records: int = 0
    bad: int = 0
