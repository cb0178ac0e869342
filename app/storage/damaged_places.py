"""Where damaged files are kept. Settings need this before the window is seen, and no data base."""

from __future__ import annotations

import time
from pathlib import Path


def place_for(path: Path) -> Path:
    """Where a damaged file is kept, beside its own place; nothing is there yet."""
    name = f"{path.stem}.damaged-{time.strftime('%Y%m%d-%H%M%S')}"
    kept = path.with_name(f"{name}{path.suffix}")
    again = 1
    while kept.exists():
        again += 1
        kept = path.with_name(f"{name}-{again}{path.suffix}")
    return kept
