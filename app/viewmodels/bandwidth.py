"""The speed limit of the program: chosen by hand, by the timetable, and told in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from PySide6.QtCore import QObject, QTimer, Signal

from app.core import rates, timetable
from app.core.timetable import ByHand, Period
from app.storage import Settings
from app.viewmodels import words
from app.viewmodels.words import tr

PRESETS = (0, 10_000_000, 5_000_000, 2_000_000, 1_000_000, 500_000, 100_000)
"""Bytes per second; 0 is no limit."""
LOOK_MS = 5000
"""How often the clock on the wall is compared with the timetable."""
DASH = "–"


class Bandwidth(QObject):
    """Keeps the limit in the settings and has it applied; `changed` when another is in force.

    `save` keeps settings, `apply` is told bytes per second or None; `now` is local wall-clock time.
    """

    changed = Signal()

    def __init__(
        self,
        settings: Callable[[], Settings],
        save: Callable[[Settings], None],
        apply: Callable[[int | None], None],
        parent: QObject | None = None,
        *,
        now: Callable[[], datetime] = datetime.now,
    ) -> None:
        super().__init__(parent)
        self._settings = settings
        self._save = save
        self._apply = apply
        self._now = now
        self._in_force = 0
        self._said = ""
        self._clock = QTimer(self)
        self._clock.setInterval(LOOK_MS)
        self._clock.timeout.connect(self.look)

    @property
    def rate(self) -> int:
        """Bytes per second in force; 0 is no limit."""
        return self._in_force

    @property
    def text(self) -> str:
        """“Limit 2 MB/s until 18:00”; empty without a limit and a timetable."""
        settings = self._settings()
        if not self._in_force and not settings.timetable:
            return ""
        ends = timetable.until(settings.timetable, settings.by_hand, self._now())
        limit = (
            tr("Limit {rate}", rate=words.speed(self._in_force))
            if self._in_force
            else tr("No limit")
        )
        return (
            limit if ends is None else tr("{limit} {until}", limit=limit, until=self._until(ends))
        )

    def choices(self) -> list[tuple[int, str]]:
        """(rate, words) to choose from; the one in force is among them."""
        offered = {*PRESETS, self._in_force}
        fast_first = sorted(offered - {0}, reverse=True)
        return [(0, tr("No limit")), *((rate, words.speed(rate)) for rate in fast_first)]

    def begin(self) -> None:
        """The settings are loaded and the engine runs: what is in force is applied."""
        self._in_force = 0
        self.look()

    def end(self) -> None:
        self._clock.stop()

    def choose(self, rate: int) -> None:
        """The person's choice, 0 for no limit.

        With a timetable it holds until that changes the limit next.
        """
        settings = self._settings()
        if settings.timetable:
            self._save(replace(settings, by_hand=ByHand(rate, self._now().replace(microsecond=0))))
        else:
            self._save(replace(settings, limit=rate, by_hand=None))
        self.look()

    def set_up(self, limit: int, periods: Sequence[Period]) -> None:
        """The limit outside the timetable, and the timetable; a choice by hand ends."""
        settings = replace(self._settings(), limit=limit, timetable=tuple(periods), by_hand=None)
        self._save(settings)
        self.look()

    def look(self) -> None:
        """Compares the clock with the timetable."""
        due = self._due()
        if due != self._in_force:
            self._in_force = due
            self._apply(due or None)
        if bool(self._settings().timetable) != self._clock.isActive():
            self._clock.start() if self._settings().timetable else self._clock.stop()
        said = self.text
        if said != self._said:
            self._said = said
            self.changed.emit()

    def _due(self) -> int:
        settings = self._settings()
        return timetable.in_force(settings.limit, settings.timetable, settings.by_hand, self._now())

    def _until(self, ends: datetime) -> str:
        clock = f"{ends.hour:02}:{ends.minute:02}"
        if (ends.date() - self._now().date()).days == 0:
            return tr("until {time}", time=clock)
        return tr("until {day} {time}", day=words.weekday(ends.weekday()), time=clock)


def typed_rate(text: str) -> int | None:
    """What the person typed as bytes per second, 0 for no limit; None if it is no rate."""
    try:
        return rates.parsed(text)
    except ValueError:
        return None


def period_text(period: Period) -> str:
    """“Mon–Fri 08:00–18:00: 2 MB/s”"""
    if period.days == timetable.WEEK:
        days = tr("Every day")
    else:
        days = ", ".join(
            words.weekday(first)
            if first == last
            else f"{words.weekday(first)}{DASH}{words.weekday(last)}"
            for first, last in timetable.spans_of(period.days)
        )
    begin, end = (f"{minute // 60:02}:{minute % 60:02}" for minute in (period.begin, period.end))
    rate = words.speed(period.rate) if period.rate else tr("no limit")
    return tr("{days} {hours}: {rate}", days=days, hours=f"{begin}{DASH}{end}", rate=rate)
