"""What came of one job of a server: counts, failed records, ids."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.core.catalogue import Action
from app.viewmodels.details import Details
from app.viewmodels.row import RowState
from app.viewmodels.words import tr
from app.views.details_pane import DetailsPane
from app.views.theme import GRID, Theme


class JobReport(QDialog):
    """Only shows; with `saves` the list of failed records, and they themselves, can be kept."""

    link_wanted = Signal()
    list_wanted = Signal()
    records_wanted = Signal()

    def __init__(
        self, theme: Theme, details: Details, state: RowState, parent: QWidget, *, saves: bool
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Result of “{name}”", name=details.name))
        self.resize(64 * GRID, 70 * GRID)
        self.pane = DetailsPane(theme)
        self.pane.show_details(details, state)
        self.pane.failures.offer_saving(saves)
        self.pane.failures.list_wanted.connect(self.list_wanted)
        self.pane.failures.records_wanted.connect(self.records_wanted)
        self.pane.closed.connect(self.reject)
        self.pane.acted.connect(self._acted)
        close = QPushButton(tr("Close"))
        close.setDefault(True)
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.setContentsMargins(2 * GRID, GRID, 2 * GRID, 2 * GRID)
        foot.addStretch()
        foot.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, GRID, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(self.pane, 1)
        layout.addLayout(foot)
        close.setFocus()

    def _acted(self, action: Action) -> None:
        if action is Action.OPEN_ON_SERVER:
            self.link_wanted.emit()
