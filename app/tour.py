"""A demo that runs by itself: whole deliveries in the real window, with pictures and a table."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QDialog, QWidget

from app.core.destinations import Destination
from app.core.uploads import Upload
from app.demo_files import DemoFile, write_fpr, write_marc
from app.sandbox.faults import Fault
from app.viewmodels.form import Live
from app.viewmodels.row import RowAction
from app.views.approval import ApprovalQuestion
from app.views.theme import Appearance

if TYPE_CHECKING:
    from app.desktop import Desk

PACE = 4.0
FAULTS = (Fault("slow", bytes_per_second=2_000_000),)
"""Loopback is too fast for a picture of it."""
PATIENCE = 120.0
"""Seconds for each stage; it needs a few."""
SETTLING = 0.3
"""Seconds until the window shows what it was told."""


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
    await _until(lambda: bool(desk.uploader.destinations.families()))
    await _take(desk, desk.window, folder / "empty")
    files = (*desk.demo.files, *await asyncio.to_thread(_longer, desk.demo.files[0].path.parent))
    try:
        await _send_everywhere(desk, files, folder)
        await _until(lambda: _in_full_swing(desk))
        await _take(desk, desk.window, folder / "busy")
        await _until(lambda: _all_ended(desk))
    except TimeoutError:
        sys.stdout.write("The tour did not come to its end in time.\n")
        _write(_lines(desk, files))
        return 1
    lines = _lines(desk, files)
    with_errors = desk.uploader.uploads.ids(("failed", "done_with_errors"))
    for id in with_errors[:1]:
        _pick(desk, id)
    await _take(desk, desk.window, folder / "finished")
    for id in with_errors[-1:]:
        _pick(desk, id)
    await _take(desk, desk.window, folder / "failed-rows")
    await show_approval(desk, folder)
    await _show_problem(desk, files[0].path.parent)
    await _take(desk, desk.window, folder / "problem")
    await _show_settings(desk, folder)
    _write(lines)
    return 0 if lines and all(line.arrived for line in lines) else 1


async def _send_everywhere(desk: Desk, files: tuple[DemoFile, ...], folder: Path) -> None:
    *first, last = desk.uploader.destinations.all
    for destination in first:
        await _send(desk, destination, files, folder)
        # The next begins while this server works, so that one picture shows both.
        await _until(lambda: desk.uploader.uploads.count("processing") > 0 or _all_ended(desk))
    await _send(desk, last, files, folder)


def _longer(folder: Path) -> tuple[DemoFile, ...]:
    """Files that take a while, so that a picture can be taken meanwhile."""
    return (
        write_marc(folder / "backlog-2025.mrc", 6_000, without_title=(17,), first=30_000),
        write_marc(folder / "theses with abstracts.mrc", 480, first=50_000, summaries=6),
    )


async def _show_problem(desk: Desk, folder: Path) -> None:
    """A file that cannot be sent, with its card."""
    desk.uploader.aim.choose(desk.uploader.destinations.all[0].id)
    nameless = write_marc(folder / "export of May", 12)
    desk.uploader.add([nameless.path])
    await _until(lambda: desk.uploader.uploads.count("invalid") > 0)
    _pick(desk, desk.uploader.uploads.ids(("invalid",))[0])


async def show_approval(desk: Desk, folder: Path) -> None:
    """An upload that waits until somebody approves it, and that is approved."""
    uploader = desk.uploader
    strict = next((one for one in uploader.destinations.all if one.family == "ssc"), None)
    assert desk.demo is not None
    if strict is None:
        return
    uploader.aim.choose(strict.id)
    home = desk.demo.files[0].path.parent
    for name, count in (("payments-nightly.fpr", 120), ("payments-hotfix.fpr", 60)):
        made = write_fpr(home / name, build="payments", files=count)
        uploader.add([made.path])
        await _until(lambda: bool(uploader.intake.ready))
        await _choose(desk, application="Payments", version="2.1 (strict)")
        await _press_upload(desk)
        await _until(lambda: _all_ended(desk) or uploader.uploads.count("needs_approval") > 0)
    (id,) = uploader.uploads.ids(("needs_approval",))
    _pick(desk, id)
    await _take(desk, desk.window, folder / "approval")
    desk.window.gestures.act([id], RowAction.APPROVE)
    await asyncio.sleep(SETTLING)
    for dialog in _dialogs():
        assert isinstance(dialog, ApprovalQuestion)
        dialog.edit.setPlainText("Three services moved to a repository of their own.")
        await _take(desk, dialog, folder / "approve")
        dialog.give("approve")
    await _until(lambda: _all_ended(desk))


async def _show_settings(desk: Desk, folder: Path) -> None:
    """The settings of a server of each family, in their dialog."""
    shown = set()
    for destination in desk.uploader.destinations.all:
        if destination.family in shown:
            continue
        shown.add(destination.family)
        desk.window.gestures.edit_server(destination.id)
        await asyncio.sleep(0.5)
        for dialog in _dialogs():
            await _take(desk, dialog, folder / f"server-{destination.family}")
            dialog.reject()
        await asyncio.sleep(SETTLING)


def _dialogs() -> list[QDialog]:
    found = QApplication.topLevelWidgets()
    return [one for one in found if isinstance(one, QDialog) and one.isVisible()]


async def _send(
    desk: Desk, destination: Destination, files: tuple[DemoFile, ...], folder: Path
) -> None:
    """Adds the files and presses Upload when the window would let a person do so."""
    uploader = desk.uploader
    uploader.aim.choose(destination.id)
    fitting = [one for one in files if one.family == destination.family]
    uploader.add([one.path for one in fitting])
    await _until(lambda: len(uploader.intake.ready) == len(fitting) and not uploader.intake.busy)
    await _choose(desk)
    path = folder / f"options-{destination.family}.png"
    if uploader.aim.options.fields and not path.exists():
        await asyncio.sleep(SETTLING)
        picture(desk.window, path)
    await _press_upload(desk)


async def _choose(desk: Desk, **labels: str) -> None:
    """Waits for the choices of the options and takes those with these labels."""
    options = desk.uploader.aim.options

    def settled() -> bool:
        live = (one.key for one in options.fields if one.live)
        return all(options.choices(key).state is Live.READY for key in live)

    await _until(settled)
    for key, label in labels.items():
        await _until(settled)
        offered = options.choices(key).choices
        options.set(key, next(one.value for one in offered if one.label == label))
    await _until(lambda: settled() and options.valid)


async def _press_upload(desk: Desk) -> None:
    uploader = desk.uploader
    uploader.upload()
    await _until(lambda: not uploader.intake.ready and not uploader.uploads.count("ready"))


def _in_full_swing(desk: Desk) -> bool:
    """Rows are in the middle of being sent while servers work on others; or all has ended."""
    uploads = desk.uploader.uploads
    states = [uploads.state(id) for id in uploads.ids(("uploading",))]
    midway = [one for one in states if one and one.sent is not None and 0.2 < one.sent < 0.9]
    return bool(midway and uploads.count("processing")) or _all_ended(desk)


def _all_ended(desk: Desk) -> bool:
    uploads = [desk.uploader.uploads.upload(id) for id in desk.uploader.uploads.ids()]
    return all(one is not None and one.phase.final for one in uploads)


def _pick(desk: Desk, id: str) -> None:
    """Shows the details of a row."""
    at = desk.uploader.uploads.position(id)
    assert at is not None
    index = desk.uploader.filter.mapFromSource(desk.uploader.uploads.index(at, 0))
    desk.window.table.pick(index.row())


async def _take(desk: Desk, widget: QWidget, path: Path) -> None:
    """A light and a dark picture; `path` is without its ending."""
    for appearance, ending in ((Appearance.LIGHT, ".png"), (Appearance.DARK, "-dark.png")):
        desk.theme.set_appearance(appearance)
        await asyncio.sleep(SETTLING)
        picture(widget, path.with_name(path.name + ending))
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
        for file in (one for one in files if one.family == destination.family):
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
        text += " (as meant: made bad)"
    return "ok" if line.arrived else "FAILED", line.server, line.file.path.name, text
