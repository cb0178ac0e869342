"""What the portal remembers of each file it took."""

import asyncio
import time
from dataclasses import dataclass, field
from pathlib import Path

from app.sandbox.tao.table import Table


@dataclass(slots=True)
class Import:
    """One accepted file. `lines` are its data rows worked through so far."""

    reference: str
    name: str
    size: int
    sha256: str
    part_type: str
    table: Table | None
    accepted: float = field(default_factory=time.time)
    visible_from: float = 0.0
    kind: str = ""
    status: str = "pending"
    statuses: list[str] = field(default_factory=lambda: ["pending"])
    lines: int = 0
    failed: int = 0
    messages: list[str] = field(default_factory=list)
    result: Path | None = None
    ended: float | None = None
    polls: int = 0
    scripted: int = 0
    downloads: int = 0
    task: "asyncio.Task[None] | None" = None

    @property
    def visible(self) -> bool:
        return time.time() >= self.visible_from

    def become(self, status: str) -> None:
        self.status = status
        self.statuses.append(status)
        if status in ("processed", "failed"):
            self.ended = time.time()
