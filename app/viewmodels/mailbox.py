"""Mailbox: changes from the engine's thread, delivered to the window's in batches."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from app.core.changes import Change

INTERVAL_MS = 50

TOGETHER = 400
"""How many changes are delivered at once; the window must not stand still over the rest."""


class Mailbox(QObject):
    """`post` from any thread; `deliver` gets the list on this object's thread, in order.

    At most one wake-up is under way, `interval_ms` ahead. A very long list arrives in pieces, other
    events between them. After `close` posts are dropped.
    """

    _woken = Signal()

    def __init__(
        self, deliver: Callable[[Sequence[Change]], None], *, interval_ms: int = INTERVAL_MS
    ) -> None:
        super().__init__()
        self._deliver = deliver
        self._lock = threading.Lock()
        self._posted: list[Change] = []
        self._awake = False
        self._closed = False
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(interval_ms)
        self._timer.timeout.connect(self._deliver_some)
        self._woken.connect(self._timer.start, Qt.ConnectionType.QueuedConnection)

    def post(self, change: Change) -> None:
        with self._lock:
            if self._closed:
                return
            self._posted.append(change)
            if self._awake:
                return
            self._awake = True
            # Under the lock, so that nothing is woken after `close` has returned.
            self._woken.emit()

    def _deliver_some(self) -> None:
        with self._lock:
            posted, self._posted = self._posted[:TOGETHER], self._posted[TOGETHER:]
            self._awake = bool(self._posted)
        if self._awake:
            self._timer.start(0)
        if posted:
            self._deliver(posted)

    def flush(self) -> None:
        """Delivers what was posted so far, now. Only on this object's thread."""
        with self._lock:
            posted, self._posted = self._posted, []
            self._awake = False
        if posted:
            self._deliver(posted)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            self._posted.clear()
        self._timer.stop()
