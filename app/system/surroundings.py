"""Joins the window with the desktop it is part of; made after the first paint, on its thread."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QGuiApplication, QWindow
from PySide6.QtWidgets import QSystemTrayIcon, QWidget

from app.core.changes import LaneChanged
from app.system.network import NetworkHints, WakeUp, system_network
from app.system.notify import DesktopNotifications, Shown, TrayNotifications
from app.system.sleep import KeepAwake, held_by_system
from app.system.taskbar import Badge, LauncherEntry
from app.system.tray import Tray, TrayActions
from app.viewmodels.listed import Moved
from app.viewmodels.notifications import Notification, Notifications
from app.viewmodels.uploader import Uploader
from app.viewmodels.waking import look_around
from app.viewmodels.words import tr

if sys.platform.startswith("linux"):
    from app.system.dbus import LOGIN, BusError, Buses

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Gestures:
    """What the desktop can ask of the window."""

    show: Callable[[str], None]
    """To the front, with an activation token or an empty text."""
    show_needs: Callable[[], None]
    """The files that need the person."""
    quit: Callable[[], None]


class Surroundings:
    """Sleep, network, notifications, progress and tray, as far as this system has them."""

    def __init__(
        self,
        app: QGuiApplication,
        app_id: str,
        window: QWidget,
        uploader: Uploader,
        gestures: Gestures,
    ) -> None:
        self._app = app
        self._app_id = app_id
        self._window = window
        self._uploader = uploader
        self._gestures = gestures
        self._buses = Buses() if sys.platform.startswith("linux") else None
        self._awake = KeepAwake(
            held_by_system(self._buses),
            self._say_awake,
            uploader.tasks.start,
        )
        self._notifications = Notifications(self._name, lambda: app.focusWindow() is not None)
        self._badge = Badge(app)
        self._launcher: LauncherEntry | None = None
        self._tray = Tray(
            app.windowIcon(),
            TrayActions(
                lambda: gestures.show(""),
                uploader.pause,
                gestures.quit,
                lambda: self._clicked(""),
            ),
        )
        self._shown: Shown
        if self._buses is not None:
            self._shown = DesktopNotifications(self._buses, app_id, self._clicked)
        else:
            self._shown = TrayNotifications(lambda: self._tray.icon)
        self._wake = WakeUp(lambda: look_around(uploader, slept=True))
        self._hints: NetworkHints | None = None
        self._told_hidden = False
        uploader.status.changed.connect(self._follow)
        uploader.status.delivered.connect(self._delivered)
        uploader.paused_changed.connect(self._tray.show_paused)
        uploader.preferences.changed.connect(self._settings)
        app.focusWindowChanged.connect(self._focused)
        self._presence = Presence(window, self._hidden, self._settings)
        self._settings()
        self._follow()

    async def begin(self) -> None:
        """Connects to what there is; what is missing stays out."""
        if self._buses is not None:
            await self._join_buses(self._buses)
        # Its plugin asks the system's bus, and waits for the answer.
        network = system_network()
        if network is not None:
            self._hints = NetworkHints(
                network,
                lambda text: self._uploader.status.note("network", text),
                lambda: look_around(self._uploader),
            )

    def reachable(self) -> bool:
        """Whether a hidden window can be had back, by an icon in the notification area."""
        # Not `supportsMessages`: it is true even where there is no notification area.
        return QSystemTrayIcon.isSystemTrayAvailable()

    async def close(self) -> None:
        """Lets go of everything; the system sees nothing of the program any more."""
        uploader = self._uploader
        uploader.status.changed.disconnect(self._follow)
        uploader.status.delivered.disconnect(self._delivered)
        uploader.paused_changed.disconnect(self._tray.show_paused)
        uploader.preferences.changed.disconnect(self._settings)
        self._app.focusWindowChanged.disconnect(self._focused)
        self._presence.close()
        if self._hints is not None:
            self._hints.close()
        self._wake.close()
        self._badge.show(0)
        if self._launcher is not None:
            self._launcher.show(None)
        self._tray.close()
        await self._awake.close()
        if self._buses is not None:
            self._buses.close()

    # --- inside

    async def _join_buses(self, buses: Buses) -> None:
        try:
            self._launcher = LauncherEntry(await buses.session(), self._app_id)
        except BusError as error:
            log.info("no session bus: %s", error)
        try:
            await (await buses.system()).listen(LOGIN, "PrepareForSleep", self._wake.heard)
        except BusError as error:
            log.info("no system bus: %s", error)

    def _say_awake(self, on: bool) -> None:
        text = tr("Computer stays awake while uploading.") if on else ""
        self._uploader.status.note("awake", text)

    def _name(self, destination: str) -> str:
        found = self._uploader.destinations.find(destination)
        return found.name if found else tr("a server")

    def _follow(self) -> None:
        status = self._uploader.status
        totals = status.totals
        self._awake.want(status.sending)
        self._badge.show(totals.needs + totals.failed)
        if self._launcher is not None:
            moving = status.busy and totals.all_bytes > 0
            self._launcher.show(totals.fraction if moving else None)
        self._tray.say(status.headline)

    def _delivered(self, moves: Sequence[Moved], lanes: Mapping[str, LaneChanged]) -> None:
        told = self._notifications.moved(moves, lanes)
        if self._uploader.preferences.settings.notifications:
            for one in told:
                self._uploader.tasks.start(self._shown.show(one))

    def _clicked(self, token: str) -> None:
        self._gestures.show(token)
        self._gestures.show_needs()

    def _focused(self, window: QWindow | None) -> None:
        if window is not None:
            self._uploader.tasks.start(self._shown.withdraw())

    def _hidden(self) -> None:
        """The person sent the window away: its icon stays, and the first time a word is said."""
        self._tray.want(True)
        if self.reachable() and not self._told_hidden:
            self._told_hidden = True
            title = tr("Longshore goes on in the background")
            text = tr("Its icon in the notification area brings the window back.")
            self._uploader.tasks.start(self._shown.show(Notification("hidden", title, text)))

    def _settings(self) -> None:
        self._tray.want(self._uploader.preferences.settings.tray)


class Presence(QObject):
    """Tells when a window is sent away and when it is shown again; minimizing is neither."""

    def __init__(
        self, window: QWidget, hidden: Callable[[], None], shown: Callable[[], None]
    ) -> None:
        super().__init__()
        self._window = window
        self._hidden = hidden
        self._shown = shown
        window.installEventFilter(self)

    def close(self) -> None:
        self._window.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Hide and not event.spontaneous():
            self._hidden()
        elif event.type() is QEvent.Type.Show and not event.spontaneous():
            self._shown()
        return super().eventFilter(watched, event)
