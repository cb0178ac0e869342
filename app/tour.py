"""A demo that runs by itself: whole deliveries in the real window, with pictures and a table."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from app.core.uploads import Upload
from app.demo_files import DemoFile, write_marc
from app.sandbox.faults import Fault
from app.viewmodels.form import Live
from app.views.theme import Appearance

if TYPE_CHECKING:
    from app.desktop import Desk

PACE = 4.0
FAULTS = (Fault("slow", bytes_per_second=1_500_000),)
"""Loopback is too fast for a picture of it."""
PATIENCE = 120.0
"""Seconds for each stage; it needs a few."""


@dataclass(frozen=True, slots=True)
class _Line:
    server: str
    file: DemoFile
    upload: Upload | None
    text: str

    @property
    def arrived(self) -> bool:
        """The server is done, and exactly the records made bad on purpose failed."""
        result = self.upload.result if self.upload else None
        return result is not None and result.complete and result.failed == self.file.bad


async def show_round(desk: Desk, folder: Path) -> int:
    """Sends the sample files to every server; 0 when all arrived as meant."""
    assert desk.demo is not None
    desk.window.resize(1180, 760)
    await _take(desk, folder, "empty")
    files = (*desk.demo.files, *await asyncio.to_thread(_longer, desk.demo.files[0].path.parent))
    for destination in desk.uploader.destinations.all:
        await _send(desk, destination.id, files)
    await _until(lambda: _in_full_swing(desk))
    await _take(desk, folder, "busy")
    await _until(lambda: not desk.uploader.busy)
    _pick_failures(desk)
    await asyncio.sleep(0.5)
    await _take(desk, folder, "finished")
    lines = _lines(desk, files)
    _write(lines)
    return 0 if lines and all(line.arrived for line in lines) else 1


def _longer(folder: Path) -> tuple[DemoFile, ...]:
    """Files that take a while, so that a picture can be taken meanwhile."""
    return (
        write_marc(folder / "backlog-2024.mrc", 9_000, first=10_000),
        write_marc(folder / "backlog-2025.mrc", 12_000, without_title=(17,), first=30_000),
    )


async def _send(desk: Desk, destination: str, files: tuple[DemoFile, ...]) -> None:
    """Adds the files and presses Upload when the window would let a person do so."""
    uploader = desk.uploader
    uploader.set_current(destination)
    uploader.add([one.path for one in files])
    await _until(lambda: len(uploader.intake.ready) == len(files) and not uploader.intake.busy)
    options = uploader.options
    await _until(
        lambda: all(
            options.choices(one.key).state is Live.READY for one in options.fields if one.live
        )
    )
    await _until(lambda: options.valid)
    uploader.upload()
    await _until(lambda: not uploader.intake.ready)


def _in_full_swing(desk: Desk) -> bool:
    """Some rows are being sent, others worked on; or everything has ended already."""
    uploads = desk.uploader.uploads
    sending = [id for id in uploads.ids(("uploading",)) if uploads.sent(id) > 0]
    working = uploads.count("processing") + uploads.count("done")
    return bool(sending and working) or not desk.uploader.busy


def _pick_failures(desk: Desk) -> None:
    uploads = desk.uploader.uploads
    for id in uploads.ids(("failed", "done_with_errors"))[:1]:
        at = uploads.position(id)
        assert at is not None
        index = desk.uploader.filter.mapFromSource(uploads.index(at, 0))
        desk.window.table.pick(index.row())


async def _take(desk: Desk, folder: Path, name: str) -> None:
    """A light and a dark picture of the window."""
    for appearance, ending in ((Appearance.LIGHT, ""), (Appearance.DARK, "-dark")):
        desk.theme.set_appearance(appearance)
        await asyncio.sleep(0.05)
        picture(desk.window, folder / f"{name}{ending}.png")
    desk.theme.set_appearance(Appearance.LIGHT)


def picture(widget: QWidget, path: Path) -> None:
    """Raises OSError when the picture cannot be written."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not widget.grab().save(str(path)):
        raise OSError(f"no picture could be written to {path}")


async def _until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(PATIENCE):
        # The window's models have a signal for each of these, and a tour needs none of them.
        while not true():  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def _lines(desk: Desk, files: tuple[DemoFile, ...]) -> list[_Line]:
    uploads = desk.uploader.uploads
    sent = {}
    for id in uploads.ids():
        if (upload := uploads.upload(id)) is not None:
            sent[upload.destination, upload.source.path] = id, upload
    lines = []
    for destination in desk.uploader.destinations.all:
        for file in files:
            id, upload = sent.get((destination.id, str(file.path)), ("", None))
            state = uploads.state(id) if id else None
            text = state.text if state else "was not sent"
            lines.append(_Line(destination.name, file, upload, text))
    return lines


def _write(lines: list[_Line]) -> None:
    widths = [max(len(text) for text in column) for column in zip(*map(_cells, lines), strict=True)]
    for line in lines:
        cells = [cell.ljust(width) for cell, width in zip(_cells(line), widths, strict=True)]
        sys.stdout.write("  ".join(cells).rstrip() + "\n")
    sys.stdout.flush()


def _cells(line: _Line) -> tuple[str, str, str, str]:
    text = line.text
    if line.arrived and line.file.bad:
        text += " (as meant: made without a title)"
    return "ok" if line.arrived else "FAILED", line.server, line.file.path.name, text
