"""Single-colour SVG icons, tinted when they are wanted, sharp at every device pixel ratio."""

from __future__ import annotations

import logging
from pathlib import Path

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QGuiApplication, QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

log = logging.getLogger(__name__)

FINE = 2.0
"""A QIcon is prepared for the device pixel ratios of the screens and for this one, so that it is
scaled down rather than up on a screen that comes later."""


def resources() -> Path:
    """The folder of icons and other data: in a checkout beside `app`, installed inside it."""
    package = Path(__file__).resolve().parent.parent
    installed = package / "_resources"
    return installed if installed.is_dir() else package.parent / "resources"


def licence_texts() -> Path | None:
    """The texts of all licences, which packages bring; None in a checkout."""
    path = resources() / "THIRD-PARTY.txt"
    return path if path.is_file() else None


class Icons:
    """The icon set of one folder. A name that has no file gives a small dot, and is logged once."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or resources() / "icons"
        self._renderers: dict[str, QSvgRenderer | None] = {}
        self._pixmaps: dict[tuple[str, str | int, int, float], QPixmap] = {}

    def pixmap(self, name: str, color: QColor | str, size: int, ratio: float = 1.0) -> QPixmap:
        """The icon in one colour, `size` logical pixels square."""
        # Asked for every icon of every row that is painted: the words of a colour are its key.
        key = (name, color if isinstance(color, str) else color.rgba(), size, ratio)
        found = self._pixmaps.get(key)
        if found is None:
            found = self._pixmaps[key] = self._drawn(name, QColor(color), size, ratio)
        return found

    def icon(self, name: str, color: QColor | str, disabled: QColor | str, size: int) -> QIcon:
        """The icon for buttons and menus, with its disabled look."""
        icon = QIcon()
        for ratio in sorted({FINE, *(one.devicePixelRatio() for one in QGuiApplication.screens())}):
            icon.addPixmap(self.pixmap(name, color, size, ratio))
            icon.addPixmap(self.pixmap(name, disabled, size, ratio), QIcon.Mode.Disabled)
        return icon

    def _renderer(self, name: str) -> QSvgRenderer | None:
        if name not in self._renderers:
            path = self._folder / f"{name}.svg"
            renderer = QSvgRenderer(str(path)) if path.is_file() else None
            if renderer is None or not renderer.isValid():
                log.info("no icon named %s", name)
                renderer = None
            self._renderers[name] = renderer
        return self._renderers[name]

    def _drawn(self, name: str, tint: QColor, size: int, ratio: float) -> QPixmap:
        pixmap = QPixmap(QSize(round(size * ratio), round(size * ratio)))
        pixmap.fill(Qt.GlobalColor.transparent)
        whole = QRectF(0, 0, pixmap.width(), pixmap.height())
        painter = QPainter(pixmap)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        renderer = self._renderer(name)
        if renderer is None:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(tint)
            painter.drawEllipse(whole.center(), whole.width() / 6, whole.height() / 6)
        else:
            renderer.render(painter, whole)
            painter.setCompositionMode(QPainter.CompositionMode.CompositionMode_SourceIn)
            painter.fillRect(whole, tint)
        painter.end()
        pixmap.setDevicePixelRatio(ratio)
        return pixmap
