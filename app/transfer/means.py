"""Means: what all batches of an engine work with."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from app.transfer.discards import Discards
from app.transfer.journal import Journal
from app.transfer.ledger import Ledger
from app.transfer.limit import Limit
from app.transfer.retry import Policy


@dataclass(frozen=True, slots=True)
class Means:
    """Shared by the batches; each of its parts owns its own state."""

    ledger: Ledger
    journal: Journal
    policy: Policy
    limit: Limit
    threads: ThreadPoolExecutor
    discards: Discards
    leave: Callable[[int], None]
    """This upload needs a new opening: queue it anew in a batch of its own."""
    started: Callable[[int], None]
    """The server works on this upload: watch it."""
    tries: dict[int, int] = field(default_factory=dict)
    """Soft failures of each upload since it last went well or was started by the person."""
