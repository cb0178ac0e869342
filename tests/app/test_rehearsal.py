"""A dry run in the window: it tells what sending would do, and servers see only reads."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication

from app.demo_files import write_marc
from app.desktop import Desk
from app.sandbox import Served
from app.viewmodels.rehearsal import Rehearsed
from app.views.dialogs import ask
from app.views.rehearsal_dialog import RehearsalDialog

from .test_deliveries import ready, run, stand, until

pytestmark = pytest.mark.usefixtures("qapp")

SIGNING = ("login", "logout", "token", "oauth", "userSession/info")
"""The last is a question SSC takes by POST only: who is signed in."""


def writes(servers: Sequence[Served]) -> list[str]:
    """What was asked of any server besides reading, signing in and signing out."""
    return [
        f"{one.method} {one.path}"
        for served in servers
        for one in served.books.requests
        if one.method not in ("GET", "HEAD") and not any(word in one.path for word in SIGNING)
    ]


async def rehearsed(desk: Desk) -> Rehearsed:
    told = await desk.uploader.rehearse()
    assert told is not None
    return told


def test_servers_of_all_families_see_only_reads(
    ui: Callable[..., Any], qapp: QApplication, tmp_path: Path
) -> None:
    with stand() as running:

        async def guide(desk: Desk) -> int:
            for destination in desk.uploader.destinations.all:
                desk.uploader.aim.choose(destination.id)
                desk.uploader.add(running.samples[destination.family])
                await ready(desk, len(running.samples[destination.family]))
                told = await rehearsed(desk)
                assert told.problem is None
                assert f"would be sent to {destination.name}" in told.summary[0]
                assert told.summary[-1] == "Nothing was changed on the server."
                assert all(said.startswith("Would be sent") for _, said in told.files)
                desk.uploader.remove(desk.uploader.uploads.ids())
                await until(lambda: not desk.uploader.intake.drafts)
            return 0

        assert run(ui, qapp, running, guide) == 0
        assert writes(running.servers) == []
        assert all(served.books.requests for served in running.servers)


def test_what_would_not_be_sent_is_told_with_its_reason(
    ui: Callable[..., Any], qapp: QApplication, tmp_path: Path
) -> None:
    good = write_marc(tmp_path / "good.mrc", 12).path
    empty = tmp_path / "empty.mrc"
    empty.write_bytes(b"")

    async def guide(desk: Desk) -> int:
        library = next(one for one in desk.uploader.destinations.all if one.family == "folio")
        desk.uploader.aim.choose(library.id)
        desk.uploader.add([good, empty])
        await ready(desk, 1)
        told = await rehearsed(desk)
        assert dict(told.files) == {
            "good.mrc": "Would be sent: 12 records",
            "empty.mrc": "Cannot be sent: The file “empty.mrc” is empty",
        }
        assert "1 file would not be sent." in told.summary
        dialog = RehearsalDialog(desk.theme, desk.window, told)
        asking = desk.uploader.tasks.start(ask(dialog))
        await until(dialog.isVisible)
        dialog.accept()
        await until(lambda: asking is not None and asking.done())
        return 0

    with stand() as running:
        assert run(ui, qapp, running, guide) == 0
        assert writes(running.servers) == []
