"""A notice that floats over the list for some seconds, with one thing to do at most."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, QTimer, Signal
from PySide6.QtGui import (
    QAccessible,
    QAccessibleAnnouncementEvent,
    QColor,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QWidget

from app.viewmodels.notices import Notice
from app.viewmodels.row import Tone
from app.viewmodels.words import tr
from app.views.labels import Mark, paragraph
from app.views.row_actions import LOOKS
from app.views.theme import GRID, HALF, Theme

SECONDS = 10
ICONS = {
    Tone.NEUTRAL: "info",
    Tone.ACTIVE: "info",
    Tone.WAITING: "warning",
    Tone.GOOD: "tick-circle",
    Tone.BAD: "cross-circle",
}


class Toast(QWidget):
    """One notice at a time, at the bottom of `over`. Bad news stays until it is closed."""

    acted = Signal(object)
    """The Notice whose button was pressed."""

    def __init__(self, theme: Theme, over: QWidget) -> None:
        super().__init__(over)
        self._theme = theme
        self._over = over
        self._notice: Notice | None = None
        self._mark = Mark(theme)
        self._words = paragraph()
        self._button = QPushButton()
        theme.look(self._button, "link")
        self._button.clicked.connect(self._act)
        close = QToolButton()
        close.setAccessibleName(tr("Close the notice"))
        theme.look(close, "quiet")
        theme.dress(close, "cancel")
        close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * GRID, GRID, GRID, GRID)
        layout.setSpacing(GRID)
        layout.addWidget(self._mark)
        layout.addWidget(self._words, 1)
        layout.addWidget(self._button)
        layout.addWidget(close)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        over.installEventFilter(self)
        self.hide()

    @property
    def notice(self) -> Notice | None:
        """What is shown; None when nothing is."""
        return self._notice if self.isVisible() else None

    def say(self, notice: Notice) -> None:
        """Show it in place of the one before."""
        self._notice = notice
        self._mark.show_mark(ICONS[notice.tone], notice.tone)
        self._words.setText(notice.text)
        words = LOOKS[notice.action].text if notice.action else ""
        if not words and notice.problem is not None:
            words = tr("Details")
        self._button.setText(words)
        self._button.setVisible(bool(words))
        self._fit()
        self.show()
        self.raise_()
        if notice.tone is Tone.BAD:
            self._timer.stop()
        else:
            self._timer.start(SECONDS * 1000)
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self, notice.text))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Resize and self.isVisible():
            self._fit()
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        c = self._theme.colors
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(c.outline), 1))
        painter.setBrush(QColor(c.surface))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), GRID, GRID)
        painter.end()

    def _act(self) -> None:
        self.hide()
        if self._notice is not None:
            self.acted.emit(self._notice)

    def _fit(self) -> None:
        over = self._over
        metrics = self._words.fontMetrics()
        button = self._button.sizeHint().width() if self._button.text() else 0
        wanted = metrics.horizontalAdvance(self._words.text()) + button + 14 * GRID
        width = min(wanted, over.width() - 4 * GRID, 80 * GRID)
        self.setFixedWidth(max(width, 24 * GRID))
        layout = self.layout()
        height = layout.heightForWidth(self.width()) if layout is not None else 0
        self.setFixedHeight(max(height, 5 * GRID + HALF))
        self.move((over.width() - self.width()) // 2, over.height() - self.height() - 2 * GRID)
