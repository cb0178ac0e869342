"""`longshore problems`: the catalogue on a terminal, as JSON and as a page."""

from __future__ import annotations

import json
import subprocess
import sys


def told(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "app", "problems", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


def test_one_problem_by_its_name() -> None:
    done = told("file.missing")
    assert done.returncode == 0
    assert done.stdout.startswith("file.missing: The file “[name]” is no longer there\n")


def test_a_name_that_nothing_has_is_a_slip() -> None:
    done = told("file.elephant")
    assert done.returncode == 2
    assert "file.elephant" in done.stderr


def test_all_of_them_as_json_and_as_a_page() -> None:
    listed = [json.loads(line) for line in told("--json").stdout.splitlines()]
    ids = [one["id"] for one in listed]
    assert len(ids) == len(set(ids)) > 100
    assert all(one["title"] and one["meaning"] and one["advice"] for one in listed)
    html = told("--html").stdout
    assert html.startswith("<!DOCTYPE html>")
    assert all(f'id="{one}"' in html for one in ids)
