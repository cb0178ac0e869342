"""A field to choose from few or thousands: type to search, arrows and Return to pick."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import (
    QAbstractListModel,
    QEvent,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    QRect,
    QSize,
    Qt,
    QTimer,
    Signal,
)
from PySide6.QtGui import (
    QAction,
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
)
from PySide6.QtWidgets import (
    QCompleter,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from app.core.forms import Choice
from app.viewmodels.words import counted, tr
from app.views.theme import GRID, HALF, Theme

SEARCH_DELAY_MS = 250
ROWS_SHOWN = 8
Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_CHOICE = Qt.ItemDataRole.UserRole + 1


class _Choices(QAbstractListModel):
    """The choices that hold every word typed; a line of words when there are none."""

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._all: tuple[tuple[Choice, str], ...] = ()
        self._shown: list[Choice] = []
        self._note = ""
        self._text = ""

    def fill(self, choices: Sequence[Choice], note: str) -> None:
        self._all = tuple((one, f"{one.label} {one.detail}".casefold()) for one in choices)
        self._note = note
        self.narrow(self._text)

    def narrow(self, text: str) -> None:
        self._text = text
        words = text.casefold().split()
        self.beginResetModel()
        self._shown = [one for one, held in self._all if all(word in held for word in words)]
        self.endResetModel()

    @property
    def note(self) -> str:
        return self._note or tr("Nothing matches")

    def row_of(self, value: str) -> int:
        """The row of a value, or -1."""
        return next((at for at, one in enumerate(self._shown) if one.value == value), -1)

    def labelled(self, value: str) -> str:
        return next((one.label for one, _ in self._all if one.value == value), "")

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else max(1, len(self._shown))

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        if not self._shown:
            return self.note if role == Qt.ItemDataRole.DisplayRole else None
        choice = self._shown[index.row()]
        if role == _CHOICE:
            return choice
        if role in (Qt.ItemDataRole.DisplayRole, Qt.ItemDataRole.AccessibleTextRole):
            return f"{choice.label}, {choice.detail}" if choice.detail else choice.label
        return None

    def flags(self, index: Index) -> Qt.ItemFlag:
        return super().flags(index) if self._shown else Qt.ItemFlag.NoItemFlags


class _ChoiceDelegate(QStyledItemDelegate):
    """Label, and a second line in a quieter colour for choices that have one."""

    def __init__(self, theme: Theme, parent: QObject) -> None:
        super().__init__(parent)
        self._theme = theme
        self.two_lines = False

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        line = QFontMetrics(option.font).height()
        return QSize(
            20 * GRID, line * (2 if self.two_lines else 1) + (GRID if self.two_lines else 12)
        )

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        c = self._theme.colors
        choice = index.data(_CHOICE)
        active = bool(option.state & (QStyle.StateFlag.State_Selected))
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        ground = c.selected if active and choice else c.hover if hovered and choice else c.surface
        painter.fillRect(option.rect, QColor(ground))
        rect = option.rect.adjusted(3 * HALF, HALF, -3 * HALF, -HALF)
        metrics = QFontMetrics(option.font)
        painter.setFont(option.font)
        painter.setPen(QColor(c.text if choice else c.muted))
        label = choice.label if isinstance(choice, Choice) else str(index.data() or "")
        middle = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        elided = metrics.elidedText(label, Qt.TextElideMode.ElideRight, rect.width())
        if not (isinstance(choice, Choice) and choice.detail):
            painter.drawText(rect, middle, elided)
        else:
            top = QRect(rect.left(), rect.top(), rect.width(), metrics.height())
            painter.drawText(top, middle, elided)
            painter.setPen(QColor(c.muted))
            painter.drawText(
                top.translated(0, metrics.height()),
                middle,
                metrics.elidedText(choice.detail, Qt.TextElideMode.ElideRight, rect.width()),
            )
        painter.restore()


class ChoiceBox(QLineEdit):
    """Shows the chosen label; opens its list on a click, on typing and on the down arrow.

    With `searches` every pause in typing is told by `searched`, for choices a server finds;
    what is here is narrowed at once either way.
    """

    chosen = Signal(str)
    """The value of the choice taken; empty when the text was emptied and nothing is required."""
    searched = Signal(str)
    opened = Signal()
    """The list opens: a good time to fetch choices."""

    def __init__(
        self,
        theme: Theme,
        parent: QWidget | None = None,
        *,
        searches: bool = False,
        required: bool = False,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._searches = searches
        self._required = required
        self._value = ""
        self._label = ""
        self._model = _Choices(self)
        self._popup = QListView()
        self._popup.setUniformItemSizes(True)
        self._popup.setMouseTracking(True)
        theme.look(self._popup, "popup")
        self._delegate = _ChoiceDelegate(theme, self)
        self._completer = QCompleter(self._model, self)
        self._completer.setCompletionMode(QCompleter.CompletionMode.UnfilteredPopupCompletion)
        self._completer.setMaxVisibleItems(ROWS_SHOWN)
        self._completer.setPopup(self._popup)
        # After setPopup, which puts a delegate of its own.
        self._popup.setItemDelegate(self._delegate)
        self._completer.setWidget(self)
        self._completer.activated[QModelIndex].connect(self._take)  # type: ignore[index]
        self._chevron = QAction(tr("Show the choices"), self)
        theme.dress(self._chevron, "chevron-down")
        self._chevron.triggered.connect(self.open)
        self.addAction(self._chevron, QLineEdit.ActionPosition.TrailingPosition)
        self.setAcceptDrops(False)
        self._pause = QTimer(self)
        self._pause.setSingleShot(True)
        self._pause.setInterval(SEARCH_DELAY_MS)
        self._pause.timeout.connect(self._search)
        self.textEdited.connect(self._typed)
        self._popup.setAccessibleName(tr("Choices"))

    @property
    def value(self) -> str:
        return self._value

    def set_value(self, value: str, label: str = "") -> None:
        """Show this choice; `label` for one that is not (yet) among the choices."""
        self._value = value
        self._label = self._model.labelled(value) or label or value
        if not self.hasFocus() or not self._popup.isVisible():
            self.setText(self._label)
            self.setCursorPosition(0)

    def set_choices(self, choices: Sequence[Choice], note: str = "") -> None:
        """The choices there are now; `note` stands in their place while there are none."""
        popped = self._popup.isVisible()
        self._delegate.two_lines = any(one.detail for one in choices)
        self._model.fill(choices, note)
        if self._value:
            self.set_value(self._value, self._label)
        if popped:
            self._show()
            self._mark_first()
        self._popup.setAccessibleDescription(counted(len(choices), "{n} choice", "{n} choices"))

    def open(self) -> None:
        """Show all choices, the chosen one marked."""
        if not self.isEnabled():
            return
        self.setFocus(Qt.FocusReason.PopupFocusReason)
        self.selectAll()
        self.opened.emit()
        self._model.narrow("")
        self._show()
        row = self._model.row_of(self._value)
        if row >= 0:
            index = self._model.index(row, 0)
            self._popup.setCurrentIndex(index)
            self._popup.scrollTo(index, QListView.ScrollHint.PositionAtCenter)

    def _show(self) -> None:
        width = max(self.width(), 40 * GRID)
        self._completer.complete(QRect(0, 0, width, self.height() + HALF))

    def _typed(self, text: str) -> None:
        self._model.narrow(text)
        self._show()
        self._mark_first()
        if self._searches:
            self._pause.start()

    def _mark_first(self) -> None:
        """Return takes the best match without a further key."""
        first = self._model.index(0, 0)
        if self.isModified() and self.text() and self._model.flags(first):
            self._popup.setCurrentIndex(first)

    def _search(self) -> None:
        self.searched.emit(self.text())

    def _take(self, index: QModelIndex) -> None:
        choice = index.data(_CHOICE)
        if not isinstance(choice, Choice):
            return
        self._value, self._label = choice.value, choice.label
        self._pause.stop()
        self.setText(choice.label)
        self.setCursorPosition(0)
        self._model.narrow("")
        self.chosen.emit(choice.value)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() is Qt.MouseButton.LeftButton and not self._popup.isVisible():
            self.open()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Down and not self._popup.isVisible():
            self.open()
            return
        super().keyPressEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if event.reason() is Qt.FocusReason.PopupFocusReason or self._popup.isVisible():
            return
        if not self.text() and self._value and not self._required:
            self._value = self._label = ""
            self.chosen.emit("")
        elif self.text() != self._label:
            # Half a search is not a choice.
            self.setText(self._label)
            self.setCursorPosition(0)
            self._model.narrow("")

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.EnabledChange:
            self._chevron.setEnabled(self.isEnabled())
