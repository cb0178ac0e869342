"""Another family of servers is one more file under `app/servers`, and nothing else."""

from __future__ import annotations

import importlib
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import app.servers
from app.cli.answers import Usage, checked
from app.core.catalogue import Action
from app.servers import families
from app.servers.api import Family
from tests.cli.conftest import Ended, Shell
from tests.servers.states import Row, agrees, play_at

TOY = Path(__file__).parent / "toy"

# The program as it is, with one more place to look for families in.
PROGRAM = """
import sys, app.servers
app.servers.__path__.append(sys.argv.pop(1))
from app.__main__ import main
sys.exit(main())
"""


@pytest.fixture
def pigeon(monkeypatch: pytest.MonkeyPatch) -> Iterator[Family]:
    monkeypatch.setattr(app.servers, "__path__", [*app.servers.__path__, str(TOY)])
    families.cache_clear()
    importlib.invalidate_caches()
    yield families()["pigeon"]
    sys.modules.pop("app.servers.pigeon", None)
    if hasattr(app.servers, "pigeon"):
        del app.servers.pigeon
    families.cache_clear()


def test_it_is_one_file(pigeon: Family) -> None:
    assert [one.name for one in TOY.iterdir() if one.suffix == ".py"] == ["pigeon.py"]
    assert list(families()) == ["folio", "pigeon", "ssc", "tao"]


def test_its_fields_are_the_form(pigeon: Family) -> None:
    assert checked(pigeon.fields, {"folder": "/loft"}, of=pigeon.title) == {"folder": "/loft"}
    with pytest.raises(Usage, match=r"Carrier pigeons needs “folder” \(Loft\)"):
        checked(pigeon.fields, {}, of=pigeon.title)
    with pytest.raises(Usage, match="has no “nest”"):
        checked(pigeon.fields, {"nest": "/loft"}, of=pigeon.title)


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("one\ntwo\n", Row("good", "done", 0)),
        ("one\n\nthree\n", Row("bad", "done_with_errors", 7)),
        ("x" * 2_000, Row("heavy", "failed", 1, "pigeon.too-heavy", Action.OPTIONS)),
    ],
)
def test_the_engine_delivers_to_it(pigeon: Family, tmp_path: Path, text: str, row: Row) -> None:
    letter, loft = tmp_path / "letter.txt", tmp_path / "loft"
    letter.write_text(text)
    loft.mkdir()
    row = Row(row.name, row.code, row.exit, row.says, row.does, set={"wind": "n"})
    agrees(row, play_at(row, pigeon, {"folder": str(loft)}, "coo", letter))
    arrived = loft / "n-letter.txt"
    assert arrived.exists() == (row.code != "failed")
    assert row.code == "failed" or arrived.read_text() == text


def test_every_command_knows_it(own_home: Path, tmp_path: Path) -> None:
    letter, loft = tmp_path / "letter.txt", tmp_path / "loft"
    letter.write_text("one\n\nthree\n")
    loft.mkdir()

    def program(*arguments: str, secret: str = "coo") -> Ended:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, str(TOY), *arguments],
            input=f"{secret}\n".encode(),
            capture_output=True,
            env=Shell(own_home).environment(LONGSHORE_SECRET=secret),
            timeout=60,
            check=False,
        )
        return Ended(done.returncode, done.stdout.decode(), done.stderr.decode())

    added = program(
        *("destinations", "add", "pigeon", "Home", "--set", f"folder={loft}", "--secret-stdin")
    )
    assert added.code == 0, added.err
    assert "Saved “Home” (Carrier pigeons)." in added.out
    assert program("destinations", "test", "Home").code == 0
    assert program("destinations", "test", "Home", secret="moo").code == 4
    assert "North" in program("choices", "--to", "Home", "wind").out
    sent = program(
        *("send", "--to", "Home", "--set", "wind=South", "--progress", "json", str(letter))
    )
    assert sent.code == 7, sent.err
    [result] = sent.of("result")
    assert (result["counts"], result["failures"][0]["record"]) == ({"read": 2}, 2)
    assert (loft / "s-letter.txt").read_bytes() == letter.read_bytes()
    [told] = json.loads(program("jobs", "--to", "Home", "--json").out)
    assert (told["name"], told["who"]) == ("s-letter.txt", "a pigeon")
