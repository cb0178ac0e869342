"""Being told of a newer version: only when wanted, once a week, and never a nuisance."""

from __future__ import annotations

import asyncio
import sys

import pytest

from app.core import catalogue
from app.core.problems import Unreachable
from app.servers.releases import Release
from app.storage import Settings
from app.viewmodels.notices import Notice
from app.viewmodels.updates import SECONDS_BETWEEN, update_notice

NOW = 1_800_000_000.0
WANTED = Settings(updates=True)


class Asked:
    """Counts how often the address was asked, and what was kept."""

    def __init__(self, version: str = "9.0") -> None:
        self.times = 0
        self.kept: list[Settings] = []
        self._version = version

    def newest(self) -> Release:
        self.times += 1
        if not self._version:
            raise Unreachable(catalogue.NAME_UNKNOWN, {"host": "example.org"})
        return Release(self._version, "https://example.org/new")

    def notice(self, settings: Settings, now: float = NOW) -> Notice | None:
        return asyncio.run(update_notice(settings, self.kept.append, self.newest, "1.2.0", now))


def test_nothing_is_asked_before_the_person_wants_it() -> None:
    asked = Asked()
    assert asked.notice(Settings()) is None
    assert (asked.times, asked.kept) == (0, [])


def test_a_newer_version_is_told_with_its_page() -> None:
    asked = Asked()
    said = asked.notice(WANTED)
    assert said is not None
    assert ("9.0" in said.text, "1.2.0" in said.text) == (True, True)
    assert said.link == "https://example.org/new"
    assert asked.kept == [Settings(updates=True, updates_asked=int(NOW))]


def test_on_linux_the_way_of_installing_is_left_to_its_packages(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    said = Asked().notice(WANTED)
    assert said is not None
    assert said.text.endswith("Install it the way you installed this one.")


@pytest.mark.parametrize("version", ["1.2.0", "1.2", "1.1.9", "0.9", ""])
def test_no_news_is_not_told(version: str) -> None:
    assert Asked(version).notice(WANTED) is None


def test_it_is_asked_once_a_week() -> None:
    asked = Asked()
    known = Settings(updates=True, updates_asked=int(NOW))
    assert asked.notice(known, NOW + SECONDS_BETWEEN - 1) is None
    assert asked.times == 0
    assert asked.notice(known, NOW + SECONDS_BETWEEN + 1) is not None


def test_a_clock_that_was_wrong_does_not_stop_it_for_good() -> None:
    asked = Asked()
    assert asked.notice(Settings(updates=True, updates_asked=int(NOW) + 10**8)) is not None
