"""The manual page and the shells' completion say what the program does."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from app.inspection import ARGUMENT

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "packaging" / "frozen" / "command_line.py"


def made(form: str, folder: Path) -> Path:
    done = subprocess.run(
        [sys.executable, SCRIPT, ROOT, form, "2026-01-09"],
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    path = folder / form
    path.write_text(done.stdout, encoding="utf-8")
    return path


def said(*command: str | Path) -> list[str]:
    if shutil.which(str(command[0])) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize(
    ("words", "offered"),
    [
        (["des"], "destinations"),
        (["send", "--progress", ""], "json"),
        (["send", "--wait"], "--wait-timeout"),
        (["destinations", "ad"], "add"),
        (["destinations", "add", "--s"], "--secret-stdin"),
    ],
)
def test_bash_completes(tmp_path: Path, words: list[str], offered: str) -> None:
    line = " ".join(f"'{word}'" for word in ["longshore", *words])
    script = f". {made('bash', tmp_path)}; COMP_WORDS=({line}); COMP_CWORD={len(words)}; "
    assert offered in said("bash", "-c", script + '_longshore; echo "${COMPREPLY[@]}"')


def test_bash_completes_names_of_files(tmp_path: Path) -> None:
    (tmp_path / "new-books.mrc").touch()
    script = f". {made('bash', tmp_path)}; cd {tmp_path}; COMP_WORDS=(longshore send new); "
    script += 'COMP_CWORD=2; _longshore; echo "${COMPREPLY[@]}"'
    assert said("bash", "-c", script) == ["new-books.mrc"]


def test_fish_completes(tmp_path: Path) -> None:
    source = f"source {made('fish', tmp_path)}"
    assert "destinations" in said("fish", "-c", f"{source}; complete -C 'longshore des'")
    nested = said("fish", "-c", f"{source}; complete -C 'longshore destinations '")
    assert {"add", "test", "remove"} <= set(nested) and "sandbox" not in nested
    assert "--dry-run" in said("fish", "-c", f"{source}; complete -C 'longshore send --dry'")


def test_zsh_can_read_its_completion(tmp_path: Path) -> None:
    said("zsh", "-n", made("zsh", tmp_path))


def test_the_manual_page_is_sound_and_names_every_command(tmp_path: Path) -> None:
    page = made("man", tmp_path)
    text = page.read_text(encoding="utf-8")
    for command in ("send", "destinations add", "sandbox", "demo"):
        assert f".SS longshore {command}\n" in text
    assert r"\-\-self\-test" in text and ".SH EXIT STATUS" in text
    if shutil.which("mandoc"):
        said("mandoc", "-Tlint", "-Wwarning", page)


@pytest.mark.parametrize("form", ["man", "bash", "zsh", "fish"])
def test_what_the_program_asks_of_itself_is_not_offered(tmp_path: Path, form: str) -> None:
    assert ARGUMENT.lstrip("-") not in made(form, tmp_path).read_text().replace("\\-", "-")
