"""Settings are kept without holding the window up, and the last value is the one that stays."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from app.core.problems import Problem
from app.storage import Settings, SettingsFile
from app.storage.file_lock import locked
from app.viewmodels.kept_settings import KeptSettings
from app.viewmodels.tasks import TaskScope

Ui = Callable[..., Any]


def test_the_last_value_stays(ui: Ui, tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "settings.toml")
    told: list[Problem] = []

    async def main() -> None:
        tasks = TaskScope(told.append)
        kept = KeptSettings(file, tasks)
        for days in range(1, 200):
            kept.keep(Settings(history_days=days))
        await kept.aclose()
        assert file.load() == Settings(history_days=199)
        kept.keep(Settings(history_days=7))
        await kept.aclose()
        assert file.load() == Settings(history_days=7)
        await tasks.aclose()

    ui(main())
    assert not told


def test_without_a_loop_it_is_written_at_once(tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "settings.toml")
    KeptSettings(file, TaskScope(lambda problem: None)).keep(Settings(tray=True))
    assert file.load() == Settings(tray=True)


def test_a_file_another_program_holds_does_not_hold_the_window_up(ui: Ui, tmp_path: Path) -> None:
    file = SettingsFile(tmp_path / "settings.toml")
    file.save(Settings())

    async def main() -> None:
        tasks = TaskScope(lambda problem: None)
        kept = KeptSettings(file, tasks)
        loop = asyncio.get_running_loop()
        with (tmp_path / ".settings.toml.lock").open("ab") as lock:
            assert locked(lock)
            began = loop.time()
            kept.keep(Settings(tray=True))
            assert loop.time() - began < 0.1
            await asyncio.sleep(0)
        await kept.aclose()
        assert file.load() == Settings(tray=True)
        await tasks.aclose()

    ui(main())


def test_what_goes_wrong_is_told(ui: Ui, tmp_path: Path) -> None:
    # A folder in the place of the file cannot be written over.
    (tmp_path / "settings.toml").mkdir()
    told: list[Problem] = []

    async def main() -> None:
        tasks = TaskScope(told.append)
        kept = KeptSettings(SettingsFile(tmp_path / "settings.toml"), tasks)
        kept.keep(Settings(tray=True))
        await kept.aclose()
        await tasks.aclose()

    ui(main())
    assert [problem.id.startswith("storage.") for problem in told] == [True]
