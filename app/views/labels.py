"""Labels: text that wraps, quiet captions, one line that loses its middle, marks, lights."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QLabel, QSizePolicy, QWidget

from app.viewmodels.row import Tone
from app.views.theme import GRID, ICON, Theme


def paragraph(*, strong: bool = False) -> QLabel:
    """A label of running text that wraps and can be selected."""
    label = QLabel()
    label.setWordWrap(True)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    if strong:
        font = label.font()
        font.setBold(True)
        label.setFont(font)
    return label


def caption(theme: Theme, text: str) -> QLabel:
    """A small quiet heading, or the name of a figure."""
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    theme.look(label, "muted")
    return label


class ElidedLabel(QLabel):
    """A label of one line that loses its middle, not its ends, when it is narrow."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._whole = ""
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def say(self, text: str) -> None:
        self._whole = text
        self.setToolTip(text)
        self.setAccessibleName(text)
        self._fit()

    def minimumSizeHint(self) -> QSize:
        return QSize(4 * GRID, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        metrics = QFontMetrics(self.font())
        self.setText(metrics.elidedText(self._whole, Qt.TextElideMode.ElideMiddle, self.width()))


class Mark(QWidget):
    """An icon in a tone, alone or on a round badge; it follows the theme."""

    def __init__(
        self,
        theme: Theme,
        name: str = "",
        tone: Tone = Tone.NEUTRAL,
        *,
        size: int = ICON,
        badge: int = 0,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._name, self._tone, self._size, self._badge = name, tone, size, badge
        self.setFixedSize(max(size, badge), max(size, badge))
        theme.changed.connect(self.update)

    def show_mark(self, name: str, tone: Tone) -> None:
        self._name, self._tone = name, tone
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if self._badge:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._theme.colors.soft(self._tone))
            painter.drawEllipse(QRectF(self.rect()))
        color = self._theme.colors.tone(self._tone)
        icon = self._theme.pixmap(self._name, color, self._size, self.devicePixelRatioF())
        inset = (self.width() - self._size) // 2
        painter.drawPixmap(inset, inset, icon)
        painter.end()


class Light(QWidget):
    """A round light in a tone, always beside words that say the same."""

    SIZE = GRID

    def __init__(self, theme: Theme, tone: Tone, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._tone = tone
        self.setFixedSize(self.SIZE, self.SIZE)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        dot = QRectF(0, (self.height() - self.SIZE) / 2, self.SIZE, self.SIZE)
        paint_light(painter, self._theme, self._tone, dot)
        painter.end()


def paint_light(painter: QPainter, theme: Theme, tone: Tone, rect: QRectF) -> None:
    """A filled dot; a ring where nothing is known."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    color = theme.colors.tone(tone)
    if tone is Tone.NEUTRAL:
        painter.setPen(color)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawEllipse(rect.adjusted(0.5, 0.5, -0.5, -0.5))
    else:
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(color)
        painter.drawEllipse(rect)
