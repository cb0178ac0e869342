"""The network as the system sees it, and waking up: hints, never a reason to stop trying."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, QTimer
from PySide6.QtNetwork import QNetworkInformation

from app.viewmodels.words import tr

log = logging.getLogger(__name__)

LOOKS_EVERY = 5.0
"""Seconds between two looks at the clocks."""
ASLEEP_FOR = 15.0
"""A look that comes so much later than it should means that the computer slept."""

Reachability = QNetworkInformation.Reachability


def system_network() -> QNetworkInformation | None:
    """What the system offers; None where it offers nothing. Loads a plugin: not before painting."""
    if QNetworkInformation.loadDefaultBackend():
        return QNetworkInformation.instance()
    return None


class NetworkHints:
    """`say` gets one sentence, or none; `back` is called when the network has come back.

    `network` is Qt's QNetworkInformation or what has the same signals and questions.
    """

    def __init__(self, network: Any, say: Callable[[str], None], back: Callable[[], None]) -> None:
        self._network = network
        self._say = say
        self._back = back
        self._lost = self._looks_lost()
        network.reachabilityChanged.connect(self._changed)
        network.isBehindCaptivePortalChanged.connect(self._changed)
        network.isMeteredChanged.connect(self._changed)
        self._tell()

    def close(self) -> None:
        self._network.reachabilityChanged.disconnect(self._changed)
        self._network.isBehindCaptivePortalChanged.disconnect(self._changed)
        self._network.isMeteredChanged.disconnect(self._changed)

    def _looks_lost(self) -> bool:
        portal = self._network.isBehindCaptivePortal()
        return portal or self._network.reachability() is Reachability.Disconnected

    def _changed(self, *_: object) -> None:
        was, self._lost = self._lost, self._looks_lost()
        self._tell()
        if was and not self._lost:
            self._back()

    def _tell(self) -> None:
        if self._network.isBehindCaptivePortal():
            self._say(tr("This network asks for a sign-in of its own. Open a web page to see it."))
        elif self._lost:
            self._say(tr("This computer says that it has no network."))
        elif self._network.isMetered():
            self._say(tr("This connection may be paid for by amount."))
        else:
            self._say("")


class WakeUp(QObject):
    """Calls `woke` after the computer slept, whoever tells: the system, or clocks that jumped."""

    def __init__(
        self,
        woke: Callable[[], None],
        *,
        epoch: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._woke = woke
        self._epoch = epoch
        self._clock = clock
        self._seen = epoch(), clock()
        self._timer = QTimer(self)
        self._timer.setInterval(int(LOOKS_EVERY * 1000))
        self._timer.timeout.connect(self.look)
        self._timer.start()

    def look(self) -> None:
        """Where the monotonic clock stands still in sleep the other one jumps; else this is late.

        Somebody who sets the clock forward gets a look too many.
        """
        before, self._seen = self._seen, (self._epoch(), self._clock())
        passed = (now - then for now, then in zip(self._seen, before, strict=True))
        if max(passed) > LOOKS_EVERY + ASLEEP_FOR:
            log.info("the computer was asleep")
            self._woke()

    def heard(self, body: tuple[Any, ...]) -> None:
        """logind's PrepareForSleep: true before, false after."""
        if body == (False,):
            # Else the next look would find out as well.
            self._seen = self._epoch(), self._clock()
            self._woke()

    def close(self) -> None:
        self._timer.stop()
