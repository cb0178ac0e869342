"""The technical log of one upload: plain lines to read, to select and to copy."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from app.viewmodels.words import tr
from app.views.theme import GRID


class LogView(QPlainTextEdit):
    """Shows the lines anew only when there are others; stays at the end if it stood there."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._lines: tuple[str, ...] = ()
        font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
        font.setPointSizeF(self.font().pointSizeF() * 0.9)
        self.setFont(font)
        self.setReadOnly(True)
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self.setFixedHeight(24 * GRID)
        self.setAccessibleName(tr("Technical log"))

    def show_lines(self, lines: Sequence[str]) -> None:
        if tuple(lines) == self._lines:
            return
        self._lines = tuple(lines)
        bar = self.verticalScrollBar()
        at_end = bar.value() >= bar.maximum()
        before = bar.value()
        self.setPlainText("\n".join(lines))
        bar.setValue(bar.maximum() if at_end else before)
