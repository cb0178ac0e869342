"""What an earlier run left, told above the list until the person says what becomes of it."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from app.viewmodels.restart import Restart
from app.viewmodels.row import Tone
from app.viewmodels.words import tr
from app.views.announcement import announce
from app.views.labels import Mark, paragraph
from app.views.layouts import column, hairline
from app.views.theme import GRID, Theme


class RestartBanner(QFrame):
    """Shown while `Restart` has a banner. Resume, Show and Not now; nothing happens by itself."""

    show_wanted = Signal(str)
    """Show this row, the first of those it tells of."""

    def __init__(self, theme: Theme, restart: Restart, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._restart = restart
        theme.look(self, "ready")
        self._mark = Mark(theme)
        self._words = paragraph()
        self.resume = QPushButton(tr("Resume"))
        theme.look(self.resume, "primary")
        self.look = QPushButton(tr("Show"))
        self.later = QPushButton(tr("Not now"))
        theme.look(self.later, "link")
        self.resume.clicked.connect(restart.resume)
        self.look.clicked.connect(self._look)
        self.later.clicked.connect(restart.dismiss)
        line = QWidget()
        whole = column(self)
        whole.addWidget(line)
        whole.addWidget(hairline(theme))
        layout = QHBoxLayout(line)
        layout.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        layout.setSpacing(GRID)
        middle = Qt.AlignmentFlag.AlignVCenter
        layout.addWidget(self._mark, 0, middle)
        layout.addWidget(self._words, 1, middle)
        for button in (self.resume, self.look, self.later):
            layout.addWidget(button, 0, middle)
        restart.changed.connect(self._tell)
        self.hide()

    @property
    def words(self) -> str:
        return self._words.text()

    def _tell(self) -> None:
        banner = self._restart.banner
        self.setVisible(banner is not None)
        if banner is None:
            return
        waiting = banner.tone is Tone.WAITING
        self._mark.show_mark("warning" if waiting else "info", banner.tone)
        new = not self._words.text()
        self._words.setText(banner.text)
        self.resume.setVisible(banner.goes_on)
        if new:
            announce(self, banner.text)

    def _look(self) -> None:
        if ids := self._restart.ids:
            self.show_wanted.emit(ids[0])
