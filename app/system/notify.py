"""Shows notifications: through the desktop's own service on Linux, elsewhere beside the tray."""

from __future__ import annotations

import asyncio
import html
import logging
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Protocol

from app.viewmodels.notifications import Notification
from app.viewmodels.words import tr

if TYPE_CHECKING:
    from PySide6.QtWidgets import QSystemTrayIcon

    from app.system.dbus import Bus, Buses

log = logging.getLogger(__name__)

_NORMAL = 1
_DEFAULT_TIME = -1


class Shown(Protocol):
    """Where notifications appear."""

    async def show(self, notification: Notification) -> None:
        """In place of an earlier one with the same tag; what cannot be shown is logged."""

    async def withdraw(self) -> None:
        """The person is looking at the window: what is still shown goes."""


class DesktopNotifications:
    """org.freedesktop.Notifications. `clicked` gets the activation token, mostly empty."""

    def __init__(self, buses: Buses, app_id: str, clicked: Callable[[str], None]) -> None:
        from app.system.dbus import Service

        name = "org.freedesktop.Notifications"
        self._service = Service(name, "/org/freedesktop/Notifications", name)
        self._buses = buses
        self._app_id = app_id
        self._clicked = clicked
        self._ids: dict[str, int] = {}
        self._token = 0, ""
        self._early = 0
        self._listening: Bus | None = None
        self._markup = False
        self._turn = asyncio.Lock()

    async def show(self, notification: Notification) -> None:
        from app.system.dbus import BusError

        async with self._turn:
            try:
                bus = await self._bus()
                (id,) = await bus.call(
                    self._service, "Notify", "susssasa{sv}i", *self._told(notification), start=True
                )
                self._ids[notification.tag] = id
                early, self._early = self._early, 0
                if early == id:
                    self._click(id)
            except BusError as error:
                log.info("a notification could not be shown: %s", error)

    async def withdraw(self) -> None:
        from app.system.dbus import BusError

        async with self._turn:
            ids, self._ids = self._ids, {}
            try:
                for id in ids.values():
                    bus = await self._bus()
                    await bus.call(self._service, "CloseNotification", "u", id)
            except BusError as error:
                log.debug("a notification is gone already: %s", error)

    def _told(self, notification: Notification) -> tuple[object, ...]:
        text = html.escape(notification.text) if self._markup else notification.text
        hints = {
            "desktop-entry": ("s", self._app_id),
            "category": ("s", "transfer.error" if notification.problem else "transfer.complete"),
            "urgency": ("y", _NORMAL),
        }
        return (
            "Longshore",
            self._ids.get(notification.tag, 0),
            self._app_id,
            notification.title,
            text,
            ["default", tr("Show")],
            hints,
            _DEFAULT_TIME,
        )

    async def _bus(self) -> Bus:
        bus = await self._buses.session()
        if bus is not self._listening:
            await bus.listen(self._service, "ActivationToken", self._has_token)
            await bus.listen(self._service, "ActionInvoked", self._invoked)
            await bus.listen(self._service, "NotificationClosed", self._closed)
            (can,) = await bus.call(self._service, "GetCapabilities", start=True)
            self._markup = "body-markup" in can
            self._listening = bus
        return bus

    def _has_token(self, body: tuple[Any, ...]) -> None:
        """Sent just before the action it belongs to."""
        self._token = body[0], body[1]

    def _invoked(self, body: tuple[Any, ...]) -> None:
        if body[0] in self._ids.values():
            self._click(body[0])
        elif self._turn.locked():
            # It may be the one whose id we are about to be told.
            self._early = body[0]

    def _click(self, id: int) -> None:
        (of, token), self._token = self._token, (0, "")
        self._clicked(token if of == id else "")

    def _closed(self, body: tuple[Any, ...]) -> None:
        self._ids = {tag: id for tag, id in self._ids.items() if id != body[0]}


class TrayNotifications:
    """Beside the icon in the notification area, where there is one."""

    def __init__(self, icon: Callable[[], QSystemTrayIcon | None]) -> None:
        self._icon = icon

    async def show(self, notification: Notification) -> None:
        from PySide6.QtWidgets import QSystemTrayIcon

        icon = self._icon()
        if icon is not None:
            kinds = QSystemTrayIcon.MessageIcon
            kind = kinds.Warning if notification.problem else kinds.Information
            icon.showMessage(notification.title, notification.text, kind)

    async def withdraw(self) -> None:
        """The system takes them away by itself."""
