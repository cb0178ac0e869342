"""Which limit is in force when: a table of wall-clock times, whatever the clocks do."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import timetable
from app.core.timetable import ByHand, Period, in_force, next_change, until

OFFICE = timetable.parsed("mon-fri 08:00-18:00 2M")
NIGHT = timetable.parsed("fri,sat 22:00-06:00 off")
LUNCH = timetable.parsed("wed 12:00-13:00 500k")
ALWAYS = timetable.parsed("daily 00:00-24:00 1M")
OUTSIDE = 5_000_000


def at(text: str) -> datetime:
    """“thu 09:30” of the week that begins on Monday, 2 March 2026."""
    day, clock = text.split()
    hours, minutes = clock.split(":")
    monday = datetime(2026, 3, 2)
    passed = timedelta(days=timetable.NAMES.index(day), hours=int(hours), minutes=float(minutes))
    return monday + passed


@pytest.mark.parametrize(
    ("periods", "when", "rate"),
    [
        ((), "mon 09:00", OUTSIDE),
        ((OFFICE,), "mon 07:59", OUTSIDE),
        ((OFFICE,), "mon 08:00", 2_000_000),
        ((OFFICE,), "fri 17:59.9", 2_000_000),
        ((OFFICE,), "fri 18:00", OUTSIDE),
        ((OFFICE,), "sat 12:00", OUTSIDE),
        # Over midnight: the hours of the next day belong to the day they began on.
        ((NIGHT,), "fri 21:59", OUTSIDE),
        ((NIGHT,), "fri 23:00", 0),
        ((NIGHT,), "sat 05:59", 0),
        ((NIGHT,), "sat 06:00", OUTSIDE),
        ((NIGHT,), "sun 03:00", 0),
        ((NIGHT,), "mon 03:00", OUTSIDE),
        ((NIGHT,), "fri 03:00", OUTSIDE),
        # The first period that fits counts.
        ((LUNCH, OFFICE), "wed 12:30", 500_000),
        ((OFFICE, LUNCH), "wed 12:30", 2_000_000),
        ((LUNCH, OFFICE), "wed 13:00", 2_000_000),
        ((ALWAYS,), "sun 23:59.9", 1_000_000),
        ((ALWAYS,), "mon 00:00", 1_000_000),
        # The same begin and end: a whole day from then on.
        ((timetable.parsed("sun 20:00-20:00 1M"),), "mon 19:59", 1_000_000),
        ((timetable.parsed("sun 20:00-20:00 1M"),), "mon 20:00", OUTSIDE),
    ],
)
def test_the_limit_of_a_moment(periods: tuple[Period, ...], when: str, rate: int) -> None:
    assert in_force(OUTSIDE, periods, None, at(when)) == rate


@pytest.mark.parametrize(
    ("periods", "when", "then"),
    [
        ((OFFICE,), "mon 07:00", "mon 08:00"),
        ((OFFICE,), "mon 08:00", "mon 18:00"),
        ((OFFICE,), "thu 18:00", "fri 08:00"),
        ((NIGHT,), "fri 23:00", "sat 06:00"),
        ((LUNCH, OFFICE), "wed 08:00", "wed 12:00"),
        # Midnight inside one period is no change.
        ((NIGHT,), "sat 06:00", "sat 22:00"),
    ],
)
def test_the_next_change(periods: tuple[Period, ...], when: str, then: str) -> None:
    assert next_change(periods, at(when)) == at(then)


def test_a_change_may_be_a_week_away() -> None:
    assert next_change((LUNCH,), at("wed 13:00")) == at("wed 12:00") + timedelta(days=7)


def test_what_never_changes_has_no_next_change() -> None:
    assert next_change((ALWAYS,), at("wed 08:00")) is None
    assert next_change((), at("wed 08:00")) is None


@pytest.mark.parametrize(
    ("when", "rate"),
    [
        ("tue 10:00", 0),
        ("tue 17:59", 0),
        # The timetable takes over where it changes next, and keeps it.
        ("tue 18:00", OUTSIDE),
        ("wed 08:00", 2_000_000),
        ("wed 10:00", 2_000_000),
    ],
)
def test_a_choice_by_hand_holds_until_the_timetable_changes(when: str, rate: int) -> None:
    by_hand = ByHand(0, at("tue 10:00"))
    assert in_force(OUTSIDE, (OFFICE,), by_hand, at(when)) == rate


def test_a_choice_by_hand_says_how_long_it_holds() -> None:
    by_hand = ByHand(0, at("tue 10:00"))
    assert until((OFFICE,), by_hand, at("tue 11:00")) == at("tue 18:00")
    assert until((OFFICE,), by_hand, at("tue 19:00")) == at("wed 08:00")


def test_a_clock_put_back_does_not_end_a_choice_nor_a_period() -> None:
    # Chosen at the first 02:30 of the night in which 02:00 to 03:00 comes twice.
    night = timetable.parsed("daily 01:00-04:00 1M")
    by_hand = ByHand(3_000_000, at("sun 02:30"))
    assert in_force(OUTSIDE, (night,), by_hand, at("sun 02:10")) == 3_000_000
    assert in_force(OUTSIDE, (night,), None, at("sun 02:10")) == 1_000_000


def test_a_skipped_hour_is_no_obstacle() -> None:
    # From 01:59 the clocks go to 03:00; a period that began at 02:30 counts from then on.
    spring = timetable.parsed("sun 02:30-05:00 1M")
    assert in_force(OUTSIDE, (spring,), None, at("sun 01:59")) == OUTSIDE
    assert in_force(OUTSIDE, (spring,), None, at("sun 03:00")) == 1_000_000


@pytest.mark.parametrize(
    ("line", "written"),
    [
        ("mon-fri 08:00-18:00 2M", "mon-fri 08:00-18:00 2M"),
        ("Mon–Fri 8:00–18:00: 2 MB/s", "mon-fri 08:00-18:00 2M"),
        ("sat-mon 22:00-06:00 off", "mon,sat-sun 22:00-06:00 off"),
        ("daily 00:00-24:00 500k", "mon-sun 00:00-24:00 500k"),
    ],
)
def test_a_line_is_read_and_kept(line: str, written: str) -> None:
    period = timetable.parsed(line)
    assert timetable.written(period) == written
    assert timetable.parsed(written) == period


@pytest.mark.parametrize(
    "line",
    ["", "mon", "mon 08:00 2M", "mon 25:00-26:00 2M", "mon 08:61-09:00 2M", "day 08:00-09:00 1M"],
)
def test_what_is_no_line_is_refused(line: str) -> None:
    with pytest.raises(ValueError):
        timetable.parsed(line)


periods = st.builds(
    Period,
    days=st.frozensets(st.integers(0, 6), min_size=1),
    begin=st.integers(0, timetable.DAY - 1),
    end=st.integers(0, timetable.DAY),
    rate=st.integers(0, 10**9),
)


@given(st.lists(periods, max_size=4), st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)))
def test_nothing_changes_before_the_next_change(timetable_: list[Period], moment: datetime) -> None:
    then = next_change(timetable_, moment)
    now = in_force(OUTSIDE, timetable_, None, moment)
    end = then or moment + timedelta(days=8)
    for part in range(1, 20):
        between = moment + (end - moment) * part / 20
        assert in_force(OUTSIDE, timetable_, None, between) == now


@given(periods)
def test_every_period_is_kept_as_it_is(period: Period) -> None:
    assert timetable.parsed(timetable.written(period)) == period
