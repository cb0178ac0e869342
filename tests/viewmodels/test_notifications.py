"""What is told outside the window: once for each send, its first failure, a server in need."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from app.core import catalogue
from app.core.changes import LaneChanged, LaneState
from app.core.jobs import Result
from app.core.problems import FileProblem, SignInProblem
from app.core.uploads import Phase, Upload
from app.viewmodels.listed import Moved
from app.viewmodels.notifications import Notification, Notifications

from .made import upload

GONE = FileProblem(catalogue.FILE_MISSING, {"name": "file1.mrc"})


class Desktop:
    """What was told so far, on a clock that is set by hand."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.front = False
        self.told: list[Notification] = []
        self._model = Notifications(
            {"there": "Springfield"}.__getitem__, lambda: self.front, lambda: self.now
        )
        self._known: dict[int, Upload] = {}

    def move(self, *uploads: Upload, lanes: Sequence[LaneChanged] = ()) -> list[Notification]:
        moves = [Moved(self._known.get(one.id), one) for one in uploads]
        self._known.update((one.id, one) for one in uploads)
        told = self._model.moved(moves, {lane.destination: lane for lane in lanes})
        self.told += told
        return told

    def forget(self, *ids: int) -> None:
        self._model.moved([Moved(self._known.pop(id), None) for id in ids], {})


def files(ids: range, phase: Phase = Phase.QUEUED, batch: int = 1, **facts: Any) -> list[Upload]:
    return [upload(id, phase, batch=batch, **facts) for id in ids]


def test_a_send_that_went_well_is_told_once_at_its_end() -> None:
    desk = Desktop()
    assert desk.move(*files(range(40))) == []
    assert desk.move(*files(range(40), Phase.SENDING)) == []
    assert desk.move(*files(range(39), Phase.DONE)) == []
    assert desk.move(*files(range(39, 40), Phase.DONE)) == [
        Notification("send there 1", "40 files sent to Springfield", "All done.")
    ]


def test_the_first_failure_is_told_at_once_and_the_end_takes_its_place() -> None:
    desk = Desktop()
    desk.move(*files(range(40), Phase.SENDING))
    (first,) = desk.move(*files(range(1), Phase.FAILED, problem=GONE))
    assert first.problem and first.title == "A file for Springfield needs you"
    assert "file1.mrc" in first.text
    assert desk.move(*files(range(1, 2), Phase.FAILED, problem=GONE)) == []
    (last,) = desk.move(*files(range(2, 40), Phase.DONE))
    assert last == Notification(
        first.tag, "40 files sent to Springfield", "38 done, 2 need you.", problem=True
    )


def test_five_thousand_failures_are_one_notification() -> None:
    desk = Desktop()
    desk.move(*files(range(5000), Phase.SENDING))
    for id in range(5000):
        desk.move(*files(range(id, id + 1), Phase.FAILED, problem=GONE))
    assert {one.tag for one in desk.told} == {"send there 1"}
    assert [one.title for one in desk.told] == [
        "A file for Springfield needs you",
        "5,000 files for Springfield need you",
    ]


def test_failed_records_are_not_all_done() -> None:
    desk = Desktop()
    desk.move(*files(range(3), Phase.PROCESSING))
    desk.move(*files(range(2), Phase.DONE))
    (told,) = desk.move(*files(range(2, 3), Phase.DONE, result=Result(failed=4)))
    assert told.text == "3 done, 1 with failed records."


def test_nothing_is_told_while_the_window_is_in_front() -> None:
    desk = Desktop()
    desk.front = True
    desk.move(*files(range(2), Phase.SENDING))
    desk.move(*files(range(1), Phase.FAILED, problem=GONE))
    desk.front = False
    (told,) = desk.move(*files(range(1, 2), Phase.DONE))
    assert told.text == "1 done, 1 needs you."


def test_the_same_words_are_not_said_twice_in_ten_minutes() -> None:
    desk = Desktop()
    for batch in range(1, 6):
        ids = range(batch * 10, batch * 10 + 2)
        desk.move(*files(ids, Phase.SENDING, batch=batch))
        desk.move(*files(ids, Phase.DONE, batch=batch))
    assert len(desk.told) == 1
    desk.now += 599
    desk.move(*files(range(100, 102), Phase.DONE, batch=9))
    assert len(desk.told) == 1
    desk.now += 2
    desk.move(*files(range(200, 202), Phase.DONE, batch=10))
    assert len(desk.told) == 2


def test_a_server_that_needs_the_person_is_told_when_it_begins_to() -> None:
    desk = Desktop()
    problem = SignInProblem(catalogue.SIGN_IN_REFUSED, {})
    wanting = LaneChanged("there", LaneState.SIGN_IN, problem=problem)
    (told,) = desk.move(lanes=[wanting])
    assert told.tag == "server there" and told.problem
    assert told.title == "Springfield needs you" and told.text
    assert desk.move(lanes=[wanting]) == []
    desk.move(lanes=[LaneChanged("there", LaneState.READY)])
    desk.now += 601
    assert len(desk.move(lanes=[wanting])) == 1


def test_what_was_cancelled_or_taken_off_the_list_is_no_news() -> None:
    desk = Desktop()
    desk.move(*files(range(3), Phase.SENDING))
    desk.move(*files(range(3), Phase.CANCELLED))
    desk.move(*files(range(5, 8), Phase.SENDING, batch=2))
    desk.forget(5, 6, 7)
    assert desk.told == []


def test_a_retry_that_goes_well_is_told_again() -> None:
    desk = Desktop()
    desk.move(*files(range(1), Phase.SENDING))
    (failed,) = desk.move(*files(range(1), Phase.FAILED, problem=GONE))
    assert failed.title == "1 file for Springfield needs you"
    desk.move(*files(range(1), Phase.QUEUED))
    (well,) = desk.move(*files(range(1), Phase.DONE))
    assert (well.tag, well.text) == (failed.tag, "All done.")
