"""DropDown: a box with a few fixed choices, in the look of the other fields."""

from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QWidget

from app.views.theme import GRID, Theme

_SIGN = 16


class DropDown(QComboBox):
    """As wide as its longest choice."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        """`name` is what a screen reader calls it."""
        super().__init__(parent)
        self._theme = theme
        self.setAccessibleName(name)
        self.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        theme.look(self.view(), "popup")

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        # A style sheet could only show an image of one colour.
        sign = self._theme.pixmap(
            "chevron-down", self._theme.colors.muted, _SIGN, self.devicePixelRatioF()
        )
        painter = QPainter(self)
        painter.drawPixmap(self.width() - _SIGN - GRID, (self.height() - _SIGN) // 2, sign)
        painter.end()
