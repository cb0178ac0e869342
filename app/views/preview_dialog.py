"""What is in a file, page by page, with what was found in it marked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontDatabase
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QPushButton,
    QSpinBox,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QVBoxLayout,
    QWidget,
)

from app.core.previews import Preview, Table
from app.core.problems import Problem
from app.viewmodels import words
from app.viewmodels.details import Details
from app.viewmodels.preview import HEADING, MARKED, PreviewModel
from app.viewmodels.words import counted, tr
from app.views.labels import caption, paragraph
from app.views.theme import GRID, Theme, heading_font

RECORDS = 1
ROWS = 100
WIDTH = 100 * GRID
HEIGHT = 72 * GRID
WIDEST = 40 * GRID
"""A column of a table is at most as wide when the page is opened."""

Fetch = Callable[[int, int], Awaitable[Preview]]
"""(first, count) to a page. Raises Problem."""
Start = Callable[[Coroutine[Any, Any, Any]], object]


class _Delegate(QStyledItemDelegate):
    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent)
        self._theme = theme
        self._plain = QFont(parent.font())

    def initStyleOption(
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        super().initStyleOption(option, index)
        if index.data(HEADING):
            option.font = QFont(self._plain)
            option.font.setBold(True)
        if index.data(MARKED):
            option.backgroundBrush = QBrush(QColor(self._theme.colors.amber_soft))


class PreviewDialog(QDialog):
    """Opens at a record or row, counted from 1, and turns the pages."""

    def __init__(
        self,
        theme: Theme,
        details: Details,
        fetch: Fetch,
        start: Start,
        parent: QWidget,
        *,
        first: int = 1,
        total: int = 0,
    ) -> None:
        super().__init__(parent)
        self._fetch, self._start = fetch, start
        self._count = RECORDS
        self._over = False
        title = tr("Contents of “{name}”", name=details.name)
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        heading = QLabel(details.name)
        heading.setFont(heading_font(heading.font(), 1.2))
        heading.setTextFormat(Qt.TextFormat.PlainText)
        self._found = paragraph()
        theme.look(self._found, "muted")
        self._found.setText(_found_text(details))
        self._found.setVisible(bool(details.findings))
        self.model = PreviewModel(details.findings, self)
        self.table = QTableView()
        self.table.setModel(self.model)
        self.table.setItemDelegate(_Delegate(theme, self.table))
        self.table.setAccessibleName(title)
        self.table.setShowGrid(False)
        self.table.setWordWrap(True)
        self.table.setTabKeyNavigation(False)
        self.table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self._problem = paragraph()
        theme.look(self._problem, "wrong")
        self._problem.hide()
        self.earlier = QPushButton(tr("Earlier"))
        self.later = QPushButton(tr("Later"))
        self.place = QSpinBox()
        self.place.setRange(1, max(total, 1) if total else 2_000_000_000)
        self.place.setAccessibleName(tr("Record or row"))
        self.place.setKeyboardTracking(False)
        self.place.setValue(max(first, 1))
        self._of = caption(theme, counted(total, "of {n}", "of {n}") if total else "")
        close = QPushButton(tr("Close"))
        theme.look(close, "primary")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        self.earlier.clicked.connect(lambda: self._turn(-1))
        self.later.clicked.connect(lambda: self._turn(1))
        self.place.valueChanged.connect(lambda _: self._load())
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        for widget in (self.earlier, self.place, self._of, self.later):
            foot.addWidget(widget)
        foot.addStretch()
        foot.addWidget(close)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addWidget(heading)
        layout.addWidget(self._found)
        layout.addWidget(self._problem)
        layout.addWidget(self.table, 1)
        layout.addLayout(foot)
        self.resize(WIDTH, HEIGHT)
        self._paging(False)
        self._load()

    @property
    def said(self) -> str:
        """Why nothing can be shown; empty when all is well."""
        return self._problem.text() if self._problem.isVisibleTo(self) else ""

    def _turn(self, pages: int) -> None:
        self.place.setValue(self.place.value() + pages * self._count)

    def _load(self) -> None:
        self._start(self._page(self.place.value()))

    def done(self, result: int) -> None:
        # A page may still be on its way.
        self._over = True
        super().done(result)

    async def _page(self, first: int) -> None:
        try:
            preview = await self._fetch(first, self._count)
            if isinstance(preview, Table) and self._count != ROWS:
                # Rows are short: a page of them, beginning where a page would.
                self._count = ROWS
                self.place.setSingleStep(ROWS)
                preview = await self._fetch(first, ROWS)
        except Problem as problem:
            if self._over:
                return
            self._problem.setText(f"{words.title(problem)}. {words.meaning(problem)}")
            self._problem.show()
            return
        if not self._over and first == self.place.value():
            self._problem.hide()
            self._show(preview, first)

    def _show(self, preview: Preview, first: int) -> None:
        self.model.show(preview)
        header = self.table.horizontalHeader()
        header.setVisible(self.model.has_header)
        self.table.verticalHeader().setVisible(self.model.has_numbers)
        font = self.font()
        if not isinstance(preview, Table) and self.model.has_header:
            font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
            font.setPointSizeF(self.font().pointSizeF())
            font.setStyleHint(QFont.StyleHint.Monospace)
        self.table.setFont(font)
        self.table.setWordWrap(not isinstance(preview, Table))
        self.table.clearSpans()
        for row in self.model.headings():
            self.table.setSpan(row, 0, 1, self.model.columnCount())
        self.table.resizeColumnsToContents()
        for column in range(self.model.columnCount() - 1):
            wanted = self.table.columnWidth(column) + 2 * GRID
            self.table.setColumnWidth(column, min(wanted, WIDEST))
        header.setStretchLastSection(False)
        header.setStretchLastSection(True)
        self._paging(first > 1 or self.model.more)
        self.earlier.setEnabled(first > 1)
        self.later.setEnabled(self.model.more)
        marked = self.model.first_marked()
        if marked >= 0:
            index = self.model.index(marked, 0)
            self.table.scrollTo(index, QAbstractItemView.ScrollHint.PositionAtCenter)

    def _paging(self, wanted: bool) -> None:
        for widget in (self.earlier, self.place, self._of, self.later):
            widget.setVisible(wanted)


def _found_text(details: Details) -> str:
    return "\n".join(words.finding(one) for one in details.findings[:4])
