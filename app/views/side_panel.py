"""The right side: the live status above, the details of the picked row below."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QScrollArea, QSplitter, QWidget

from app.viewmodels.uploader import Uploader
from app.viewmodels.words import tr
from app.views.status_panel import StatusPanel
from app.views.theme import GRID, Theme

if TYPE_CHECKING:
    from app.views.details_pane import DetailsPane

SECOND_MS = 1000
DETAILS_MS = 250
"""The details of a row that moves are read anew this often at most."""


class SidePanel(QSplitter):
    """`picked` gives the id of the row whose details are shown; empty for none. `make_details`
    makes the pane that shows them, when there are the first."""

    def __init__(
        self,
        theme: Theme,
        uploader: Uploader,
        picked: Callable[[], str],
        make_details: Callable[[], DetailsPane],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(Qt.Orientation.Vertical, parent)
        self._uploader = uploader
        self._picked = picked
        self.status = StatusPanel(theme, uploader.status)
        self._make_details = make_details
        self._details: DetailsPane | None = None
        scroll = QScrollArea()
        scroll.setWidget(self.status)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setAccessibleName(tr("Status"))
        scroll.setMinimumHeight(20 * GRID)
        self.addWidget(scroll)
        self.setMinimumWidth(38 * GRID)
        self.setHandleWidth(1)
        self.setChildrenCollapsible(False)
        self._later = QTimer(self)
        self._later.setSingleShot(True)
        self._later.setInterval(DETAILS_MS)
        self._later.timeout.connect(self.show_details)
        self._seconds = QTimer(self)
        """Runs while the times of the row that is shown grow."""
        self._seconds.setInterval(SECOND_MS)
        self._seconds.timeout.connect(self.show_details)
        uploader.filter.dataChanged.connect(self.show_details_soon)
        uploader.usual.changed.connect(self.show_details_soon)

    @property
    def details(self) -> DetailsPane:
        if self._details is None:
            self._details = self._make_details()
            self._details.hide()
            self.addWidget(self._details)
            self.setStretchFactor(0, 0)
            self.setStretchFactor(1, 1)
            self.setSizes([32 * GRID, 52 * GRID])
        return self._details

    def show_details(self) -> None:
        """The details of the picked row as it is now; none take no room."""
        id = self._picked()
        if id or self._details is not None:
            self.details.setVisible(bool(id))
        if id:
            self.details.show_details(
                self._uploader.rows.details(id), self._uploader.uploads.state(id)
            )
        upload = self._uploader.uploads.upload(id) if id and self.isVisible() else None
        if upload is None or upload.phase.final:
            self._seconds.stop()
        elif not self._seconds.isActive():
            self._seconds.start()

    def show_details_soon(self) -> None:
        if not self._later.isActive():
            self._later.start()

    def show_failures(self) -> None:
        """Go to the failed records of the picked row."""
        self.details.failures.focus()
        self.details.ensureWidgetVisible(self.details.failures)
