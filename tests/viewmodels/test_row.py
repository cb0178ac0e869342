"""Every state a row can have: its words, bar, figures and buttons."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core import catalogue
from app.core.drafts import Draft, Inspection, Level
from app.core.jobs import Job, JobAction, JobState, Result
from app.core.problems import Busy, JobFailed, SignInProblem, TrustProblem, Uncertain, Unreachable
from app.core.uploads import Phase, Source, Upload, Wait, Why
from app.viewmodels import row
from app.viewmodels.row import Kind, RowAction, RowState, Tone
from app.viewmodels.words import clock

from .made import (
    MB,
    NOW,
    RESUMABLE,
    WHOLE,
    draft,
    family,
    finding,
    job,
    problem,
    source,
    upload,
)


def shown(one: Upload, **facts: Any) -> RowState:
    facts.setdefault("family", family())
    return row.state(one, now=NOW, **facts)


def waiting(why: Why, **facts: Any) -> Upload:
    return upload(wait=Wait(why, **facts))


SEEN = clock(NOW - 600)

CASES: list[tuple[str, Upload, dict[str, Any], str, RowAction | None, RowAction | None]] = [
    (
        "queued",
        waiting(Why.SLOT),
        {"place": 3},
        "Waiting (3rd)",
        RowAction.START_NOW,
        RowAction.REMOVE,
    ),
    ("queued", waiting(Why.SLOT), {}, "Waiting", RowAction.START_NOW, RowAction.REMOVE),
    ("queued", waiting(Why.TURN), {}, "Waiting for the file before it", None, RowAction.REMOVE),
    ("paused", waiting(Why.HELD), {}, "Paused", RowAction.RESUME, RowAction.CANCEL),
    (
        "paused",
        replace(waiting(Why.HELD), ticket=WHOLE),
        {},
        "Stopped; will start again from the beginning",
        RowAction.RESUME,
        RowAction.CANCEL,
    ),
    (
        "waiting_network",
        waiting(Why.NETWORK, problem=Unreachable(catalogue.NAME_UNKNOWN, {"host": "x"})),
        {},
        "Waiting for network: The server “x” cannot be found",
        RowAction.TRY_NOW,
        RowAction.CANCEL,
    ),
    (
        "waiting_auth",
        waiting(Why.SIGN_IN, problem=SignInProblem(catalogue.SIGN_IN_ENDED)),
        {},
        "Sign in needed: The sign-in has ended",
        RowAction.SIGN_IN,
        RowAction.CANCEL,
    ),
    (
        "waiting_auth",
        waiting(Why.SIGN_IN, problem=TrustProblem(catalogue.CERTIFICATE_EXPIRED, {"host": "x"})),
        {},
        "Certificate or proxy problem: The certificate of “x” has expired",
        RowAction.SETTINGS,
        RowAction.CANCEL,
    ),
    (
        "retrying",
        waiting(Why.RETRY, until=NOW + 23.2, tries=(2, 5)),
        {},
        "Trying again in 24 s (2 of 5)",
        RowAction.TRY_NOW,
        RowAction.CANCEL,
    ),
    (
        "retrying",
        waiting(Why.RETRY, until=NOW - 1, tries=(2, 5)),
        {},
        "Trying again now (2 of 5)",
        RowAction.TRY_NOW,
        RowAction.CANCEL,
    ),
    (
        "retrying",
        waiting(Why.RETRY, until=NOW + 60, problem=Busy(catalogue.BUSY)),
        {},
        "The server is busy, trying again in 60 s",
        RowAction.TRY_NOW,
        RowAction.CANCEL,
    ),
    ("preparing", upload(phase=Phase.OPENING), {}, "Preparing on server…", RowAction.CANCEL, None),
    (
        "uploading",
        upload(phase=Phase.SENDING, ticket=RESUMABLE),
        {"sent": 12 * MB},
        "Uploading",
        RowAction.PAUSE,
        RowAction.CANCEL,
    ),
    (
        "uploading",
        upload(phase=Phase.SENDING, ticket=WHOLE),
        {"sent": 12 * MB},
        "Uploading",
        RowAction.STOP,
        RowAction.CANCEL,
    ),
    (
        "uploading",
        upload(phase=Phase.SENDING, ticket=RESUMABLE),
        {"family": family(resumes=False)},
        "Uploading",
        RowAction.STOP,
        RowAction.CANCEL,
    ),
    (
        "uploading",
        upload(phase=Phase.SENDING, ticket=WHOLE),
        {"stalled": 12.7},
        "Stalled for 12 s",
        RowAction.STOP,
        RowAction.CANCEL,
    ),
    (
        "uploading",
        upload(phase=Phase.SENDING, ticket=WHOLE),
        {"stalled": 60.0},
        "No progress for 60 s",
        RowAction.TRY_NOW,
        RowAction.CANCEL,
    ),
    (
        "finishing",
        upload(phase=Phase.SENDING),
        {"sent": 20 * MB},
        "Confirming upload…",
        None,
        RowAction.CANCEL,
    ),
    (
        "finishing",
        upload(phase=Phase.SENT),
        {},
        "Sent; asking the server to begin…",
        None,
        RowAction.CANCEL,
    ),
    (
        "server_queued",
        upload(phase=Phase.PROCESSING),
        {},
        "Waiting on server",
        None,
        RowAction.UNWATCH,
    ),
    (
        "server_queued",
        upload(phase=Phase.PROCESSING, job=job(JobState.WAITING, link="https://x")),
        {},
        "Waiting on server",
        RowAction.OPEN_ON_SERVER,
        RowAction.UNWATCH,
    ),
    (
        "processing",
        upload(phase=Phase.PROCESSING, job=job(done=1240, total=9000, actions=(JobAction.CANCEL,))),
        {},
        "Server is working: 1,240 of 9,000 records",
        None,
        RowAction.CANCEL_JOB,
    ),
    (
        "processing",
        upload(phase=Phase.PROCESSING, job=job(done=7)),
        {},
        "Server is working: 7 records",
        None,
        RowAction.UNWATCH,
    ),
    (
        "processing",
        upload(phase=Phase.PROCESSING, job=job(seen=NOW - 600)),
        {},
        f"Server is working (last seen {SEEN})",
        None,
        RowAction.UNWATCH,
    ),
    (
        "processing",
        upload(phase=Phase.PROCESSING, job=job(JobState.DONE)),
        {},
        "Fetching the result…",
        None,
        RowAction.UNWATCH,
    ),
    (
        "needs_approval",
        upload(phase=Phase.PROCESSING, job=job(JobState.APPROVAL, link="https://x")),
        {},
        "Waiting for approval on server",
        RowAction.OPEN_ON_SERVER,
        RowAction.UNWATCH,
    ),
    (
        "needs_approval",
        upload(
            phase=Phase.PROCESSING,
            job=job(JobState.APPROVAL, link="https://x", actions=(JobAction.APPROVE,)),
        ),
        {},
        "Waiting for approval on server",
        RowAction.APPROVE,
        RowAction.OPEN_ON_SERVER,
    ),
    (
        "unknown",
        upload(phase=Phase.PROCESSING, job=job(JobState.UNKNOWN, seen=NOW - 600)),
        {},
        f"Server state not known (last seen {SEEN})",
        RowAction.CHECK_NOW,
        RowAction.UNWATCH,
    ),
    (
        "done",
        upload(phase=Phase.DONE, result=Result({"created": 8990, "updated": 10, "failed": 0})),
        {},
        "Done: 8,990 created, 10 updated",
        None,
        RowAction.REPORT,
    ),
    ("done", upload(phase=Phase.DONE), {}, "Done", None, RowAction.REPORT),
    (
        "done",
        upload(phase=Phase.DONE, result=Result(complete=False)),
        {},
        "Done; the server's summary is not ready yet",
        None,
        RowAction.REPORT,
    ),
    (
        "done",
        upload(phase=Phase.DONE, result=Result(notes=("loaded, not started",))),
        {},
        "Done: loaded, not started",
        None,
        RowAction.REPORT,
    ),
    (
        "done_with_errors",
        upload(phase=Phase.DONE, result=Result({"failed": 12}, failed=12, link="https://x")),
        {},
        "Done, 12 records failed",
        RowAction.SHOW_FAILURES,
        RowAction.REPORT,
    ),
    (
        "done_with_errors",
        upload(phase=Phase.DONE, result=Result({"created": 9, "failed": 1}, failed=1)),
        {},
        "Done, 1 record failed; 9 created",
        RowAction.SHOW_FAILURES,
        RowAction.REPORT,
    ),
    (
        "failed",
        upload(phase=Phase.FAILED, problem=problem()),
        {},
        "Failed: The server had an error of its own",
        RowAction.RETRY,
        RowAction.DETAILS,
    ),
    (
        "needs_input",
        upload(phase=Phase.FAILED, problem=Uncertain(catalogue.REPLY_LOST, {"name": "a.mrc"})),
        {},
        "Needs your answer: The server may already have “a.mrc”",
        RowAction.ANSWER,
        RowAction.REMOVE,
    ),
    (
        "cancelled",
        upload(phase=Phase.CANCELLED),
        {},
        "Cancelled",
        RowAction.UPLOAD_AGAIN,
        RowAction.DETAILS,
    ),
    (
        "cancelled",
        upload(phase=Phase.CANCELLED),
        {"undo": True},
        "Cancelled",
        RowAction.UNDO,
        RowAction.DETAILS,
    ),
    (
        "cancelled",
        upload(phase=Phase.CANCELLED, job=job(JobState.CANCELLED)),
        {},
        "Cancelled on the server",
        RowAction.UPLOAD_AGAIN,
        RowAction.DETAILS,
    ),
    (
        "unwatched",
        upload(phase=Phase.UNWATCHED),
        {},
        "No longer watched",
        RowAction.WATCH,
        RowAction.DETAILS,
    ),
]


@pytest.mark.parametrize(("code", "one", "facts", "text", "main", "second"), CASES)
def test_a_row_says_and_offers_what_its_state_is(
    code: str,
    one: Upload,
    facts: dict[str, Any],
    text: str,
    main: RowAction | None,
    second: RowAction | None,
) -> None:
    state = shown(one, **facts)
    assert (state.code, state.text, state.main, state.second) == (code, text, main, second)


def test_every_code_is_reached() -> None:
    reached = {code for code, *_ in CASES} | {"added", "checking", "ready", "invalid"}
    assert reached == set(row.CODES)


def test_drafts() -> None:
    assert row.draft_state(draft(seen=False), checking=False).text == "Added"
    checking = row.draft_state(draft(seen=False))
    assert (checking.code, checking.text, checking.main) == ("checking", "Checking file…", None)
    ready = row.draft_state(draft(1, records="1240"))
    assert (ready.code, ready.text, ready.main) == (
        "ready",
        "Ready: 1,240 records",
        RowAction.UPLOAD,
    )
    assert ready.second is RowAction.REMOVE and ready.figures == ("20.0 MB",)


def test_a_refused_draft_says_why_first_and_needs_the_person() -> None:
    warning, error = finding(name="a"), finding(Level.ERROR, name="b")
    state = row.draft_state(draft(1, warning, error))
    assert state.code == "invalid" and state.needs_person and state.tone is Tone.BAD
    assert state.text == "Cannot be sent: The file “b” is empty"
    assert state.main is RowAction.DETAILS


def test_warnings_do_not_stop_a_draft() -> None:
    one = row.draft_state(draft(1, finding(name="a")))
    assert (one.code, one.text) == ("ready", "Ready; The file “a” is empty")
    two = row.draft_state(draft(1, finding(), finding()))
    assert two.text == "Ready; 2 warnings"


def test_figures_of_an_upload() -> None:
    one = upload(phase=Phase.SENDING, source=source(size=20_300_000))
    state = shown(one, sent=12_400_000, rate=1_800_000, eta=4.4)
    assert state.figures == ("61 %", "12.4 of 20.3 MB", "1.8 MB/s", "about 5 s")
    assert state.sent == pytest.approx(0.6108, abs=1e-3) and state.work is None


def test_the_bar_waits_for_the_servers_word() -> None:
    sending = upload(phase=Phase.SENDING)
    assert shown(sending, sent=20 * MB).sent == 0.99
    assert shown(sending, sent=20 * MB).figures[0] == "99 %"
    assert shown(upload(phase=Phase.SENT)).sent == 1.0
    working = upload(phase=Phase.PROCESSING, job=job(done=9000, total=9000))
    assert (shown(working).sent, shown(working).work) == (1.0, 0.99)
    above = upload(phase=Phase.PROCESSING, job=job(done=9001, total=9000))
    assert (shown(above).work, shown(above).text) == (
        0.99,
        "Server is working: 9,000 of 9,000 records",
    )
    assert shown(upload(phase=Phase.PROCESSING, job=job())).work == -1.0
    assert shown(upload(phase=Phase.DONE)).sent is None


def test_a_row_that_waits_keeps_the_bar_of_what_it_has_sent() -> None:
    held = upload(wait=Wait(Why.HELD), ticket=RESUMABLE)
    assert shown(held, sent=5 * MB).sent == 0.25
    assert shown(held).sent is None


def test_a_refused_job_action_is_told_on_the_row() -> None:
    one = upload(phase=Phase.PROCESSING, job=job(), problem=problem())
    assert shown(one).text == "Server is working; The server had an error of its own"


def test_kinds() -> None:
    assert row.kind("failed") is Kind.FAILED
    assert {code for code in row.CODES if row.kind(code) is Kind.NEEDS} == {
        "needs_input",
        "invalid",
        "waiting_auth",
        "needs_approval",
    }
    assert {code for code in row.CODES if row.kind(code) is Kind.DONE} == {
        "done",
        "done_with_errors",
    }


def test_menus_offer_the_main_action_first_and_nothing_twice() -> None:
    for _, one, facts, _, main, _ in CASES:
        offered = row.actions(one, facts.get("family", family()))
        assert len(offered) == len(set(offered))
        assert RowAction.UNDO not in offered
        if main not in (None, RowAction.UNDO, RowAction.TRY_NOW):
            assert offered[0] is main


def test_what_only_the_server_can_end_is_never_cancelled_locally() -> None:
    for _, one, *_ in CASES:
        if one.phase is Phase.PROCESSING:
            assert RowAction.CANCEL not in row.actions(one, family())


jobs = st.builds(
    Job,
    ref=st.just("j"),
    state=st.sampled_from(JobState),
    done=st.none() | st.integers(-5, 10**9),
    total=st.none() | st.integers(0, 10**9),
    failed=st.none() | st.integers(0, 10**9),
    seen=st.none() | st.floats(0, NOW),
    actions=st.just((JobAction.CANCEL,)) | st.just(()),
)
problems = st.none() | st.sampled_from(
    [problem(), problem(Uncertain), problem(JobFailed), problem(Busy, name="{x}")]
)
uploads = st.builds(
    upload,
    id=st.integers(1, 9),
    phase=st.sampled_from(Phase),
    source=st.builds(source, size=st.integers(0, 10**13)),
    wait=st.none()
    | st.builds(Wait, st.sampled_from(Why), st.none() | st.floats(0, 2 * NOW), problem=problems),
    ticket=st.sampled_from([None, WHOLE, RESUMABLE]),
    job=st.none() | jobs,
    result=st.none() | st.builds(Result, failed=st.integers(0, 99)),
    problem=problems,
)


@given(
    one=uploads,
    sent=st.integers(0, 10**13),
    rate=st.floats(0, 10**10),
    eta=st.none() | st.floats(0, 10**9),
    stalled=st.floats(0, 10**6),
    place=st.none() | st.integers(1, 10**5),
)
def test_whatever_comes_a_row_has_a_state_and_an_honest_bar(
    one: Upload, sent: int, rate: float, eta: float | None, stalled: float, place: int | None
) -> None:
    sent = min(sent, one.source.size)
    state = row.state(
        one, sent=sent, rate=rate, eta=eta, stalled=stalled, now=NOW, family=family(), place=place
    )
    assert state.code in row.CODES and state.text
    assert "{" not in state.text.replace("{x}", "")
    for part in (state.sent, state.work):
        assert part is None or part == -1.0 or 0 <= part <= 1
    if one.phase is not Phase.DONE:
        assert state.work is None or state.work < 1
    if one.phase in (Phase.QUEUED, Phase.OPENING, Phase.SENDING):
        assert state.sent is None or state.sent < 1
    assert state.main is None or state.main is not state.second


def test_records_that_failed_are_not_told_again_as_discarded() -> None:
    traits = family(counts=(("created", "created"), ("discarded", "not changed")))
    counts = {"created": 57, "discarded": 3}
    failed = upload(phase=Phase.DONE, result=Result(counts, failed=3))
    assert row.state(failed, now=NOW, family=traits).text == "Done, 3 records failed; 57 created"
    more = upload(phase=Phase.DONE, result=Result({**counts, "discarded": 5}, failed=3))
    said = row.state(more, now=NOW, family=traits).text
    assert said == "Done, 3 records failed; 57 created, 5 not changed"
    whole = upload(phase=Phase.DONE, result=Result(counts))
    assert row.state(whole, now=NOW, family=traits).text == "Done: 57 created, 3 not changed"


def test_a_scan_that_is_ready_says_what_it_is() -> None:
    def said(**facts: str) -> str:
        return row.draft_state(Draft(1, Source("/a.fpr", 9, 1), Inspection((), facts))).text

    assert said(findings="1", build="shop") == "Ready: 1 finding in “shop”"
    assert said(findings="1240") == "Ready: 1,240 findings"
    assert said(engine="SAMPLE") == "Ready"
