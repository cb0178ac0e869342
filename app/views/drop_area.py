"""Ways for files to come in: dropped anywhere on the window, pasted, chosen."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Literal

from PySide6.QtCore import QMimeData, QObject, QPointF, QRectF, Qt, QUrl, Signal
from PySide6.QtGui import (
    QColor,
    QDragEnterEvent,
    QDragMoveEvent,
    QDropEvent,
    QFontMetrics,
    QGuiApplication,
    QPainter,
    QPaintEvent,
    QPen,
)
from PySide6.QtWidgets import QWidget

from app.viewmodels.words import counted, tr
from app.views.dialogs import ask
from app.views.theme import GRID, Theme, heading_font


def paths_in(data: QMimeData) -> list[Path]:
    """The local files and folders in a drop or on the clipboard, in their order."""
    urls = data.urls()
    if not urls and data.hasText():
        urls = [_address(line) for line in data.text().splitlines()]
    return [Path(url.toLocalFile()) for url in urls if url.isLocalFile() and url.toLocalFile()]


def _address(line: str) -> QUrl:
    text = line.strip().strip('"')
    if text.startswith("file:"):
        return QUrl(text)
    return QUrl.fromLocalFile(text) if Path(text).is_absolute() else QUrl()


class DropFrame(QWidget):
    """The frame over the window while a drag is above it: what a drop would do, or why not."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._over = parent
        self._words, self._more, self._welcome = "", "", True
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    @property
    def words(self) -> str:
        return self._words

    def say(self, words: str, more: str = "", *, welcome: bool) -> None:
        """Appear with these words."""
        self._words, self._more, self._welcome = words, more, welcome
        self.setAccessibleName(words)
        self.setGeometry(self._over.rect())
        self.raise_()
        self.show()
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        c = self._theme.colors
        edge = QColor(c.fill if self._welcome else c.red)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        veil = QColor(c.window)
        veil.setAlphaF(0.8)
        painter.fillRect(self.rect(), veil)
        frame = QRectF(self.rect()).adjusted(GRID, GRID, -GRID, -GRID)
        painter.setPen(QPen(edge, 2, Qt.PenStyle.DashLine))
        painter.drawRoundedRect(frame, 12, 12)
        center = frame.center()
        size = 7 * GRID
        card = QRectF(0, 0, min(60 * GRID, frame.width() - 4 * GRID), 28 * GRID)
        card.moveCenter(center)
        painter.setPen(QPen(QColor(c.border), 1))
        painter.setBrush(QColor(c.surface))
        painter.drawRoundedRect(card, 12, 12)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(c.accent_soft if self._welcome else c.red_soft))
        painter.drawEllipse(center - QPointF(0, 4 * GRID), size * 0.75, size * 0.75)
        icon = self._theme.pixmap(
            "drop" if self._welcome else "stop", edge, 4 * GRID, self.devicePixelRatioF()
        )
        painter.drawPixmap(center - QPointF(2 * GRID, 6 * GRID), icon)
        painter.setPen(QColor(c.text))
        painter.setFont(heading_font(self.font(), 1.3))
        height = QFontMetrics(painter.font()).height()
        flags = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
        inside = card.adjusted(3 * GRID, 17 * GRID, -3 * GRID, -GRID)
        painter.drawText(inside, flags, self._words)
        painter.setFont(self.font())
        painter.setPen(QColor(c.muted))
        inside.setTop(inside.top() + height + GRID)
        painter.drawText(inside, flags | Qt.TextFlag.TextWordWrap, self._more)
        painter.end()


class DropArea(QObject):
    """Takes drags over a whole window. Emits paths, or why a drag or paste cannot be used.

    The window hands its events of drags over. A filter on it would see all its events, and have
    every class of event loaded to say what it sees.
    """

    dropped = Signal(list)
    """The paths that came, as `list[Path]`; empty for something that is no local file."""
    refused = Signal(str)
    """Said while a drag hovers that cannot be used; an empty string ends it."""

    def __init__(self, theme: Theme, window: QWidget, refusal: Callable[[], str]) -> None:
        super().__init__(window)
        self._window = window
        self._refusal = refusal
        self._usable = False
        self._folder = Path.home()
        """Where files were last chosen."""
        self.frame = DropFrame(theme, window)
        window.setAcceptDrops(True)

    def entered(self, event: QDragEnterEvent) -> None:
        """A drag came over the window."""
        self._judge(event.mimeData())
        self.moved(event)

    def moved(self, event: QDragMoveEvent) -> None:
        """It moves there."""
        if self.frame.isVisible() and not self._usable:
            event.ignore()
            return
        # Never a move: what is uploaded stays where it is.
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()

    def left(self) -> None:
        """It is gone."""
        self.frame.hide()
        self.refused.emit("")

    def let_go(self, event: QDropEvent) -> None:
        """It was dropped."""
        self.left()
        if self._refusal():
            event.ignore()
            return
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.dropped.emit(paths_in(event.mimeData()))

    def resized(self) -> None:
        """The window has another size."""
        if self.frame.isVisible():
            self.frame.setGeometry(self._window.rect())

    def paste(self) -> None:
        """Take what is on the clipboard."""
        if not self._refusal():
            self.dropped.emit(paths_in(QGuiApplication.clipboard().mimeData()))

    async def choose_files(self) -> None:
        await self._choose(tr("Choose files to upload"), "ExistingFiles")

    async def choose_folder(self) -> None:
        await self._choose(tr("Choose a folder to upload"), "Directory")

    async def _choose(self, title: str, mode: Literal["ExistingFiles", "Directory"]) -> None:
        # It takes longer to load than all the rest of this.
        from PySide6.QtWidgets import QFileDialog

        dialog = QFileDialog(self._window, title, str(self._folder))
        dialog.setFileMode(QFileDialog.FileMode[mode])
        chosen: list[str] = []
        dialog.filesSelected.connect(chosen.extend)
        await ask(dialog)
        if chosen:
            self._folder = Path(chosen[0]).parent
            self.dropped.emit([Path(one) for one in chosen])

    def _judge(self, data: QMimeData) -> None:
        why = self._refusal()
        count = 0 if why else len(paths_in(data))
        self._usable = count > 0
        if self._usable:
            words = counted(count, "Drop to add it", "Drop to add {n} files or folders")
            self.frame.say(words, tr("Nothing is sent until you press Upload."), welcome=True)
            return
        if not why:
            why = tr("This is not a file on this computer. Save it to disk first, then drop it.")
        self.frame.say(tr("This cannot be dropped here"), why, welcome=False)
        self.refused.emit(why)
