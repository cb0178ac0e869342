"""Settings and places: written whole or not at all, damage set aside and told."""

import os
import stat
import sys
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from app.core import timetable
from app.storage import Settings, SettingsFile, StorageProblem, places
from app.storage.toml_file import TomlFile

CHANGED = Settings(
    theme="dark",
    destination="abc",
    limit=500_000,
    timetable=(timetable.parsed("mon-fri 08:00-18:00 2M"), timetable.parsed("sat 22:00-06:00 off")),
    by_hand=timetable.ByHand(0, datetime(2026, 3, 2, 9, 30)),
    options={"abc": {"k": "v"}},
    compact=True,
    notifications=False,
    tray=True,
    history_days=30,
    history_rows=500,
    monitor=("sort=-started", "columns=name:200,-who:120"),
    silenced=("quit",),
)
posix = pytest.mark.skipif(sys.platform == "win32", reason="POSIX permissions")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "settings.toml"


def test_nothing_saved_means_defaults(path: Path) -> None:
    assert SettingsFile(path).load() == Settings()
    assert not path.exists()


def test_a_choice_by_hand_that_ended_leaves_the_file(path: Path) -> None:
    SettingsFile(path).save(CHANGED)
    SettingsFile(path).save(replace(CHANGED, by_hand=None))
    assert "by_hand" not in path.read_text(encoding="utf-8")


def test_settings_survive_and_unknown_keys_stay(path: Path) -> None:
    path.write_text('next_version = "yes"\n[window]\nwidth = 3\n', encoding="utf-8")
    SettingsFile(path).save(CHANGED)
    assert SettingsFile(path).load() == CHANGED
    assert 'next_version = "yes"' in path.read_text(encoding="utf-8")
    assert "width = 3" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "text",
    [
        'theme = "pink"',
        "theme = 1",
        "limit = -1",
        "limit = true",
        "options = 3",
        "options = {a = 1}",
        'timetable = ["mon 08:00"]',
        'timetable = "mon 08:00-09:00 1M"',
        "by_hand = {rate = 1}",
        "by_hand = {rate = 1, since = 2026-03-02T09:30:00Z}",
        'tray = "yes"',
        "history_days = 0",
        "silenced = [1]",
    ],
)
def test_an_odd_value_is_the_default_and_told(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8")
    file = SettingsFile(path)
    assert file.load() == Settings()
    (problem,) = file.problems
    assert problem.id == "storage.entry-damaged"
    assert path.read_text(encoding="utf-8") == text


@pytest.mark.parametrize("content", [b"theme = ", b"\xff\xfe\x00", b"a = 1\na = 2"])
def test_a_damaged_file_is_set_aside_and_told(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    file = SettingsFile(path)
    assert file.load() == Settings()
    (problem,) = file.problems
    kept = path.with_name(problem.facts["kept"])
    assert kept.read_bytes() == content
    assert kept.name in problem.meaning
    file.save(CHANGED)
    assert SettingsFile(path).load() == CHANGED
    assert kept.read_bytes() == content


def test_a_second_damage_does_not_replace_the_first(path: Path) -> None:
    for content in (b"x", b"y", b"z"):
        path.write_bytes(content)
        SettingsFile(path).load()
    kept = {file.read_bytes() for file in path.parent.glob("settings.damaged-*.toml")}
    assert kept == {b"x", b"y", b"z"}


def test_a_failed_write_leaves_the_old_file_and_no_litter(path: Path) -> None:
    file = TomlFile(path)
    file.change(lambda table: table.update(a=1))
    before = path.read_bytes()
    with pytest.raises(TypeError):
        file.change(lambda table: table.update(a=object()))
    with pytest.raises(ZeroDivisionError):
        file.change(lambda table: table.update(a=1 // 0))
    assert path.read_bytes() == before
    assert {entry.name for entry in path.parent.iterdir()} == {path.name, f".{path.name}.lock"}


@posix
@pytest.mark.skipif(sys.platform != "win32" and os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_that_cannot_be_written_is_a_plain_problem(path: Path) -> None:
    path.parent.chmod(0o500)
    try:
        with pytest.raises(StorageProblem) as unwritable:
            SettingsFile(path).save(CHANGED)
    finally:
        path.parent.chmod(0o700)
    assert unwritable.value.id == "storage.unwritable"


def test_a_folder_in_the_way_is_a_plain_problem(path: Path) -> None:
    path.mkdir()
    with pytest.raises(StorageProblem) as unreadable:
        SettingsFile(path).load()
    assert unreadable.value.id == "storage.unreadable"
    with pytest.raises(StorageProblem):
        SettingsFile(path).save(CHANGED)


@posix
def test_the_file_is_for_its_owner_alone_and_a_link_stays_a_link(path: Path) -> None:
    real = path.with_name("dotfiles.toml")
    real.touch()
    path.symlink_to(real)
    SettingsFile(path).save(CHANGED)
    assert path.is_symlink()
    assert SettingsFile(real).load() == CHANGED
    assert stat.S_IMODE(real.stat().st_mode) == 0o600


def test_a_byte_order_mark_is_not_damage(path: Path) -> None:
    path.write_bytes(b'\xef\xbb\xbftheme = "dark"\r\n')
    assert SettingsFile(path).load().theme == "dark"


def test_longshore_home_holds_everything(tmp_path: Path) -> None:
    home = tmp_path / "not" / "yet"
    found = places({"LONGSHORE_HOME": str(home)}).made()
    assert {found.config, found.state, found.logs} == {home, home / "log"}
    assert found.logs.is_dir()
    if sys.platform != "win32":
        assert stat.S_IMODE(home.stat().st_mode) == 0o700
        assert stat.S_IMODE(found.logs.stat().st_mode) == 0o700
    assert found.settings.parent == found.destinations.parent == home


def test_a_home_that_cannot_be_is_a_plain_problem(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageProblem) as unusable:
        places({"LONGSHORE_HOME": str(tmp_path / "file" / "home")}).made()
    assert unusable.value.id == "storage.folder"
    assert str(tmp_path) in unusable.value.title


def test_a_relative_home_does_not_move_with_the_working_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert places({"LONGSHORE_HOME": "here"}).config == tmp_path / "here"


def test_without_a_home_the_systems_places_are_used() -> None:
    found = places({})
    assert all(place.is_absolute() for place in (found.config, found.state, found.logs))
    assert "longshore" in str(found.config).casefold()
