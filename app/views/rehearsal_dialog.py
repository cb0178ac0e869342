"""What sending would do, without doing it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.viewmodels.rehearsal import Rehearsed
from app.viewmodels.words import tr
from app.views.info_dialogs import Information
from app.views.labels import paragraph
from app.views.problem_card import ProblemCard
from app.views.theme import GRID, Theme

WIDTH = 90 * GRID
HEIGHT = 60 * GRID


class RehearsalDialog(Information):
    def __init__(self, theme: Theme, parent: QWidget, told: Rehearsed) -> None:
        super().__init__(theme, parent, tr("Dry run"))
        self.heading(tr("What sending would do"))
        if told.problem is not None:
            card = ProblemCard(theme, offers=False)
            card.show_problem(told.problem)
            self.body.addWidget(card)
        text = paragraph()
        text.setText("\n".join(told.summary))
        self.body.addWidget(text)
        table = QTableWidget(len(told.files), 2)
        table.setAccessibleName(tr("Files"))
        table.setHorizontalHeaderLabels([tr("File"), tr("What would become of it")])
        table.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        table.horizontalHeader().setStretchLastSection(True)
        table.verticalHeader().hide()
        table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        table.setShowGrid(False)
        table.setTabKeyNavigation(False)
        table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        for row, pair in enumerate(told.files):
            for column, said in enumerate(pair):
                item = QTableWidgetItem(said)
                item.setToolTip(said)
                table.setItem(row, column, item)
        table.setColumnWidth(0, 28 * GRID)
        self.body.addWidget(table, 1)
        self.resize(WIDTH, HEIGHT)
        self.closing_button()
