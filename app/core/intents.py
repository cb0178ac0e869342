"""What is written down about requests that change a server: asked, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from app.core.uploads import Source, Ticket, Upload


class Verb(StrEnum):
    """The requests that change a server; each is announced before and settled after."""

    OPEN = "open"
    SEND = "send"
    START = "start"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class Opened:
    """What must be known to go on with a batch in another run; `data` is the adapter's own."""

    key: str
    destination: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A batch another run left behind, as its journal knew it; `key` is empty if none was opened.

    `asked`: an opening was asked for and no answer is known; these are its files, in order, so that
    it can be asked for again exactly as it was. `to_discard`: what was being taken back.
    """

    key: str
    destination: str
    uploads: tuple[Upload, ...] = ()
    opened: Opened | None = None
    asked: tuple[tuple[int, Source], ...] = ()
    to_discard: tuple[tuple[int, Ticket], ...] = ()
    cut_off: bool = False
    """The run that left it did not end in order."""
