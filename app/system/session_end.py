"""Log-off, shutdown and a polite signal: no question, everything written, gone within two seconds.

The journal holds every upload before it is shown, so all there is to do is to stop. Should
something hang (a dead network drive, a connection that does not sign out), the process ends hard.
"""

from __future__ import annotations

import logging
import os
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType

from PySide6.QtGui import QGuiApplication, QSessionManager
from PySide6.QtWidgets import QWidget

from app.viewmodels.words import tr

log = logging.getLogger(__name__)

WITHIN = 1.8
"""Seconds from being told to the end of the process."""

_SIGNALS = ("SIGTERM", "SIGHUP")


class SessionEnd:
    """Calls `leave` once, on the window's thread, when the system wants the program to end.

    Used as a context manager on the main thread; only within it is anything changed.
    """

    def __init__(
        self,
        app: QGuiApplication,
        window: QWidget,
        leave: Callable[[], None],
        exit: Callable[[int], object] = os._exit,
        within: float = WITHIN,
    ) -> None:
        self._app = app
        self._window = window
        self._leave = leave
        self._exit = exit
        self._within = within
        self.limit: threading.Timer | None = None
        """Cuts off what hangs; runs from the moment the system said so."""
        self._before: dict[int, object] = {}

    def __enter__(self) -> SessionEnd:
        self._app.commitDataRequest.connect(self._commit)
        for name in _SIGNALS:
            number = getattr(signal, name, None)
            # Whoever started us with nohup wants SIGHUP ignored.
            if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._signalled)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)  # type: ignore[arg-type]
        self._app.commitDataRequest.disconnect(self._commit)
        self._say_why(False)

    def _signalled(self, number: int, frame: FrameType | None) -> None:
        self._end(signal.Signals(number).name)

    def _commit(self, manager: QSessionManager) -> None:
        self._say_why(True)
        self._end("the session")

    def _end(self, why: str) -> None:
        if self.limit is not None:
            return
        log.info("ending: %s", why)
        self.limit = threading.Timer(self._within, self._hard)
        self.limit.daemon = True
        self.limit.start()
        self._leave()

    def _hard(self) -> None:
        log.warning("not everything ended in time; what is unfinished is in the journal")
        logging.shutdown()
        self._exit(0)

    def _say_why(self, on: bool) -> None:
        """Windows shows this sentence if it has to wait for us."""
        if sys.platform == "win32":
            import ctypes

            window = ctypes.c_void_p(self._window.internalWinId())
            if on:
                text = ctypes.c_wchar_p(tr("Longshore writes down what is unfinished."))
                ctypes.windll.user32.ShutdownBlockReasonCreate(window, text)
            else:
                ctypes.windll.user32.ShutdownBlockReasonDestroy(window)
