"""The live panel's figures and sentences, from moves and ticks alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from app.core import catalogue
from app.core.changes import LaneChanged, LaneState
from app.core.jobs import JobState
from app.core.problems import JobFailed, SignInProblem, TrustProblem, Unreachable
from app.core.uploads import Phase, Upload, Wait, Why
from app.viewmodels.destinations import light
from app.viewmodels.row import Tone
from app.viewmodels.status import StatusModel
from app.viewmodels.throughput import BARS, SECONDS, Throughput, in_words
from app.viewmodels.uploads import Moved
from app.viewmodels.words import clock as time_of

from .made import MB, NOW, THERE, family, job, problem, upload

pytestmark = pytest.mark.usefixtures("qapp")


class Places:
    """The part of the destinations the panel reads."""

    def __init__(self) -> None:
        self.lanes: dict[str, LaneChanged] = {}

    def find(self, id: str) -> Any:
        return THERE if id == "there" else None

    def family_of(self, id: str) -> Any:
        return family()

    def lane(self, id: str) -> LaneChanged | None:
        return self.lanes.get(id)

    def light(self, id: str) -> Any:
        return light(self.lanes.get(id), NOW)


class Panel:
    def __init__(self) -> None:
        self.time = 0.0
        self.places = Places()
        self.status = StatusModel(
            self.places,  # type: ignore[arg-type]
            epoch=lambda: NOW,
            clock=lambda: self.time,
        )
        self.known: dict[int, Upload] = {}

    def tell(self, *uploads: Upload) -> None:
        moves = [Moved(self.known.get(one.id), one) for one in uploads]
        self.known.update((one.id, one) for one in uploads)
        self.status.moved(moves, {})

    def forget(self, ids: Iterable[int]) -> None:
        self.status.moved([Moved(self.known.pop(id), None) for id in ids], {})

    def lane(self, state: LaneState, **facts: Any) -> None:
        lane = LaneChanged("there", state, **facts)
        self.places.lanes["there"] = lane
        self.status.moved([], {"there": lane})


@pytest.fixture
def panel() -> Panel:
    return Panel()


def test_idle_before_anything_happened(panel: Panel) -> None:
    status = panel.status
    assert status.summary == "Nothing running." and status.headline == "Nothing running."
    assert not status.busy and status.lanes == [] and status.needs == [] and status.works == []
    assert (status.rate, status.eta, status.bytes) == ("", "", "")


def test_totals_of_a_run(panel: Panel) -> None:
    panel.tell(*(upload(n) for n in range(1, 6)))
    totals = panel.status.totals
    assert (totals.files, totals.waiting, totals.active, totals.all_bytes) == (5, 5, 0, 100 * MB)
    panel.tell(
        upload(1, Phase.DONE),
        upload(2, Phase.SENDING),
        upload(3, Phase.FAILED, problem=problem()),
        upload(4, wait=Wait(Why.SIGN_IN, problem=SignInProblem(catalogue.SIGN_IN_ENDED))),
    )
    totals = panel.status.totals
    assert (totals.done, totals.active, totals.waiting, totals.needs, totals.failed) == (
        1,
        1,
        1,
        1,
        1,
    )
    assert (totals.sent_bytes, totals.all_bytes) == (20 * MB, 80 * MB)
    assert panel.status.busy


def test_the_overall_bar_waits_for_the_servers_word(panel: Panel) -> None:
    panel.tell(upload(1, Phase.SENDING))
    panel.status.tick(20 * MB)
    assert panel.status.totals.fraction == 0.99 and panel.status.eta == ""
    panel.tell(upload(1, Phase.SENT))
    assert panel.status.totals.fraction == 1.0


def test_what_a_server_got_counts_even_if_its_job_failed(panel: Panel) -> None:
    panel.tell(upload(1), upload(2))
    panel.tell(upload(1, Phase.FAILED, problem=problem(JobFailed)), upload(2, Phase.CANCELLED))
    assert (panel.status.totals.sent_bytes, panel.status.totals.all_bytes) == (20 * MB, 20 * MB)


def test_rate_and_time_left(panel: Panel) -> None:
    panel.tell(upload(1, Phase.SENDING), upload(2, Phase.SENDING))
    for step in range(60):
        panel.time += 0.1
        panel.status.tick(step * 200_000)
    assert panel.status.rate == "2.0 MB/s"
    assert panel.status.eta == "about 15 s"
    assert panel.status.bytes == "11.8 of 40.0 MB"
    panel.tell(upload(1, Phase.DONE), upload(2, Phase.DONE))
    assert (panel.status.rate, panel.status.eta) == ("", "")


def test_the_last_batch_is_summed_up(panel: Panel) -> None:
    panel.tell(*(upload(n) for n in range(1, 41)))
    panel.tell(
        *(upload(n, Phase.DONE) for n in range(1, 39)),
        *(upload(n, Phase.FAILED, problem=problem()) for n in (39, 40)),
    )
    said = f"Last batch: 40 files, 38 done, 2 need you, {time_of(NOW)}"
    assert panel.status.summary == f"Nothing running. {said}"
    assert not panel.status.busy
    panel.tell(upload(39, attempt=2))
    assert panel.status.totals.files == 1
    panel.tell(upload(39, Phase.DONE, attempt=2))
    assert panel.status.last == f"Last batch: 1 file, 1 done, {time_of(NOW)}"


def test_the_same_reason_is_one_line(panel: Panel) -> None:
    wait = Wait(Why.SIGN_IN, problem=SignInProblem(catalogue.SIGN_IN_ENDED))
    panel.tell(*(upload(n, wait=wait) for n in range(1, 38)))
    panel.tell(
        *(upload(n, Phase.FAILED, problem=problem(name=f"{n}.mrc")) for n in (50, 51)),
        upload(60, Phase.PROCESSING, job=job(JobState.APPROVAL)),
    )
    panel.status.drafts_need(["d1"], ["d2", "d3", "d4"])
    needs = panel.status.needs
    assert [line.text for line in needs] == [
        "37 files: The sign-in has ended",
        "3 files need your answer",
        "2 files: The server had an error of its own",
        "1 file: waiting for approval on the server",
        "1 file cannot be sent",
    ]
    assert needs[2].ids == ("u50", "u51") and needs[4].ids == ("d1",)
    assert needs[1].ids == ("d2", "d3", "d4")
    assert panel.status.headline == "42 files need you"
    assert panel.status.totals.needs == 42


def test_precedence_of_the_headline(panel: Panel) -> None:
    panel.tell(upload(1, Phase.PROCESSING, job=job()))
    assert panel.status.headline == "The server is working on 1 file"
    panel.tell(upload(2))
    assert panel.status.headline == "1 file is waiting"
    panel.tell(upload(3, Phase.OPENING))
    assert panel.status.headline == "Preparing 1 file"
    panel.tell(upload(4, Phase.SENDING), upload(5, Phase.SENT))
    assert panel.status.headline == "Uploading 2 files"
    panel.status.drafts_need(["d1"], [])
    assert panel.status.headline == "1 file needs you"


def test_what_servers_work_on(panel: Panel) -> None:
    panel.tell(
        upload(1, Phase.PROCESSING, job=job(done=1000, total=5000)),
        upload(2, Phase.PROCESSING, job=job(done=240, total=4000)),
        upload(3, Phase.PROCESSING),
    )
    assert [(line.name, line.text) for line in panel.status.works] == [
        ("Springfield", "3 files, 1,240 of 9,000 records")
    ]


def test_forgotten_rows_leave_no_trace_but_what_is_done(panel: Panel) -> None:
    panel.tell(upload(1), upload(2, Phase.FAILED, problem=problem()), upload(3))
    panel.tell(upload(3, Phase.DONE))
    panel.forget([2, 3])
    totals = panel.status.totals
    assert (totals.files, totals.done, totals.failed) == (2, 1, 0)
    assert panel.status.needs == []
    panel.forget([1])
    assert not panel.status.busy and panel.status.totals.all_bytes == 20 * MB


@pytest.mark.parametrize(
    ("lane", "tone", "words"),
    [
        (None, Tone.NEUTRAL, "Not connected"),
        (LaneChanged("there", LaneState.CONNECTING), Tone.ACTIVE, "Connecting…"),
        (LaneChanged("there", LaneState.READY), Tone.GOOD, "Connected"),
        (
            LaneChanged(
                "there",
                LaneState.UNREACHABLE,
                problem=Unreachable(catalogue.NAME_UNKNOWN),
                until=NOW + 29.7,
            ),
            Tone.BAD,
            "Cannot be reached, next try in 30 s",
        ),
        (
            LaneChanged("there", LaneState.SIGN_IN, problem=SignInProblem(catalogue.SIGN_IN_ENDED)),
            Tone.WAITING,
            "Sign in needed",
        ),
        (
            LaneChanged("there", LaneState.SIGN_IN, problem=TrustProblem(catalogue.TLS_FAILED)),
            Tone.BAD,
            "Certificate or proxy problem",
        ),
        (LaneChanged("there", LaneState.BUSY), Tone.WAITING, "Server is busy"),
        (LaneChanged("there", LaneState.IDLE), Tone.NEUTRAL, "Not connected"),
    ],
)
def test_the_light_of_a_lane(lane: LaneChanged | None, tone: Tone, words: str) -> None:
    shown = light(lane, NOW)
    assert (shown.tone, shown.words) == (tone, words)


def test_lines_of_lanes(panel: Panel) -> None:
    panel.lane(LaneState.READY, account="ann at diku", at_once=3, sending=2)
    line = panel.status.lanes[0]
    assert (line.name, line.account, line.words, line.work) == (
        "Springfield",
        "ann at diku",
        "Connected",
        "",
    )


def test_a_lane_says_what_it_sends_and_why_the_rest_waits(panel: Panel) -> None:
    panel.lane(LaneState.READY, at_once=3)
    panel.tell(
        *(upload(n, Phase.SENDING) for n in (1, 2)),
        upload(3, Phase.OPENING),
        *(upload(n, wait=Wait(Why.SLOT)) for n in range(4, 18)),
        upload(20, wait=Wait(Why.HELD)),
        upload(21, wait=Wait(Why.RETRY)),
    )
    work = "Sending 2 of 3 at a time, 1 being prepared, 14 waiting for a place"
    assert panel.status.lanes[0].work == f"{work}, 1 will be tried again, 1 paused"
    panel.status.paused = True
    assert "14 waiting: all is paused" in panel.status.lanes[0].work
    panel.forget(range(1, 18))
    panel.tell(upload(20, Phase.PROCESSING), upload(21, wait=Wait(Why.NETWORK)))
    assert panel.status.lanes[0].work == "1 waiting for network"


def test_the_chart_is_fed_by_ticks_and_by_what_is_sent_between_them(panel: Panel) -> None:
    assert panel.status.bars == ()
    panel.tell(*(upload(n, Phase.SENDING) for n in (1, 2)))
    for second in range(6):
        panel.time = float(second)
        panel.status.tick(second * MB)
    panel.time = 6.5
    panel.tell(upload(1, Phase.SENT))
    panel.time = 9.0
    assert [round(bar / MB, 2) for bar in panel.status.bars[-3:]] == [0.67, 1.0, 5.0]
    panel.time = 9.0 + SECONDS
    assert panel.status.bars == ()


def test_only_growth_counts_as_speed() -> None:
    speed = Throughput()
    for now, sent in ((0, 0), (1, 600), (2, 900), (3, 300), (4, 600), (6, 600)):
        speed.read(sent, now)
    bars = speed.bars(7)
    assert len(bars) == BARS and bars[-2:] == (300, 100) and sum(bars) == 400
    assert in_words(bars) == "At most 300 bytes/s, 200 bytes/s on average"
    speed.restart()
    speed.read(30, 8)
    assert speed.bars(9)[-1] == 10
    assert in_words(speed.bars(10_000)) == "Nothing was sent in the last minutes"
