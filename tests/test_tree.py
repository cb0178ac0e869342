"""What holds for the whole folder: names, docstrings, the lock, nothing of one machine."""

import ast
import re
import shutil
import subprocess
import tomllib
from collections.abc import Mapping
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parent.parent
NOT_OURS = {".git", ".venv", "build", "dist", "__pycache__"}
SAYS_NOTHING = {"utils", "util", "helpers", "helper", "common", "manager", "base", "misc"}

# Written in halves, so that this file is not found itself.
PLACES = ("pypi" + ".org", "python" + "hosted", "/wo" + "rk/", "/ro" + "ot/")

LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)


def project_files() -> list[Path]:
    """Every file that belongs to the project, also where there is no git."""
    if shutil.which("git") and (ROOT / ".git").exists():
        listed = subprocess.run(
            ["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        if listed.returncode == 0:
            return [ROOT / name for name in listed.stdout.split("\0") if (ROOT / name).is_file()]
    return [
        path
        for path in ROOT.rglob("*")
        if path.is_file()
        and not NOT_OURS & set(path.relative_to(ROOT).parts)
        and not any(part.endswith("_cache") for part in path.parts)
    ]


def locked(name: str) -> Mapping[str, str]:
    """The versions in a lock file, by canonical name."""
    text = (ROOT / "packaging" / name).read_text(encoding="utf-8")
    return {canonicalize_name(package): version for package, version in LOCKED.findall(text)}


def test_every_module_name_says_what_it_holds() -> None:
    silent = [
        path.relative_to(ROOT)
        for path in project_files()
        if path.suffix == ".py" and SAYS_NOTHING & {path.stem, *path.relative_to(ROOT).parts}
    ]
    assert silent == []


def test_every_module_of_the_program_says_what_it_is_for() -> None:
    without = [
        path.relative_to(ROOT)
        for path in project_files()
        if path.suffix == ".py"
        and path.is_relative_to(ROOT / "app")
        and not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert without == []


@pytest.mark.parametrize("place", PLACES)
def test_no_file_names_a_package_host_or_a_folder_of_one_machine(place: str) -> None:
    naming = [
        path.relative_to(ROOT) for path in project_files() if place.encode() in path.read_bytes()
    ]
    assert naming == []


def test_the_lock_holds_what_the_project_asks_for() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    for name, asked in [
        ("requirements.lock", project["dependencies"]),
        ("requirements-dev.lock", project["optional-dependencies"]["dev"]),
    ]:
        versions = locked(name)
        for requirement in map(Requirement, asked):
            version = versions.get(canonicalize_name(requirement.name))
            assert version is not None, f"{name} lacks {requirement}: run packaging/dev.py lock"
            assert version in requirement.specifier, f"{name} holds {requirement.name} {version}"


def test_tests_run_on_the_versions_that_are_shipped() -> None:
    assert locked("requirements.lock").items() <= locked("requirements-dev.lock").items()


def test_every_locked_package_has_hashes_and_no_address() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / "packaging" / name).read_text(encoding="utf-8")
        assert "://" not in text
        entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)[1:]
        assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
