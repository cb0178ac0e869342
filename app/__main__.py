"""`python -m app` and `longshore`: the window, or a command."""

import sys
from collections.abc import Sequence
from pathlib import Path

from app.cli.main import main as run


def main() -> int:
    """The exit code of whatever the arguments ask for."""
    return run(sys.argv[1:], _window)


def _window(paths: Sequence[Path], demo: bool, tour: Path | None) -> int:
    place = ""
    if not demo and tour is None:
        # Before anything of the window is loaded: a second start is over in no time.
        from app.storage import places
        from app.system.handover import (
            Answer,
            Message,
            activation_token,
            handed_over,
            meeting_place,
        )

        place = meeting_place(places().state)
        answer = handed_over(place, Message(tuple(paths), activation_token()))
        if answer is Answer.TAKEN:
            return 0
        if answer is Answer.SILENT:
            place = ""
    # Commands never load the window.
    from app import desktop

    return desktop.main(paths, demo, tour, place)


if __name__ == "__main__":
    sys.exit(main())
