"""Dialogs: asked and awaited, never executed in a loop of their own."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.viewmodels.words import counted, tr
from app.views.check_box import CheckBox
from app.views.theme import GRID, Theme, heading_font

WIDTH = 56 * GRID

Start = Callable[[Coroutine[Any, Any, Any]], object]
"""Starts what a gesture asks for, as a task that belongs to somebody."""


async def ask(dialog: QDialog) -> int:
    """Open a dialog over its window and give its result code once it is closed.

    The dialog is gone afterwards. A cancelled task closes it.
    """
    answer: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    def finished(code: int) -> None:
        if not answer.done():
            answer.set_result(code)

    dialog.finished.connect(finished)
    dialog.setWindowModality(Qt.WindowModality.WindowModal)
    dialog.open()
    try:
        return await answer
    finally:
        dialog.close()
        dialog.deleteLater()


@dataclass(frozen=True, slots=True)
class Answer:
    """One way to answer: `key` for the code, a verb for the button."""

    key: str
    words: str
    danger: bool = False
    """Takes something away that does not come back."""


class Question(QDialog):
    """A question with verbs on its buttons; the first answer is the default."""

    def __init__(
        self,
        theme: Theme,
        parent: QWidget,
        title: str,
        text: str,
        answers: tuple[Answer, ...],
        *,
        escape: str,
        silenceable: bool = False,
    ) -> None:
        super().__init__(parent)
        self.answer = escape
        """The key of the answer given."""
        self._escape = escape
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.setAccessibleDescription(text)
        heading = QLabel(title)
        heading.setFont(heading_font(heading.font()))
        heading.setWordWrap(True)
        heading.setTextFormat(Qt.TextFormat.PlainText)
        body = QLabel(text)
        body.setWordWrap(True)
        body.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        body.setTextFormat(Qt.TextFormat.PlainText)
        self.place = QVBoxLayout()
        """Between the text and the buttons, for questions that ask for more than an answer."""
        self._silencer = CheckBox(theme, tr("Do not ask again")) if silenceable else None
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addStretch()
        self.buttons: dict[str, QPushButton] = {}
        for place, answer in enumerate(answers):
            button = QPushButton(answer.words)
            button.setAutoDefault(True)
            button.setDefault(place == 0)
            theme.look(button, "primary" if place == 0 else "danger" if answer.danger else "")
            button.clicked.connect(lambda _=False, key=answer.key: self.give(key))
            self.buttons[answer.key] = button
        # The default stands last, where the eye ends.
        shown = list(self.buttons.values())
        for button in [*reversed(shown[1:]), shown[0]]:
            row.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addWidget(heading)
        layout.addWidget(body)
        layout.addLayout(self.place)
        if self._silencer is not None:
            layout.addWidget(self._silencer)
        layout.addSpacing(GRID)
        layout.addLayout(row)
        for button in shown:
            button.ensurePolished()
        row.invalidate()
        # As wide as long verbs need, in any language.
        self.setFixedWidth(max(WIDTH, row.sizeHint().width() + 6 * GRID))
        shown[0].setFocus()

    @property
    def silence(self) -> bool:
        """Whether the person does not want to be asked this again."""
        return self._silencer is not None and self._silencer.isChecked()

    def give(self, key: str) -> None:
        """Answer and close."""
        self.answer = key
        self.accept()

    def reject(self) -> None:
        self.answer = self._escape
        super().reject()


async def answered(question: Question) -> str:
    """Ask and give the key of the answer."""
    await ask(question)
    return question.answer


def quit_question(
    theme: Theme, parent: QWidget, sending: int, again: int, *, background: bool = False
) -> Question:
    """`quit`, `stay` or `hide`; `again` of the uploads cannot go on where they stopped.

    With `background` the program can go on without its window.
    """
    text = counted(
        sending,
        "{n} file is uploading. You can pause it and go on at the next start.",
        "{n} files are uploading. You can pause them and go on at the next start.",
    )
    stay, leave = Answer("stay", tr("Stay")), Answer("quit", tr("Pause and quit"))
    if again:
        text += " " + (
            tr("It will start again from the beginning.")
            if sending == 1
            else counted(
                again,
                "{n} of them will start again from the beginning.",
                "{n} of them will start again from the beginning.",
            )
        )
    answers: tuple[Answer, ...] = (stay, leave) if again else (leave, stay)
    if background:
        answers += (Answer("hide", tr("Keep going in the background")),)
    return Question(
        theme,
        parent,
        tr("Quit while uploading?"),
        text,
        answers,
        escape="stay",
        silenceable=True,
    )


def cancel_job_question(theme: Theme, parent: QWidget, name: str) -> Question:
    """`cancel` or `keep`."""
    return Question(
        theme,
        parent,
        tr("Cancel the job of “{name}”?", name=name),
        tr(
            "Records already created or changed are not taken back. "
            "A cancelled job cannot be restarted."
        ),
        (Answer("keep", tr("Keep running")), Answer("cancel", tr("Cancel job"), danger=True)),
        escape="keep",
    )


def remove_question(theme: Theme, parent: QWidget, count: int) -> Question:
    """`remove` or `keep`, for rows whose job still runs on the server."""
    return Question(
        theme,
        parent,
        counted(count, "Remove this row?", "Remove {n} rows?"),
        counted(
            count,
            "The job goes on on the server; you only stop seeing it.",
            "The jobs go on on the server; you only stop seeing them.",
        ),
        (Answer("keep", tr("Keep")), Answer("remove", tr("Remove"), danger=True)),
        escape="keep",
        silenceable=True,
    )


def uncertain_question(theme: Theme, parent: QWidget, title: str, text: str) -> Question:
    """`look`, `send` or `later`, when nobody can say whether the server has the file."""
    return Question(
        theme,
        parent,
        title,
        text,
        (
            Answer("look", tr("Look again")),
            Answer("later", tr("Not now")),
            Answer("send", tr("Send anyway"), danger=True),
        ),
        escape="later",
    )


def remove_server_question(theme: Theme, parent: QWidget, name: str) -> Question:
    """`remove` or `keep`."""
    return Question(
        theme,
        parent,
        tr("Remove “{name}”?", name=name),
        tr(
            "Its settings and its password are forgotten on this computer. "
            "The server keeps all it has."
        ),
        (Answer("keep", tr("Keep")), Answer("remove", tr("Remove"), danger=True)),
        escape="keep",
    )
