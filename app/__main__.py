"""`python -m app` and `longshore`: the window, or a command."""

import sys
from collections.abc import Sequence
from pathlib import Path

from app.cli.main import main as run


def main() -> int:
    """The exit code of whatever the arguments ask for."""
    return run(sys.argv[1:], _window)


def _window(paths: Sequence[Path], demo: bool, tour: Path | None) -> int:
    # Commands never load the window.
    from app import desktop

    return desktop.main(paths, demo, tour)


if __name__ == "__main__":
    sys.exit(main())
