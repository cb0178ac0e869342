"""The timeline and the clocks of a row, and how long a server usually takes."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from app.core import catalogue
from app.core.jobs import JobState
from app.core.problems import Problem
from app.core.timeline import ADDED, JOB, Mark
from app.core.uploads import Phase, Upload
from app.transfer.upload_log import LogLine
from app.viewmodels.details import Beyond, details
from app.viewmodels.row import Tone
from app.viewmodels.tasks import TaskScope
from app.viewmodels.timeline import of_draft, sending, serving, timeline
from app.viewmodels.usual import UsualDurations
from app.viewmodels.words import second

from .made import draft, finding, job, problem, target, upload

pytestmark = pytest.mark.usefixtures("qapp")
THERE_NOW = target("there", {})
T = time.mktime((2026, 3, 1, 10, 42, 0, 0, 0, -1))


def moved(phase: Phase, *marks: tuple[float, str, int, str], **facts: Any) -> Upload:
    made = tuple(Mark(T + at, what, attempt, said) for at, what, attempt, said in marks)
    return upload(1, phase, marks=made, **facts)


SENDING_TWICE = (
    (0.0, ADDED, 1, ""),
    (1.0, "opening", 1, ""),
    (3.0, "queued", 1, "slot"),
    (3.2, "sending", 1, ""),
    (13.0, "queued", 1, catalogue.CONNECTION_CUT.id),
    (16.0, "sending", 2, ""),
    (76.0, "sent", 2, ""),
    (77.0, "processing", 2, ""),
    (77.0, JOB, 2, JobState.WAITING),
    (80.0, JOB, 2, JobState.RUNNING),
)


def test_every_step_is_told_with_its_clock_time_and_how_long_it_lasted() -> None:
    at_work = moved(Phase.PROCESSING, *SENDING_TWICE, attempt=2, job=job())
    told = timeline(at_work, None, THERE_NOW, T + 140)
    assert [(one.time, one.what, one.took) for one in told] == [
        (second(T), "Added", "1 s"),
        (second(T + 1), "Announced to the server", "2 s"),
        (second(T + 3), "Sending", "10 s"),
        (second(T + 13), "Waiting: The connection to “folio.example.org” broke off", "3 s"),
        (second(T + 16), "Sending, attempt 2", "1 min 0 s"),
        (second(T + 76), "Sent, every byte confirmed", "1 s"),
        (second(T + 77), "The server was told to begin", "3 s"),
        (second(T + 80), "The server is working on it", "1 min 0 s"),
    ]
    assert second(T) == "10:42:00"
    assert [sending(at_work, T + 140), serving(at_work, T + 140)] == [
        pytest.approx(69.8),
        pytest.approx(63),
    ]


def test_what_ended_stands_still_and_says_why() -> None:
    why = problem(status="507")
    failed = moved(Phase.FAILED, (0, ADDED, 1, ""), (5, "failed", 1, why.id), problem=why)
    last = timeline(failed, None, THERE_NOW, T + 900)[-1]
    assert last.what == "Failed: The server had an error of its own"
    assert (last.tone, last.took) == (Tone.BAD, "")
    again = replace(failed, phase=Phase.QUEUED, problem=None)
    assert timeline(again, None, THERE_NOW, T + 900)[-1].what.startswith("Failed: The server")


def test_the_day_is_told_where_it_is_another_one() -> None:
    night = moved(Phase.DONE, (0, ADDED, 1, ""), (10, "sending", 1, ""), (86_400, "done", 1, ""))
    first, still, next_day = timeline(night, None, THERE_NOW, T + 10 * 86_400)
    assert first.time.endswith(" 10:42:00") and next_day.time.endswith(" 10:42:00")
    assert still.time == "10:42:10"
    assert not timeline(night, None, THERE_NOW, T + 100)[0].time.endswith(" 10:42:00")


def test_being_listed_and_checked_comes_before() -> None:
    made = replace(draft(1, finding(name="x")), added=T - 9, checked=T - 7)
    told = timeline(moved(Phase.QUEUED, (0, ADDED, 1, "")), made, THERE_NOW, T)
    assert [(one.what, one.took) for one in told] == [
        ("Added to the list", "2 s"),
        ("Checked: 1 finding", "7 s"),
        ("To be sent", ""),
    ]
    assert [one.what for one in of_draft(made, T)] == ["Added to the list", "Checked: 1 finding"]
    clean = replace(draft(1), added=T, checked=T)
    assert of_draft(clean, T)[-1].what == "Checked: nothing found"
    assert of_draft(draft(1), T) == ()


def test_a_server_that_tells_its_own_times_is_believed() -> None:
    done = job(JobState.DONE, started=T, ended=T + 600)
    assert serving(moved(Phase.DONE, *SENDING_TWICE, job=done), T + 9_000) == 600


def test_the_details_hold_clocks_ids_and_log_and_all_of_it_is_copied() -> None:
    facts = {"hrid": "4711", "job": "5d0c", "definition": "0b7e"}
    at_work = moved(
        Phase.PROCESSING, *SENDING_TWICE, job=job(facts=facts), sha256="9f86", attempt=2
    )
    log = (LogLine(T + 1, "GET https://a.example/x: 200", 14), LogLine(T + 2, "job j1: running"))
    shown = details(at_work, None, target("there", {}), Beyond(T + 140, 360, log))
    assert shown is not None
    assert dict(shown.clocks) == {
        "Time sending": "1 min 10 s",
        "Time on the server": "1 min 3 s",
        "Usually takes": "about 6 min",
    }
    assert [value for _, value in shown.ids] == ["4711", "5d0c", "0b7e", "9f86"]
    assert shown.log == (
        "10:42:01  GET https://a.example/x: 200  (14 times)",
        "10:42:02  job j1: running",
    )
    text = shown.text()
    for piece in ("Job number: 4711", "Time sending: 1 min 10 s", "10:42:16  Sending, attempt 2"):
        assert piece in text
    assert "GET https://a.example/x: 200" in text


class Kept:
    """A history whose answers are counted."""

    def __init__(self, seconds: float | None) -> None:
        self.seconds = seconds
        self.asked: list[tuple[str, str]] = []

    def usual_duration(self, destination: str, options: Mapping[str, str]) -> float | None:
        self.asked.append((destination, threading.current_thread().name))
        return self.seconds


def test_the_usual_duration_is_read_once_and_elsewhere(ui: Callable[..., Any]) -> None:
    async def main() -> None:
        told: list[Problem] = []
        tasks = TaskScope(told.append)
        usual, kept, heard = UsualDurations(tasks), Kept(360.0), []
        usual.changed.connect(lambda: heard.append(1))
        assert usual.of("there", {"profile": "p"}) is None
        usual.begin(kept)  # type: ignore[arg-type]
        for _ in range(3):
            assert usual.of("there", {"profile": "p"}) is None
        while not heard:
            await asyncio.sleep(0)
        assert usual.of("there", {"profile": "p"}) == 360
        usual.outdated()
        kept.seconds = 300.0
        assert usual.of("there", {"profile": "p"}) == 360
        while len(heard) < 2:
            await asyncio.sleep(0)
        assert usual.of("there", {"profile": "p"}) == 300
        assert len(kept.asked) == 2 and not told
        assert threading.current_thread().name not in [name for _, name in kept.asked]
        await tasks.aclose()

    ui(main())
