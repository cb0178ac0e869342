"""What the row of another process's upload says and offers: to look at, and no commands."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from app.core.changes import Elsewhere
from app.viewmodels import row
from app.viewmodels.row import RowAction, RowState, Tone
from app.viewmodels.sentences import link
from app.viewmodels.words import tr

if TYPE_CHECKING:
    from app.servers.api import Family

PREFIX = "x"
"""Of the ids of such rows: “x5” is the upload 5 of another process."""

LEFT = "needs_input"


def code(one: Elsewhere) -> str:
    """The name of the state; what nobody works on any more needs a person."""
    return row.code(one.upload, sent=one.sent) if one.living else LEFT


def state(one: Elsewhere, family: Family | None, *, now: float) -> RowState:
    """All that is shown. `now` in seconds since the epoch."""
    shown = row.state(one.upload, sent=one.sent, now=now, family=family)
    on_server = RowAction.OPEN_ON_SERVER if link(one.upload) else None
    if one.living:
        text = tr("{what} · by another Longshore on this computer", what=shown.text)
        return replace(shown, text=text, main=on_server, second=None, needs_person=False)
    return replace(
        shown,
        code=LEFT,
        text=tr("Left unfinished by another Longshore on this computer, which has ended"),
        tone=Tone.WAITING,
        icon="question",
        main=RowAction.TAKE_OVER,
        second=on_server,
        needs_person=True,
        active=False,
    )


def actions(one: Elsewhere) -> tuple[RowAction, ...]:
    """Everything that can be done with the row, the main action first."""
    offered = [] if one.living else [RowAction.TAKE_OVER]
    if link(one.upload):
        offered.append(RowAction.OPEN_ON_SERVER)
    return (*offered, RowAction.DETAILS)
