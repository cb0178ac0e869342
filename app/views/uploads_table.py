"""The list of uploads: one painted column, its buttons, keys and selection."""

from __future__ import annotations

import time
from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelection,
    QItemSelectionModel,
    QModelIndex,
    QPoint,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFocusEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView, QWidget

from app.viewmodels.listed import runs
from app.viewmodels.row import RowAction, RowState
from app.viewmodels.uploads import Role
from app.viewmodels.words import tr
from app.views.row_delegate import RowButton, RowDelegate
from app.views.theme import Theme

FRAME_MS = 40


class UploadsTable(QTableView):
    """Emits what a person wants of rows, by their ids; it changes nothing itself."""

    act = Signal(list, RowAction)
    """(ids, action): a button, the main action of a double-click or Return."""
    menu_wanted = Signal(QPoint)
    """The context menu of the selection, at a global position."""
    picked = Signal()
    """The current row or the selection is another one."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._delegate = RowDelegate(theme, self)
        self._pressed: RowButton | None = None
        self._nothing = ""
        self.setItemDelegate(self._delegate)
        self.setAccessibleName(tr("Uploads"))
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTabKeyNavigation(False)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setMouseTracking(True)
        self.horizontalHeader().hide()
        self.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        self.verticalHeader().setMinimumSectionSize(1)
        self._fit_rows()
        self._frames = QTimer(self)
        self._frames.setInterval(FRAME_MS)
        self._frames.timeout.connect(self._frame)
        self.verticalScrollBar().valueChanged.connect(self._wake)
        theme.changed.connect(self._repaint)

    def setModel(self, model: QAbstractItemModel | None) -> None:
        super().setModel(model)
        assert model is not None
        for column in range(1, model.columnCount()):
            self.hideColumn(column)
        model.dataChanged.connect(self._wake)
        model.rowsInserted.connect(self._wake)
        model.modelReset.connect(self._wake)
        model.layoutChanged.connect(self._wake)
        self.selectionModel().selectionChanged.connect(self._picked)
        self.selectionModel().currentRowChanged.connect(self._picked)
        self._wake()

    def say_when_empty(self, words: str) -> None:
        """What stands in the place of rows while there are none."""
        if words != self._nothing:
            self._nothing = words
            self._repaint()

    def _repaint(self) -> None:
        # Qt's own part is asked for late: to say what it is, every class of widget is loaded.
        self.viewport().update()

    def set_compact(self, on: bool) -> None:
        """Rows of one line, or of two."""
        if on is not self._delegate.compact:
            self._delegate.compact = on
            self._fit_rows()
            self.viewport().update()

    def ids(self) -> list[str]:
        """The selected rows' ids, from top to bottom."""
        rows = sorted(self.selectionModel().selectedRows(), key=QModelIndex.row)
        return [str(index.data(Role.ID)) for index in rows]

    def current_id(self) -> str:
        """The id of the row whose details are shown; empty if there is none."""
        index = self.currentIndex()
        shown = index.isValid() and self.selectionModel().isSelected(index)
        return str(index.data(Role.ID)) if shown else ""

    def pick(self, row: int) -> None:
        """Select one row and bring it into view."""
        index = self.model().index(row, 0)
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.scrollTo(index)

    def pick_all(self, rows: Sequence[int]) -> None:
        """Select these rows; the first comes into view and is the current one."""
        if not rows:
            return
        self.pick(rows[0])
        flags = QItemSelectionModel.SelectionFlag
        chosen = QItemSelection()
        for first, last in runs(sorted(rows), gap=0):
            chosen.select(self.model().index(first, 0), self.model().index(last, 0))
        self.selectionModel().select(chosen, flags.Select | flags.Rows)

    def unpick(self) -> None:
        """Select nothing."""
        self.selectionModel().clear()
        self.picked.emit()

    def _state(self, index: QModelIndex) -> RowState | None:
        state = index.data(Role.STATE)
        return state if isinstance(state, RowState) else None

    def _picked(self) -> None:
        self.picked.emit()

    def _fit_rows(self) -> None:
        height = self._delegate.height(self.font())
        if self.verticalHeader().defaultSectionSize() != height:
            self.verticalHeader().setDefaultSectionSize(height)

    def doItemsLayout(self) -> None:
        # Qt asks for it after a change of the font, too.
        self._fit_rows()
        super().doItemsLayout()

    # --- motion, only while something in sight moves

    def _wake(self) -> None:
        if not self._frames.isActive() and self._theme.moves and self.isVisible():
            self._frames.start()

    def _frame(self) -> None:
        self._delegate.clock = time.monotonic()
        moving = False
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        if first >= 0:
            count = self.model().rowCount()
            for row in range(first, (last if last >= 0 else count - 1) + 1):
                index = self.model().index(row, 0)
                state = self._state(index)
                if state and (state.icon == "spinner" or (state.work or 0) < 0):
                    moving = True
                    self.viewport().update(self.visualRect(index))
        if not moving or not self.isVisible():
            self._frames.stop()

    # --- buttons in rows

    def _button_at(self, point: QPoint) -> tuple[QModelIndex, RowButton | None]:
        index = self.indexAt(point)
        state = self._state(index) if index.isValid() else None
        if state is None:
            return index, None
        rect = self.visualRect(index)
        for button in self._delegate.buttons(rect, self.font(), state, hovered=True):
            if button.rect.contains(point):
                return index, button
        return index, None

    def _hover(self, point: QPoint | None) -> None:
        row, hot, menu = -1, None, False
        if point is not None:
            index, button = self._button_at(point)
            row = index.row()
            hot, menu = (button.action, button.action is None) if button else (None, False)
        delegate = self._delegate
        if (row, hot, menu) == (delegate.hovered, delegate.hot, delegate.hot_menu):
            return
        for changed in {delegate.hovered, row}:
            if changed >= 0:
                self.viewport().update(self.visualRect(self.model().index(changed, 0)))
        delegate.hovered, delegate.hot, delegate.hot_menu = row, hot, menu

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        self._hover(event.position().toPoint())
        if self._pressed is None:
            super().mouseMoveEvent(event)

    def leaveEvent(self, event: QEvent) -> None:
        self._hover(None)
        super().leaveEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self._delegate.show_focus = False
        index, button = self._button_at(event.position().toPoint())
        if event.button() is Qt.MouseButton.LeftButton and button is not None:
            self._pressed = button
            if not self.selectionModel().isRowSelected(index.row()):
                self.pick(index.row())
            return
        super().mousePressEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        pressed, self._pressed = self._pressed, None
        if pressed is None:
            super().mouseReleaseEvent(event)
            return
        index, button = self._button_at(event.position().toPoint())
        if button is None or button.action is not pressed.action:
            return
        if button.action is None:
            below = button.rect.bottomLeft() + QPoint(0, 4)
            self.menu_wanted.emit(self.viewport().mapToGlobal(below))
        else:
            self.act.emit([str(index.data(Role.ID))], button.action)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index, button = self._button_at(event.position().toPoint())
        if button is not None:
            self.mousePressEvent(event)
        elif index.isValid():
            self._main(index)

    def do_main(self) -> None:
        """The main action of the current row."""
        self._main(self.currentIndex())

    def _main(self, index: QModelIndex) -> None:
        state = self._state(index)
        if state and state.main:
            self.act.emit([str(index.data(Role.ID))], state.main)

    # --- keys, focus, menu

    def keyPressEvent(self, event: QKeyEvent) -> None:
        self._delegate.show_focus = True
        super().keyPressEvent(event)
        self.viewport().update()

    def focusInEvent(self, event: QFocusEvent) -> None:
        if event.reason() in (Qt.FocusReason.TabFocusReason, Qt.FocusReason.BacktabFocusReason):
            self._delegate.show_focus = True
            if not self.currentIndex().isValid() and self.model().rowCount():
                self.pick(0)
        super().focusInEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
            if index.isValid():
                at = self.visualRect(index).center()
                self.menu_wanted.emit(self.viewport().mapToGlobal(at))
        elif self.indexAt(event.pos()).isValid():
            self.menu_wanted.emit(event.globalPos())

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        if self._nothing and self.model() is not None and not self.model().rowCount():
            painter = QPainter(self.viewport())
            painter.setPen(QColor(self._theme.colors.muted))
            painter.drawText(self.viewport().rect(), Qt.AlignmentFlag.AlignCenter, self._nothing)
            painter.end()
