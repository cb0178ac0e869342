"""The modules of packaging find each other by name, as scripts do."""

import sys
from pathlib import Path

PACKAGING = Path(__file__).resolve().parents[2] / "packaging"

for folder in (PACKAGING, PACKAGING / "frozen"):
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
