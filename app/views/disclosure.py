"""A part that opens and closes under its own title."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.viewmodels.row import Tone
from app.views.theme import GRID, HALF, Theme


class Disclosure(QWidget):
    """`body` is hidden until the title is pressed."""

    toggled = Signal(bool)

    def __init__(
        self, theme: Theme, title: str, body: QWidget, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._body = body
        self._title = QPushButton()
        self._title.setText(title)
        self._title.setCheckable(True)
        self._title.setAutoDefault(False)
        theme.look(self._title, "link")
        self._title.toggled.connect(self._toggle)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        layout.addWidget(self._title, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(body)
        body.hide()
        theme.follow(self, self._tint)

    def set_title(self, title: str) -> None:
        if title != self._title.text():
            self._title.setText(title)

    @property
    def opened(self) -> bool:
        return self._title.isChecked()

    def set_open(self, opened: bool) -> None:
        self._title.setChecked(opened)

    def _toggle(self, opened: bool) -> None:
        self._body.setVisible(opened)
        self._tint()
        self.toggled.emit(opened)

    def _tint(self) -> None:
        name = "chevron-down" if self._title.isChecked() else "chevron-right"
        self._title.setIcon(self._theme.icon(name, self._theme.colors.tone(Tone.ACTIVE)))
        self._title.setIconSize(QSize(4 * HALF, 4 * HALF))
