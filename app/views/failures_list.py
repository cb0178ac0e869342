"""The records of an upload that failed: number, title, message; searched and copied."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    Signal,
)
from PySide6.QtGui import (
    QColor,
    QFont,
    QFontMetrics,
    QGuiApplication,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QListView,
    QMenu,
    QPushButton,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from app.core.jobs import Failure
from app.viewmodels.details import failures_text
from app.viewmodels.row import Tone
from app.viewmodels.words import counted, number, tr
from app.views.theme import GRID, HALF, Theme, tabular

SEARCH_FROM = 8
"""A shorter list is read, not searched."""
ROWS_SHOWN = 8
HIGHEST = 44 * GRID
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_FAILURE = Qt.ItemDataRole.UserRole + 1


def _headline(failure: Failure) -> str:
    if failure.record is not None:
        told = tr("Record {n}", n=number(failure.record)), failure.title or failure.identifier
    else:
        told = failure.identifier, failure.title
    return "  ·  ".join(piece for piece in told if piece) or tr("A record")


class _Failures(QAbstractListModel):
    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._all: tuple[Failure, ...] = ()
        self.shown: tuple[Failure, ...] = ()

    def fill(self, failures: tuple[Failure, ...]) -> None:
        self._all = failures
        self.narrow("")

    def narrow(self, text: str) -> None:
        words = text.casefold().split()
        self.beginResetModel()
        self.shown = tuple(one for one in self._all if all(word in _held(one) for word in words))
        self.endResetModel()

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self.shown)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        failure = self.shown[index.row()]
        if role == _FAILURE:
            return failure
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{_headline(failure)}: {tr(failure.text)}"
        if role == Qt.ItemDataRole.ToolTipRole and failure.details:
            return failure.details
        return None


def _held(failure: Failure) -> str:
    return f"{failure.record} {failure.title} {failure.identifier} {tr(failure.text)}".casefold()


class _FailureDelegate(QStyledItemDelegate):
    """A headline, and the whole message below it."""

    def __init__(self, theme: Theme, view: QListView) -> None:
        super().__init__(view)
        self._theme = theme
        self._view = view

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        failure = index.data(_FAILURE)
        width = self._view.viewport().width() - 3 * GRID
        metrics = QFontMetrics(option.font)
        text = metrics.boundingRect(
            QRect(0, 0, max(width, 1), 10_000), Qt.TextFlag.TextWordWrap, tr(failure.text)
        )
        return QSize(0, metrics.height() + text.height() + 2 * GRID)

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        failure = index.data(_FAILURE)
        c = self._theme.colors
        painter.save()
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, QColor(c.selected))
        painter.fillRect(
            QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1),
            QColor(c.border),
        )
        rect = option.rect.adjusted(3 * HALF, GRID - 1, -3 * HALF, -GRID)
        font = tabular(option.font)
        font.setWeight(QFont.Weight.Medium)
        metrics = QFontMetrics(font)
        painter.setFont(font)
        painter.setPen(QColor(c.text))
        head = metrics.elidedText(_headline(failure), Qt.TextElideMode.ElideRight, rect.width())
        painter.drawText(rect, Qt.AlignmentFlag.AlignTop, head)
        painter.setFont(option.font)
        painter.setPen(QColor(c.muted))
        below = rect.adjusted(0, metrics.height(), 0, HALF)
        painter.drawText(below, Qt.TextFlag.TextWordWrap, tr(failure.text))
        painter.restore()


class FailuresList(QWidget):
    """Hidden while there are no failures."""

    list_wanted = Signal()
    """Save the list."""
    records_wanted = Signal()
    """Save the records themselves."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._failures: tuple[Failure, ...] = ()
        self._model = _Failures(self)
        self._title = QLabel()
        font = self._title.font()
        font.setBold(True)
        self._title.setFont(font)
        self._copy = QPushButton(tr("Copy"))
        self._copy.setAccessibleName(tr("Copy the failed records as a table"))
        self._copy.setToolTip(self._copy.accessibleName())
        theme.look(self._copy, "link")
        theme.dress(self._copy, "copy", Tone.ACTIVE)
        self._copy.clicked.connect(self._copied)
        self._save = QPushButton(tr("Save"))
        self._save.setAccessibleName(tr("Save the failed records"))
        self._save.setToolTip(self._save.accessibleName())
        theme.look(self._save, "link")
        theme.dress(self._save, "download", Tone.ACTIVE)
        menu = QMenu(self._save)
        menu.addAction(tr("The list as a table…"), self.list_wanted.emit)
        self._records = menu.addAction(
            tr("The failed records as a new file…"), self.records_wanted.emit
        )
        self._save.setMenu(menu)
        self._search = QLineEdit()
        self._search.setPlaceholderText(tr("Search the failed records"))
        self._search.setAccessibleName(self._search.placeholderText())
        self._search.setClearButtonEnabled(True)
        self._search.setAcceptDrops(False)
        self._search.textChanged.connect(self._model.narrow)
        self._list = QListView()
        self._list.setModel(self._model)
        self._list.setItemDelegate(_FailureDelegate(theme, self._list))
        self._list.setAccessibleName(tr("Failed records"))
        self._list.setVerticalScrollMode(QListView.ScrollMode.ScrollPerPixel)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setResizeMode(QListView.ResizeMode.Adjust)
        self._list.setFrameShape(QListView.Shape.NoFrame)
        self._title.setBuddy(self._list)
        theme.changed.connect(self._list.viewport().update)
        head = QHBoxLayout()
        head.addWidget(self._title, 1)
        head.addWidget(self._copy)
        head.addWidget(self._save)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(HALF)
        layout.addLayout(head)
        layout.addWidget(self._search)
        layout.addWidget(self._list)

    def show_failures(
        self, failures: tuple[Failure, ...], failed: int, *, cuts: bool = False
    ) -> None:
        """List them; `failed` counts those not listed, too. `cuts`: the records can be saved."""
        self._records.setEnabled(cuts)
        self.setVisible(bool(failures))
        self._title.setText(
            counted(failed or len(failures), "{n} failed record", "{n} failed records")
        )
        if failures == self._failures:
            return
        self._failures = failures
        self._search.clear()
        self._search.setVisible(len(failures) >= SEARCH_FROM)
        self._model.fill(failures)
        self._fit()

    def offer_saving(self, on: bool) -> None:
        """Whether the list, or the records, can be saved at all."""
        self._save.setVisible(on)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """As high as its first rows, so that a few long messages can be read without scrolling."""
        rows = min(len(self._failures), ROWS_SHOWN)
        wanted = sum(self._list.sizeHintForRow(row) for row in range(rows)) + 2
        self._list.setFixedHeight(min(wanted, HIGHEST))

    def focus(self) -> None:
        self._list.setFocus(Qt.FocusReason.OtherFocusReason)

    def _copied(self) -> None:
        QGuiApplication.clipboard().setText(failures_text(self._model.shown))
