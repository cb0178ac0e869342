"""The contents of a file on the screen: pages, marks, what is spoken, and a file that is gone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.core.catalogue import FILE_MISSING, Entry
from app.core.drafts import Finding, Level, Place
from app.core.previews import (
    FactGroup,
    Facts,
    Preview,
    Records,
    Table,
    TableRow,
    TaggedLine,
    TaggedRecord,
)
from app.core.problems import FileProblem
from app.servers.folio import findings
from app.servers.folio.previews import tagged
from app.servers.folio.previews.tagged import LINES, SHORTENED
from app.viewmodels.details import Details
from app.viewmodels.draft_questions import Asked
from app.viewmodels.preview import HEADING, MARKED
from app.views.draft_question import DraftQuestion
from app.views.preview_dialog import ROWS, PreviewDialog
from app.views.theme import Theme
from tests.views.translated import translated

Ui = Callable[..., Any]

BLANKS = Entry("test.blanks", "Empty cells: {count}", "They clear values.", ("Fill them.",))
ODD = "This record has an unusual leader."
FOUND = Finding(BLANKS, Level.WARNING, {"count": "1"}, Place(record=3), asks=True)


class Pages:
    """Answers with what `page` makes of a first number and a count; keeps what was asked."""

    def __init__(self, page: Callable[[int, int], Preview]) -> None:
        self.asked: list[tuple[int, int]] = []
        self._page = page

    async def fetch(self, first: int, count: int) -> Preview:
        self.asked.append((first, count))
        return self._page(first, count)


def record(first: int, count: int) -> Preview:
    lines = (
        TaggedLine("245", "10", "$a A title", marked=first == 7),
        TaggedLine("650", " 0", "$a"),
    )
    return Records((TaggedRecord(first, "A title", lines),), more=first < 60)


def rows(first: int, count: int) -> Preview:
    made = tuple(
        TableRow(number, (f"pilot{number}", ""), {1: "test.blanks"} if number == 3 else {})
        for number in range(first, min(first + count, 251))
    )
    return Table(("user_username", "user_name"), made, first + count < 251)


def opened(pages: Pages, theme: Theme, **facts: Any) -> tuple[PreviewDialog, Callable[[], Any]]:
    tasks: set[asyncio.Task[Any]] = set()
    details = Details("roster.csv", "/in/roster.csv", findings=(FOUND,))
    parent = QWidget()

    def start(work: Any) -> None:
        tasks.add(asyncio.get_running_loop().create_task(work))

    dialog = PreviewDialog(theme, details, pages.fetch, start, parent, **facts)

    async def settled() -> None:
        assert parent.isWidgetType()  # It lives as long as its dialog is used.
        while waiting := [one for one in tasks if not one.done()]:
            await asyncio.gather(*waiting)

    return dialog, settled


def texts(dialog: PreviewDialog, role: int = Qt.ItemDataRole.DisplayRole) -> list[list[Any]]:
    model = dialog.model
    return [
        [model.index(row, column).data(role) for column in range(model.columnCount())]
        for row in range(model.rowCount())
    ]


def test_records_are_turned_one_by_one(ui: Ui, theme: Theme) -> None:
    async def main() -> None:
        pages = Pages(record)
        dialog, settled = opened(pages, theme, first=7, total=60)
        await settled()
        assert texts(dialog)[0][0] == "Record 7  ·  A title"
        assert dialog.model.index(0, 0).data(HEADING)
        assert [cell for row in texts(dialog, MARKED) for cell in row].count(True) == 3
        assert (dialog.earlier.isEnabled(), dialog.later.isEnabled()) == (True, True)
        dialog.later.click()
        await settled()
        assert texts(dialog)[0][0].startswith("Record 8")
        dialog.place.setValue(60)
        await settled()
        assert not dialog.later.isEnabled()
        assert pages.asked[-1] == (60, 1)
        dialog.close()

    ui(main())


def test_what_is_said_about_a_record_is_translated_sentence_by_sentence(
    ui: Ui, theme: Theme
) -> None:
    many = [tagged.line("500", "  ", f"$a {n}", marked=n == 3) for n in range(LINES + 1)]
    noted = tagged.record(1, "", many, [findings.LEADER_ODD])
    assert noted.notes == (ODD, SHORTENED)

    async def main() -> None:
        dialog, settled = opened(Pages(lambda first, count: Records((noted,))), theme)
        await settled()
        assert texts(dialog)[1][2] == "Caput insolitum. Initium tantum."
        dialog.close()

    with translated({ODD: "Caput insolitum.", SHORTENED: "Initium tantum."}):
        ui(main())


def test_rows_come_by_the_hundred_with_their_marks(ui: Ui, theme: Theme) -> None:
    async def main() -> None:
        pages = Pages(rows)
        dialog, settled = opened(pages, theme)
        await settled()
        assert dialog.model.rowCount() == ROWS
        marked = dialog.model.index(2, 1)
        assert marked.data(MARKED)
        assert marked.data(Qt.ItemDataRole.ToolTipRole) == "Empty cells: 1 (record 3)"
        spoken = marked.data(Qt.ItemDataRole.AccessibleTextRole)
        assert spoken == "user_name: empty. Empty cells: 1 (record 3)"
        dialog.later.click()
        await settled()
        assert pages.asked[-1] == (101, ROWS)
        dialog.later.click()
        await settled()
        assert dialog.model.rowCount() == 50
        assert not dialog.later.isEnabled()
        dialog.close()

    ui(main())


def test_facts_are_one_page(ui: Ui, theme: Theme) -> None:
    group = FactGroup("Scan", (("Engine", "SCA"), ("Build", "shop")))

    async def main() -> None:
        dialog, settled = opened(Pages(lambda first, count: Facts((group,))), theme)
        await settled()
        assert texts(dialog) == [["Scan", None], ["Engine", "SCA"], ["Build", "shop"]]
        assert dialog.later.isHidden()
        dialog.close()

    ui(main())


def test_a_file_that_is_gone_is_said_in_the_dialog(ui: Ui, theme: Theme) -> None:
    def gone(first: int, count: int) -> Preview:
        raise FileProblem(FILE_MISSING, {"name": "roster.csv"})

    async def main() -> None:
        dialog, settled = opened(Pages(gone), theme)
        await settled()
        assert dialog.model.empty
        assert "roster.csv" in dialog.said
        dialog.close()

    ui(main())


def test_the_safe_answer_is_the_default_and_one_answer_serves_all(theme: Theme, qapp: Any) -> None:
    parent = QWidget()
    question = DraftQuestion(theme, parent, Asked((FOUND,), ("d1", "d2", "d3")))
    assert question.buttons["keep"].isDefault()
    assert question.answer == "later"
    assert not question.for_all
    question.show()
    question.all_of_a_kind.click()
    assert question.for_all
    question.buttons["send"].click()
    assert question.answer == "send"
    alone = DraftQuestion(theme, parent, Asked((FOUND,), ("d1",)))
    assert alone.all_of_a_kind.isHidden()


def test_a_question_names_all_it_is_about(theme: Theme, qapp: Any) -> None:
    parts = tuple(
        Finding(BLANKS, Level.WARNING, {"count": f"{n}"}, Place(column=f"part {n}"), asks=True)
        for n in range(2, 22)
    )
    asked = Asked(parts, ("d1", "d2"), (("other.csv", parts[4]),))
    parent = QWidget()
    question = DraftQuestion(theme, parent, asked)
    said = question.accessibleName() + question.accessibleDescription()
    assert all(f"part {n}" in said for n in (2, 3, 14))
    assert "and 7 more" in said
    assert "other.csv" in question.all_of_a_kind.toolTip()
    assert "part 6" in question.all_of_a_kind.accessibleDescription()
