"""The history: a table of what ended, its details beside it, and what can be done with it."""

from __future__ import annotations

import time
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    Qt,
    QTimer,
    QUrl,
    Signal,
)
from PySide6.QtGui import QDesktopServices, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QHeaderView,
    QMenu,
    QPushButton,
    QSplitter,
    QWidget,
)

from app.core.catalogue import Action
from app.core.history import Past
from app.viewmodels import row
from app.viewmodels.failed import can_cut
from app.viewmodels.history import TONES, Column, HistoryModel
from app.viewmodels.uploader import Uploader
from app.viewmodels.words import tr
from app.views.details_pane import DetailsPane
from app.views.history_filters import HistoryFilters
from app.views.layouts import column, hairline
from app.views.lines_table import LineCells, LinesTable
from app.views.notice_bar import NoticeBar
from app.views.saving import Saving
from app.views.theme import GRID, HALF, Theme

_WIDTHS = {
    Column.RESULT: 27 * GRID,
    Column.SERVER: 20 * GRID,
    Column.ENDED: 18 * GRID,
    Column.RECORDS: 11 * GRID,
    Column.FAILED: 9 * GRID,
    Column.SIZE: 11 * GRID,
    Column.TOOK: 14 * GRID,
}
_LEAST_NAME = 22 * GRID
_DISPENSABLE = (Column.TOOK, Column.SIZE, Column.RECORDS, Column.SERVER, Column.FAILED)
"""What makes room for the name first where the table is narrow; the details have it all."""
_SIDE = 46 * GRID
SETTLE_MS = 250


def _look(index: QModelIndex | QPersistentModelIndex) -> tuple[row.Tone, str] | None:
    model = index.model()
    return TONES[model.line(index.row()).outcome] if isinstance(model, HistoryModel) else None


class HistoryTable(LinesTable):
    """What ended, the name as wide as there is room."""

    def __init__(self, theme: Theme, model: HistoryModel, parent: QWidget | None = None) -> None:
        super().__init__(theme, tr("History"), parent)
        cells = LineCells(theme, _look, self, marked=Column.RESULT, name=Column.NAME)
        self.setItemDelegate(cells)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        self.setModel(model)
        header = self.horizontalHeader()
        header.setSectionResizeMode(QHeaderView.ResizeMode.Interactive)
        header.setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Stretch)
        for at, width in _WIDTHS.items():
            self.setColumnWidth(at, width)
        header.setSortIndicator(Column.ENDED, Qt.SortOrder.DescendingOrder)
        self.setSortingEnabled(True)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        room = self.viewport().width() - _LEAST_NAME
        room -= sum(_WIDTHS[at] for at in _WIDTHS if at not in _DISPENSABLE)
        for at in reversed(_DISPENSABLE):
            room -= _WIDTHS[at]
            self.setColumnHidden(at, room < 0)


class HistoryView(QWidget):
    """Shows `uploader.history` once it is made visible."""

    sent_again = Signal()
    """Files of it are in the list of uploads now."""

    def __init__(
        self,
        theme: Theme,
        uploader: Uploader,
        saving: Saving,
        *,
        open_url: Callable[[QUrl], object] = QDesktopServices.openUrl,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._uploader = uploader
        self._saving = saving
        self._open_url = open_url
        self._model = uploader.history
        self._past: Past | None = None
        self._wanted = 0
        self.filters = HistoryFilters(theme, self._model, self)
        self._across = QSplitter(Qt.Orientation.Horizontal, self)
        self._across.setHandleWidth(1)
        self._across.setChildrenCollapsible(False)
        self.table = HistoryTable(theme, self._model, self._across)
        self._details: DetailsPane | None = None
        self.notices = NoticeBar(theme, self)
        self.again = self._button(tr("Send again"), "upload")
        self.receipt = self._button(tr("Receipt…"), "file")
        self.export = self._button(tr("Export…"), "download")
        self._place()
        self._join()
        self._picked()

    def _button(self, words: str, icon: str) -> QPushButton:
        button = QPushButton(words)
        self._theme.dress(button, icon)
        return button

    def _place(self) -> None:
        foot = QFrame(self)
        self._theme.look(foot, "bar")
        row = QHBoxLayout(foot)
        row.setContentsMargins(3 * HALF, GRID, 2 * GRID, GRID)
        row.setSpacing(GRID)
        row.addWidget(self.again)
        row.addWidget(self.receipt)
        row.addStretch()
        row.addWidget(self.filters.count)
        row.addSpacing(GRID)
        row.addWidget(self.export)
        layout = column(self)
        layout.addWidget(self.filters)
        layout.addWidget(hairline(self._theme))
        layout.addWidget(self._across, 1)
        layout.addWidget(self.notices)
        layout.addWidget(hairline(self._theme))
        layout.addWidget(foot)

    def _join(self) -> None:
        self._model.changed.connect(self._read)
        self._model.modelReset.connect(self._picked)
        selection = self.table.selectionModel()
        selection.selectionChanged.connect(self._picked)
        self.table.customContextMenuRequested.connect(self._menu)
        self.again.clicked.connect(self._send_again)
        self.receipt.clicked.connect(self._receipt)
        self.export.clicked.connect(lambda: self._start(self._saving.history()))

    @property
    def details(self) -> DetailsPane:
        """Of the one line that is picked; made for the first."""
        if self._details is None:
            pane = self._details = DetailsPane(self._theme, self._across)
            pane.setMinimumWidth(38 * GRID)
            pane.hide()
            self._across.setStretchFactor(0, 1)
            self._across.setStretchFactor(1, 0)
            self._across.setSizes([10 * _SIDE, _SIDE])
            pane.closed.connect(self.table.clearSelection)
            pane.acted.connect(self._advised)
            pane.failures.list_wanted.connect(self._save_list)
            pane.failures.records_wanted.connect(self._save_records)
        return self._details

    def ids(self) -> list[int]:
        """The ids of the selected lines, from top to bottom."""
        return [self._model.line(at).id for at in self.table.selected_rows()]

    def pick(self, at: int) -> None:
        """Select one line and bring it into view."""
        flags = QItemSelectionModel.SelectionFlag
        index = self._model.index(at, 0)
        self.table.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)

    def opened(self) -> None:
        """It comes into view."""
        self._model.show()
        self.table.setFocus()
        # After the list is there, and before a line of it is picked.
        QTimer.singleShot(SETTLE_MS, self, lambda: self.details)

    def left(self) -> None:
        """Another view takes its place."""
        self._model.hide()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.filters.narrowed:
            self.filters.clear()
            return
        super().keyPressEvent(event)

    # --- inside

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        self._uploader.tasks.start(work)

    def _read(self) -> None:
        self.table.say_when_empty(
            tr("Nothing in the history fits")
            if self.filters.narrowed
            else tr("What you send is listed here once it has ended")
        )
        self.export.setEnabled(self._model.count > 0)

    def _picked(self) -> None:
        ids = self.ids()
        self.again.setEnabled(bool(ids))
        self.receipt.setEnabled(bool(ids))
        self._wanted += 1
        if len(ids) == 1:
            self._start(self._show(ids[0], self._wanted))
        else:
            self._past = None
            if self._details is not None:
                self._details.hide()

    async def _show(self, id: int, wanted: int) -> None:
        found = await self._model.past([id])
        if wanted != self._wanted or not found:
            return
        past = self._past = found[0]
        state = row.state(past.upload, now=time.time(), family=self._uploader.past.family(past))
        self.details.show()
        self.details.show_details(self._uploader.past.details(past), state)

    def _menu(self, at: QPoint) -> None:
        ids = self.ids()
        if not ids:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addAction(self._theme.icon("upload"), tr("Send again"), self._send_again)
        menu.addAction(self._theme.icon("file"), tr("Receipt…"), self._receipt)
        past = self._past
        if past is not None:
            menu.addAction(
                tr("Receipt of all that was sent together…"),
                lambda: self._start(self._batch_receipt(ids[0])),
            )
            menu.addSeparator()
            failures = past.upload.result is not None and bool(past.upload.result.failures)
            save = menu.addAction(tr("Save the list of failed records…"), self._save_list)
            save.setEnabled(failures)
            cut = menu.addAction(tr("Save the failed records as a new file…"), self._save_records)
            cut.setEnabled(can_cut(past.upload, self._uploader.past.family(past)))
            menu.addSeparator()
            menu.addAction(self._theme.icon("folder"), tr("Show in folder"), self._show_in_folder)
        menu.popup(self.table.viewport().mapToGlobal(at))

    def _send_again(self) -> None:
        async def again(ids: list[int]) -> None:
            if await self._uploader.past.send_again(await self._model.past(ids)):
                self.sent_again.emit()

        self._start(again(self.ids()))

    def _receipt(self) -> None:
        async def receipt(ids: list[int]) -> None:
            await self._saving.receipt(await self._model.past(ids))

        self._start(receipt(self.ids()))

    async def _batch_receipt(self, id: int) -> None:
        await self._saving.receipt(await self._model.batch_of(id))

    def _save_list(self) -> None:
        if self._past is not None:
            self._start(self._saving.failures(self._past))

    def _save_records(self) -> None:
        if self._past is not None:
            self._start(self._saving.failed_records(self._past))

    def _show_in_folder(self) -> None:
        if self._past is not None:
            folder = Path(self._past.upload.source.path).parent
            self._open_url(QUrl.fromLocalFile(str(folder)))

    def _advised(self, action: Action) -> None:
        details = self.details.details
        if action is Action.OPEN_ON_SERVER and details is not None:
            url = QUrl(details.link)
            if url.scheme() in ("http", "https"):
                self._open_url(url)
        elif action is not Action.NONE:
            self._send_again()
