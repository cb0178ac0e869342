"""A layout that puts widgets side by side and wraps them where the width ends."""

from __future__ import annotations

from collections.abc import Iterator

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget, QWidgetItem

LEAD = "lead"
"""Property of a widget: how far down the line is that it shares with its neighbours."""


class FlowLayout(QLayout):
    """Items keep their size hints; those in a line stand by their LEAD."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._items: list[QLayoutItem] = []

    def insertWidget(self, place: int, widget: QWidget) -> None:
        """Add a widget at a place among the others."""
        self.addChildWidget(widget)
        self._items.insert(place, QWidgetItem(widget))
        self.invalidate()

    def addItem(self, item: QLayoutItem) -> None:
        self._items.append(item)
        self.invalidate()

    def count(self) -> int:
        return len(self._items)

    def itemAt(self, index: int) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    def takeAt(self, index: int) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    def hasHeightForWidth(self) -> bool:
        return True

    def heightForWidth(self, width: int) -> int:
        return self._place(QRect(0, 0, width, 0), move=False)

    def sizeHint(self) -> QSize:
        return self.minimumSize()

    def minimumSize(self) -> QSize:
        size = QSize()
        for item in self._items:
            size = size.expandedTo(item.minimumSize())
        margins = self.contentsMargins()
        return size + QSize(margins.left() + margins.right(), margins.top() + margins.bottom())

    def setGeometry(self, rect: QRect) -> None:
        super().setGeometry(rect)
        self._place(rect, move=True)

    def _place(self, rect: QRect, *, move: bool) -> int:
        area = rect.marginsRemoved(self.contentsMargins())
        top = area.top()
        for line in self._lines(area.width()):
            lead = max(_lead(item) for item in line)
            x, height = area.left(), 0
            for item in line:
                hint, below = item.sizeHint(), lead - _lead(item)
                if move:
                    item.setGeometry(QRect(QPoint(x, top + below), hint))
                x += hint.width() + self.spacing()
                height = max(height, below + hint.height())
            top += height + self.spacing()
        return max(0, top - self.spacing() - rect.top()) + self.contentsMargins().bottom()

    def _lines(self, width: int) -> Iterator[list[QLayoutItem]]:
        line: list[QLayoutItem] = []
        used = 0
        for item in self._items:
            widget = item.widget()
            if widget is not None and widget.isHidden():
                continue
            wanted = item.sizeHint().width()
            if line and used + wanted > width:
                yield line
                line, used = [], 0
            line.append(item)
            used += wanted + self.spacing()
        if line:
            yield line


def _lead(item: QLayoutItem) -> int:
    widget = item.widget()
    lead = widget.property(LEAD) if widget is not None else None
    return lead if isinstance(lead, int) else 0
