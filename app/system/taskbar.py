"""Progress and the number of files that need the person, on the icon in the dock or taskbar."""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

from PySide6.QtGui import QGuiApplication

if TYPE_CHECKING:
    from app.system.dbus import Bus

_INTERFACE = "com.canonical.Unity.LauncherEntry"


class Badge:
    """The number, everywhere Qt knows how: KDE, Ubuntu's dock, macOS, Windows."""

    def __init__(self, app: QGuiApplication) -> None:
        self._app = app
        self._shown = 0

    def show(self, count: int) -> None:
        if count != self._shown:
            self._shown = count
            self._app.setBadgeNumber(count)


class LauncherEntry:
    """The bar on the launcher of KDE and of Ubuntu's dock; others do not listen, without harm."""

    def __init__(self, bus: Bus, app_id: str) -> None:
        self._bus = bus
        self._uri = f"application://{app_id}.desktop"
        # Every program that sends these has an object of its own; what it is called is up to it.
        self._path = f"/com/canonical/unity/launcherentry/{zlib.crc32(self._uri.encode())}"
        self._shown: tuple[bool, int] = (False, 0)

    def show(self, fraction: float | None) -> None:
        """From 0 to 1; None is no bar."""
        # A bar of a few dozen pixels: whole percents are enough.
        wanted = fraction is not None, round((fraction or 0.0) * 100)
        if wanted != self._shown:
            self._shown = wanted
            facts = {"progress": ("d", wanted[1] / 100), "progress-visible": ("b", wanted[0])}
            self._bus.emit(self._path, _INTERFACE, "Update", "sa{sv}", self._uri, facts)
