"""Forms: what is asked, what is missing, and choices that only the server knows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pytest
from PySide6.QtTest import QAbstractItemModelTester

from app.core.forms import Choice, Field, FieldKind
from app.core.problems import Problem
from app.viewmodels.form import Choices, FormModel, FormRole, Live
from app.viewmodels.tasks import TaskScope

from .made import KIND, PROFILE, problem

pytestmark = pytest.mark.usefixtures("qapp")

AUTH = Field(
    "auth",
    "Sign-in",
    FieldKind.CHOICE,
    choices=(Choice("token", "Token"), Choice("password", "Password")),
    default="token",
)
USER = Field("user", "User name", required=True, shown_if=("auth", ("password",)))
URL = Field("url", "Address", FieldKind.ADDRESS, required=True)
WORD = Field("word", "Password", FieldKind.SECRET)


class Asked:
    """A server that answers questions about choices when it is let."""

    def __init__(self, **answers: Sequence[Choice] | Problem) -> None:
        self.answers = dict(answers)
        self.questions: list[tuple[str, Mapping[str, str], str]] = []
        self.gate = asyncio.Event()
        self.gate.set()

    async def __call__(self, field: str, picked: Mapping[str, str], search: str) -> Any:
        self.questions.append((field, dict(picked), search))
        await self.gate.wait()
        answer = self.answers[field]
        if isinstance(answer, Problem):
            raise answer
        return [one for one in answer if search.casefold() in one.label.casefold()]


def form_of(asked: Asked, *fields: Field, **values: str) -> FormModel:
    return FormModel(fields, values, ask=asked, tasks=TaskScope(lambda _: None))


async def settled(form: FormModel, key: str = "profile") -> Choices:
    while form.choices(key).state is Live.LOADING:
        await asyncio.sleep(0.001)
    return form.choices(key)


def test_only_what_applies_is_asked() -> None:
    form = FormModel((AUTH, USER))
    tester = QAbstractItemModelTester(form, QAbstractItemModelTester.FailureReportingMode.Warning)
    assert [field.key for field in form.fields] == ["auth"] and form.valid
    form.set("auth", "password")
    assert [field.key for field in form.fields] == ["auth", "user"] and not form.valid
    form.set("user", " ann ")
    assert form.values == {"auth": "password", "user": "ann"}
    form.set("auth", "token")
    assert form.values == {"auth": "token"}
    del tester


def test_nobody_is_blamed_before_having_had_a_chance() -> None:
    form = FormModel((URL, USER))
    assert form.problem("url") == "" and not form.valid
    form.set("url", "folio")
    assert "https://" in form.problem("url")
    form.set("url", "https://folio.example.org")
    assert form.problem("url") == ""
    assert form.complain() and form.valid


def test_after_pressing_on_everything_missing_is_told() -> None:
    form = FormModel((URL,))
    assert not form.complain()
    assert form.data(form.index(0), FormRole.PROBLEM) == "This is needed."


@pytest.mark.parametrize(
    "address", ["x", "ftp://a", "https://", "http://[", "https://a:b", "http:/a"]
)
def test_what_is_no_address(address: str) -> None:
    form = FormModel((URL,), {"url": address})
    assert not form.valid


def test_secrets_are_not_trimmed() -> None:
    form = FormModel((WORD,))
    form.set("word", " hunter 2 ")
    assert form.values == {"word": " hunter 2 "}


def test_suggestions_never_undo_what_the_person_chose() -> None:
    form = FormModel((KIND,))
    form.suggest({"kind": "marc", "nonsense": "x"})
    assert form.value("kind") == "marc" and form.label("kind") == "MARC"
    form.set("kind", "edifact")
    form.suggest({"kind": "marc"})
    assert form.value("kind") == "edifact"


def test_live_choices(ui: Callable[..., Any]) -> None:
    async def main() -> None:
        asked = Asked(profile=[Choice("1", "Bibs"), Choice("2", "Holdings")])
        form = form_of(asked, KIND, PROFILE, kind="marc")
        assert form.choices("profile").state is Live.IDLE
        form.load()
        assert form.choices("profile").state is Live.LOADING
        assert [one.label for one in (await settled(form)).choices] == ["Bibs", "Holdings"]
        assert [picked for _, picked, _ in asked.questions] == [{"kind": "marc"}]
        form.load()
        assert len(asked.questions) == 1
        form.set("profile", "2")
        assert form.label("profile") == "Holdings" and form.valid

    ui(main())


def test_choices_that_depend_are_asked_again_and_stale_answers_dropped(
    ui: Callable[..., Any],
) -> None:
    async def main() -> None:
        asked = Asked(profile=[Choice("1", "Bibs"), Choice("2", "Holdings")])
        form = form_of(asked, KIND, PROFILE)
        form.load()
        await settled(form)
        form.set("profile", "1")
        asked.gate.clear()
        form.set("kind", "edifact")
        await asyncio.sleep(0)
        asked.answers["profile"] = [Choice("3", "Invoices"), Choice("4", "Orders")]
        form.set("kind", "marc")
        asked.gate.set()
        found = await settled(form)
        assert [one.value for one in found.choices] == ["3", "4"]
        assert form.value("profile") == ""
        assert len(asked.questions) == 3

    ui(main())


def test_a_remembered_name_becomes_its_value_and_an_only_choice_is_taken(
    ui: Callable[..., Any],
) -> None:
    async def main() -> None:
        named = form_of(
            Asked(profile=[Choice("1", "Bibs"), Choice("2", "H")]), PROFILE, profile="H"
        )
        named.load()
        await settled(named)
        assert named.value("profile") == "2"
        only = form_of(Asked(profile=[Choice("1", "Bibs")]), PROFILE)
        only.load()
        await settled(only)
        assert only.value("profile") == "1"

    ui(main())


def test_a_server_that_cannot_be_asked_says_so_and_is_asked_again(ui: Callable[..., Any]) -> None:
    async def main() -> None:
        asked = Asked(profile=problem())
        form = form_of(asked, PROFILE)
        form.load()
        assert (await settled(form)).problem == problem()
        form.load()
        assert len(asked.questions) == 1
        asked.answers["profile"] = [Choice("1", "Bibs")]
        form.reload_failed()
        assert (await settled(form)).state is Live.READY

    ui(main())


def test_searching_waits_until_typing_stops(ui: Callable[..., Any]) -> None:
    async def main() -> None:
        many = Field("profile", "Profile", FieldKind.CHOICE, search=True)
        asked = Asked(profile=[Choice("1", "Bibs"), Choice("2", "Holdings")])
        form = form_of(asked, many, profile="77")
        form.load()
        await settled(form)
        for text in ("h", "ho", "hol"):
            form.reload("profile", text)
            await asyncio.sleep(0.01)
        found = await settled(form)
        assert [one.value for one in found.choices] == ["2"] and found.search == "hol"
        assert [search for *_, search in asked.questions] == ["", "hol"]
        assert form.value("profile") == "77"

    ui(main())
