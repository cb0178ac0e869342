"""Made-up rows, one in every state."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex

from app.viewmodels.row import CODES, RowAction, RowState, Tone
from app.viewmodels.uploads import Role

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
LONG = "nachlieferung-übersetzungen-und-sonderzeichen-äöü-ελληνικά-图书馆-2026-final-v3.mrc"


def made_states() -> list[RowState]:
    """One of every code, with bars, figures and buttons of all sorts."""
    tones, actions = list(Tone), list(RowAction)
    bars = ((None, None), (0.0, None), (0.61, None), (1.0, -1.0), (1.0, 0.4))
    figures = ((), ("20.3 MB",), ("61 %", "12.4 of 20.3 MB", "1.8 MB/s", "about 5 s"))
    icons = ("file", "spinner", "server-arrow", "missing-one")
    return [
        RowState(
            code,
            f"{code}: a sentence that is longer than the row when the window is narrow",
            tones[n % len(tones)],
            icons[n % len(icons)],
            *bars[n % len(bars)],
            figures[n % len(figures)],
            actions[n % len(actions)],
            actions[(n + 5) % len(actions)],
            needs_person=n % 4 == 0,
        )
        for n, code in enumerate(CODES)
    ]


class MadeRows(QAbstractListModel):
    """Rows of these states."""

    def __init__(self, states: list[RowState]) -> None:
        super().__init__()
        self.states = states

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.states)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 1

    def data(self, index: Index, role: int = 0) -> Any:
        match role:
            case Role.STATE:
                return self.states[index.row()]
            case Role.NAME:
                return LONG if index.row() % 2 else "roster.mrc"
            case Role.DETAIL:
                return "→ Springfield Public Library / Default MARC bib"
            case Role.ID:
                return f"u{index.row()}"
        return None
