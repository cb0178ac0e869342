"""Rates and times left: nothing rather than nonsense."""

from __future__ import annotations

from app.transfer.meter import Meter, Rate


def steady(rate: Rate, speed: int, seconds: float, start: float = 100.0, sent: int = 0) -> float:
    now = start
    while now < start + seconds:
        now += 0.1
        sent += speed // 10
        rate.read(sent, now)
    return now


def test_a_meter_never_leaves_its_file() -> None:
    meter = Meter(100)
    meter.add(60)
    meter.add(60)
    assert meter.sent == 100
    meter.add(-500)
    assert meter.sent == 0


def test_a_steady_stream_gives_its_rate_and_time_left() -> None:
    rate = Rate()
    now = steady(rate, 1_000_000, 10)
    assert abs(rate.per_second - 1_000_000) < 50_000
    left = rate.time_left(20_000_000, now)
    assert left is not None and 9 < left < 11


def test_no_time_left_before_it_can_be_honest() -> None:
    rate = Rate()
    now = steady(rate, 1_000_000, 2)
    assert rate.time_left(20_000_000, now) is None
    now = steady(rate, 1_000, 5, start=now, sent=2_000_000)
    assert rate.time_left(10**12, now) is None


def test_a_stall_is_said_and_hides_the_time_left() -> None:
    rate = Rate()
    now = steady(rate, 1_000_000, 10)
    rate.read(10_000_000, now + 12)
    rate.read(10_000_000, now + 24)
    assert rate.stalled(now + 24) >= 11
    assert rate.time_left(20_000_000, now + 24) is None


def test_sleep_and_clocks_that_jump_restart_the_filter() -> None:
    rate = Rate()
    now = steady(rate, 1_000_000, 10)
    assert rate.read(10_100_000, now + 3_600) == 0.0
    assert rate.read(10_200_000, now - 50) == 0.0
    assert rate.read(5, now) == 0.0
