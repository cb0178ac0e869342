"""The servers' jobs as a table: what changed is told, nothing else moves."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot
from shiboken6 import delete

from app.core import catalogue
from app.core.changes import JobsSeen, UploadChanged
from app.core.jobs import Job, JobState, Result
from app.core.problems import ServerFault
from app.core.timeline import ADDED, Mark
from app.core.uploads import Phase, Source, Upload
from app.viewmodels.monitor_model import MonitorModel
from app.viewmodels.monitor_row import Column, Group, Show

NOW = 1_770_000_000.0
Fatal = QAbstractItemModelTester.FailureReportingMode.Fatal
NAMES = {"a": "Springfield", "b": "Shelbyville"}


@pytest.fixture
def model(qtbot: QtBot) -> Iterator[MonitorModel]:
    made = MonitorModel(lambda id: NAMES[id], epoch=lambda: NOW)
    made.follow(lambda upload: None)
    yield made
    delete(made)


def job(n: int, state: JobState = JobState.RUNNING, **facts: Any) -> Job:
    ended = NOW - 600 if state.ended else None
    known: dict[str, Any] = {
        "done": 10 * n,
        "total": 1000,
        "name": f"file {n:03}.mrc",
        "who": ("Ada", "Kim")[n % 2],
        "started": NOW - 60 * n - 1200,
        "ended": ended,
        "facts": {"job": f"j{n}", "hrid": str(100 + n), "profile": "Bibs"},
    }
    return Job(f"ref{n}", state, **{**known, **facts})


def seen(*jobs: Job, destination: str = "a", gone: tuple[str, ...] = (), **more: Any) -> JobsSeen:
    return JobsSeen(destination, jobs, gone, more.pop("at", NOW), more.pop("problem", None))


def names(model: MonitorModel) -> list[str]:
    shown = (model.index(at, 0).data() for at in range(model.rowCount()))
    return [str(one) for one in shown]


def upload(id: int, n: int, phase: Phase = Phase.PROCESSING, **facts: Any) -> Upload:
    source = Source(f"/home/marge/file {n:03}.mrc", 5_000, 1)
    return Upload(
        id,
        "a",
        source,
        batch=3,
        phase=phase,
        job=replace(job(n), ref=f"raw{n}", seen=NOW - 5),
        account="kim at diku",
        marks=(Mark(what=ADDED, at=NOW - 700),),
        **facts,
    )


def test_a_look_changes_only_the_rows_that_moved(model: MonitorModel) -> None:
    model.apply([seen(*(job(n) for n in range(20)))])
    told: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda top, bottom: told.append((top.row(), bottom.row())))
    for signal in (model.modelReset, model.layoutChanged, model.rowsInserted, model.rowsRemoved):
        signal.connect(lambda *_: pytest.fail("nothing but data changed"))
    model.apply([seen(job(4, done=900))])
    assert told == [(4, 4)]
    model.apply([seen(at=NOW + 2)])
    assert told == [(4, 4)]
    assert model.index(4, Column.RECORDS).data() == "900 of 1,000"


def test_what_is_picked_stays_picked_while_rows_come_go_and_move(model: MonitorModel) -> None:
    chosen = random.Random(3)
    tester = QAbstractItemModelTester(model, Fatal, model)
    assert tester.model() is model
    model.apply([seen(*(job(n) for n in range(20)))])
    model.sort(Column.RECORDS, Qt.SortOrder.DescendingOrder)
    held = QPersistentModelIndex(model.index(model.position("a/j7") or 0, 0))
    model.modelReset.connect(lambda: pytest.fail("no resets"))
    for turn in range(15):
        moved = [job(n, done=chosen.randrange(1000)) for n in chosen.sample(range(20), 9)]
        gone = tuple(f"j{n}" for n in chosen.sample(range(20, 30), 3))
        fresh = [job(n) for n in chosen.sample(range(20, 30), 4)]
        model.apply([seen(*moved, *fresh), seen(gone=gone)])
        assert held.isValid() and held.data() == "file 007.mrc"
        if turn % 7 == 3:
            model.group_by(chosen.choice(list(Group)))
        records = [
            row.job.done for at in range(model.rowCount()) if (row := model.row(at)) is not None
        ]
        assert len(records) >= 20
    model.group_by(Group.NONE)
    done = [row.job.total or 0 for at in range(model.rowCount()) if (row := model.row(at))]
    assert done == sorted(done, reverse=True)


def test_filters_words_and_counts(model: MonitorModel) -> None:
    model.apply(
        [
            seen(job(1), job(2, JobState.DONE), job(3, JobState.FAILED)),
            seen(job(4, JobState.DONE, errors=True), destination="b"),
            UploadChanged(upload(8, 1)),
        ]
    )
    counts = model.counts()
    assert [counts[one] for one in Show] == [4, 1, 3, 2, 1]
    model.narrow(Show.FAILED)
    assert names(model) == ["file 003.mrc", "file 004.mrc"]
    model.narrow(Show.ALL, "shelby ada")
    assert names(model) == ["file 004.mrc"]
    model.narrow(text="103")
    assert names(model) == ["file 003.mrc"]
    model.narrow(text="")
    model.narrow(Show.MINE)
    row = model.row(0)
    assert row is not None and (row.upload_row, row.who) == ("u8", "Kim")
    assert "1 at work" in model.totals and "2 failed" in model.totals


def test_headings_count_close_and_stay_closed(model: MonitorModel) -> None:
    model.apply([seen(job(1), job(2, JobState.FAILED)), seen(job(3), destination="b")])
    model.apply([UploadChanged(upload(8, 1))])
    model.group_by(Group.SERVER)
    assert names(model) == [
        "Shelbyville: 1 job, 1 at work",
        "file 003.mrc",
        "Springfield: 2 jobs, 1 at work, 1 failed",
        "file 001.mrc",
        "file 002.mrc",
    ]
    model.toggle(2)
    assert len(names(model)) == 3
    model.apply([seen(job(9))])
    assert names(model)[2] == "Springfield: 3 jobs, 2 at work, 1 failed"
    assert model.index(2, 3).data(Qt.ItemDataRole.AccessibleTextRole).endswith(", closed")
    model.group_by(Group.BATCH)
    assert names(model)[0].startswith("Batch 3 to Springfield, ")
    assert "Others’ jobs on Shelbyville: 1 job, 1 at work" in names(model)


def test_a_server_that_does_not_answer_dates_what_it_said(model: MonitorModel) -> None:
    model.apply([seen(job(1, seen=NOW - 900), job(2, JobState.DONE), at=NOW - 60)])
    model.apply([seen(at=NOW - 60, problem=ServerFault(catalogue.SERVER_FAULT))])
    clock = time.strftime("%H:%M", time.localtime(NOW - 60))
    assert model.index(0, Column.STATE).data() == f"At work (last seen {clock})"
    assert model.index(1, Column.STATE).data() == "Done"
    assert f"last seen {clock}" in model.sentence(0)
    model.apply([seen()])
    assert model.index(0, Column.STATE).data() == "At work"


def test_ours_is_one_row_whoever_told_of_it(model: MonitorModel) -> None:
    model.apply([UploadChanged(upload(8, 1)), seen(job(1, done=500, seen=NOW))])
    assert names(model) == ["file 001.mrc"]
    assert model.index(0, Column.RECORDS).data() == "500 of 1,000"
    result = Result({"created": 988}, failed=12)
    ended = replace(job(1, JobState.DONE, done=1000), seen=NOW + 9)
    model.apply([UploadChanged(replace(upload(8, 1), phase=Phase.DONE, job=ended, result=result))])
    assert model.index(0, Column.STATE).data() == "Done, 12 records failed"
    assert model.index(0, Column.FAILED).data() == "12"


def test_a_usual_time_needs_five_jobs_of_the_profile(model: MonitorModel) -> None:
    ended = [
        job(n, JobState.DONE, started=NOW - 360 * n - 360, ended=NOW - 360 * n) for n in range(5)
    ]
    model.apply([seen(job(20), *ended[:4])])
    at = model.position("a/j20") or 0
    assert model.index(at, Column.USUAL).data() == ""
    model.apply([seen(ended[4], job(21, facts={"job": "j21", "profile": "Other"}))])
    at = model.position("a/j20") or 0
    assert model.index(at, Column.USUAL).data() == "about 6 min"
    assert "usually takes about 6 min" in model.sentence(at)
    assert model.index(model.position("a/j21") or 0, Column.USUAL).data() == ""


def test_no_cell_is_without_a_name_and_every_column_sorts(model: MonitorModel) -> None:
    bare = Job("x", JobState.UNKNOWN)
    model.apply([seen(bare, *(job(n, state) for n, state in enumerate(JobState)))])
    model.group_by(Group.SERVER)
    for column in Column:
        for order in Qt.SortOrder:
            model.sort(column, order)
        for at in range(model.rowCount()):
            assert model.index(at, column).data(Qt.ItemDataRole.AccessibleTextRole).strip()


def test_nobody_looking_costs_nothing_and_five_thousand_rows_are_quick(model: MonitorModel) -> None:
    many = [job(n, facts={"job": f"j{n}"}) for n in range(5000)]
    model.apply([seen(*many)])
    model.group_by(Group.BATCH)
    model.sort(Column.NAME)

    def look(turn: int) -> float:
        moved = [replace(one, done=turn) for one in many[::20]]
        began = time.perf_counter()
        model.apply([seen(*moved)])
        return time.perf_counter() - began

    # A machine with other things to do is slower, but hardly ten times in a row.
    assert min(look(turn) for turn in range(1, 11)) < 0.05
    model.rest()
    model.apply([seen(job(1, done=999, facts={"job": "j1"}))])
    row = next(one for one in model.rows() if one.job.key == "j1")
    assert row.job.done != 999
