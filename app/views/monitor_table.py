"""The table of the status monitor: rows with their state's mark, headings across all columns."""

from __future__ import annotations

from PySide6.QtCore import (
    QItemSelectionModel,
    QModelIndex,
    QPersistentModelIndex,
    QPoint,
    QRect,
    QRectF,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QContextMenuEvent,
    QFont,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QStyleOptionViewItem,
    QWidget,
)

from app.viewmodels.monitor_model import MonitorModel, MonitorRole
from app.viewmodels.monitor_row import Column, MonitorRow
from app.viewmodels.monitor_words import LOOKS
from app.viewmodels.row import Tone
from app.viewmodels.words import tr
from app.views.lines_table import LineCells, LinesTable
from app.views.theme import GRID, HALF, Theme

WIDTHS = {
    Column.NAME: 25 * GRID,
    Column.STATE: 26 * GRID,
    Column.RECORDS: 14 * GRID,
    Column.FAILED: 7 * GRID,
    Column.WHO: 15 * GRID,
    Column.SERVER: 17 * GRID,
    Column.STARTED: 15 * GRID,
    Column.ENDED: 15 * GRID,
    Column.TOOK: 13 * GRID,
    Column.USUAL: 13 * GRID,
    Column.NUMBER: 9 * GRID,
    Column.MINE: 10 * GRID,
    Column.WORD: 24 * GRID,
}
HIDDEN_AT_FIRST = (Column.ENDED, Column.WORD)
_BAR = 3
_SIGN = 16


def _look(index: QModelIndex | QPersistentModelIndex) -> tuple[Tone, str] | None:
    row = index.data(MonitorRole.ROW)
    return LOOKS[row.code] if isinstance(row, MonitorRow) else None


class _Cells(LineCells):
    """The records of what is at work wear a slim bar."""

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        if index.data(MonitorRole.ROW) is None:
            # A heading is drawn by the table, across all columns.
            option.text = ""

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        super().paint(painter, option, index)
        row = index.data(MonitorRole.ROW) if index.column() == Column.RECORDS else None
        if isinstance(row, MonitorRow) and not row.ended and row.job.total:
            part = min(1.0, max(0.0, (row.job.done or 0) / row.job.total))
            c, rect = self._theme.colors, option.rect
            room = rect.width() - 2 * GRID
            whole = QRectF(rect.left() + GRID, rect.bottom() - _BAR - 2, room, _BAR)
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(c.track))
            painter.drawRoundedRect(whole, 1.5, 1.5)
            painter.setBrush(QColor(c.fill))
            whole.setWidth(whole.width() * part)
            painter.drawRoundedRect(whole, 1.5, 1.5)
            painter.restore()


class MonitorTable(LinesTable):
    """Shows a MonitorModel; what stands at the top stays there while rows come and go above it."""

    main_wanted = Signal()
    """Double-click or Return on a job."""
    menu_wanted = Signal(QPoint)
    """The menu of the current job, at a global position."""
    picked = Signal()

    def __init__(self, theme: Theme, model: MonitorModel, parent: QWidget | None = None) -> None:
        super().__init__(theme, tr("Jobs of the servers"), parent)
        self._rows = model
        self._anchor = QPersistentModelIndex()
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(0)
        self._settling.timeout.connect(self._settle)
        cells = _Cells(theme, _look, self, marked=Column.STATE, name=Column.NAME)
        self.setItemDelegate(cells)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setModel(model)
        header = self.horizontalHeader()
        header.setSectionsMovable(True)
        header.setAccessibleName(tr("Columns"))
        for column, width in WIDTHS.items():
            self.setColumnWidth(column, width)
        for column in HIDDEN_AT_FIRST:
            self.setColumnHidden(column, True)
        header.setSortIndicator(Column.STARTED, Qt.SortOrder.DescendingOrder)
        self.setSortingEnabled(True)
        for about in (
            model.rowsAboutToBeInserted,
            model.rowsAboutToBeRemoved,
            model.layoutAboutToBeChanged,
        ):
            about.connect(self._hold)
        self.selectionModel().selectionChanged.connect(lambda *_: self.picked.emit())
        self.selectionModel().currentRowChanged.connect(lambda *_: self.picked.emit())

    # --- what is picked

    def jobs(self) -> list[MonitorRow]:
        """The selected jobs, from top to bottom."""
        return [found for row in self.selected_rows() if (found := self._rows.row(row)) is not None]

    def current(self) -> MonitorRow | None:
        """The job the keys speak of; None on a heading, or when nothing is picked."""
        index = self.currentIndex()
        picked = index.isValid() and self.selectionModel().isRowSelected(index.row())
        return self._rows.row(index.row()) if picked else None

    def pick(self, at: int) -> None:
        """Select one row and bring it into view."""
        index = self._rows.index(at, 0)
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.scrollTo(index)

    def look_anew(self) -> None:
        """Other rows were asked for: what is picked comes into view, or the first row."""
        self._anchor = QPersistentModelIndex()
        if self.current() is not None:
            self.scrollTo(self.currentIndex())
        else:
            self.scrollToTop()

    def _hold(self, *_: object) -> None:
        if not self._settling.isActive() and self.verticalScrollBar().value() > 0:
            self._anchor = QPersistentModelIndex(self.indexAt(QPoint(1, 1)))
            self._offset = self.rowViewportPosition(self._anchor.row())
            self._settling.start()

    def _settle(self) -> None:
        if self._anchor.isValid():
            moved = self.rowViewportPosition(self._anchor.row()) - self._offset
            bar = self.verticalScrollBar()
            bar.setValue(bar.value() + moved)
        self._anchor = QPersistentModelIndex()

    _offset = 0

    # --- headings

    def _open(self, index: QModelIndex | QPersistentModelIndex) -> bool | None:
        """Of a heading, whether its rows are shown."""
        open = index.data(MonitorRole.OPEN)
        return open if isinstance(open, bool) else None

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        count = self._rows.rowCount()
        first, last = self.rowAt(0), self.rowAt(self.viewport().height() - 1)
        for row in range(max(first, 0), (last if last >= 0 else count - 1) + 1 if count else 0):
            index = self._rows.index(row, 0)
            if (open := self._open(index)) is not None:
                self._paint_heading(painter, index, open)
        painter.end()

    def _paint_heading(self, painter: QPainter, index: QModelIndex, open: bool) -> None:
        c, row = self.theme.colors, index.row()
        area = QRect(0, self.rowViewportPosition(row), self.viewport().width(), self.rowHeight(row))
        selected = self.selectionModel().isRowSelected(row)
        painter.fillRect(area, QColor(c.accent_soft if selected else c.window))
        painter.fillRect(QRect(0, area.bottom(), area.width(), 1), QColor(c.border))
        sign = self.theme.pixmap(
            "chevron-down" if open else "chevron-right", c.muted, _SIGN, self.devicePixelRatioF()
        )
        painter.drawPixmap(GRID, area.top() + (area.height() - _SIGN) // 2, sign)
        font = QFont(self.font())
        font.setWeight(QFont.Weight.DemiBold)
        painter.setFont(font)
        painter.setPen(QColor(c.text))
        text = area.adjusted(GRID + _SIGN + HALF, 0, -GRID, 0)
        words = QFontMetrics(font).elidedText(
            str(index.data()), Qt.TextElideMode.ElideRight, text.width()
        )
        painter.drawText(text, Qt.AlignmentFlag.AlignVCenter, words)
        if row == self.currentIndex().row() and self.hasFocus():
            painter.setPen(QColor(c.accent))
            painter.drawRect(area.adjusted(0, 0, -1, -1))

    # --- keys and mouse

    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        open = self._open(index.siblingAtColumn(0)) if index.isValid() else None
        key = event.key()
        if open is not None and key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            self._rows.toggle(index.row(), key == Qt.Key.Key_Right)
        elif open is not None and key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self._rows.toggle(index.row())
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.main_wanted.emit()
        else:
            super().keyPressEvent(event)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        index = self.indexAt(event.position().toPoint())
        left = event.button() is Qt.MouseButton.LeftButton
        on_sign = event.position().x() < GRID + _SIGN + HALF
        if left and on_sign and self._open(index.siblingAtColumn(0)) is not None:
            self._rows.toggle(index.row())

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        index = self.indexAt(event.position().toPoint())
        if not index.isValid():
            return
        if self._open(index.siblingAtColumn(0)) is not None:
            self._rows.toggle(index.row())
        else:
            self.main_wanted.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if event.reason() is QContextMenuEvent.Reason.Keyboard:
            index = self.currentIndex()
            if index.isValid():
                at = self.visualRect(index.siblingAtColumn(0)).center()
                self.menu_wanted.emit(self.viewport().mapToGlobal(at))
        elif self.indexAt(event.pos()).isValid():
            self.menu_wanted.emit(event.globalPos())
