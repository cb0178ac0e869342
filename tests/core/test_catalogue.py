"""Every entry can be said: in three parts, with and without its facts."""

from __future__ import annotations

import ast
import string
from collections import Counter
from pathlib import Path

import pytest

import app
from app.core import catalogue, problems
from app.core.catalogue import Action, Entry, filled
from app.core.destinations import Secret
from app.core.problems import Exchange, Problem, defect
from app.servers import families


def entries() -> list[Entry]:
    return [*catalogue.GENERAL, *(e for f in families().values() for e in f.problems)]


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.id)
def test_an_entry_has_words_for_all_three_parts(entry: Entry) -> None:
    problem = Problem(entry)
    assert problem.title and problem.meaning and all(problem.advice) and problem.advice
    assert not problem.title.endswith(".")
    for text in (entry.meaning, *entry.advice):
        assert text[-1] in ".:}", text


@pytest.mark.parametrize("entry", entries(), ids=lambda entry: entry.id)
def test_places_are_named_so_that_a_translator_understands_them(entry: Entry) -> None:
    for text in (entry.title, entry.meaning, *entry.advice):
        for _, name, spec, conversion in string.Formatter().parse(text):
            assert name is None or name.isidentifier()
            assert not spec and not conversion


def test_every_entry_is_said_somewhere() -> None:
    entries: dict[str, Path] = {}
    used: Counter[str] = Counter()
    for path in Path(app.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            match node:
                case ast.Assign([ast.Name(name)], ast.Call(ast.Name("Entry"))):
                    entries[name] = path
                case ast.Name(name, ast.Load()) | ast.Attribute(_, name):
                    used[name] += 1
    assert len(entries) > 200
    # What a family says whose server cannot be asked; TAO has words of its own for that.
    of_others = {"REPLY_LOST"}
    assert {name for name in entries if not used[name]} == of_others


def test_ids_are_unique() -> None:
    ids = [entry.id for entry in entries()]
    assert len(ids) == len(set(ids))


def test_a_missing_fact_is_a_dash_not_an_error() -> None:
    assert filled("“{name}” and {other}", {"name": "x"}) == "“x” and –"


def test_facts_are_never_read_as_templates() -> None:
    problem = Problem(catalogue.FILE_MISSING, {"name": "{0.__class__} {name}"})
    assert "{0.__class__} {name}" in problem.title


def test_an_unknown_exception_shows_its_type_only() -> None:
    told = defect(ValueError("password=hunter2"))
    assert "ValueError" in told.meaning
    assert "hunter2" not in f"{told!r} {told} {told.title} {told.meaning}"
    assert told.entry.action is Action.SAVE_LOG


def test_every_kind_of_problem_has_a_name_of_its_own() -> None:
    kinds = [
        one.kind
        for one in vars(problems).values()
        if isinstance(one, type) and issubclass(one, Problem) and "kind" in vars(one)
    ]
    assert len(kinds) == len(set(kinds))


def test_a_bare_copy_has_no_traceback() -> None:
    with pytest.raises(problems.Busy) as caught:
        raise problems.Busy(
            catalogue.BUSY, {"status": "429"}, exchange=Exchange(status=429), after=3
        )
    bare = caught.value.bare()
    assert bare == caught.value and bare.after == 3
    assert bare.__traceback__ is None and bare.__context__ is None


def test_a_secret_shows_itself_nowhere() -> None:
    secret = Secret("hunter2")
    assert "hunter2" not in f"{secret} {secret!r} {[secret]}"
    assert secret.reveal() == "hunter2" and bool(secret) and not Secret("")
    with pytest.raises(TypeError):
        secret.__reduce__()
