"""The network is back, or the computer woke: what waited for that is tried at once."""

from __future__ import annotations

from collections.abc import Sequence

from app.core.changes import LaneState
from app.core.uploads import Phase
from app.transfer.engine import Engine
from app.viewmodels.uploader import Uploader


def look_around(uploader: Uploader, *, slept: bool = False) -> None:
    """Tries the servers that could not be reached, and asks all about their jobs, now.

    No attempt is spent. After a sleep connections are made anew, as old ones may be dead without
    anybody knowing, and speeds are found anew. A server that waits for the person goes on waiting,
    one that asked for patience is given it.
    """
    states = {
        one.id: lane.state
        for one in uploader.destinations.all
        if (lane := uploader.destinations.lane(one.id)) is not None
    }
    lost = [id for id, state in states.items() if state is LaneState.UNREACHABLE]
    ready = [id for id, state in states.items() if state is LaneState.READY] if slept else []
    if slept:
        uploader.status.forget_speed()
    uploader.command(_look_around, lost, ready)


def _look_around(engine: Engine, lost: Sequence[str], ready: Sequence[str]) -> None:
    for destination in ready:
        engine.signed_in(destination)
    for destination in lost:
        engine.try_now(destination)
    engine.watch([one.id for one in engine.uploads.values() if one.phase is Phase.PROCESSING])
