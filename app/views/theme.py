"""Theme: light or dark, one accent, fonts with tabular digits, icons re-tinted on a change."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from enum import StrEnum

from PySide6.QtCore import QObject, QSize, Qt, Signal
from PySide6.QtGui import QAction, QColor, QFont, QGuiApplication, QIcon, QPalette, QPixmap
from PySide6.QtWidgets import QAbstractButton, QApplication, QStyle, QStyleFactory, QWidget

from app.viewmodels.row import Tone
from app.views.colors import DARK, LIGHT, Colors
from app.views.icons import Icons
from app.views.stylesheet import style_sheet

GRID = 8
"""The grid everything stands on, in logical pixels; half of it is the finest step."""
HALF = 4
ICON = 18
"""Size of an icon in a button or a row."""
DRESSED = "dressed"
"""The property by which a theme knows what it gave an icon."""


class Appearance(StrEnum):
    SYSTEM = "system"
    LIGHT = "light"
    DARK = "dark"


def tabular(font: QFont) -> QFont:
    """The font with digits of equal width, so that running figures do not jitter."""
    result = QFont(font)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


def heading_font(font: QFont, scale: float = 1.2) -> QFont:
    """The font of a heading: larger and bolder than `font`."""
    result = QFont(font)
    result.setPointSizeF(font.pointSizeF() * scale)
    result.setWeight(QFont.Weight.DemiBold)
    return result


class Theme(QObject):
    """The look of the whole application; made once. `changed` follows a switch.

    The style sheet comes with the first `set_appearance`: with one on, every part of a window that
    finds its place is styled anew, so what is shown first is built before.
    """

    changed = Signal()

    def __init__(self, app: QApplication, icons: Icons | None = None) -> None:
        super().__init__(app)
        self._app = app
        self._icons = icons or Icons()
        self._appearance = Appearance.SYSTEM
        self._keys = itertools.count(1)
        self._dressed: dict[int, tuple[weakref.ref[QObject], str, Tone | None]] = {}
        self.colors = self._wanted
        self._worn: Colors | None = None
        """What the application has on; putting it on again would cost as much as the first time."""
        app.setStyle(QStyleFactory.create("Fusion"))
        app.setPalette(_palette(self.colors))
        QGuiApplication.styleHints().colorSchemeChanged.connect(self._follow)

    @property
    def appearance(self) -> Appearance:
        return self._appearance

    def set_appearance(self, appearance: Appearance) -> None:
        """Follow the system, or be light or dark whatever it says."""
        self._appearance = appearance
        QGuiApplication.styleHints().setColorScheme(
            {
                Appearance.SYSTEM: Qt.ColorScheme.Unknown,
                Appearance.LIGHT: Qt.ColorScheme.Light,
                Appearance.DARK: Qt.ColorScheme.Dark,
            }[appearance]
        )
        self._put_on()

    @property
    def moves(self) -> bool:
        """False where the person asked the system for less motion."""
        hint = QStyle.StyleHint.SH_Widget_Animation_Duration
        return self._app.style().styleHint(hint) > 0

    def pixmap(self, name: str, color: QColor | str, size: int, ratio: float) -> QPixmap:
        return self._icons.pixmap(name, color, size, ratio)

    def icon(self, name: str, color: QColor | str | None = None, size: int = ICON) -> QIcon:
        return self._icons.icon(name, color or self.colors.text, self.colors.disabled, size)

    def dress(self, target: QAbstractButton | QAction, name: str, tone: Tone | None = None) -> None:
        """Give a button or an action an icon, and give it again whenever the colours change."""
        key = target.property(DRESSED)
        if not isinstance(key, int):
            key = next(self._keys)
            target.setProperty(DRESSED, key)
            target.destroyed.connect(lambda: self._dressed.pop(key, None))
        self._dressed[key] = (weakref.ref(target), name, tone)
        self._give(target, name, tone)

    def look(self, widget: QWidget, look: str) -> None:
        """Choose a variant of the style sheet for a widget."""
        if widget.property("look") == look:
            return
        widget.setProperty("look", look)
        self.polish(widget)

    def polish(self, widget: QWidget) -> None:
        """Have the style sheet look at a widget's properties again."""
        style = widget.style()
        style.unpolish(widget)
        style.polish(widget)

    def follow(self, owner: QWidget, restyle: Callable[[], None]) -> None:
        """Call `restyle` now and after every change, as long as `owner` lives."""
        connection = self.changed.connect(restyle)
        owner.destroyed.connect(lambda: QObject.disconnect(connection))
        restyle()

    def _give(self, target: QObject, name: str, tone: Tone | None) -> None:
        color: QColor | str = self.colors.text if tone is None else self.colors.tone(tone)
        if target.property("look") == "primary":
            color = self.colors.on_fill
        icon = self.icon(name, color)
        if isinstance(target, QAbstractButton):
            target.setIcon(icon)
            target.setIconSize(QSize(ICON, ICON))
        elif isinstance(target, QAction):
            target.setIcon(icon)

    def _follow(self) -> None:
        if self._appearance is Appearance.SYSTEM:
            self._put_on()

    @property
    def _wanted(self) -> Colors:
        scheme = QGuiApplication.styleHints().colorScheme()
        dark = self._appearance is Appearance.DARK or (
            self._appearance is Appearance.SYSTEM and scheme is Qt.ColorScheme.Dark
        )
        return DARK if dark else LIGHT

    def _put_on(self) -> None:
        colors = self._wanted
        if colors is self._worn:
            return
        changed = colors is not self.colors
        self._worn = self.colors = colors
        if changed:
            # Before the style sheet: what it styles keeps the palette it has then.
            self._app.setPalette(_palette(colors))
        self._app.setStyleSheet(style_sheet(colors))
        if not changed:
            return
        for reference, name, tone in list(self._dressed.values()):
            target = reference()
            if target is not None:
                self._give(target, name, tone)
        self.changed.emit()


def _palette(c: Colors) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for which, color in (
        (role.Window, c.window),
        (role.WindowText, c.text),
        (role.Base, c.surface),
        (role.AlternateBase, c.hover),
        (role.Text, c.text),
        (role.PlaceholderText, c.muted),
        (role.Button, c.surface),
        (role.ButtonText, c.text),
        (role.ToolTipBase, c.surface),
        (role.ToolTipText, c.text),
        (role.Highlight, c.fill),
        (role.HighlightedText, c.on_fill),
        (role.Accent, c.fill),
        (role.Link, c.accent),
        (role.LinkVisited, c.accent),
        (role.BrightText, c.red),
        (role.Light, c.surface),
        (role.Midlight, c.border),
        (role.Mid, c.border),
        (role.Dark, c.outline),
        (role.Shadow, c.outline),
    ):
        palette.setColor(which, QColor(color))
    for which in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, which, QColor(c.disabled))
    palette.setColor(QPalette.ColorGroup.Disabled, role.Highlight, QColor(c.border))
    return palette
