"""Calm words for the person, and what leaving would interrupt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.core.problems import Problem
from app.viewmodels.row import RowAction, Tone

if TYPE_CHECKING:
    from app.viewmodels.lost_files import Fitting


@dataclass(frozen=True, slots=True)
class Notice:
    """A sentence, with one thing to do about it at most."""

    text: str
    tone: Tone = Tone.NEUTRAL
    action: RowAction | None = None
    problem: Problem | None = None
    destination: str = ""
    """The id of a destination to choose instead."""
    offer: str = ""
    """The words for choosing that destination, or for using the files `found`."""
    found: tuple[Fitting, ...] = ()
    link: str = ""
    """The address of a page that tells more."""


@dataclass(frozen=True, slots=True)
class Leaving:
    """What ending the program now would interrupt, in files."""

    moving: int = 0
    """On their way, or waiting to be sent."""
    from_start: int = 0
    """Of those, the ones begun that would begin again at their first byte."""
    on_server: int = 0
