"""Questions of files that are not sent yet: asked in the row, answered for one or all, undone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.catalogue import Entry
from app.core.drafts import Finding, Inspection, Level, Look, Place
from app.core.uploads import Source
from app.viewmodels.draft_questions import DraftQuestions
from app.viewmodels.row import RowAction, draft_actions, draft_state

from .made import family
from .test_intake import Desk, write

BLANKS = Entry("test.blanks", "{count} cells are empty", "They clear values.", ("Fill them.",))
HARMFUL = Entry("test.harmful", "It would delete all", "The server would do so.", ("Look again.",))
BROKEN = Entry("test.broken", "It cannot be read", "No server could.", ("Export it again.",))

ASKING = Finding(BLANKS, Level.WARNING, {"count": "42"}, Place(record=7), asks=True)
ASKING_TOO = Finding(BLANKS, Level.WARNING, {"count": "9"}, Place(column="role"), asks=True)
OVERRIDABLE = Finding(HARMFUL, Level.ERROR, asks=True)
FINAL = Finding(BROKEN, Level.ERROR)

FOUND = {
    "blank.csv": (ASKING,),
    "blank too.csv": (ASKING, ASKING_TOO),
    "both.csv": (ASKING, OVERRIDABLE),
    "broken.csv": (ASKING, FINAL),
    "good.csv": (),
}


def look(source: Source, _: Look) -> Inspection:
    return Inspection(FOUND[source.name])


class Answers:
    """The questions of an intake, with what can be undone."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.told: list[str] = []
        self.undos: list[Callable[[], None]] = []
        self.questions = DraftQuestions(desk.intake, desk.model, self._offered)

    def _offered(self, text: str, undo: Callable[[], None]) -> None:
        self.told.append(text)
        self.undos.append(undo)

    def id(self, name: str) -> str:
        found = next(one for one in self.desk.intake.drafts if one.source.name == name)
        return f"d{found.id}"

    @property
    def ready(self) -> set[str]:
        return {one.source.name for one in self.desk.intake.ready}


@pytest.fixture
def answers(ui: Callable[..., Any], qapp: Any, tmp_path: Path) -> Answers:
    desk = Desk()
    for name in FOUND:
        write(tmp_path / name)

    async def listed() -> None:
        desk.intake.choose(family(inspect=look))
        await desk.take(*(tmp_path / name for name in FOUND))
        await desk.close()

    ui(listed())
    return Answers(desk)


def test_rows_say_what_they_ask_and_what_stops_them(answers: Answers) -> None:
    assert answers.desk.codes() == {
        "blank.csv": "needs_input",
        "blank too.csv": "needs_input",
        "both.csv": "invalid",
        "broken.csv": "invalid",
        "good.csv": "ready",
    }
    shown = {one.source.name: draft_state(one) for one in answers.desk.intake.drafts}
    assert shown["blank.csv"].text == "42 cells are empty (record 7)"
    assert shown["blank.csv"].main is RowAction.ANSWER
    assert shown["both.csv"].text == "Should not be sent: It would delete all"
    assert shown["broken.csv"].text == "Cannot be sent: It cannot be read"


def test_only_what_the_person_may_decide_is_offered(answers: Answers) -> None:
    offered = {one.source.name: draft_actions(one) for one in answers.desk.intake.drafts}
    assert RowAction.SEND_ANYWAY in offered["both.csv"]
    assert RowAction.SEND_ANYWAY not in offered["broken.csv"]
    assert RowAction.SEND_ANYWAY not in offered["good.csv"]
    assert answers.questions.of(answers.id("broken.csv")) is None
    assert answers.questions.of(answers.id("good.csv")) is None


def test_one_answer_for_all_of_this_kind_and_undo(answers: Answers) -> None:
    asked = answers.questions.of(answers.id("blank.csv"))
    assert asked is not None
    assert set(asked.alike) == {
        answers.id("blank.csv"),
        answers.id("blank too.csv"),
        answers.id("both.csv"),
    }
    answers.questions.send_anyway(asked.alike, asked.finding.id)
    assert answers.ready == {"blank.csv", "blank too.csv", "good.csv"}
    assert answers.told == ["3 files will be sent anyway"]
    answers.undos[-1]()
    assert answers.ready == {"good.csv"}


def test_a_question_says_all_it_is_about(answers: Answers) -> None:
    asked = answers.questions.of(answers.id("blank too.csv"))
    assert asked is not None
    assert asked.findings == (ASKING, ASKING_TOO)
    assert asked.elsewhere == (("blank.csv", ASKING), ("both.csv", ASKING))
    other = answers.questions.of(answers.id("blank.csv"))
    assert other is not None
    assert ("blank too.csv", ASKING_TOO) in other.elsewhere


def test_an_answer_for_one_leaves_the_others_asking(answers: Answers) -> None:
    answers.questions.send_anyway([answers.id("blank.csv")], BLANKS.id)
    assert answers.ready == {"blank.csv", "good.csv"}


def test_an_error_is_overridden_before_its_other_questions(answers: Answers) -> None:
    id = answers.id("both.csv")
    first = answers.questions.of(id)
    assert first is not None
    assert first.finding is OVERRIDABLE
    answers.questions.send_anyway([id], first.finding.id)
    assert answers.desk.codes()["both.csv"] == "needs_input"
    second = answers.questions.of(id)
    assert second is not None
    assert second.finding is ASKING
    answers.questions.send_anyway([id], second.finding.id)
    assert "both.csv" in answers.ready


def test_what_is_not_sent_leaves_the_list_and_can_come_back(answers: Answers) -> None:
    ids = [answers.id("blank.csv"), answers.id("blank too.csv")]
    answers.questions.withdraw(ids)
    assert sorted(answers.desk.names) == ["both.csv", "broken.csv", "good.csv"]
    answers.undos[-1]()
    assert sorted(answers.desk.names) == sorted(FOUND)
    assert answers.desk.codes()["blank.csv"] == "needs_input"
    asked = answers.questions.of(ids[0])
    assert asked is not None
    assert asked.finding is ASKING


def test_what_a_server_said_is_forgotten_with_its_options(answers: Answers) -> None:
    id = answers.id("good.csv")
    answers.desk.intake.add_findings({int(id[1:]): [FINAL]})
    assert answers.desk.codes()["good.csv"] == "invalid"
    answers.desk.intake.forget_said()
    assert answers.desk.codes()["good.csv"] == "ready"
