"""What the person prefers: counts at once, is kept, and what is wrong with the file is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.problems import Problem
from app.storage import Settings, SettingsFile
from app.viewmodels.preferences import Preferences
from app.viewmodels.silenced import QUIT, REMOVE
from app.viewmodels.tasks import TaskScope

pytestmark = pytest.mark.usefixtures("qapp")


class Desk:
    """Preferences without a running loop: each is written before the call returns."""

    def __init__(self, path: Path) -> None:
        self.file = SettingsFile(path)
        self.told: list[Problem] = []
        self.seen: list[Settings] = []
        self.preferences = Preferences(self.file, TaskScope(self.told.append), self.told.append)
        self.preferences.changed.connect(lambda: self.seen.append(self.preferences.settings))


def test_a_preference_counts_at_once_and_is_kept(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "settings.toml")
    desk.preferences.prefer(theme="dark")
    desk.preferences.prefer(theme="dark")
    assert [one.theme for one in desk.seen] == ["dark"]
    again = Desk(tmp_path / "settings.toml")
    again.preferences.load()
    assert again.preferences.settings == desk.preferences.settings
    assert len(again.seen) == 1 and not again.told


def test_questions_are_silenced_and_asked_again(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "settings.toml")
    for question in (QUIT, REMOVE, QUIT):
        desk.preferences.silence(question)
    assert desk.file.load().silenced == (QUIT, REMOVE)
    desk.preferences.silence(QUIT, False)
    assert not desk.preferences.silenced(QUIT) and desk.preferences.silenced(REMOVE)


def test_what_was_last_used_outlives_a_reset(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "settings.toml")
    used = {"d1": {"profile": "a"}}
    desk.preferences.prefer(theme="dark", silenced=(QUIT,), destination="d1", options=used)
    desk.preferences.reset()
    assert desk.preferences.settings == Settings(destination="d1", options=used)


def test_what_is_wrong_with_the_file_is_told_and_preferences_still_count(tmp_path: Path) -> None:
    path = tmp_path / "settings.toml"
    path.mkdir()
    desk = Desk(path)
    desk.preferences.load()
    assert len(desk.told) == 1 and desk.seen == [Settings()]
    desk.preferences.prefer(theme="dark")
    assert len(desk.told) == 2 and desk.preferences.settings.theme == "dark"
