"""The steps of “Test connection”: each with its mark, what was found out, and what to do."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from app.viewmodels import words
from app.viewmodels.destination_form import Step, StepState
from app.viewmodels.row import Tone
from app.viewmodels.words import tr
from app.views.labels import Mark, paragraph
from app.views.layouts import emptied
from app.views.theme import GRID, HALF, Theme

SETTLE_MS = 200
MARKS = {
    StepState.OK: ("tick-circle", Tone.GOOD),
    StepState.FAILED: ("cross-circle", Tone.BAD),
    StepState.SKIPPED: ("dash-circle", Tone.NEUTRAL),
}


class StepList(QFrame):
    """Hidden until the first test begins."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.steps: list[Step] = []
        """Those ended so far."""
        self.running = False
        theme.look(self, "card")
        self.setAccessibleName(tr("Steps of the connection test"))
        self._lines = QVBoxLayout()
        self._lines.setSpacing(GRID)
        self._verdict = paragraph(strong=True)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 3 * HALF, 2 * GRID, 3 * HALF)
        layout.setSpacing(GRID)
        layout.addLayout(self._lines)
        layout.addWidget(self._verdict)
        self.hide()

    def begin(self) -> None:
        """A new test: forget the steps of the last."""
        emptied(self._lines)
        self.steps = []
        self.running = True
        self._verdict.setText(tr("Testing…"))
        self.show()

    def add(self, step: Step) -> None:
        """A step has ended."""
        self.steps.append(step)
        icon, tone = MARKS[step.state]
        line = QHBoxLayout()
        line.setSpacing(GRID)
        line.addWidget(Mark(self._theme, icon, tone), 0, Qt.AlignmentFlag.AlignTop)
        text = QVBoxLayout()
        text.setSpacing(2)
        title = paragraph()
        title.setText(tr(step.title))
        title.setAccessibleName(f"{tr(step.title)}: {step.state}")
        text.addWidget(title)
        for said in _said(step):
            more = paragraph()
            more.setText(said)
            self._theme.look(more, "muted")
            text.addWidget(more)
        line.addLayout(text, 1)
        self._lines.addLayout(line)

    def end(self) -> None:
        """The test is over."""
        # The verdict may make the list longer still.
        QTimer.singleShot(SETTLE_MS, self, self._settle)
        failed = any(step.state is StepState.FAILED for step in self.steps)
        self._verdict.setText(
            tr("The connection does not work yet.") if failed else tr("Everything works.")
        )

    def _settle(self) -> None:
        self.running = False

    def clear(self) -> None:
        """What was tested is not what is entered any more."""
        self.running = False
        self.hide()


def _said(step: Step) -> list[str]:
    if step.problem is None:
        return [step.detail] if step.detail else []
    return [words.title(step.problem), words.meaning(step.problem), *words.advice(step.problem)]
