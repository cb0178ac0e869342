"""The timeline of a row: when, what, and how long it stayed so."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from app.viewmodels.timeline import Event
from app.views.labels import Light, caption, paragraph
from app.views.layouts import emptied
from app.views.theme import GRID, Theme, tabular

TOP = Qt.AlignmentFlag.AlignTop


class TimelineView(QWidget):
    """Shows events in order; where only times pass, the labels stay."""

    def __init__(self, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._events: tuple[Event, ...] = ()
        self._spans: list[QLabel] = []
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(GRID)
        self._grid.setVerticalSpacing(GRID)
        self._grid.setColumnStretch(2, 1)

    def show_events(self, events: Sequence[Event]) -> None:
        old, self._events = self._events, tuple(events)
        if self._events == old:
            return
        if [_still(one) for one in old] != [_still(one) for one in events]:
            self._fill()
        for label, event in zip(self._spans, events, strict=True):
            label.setText(event.took)

    def _fill(self) -> None:
        emptied(self._grid)
        self._spans = []
        for row, event in enumerate(self._events):
            time = caption(self._theme, event.time)
            time.setFont(tabular(time.font()))
            light = Light(self._theme, event.tone)
            light.setFixedHeight(time.sizeHint().height())
            what = paragraph()
            what.setText(event.what)
            span = caption(self._theme, "")
            span.setFont(tabular(span.font()))
            self._spans.append(span)
            self._grid.addWidget(time, row, 0, TOP)
            self._grid.addWidget(light, row, 1, TOP)
            self._grid.addWidget(what, row, 2, TOP)
            self._grid.addWidget(span, row, 3, TOP | Qt.AlignmentFlag.AlignRight)


def _still(event: Event) -> tuple[object, ...]:
    """What of an event decides which widgets show it."""
    return event.time, event.what, event.tone
