"""The timetable of the speed limit: which one is in force at a local wall-clock time.

Times are those on the wall, without a zone: when clocks change, 08:00 stays 08:00. An hour that is
skipped has no moments to limit, one that comes twice is limited twice.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, time, timedelta

from app.core import rates

DAY = 24 * 60
WEEK = frozenset(range(7))
NAMES = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

_LINE = re.compile(r"(\S+)\s+(\d\d?):(\d\d)\s*[-–]\s*(\d\d?):(\d\d)\s*:?\s+(\S.*)")


@dataclass(frozen=True, slots=True)
class Period:
    """Hours of some days and the limit during them.

    `days` holds weekdays, 0 for Monday; `begin` and `end` are minutes since midnight. An end at or
    before the beginning lies on the following day. `rate` is bytes per second, 0 for no limit.
    """

    days: frozenset[int]
    begin: int
    end: int
    rate: int

    def __post_init__(self) -> None:
        if not self.days or not self.days <= WEEK or self.rate < 0:
            raise ValueError(self)
        if not (0 <= self.begin < DAY and 0 <= self.end <= DAY):
            raise ValueError(self)

    def covers(self, local: datetime) -> bool:
        """Whether this wall-clock time lies in it; its last minute does, its end does not."""
        day, minute = local.weekday(), local.hour * 60 + local.minute
        if self.begin < self.end:
            return day in self.days and self.begin <= minute < self.end
        if minute >= self.begin and day in self.days:
            return True
        return minute < self.end and (day - 1) % 7 in self.days


@dataclass(frozen=True, slots=True)
class ByHand:
    """A limit chosen by hand, and the wall-clock time when it was."""

    rate: int
    since: datetime


def in_force(limit: int, periods: Sequence[Period], by_hand: ByHand | None, local: datetime) -> int:
    """Bytes per second at a wall-clock time, 0 for no limit.

    What was chosen by hand holds until the timetable next changes; then the first period that
    covers the time; outside of all of them `limit`.
    """
    if not periods:
        return limit
    if by_hand is not None and _holds(by_hand, periods, local):
        return by_hand.rate
    period = _period(periods, local)
    return limit if period is None else period.rate


def next_change(periods: Sequence[Period], local: datetime) -> datetime | None:
    """The first wall-clock time after `local` at which another period counts, or none does."""
    midnight = datetime.combine(local.date(), time())
    minutes = {minute for one in periods for minute in (one.begin, one.end % DAY)} | {0}
    before = _period(periods, local)
    for day in range(9):
        for minute in sorted(minutes):
            moment = midnight + timedelta(days=day, minutes=minute)
            if moment > local and _period(periods, moment) is not before:
                return moment
    return None


def until(periods: Sequence[Period], by_hand: ByHand | None, local: datetime) -> datetime | None:
    """When what is in force at `local` ends by the timetable; None if it never does."""
    if by_hand is not None and _holds(by_hand, periods, local):
        return next_change(periods, by_hand.since)
    return next_change(periods, local)


def parsed(line: str) -> Period:
    """“mon-fri 08:00-18:00 2M” as a period. Raises ValueError."""
    found = _LINE.fullmatch(line.strip())
    if found is None:
        raise ValueError(line)
    days, *clock, rate = found.groups()
    hours = [int(text) for text in clock]
    if hours[1] > 59 or hours[3] > 59:
        raise ValueError(line)
    begin, end = hours[0] * 60 + hours[1], hours[2] * 60 + hours[3]
    return Period(_days(days.casefold()), begin, end, rates.parsed(rate))


def written(period: Period) -> str:
    """The line that `parsed` reads as this period."""
    spans = [
        NAMES[first] if first == last else f"{NAMES[first]}-{NAMES[last]}"
        for first, last in spans_of(period.days)
    ]
    begin, end = (f"{minute // 60:02}:{minute % 60:02}" for minute in (period.begin, period.end))
    return f"{','.join(spans)} {begin}-{end} {rates.written(period.rate)}"


def spans_of(days: frozenset[int]) -> list[tuple[int, int]]:
    """Weekdays as (first, last) of those that follow each other."""
    spans: list[tuple[int, int]] = []
    for day in sorted(days):
        if spans and spans[-1][1] == day - 1:
            spans[-1] = (spans[-1][0], day)
        else:
            spans.append((day, day))
    return spans


def _days(text: str) -> frozenset[int]:
    if text in ("daily", "mon-sun"):
        return WEEK
    days: set[int] = set()
    for span in text.replace("–", "-").split(","):
        first, _, last = span.partition("-")
        if first not in NAMES or (last or first) not in NAMES:
            raise ValueError(text)
        begin, end = NAMES.index(first), NAMES.index(last or first)
        # “sat-mon” goes over the end of the week.
        days.update((begin + step) % 7 for step in range((end - begin) % 7 + 1))
    return frozenset(days)


def _period(periods: Sequence[Period], local: datetime) -> Period | None:
    return next((period for period in periods if period.covers(local)), None)


def _holds(by_hand: ByHand, periods: Sequence[Period], local: datetime) -> bool:
    ends = next_change(periods, by_hand.since)
    return ends is None or local < ends
