"""The table: what it holds after lists of changes, and how few signals that takes."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester

from app.core import catalogue
from app.core.changes import Change, UploadsForgotten
from app.core.problems import FileProblem
from app.core.uploads import MOVES, Phase, Upload, Wait, Why
from app.transfer.meter import Meter
from app.viewmodels.row import CODES, Kind, RowAction
from app.viewmodels.uploads import Moved, Role, UploadsModel
from app.viewmodels.uploads_filter import UploadsFilter

from .made import MB, RESUMABLE, changed, draft, finding, source, target, upload

pytestmark = pytest.mark.usefixtures("qapp")


class Clock:
    def __init__(self) -> None:
        self.time = 100.0

    def __call__(self) -> float:
        return self.time


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def model(clock: Clock) -> Iterator[UploadsModel]:
    model = UploadsModel(target, clock=clock)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    yield model
    del tester


class Signals:
    """Counts what a model tells its views."""

    def __init__(self, model: UploadsModel) -> None:
        self.count: Counter[str] = Counter()
        for name in ("dataChanged", "rowsInserted", "rowsRemoved", "modelReset", "layoutChanged"):
            getattr(model, name).connect(lambda *_, name=name: self.count.update([name]))

    @property
    def all(self) -> int:
        return self.count.total()


def shown(model: UploadsModel, role: Any = Role.ID) -> list[Any]:
    return [model.data(model.index(at, 0), role) for at in range(model.rowCount())]


def test_a_row_per_upload_with_its_last_snapshot(model: UploadsModel) -> None:
    signals = Signals(model)
    moved = model.apply([changed(1), changed(2), changed(1, Phase.OPENING)])
    assert shown(model) == ["u1", "u2"]
    assert signals.count == {"rowsInserted": 1}
    assert [one.after.phase for one in moved if one.after] == [Phase.OPENING, Phase.QUEUED]
    assert [state.code for state in shown(model, Role.STATE)] == ["preparing", "queued"]


def test_what_moved_is_told_with_its_before(model: UploadsModel) -> None:
    model.apply([changed(1)])
    assert model.apply([changed(1, Phase.OPENING)]) == [Moved(upload(1), upload(1, Phase.OPENING))]
    assert model.apply([UploadsForgotten((1, 7))]) == [Moved(upload(1, Phase.OPENING), None)]
    assert model.rowCount() == 0


def test_words_of_a_row(model: UploadsModel) -> None:
    model.apply([changed(1, Phase.SENDING, options={"profile": "Default MARC bib"})])
    index = model.index(0, 0)
    assert model.data(index, Role.NAME) == "file1.mrc"
    assert model.data(index, Role.DESTINATION) == "Springfield"
    assert model.data(index, Role.DETAIL) == "→ Springfield / Default MARC bib"
    assert model.data(index, Qt.ItemDataRole.ToolTipRole) == "/data/file1.mrc"
    sentence = model.data(index, Qt.ItemDataRole.AccessibleTextRole)
    assert sentence == "file1.mrc, Uploading, 0 %, 0.0 of 20.0 MB"
    said = model.data(index, Qt.ItemDataRole.AccessibleDescriptionRole)
    assert said == "/data/file1.mrc, → Springfield / Default MARC bib"


def test_an_upload_takes_over_the_row_of_its_draft(model: UploadsModel) -> None:
    drafts = [draft(1), draft(2), draft(3)]
    model.add_drafts(drafts)
    model.expect(drafts[1:2])
    signals = Signals(model)
    model.apply([changed(7, source=drafts[1].source)])
    assert shown(model) == ["d1", "u7", "d3"]
    assert signals.count == {"dataChanged": 1}
    assert model.data(model.index(1, 0), Role.DRAFT) is None
    model.apply([changed(8, source=drafts[2].source)])
    assert shown(model) == ["d1", "u7", "d3", "u8"]


def test_a_draft_that_was_not_sent_after_all_keeps_its_row(model: UploadsModel) -> None:
    model.add_drafts([draft(1)])
    model.expect([draft(1)])
    model.expect_no_more([draft(1)])
    model.apply([changed(7, source=draft(1).source)])
    assert shown(model) == ["d1", "u7"]


def test_drafts_change_and_go(model: UploadsModel) -> None:
    model.add_drafts([draft(1, seen=False), draft(2, seen=False)])
    assert [state.code for state in shown(model, Role.STATE)] == ["added", "added"]
    model.change_drafts([draft(1, seen=False)], checking={1})
    assert model.code("d1") == "checking"
    model.change_drafts([draft(1), draft(9)])
    assert (model.code("d1"), model.code("d2")) == ("ready", "added")
    model.aim_drafts("there")
    assert shown(model, Role.DETAIL) == ["→ Springfield"] * 2
    model.remove_drafts([1, 5])
    assert shown(model) == ["d2"]
    model.set_drafts([draft(2), draft(3)])
    assert shown(model) == ["d2", "d3"] and model.code("d2") == "ready"


def test_counts_follow(model: UploadsModel) -> None:
    model.add_drafts([draft(1)])
    model.apply([changed(1), changed(2, Phase.FAILED), changed(3, Phase.DONE)])
    counts = model.counts()
    assert counts[Kind.ALL] == 4
    assert [counts[kind] for kind in (Kind.ACTIVE, Kind.NEEDS, Kind.FAILED, Kind.DONE)] == [
        1,
        0,
        1,
        1,
    ]
    model.apply([UploadsForgotten((3,)), changed(2, attempt=2)])
    counts = model.counts()
    assert [counts[kind] for kind in (Kind.ALL, Kind.ACTIVE, Kind.FAILED, Kind.DONE)] == [
        3,
        2,
        0,
        0,
    ]


def test_places_in_the_queue(model: UploadsModel) -> None:
    model.apply([changed(n, wait=Wait()) for n in (1, 2, 3)])
    assert [s.text for s in shown(model, Role.STATE)] == [
        "Waiting (1st)",
        "Waiting (2nd)",
        "Waiting (3rd)",
    ]
    model.apply([changed(1, Phase.OPENING)])
    assert model.state("u2").text == "Waiting (1st)"  # type: ignore[union-attr]
    model.reorder([3, 2])
    assert shown(model) == ["u1", "u3", "u2"]
    assert model.state("u2").text == "Waiting (2nd)"  # type: ignore[union-attr]
    assert model.position("u3") == 1


def test_reordering_keeps_what_is_selected(model: UploadsModel) -> None:
    from PySide6.QtCore import QPersistentModelIndex

    model.apply([changed(n) for n in range(1, 5)])
    kept = {n: QPersistentModelIndex(model.index(n - 1, 0)) for n in range(1, 5)}
    model.reorder([4, 2, 3])
    assert shown(model) == ["u1", "u4", "u2", "u3"]
    assert all(model.data(index, Role.ID) == f"u{n}" for n, index in kept.items())


def test_progress_is_read_from_meters_and_only_moving_rows_repaint(
    model: UploadsModel, clock: Clock
) -> None:
    model.apply([changed(n) for n in range(1, 101)])
    model.apply([changed(50, Phase.SENDING, ticket=RESUMABLE)])
    meters = {n: Meter(20 * MB) for n in range(1, 101)}
    signals = Signals(model)
    ranges: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda a, b: ranges.append((a.row(), b.row())))
    for _ in range(50):
        clock.time += 0.1
        meters[50].add(200_000)
        assert model.tick(meters) == meters[50].sent
    assert signals.count == {"dataChanged": 50} and set(ranges) == {(49, 49)}
    state = model.state("u50")
    assert state is not None and state.figures == (
        "50 %",
        "10.0 of 20.0 MB",
        "2.0 MB/s",
        "about 5 s",
    )
    clock.time += 12
    model.tick(meters)
    assert model.state("u50").text == "Stalled for 12 s"  # type: ignore[union-attr]
    meters[50].add(20 * MB)
    model.tick(meters)
    assert model.code("u50") == "finishing"
    model.apply([changed(50, Phase.SENT)])
    assert not model.sending


def test_undo_is_offered_for_ten_seconds(model: UploadsModel, clock: Clock) -> None:
    model.apply([changed(1, Phase.SENDING)])
    model.offer_undo(["u1"], 10)
    model.apply([changed(1, Phase.SENDING)])
    model.apply([changed(1, Phase.CANCELLED)])
    assert model.state("u1").main is RowAction.UNDO  # type: ignore[union-attr]
    assert model.counting_down
    clock.time += 10.5
    model.tick_second()
    assert model.state("u1").main is RowAction.UPLOAD_AGAIN  # type: ignore[union-attr]
    assert not model.counting_down


def test_seconds_are_repainted_only_where_they_are_shown(model: UploadsModel) -> None:
    model.apply([changed(n) for n in range(1, 50)])
    assert not model.counting_down
    model.apply([changed(7, wait=Wait(Why.RETRY, until=2e9, tries=(1, 5)))])
    assert model.counting_down
    ranges: list[tuple[int, int]] = []
    model.dataChanged.connect(lambda a, b: ranges.append((a.row(), b.row())))
    model.tick_second()
    assert ranges == [(6, 6)]


def test_many_rows_leave_at_once(model: UploadsModel) -> None:
    model.apply([changed(n) for n in range(1, 1001)])
    signals = Signals(model)
    model.apply([UploadsForgotten(tuple(range(1, 1001, 2)))])
    assert signals.all == 1 and model.rowCount() == 500
    assert [model.position(f"u{n}") for n in (2, 1000)] == [0, 499]
    model.apply([UploadsForgotten(tuple(range(2, 1001, 2)))])
    assert model.rowCount() == 0 and signals.count["rowsRemoved"] == 1


def test_five_thousand_small_files_take_under_a_hundred_signals() -> None:
    """Six changes each, in a random interleaving, delivered as the mailbox would: 40 lists."""
    # Without a tester, which looks at every row told.
    model = UploadsModel(target)
    steps = (Phase.QUEUED, Phase.OPENING, Phase.SENDING, Phase.SENT, Phase.PROCESSING, Phase.DONE)
    left = {n: list(steps) for n in range(1, 5001)}
    begun = list(range(1, 5001))
    changes: list[Change] = [changed(n, left[n].pop(0)) for n in begun]
    rng = random.Random(7)
    while begun:
        at = rng.randrange(min(40, len(begun)))
        n = begun[at]
        changes.append(changed(n, left[n].pop(0)))
        if not left[n]:
            begun.pop(at)
    assert len(changes) == 30_000
    signals = Signals(model)
    for at in range(0, 30_000, 750):
        model.apply(changes[at : at + 750])
    assert signals.all < 100
    assert model.rowCount() == 5000 and model.count("done") == 5000


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 5), st.booleans()), max_size=60))
def test_whatever_is_told_the_table_agrees_with_the_truth(
    steps: list[tuple[int, int, bool]],
) -> None:
    model = UploadsModel(target)
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    truth: dict[int, Upload] = {}
    pending: list[Change] = []
    for id, choice, deliver in steps:
        one = truth.get(id)
        if one is None:
            truth[id] = upload(id)
            pending.append(changed(id))
        elif choice == 0:
            del truth[id]
            pending.append(UploadsForgotten((id,)))
        else:
            moves = sorted(MOVES[one.phase])
            if moves:
                truth[id] = one.move(moves[choice % len(moves)])
                pending.append(type(changed())(truth[id]))
        if deliver:
            model.apply(pending)
            pending = []
    model.apply(pending)
    held = {one.id: one for one in shown(model, Role.UPLOAD)}
    assert held == truth
    assert all(model.position(f"u{id}") is not None for id in truth)
    assert sum(model.count(code) for code in CODES) == len(truth)
    assert model.sending == any(one.phase is Phase.SENDING for one in truth.values())
    del tester


def test_the_filter_shows_a_kind_and_words(model: UploadsModel) -> None:
    shown_rows = UploadsFilter(model)
    model.apply(
        [
            changed(1, Phase.FAILED, source=source("Books May.mrc")),
            changed(2, Phase.DONE, source=source("books june.mrc")),
            changed(3, source=source("maps.mrc")),
        ]
    )
    shown_rows.kind = "failed"
    assert shown_rows.rowCount() == 1
    model.apply([changed(1, attempt=2, source=source("Books May.mrc"))])
    assert shown_rows.rowCount() == 0
    shown_rows.kind = Kind.ALL
    shown_rows.text = "BOOKS mrc"
    assert shown_rows.rowCount() == 2
    shown_rows.text = ""
    assert shown_rows.rowCount() == 3 and shown_rows.counts()[Kind.DONE] == 1
    assert shown_rows.data(shown_rows.index(0, 0), Role.NAME) == "Books May.mrc"
    assert not shown_rows.index(5, 0).isValid() and QModelIndex().row() == -1


def test_files_of_one_send_say_which_file_they_wait_for(model: UploadsModel) -> None:
    turn = {"batch": 7, "wait": Wait(Why.TURN)}
    model.apply(
        [changed(1, Phase.SENDING, batch=7), changed(2, **turn), changed(3, **turn), changed(4)]
    )
    said = [state.text for state in shown(model, Role.STATE)]
    assert said[1:3] == ["Waiting until “file1.mrc” is processed"] * 2
    model.apply([changed(1, Phase.DONE, batch=7), changed(2, Phase.OPENING, batch=7)])
    assert shown(model, Role.STATE)[2].text == "Waiting until “file2.mrc” is processed"
    held = Wait(Why.HELD, problem=FileProblem(catalogue.STOPPED_EARLIER, {"name": "file3.mrc"}))
    model.apply([changed(2, Phase.CANCELLED, batch=7), changed(3, batch=7, wait=held)])
    assert shown(model, Role.STATE)[2].text == "Held back: “file2.mrc” did not end well"


def test_what_was_found_in_a_draft_stays_with_its_upload(model: UploadsModel) -> None:
    odd = finding(name="x")
    made = draft(1, odd)
    model.add_drafts([made])
    model.expect([made])
    model.apply([changed(5, source=made.source)])
    assert shown(model) == ["u5"] and model.prepared("u5") is made
