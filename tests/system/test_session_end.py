"""Log-off and a polite signal: gone within two seconds, everything in the journal, no question."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QWidget

from app.demo_files import write_marc
from app.sandbox import Sandbox
from app.sandbox.faults import Fault
from app.storage.paths import places
from app.system.session_end import SessionEnd

from .conftest import ROOT, Told

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")

Start = Callable[..., Told]
WITHIN = 2.0
BUSY = 2.0
"""What a machine that does other things as well may need on top."""


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(families=("folio",), pace=40.0) as running:
        yield running


def sending(event: dict[str, object]) -> bool:
    codes = event.get("codes")
    return isinstance(codes, dict) and "uploading" in codes.values()


def test_a_signal_while_sending_ends_it_soon_and_the_next_start_offers_to_go_on(
    window: Start, box: Sandbox, tmp_path: Path
) -> None:
    """Even with the question open whether to leave."""
    path = write_marc(tmp_path / "slow.mrc", 300, summaries=6).path
    box.faults.add(Fault("slow", bytes_per_second=50_000))
    first = window(box.servers[0])
    first.until(lambda event: "ready" in event)
    first.say(send=[str(path)])
    first.until(sending)
    first.say(close=True)
    first.until(lambda event: event.get("asked"))
    began = time.monotonic()
    first.process.send_signal(signal.SIGTERM)
    assert first.process.wait(30) == 0
    assert time.monotonic() - began < WITHIN + BUSY
    assert "Traceback" not in "".join(first.errors)

    log = (places().logs / "longshore.log").read_text(encoding="utf-8")
    assert "ending: SIGTERM" in log and "ERROR" not in log
    command = [sys.executable, "-m", "app", "status", "--json"]
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=30)
    (left,) = [json.loads(line) for line in told.stdout.splitlines()]
    assert not left["running"] and str(path) in left.values()

    second = window(box.servers[0])
    second.until(lambda event: "paused" in event.get("codes", {}).values())


def test_it_is_told_once_and_what_hangs_is_cut_off(qapp: QApplication) -> None:
    told: list[object] = []
    window = QWidget()
    before = signal.getsignal(signal.SIGTERM)
    with SessionEnd(qapp, window, lambda: told.append("leave"), told.append, 0.2) as end:
        signal.raise_signal(signal.SIGTERM)
        signal.raise_signal(signal.SIGHUP)
        assert told == ["leave"]
        assert end.limit is not None
        end.limit.join(10)
    assert told == ["leave", 0]
    assert signal.getsignal(signal.SIGTERM) is before
