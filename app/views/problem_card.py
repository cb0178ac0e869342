"""The problem card: what happened, what it means, what to do, and the technical details closed."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from app.core.catalogue import Action
from app.core.problems import Problem
from app.viewmodels import words
from app.viewmodels.details import problem_lines, technical_lines
from app.viewmodels.row import Tone
from app.viewmodels.words import tr
from app.views.disclosure import Disclosure
from app.views.labels import Mark, caption, paragraph
from app.views.theme import GRID, HALF, Theme

BUTTONS: Mapping[Action, tuple[str, str]] = MappingProxyType(
    {
        Action.RETRY: ("retry", "Try again"),
        Action.SIGN_IN: ("key", "Sign in…"),
        Action.SETTINGS: ("settings", "Server settings…"),
        Action.OPTIONS: ("settings", "Change the options"),
        Action.OPEN_ON_SERVER: ("external-link", "Open on server"),
        Action.LOOK_AGAIN: ("search", "Look again"),
        Action.SAVE_LOG: ("folder", "Show the log"),
    }
)
"""Icon and words of the button that does the first advice."""


class ProblemCard(QWidget):
    """Shows one problem; emits `acted` for its button, which it has unless `offers` is false."""

    acted = Signal(Action)

    def __init__(self, theme: Theme, parent: QWidget | None = None, *, offers: bool = True) -> None:
        super().__init__(parent)
        self._offers = offers
        self._theme = theme
        self._problem: Problem | None = None
        self._icon = Mark(theme)
        self._title = paragraph(strong=True)
        self._meaning = paragraph()
        self._first = paragraph()
        self._button = QPushButton()
        theme.look(self._button, "primary")
        self._button.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._button.clicked.connect(self._press)
        self._others = paragraph()
        self._first.setContentsMargins(0, 0, 0, HALF)
        self._others.setContentsMargins(0, HALF, 0, 0)
        self._technical = paragraph()
        self._technical.setTextFormat(Qt.TextFormat.PlainText)
        self._technical.setWordWrap(True)
        self._disclosure = Disclosure(theme, tr("Technical details"), self._technical)
        self._copy = QPushButton(tr("Copy"))
        self._copy.setAccessibleName(tr("Copy the problem with its technical details"))
        theme.look(self._copy, "link")
        theme.dress(self._copy, "copy", Tone.ACTIVE)
        self._copy.clicked.connect(self._copied)

        head = QHBoxLayout()
        head.setSpacing(GRID)
        head.addWidget(self._icon, 0, Qt.AlignmentFlag.AlignTop)
        head.addWidget(self._title, 1)
        foot = QHBoxLayout()
        foot.addWidget(self._disclosure, 1)
        foot.addWidget(self._copy, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(HALF)
        self._captions = [caption(theme, text) for text in (tr("What it means"), tr("What to do"))]
        layout.addLayout(head)
        layout.addSpacing(GRID)
        layout.addWidget(self._captions[0])
        layout.addWidget(self._meaning)
        layout.addSpacing(GRID)
        layout.addWidget(self._captions[1])
        layout.addWidget(self._first)
        layout.addWidget(self._button)
        layout.addWidget(self._others)
        layout.addLayout(foot)

    @property
    def problem(self) -> Problem | None:
        return self._problem

    def show_problem(self, problem: Problem | None, *, waiting: bool = False) -> None:
        """Show it, in amber while it is only being waited for; None hides the card."""
        self.setVisible(problem is not None)
        if problem is None:
            self._problem = None
            return
        if problem != self._problem:
            self._disclosure.set_open(False)
        self._problem = problem
        self._icon.show_mark(
            "warning" if waiting else "cross-circle", Tone.WAITING if waiting else Tone.BAD
        )
        advice = words.advice(problem)
        self._title.setText(words.title(problem))
        self._meaning.setText(words.meaning(problem))
        look = BUTTONS.get(problem.entry.action) if self._offers else None
        # The first advice belongs to the button; without one all are equal.
        first, others = (advice[:1], advice[1:]) if look else ((), advice)
        self._first.setText("".join(first))
        self._first.setVisible(bool(first))
        self._others.setText("\n".join(others))
        self._others.setVisible(bool(others))
        self._captions[1].setVisible(bool(advice))
        self._button.setVisible(look is not None)
        if look is not None:
            self._button.setText(tr(look[1]))
            self._theme.dress(self._button, look[0])
        self._technical.setText("\n".join(technical_lines(problem)))
        self.setAccessibleName(words.title(problem))
        self.setAccessibleDescription(words.meaning(problem))

    def _press(self) -> None:
        if self._problem is not None:
            self.acted.emit(self._problem.entry.action)

    def _copied(self) -> None:
        if self._problem is not None:
            QGuiApplication.clipboard().setText("\n".join(problem_lines(self._problem)))
