"""The speed limit as the window knows it: choices, timetable, words, what the engine is told."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from PySide6.QtWidgets import QApplication

from app.core import timetable
from app.core.timetable import ByHand
from app.storage import Settings
from app.viewmodels.bandwidth import Bandwidth, period_text, typed_rate

MONDAY = datetime(2026, 3, 2, 9, 0)
OFFICE = timetable.parsed("mon-fri 08:00-18:00 2M")


class Desk:
    """A bandwidth with settings in memory and a clock to turn."""

    def __init__(self, settings: Settings | None = None) -> None:
        self.settings = settings or Settings()
        self.now = MONDAY
        self.applied: list[int | None] = []
        self.changes = 0
        self.bandwidth = Bandwidth(
            lambda: self.settings, self._save, self.applied.append, now=lambda: self.now
        )
        self.bandwidth.changed.connect(self._changed)
        self.bandwidth.begin()

    def _save(self, settings: Settings) -> None:
        self.settings = settings

    def _changed(self) -> None:
        self.changes += 1

    def at(self, moment: datetime) -> None:
        self.now = moment
        self.bandwidth.look()


@pytest.fixture(autouse=True)
def qt(qapp: QApplication) -> QApplication:
    return qapp


def test_no_limit_to_begin_with() -> None:
    desk = Desk()
    assert (desk.bandwidth.rate, desk.bandwidth.text, desk.applied) == (0, "", [])


def test_a_choice_is_applied_kept_and_told() -> None:
    desk = Desk()
    desk.bandwidth.choose(2_000_000)
    assert desk.applied == [2_000_000]
    assert desk.settings.limit == 2_000_000
    assert desk.bandwidth.text == "Limit 2 MB/s"
    desk.bandwidth.choose(0)
    assert desk.applied == [2_000_000, None]
    assert desk.bandwidth.text == ""
    assert desk.changes == 2


def test_the_limit_kept_is_applied_at_the_next_start() -> None:
    assert Desk(Settings(limit=500_000)).applied == [500_000]


def test_the_timetable_sets_and_lifts_the_limit() -> None:
    desk = Desk(Settings(timetable=(OFFICE,)))
    assert desk.bandwidth.text == "Limit 2 MB/s until 18:00"
    desk.at(MONDAY.replace(hour=18))
    assert desk.bandwidth.text == "No limit until Tue 08:00"
    assert desk.applied == [2_000_000, None]


def test_a_choice_by_hand_ends_where_the_timetable_changes() -> None:
    desk = Desk(Settings(timetable=(OFFICE,)))
    desk.bandwidth.choose(0)
    assert desk.bandwidth.text == "No limit until 18:00"
    assert desk.settings.by_hand == ByHand(0, MONDAY)
    desk.at(MONDAY + timedelta(hours=5))
    assert desk.applied == [2_000_000, None]
    desk.at(MONDAY + timedelta(days=1))
    assert desk.applied == [2_000_000, None, 2_000_000]


def test_a_new_timetable_counts_at_once_and_ends_a_choice() -> None:
    desk = Desk(Settings(timetable=(OFFICE,)))
    desk.bandwidth.choose(100_000)
    desk.bandwidth.set_up(5_000_000, [])
    assert desk.bandwidth.rate == 5_000_000
    assert desk.settings.by_hand is None
    assert desk.bandwidth.text == "Limit 5 MB/s"


def test_the_choices_hold_what_is_in_force() -> None:
    desk = Desk(Settings(limit=1_500_000))
    assert desk.bandwidth.choices()[:1] == [(0, "No limit")]
    assert (1_500_000, "1.5 MB/s") in desk.bandwidth.choices()
    assert (100_000, "100 kB/s") in desk.bandwidth.choices()


@pytest.mark.parametrize(
    ("line", "text"),
    [
        ("mon-fri 08:00-18:00 2M", "Mon–Fri 08:00–18:00: 2 MB/s"),
        ("sat,sun 22:00-06:00 off", "Sat–Sun 22:00–06:00: no limit"),
        ("mon,wed 00:00-24:00 500k", "Mon, Wed 00:00–24:00: 500 kB/s"),
        ("daily 12:00-13:00 8k", "Every day 12:00–13:00: 8 kB/s"),
    ],
)
def test_a_period_in_words(line: str, text: str) -> None:
    assert period_text(timetable.parsed(line)) == text


def test_what_is_typed() -> None:
    assert typed_rate("2 MB/s") == 2_000_000
    assert typed_rate("off") == 0
    assert typed_rate("fast") is None
