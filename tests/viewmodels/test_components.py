"""What the program says it is made of, against what the packages say themselves."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from pathlib import Path

import pytest

from app.viewmodels.components import LICENCES, components

PROJECT = Path(__file__).parents[2] / "pyproject.toml"


def test_every_dependency_of_the_program_is_named() -> None:
    table = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]
    wanted = {re.split(r"[<>=~!; ]", one)[0].lower() for one in table["dependencies"]}
    assert wanted == {name.lower() for name in LICENCES}


@pytest.mark.parametrize("name", LICENCES)
def test_licences_are_those_the_packages_name(name: str) -> None:
    told = importlib.metadata.metadata(name).get("License-Expression") or ""
    said = told or importlib.metadata.metadata(name).get("License") or ""
    if not told and ("\n" in said or not said):
        pytest.skip("the package writes its licence out, or names it in no such field")
    assert LICENCES[name] in said


def test_versions_are_those_installed() -> None:
    parts = {one.name: one.version for one in components()}
    assert parts["keyring"] == importlib.metadata.version("keyring")
    assert all(re.match(r"\d+\.\d+", version) for version in parts.values())
