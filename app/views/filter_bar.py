"""Above the list: which kind of rows, with counts, and words to find."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import QButtonGroup, QFrame, QHBoxLayout, QLineEdit, QToolButton, QWidget

from app.viewmodels.row import Kind
from app.viewmodels.uploads_filter import UploadsFilter
from app.viewmodels.words import number, tr
from app.views.theme import GRID, HALF, Theme

SHOWN = (Kind.ALL, Kind.ACTIVE, Kind.NEEDS, Kind.FAILED, Kind.DONE)
COUNT_MS = 200
"""Counts are read this often at most while rows move."""


class FilterBar(QFrame):
    """Sets the kind and the text of an UploadsFilter."""

    changed = Signal()

    def __init__(self, theme: Theme, rows: UploadsFilter, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._rows = rows
        theme.look(self, "bar")
        self._names = {
            Kind.ALL: tr("All"),
            Kind.ACTIVE: tr("Active"),
            Kind.NEEDS: tr("Needs you"),
            Kind.FAILED: tr("Failed"),
            Kind.DONE: tr("Done"),
        }
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3 * HALF, HALF, 2 * GRID, HALF)
        layout.setSpacing(2)
        self._group = QButtonGroup(self)
        self.chips: dict[Kind, QToolButton] = {}
        for kind in SHOWN:
            chip = QToolButton()
            chip.setCheckable(True)
            chip.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            theme.look(chip, "chip")
            chip.clicked.connect(lambda _=False, kind=kind: self.choose(kind))
            self._group.addButton(chip)
            layout.addWidget(chip)
            self.chips[kind] = chip
        self.chips[Kind.ALL].setChecked(True)
        layout.addStretch(1)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Find"))
        self.search.setAccessibleName(tr("Find files by name"))
        self.search.setClearButtonEnabled(True)
        self.search.setAcceptDrops(False)
        self.search.setMinimumWidth(12 * GRID)
        self.search.setMaximumWidth(26 * GRID)
        glass = QAction(tr("Find"), self.search)
        theme.dress(glass, "search")
        self.search.addAction(glass, QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(self._find)
        layout.addWidget(self.search, 2)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(COUNT_MS)
        self._later.timeout.connect(self.count)
        source = rows.sourceModel()
        for signal in (
            source.dataChanged,
            source.rowsInserted,
            source.rowsRemoved,
            source.modelReset,
        ):
            signal.connect(self._count_later)
        self.count()

    def choose(self, kind: Kind) -> None:
        """Show the rows of one kind."""
        self.chips[kind].setChecked(True)
        self._rows.kind = kind
        self.changed.emit()

    def clear(self) -> None:
        """Show all rows again."""
        self.search.clear()
        self.choose(Kind.ALL)

    def count(self) -> None:
        """Put the counts on the chips."""
        counts = self._rows.counts()
        for kind, chip in self.chips.items():
            n, name = counts.get(kind, 0), self._names[kind]
            chip.setText(f"{name}  {number(n)}" if n else name)
            chip.setAccessibleName(f"{name}: {number(n)}")

    @property
    def nothing(self) -> str:
        """What to say when no row is shown."""
        if self._rows.text:
            return tr("No file here is called “{text}”", text=self._rows.text)
        return {
            Kind.ALL: "",
            Kind.ACTIVE: tr("Nothing is under way"),
            Kind.NEEDS: tr("Nothing needs you"),
            Kind.FAILED: tr("Nothing has failed"),
            Kind.DONE: tr("Nothing is done yet"),
        }.get(self._rows.kind, "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            return
        super().keyPressEvent(event)

    def _find(self, text: str) -> None:
        self._rows.text = text
        self.changed.emit()

    def _count_later(self) -> None:
        if not self._later.isActive():
            self._later.start()
