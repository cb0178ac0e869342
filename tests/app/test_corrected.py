"""A table is mended in the window: a copy takes its place, and the file stays as it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from app.core.problems import FileProblem
from app.desktop import Desk
from app.viewmodels.row import RowAction
from app.views.dialogs import Question
from tests.views.test_history import save_as

from .test_deliveries import codes, ready, run, stand, until

pytestmark = pytest.mark.usefixtures("qapp")

HEAD = "user_username;user_name;user_email\n"
ROWS = "ann;Zoë Müller;ann@example.org\nben;Ben, B.;ben@example.org\n"
MENDED = 'user_username,user_name,user_email\nann,Zoë Müller,ann@example.org\nben,"Ben, B.",{}\n'
SHOTS = os.environ.get("LONGSHORE_SHOTS", "")
"""Where to put pictures for somebody to look at; usually nowhere."""


def shot(desk: Desk, name: str) -> None:
    if SHOTS:
        desk.window.grab().save(f"{SHOTS}/{name}.png")


def buttons(desk: Desk) -> list[QPushButton]:
    found = desk.window.details.findChildren(QPushButton)
    return [one for one in found if one.text() == "Save a corrected copy…" and one.isVisible()]


async def listed(desk: Desk, path: Path) -> str:
    """Adds a file for TAO; gives its row once it was looked into."""
    uploader = desk.uploader
    school = next(one.id for one in uploader.destinations.all if one.family == "tao")
    uploader.aim.choose(school)
    uploader.add([path])
    await until(lambda: [one for one in uploader.intake.drafts if one.inspection] != [])
    (draft,) = uploader.intake.drafts
    desk.window.table.pick(0)
    return f"d{draft.id}"


def test_the_copy_takes_the_place_of_the_file_and_is_sent(
    ui: Callable[..., Any], qapp: Any, tmp_path: Path
) -> None:
    original, copy = tmp_path / "roster.csv", tmp_path / "roster-corrected.csv"
    original.write_bytes((HEAD + ROWS).encode("utf-16"))
    before = original.read_bytes()

    async def guide(desk: Desk) -> int:
        id = await listed(desk, original)
        assert codes(desk) == ["invalid"]
        assert RowAction.CORRECT in desk.uploader.rows.actions(id)
        await until(lambda: len(buttons(desk)) == 2)
        shot(desk, "findings")
        QTest.mouseClick(buttons(desk)[0], Qt.MouseButton.LeftButton)
        await save_as(desk.window, copy)
        await ready(desk, 1)
        assert copy.read_text("utf-8") == MENDED.format("ben@example.org")
        assert [one.source.name for one in desk.uploader.intake.drafts] == [copy.name]
        notice = desk.window.notices.notice
        assert notice is not None and notice.action is RowAction.UNDO
        assert notice.text == (
            "“roster-corrected.csv” was saved and is in the list in place of “roster.csv”."
        )
        desk.window.table.pick(0)
        assert not buttons(desk)
        shot(desk, "copy")
        desk.uploader.upload()
        await until(lambda: codes(desk) == ["done_with_errors"])
        desk.uploader.undo()
        await until(lambda: len(desk.uploader.intake.drafts) == 1)
        assert original.read_bytes() == before
        return 0

    with stand() as running:
        assert run(ui, qapp, running, guide) == 0


def test_letters_are_looked_at_by_the_person_and_the_file_itself_is_never_written(
    ui: Callable[..., Any], qapp: Any, tmp_path: Path
) -> None:
    original = tmp_path / "roster.csv"
    original.write_bytes((HEAD + ROWS).encode("cp1252"))
    before = original.read_bytes()

    async def guide(desk: Desk) -> int:
        window = desk.window
        id = await listed(desk, original)
        window.gestures.act([id], RowAction.CORRECT)
        await until(lambda: bool(window.findChildren(Question)))
        [question] = window.findChildren(Question)
        assert "Zoë   Müller" in question.accessibleDescription()
        assert question.buttons["cancel"].isDefault()
        if SHOTS:
            question.grab().save(f"{SHOTS}/letters.png")
        question.give("cancel")
        await until(lambda: not window.findChildren(Question))
        corrected = desk.uploader.corrected
        draft = corrected.draft(id)
        assert draft is not None
        with pytest.raises(FileProblem) as raised:
            await corrected.save(draft, tmp_path / "." / original.name)
        assert raised.value.title == "“roster.csv” itself is never changed"
        # Changed since it was looked into, the file may need something else.
        original.write_bytes(before + b"kim;Kim;\n")
        window.gestures.act([id], RowAction.CORRECT)
        await save_as(window, tmp_path / "b.csv", "right", there=False)
        await until(lambda: "has changed since" in str(window.notices.notice))
        assert [one.name for one in tmp_path.iterdir()] == [original.name]
        assert codes(desk) == ["invalid"]
        return 0

    with stand() as running:
        assert run(ui, qapp, running, guide) == 0
    assert original.read_bytes() == before + b"kim;Kim;\n"
