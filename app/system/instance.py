"""The first instance: listens for later starts, and for files the desktop hands to a program."""

from __future__ import annotations

import logging
import os
import socket
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QLockFile, QObject, QTimer
from PySide6.QtGui import QFileOpenEvent, QGuiApplication
from PySide6.QtWidgets import QWidget

from app.system.handover import GREETING, LARGEST, LENGTH, OK, Answer, Message, handed_over

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

log = logging.getLogger(__name__)

TALKS_FOR_MS = 10_000
"""A second start that says nothing for so long is hung up on."""
AT_ONCE = 8
_CREDENTIALS = struct.Struct("3i")


class Instance(QObject):
    """The first of a person's starts: `claim` comes before its window, `listen` after.

    What arrives before there is somebody to take it is kept for `deliver`.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._place = ""
        self._lock: QLockFile | None = None
        self._server: QLocalServer | None = None
        self._lines: set[_Line] = set()
        self._waiting: list[Message] = []
        self._take: Callable[[Message], None] | None = None

    def claim(self, place: str, mine: Message) -> bool:
        """True when this is the first instance, or none can be told; a start that comes between
        this and `listen` waits for it.

        False when another one was quicker and has taken `mine`.
        """
        if not place:
            return True
        if sys.platform == "win32":
            # The place is no file that could have a lock beside it.
            return self._claimed(place, mine)
        self._lock = QLockFile(f"{place}.lock")
        if not self._lock.tryLock(2000):
            self._lock = None
            log.info("no lock for %s: later starts will not find this one", place)
            return True
        if not self._claimed(place, mine):
            self._unlock()
            return False
        return True

    def _claimed(self, place: str, mine: Message) -> bool:
        answer = handed_over(place, mine)
        if answer is Answer.NOBODY:
            self._place = place
            if sys.platform == "win32":
                self.listen()
        # One that is silent may only be slow: its place stays its own.
        return answer is not Answer.TAKEN

    def listen(self) -> None:
        """Later starts find this one, if its claim was good."""
        if self._place and self._server is None:
            # What it takes to listen is loaded when the window is there already.
            from PySide6.QtNetwork import QLocalServer

            self._server = QLocalServer(self)
            self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
            self._server.setMaxPendingConnections(AT_ONCE)
            self._server.newConnection.connect(self._met)
            # A crash may have left it behind.
            QLocalServer.removeServer(self._place)
            if not self._server.listen(self._place):
                log.info("later starts will not find this one: %s", self._server.errorString())
        self._unlock()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def deliver(self, take: Callable[[Message], None]) -> None:
        """From now on every message goes to `take`, beginning with those that came before."""
        self._take = take
        waiting, self._waiting = self._waiting, []
        for message in waiting:
            take(message)

    def close(self) -> None:
        """Later starts are on their own."""
        self._take = None
        self._place = ""
        self._unlock()
        if self._server is not None:
            self._server.close()
        for line in list(self._lines):
            line.hang_up()

    def opened(self, path: Path) -> None:
        """The desktop handed a file to the program."""
        self._arrived(Message((path,)))

    def _met(self) -> None:
        assert self._server is not None
        while (connection := self._server.nextPendingConnection()) is not None:
            if len(self._lines) >= AT_ONCE or not _same_user(connection):
                connection.abort()
                connection.deleteLater()
                continue
            line = _Line(connection, self._arrived, self._lines.discard)
            self._lines.add(line)

    def _arrived(self, message: Message) -> None:
        if self._take is not None:
            self._take(message)
        else:
            self._waiting.append(message)


class _Line:
    """One talk with a later start."""

    def __init__(
        self,
        connection: QLocalSocket,
        arrived: Callable[[Message], None],
        ended: Callable[[_Line], None],
    ) -> None:
        self._connection = connection
        self._arrived = arrived
        self._ended = ended
        self._heard = bytearray()
        self._limit = QTimer(connection)
        self._limit.setSingleShot(True)
        self._limit.timeout.connect(self.hang_up)
        self._limit.start(TALKS_FOR_MS)
        connection.readyRead.connect(self._read)
        connection.disconnected.connect(self._gone)
        connection.write(GREETING)
        connection.flush()

    def hang_up(self) -> None:
        self._connection.abort()

    def _read(self) -> None:
        self._heard += self._connection.readAll().data()
        if len(self._heard) < LENGTH.size:
            return
        (length,) = LENGTH.unpack_from(self._heard)
        if length > LARGEST or len(self._heard) > LENGTH.size + length:
            log.warning("a start of another program, or of another version, was not understood")
            self.hang_up()
            return
        if len(self._heard) < LENGTH.size + length:
            return
        try:
            message = Message.unpacked(bytes(self._heard[LENGTH.size :]))
        except (ValueError, RecursionError) as error:
            log.warning("a later start was not understood: %s", error)
            self.hang_up()
            return
        self._heard.clear()
        self._connection.write(OK)
        self._connection.flush()
        self._arrived(message)

    def _gone(self) -> None:
        self._ended(self)
        self._connection.deleteLater()


class OpenedFiles(QObject):
    """macOS: files opened with the program, or dropped on its icon in the Dock, come as events."""

    def __init__(self, app: QGuiApplication, opened: Callable[[Path], None]) -> None:
        super().__init__(app)
        self._opened = opened
        app.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QFileOpenEvent) and event.url().isLocalFile():
            self._opened(Path(event.url().toLocalFile()))
            return True
        return super().eventFilter(watched, event)


def bring_to_front(window: QWidget, token: str = "") -> None:
    """Shows the window, hidden or minimized though it be, and asks the desktop for the focus."""
    if token:
        # Where Qt looks for it when it asks, on Wayland and on X11.
        os.environ["XDG_ACTIVATION_TOKEN"] = os.environ["DESKTOP_STARTUP_ID"] = token
    try:
        if window.isMinimized():
            window.showNormal()
        else:
            window.show()
        window.raise_()
        window.activateWindow()
    finally:
        for name in ("XDG_ACTIVATION_TOKEN", "DESKTOP_STARTUP_ID") if token else ():
            os.environ.pop(name, None)


def _same_user(connection: QLocalSocket) -> bool:
    """The folder and the rights of the socket keep others out already; Linux can tell for sure."""
    if not sys.platform.startswith("linux"):
        return True
    with socket.socket(fileno=os.dup(int(connection.socketDescriptor()))) as line:
        said = line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size)
    return bool(_CREDENTIALS.unpack(said)[1] == os.getuid())
