"""A check box drawn in the theme's colours, clear on light and on dark."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QWidget

from app.views.theme import GRID, HALF, Theme

BOX = 2 * GRID


class CheckBox(QCheckBox):
    """Box and words; the words belong to it, so that a click on them counts."""

    def __init__(self, theme: Theme, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._theme = theme
        self.setMinimumHeight(3 * GRID)
        theme.changed.connect(self.update)

    def sizeHint(self) -> QSize:
        words = self.fontMetrics().horizontalAdvance(self.text())
        return QSize(BOX + GRID + words + HALF, max(3 * GRID, self.fontMetrics().height()))

    def hitButton(self, pos: QPoint) -> bool:
        return True

    def paintEvent(self, event: QPaintEvent) -> None:
        c = self._theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRect(0, (self.height() - BOX) // 2, BOX, BOX)
        checked, focused = self.isChecked(), self.hasFocus()
        edge = c.disabled if not self.isEnabled() else c.accent if focused else c.outline
        painter.setPen(QPen(QColor(edge), 2 if focused else 1))
        painter.setBrush(QColor(c.fill if checked else c.surface))
        inset = 1.0 if focused else 0.5
        painter.drawRoundedRect(QRectF(box).adjusted(inset, inset, -inset, -inset), 3, 3)
        if checked:
            tick = self._theme.pixmap("tick", c.on_fill, BOX - 2, self.devicePixelRatioF())
            painter.drawPixmap(box.left() + 1, box.top() + 1, tick)
        painter.setPen(QColor(c.text if self.isEnabled() else c.disabled))
        words = self.rect().adjusted(BOX + GRID, 0, 0, 0)
        painter.drawText(
            words, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter, self.text()
        )
        painter.end()
