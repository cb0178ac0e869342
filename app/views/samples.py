"""Sample files of the demo: to add with a press, or to drag onto the window as one's own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QMimeData, QPoint, QSize, Qt, QUrl, Signal
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QHBoxLayout, QToolButton, QWidget

from app.viewmodels.words import counted, tr
from app.views.labels import caption
from app.views.layouts import column, emptied
from app.views.theme import GRID, Theme

WIDTH = 21 * GRID


@dataclass(frozen=True, slots=True)
class Sample:
    """Files for one family of servers."""

    family: str
    title: str
    icon: str
    paths: tuple[Path, ...]


class SampleTile(QToolButton):
    """The files of one family."""

    def __init__(self, theme: Theme, sample: Sample) -> None:
        super().__init__()
        self._theme = theme
        self._sample = sample
        self._pressed_at: QPoint | None = None
        files = counted(len(sample.paths), "{n} file", "{n} files")
        self.setText(f"{sample.title}\n{files}")
        self.setToolTip("\n".join(path.name for path in sample.paths))
        self.setAccessibleName(tr("Sample files for {family}", family=sample.title))
        self.setAccessibleDescription(", ".join(path.name for path in sample.paths))
        self.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setFixedWidth(WIDTH)
        theme.look(self, "tile")
        theme.dress(self, sample.icon)
        self.setIconSize(QSize(3 * GRID, 3 * GRID))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._pressed_at = event.position().toPoint()
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        far = QApplication.startDragDistance()
        at = self._pressed_at
        if at is None or (event.position().toPoint() - at).manhattanLength() < far:
            super().mouseMoveEvent(event)
            return
        self._pressed_at = None
        self.setDown(False)
        self._drag()

    def mime(self) -> QMimeData:
        """What is dragged: the files, as a file manager has them."""
        data = QMimeData()
        data.setUrls([QUrl.fromLocalFile(str(path)) for path in self._sample.paths])
        return data

    def _drag(self) -> None:
        drag = QDrag(self)
        drag.setMimeData(self.mime())
        ratio = self.devicePixelRatioF()
        color = self._theme.colors.accent
        drag.setPixmap(self._theme.pixmap(self._sample.icon, color, 4 * GRID, ratio))
        drag.exec(Qt.DropAction.CopyAction)


class SampleShelf(QWidget):
    """Hidden while there are no samples."""

    wanted = Signal(str)
    """The family whose files are to be added."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._samples: list[Sample] = []
        self._tiles = QHBoxLayout()
        self._tiles.setSpacing(GRID)
        layout = column(self, spacing=GRID)
        layout.setContentsMargins(0, 2 * GRID, 0, 0)
        words = caption(theme, tr("Sample files to try: press one, or drag it onto the window."))
        layout.addWidget(words, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addLayout(self._tiles)
        self.hide()

    def offer(self, samples: Sequence[Sample]) -> None:
        """Show these, and no others."""
        if list(samples) == self._samples:
            return
        self._samples = list(samples)
        emptied(self._tiles)
        for sample in samples:
            tile = SampleTile(self._theme, sample)
            tile.clicked.connect(lambda _=False, family=sample.family: self.wanted.emit(family))
            self._tiles.addWidget(tile)
        self.setVisible(bool(samples))
