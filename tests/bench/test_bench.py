"""The measurements measure: medians of ratios, and one real comparison in miniature."""

import subprocess
import sys
from pathlib import Path

from tests.bench.__main__ import line
from tests.bench.measure import Run, Stall, compared

ROOT = Path(__file__).resolve().parents[2]


def test_ratios_are_medians_of_neighbouring_runs() -> None:
    ours = iter([Run(9, 9), Run(1, 1), Run(2, 1), Run(1, 4)])
    theirs = iter([Run(2, 2), Run(2, 2), Run(4, 2)])
    seconds, (against,) = compared(lambda: next(ours), {"other": lambda: next(theirs)}, pairs=3)
    assert seconds == 1
    assert (against.other, against.speed, against.cpu) == ("other", 2, 0.5)


def test_a_stall_is_told_beside_its_goal() -> None:
    assert " ".join(line(Stall("the list", 62.4, 50)).split()) == "the list 62 ms goal 50 ms"


def test_a_comparison_runs_from_the_command_line() -> None:
    command = [sys.executable, "-m", "tests.bench", "http", "form", "--size", "2", "--pairs", "1"]
    ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert ran.returncode == 0, ran.stderr
    assert "one large file, http " in ran.stdout
    assert "of httpx2 [" in ran.stdout
