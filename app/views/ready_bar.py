"""Below the list while files are ready: the options of this send and the button that sends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.viewmodels.uploader import Uploader
from app.viewmodels.words import counted, size, tr
from app.views.theme import GRID, HALF, Theme

if TYPE_CHECKING:
    from app.views.form_view import FormView

LOOK_MS = 100


class ReadyBar(QFrame):
    """Draws the options of the current server; hidden while no file waits to be sent."""

    def __init__(
        self, theme: Theme, uploader: Uploader, upload: QAction, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._uploader = uploader
        self._form: FormView | None = None
        theme.look(self, "ready")
        self._words = QLabel()
        font = self._words.font()
        font.setWeight(font.Weight.DemiBold)
        self._words.setFont(font)
        self._more = QLabel()
        theme.look(self._more, "muted")
        self.button = QPushButton()
        theme.look(self.button, "primary")
        theme.dress(self.button, "upload")
        self.button.setToolTip(tr("Upload everything that is ready (Ctrl+Return)"))
        self.button.clicked.connect(upload.trigger)
        self._place = QVBoxLayout()
        self._place.setContentsMargins(0, 0, 0, 0)
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self._words)
        foot.addWidget(self._more)
        foot.addStretch()
        foot.addWidget(self.button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 3 * HALF, 2 * GRID, 3 * HALF)
        layout.setSpacing(3 * HALF)
        layout.addLayout(self._place)
        layout.addLayout(foot)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(LOOK_MS)
        self._later.timeout.connect(self.refresh)
        uploader.intake.drafts_changed.connect(self._look_later)
        uploader.aim.changed.connect(self._options_changed)
        self.refresh()

    @property
    def form(self) -> FormView | None:
        """The options; None before the first file was ready."""
        return self._form

    def refresh(self) -> None:
        """Show how much is ready."""
        ready = self._uploader.intake.ready
        busy = self._uploader.intake.busy
        self.setVisible(bool(ready))
        if not ready:
            return
        if self._form is None:
            self._rebuild()
        held = sum(draft.source.size for draft in ready)
        self._words.setText(counted(len(ready), "{n} file ready", "{n} files ready"))
        self._more.setText(f"{size(held)}   {tr('Still looking…')}" if busy else size(held))
        self.button.setText(counted(len(ready), "Upload {n} file", "Upload {n} files"))
        self.button.setAccessibleName(self.button.text())

    def _look_later(self) -> None:
        if not self._later.isActive():
            self._later.start()

    def _options_changed(self) -> None:
        if self._form is not None:
            self._form.hide()
            self._form.deleteLater()
            self._rebuild()

    def _rebuild(self) -> None:
        from app.views.form_view import FormView

        self._form = FormView(
            self._theme, self._uploader.aim.options, compact=True, start=self._uploader.tasks.start
        )
        self._place.addWidget(self._form)
