"""Calm words for the person, with one thing to do about them at most."""

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
