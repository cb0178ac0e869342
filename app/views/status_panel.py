"""The live panel: what goes on, what needs the person, what each server does."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from app.core.problems import ConnectionProblem, SignInProblem, TrustProblem
from app.viewmodels.panel_lines import LaneLine, NeedLine, WorkLine
from app.viewmodels.row import RowAction, Tone
from app.viewmodels.status import StatusModel
from app.viewmodels.words import number, percent, tr
from app.views.bar import SlimBar
from app.views.labels import Light, Mark, caption, paragraph
from app.views.layouts import column, emptied, hairline
from app.views.row_actions import LOOKS
from app.views.theme import GRID, HALF, Theme, heading_font, tabular
from app.views.throughput_chart import ThroughputChart

NEEDS_SHOWN = 4
MARK = 16
"""About as high as a line of text."""


class StatusPanel(QWidget):
    """Follows a StatusModel; rebuilt in parts, only where something is different."""

    needs_shown = Signal(tuple)
    """The ids of rows that need the person for one reason."""
    lane_wanted = Signal(str, RowAction)
    """(destination, SIGN_IN, SETTINGS or TRY_NOW)"""
    clear_wanted = Signal()
    limit_wanted = Signal(QPoint)
    """The menu of the speed limit, at a global position."""

    def __init__(self, theme: Theme, status: StatusModel, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._status = status
        self._lanes: list[LaneLine] = []
        self._lane_words: list[tuple[QLabel, QLabel]] = []
        self._seconds = QTimer(self)
        """Runs while a server counts down to its next try."""
        self._seconds.setInterval(1000)
        self._seconds.timeout.connect(self._refresh_lanes)
        self._needs: list[NeedLine] = []
        self._works: list[WorkLine] = []
        self._work_words: list[QLabel] = []
        self.setAccessibleName(tr("Status"))

        self._headline = QLabel()
        self._headline.setFont(heading_font(self._headline.font()))
        self._headline.setWordWrap(True)
        self._last = paragraph()
        theme.look(self._last, "muted")
        self._bar = SlimBar(theme, tr("All uploads"))
        self._left, self._right = QLabel(), QLabel()
        for label in (self._left, self._right):
            label.setFont(tabular(label.font()))
            theme.look(label, "muted")
        self._chart = ThroughputChart(theme)
        self._notes = paragraph()
        theme.look(self._notes, "muted")
        self._refusal = QFrame()
        theme.look(self._refusal, "card")
        self._refused = paragraph()
        refusal = QHBoxLayout(self._refusal)
        refusal.setContentsMargins(3 * HALF, GRID, 3 * HALF, GRID)
        refusal.setSpacing(GRID)
        refusal.addWidget(Mark(theme, "warning", Tone.WAITING), 0, Qt.AlignmentFlag.AlignTop)
        refusal.addWidget(self._refused, 1)
        self._refusal.hide()
        self._clear = QPushButton(tr("Clear finished"))
        theme.look(self._clear, "link")
        self._clear.clicked.connect(self.clear_wanted)

        self._limit = QPushButton()
        theme.look(self._limit, "link")
        theme.dress(self._limit, "clock", Tone.ACTIVE)
        self._limit.clicked.connect(
            lambda: self.limit_wanted.emit(
                self._limit.mapToGlobal(QPoint(0, self._limit.height() + HALF))
            )
        )
        self._limit.hide()
        figures = QHBoxLayout()
        figures.addWidget(self._left)
        figures.addStretch()
        figures.addWidget(self._right)
        self._figures = QHBoxLayout()
        self._figures.setSpacing(HALF)
        self._numbers = [
            self._figure(name)
            for name in (tr("Active"), tr("Waiting"), tr("Need you"), tr("Failed"), tr("Done"))
        ]
        self._lane_title = caption(theme, tr("Servers"))
        self._lane_box = column(spacing=GRID)
        self._need_title = caption(theme, tr("Needs you"))
        self._need_box = column(spacing=GRID)
        self._work_title = caption(theme, tr("The server works on"))
        self._work_box = column(spacing=GRID)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(2 * GRID, 2 * GRID, 2 * GRID, 2 * GRID)
        layout.setSpacing(GRID)
        layout.addWidget(self._refusal)
        layout.addWidget(self._headline)
        layout.addWidget(self._last)
        layout.addWidget(self._bar)
        layout.addLayout(figures)
        layout.addSpacing(HALF)
        layout.addLayout(self._figures)
        layout.addWidget(self._need_title)
        layout.addLayout(self._need_box)
        layout.addWidget(self._clear, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._chart)
        layout.addWidget(self._limit, 0, Qt.AlignmentFlag.AlignLeft)
        layout.addWidget(self._notes)
        layout.addWidget(hairline(theme))
        layout.addWidget(self._lane_title)
        layout.addLayout(self._lane_box)
        layout.addWidget(self._work_title)
        layout.addLayout(self._work_box)
        layout.addStretch()
        status.changed.connect(self.refresh)
        self.refresh()

    def say_refused(self, why: str) -> None:
        """Why the drag that hovers cannot be used; empty when it is gone."""
        self._refused.setText(why)
        self._refusal.setVisible(bool(why))

    def show_limit(self, text: str) -> None:
        """“Limit 2 MB/s”; empty while nothing limits the speed."""
        self._limit.setText(text)
        self._limit.setVisible(bool(text))

    def refresh(self) -> None:
        """Show the model as it is now."""
        status, totals = self._status, self._status.totals
        paused = status.paused
        idle = not status.busy
        self._headline.setText(
            tr("Nothing running") if idle else tr("Paused") if paused else status.headline
        )
        self._last.setText(status.last)
        self._last.setVisible(idle and bool(status.last))
        moving = not idle and bool(status.bytes)
        self._bar.setVisible(moving)
        if moving:
            self._bar.show_fraction(totals.fraction)
        self._left.setText(f"{percent(totals.fraction)}   {status.bytes}" if moving else "")
        self._right.setText("   ".join(part for part in (status.rate, status.eta) if part))
        self._chart.show_bars(() if idle else status.bars)
        self._notes.setText("\n".join(status.notes))
        self._notes.setVisible(bool(status.notes))
        self._left.setVisible(moving)
        self._right.setVisible(moving)
        for label, value in zip(
            self._numbers,
            (totals.active, totals.waiting, totals.needs, totals.failed, totals.done),
            strict=True,
        ):
            label.setText(number(value))
            label.setEnabled(value > 0)
        self._theme.look(self._numbers[2], "needs" if totals.needs else "")
        self._theme.look(self._numbers[3], "failed" if totals.failed else "")
        self._clear.setVisible(idle and totals.done > 0)
        self._refresh_lanes()
        if status.needs != self._needs:
            self._needs = status.needs
            self._show_needs()
        if status.works != self._works:
            self._works = status.works
            self._show_works()
        self._need_title.setVisible(bool(self._needs))
        self._lane_title.setVisible(bool(self._lanes))
        self._work_title.setVisible(bool(self._works))

    def _figure(self, name: str) -> QLabel:
        value = QLabel()
        value.setFont(tabular(heading_font(value.font(), 1.3)))
        value.setAccessibleDescription(name)
        both = column(spacing=0)
        both.addWidget(value)
        both.addWidget(caption(self._theme, name))
        if self._figures.count():
            self._figures.addStretch()
        self._figures.addLayout(both)
        return value

    def _refresh_lanes(self) -> None:
        """New words alone are put where the old ones stand, so that no button loses its focus."""
        lanes = self._status.lanes
        if [_shape(lane) for lane in lanes] != [_shape(lane) for lane in self._lanes]:
            self._lanes = lanes
            self._show_lanes()
        elif lanes != self._lanes:
            self._lanes = lanes
            for labels, lane in zip(self._lane_words, lanes, strict=True):
                _say(labels, lane)
        counting = any(lane.problem is not None for lane in lanes)
        if counting is not self._seconds.isActive():
            if counting:
                self._seconds.start()
            else:
                self._seconds.stop()

    def _show_lanes(self) -> None:
        emptied(self._lane_box)
        self._lane_words.clear()
        for lane in self._lanes:
            line = QHBoxLayout()
            line.setSpacing(GRID)
            light = Light(self._theme, lane.light)
            text = column(spacing=0)
            name = QLabel(lane.name)
            font = name.font()
            font.setWeight(name.font().Weight.Medium)
            name.setFont(font)
            labels = paragraph(), paragraph()
            text.addWidget(name)
            for label in labels:
                self._theme.look(label, "muted")
                label.setFont(tabular(label.font()))
                text.addWidget(label)
            _say(labels, lane)
            self._lane_words.append(labels)
            # As high as the name's line, so that the dot stands in its middle.
            light.setFixedHeight(name.sizeHint().height())
            line.addWidget(light, 0, Qt.AlignmentFlag.AlignTop)
            line.addLayout(text, 1)
            action = _help_for(lane)
            if action is not None:
                button = QPushButton(LOOKS[action].text)
                button.setAccessibleName(f"{lane.name}: {LOOKS[action].text}")
                button.clicked.connect(
                    lambda _=False, id=lane.destination, action=action: self.lane_wanted.emit(
                        id, action
                    )
                )
                line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
            self._lane_box.addLayout(line)

    def _show_needs(self) -> None:
        emptied(self._need_box)
        for need in self._needs[:NEEDS_SHOWN]:
            line = QHBoxLayout()
            line.setSpacing(GRID)
            line.addWidget(
                Mark(self._theme, "warning", Tone.WAITING, size=MARK), 0, Qt.AlignmentFlag.AlignTop
            )
            words = paragraph()
            words.setText(need.text)
            show = QPushButton(tr("Show"))
            show.setAccessibleName(f"{tr('Show')}: {need.text}")
            self._theme.look(show, "link")
            show.clicked.connect(lambda _=False, ids=need.ids: self.needs_shown.emit(ids))
            line.addWidget(words, 1)
            line.addWidget(show, 0, Qt.AlignmentFlag.AlignTop)
            self._need_box.addLayout(line)

    def _show_works(self) -> None:
        """The words change with every file; they are put where the old ones stand."""
        if len(self._works) != len(self._work_words):
            self._draw_works()
        for words, work in zip(self._work_words, self._works, strict=True):
            words.setText(f"{work.name}: {work.text}")

    def _draw_works(self) -> None:
        emptied(self._work_box)
        self._work_words.clear()
        for _ in self._works:
            line = QHBoxLayout()
            line.setSpacing(GRID)
            line.addWidget(
                Mark(self._theme, "server-arrow", Tone.ACTIVE, size=MARK),
                0,
                Qt.AlignmentFlag.AlignTop,
            )
            words = paragraph()
            words.setFont(tabular(words.font()))
            line.addWidget(words, 1)
            self._work_box.addLayout(line)
            self._work_words.append(words)


def _shape(lane: LaneLine) -> tuple[object, ...]:
    """What of a lane decides which widgets show it."""
    return lane.destination, lane.name, lane.light, _help_for(lane)


def _say(labels: tuple[QLabel, QLabel], lane: LaneLine) -> None:
    connection, work = labels
    connection.setText(" · ".join(part for part in (lane.words, lane.account) if part))
    work.setText(lane.work)
    work.setVisible(bool(lane.work))


def _help_for(lane: LaneLine) -> RowAction | None:
    match lane.problem:
        case SignInProblem():
            return RowAction.SIGN_IN
        case TrustProblem():
            return RowAction.SETTINGS
        case ConnectionProblem():
            return RowAction.TRY_NOW
        case _:
            return None
