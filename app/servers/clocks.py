"""Time that has passed, whatever the clock on the wall shows and however long a computer slept."""

from __future__ import annotations

import sys
import time


def unbroken() -> float:
    """Seconds of a clock that never jumps and also runs while the computer sleeps.

    `time.monotonic` stands still during sleep on Linux and macOS; there the system has another
    clock (`man 2 clock_gettime`: CLOCK_BOOTTIME; on macOS CLOCK_MONOTONIC). Windows' own counts
    sleep.
    """
    if sys.platform == "linux":
        return time.clock_gettime(time.CLOCK_BOOTTIME)
    elif sys.platform == "darwin":
        return time.clock_gettime(time.CLOCK_MONOTONIC)
    else:
        return time.monotonic()
