"""What the window shows instead of rows: the first server to add, or where files come in."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.viewmodels.row import Tone
from app.viewmodels.words import tr
from app.views.labels import Mark
from app.views.layouts import column
from app.views.samples import SampleShelf
from app.views.theme import GRID, Theme, heading_font

BADGE = 10 * GRID
TEXT_WIDTH = 56 * GRID


class EmptyState(QWidget):
    """A mark, a heading, a sentence, buttons and a quiet line, in the middle."""

    def __init__(
        self,
        theme: Theme,
        icon: str,
        title: str,
        text: str,
        buttons: tuple[QPushButton, ...],
        parent: QWidget | None = None,
        *,
        framed: bool = False,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._framed = framed
        self._title = _centred(title)
        self._title.setFont(heading_font(self._title.font(), 1.5))
        self._text = _centred(text)
        theme.look(self._text, "muted")
        self._quiet = _centred("")
        theme.look(self._quiet, "muted")
        self._quiet.hide()
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addStretch()
        for button in buttons:
            row.addWidget(button)
        row.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(5 * GRID, 3 * GRID, 5 * GRID, 3 * GRID)
        layout.setSpacing(GRID)
        layout.addStretch(4)
        mark = Mark(theme, icon, Tone.ACTIVE, size=5 * GRID, badge=BADGE)
        layout.addWidget(mark, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(GRID)
        for label in (self._title, self._text):
            label.setMaximumWidth(TEXT_WIDTH)
            middle = QHBoxLayout()
            middle.addWidget(label)
            layout.addLayout(middle)
        layout.addSpacing(GRID)
        layout.addLayout(row)
        layout.addSpacing(GRID)
        middle = QHBoxLayout()
        middle.addWidget(self._quiet)
        layout.addLayout(middle)
        self._below = column(spacing=0)
        layout.addLayout(self._below)
        layout.addStretch(5)
        theme.changed.connect(self.update)

    def say(self, text: str) -> None:
        """The sentence below the heading."""
        self._text.setText(text)
        self._text.setVisible(bool(text))

    def put_below(self, widget: QWidget) -> None:
        """One thing more, under all the rest."""
        self._below.addWidget(widget, 0, Qt.AlignmentFlag.AlignHCenter)

    def say_quietly(self, text: str) -> None:
        """The line below the buttons."""
        self._quiet.setText(text)
        self._quiet.setVisible(bool(text))

    def paintEvent(self, event: QPaintEvent) -> None:
        c = self._theme.colors
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(c.surface))
        if self._framed:
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            pen = QPen(QColor(c.outline), 1.5)
            pen.setDashPattern([5, 4])
            painter.setPen(pen)
            inset = 3 * GRID
            frame = QRectF(self.rect()).adjusted(inset, inset, -inset, -inset)
            painter.drawRoundedRect(frame, 12, 12)
        painter.end()


class FirstServer(EmptyState):
    """Before any server is known: one button, nothing else invites."""

    add_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        self._button = QPushButton(tr("Add a server…"))
        theme.look(self._button, "primary")
        super().__init__(
            theme,
            "server",
            tr("Where should your files go?"),
            tr(
                "Longshore delivers files to a server and stays with them until the server has "
                "done its own work. Add the server once; its password stays in this computer's "
                "keyring."
            ),
            (self._button,),
            parent,
        )
        self._button.clicked.connect(self.add_wanted)
        self.setAccessibleName(tr("Add a server"))
        # The page has the focus, and Return is its one button.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.add_wanted.emit()
            return
        super().keyPressEvent(event)


class DropHere(EmptyState):
    """A server is set and there are no rows."""

    files_wanted = Signal()
    folder_wanted = Signal()

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        files, folder = QPushButton(tr("Choose files…")), QPushButton(tr("Choose folder…"))
        theme.dress(files, "file")
        theme.dress(folder, "folder")
        super().__init__(
            theme,
            "drop",
            tr("Drop files or folders here"),
            "",
            (files, folder),
            parent,
            framed=True,
        )
        self.say_quietly(tr("Pasting works too."))
        self.setAccessibleName(tr("Drop files or folders here"))
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.samples = SampleShelf(theme)
        self.put_below(self.samples)
        files.clicked.connect(self.files_wanted)
        folder.clicked.connect(self.folder_wanted)


def _centred(text: str) -> QLabel:
    label = QLabel(text)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    return label
