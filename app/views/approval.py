"""The question whether an upload may count, with the server's reasons and room for a comment."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QLabel, QPlainTextEdit, QWidget

from app.core.problems import Problem
from app.viewmodels import words
from app.viewmodels.details import Details
from app.viewmodels.words import counted, tr
from app.views.dialogs import Answer, Question
from app.views.labels import caption
from app.views.theme import GRID, HALF, Theme

ROOM = 9 * GRID


class ApprovalQuestion(Question):
    """`approve` or `later`; `comment` is kept on the server with the name of who approves."""

    def __init__(self, theme: Theme, parent: QWidget, rows: Sequence[Details]) -> None:
        title = (
            tr("Approve “{name}”?", name=rows[0].name)
            if len(rows) == 1
            else counted(len(rows), "Approve {n} upload?", "Approve {n} uploads?")
        )
        super().__init__(
            theme,
            parent,
            title,
            "\n\n".join(_reasons(rows)),
            (Answer("approve", tr("Approve")), Answer("later", tr("Not now"))),
            escape="later",
        )
        label = QLabel(tr("Comment"))
        self.edit = QPlainTextEdit()
        self.edit.setAcceptDrops(False)
        self.edit.setTabChangesFocus(True)
        self.edit.setFixedHeight(ROOM)
        self.edit.setPlaceholderText(tr("Why it may count, for those who look at it later"))
        self.edit.setAccessibleName(tr("Comment"))
        label.setBuddy(self.edit)
        self.place.setContentsMargins(0, GRID, 0, 0)
        self.place.setSpacing(HALF)
        self.place.addWidget(label)
        self.place.addWidget(self.edit)
        self.place.addWidget(caption(theme, tr("The server keeps it with your name.")))
        self.edit.setFocus()

    @property
    def comment(self) -> str:
        return self.edit.toPlainText().strip()


def _reasons(rows: Sequence[Details]) -> list[str]:
    """What the servers say, each reason once."""
    said: dict[str, None] = {}
    for details in rows:
        for finding in details.findings[:1]:
            text = words.meaning(Problem(finding.entry, finding.facts))
            said[text] = None
    return [*said, tr("Once approved, the results count and cannot be taken back here.")]
