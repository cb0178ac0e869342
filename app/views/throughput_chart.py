"""A small chart of how fast bytes moved over the last minutes."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app.viewmodels.throughput import SECONDS, in_words
from app.viewmodels.words import number, rate, tr
from app.views.theme import GRID, HALF, Theme, tabular

PLOT = 5 * GRID


class ThroughputChart(QWidget):
    """Shows bytes per second in steps, the last one right. It only changes when there are other
    figures, in one go; everything in it is also said in words."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._bars: tuple[float, ...] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName(tr("Speed over the last {n} minutes", n=number(SECONDS // 60)))
        font = tabular(self.font())
        font.setPointSizeF(font.pointSizeF() * 0.9)
        self.setFont(font)
        theme.changed.connect(self.update)

    def show_bars(self, bars: tuple[float, ...]) -> None:
        """The oldest first; none hide the chart."""
        self.setVisible(bool(bars))
        if bars == self._bars:
            return
        self._bars = bars
        said = in_words(bars)
        self.setAccessibleDescription(said)
        self.setToolTip(said)
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(24 * GRID, PLOT + HALF + self.fontMetrics().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(12 * GRID, self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        if not self._bars:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        plot = QRectF(0.5, 1.5, self.width() - 1.0, PLOT - 2.0)
        self._curve(painter, plot)
        self._legend(painter)
        painter.end()

    def _curve(self, painter: QPainter, plot: QRectF) -> None:
        c = self._theme.colors
        top = max(self._bars)
        width = plot.width() / len(self._bars)
        line = QPainterPath()
        for place, bar in enumerate(self._bars):
            y = plot.bottom() - plot.height() * bar / top
            left = plot.left() + place * width
            for x in (left, left + width):
                at = QPointF(x, y)
                if line.elementCount():
                    line.lineTo(at)
                else:
                    line.moveTo(at)
        area = QPainterPath(line)
        area.lineTo(plot.bottomRight())
        area.lineTo(plot.bottomLeft())
        area.closeSubpath()
        painter.fillPath(area, QColor(c.accent_soft))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(c.outline), 1))
        painter.drawLine(plot.bottomLeft(), plot.bottomRight())
        painter.setPen(QPen(QColor(c.fill), 1.5))
        painter.drawPath(line)

    def _legend(self, painter: QPainter) -> None:
        """What the width stands for, and what the height does."""
        painter.setPen(QColor(self._theme.colors.muted))
        line = QRectF(0, PLOT + HALF, self.width(), self.fontMetrics().height())
        minutes = number(SECONDS // 60)
        painter.drawText(line, Qt.AlignmentFlag.AlignLeft, tr("Last {n} minutes", n=minutes))
        most = tr("at most {rate}", rate=rate(max(self._bars)))
        painter.drawText(line, Qt.AlignmentFlag.AlignRight, most)
