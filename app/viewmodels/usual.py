"""How long servers usually take for a kind of job, as the history knows it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.core.problems import Problem
from app.viewmodels.tasks import TaskScope

if TYPE_CHECKING:
    from app.storage.history import History

_Kind = tuple[str, tuple[tuple[str, str], ...]]


class UsualDurations(QObject):
    """Answers from memory; what is not known yet is read off this thread, and `changed` tells."""

    changed = Signal()

    def __init__(self, tasks: TaskScope, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._history: History | None = None
        self._known: dict[_Kind, float | None] = {}
        self._fresh: set[_Kind] = set()

    def begin(self, history: History) -> None:
        self._history = history

    def outdated(self) -> None:
        """More jobs have ended: what is asked for next is read anew."""
        self._fresh.clear()

    def of(self, destination: str, options: Mapping[str, str]) -> float | None:
        """Seconds this server usually takes with these options; None while too little is known."""
        kind = destination, tuple(sorted(options.items()))
        if kind not in self._fresh and self._history is not None:
            self._fresh.add(kind)
            self._tasks.start(self._read(self._history, kind))
        return self._known.get(kind)

    async def _read(self, history: History, kind: _Kind) -> None:
        destination, options = kind
        try:
            usual = await asyncio.to_thread(history.usual_duration, destination, dict(options))
        except Problem:
            # The history itself has told what is wrong with it.
            return
        if usual != self._known.get(kind):
            self._known[kind] = usual
            self.changed.emit()
