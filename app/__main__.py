"""`python -m app` and `longshore`: the window, or a command."""

from __future__ import annotations

import gc
import logging
import sys
from collections.abc import Sequence
from pathlib import Path

from app.inspection import ARGUMENT as LOOKING
from app.system.handover import Answer, Message, activation_token, handed_over, meeting_place


def main() -> int:
    """The exit code of whatever the arguments ask for."""
    given = sys.argv[1:]
    if given == [LOOKING]:
        from app.inspection.answering import main as answering

        return answering()
    if all(map(_is_whole, given)):
        return _started([Path(one) for one in given])
    from app.cli.main import main as run

    return run(given, _window)


def _started(paths: Sequence[Path]) -> int:
    """A desktop starts us with nothing, or with whole paths: the window, without the commands."""
    # What is logged before there is a log is not meant for a terminal.
    logging.getLogger().addHandler(logging.NullHandler())
    try:
        return _window(paths, False, None, False)
    except (Exception, KeyboardInterrupt) as error:
        from app.cli.main import complained

        return complained(error)


def _window(paths: Sequence[Path], demo: bool, tour: Path | None, monitor: bool) -> int:
    place = ""
    if not demo and tour is None:
        # If a window is open already there is nothing left to do, and nothing to load for it.
        message = Message(tuple(paths), activation_token(), monitor)
        answer = handed_over(meeting_place(), message)
        if answer is Answer.TAKEN:
            return 0
        # One that is silent may only be slow: its place stays its own.
        place = "" if answer is Answer.SILENT else meeting_place()
    # Nothing that a start makes is waste; looking for some takes an eighth of it.
    gc.disable()
    # Commands never load the window.
    from app import desktop

    return desktop.main(paths, demo, tour, place, monitor=monitor)


def _is_whole(argument: str) -> bool:
    return Path(argument).is_absolute()


if __name__ == "__main__":
    sys.exit(main())
