"""One line for a notice between the list and what is below it, with one thing to do at most."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget

from app.viewmodels.notices import Notice
from app.viewmodels.row import Tone
from app.viewmodels.words import tr
from app.views.announcement import announce
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


class NoticeBar(QFrame):
    """One notice at a time, for ten seconds; bad news and offers stay until closed."""

    acted = Signal(object)
    """The Notice whose button was pressed."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._notice: Notice | None = None
        self._theme = theme
        theme.look(self, "ready")
        self._mark = Mark(theme)
        self._words = paragraph()
        self.button = QPushButton()
        theme.look(self.button, "link")
        self.button.clicked.connect(self._act)
        close = QToolButton()
        close.setAccessibleName(tr("Close the notice"))
        close.setToolTip(close.accessibleName())
        theme.look(close, "quiet")
        theme.dress(close, "cancel")
        close.clicked.connect(self.hide)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(2 * GRID, HALF, 3 * HALF, HALF)
        layout.setSpacing(GRID)
        middle = Qt.AlignmentFlag.AlignVCenter
        layout.addWidget(self._mark, 0, middle)
        layout.addWidget(self._words, 1, middle)
        layout.addWidget(self.button, 0, middle)
        layout.addWidget(close, 0, middle)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        self.hide()

    @property
    def notice(self) -> Notice | None:
        """What is shown; None when nothing is."""
        return self._notice if self.isVisible() else None

    def say(self, notice: Notice) -> None:
        """Show it in place of the one before, and tell it to those who listen."""
        self._notice = notice
        self._mark.show_mark(ICONS[notice.tone], notice.tone)
        self._words.setText(notice.text)
        words = LOOKS[notice.action].text if notice.action else notice.offer
        if not words and notice.problem is not None:
            words = tr("Details")
        if not words and notice.link:
            words = tr("What is new")
        self._theme.look(self.button, "" if notice.offer else "link")
        self.button.setText(words)
        self.button.setVisible(bool(words))
        self.show()
        offers = notice.offer or notice.link
        if notice.tone is Tone.BAD or offers:
            self._timer.stop()
        else:
            self._timer.start(SECONDS * 1000)
        announce(self, notice.text)

    def withdraw_offer(self) -> None:
        """Another destination was chosen already."""
        if self._notice is not None and self._notice.destination:
            self.hide()

    def _act(self) -> None:
        self.hide()
        if self._notice is not None:
            self.acted.emit(self._notice)
