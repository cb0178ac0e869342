"""Beside the list: everything about the current row."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.catalogue import Action
from app.core.drafts import Finding, Level
from app.core.problems import Problem
from app.viewmodels import words
from app.viewmodels.details import Details
from app.viewmodels.row import RowAction, RowState, Tone
from app.viewmodels.words import counted, number, tr
from app.views.disclosure import Disclosure
from app.views.facts_grid import FactsGrid
from app.views.failures_list import FailuresList
from app.views.labels import ElidedLabel, Mark, caption, paragraph
from app.views.layouts import column, emptied
from app.views.log_view import LogView
from app.views.problem_card import ProblemCard
from app.views.row_actions import LOOKS
from app.views.theme import GRID, HALF, Theme, heading_font, tabular
from app.views.timeline_view import TimelineView

LEVELS = {
    Level.INFO: ("info", Tone.NEUTRAL),
    Level.WARNING: ("warning", Tone.WAITING),
    Level.ERROR: ("cross-circle", Tone.BAD),
}


class DetailsPane(QScrollArea):
    """Shows Details and RowState of one row. Emits what its buttons want."""

    acted = Signal(Action)
    """The first advice of the problem shown."""
    closed = Signal()
    approve_wanted = Signal()
    question_wanted = Signal(str)
    """Ask about this finding, by its id."""
    copy_wanted = Signal()
    """Save a corrected copy."""
    contents_wanted = Signal(int)
    """Show the file from this record or row on, counted from 1."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._details: Details | None = None
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setAccessibleName(tr("Details"))
        self._name = ElidedLabel()
        self._name.setFont(heading_font(self._name.font(), 1.1))
        self._path = ElidedLabel()
        theme.look(self._path, "muted")
        self._sentence = paragraph()
        close = QToolButton()
        close.setAccessibleName(tr("Close the details"))
        close.setToolTip(close.accessibleName())
        theme.look(close, "quiet")
        theme.dress(close, "cancel")
        close.clicked.connect(self.closed)
        self.card = ProblemCard(theme)
        self.card.acted.connect(self.acted)
        self._box = QFrame()
        theme.look(self._box, "card")
        boxed = QVBoxLayout(self._box)
        boxed.setContentsMargins(2 * GRID, 3 * HALF, 2 * GRID, 3 * HALF)
        boxed.addWidget(self.card)
        self._findings = column(spacing=3 * HALF)
        self.failures = FailuresList(theme)
        self._counts = QGridLayout()
        self._counts.setHorizontalSpacing(2 * GRID)
        self._counts.setVerticalSpacing(HALF)
        self._counts.setColumnStretch(0, 1)
        self._notes = paragraph()
        self._facts = FactsGrid(theme)
        self._events = TimelineView(theme)
        self._ids = FactsGrid(theme, copies=True)
        self._log = LogView()
        self.timeline = Disclosure(theme, tr("Timeline"), self._events)
        self.ids = Disclosure(theme, tr("Ids"), self._ids)
        self.log = Disclosure(theme, tr("Technical log"), self._log)
        """Shut to begin with; open they stay open for the next row."""
        self.log.toggled.connect(self._fill_log)
        self._open = QPushButton(tr("Open on server"))
        theme.look(self._open, "link")
        theme.dress(self._open, "external-link", Tone.ACTIVE)
        self._open.clicked.connect(lambda: self.acted.emit(Action.OPEN_ON_SERVER))
        self._approve = QPushButton(tr("Approve…"))
        theme.look(self._approve, "primary")
        theme.dress(self._approve, "tick")
        self._approve.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Fixed)
        self._approve.clicked.connect(self.approve_wanted)
        self._contents = QPushButton(tr("Show contents…"))
        theme.look(self._contents, "link")
        theme.dress(self._contents, "eye", Tone.ACTIVE)
        self._contents.clicked.connect(lambda: self.contents_wanted.emit(1))
        self._copy = QPushButton(tr("Copy details"))
        theme.look(self._copy, "link")
        theme.dress(self._copy, "copy", Tone.ACTIVE)
        self._copy.clicked.connect(self._copied)

        head = QHBoxLayout()
        head.setSpacing(HALF)
        head.addWidget(self._name, 1)
        head.addWidget(close, 0, Qt.AlignmentFlag.AlignTop)
        inner = QWidget()
        layout = QVBoxLayout(inner)
        layout.setContentsMargins(2 * GRID, 3 * HALF, 2 * GRID, 2 * GRID)
        layout.setSpacing(3 * HALF)
        top = column(spacing=2)
        top.addLayout(head)
        top.addWidget(self._path)
        layout.addLayout(top)
        layout.addWidget(self._sentence)
        layout.addWidget(self._box)
        layout.addLayout(self._findings)
        layout.addWidget(self._approve)
        layout.addLayout(self._counts)
        layout.addWidget(self.failures)
        layout.addWidget(self._notes)
        layout.addWidget(self._facts)
        folded = column(spacing=GRID)
        for part in (self.timeline, self.ids, self.log):
            folded.addWidget(part)
        layout.addLayout(folded)
        foot = QHBoxLayout()
        foot.setSpacing(GRID)
        foot.addWidget(self._open)
        foot.addWidget(self._contents)
        foot.addWidget(self._copy)
        foot.addStretch()
        layout.addLayout(foot)
        layout.addStretch()
        self.setWidget(inner)
        theme.changed.connect(self._tint)

    @property
    def details(self) -> Details | None:
        return self._details

    def show_details(self, details: Details | None, state: RowState | None) -> None:
        """Show a row; the same values again cost nothing."""
        if state is not None:
            self._state = state
            self._sentence.setText(state.text)
            self._tint()
        if details is None or details == self._details:
            self._details = details
            return
        old, self._details = self._details, details
        fresh = old is None or details.path != old.path
        self._fill_head(details, state)
        if old is None or _asked(old) != _asked(details):
            self._fill_findings(details)
        self._contents.setVisible(details.previewed)
        if old is None or details.counts != old.counts:
            self._fill_counts(details.counts)
        self.failures.show_failures(details.failures, details.failed, cuts=details.cuts)
        self._notes.setText("\n".join(details.notes))
        self._notes.setVisible(bool(details.notes))
        self._facts.show_facts((*details.facts, *details.clocks))
        self._events.show_events(details.timeline)
        self.timeline.setVisible(bool(details.timeline))
        self._ids.show_facts(details.ids)
        self.ids.setVisible(bool(details.ids))
        self._fill_log()
        self._open.setVisible(bool(details.link))
        self._approve.setVisible(details.approves)
        if fresh:
            self.verticalScrollBar().setValue(0)

    _state: RowState | None = None

    def _fill_head(self, details: Details, state: RowState | None) -> None:
        self._name.say(details.name)
        self._path.say(details.path[: len(details.path) - len(details.name)] or details.path)
        self._path.setToolTip(details.path)
        waiting = state is not None and state.tone is not Tone.BAD
        self.card.show_problem(details.problem, waiting=waiting)
        self._box.setVisible(details.problem is not None)
        # The card or the finding says it in full.
        refused = any(finding.level is Level.ERROR for finding in details.findings)
        said = details.problem is not None or refused or bool(details.open_questions)
        self._sentence.setVisible(not said)

    def _fill_log(self) -> None:
        """Nobody reads the lines of a log that is shut."""
        lines = self._details.log if self._details is not None else ()
        self.log.setVisible(bool(lines))
        self.log.set_title(
            counted(len(lines), "Technical log ({n} line)", "Technical log ({n} lines)")
        )
        if self.log.opened:
            self._log.show_lines(lines)

    def _tint(self) -> None:
        if self._state is not None:
            color = self._theme.colors.tone(self._state.tone).name()
            self._sentence.setStyleSheet(f"color: {color}")

    def _fill_findings(self, details: Details) -> None:
        emptied(self._findings)
        for finding in details.findings:
            icon, tone = LEVELS[finding.level]
            mark = Mark(self._theme, icon, tone)
            title = paragraph(strong=finding.level is Level.ERROR)
            title.setText(words.finding(finding))
            more = paragraph()
            problem = Problem(finding.entry, finding.facts)
            said = (words.meaning(problem), "\n".join(words.advice(problem)))
            more.setText("\n\n".join(text for text in said if text))
            self._theme.look(more, "muted")
            text = column(spacing=HALF)
            text.addWidget(title)
            text.addWidget(more)
            if buttons := self._finding_buttons(finding, details):
                row = QHBoxLayout()
                row.setSpacing(GRID)
                for button in buttons:
                    row.addWidget(button)
                row.addStretch()
                text.addLayout(row)
            line = QHBoxLayout()
            line.setSpacing(GRID)
            line.addWidget(mark, 0, Qt.AlignmentFlag.AlignTop)
            line.addLayout(text, 1)
            self._findings.addLayout(line)

    def _finding_buttons(self, finding: Finding, details: Details) -> list[QWidget]:
        found: list[QWidget] = []
        if finding.id in details.accepted:
            found.append(caption(self._theme, tr("Sent anyway, as you said.")))
        elif finding.id in details.open_questions:
            decide = QPushButton(tr("Decide…"))
            decide.setAccessibleName(f"{decide.text()} {words.finding(finding)}")
            decide.clicked.connect(lambda _=False, id=finding.id: self.question_wanted.emit(id))
            found.append(decide)
        if finding.id in details.correctable:
            correct = QPushButton(LOOKS[RowAction.CORRECT].text)
            correct.setAccessibleName(f"{correct.text()} {words.finding(finding)}")
            self._theme.look(correct, "link")
            correct.clicked.connect(self.copy_wanted)
            found.append(correct)
        if finding.place.record is not None and details.previewed:
            show = QPushButton(tr("Show it"))
            show.setAccessibleName(f"{show.text()}: {words.place(finding.place)}")
            self._theme.look(show, "link")
            at = finding.place.record
            show.clicked.connect(lambda _=False, at=at: self.contents_wanted.emit(at))
            found.append(show)
        return found

    def _fill_counts(self, counts: tuple[tuple[str, int], ...]) -> None:
        emptied(self._counts)
        for row, (label, count) in enumerate(counts):
            self._counts.addWidget(caption(self._theme, label[:1].upper() + label[1:]), row, 0)
            value = QLabel(number(count))
            value.setFont(tabular(value.font()))
            value.setAlignment(Qt.AlignmentFlag.AlignRight)
            self._counts.addWidget(value, row, 1)

    def _copied(self) -> None:
        if self._details is not None:
            QGuiApplication.clipboard().setText(self._details.text())


def _asked(details: Details) -> tuple[object, ...]:
    """What of the details decides how the findings are shown."""
    asked = details.findings, details.open_questions, details.accepted
    return *asked, details.previewed, details.correctable
