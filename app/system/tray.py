"""The icon in the notification area: only where there is one, and only if the person wants it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QMenu, QSystemTrayIcon

from app.viewmodels.words import tr


@dataclass(frozen=True, slots=True)
class TrayActions:
    """What its menu does."""

    show: Callable[[], None]
    pause: Callable[[bool], None]
    quit: Callable[[], None]
    clicked: Callable[[], None]
    """A message beside the icon."""


class Tray:
    """The window is whole without it. `paused` tells the menu what to offer."""

    def __init__(self, icon: QIcon, actions: TrayActions) -> None:
        self._image = icon
        self._actions = actions
        self._icon: QSystemTrayIcon | None = None
        self._menu = QMenu()
        self._menu.addAction(tr("Show Longshore"), actions.show)
        self._pause = self._menu.addAction(tr("Pause all"))
        self._pause.setCheckable(True)
        self._pause.toggled.connect(actions.pause)
        self._menu.addSeparator()
        self._menu.addAction(tr("Quit"), actions.quit)

    @property
    def icon(self) -> QSystemTrayIcon | None:
        """The icon while it can be seen."""
        return self._icon if self._icon and QSystemTrayIcon.isSystemTrayAvailable() else None

    def want(self, on: bool) -> None:
        """Whether the person wants it."""
        if on and self._icon is None and QSystemTrayIcon.isSystemTrayAvailable():
            self._icon = QSystemTrayIcon(self._image)
            self._icon.setContextMenu(self._menu)
            self._icon.setToolTip("Longshore")
            self._icon.activated.connect(self._activated)
            self._icon.messageClicked.connect(self._actions.clicked)
            self._icon.show()
        elif not on and self._icon is not None:
            self._icon.hide()
            self._icon.deleteLater()
            self._icon = None

    def show_paused(self, on: bool) -> None:
        self._pause.setChecked(on)

    def say(self, text: str) -> None:
        """The tip over the icon."""
        if self._icon is not None:
            self._icon.setToolTip(f"Longshore\n{text}")

    def close(self) -> None:
        self.want(False)
        self._menu.deleteLater()

    def _activated(self, reason: QSystemTrayIcon.ActivationReason) -> None:
        if reason is not QSystemTrayIcon.ActivationReason.Context:
            self._actions.show()
