"""The preferences and the speed limit in the window: found, changed at once, kept, reset."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from app.core import timetable
from app.servers.releases import Release
from app.storage import SettingsFile
from app.viewmodels.notices import Notice
from app.viewmodels.silenced import QUIT, REMOVE, SILENCEABLE
from app.viewmodels.updates import tell_of_newer
from app.views import dialogs
from app.views.check_box import CheckBox
from app.views.dialogs import Question
from app.views.limit_menu import RateQuestion
from app.views.preferences_dialog import PreferencesDialog
from app.views.theme import Appearance, Theme
from app.views.timetable_view import OFFICE_HOURS, minutes
from app.views.window import Window
from tests.views.scenes import Scene
from tests.views.test_window import until

pytestmark = pytest.mark.qt_log_ignore("This plugin does not support", extend=True)

Ui = Callable[..., Any]
LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def dialog(window: Window, scene: Scene, theme: Theme, qtbot: QtBot) -> PreferencesDialog:
    made = PreferencesDialog(theme, scene.uploader, scene.uploader.tasks.start, window)
    qtbot.addWidget(made)
    made.show()
    return made


def shown(dialog: PreferencesDialog) -> list[str]:
    return [group.title for group in dialog.groups if not group.isHidden()]


def test_the_search_leaves_what_holds_the_words(dialog: PreferencesDialog) -> None:
    everything = ["General", "Transfers", "History", "Silenced questions"]
    assert shown(dialog) == everything
    dialog.search.setText("speed")
    assert shown(dialog) == ["Transfers"]
    dialog.search.setText("dark")
    assert shown(dialog) == ["General"]
    assert [line.isHidden() for line in dialog.groups[0].lines] == [False, *[True] * 5]
    dialog.search.setText("no such thing")
    assert shown(dialog) == []
    dialog.search.clear()
    assert shown(dialog) == everything


def test_every_change_counts_at_once_and_is_kept(
    dialog: PreferencesDialog, window: Window, scene: Scene, tmp_path: Path
) -> None:
    uploader = scene.uploader
    two_lines = window.table.verticalHeader().defaultSectionSize()
    uploader.preferences.prefer(compact=True, history_days=30)
    assert window.table.verticalHeader().defaultSectionSize() < two_lines
    assert window.actions_.compact.isChecked()
    window.actions_.compact.trigger()
    assert not uploader.preferences.settings.compact
    assert window.table.verticalHeader().defaultSectionSize() == two_lines
    kept = SettingsFile(next(tmp_path.rglob("settings.toml"))).load()
    assert kept == uploader.preferences.settings
    assert kept.history_days == 30


def test_newer_versions_are_asked_for_only_when_the_box_is_ticked(
    dialog: PreferencesDialog, scene: Scene
) -> None:
    uploader = scene.uploader
    [box] = [one for one in dialog.findChildren(CheckBox) if "newer version" in one.text()]
    asked: list[str] = []
    said: list[Notice] = []
    uploader.notice.connect(said.append)

    def newest() -> Release:
        asked.append("")
        return Release("9.0", "https://example.org/new")

    asyncio.run(tell_of_newer(uploader, newest, "1.2.0"))
    assert (box.isChecked(), len(asked), said) == (False, 0, [])
    box.click()
    assert uploader.preferences.settings.updates
    for _ in range(2):
        asyncio.run(tell_of_newer(uploader, newest, "1.2.0"))
    assert (len(asked), [one.link for one in said]) == (1, ["https://example.org/new"])


def test_a_line_of_the_timetable_is_added_changed_and_removed(
    dialog: PreferencesDialog, scene: Scene, ui: Ui
) -> None:
    uploader = scene.uploader

    async def main() -> None:
        QTest.mouseClick(dialog.timetable.add, LEFT)
        assert uploader.preferences.settings.timetable == (OFFICE_HOURS,)
        QTest.mouseClick(dialog.timetable.lines[0].days[5], LEFT)
        line = dialog.timetable.lines[0]
        line.end.setText("6:30")
        line.end.editingFinished.emit()
        assert uploader.preferences.settings.timetable == (
            timetable.parsed("mon-sat 08:00-06:30 2M"),
        )
        dialog.timetable.lines[0].rate.chosen.emit(0)
        lifted = (timetable.parsed("mon-sat 08:00-06:30 off"),)
        assert uploader.preferences.settings.timetable == lifted
        line = dialog.timetable.lines[0]
        line.begin.setText("25:00")
        line.begin.editingFinished.emit()
        assert line.begin.property("wrong") is True
        assert uploader.preferences.settings.timetable == lifted
        line.edited.emit(None)
        assert uploader.preferences.settings.timetable == ()
        await until(lambda: not len(uploader.tasks))

    ui(main())


@pytest.mark.parametrize(
    ("text", "value"),
    [("8:00", 480), ("08:30", 510), ("24:00", 1440), ("7", 420), ("24:01", None), ("8:60", None)],
)
def test_a_time_of_day(text: str, value: int | None) -> None:
    assert minutes(text) == value


def test_a_silenced_question_is_asked_again_when_wanted(
    dialog: PreferencesDialog, scene: Scene
) -> None:
    uploader = scene.uploader
    for key in SILENCEABLE:
        uploader.preferences.silence(key)
    QApplication.processEvents()
    again = [b for b in dialog.findChildren(QPushButton) if b.text() == "Ask again"]
    assert all(b.accessibleName().startswith("Ask again: Before") for b in again)
    next(b for b in again if not b.isHidden()).click()
    assert uploader.preferences.settings.silenced == (REMOVE,)
    assert not uploader.preferences.silenced(QUIT)


def test_a_question_can_be_silenced_where_it_is_asked(window: Window, theme: Theme) -> None:
    question = dialogs.remove_question(theme, window, 1)
    assert not question.silence
    assert question._silencer is not None
    question._silencer.setChecked(True)
    question.give("remove")
    assert question.silence
    assert not dialogs.cancel_job_question(theme, window, "x").silence


def test_reset_is_asked_about_and_keeps_the_servers(
    dialog: PreferencesDialog, window: Window, scene: Scene, ui: Ui
) -> None:
    uploader = scene.uploader

    async def main() -> None:
        uploader.preferences.prefer(compact=True, tray=True, theme="dark")
        uploader.bandwidth.set_up(500_000, [])
        dialog.reset.click()
        await until(lambda: bool(asked(dialog)))
        asked(dialog)[0].give("reset")
        await until(lambda: not uploader.preferences.settings.compact)
        assert uploader.preferences.settings.limit == uploader.bandwidth.rate == 0
        assert uploader.preferences.settings.destination == scene.there
        assert window.actions_.appearances[Appearance.SYSTEM].isChecked()
        await until(lambda: not len(uploader.tasks))

    ui(main())


def asked(window: QWidget) -> list[Question]:
    return [one for one in window.findChildren(Question) if one.isVisible()]


def test_the_limit_is_chosen_from_the_menu_and_shown_in_the_panel(
    window: Window, scene: Scene, ui: Ui
) -> None:
    bandwidth = scene.uploader.bandwidth

    def shown() -> list[str]:
        buttons = window.panel.findChildren(QPushButton)
        return [one.text() for one in buttons if not one.isHidden() and "imit" in one.text()]

    async def main() -> None:
        assert shown() == []
        window.limit_menu.fill()
        entries = {action.text(): action for action in window.limit_menu.actions()}
        assert entries["No limit"].isChecked()
        entries["2 MB/s"].trigger()
        assert bandwidth.rate == 2_000_000
        assert shown() == ["Limit 2 MB/s"]
        await until(lambda: ("limit", (2_000_000,)) in scene.host.commands)
        window.limit_menu.fill()
        entries = {action.text(): action for action in window.limit_menu.actions()}
        assert entries["2 MB/s"].isChecked()
        entries["Another speed…"].trigger()
        await until(lambda: bool(asked(window)))
        question = asked(window)[0]
        assert isinstance(question, RateQuestion)
        question.field.setText("fast")
        question.buttons["set"].click()
        assert question.isVisible() and question.field.property("wrong")
        question.field.setText("750 kB/s")
        question.buttons["set"].click()
        await until(lambda: bandwidth.rate == 750_000)
        assert shown() == ["Limit 750 kB/s"]
        bandwidth.choose(0)
        assert shown() == []
        await until(lambda: not len(scene.uploader.tasks))

    ui(main())


def test_the_preferences_open_by_key_and_at_the_timetable(
    window: Window, scene: Scene, ui: Ui
) -> None:
    def open_() -> list[PreferencesDialog]:
        return [one for one in window.findChildren(PreferencesDialog) if one.isVisible()]

    async def main() -> None:
        for begin in (window.actions_.preferences.trigger, window.limit_menu.timetable_wanted.emit):
            # One dialog at a time: while the last one closes, another is not opened.
            await until(lambda: not window.gestures._asking)
            begin()
            await until(lambda: bool(open_()))
            open_()[0].accept()
            await until(lambda: not open_())
        assert window.actions_.preferences.shortcut().toString() == "Ctrl+,"

    ui(main())


def test_a_silenced_quit_is_not_asked(window: Window, scene: Scene, ui: Ui) -> None:
    async def main() -> None:
        scene.sending(1, "roster.mrc", 20_000_000, 1_000_000)
        scene.uploader.preferences.silence(QUIT)
        assert await window.gestures.leaving_wanted() == "quit"
        scene.uploader.preferences.silence(QUIT, False)
        leaving = asyncio.ensure_future(window.gestures.leaving_wanted())
        await until(lambda: bool(asked(window)))
        question = asked(window)[0]
        assert question._silencer is not None
        question._silencer.setChecked(True)
        question.give("quit")
        assert await leaving == "quit"
        assert scene.uploader.preferences.silenced(QUIT)
        await until(lambda: not len(scene.uploader.tasks))

    ui(main())
