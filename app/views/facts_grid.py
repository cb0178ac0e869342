"""Names and values below each other, each value whole in reach and, if wanted, to be copied."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QToolButton, QWidget

from app.viewmodels.row import Tone
from app.viewmodels.words import tr
from app.views.labels import ElidedLabel, caption
from app.views.layouts import emptied
from app.views.theme import GRID, HALF, Theme, tabular

COPY = ("copy", Tone.ACTIVE)
SHOWN_MS = 2000
"""How long a button says that it has copied."""


class FactsGrid(QWidget):
    """Shows (name, value) pairs. New values of the same names leave focus and selection alone."""

    def __init__(
        self, theme: Theme, *, copies: bool = False, parent: QWidget | None = None
    ) -> None:
        """With `copies` every value has a button that copies it."""
        super().__init__(parent)
        self._theme = theme
        self._copies = copies
        self._facts: tuple[tuple[str, str], ...] = ()
        self._values: list[ElidedLabel] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(2 * GRID if not copies else GRID)
        self._grid.setVerticalSpacing(HALF if not copies else 0)
        self._grid.setColumnStretch(1, 1)

    def show_facts(self, facts: Sequence[tuple[str, str]]) -> None:
        """In this order; nothing is shown of none."""
        old, self._facts = self._facts, tuple(facts)
        self.setVisible(bool(facts))
        if self._facts == old:
            return
        if [name for name, _ in old] != [name for name, _ in facts]:
            self._fill()
        for label, (_, value) in zip(self._values, facts, strict=True):
            label.say(value)

    def _fill(self) -> None:
        emptied(self._grid)
        self._values = []
        for row, (name, _) in enumerate(self._facts):
            value = ElidedLabel()
            value.setFont(tabular(value.font()))
            value.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            self._values.append(value)
            # The middle of one line each, whether or not a button stands beside it.
            middle = Qt.AlignmentFlag.AlignVCenter
            self._grid.addWidget(caption(self._theme, name), row, 0, middle)
            self._grid.addWidget(value, row, 1)
            if self._copies:
                self._grid.addWidget(self._button(row, name), row, 2)

    def _button(self, row: int, name: str) -> QToolButton:
        button = QToolButton()
        button.setToolTip(tr("Copy"))
        button.setAccessibleName(tr("Copy: {what}", what=name))
        self._theme.look(button, "quiet")
        self._theme.dress(button, *COPY)

        def copy() -> None:
            QGuiApplication.clipboard().setText(self._facts[row][1])
            self._theme.dress(button, "tick", Tone.GOOD)
            QTimer.singleShot(SHOWN_MS, button, lambda: self._theme.dress(button, *COPY))

        button.clicked.connect(copy)
        return button
