"""A slim progress bar with the accessible value of a real one."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QProgressBar, QSizePolicy, QWidget

from app.views.theme import GRID, Theme

STEPS = 1000


class SlimBar(QProgressBar):
    """Takes a fraction; 8 px high, without words on it."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        self.setRange(0, STEPS)
        self.setTextVisible(False)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.changed.connect(self.update)

    def show_fraction(self, fraction: float) -> None:
        """From 0 to 1."""
        self.setValue(int(fraction * STEPS))

    def sizeHint(self) -> QSize:
        return QSize(16 * GRID, GRID)

    def minimumSizeHint(self) -> QSize:
        return QSize(8 * GRID, GRID)

    def paintEvent(self, event: QPaintEvent) -> None:
        c = self._theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(c.track))
        whole = QRectF(self.rect())
        round_ = whole.height() / 2
        painter.drawRoundedRect(whole, round_, round_)
        if self.value() > 0:
            part = QRectF(whole)
            part.setWidth(max(whole.height(), whole.width() * self.value() / STEPS))
            painter.setBrush(QColor(c.fill))
            painter.drawRoundedRect(part, round_, round_)
        painter.end()
