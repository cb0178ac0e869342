"""What a run left without its file stays in the journal until the file is there again."""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.demo_files import write_marc
from app.sandbox import Sandbox
from app.sandbox.faults import Fault
from tests.cli.test_resume import PROFILE, Home

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal here")


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(families=("folio",), pace=40.0) as running:
        yield running


def test_resume_leaves_what_lacks_its_file_and_sends_the_rest(tmp_path: Path, box: Sandbox) -> None:
    home = Home(tmp_path / "home", box, 0)
    paths = [write_marc(tmp_path / f"{n}.mrc", 40, summaries=4).path for n in range(2)]
    box.faults.add(Fault("slow", bytes_per_second=50_000))
    run = home.started(
        *("send", "--to", "there", "--set", f"job_profile={PROFILE}", "--progress", "json"),
        *map(str, paths),
    )
    assert run.stdout is not None
    for line in run.stdout:
        if json.loads(line).get("state") == "uploading":
            break
    run.send_signal(signal.SIGKILL)
    run.communicate(timeout=30)
    box.faults.clear()
    away = paths[1].rename(tmp_path / "away.mrc")

    code, told = home.run("status", "--json")
    assert code == 0
    assert {Path(one["path"]).name: one["needs_file"] for one in told} == {
        "0.mrc": False,
        "1.mrc": True,
    }
    code, told = home.run("resume", "--progress", "json")
    assert code == 6, told
    states = {Path(one["path"]).name: (one["state"], one["text"]) for one in told if "text" in one}
    assert states["0.mrc"][0] == "done"
    assert states["1.mrc"][0] == "needs_input" and "no longer there" in states["1.mrc"][1]

    away.rename(paths[1])
    code, told = home.run("resume", "--progress", "json")
    assert code == 0, told
    assert {one["state"] for one in home.run("status", "--json")[1]} == {"done"}
    books = box.servers[0].books
    arrived = [
        file.name
        for file in books.files
        if books.process_calls.get(file.definition_id) and not file.removed
    ]
    assert sorted(arrived) == ["0.mrc", "1.mrc"]
    assert max(books.process_calls.values()) == 1
