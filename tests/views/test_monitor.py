"""The status monitor as a person uses it: keys, menus, headings, columns that are kept."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import pytest
from PySide6.QtCore import QPoint, Qt, QUrl
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication, QMenu
from pytestqt.qtbot import QtBot

from app.core.changes import JobsSeen
from app.core.jobs import Job, JobAction, JobState, Result
from app.core.uploads import Phase
from app.transfer.engine import Engine
from app.viewmodels.monitor_row import Column, Group, Show
from app.viewmodels.row import RowAction
from app.views.dialogs import Question
from app.views.monitor_report import JobReport
from app.views.monitor_window import MonitorWindow
from app.views.theme import Theme
from tests.views.scenes import NOW, Scene

Played = Callable[[Coroutine[Any, Any, None]], None]
Open = Callable[[], MonitorWindow]


def jobs() -> tuple[Job, ...]:
    page = "https://folio.example.org/data-import"
    running = Job(
        *("r1", JobState.RUNNING, 120, 900),
        actions=(JobAction.CANCEL,),
        facts={"job": "j1", "hrid": "101"},
        name="serials.mrc",
        who="Ada Okafor",
        link=page,
        started=NOW - 300,
    )
    ended = Job(
        *("r2", JobState.DONE, 900, 900),
        facts={"job": "j2", "hrid": "102"},
        name="maps.mrc",
        who="Kim Ito",
        errors=True,
        started=NOW - 900,
        ended=NOW - 700,
    )
    waiting = Job("r3", JobState.APPROVAL, actions=(JobAction.APPROVE,), name="shop.fpr")
    return running, ended, waiting


@pytest.fixture
def pages() -> list[QUrl]:
    """What was opened in the browser."""
    return []


@pytest.fixture
def opened(scene: Scene, theme: Theme, qtbot: QtBot, pages: list[QUrl]) -> Iterator[Open]:
    """Opens the monitor on a server with three jobs; to be called on a running loop."""
    made: list[MonitorWindow] = []

    def open() -> MonitorWindow:
        if not scene.uploader.begun:
            scene.begin()
        window = MonitorWindow(theme, scene.uploader, open_url=pages.append)
        made.append(window)
        window.show()
        scene.tell(JobsSeen(scene.there, jobs(), at=NOW))
        return window

    yield open
    for window in made:
        window.deleteLater()


@pytest.fixture
def played(ui: Callable[..., Any], qapp: QApplication) -> Iterator[Played]:
    """Runs a scene; what it opened is closed while there is a loop for it."""
    # As the program sets it: a window that closes is not its end.
    qapp.setQuitOnLastWindowClosed(False)

    async def whole(scene: Coroutine[Any, Any, None]) -> None:
        try:
            await scene
        finally:
            for one in QApplication.topLevelWidgets():
                if isinstance(one, MonitorWindow) and one.isVisible():
                    one.close()
            await asyncio.sleep(0.05)

    yield lambda scene: ui(whole(scene))
    qapp.setQuitOnLastWindowClosed(True)


async def dialog(kind: type[Any]) -> Any:
    async with asyncio.timeout(10):
        while True:
            for one in QApplication.topLevelWidgets():
                if isinstance(one, kind) and one.isVisible():
                    return one
            await asyncio.sleep(0.01)


def asked(scene: Scene) -> list[str]:
    return [name for name in scene.host.names() if name.startswith("survey")]


def test_servers_are_asked_while_it_is_open_and_what_was_chosen_is_kept(
    played: Played, scene: Scene, opened: Open
) -> None:
    async def work() -> None:
        window = opened()
        await asyncio.sleep(0.05)
        assert asked(scene) == ["survey"]
        window.hide()
        window.show()
        await asyncio.sleep(0.05)
        assert asked(scene) == ["survey"] * 3
        window.table.setColumnHidden(Column.WHO, True)
        window.table.setColumnWidth(Column.NAME, 333)
        window.table.horizontalHeader().moveSection(Column.SERVER, 1)
        window.filters.choose_group(Group.SERVER)
        window.table.sortByColumn(Column.WHO, Qt.SortOrder.AscendingOrder)
        window.resize(1100, 610)
        window.close()
        await asyncio.sleep(0.05)
        assert asked(scene)[-1] == "survey" and not scene.uploader.monitor.is_open
        again = opened()
        header = again.table.horizontalHeader()
        assert again.table.isColumnHidden(Column.WHO)
        assert again.table.columnWidth(Column.NAME) == 333
        assert header.logicalIndex(1) == Column.SERVER
        assert scene.uploader.monitor.model.group is Group.SERVER
        assert scene.uploader.monitor.model.sorted_by is Column.WHO
        assert (again.width(), again.height()) == (1100, 610)

    played(work())


def test_odd_settings_are_passed_over(played: Played, scene: Scene, opened: Open) -> None:
    async def work() -> None:
        scene.begin()
        odd = ("size=hugexlarge", "sort=-color", "headings=moon", "columns=name:x,-zebra:3", "x")
        scene.uploader.preferences.prefer(monitor=odd)
        assert opened().table.columnWidth(Column.NAME) > 100

    played(work())


def test_keys_reach_every_job_and_open_headings(
    played: Played, scene: Scene, opened: Open, pages: list[QUrl], qtbot: QtBot
) -> None:
    async def work() -> None:
        window = opened()
        table = window.table
        model = scene.uploader.monitor.model
        table.pick(model.position(f"{scene.there}/j1") or 0)
        qtbot.keyClick(table, Qt.Key.Key_Return)
        assert [one.toString() for one in pages] == ["https://folio.example.org/data-import"]
        window.copy.trigger()
        assert "Ada Okafor" in QGuiApplication.clipboard().text()
        window.copy_ids.trigger()
        assert QGuiApplication.clipboard().text() == "serials.mrc\t101\tj1"
        window.filters.choose_group(Group.SERVER)
        table.pick(0)
        assert table.current() is None and model.rowCount() == 4
        qtbot.keyClick(table, Qt.Key.Key_Left)
        assert model.rowCount() == 1
        qtbot.keyClick(table, Qt.Key.Key_Return)
        assert model.rowCount() == 4
        window.filters.search.setText("maps")
        assert model.rowCount() == 2
        qtbot.keyClick(window.filters.search, Qt.Key.Key_Escape)
        assert model.rowCount() == 4 and model.show is Show.ALL

    played(work())


def test_a_job_is_cancelled_only_after_the_honest_question(
    played: Played, scene: Scene, opened: Open
) -> None:
    async def work() -> None:
        window = opened()
        window.table.pick(scene.uploader.monitor.model.position(f"{scene.there}/j1") or 0)
        told: list[tuple[Any, ...]] = []

        async def ask(question: Any, *args: Any) -> Any:
            told.append((question, *args))

        scene.host.ask = ask  # type: ignore[method-assign]
        for answer, count in (("keep", 0), ("cancel", 1)):
            window.act(RowAction.CANCEL_JOB)
            question = await dialog(Question)
            assert "cannot be restarted" in question.accessibleDescription()
            question.give(answer)
            await asyncio.sleep(0.05)
            assert len(told) == count
        assert told == [(Engine.act_on, scene.there, "r1", JobAction.CANCEL, "")]
        # Not offered for what has ended.
        window.table.pick(scene.uploader.monitor.model.position(f"{scene.there}/j2") or 0)
        assert RowAction.CANCEL_JOB not in scene.uploader.monitor.actions(window.table.jobs()[0])

    played(work())


def test_the_result_of_anybodys_job_is_shown(played: Played, scene: Scene, opened: Open) -> None:
    async def work() -> None:
        window = opened()
        window.table.pick(scene.uploader.monitor.model.position(f"{scene.there}/j2") or 0)

        async def ask(question: Any, *args: Any) -> Any:
            assert (question, args) == (Engine.result, (scene.there, "r2"))
            return Result({"created": 899}, failed=1)

        scene.host.ask = ask  # type: ignore[method-assign]
        window.act(RowAction.REPORT)
        report = await dialog(JobReport)
        assert report.pane.details.counts == (("created", 899),)
        assert ("By", "Kim Ito") in report.pane.details.facts
        report.accept()
        await asyncio.sleep(0.05)

    played(work())


# The offscreen platform has no stack of windows, and no menu that holds the keys.
@pytest.mark.qt_log_ignore("This plugin does not support")
def test_ours_leads_to_its_row(played: Played, scene: Scene, opened: Open, qtbot: QtBot) -> None:
    async def work() -> None:
        window = opened()
        scene.show(5, "serials.mrc", Phase.PROCESSING, job=jobs()[0])
        scene.settle()
        wanted: list[str] = []
        window.row_wanted.connect(wanted.append)
        window.table.pick(scene.uploader.monitor.model.position(f"{scene.there}/j1") or 0)
        qtbot.keyClick(window.table, Qt.Key.Key_Enter)
        assert wanted == ["u5"]
        window.table.menu_wanted.emit(QPoint(10, 10))
        menu = window.findChildren(QMenu)[-1]
        words = [one.text() for one in menu.actions() if one.text()]
        assert words[0] == "Show in the list of uploads" and "Cancel job…" in words
        menu.close()

    played(work())
