"""`longshore --self-test`: what it finds out, and that it also finds what is wrong."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.self_test import LATE
from app.self_test.samples import SAMPLES
from app.servers import families

ROOT = Path(__file__).resolve().parents[2]


def self_test(*parts: str, **surroundings: str) -> tuple[int, str]:
    done = subprocess.run(
        [sys.executable, "-m", "app", "--self-test", *parts],
        cwd=ROOT,
        env={**os.environ, **surroundings},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, done.stdout + done.stderr


def test_all_is_well_here_and_a_file_arrives_at_each_kind_of_server() -> None:
    assert SAMPLES.keys() <= families().keys()
    parts = (
        *("program", "modules", "resources", "certificates"),
        *("looking", "delivery", "window, unseen"),
    )
    code, said = self_test(*parts)
    assert code == 0, said
    marks = [line[:6].strip() for line in said.splitlines()[:-1]]
    assert marks == ["ok"] * (6 + len(SAMPLES))
    assert all(f"{sample.name} arrived" in said for sample in SAMPLES.values())


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="an X server that is not there")
def test_a_screen_that_does_not_answer_is_told_and_ends_nothing_else() -> None:
    code, said = self_test("window", DISPLAY=":9876", QT_QPA_PLATFORM="xcb")
    assert code == 1
    unseen, seen, last = said.splitlines()
    assert unseen.startswith("ok ") and seen.startswith("FAILED") and "xcb" in seen
    assert last == "Something is missing; see above."


def test_a_part_nobody_knows_is_a_matter_of_usage() -> None:
    assert self_test("keyboard")[0] == 2


def test_packages_that_are_loaded_late_are_all_tried() -> None:
    """What only functions import is what a package can lack without anybody noticing."""
    early, late = set(), set()
    for path in (ROOT / "app").rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and not node.level:
                names = [node.module or ""]
            else:
                continue
            found = {name.partition(".")[0] for name in names}
            (early if node in tree.body else late).update(found)
    others = {name for name in late - early if name not in sys.stdlib_module_names}
    assert others <= {*LATE, "app"}
