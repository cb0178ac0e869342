"""Dialogs that show: a problem in full, the keys, about."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QAbstractItemView,
    QDialog,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from app import __version__
from app.core.problems import Problem
from app.viewmodels import words
from app.viewmodels.components import Component, components
from app.viewmodels.row import Tone
from app.viewmodels.words import tr
from app.views.icons import licence_texts
from app.views.labels import Mark, caption, paragraph
from app.views.problem_card import ProblemCard
from app.views.theme import GRID, HALF, Theme, heading_font

WIDTH = 60 * GRID


class Information(QDialog):
    """A title, something to read, and buttons at the foot."""

    def __init__(self, theme: Theme, parent: QWidget, title: str) -> None:
        super().__init__(parent)
        self._theme = theme
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setMinimumWidth(WIDTH)
        self.body = QVBoxLayout()
        self.body.setSpacing(GRID)
        self.foot = QHBoxLayout()
        self.foot.setSpacing(GRID)
        self.foot.addStretch()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        layout.setSpacing(2 * GRID)
        layout.addLayout(self.body, 1)
        layout.addLayout(self.foot)

    def heading(self, text: str) -> None:
        label = QLabel(text)
        label.setFont(heading_font(label.font(), 1.35))
        label.setWordWrap(True)
        self.body.addWidget(label)

    def button(self, text: str, look: str = "") -> QPushButton:
        button = QPushButton(text)
        self._theme.look(button, look)
        self.foot.addWidget(button)
        return button

    def closing_button(self) -> None:
        close = self.button(tr("Close"), "primary")
        close.setDefault(True)
        close.clicked.connect(self.accept)
        close.setFocus()


class ProblemDialog(Information):
    """A problem that belongs to no row."""

    def __init__(self, theme: Theme, parent: QWidget, problem: Problem) -> None:
        super().__init__(theme, parent, words.title(problem))
        self.card = ProblemCard(theme, offers=False)
        self.card.show_problem(problem)
        self.body.addWidget(self.card)
        self.body.addStretch()
        self.closing_button()


class KeysDialog(Information):
    """The keys of every action."""

    def __init__(self, theme: Theme, parent: QWidget, keys: Sequence[tuple[str, str]]) -> None:
        super().__init__(theme, parent, tr("Keyboard"))
        self.heading(tr("Everything by keyboard"))
        inner = QWidget()
        grid = QGridLayout(inner)
        grid.setContentsMargins(0, GRID, 2 * GRID, GRID)
        grid.setHorizontalSpacing(3 * GRID)
        grid.setVerticalSpacing(GRID)
        grid.setColumnStretch(0, 1)
        half = (len(keys) + 1) // 2
        for place, (text, key) in enumerate(keys):
            column = 0 if place < half else 3
            grid.addWidget(QLabel(text), place % half, column)
            shown = caption(theme, key)
            grid.addWidget(shown, place % half, column + 1, Qt.AlignmentFlag.AlignRight)
        grid.setColumnStretch(3, 1)
        grid.setColumnMinimumWidth(2, 2 * GRID)
        scroll = QScrollArea()
        scroll.setWidget(inner)
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self.body.addWidget(scroll)
        self.resize(WIDTH + 24 * GRID, 56 * GRID)
        self.closing_button()


class AboutDialog(Information):
    """Name, version, licence; what it is made of, with versions and licences."""

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent, tr("About Longshore"))
        row = QHBoxLayout()
        row.setSpacing(2 * GRID)
        mark = Mark(theme, "upload", Tone.ACTIVE, size=4 * GRID, badge=8 * GRID)
        row.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
        text = QVBoxLayout()
        text.setSpacing(HALF)
        title = QLabel("Longshore")
        title.setFont(heading_font(title.font(), 1.5))
        text.addWidget(title)
        text.addWidget(caption(theme, tr("Version {version}", version=__version__)))
        more = paragraph()
        more.setText(
            tr(
                "Delivers files to a server and stays with them until the server has done its "
                "own work. Free software under the Apache License 2.0."
            )
        )
        text.addWidget(more)
        row.addLayout(text, 1)
        self.body.addLayout(row)
        self.body.addWidget(caption(theme, tr("Made of")))
        self.body.addWidget(_parts_table(components()), 1)
        self.resize(WIDTH, 60 * GRID)
        licences = self.button(tr("Licence texts"))
        licences.setAutoDefault(False)
        licences.setVisible(licence_texts() is not None)
        licences.clicked.connect(self._show_texts)
        self.closing_button()

    def _show_texts(self) -> None:
        path = licence_texts()
        if path is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


def _parts_table(parts: Sequence[Component]) -> QTableWidget:
    table = QTableWidget(len(parts), 3)
    table.setAccessibleName(tr("Made of"))
    table.setHorizontalHeaderLabels([tr("Name"), tr("Version"), tr("Licence")])
    table.verticalHeader().hide()
    table.setShowGrid(False)
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    for row, part in enumerate(parts):
        for column, text in enumerate((part.name, part.version, part.licence)):
            table.setItem(row, column, QTableWidgetItem(text))
    table.resizeColumnsToContents()
    table.horizontalHeader().setStretchLastSection(True)
    table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
    return table
