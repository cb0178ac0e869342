"""The bar at the top: which server, its light, and the ways in."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QToolButton, QWidget

from app.viewmodels.destinations import DestinationsModel
from app.viewmodels.words import tr
from app.views.labels import paint_light
from app.views.theme import GRID, HALF, ICON, Theme

HEIGHT = 5 * GRID
NARROW = 106 * GRID
"""Below this width views are told by their icons alone."""
LIGHT = GRID + HALF + 2
"""Room for the light before its words."""


class ServerButton(QPushButton):
    """Name and light of the current server; opens the list of all."""

    def __init__(
        self, theme: Theme, destinations: DestinationsModel, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._destinations = destinations
        self._id = ""
        self._seconds = QTimer(self)
        """Runs while the words count down to the next try."""
        self._seconds.setInterval(1000)
        self._seconds.timeout.connect(self._tell)
        self.setFixedHeight(HEIGHT)
        self.setMinimumWidth(20 * GRID)
        self.setMaximumWidth(44 * GRID)
        destinations.dataChanged.connect(self._tell)
        destinations.changed.connect(self._tell)
        theme.changed.connect(self.update)

    @property
    def server(self) -> str:
        """The id of the destination shown."""
        return self._id

    def show_server(self, id: str) -> None:
        self._id = id
        self._tell()

    def _tell(self) -> None:
        found = self._destinations.find(self._id)
        light = self._destinations.light(self._id)
        name = found.name if found else ""
        self.setAccessibleName(tr("Server: {name}, {light}", name=name, light=light.words))
        self.setToolTip(found.settings.get("url", "") if found else "")
        self.updateGeometry()
        self.update()
        lane = self._destinations.lane(self._id)
        if lane is None or lane.until is None:
            self._seconds.stop()
        elif not self._seconds.isActive():
            self._seconds.start()

    def sizeHint(self) -> QSize:
        found = self._destinations.find(self._id)
        plain, strong = QFontMetrics(self.font()), QFontMetrics(_strong(self.font()))
        words = self._destinations.light(self._id).words
        text = max(
            strong.horizontalAdvance(found.name if found else ""),
            plain.horizontalAdvance(words) + LIGHT,
        )
        return QSize(GRID + ICON + 3 * HALF + text + 2 * GRID + ICON + GRID, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        found = self._destinations.find(self._id)
        family = self._destinations.family_of(self._id)
        light = self._destinations.light(self._id)
        c, ratio = self._theme.colors, self.devicePixelRatioF()
        painter = QPainter(self)
        middle = (self.height() - ICON) // 2
        icon = family.icon if family else "server"
        painter.drawPixmap(3 * HALF, middle, self._theme.pixmap(icon, c.accent, ICON, ratio))
        chevron = self._theme.pixmap("chevron-down", c.muted, 16, ratio)
        painter.drawPixmap(self.width() - 16 - GRID, (self.height() - 16) // 2, chevron)
        left = 3 * HALF + ICON + 3 * HALF - 2
        room = self.width() - left - 16 - 2 * GRID
        strong = _strong(self.font())
        line = QFontMetrics(strong).height()
        top = (self.height() - 2 * line) // 2
        painter.setFont(strong)
        painter.setPen(QColor(c.text))
        flags = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        name = QFontMetrics(strong).elidedText(
            found.name if found else "", Qt.TextElideMode.ElideRight, room
        )
        painter.drawText(QRect(left, top, room, line), flags, name)
        below = QRect(left + LIGHT, top + line, room - LIGHT, line)
        painter.setFont(self.font())
        painter.setPen(QColor(c.muted))
        words = QFontMetrics(self.font()).elidedText(
            light.words, Qt.TextElideMode.ElideRight, below.width()
        )
        painter.drawText(below, flags, words)
        dot = QRectF(left, top + line + (line - GRID) / 2, GRID, GRID)
        paint_light(painter, self._theme, light.tone, dot)
        painter.end()


def _strong(font: QFont) -> QFont:
    result = QFont(font)
    result.setWeight(QFont.Weight.DemiBold)
    return result


class Header(QFrame):
    """Choose a server, open its settings, go to another view, add files, pause all."""

    server_chosen = Signal(str)
    add_server_wanted = Signal()

    def __init__(
        self,
        theme: Theme,
        destinations: DestinationsModel,
        settings: QAction,
        buttons: tuple[QAction, ...],
        views: tuple[QAction, ...] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._destinations = destinations
        theme.look(self, "bar")
        self.server = ServerButton(theme, destinations)
        self.server.clicked.connect(self._choose)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        layout.setSpacing(GRID)
        layout.addWidget(self.server)
        layout.addWidget(ActionButton(theme, settings, "quiet"))
        layout.addSpacing(GRID)
        self._views = [ActionButton(theme, action, "chip") for action in views]
        for button in self._views:
            layout.addWidget(button)
        layout.addStretch()
        for action in buttons:
            layout.addWidget(ActionButton(theme, action, "button"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        style = Qt.ToolButtonStyle
        narrow = self.width() < NARROW
        for button in self._views:
            button.setToolButtonStyle(
                style.ToolButtonIconOnly if narrow else style.ToolButtonTextBesideIcon
            )

    def _choose(self) -> None:
        menu = self.menu()
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(self.server.mapToGlobal(QPoint(0, self.server.height() + HALF)))

    def menu(self) -> QMenu:
        """All servers, those of a family together below its title."""
        menu = QMenu(self)
        current = self.server.server
        groups = self._destinations.grouped
        for title, icon, destinations in groups:
            if len(groups) > 1:
                heading = menu.addAction(self._theme.icon(icon, self._theme.colors.muted), title)
                heading.setEnabled(False)
            for one in destinations:
                light = self._destinations.light(one.id)
                action = menu.addAction(f"{one.name}   ({light.words})")
                action.setCheckable(True)
                action.setChecked(one.id == current)
                action.triggered.connect(lambda _=False, id=one.id: self.server_chosen.emit(id))
            menu.addSeparator()
        add = menu.addAction(self._theme.icon("add"), tr("Add a server…"))
        add.triggered.connect(self.add_server_wanted)
        return menu


class ActionButton(QToolButton):
    """A button for an action, that keeps the action's words, state and icon."""

    def __init__(self, theme: Theme, action: QAction, look: str) -> None:
        super().__init__()
        self._look = look
        theme.look(self, look)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setIconSize(QSize(ICON, ICON))
        self.setDefaultAction(action)
        self.setToolButtonStyle(
            Qt.ToolButtonStyle.ToolButtonIconOnly
            if look == "quiet"
            else Qt.ToolButtonStyle.ToolButtonTextBesideIcon
        )
        self._name()
        action.changed.connect(self._name)

    def _name(self) -> None:
        action = self.defaultAction()
        keys = action.shortcut().toString(action.shortcut().SequenceFormat.NativeText)
        name = action.text().replace("&", "")
        self.setAccessibleName(name)
        self.setToolTip(f"{name} ({keys})" if keys else name)
