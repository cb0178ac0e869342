"""`python -m app` and `longshore`: the window, or a command."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from app.system.handover import Answer, Message, activation_token, handed_over, meeting_place


def main() -> int:
    """The exit code of whatever the arguments ask for."""
    given = sys.argv[1:]
    # A desktop starts us with nothing, or with whole paths. If a window is open already that is
    # all there is to do, and nothing else has to be loaded for it.
    answer = _asked([Path(one) for one in given]) if all(map(_is_whole, given)) else None
    if answer is Answer.TAKEN:
        return 0
    from app.cli.main import main as run

    def window(paths: Sequence[Path], demo: bool, tour: Path | None, monitor: bool) -> int:
        return _window(paths, demo, tour, monitor, answer)

    return run(given, window)


def _window(
    paths: Sequence[Path], demo: bool, tour: Path | None, monitor: bool, answer: Answer | None
) -> int:
    # Commands never load the window.
    if demo or tour is not None:
        from app import desktop

        return desktop.main(paths, demo, tour, monitor=monitor)
    answer = answer or _asked(paths, monitor)
    if answer is Answer.TAKEN:
        return 0
    from app import desktop

    # One that is silent may only be slow: its place stays its own.
    place = "" if answer is Answer.SILENT else meeting_place()
    return desktop.main(paths, demo, tour, place, monitor=monitor)


def _is_whole(argument: str) -> bool:
    return Path(argument).is_absolute()


def _asked(paths: Sequence[Path], monitor: bool = False) -> Answer:
    """What a window that is open already says to these files, or to the wish for the monitor."""
    return handed_over(meeting_place(), Message(tuple(paths), activation_token(), monitor))


if __name__ == "__main__":
    sys.exit(main())
