"""LinesTable: a table of even lines, as the history and the status monitor have one."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from app.viewmodels.row import Tone
from app.views.theme import GRID, Theme, tabular


class LineCells(QStyledItemDelegate):
    """Cells of which one wears the mark of the line's state, and one may be cut in its middle."""

    def __init__(
        self,
        theme: Theme,
        look: Callable[[QModelIndex | QPersistentModelIndex], tuple[Tone, str] | None],
        parent: QWidget,
        *,
        marked: int,
        name: int,
    ) -> None:
        """`look` gives colour and icon of the line's state, for the column `marked`; None for a
        line without one. `name` is the column cut in its middle."""
        super().__init__(parent)
        self._theme = theme
        self._look = look
        self._marked = marked
        self._name = name

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        if index.column() == self._name:
            option.textElideMode = Qt.TextElideMode.ElideMiddle
        elif index.column() == self._marked and (look := self._look(index)) is not None:
            tone, icon = look
            option.features |= QStyleOptionViewItem.ViewItemFeature.HasDecoration
            option.icon = self._theme.icon(icon, self._theme.colors.tone(tone))


class LinesTable(QTableView):
    """Says what stands in the place of lines while there are none."""

    def __init__(self, theme: Theme, name: str, parent: QWidget | None = None) -> None:
        """`name` is what a screen reader calls it."""
        super().__init__(parent)
        self.theme = theme
        self._nothing = ""
        theme.look(self, "lines")
        self.setFont(tabular(self.font()))
        self.setAccessibleName(name)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setDefaultSectionSize(self.fontMetrics().height() + 2 * GRID)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setMinimumSectionSize(6 * GRID)
        theme.changed.connect(self.viewport().update)

    def say_when_empty(self, words: str) -> None:
        if words != self._nothing:
            self._nothing = words
            self.viewport().update()

    def selected_rows(self) -> Sequence[int]:
        """From top to bottom."""
        return sorted(index.row() for index in self.selectionModel().selectedRows())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._nothing and not self.model().rowCount():
            painter = QPainter(self.viewport())
            painter.setPen(QColor(self.theme.colors.muted))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            room = self.viewport().rect().adjusted(4 * GRID, 0, -4 * GRID, 0)
            painter.drawText(room, flags, self._nothing)
            painter.end()
