"""After an earlier run: the banner, rows that need their files, and rows of other processes."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QFileDialog

from app.core import catalogue
from app.core.changes import Elsewhere, ElsewhereChanged, UploadChanged, UploadsTaken
from app.core.jobs import Job, JobState
from app.core.problems import FileProblem
from app.core.uploads import Phase, Source, Upload, Wait, Why
from app.transfer.engine import Engine
from app.transfer.local_file import source_of
from app.viewmodels.leaving import leaving
from app.viewmodels.row import Kind, RowAction
from app.views.window import Window
from tests.views.scenes import QuietHost, Scene

Ui = Callable[..., Any]
HELD = Wait(Why.HELD)


class Telling(QuietHost):
    """Tells of files that are lacked, as an engine would."""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self._scene = scene

    async def call(self, command: Callable[..., Any], *args: Any, **more: Any) -> Any:
        if command is Engine.lack:
            for id, problem in args[0].items():
                upload = self._scene.uploader.uploads.upload(f"u{id}")
                assert upload is not None
                wait = Wait(Why.HELD, problem=problem)
                self._scene.tell(UploadChanged(replace(upload, wait=wait)))
        if command.__name__ == "_go_on":
            self.commands.append(("go_on", args))
            return True
        return await super().call(command, *args, **more)


@pytest.fixture
def host(scene: Scene) -> Telling:
    scene.host = Telling(scene)
    return scene.host


def file(folder: Path, name: str) -> Source:
    path = folder / name
    path.write_bytes(b"record" * 100)
    return source_of(path)


async def until(true: Callable[[], bool]) -> None:
    while not true():
        await asyncio.sleep(0.01)


async def restarted(scene: Scene, window: Window, folder: Path, *, cut_off: bool = True) -> None:
    """Two that can go on, one without its file, one on the server."""
    job = Job("j", JobState.RUNNING, 3, 9)
    there = scene.there
    uploads = [
        Upload(1, there, file(folder, "a.mrc"), phase=Phase.QUEUED, wait=HELD),
        Upload(2, there, file(folder, "b.mrc"), phase=Phase.QUEUED, wait=HELD),
        Upload(3, there, Source(str(folder / "gone.mrc"), 600, 1), wait=HELD),
        Upload(4, there, file(folder, "d.mrc"), phase=Phase.PROCESSING, job=job),
    ]
    taken = UploadsTaken((1, 2, 3, 4), cut_off)
    scene.tell(*(UploadChanged(one) for one in uploads), taken)
    await until(lambda: window.restart.isVisible())


def test_the_banner_counts_and_nothing_goes_on_by_itself(
    ui: Ui, scene: Scene, host: Telling, window: Window, tmp_path: Path
) -> None:
    async def main() -> None:
        await restarted(scene, window, tmp_path)
        assert window.restart.words == (
            "Longshore ended unexpectedly. 2 uploads can go on, 1 needs its file again, "
            "1 is being checked on the server."
        )
        assert not {"release", "retry", "go_on"} & set(host.names())
        uploads = scene.uploader.uploads
        assert uploads.ids() == ["u3", "u1", "u2", "u4"]
        state = uploads.state("u3")
        assert state is not None and state.code == "needs_input"
        assert state.main is RowAction.FIND_FILE and "no longer there" in state.text
        window.restart.look.click()
        assert window.table.current_id() == "u3"
        window.restart.resume.click()
        await until(lambda: "release" in host.names())
        assert dict(host.commands)["release"] == ([1, 2],)
        assert not window.restart.isVisible()

    ui(main())


def test_not_now_leaves_everything_as_it_is(
    ui: Ui, scene: Scene, host: Telling, window: Window, tmp_path: Path
) -> None:
    async def main() -> None:
        await restarted(scene, window, tmp_path, cut_off=False)
        assert window.restart.words.startswith("Longshore was closed before everything was done.")
        window.restart.later.click()
        assert not window.restart.isVisible()
        assert "release" not in host.names()
        assert scene.uploader.uploads.code("u1") == "paused"

    ui(main())


def test_the_banner_goes_when_nothing_of_it_is_left(
    ui: Ui, scene: Scene, host: Telling, window: Window, tmp_path: Path
) -> None:
    async def main() -> None:
        await restarted(scene, window, tmp_path)
        uploads = scene.uploader.uploads
        known = [u for n in (1, 2, 3) if (u := uploads.upload(f"u{n}")) is not None]
        scene.tell(*(UploadChanged(one.move(Phase.CANCELLED)) for one in known))
        assert window.restart.words.endswith("1 upload is being checked on its server.")
        assert not window.restart.resume.isVisible()
        last = uploads.upload("u4")
        assert last is not None
        scene.tell(UploadChanged(last.move(Phase.DONE)))
        assert not window.restart.isVisible()

    ui(main())


def test_a_file_is_found_by_its_row_or_by_a_drop(
    ui: Ui, scene: Scene, host: Telling, window: Window, tmp_path: Path
) -> None:
    async def main() -> None:
        await restarted(scene, window, tmp_path)
        elsewhere = tmp_path / "moved"
        elsewhere.mkdir()
        found = file(elsewhere, "gone.mrc")
        window.gestures.act(["u3"], RowAction.FIND_FILE)
        await until(lambda: bool(window.findChildren(QFileDialog)))
        [dialog] = window.findChildren(QFileDialog)
        assert "gone.mrc" in dialog.windowTitle()
        dialog.filesSelected.emit([found.path])
        dialog.done(1)
        await until(lambda: "go_on" in host.names())
        assert dict(host.commands)["go_on"] == (3, found, "")
        host.commands.clear()

        scene.uploader.add([Path(found.path)])
        await until(lambda: bool(window.notices.notice and window.notices.notice.found))
        await until(lambda: len(scene.uploader.intake.ready) == 1)
        window.notices.button.click()
        await until(lambda: "go_on" in host.names())
        assert not scene.uploader.intake.ready
        assert dict(host.commands)["go_on"] == (3, found, "")

    ui(main())


def test_rows_of_another_process_are_shown_live_and_take_no_commands(
    ui: Ui, scene: Scene, host: Telling, window: Window
) -> None:
    async def main() -> None:
        uploads = scene.uploader.uploads
        sending = Upload(7, scene.there, Source("/x/books.mrc", 1_000, 1), phase=Phase.SENDING)
        scene.tell(ElsewhereChanged((Elsewhere(sending, 250),)))
        state = uploads.state("x7")
        assert state is not None and state.sent == 0.25
        assert state.text == "Uploading · by another Longshore on this computer"
        assert state.main is None and state.second is None
        assert scene.uploader.rows.actions("x7") == (RowAction.DETAILS,)
        window.table.pick(0)
        assert window.actions_.copy.isEnabled() and not window.actions_.cancel.isEnabled()
        for action in (RowAction.CANCEL, RowAction.REMOVE, RowAction.PAUSE, RowAction.RETRY):
            window.gestures.act(["x7"], action)
        scene.uploader.cancel(["x7"])
        scene.uploader.remove(["x7"])
        scene.uploader.clear_finished()
        assert not host.commands
        uploader = scene.uploader
        assert not leaving(uploader.uploads, uploader.destinations.family_of).moving
        assert not uploader.status.busy

        scene.tell(ElsewhereChanged((Elsewhere(sending, 250, False),)))
        left = uploads.state("x7")
        assert left is not None and left.main is RowAction.TAKE_OVER
        assert uploads.counts()[Kind.NEEDS] == 1
        window.gestures.act(["x7"], RowAction.TAKE_OVER)
        await until(lambda: "claim" in host.names())
        # The engine tells of it before the journal is looked at again.
        scene.tell(UploadChanged(replace(sending, phase=Phase.QUEUED, wait=HELD)))
        assert uploads.ids() == ["u7"] and uploads.is_own("u7")
        scene.tell(ElsewhereChanged((Elsewhere(sending, 250, False),)))
        scene.tell(ElsewhereChanged((), (7,)))
        assert uploads.ids() == ["u7"]

    ui(main())


def test_a_changed_file_is_sent_anew_only_when_retried(
    ui: Ui, scene: Scene, host: Telling, window: Window, tmp_path: Path
) -> None:
    async def main() -> None:
        source = file(tmp_path, "a.mrc")
        changed = FileProblem(catalogue.FILE_CHANGED, {"name": "a.mrc"})
        scene.tell(
            UploadChanged(Upload(1, scene.there, source, phase=Phase.FAILED, problem=changed))
        )
        os.utime(source.path, ns=(5, 5))
        scene.uploader.retry(["u1"])
        await until(lambda: "go_on" in host.names())
        assert dict(host.commands)["go_on"] == (1, replace(source, changed_ns=5), "")
        assert dict(host.commands)["retry"] == ([],)

    ui(main())
