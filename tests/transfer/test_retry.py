"""The retry table, line by line."""

from __future__ import annotations

import pytest

from app.core import catalogue
from app.core.problems import (
    Busy,
    ConnectionProblem,
    Exchange,
    FileProblem,
    JobFailed,
    Problem,
    Refused,
    ServerFault,
    SignInProblem,
    TrustProblem,
    Uncertain,
    Unreachable,
)
from app.transfer.retry import Policy, ambiguous, nothing_happened, worth_trying

POLICY = Policy(jitter=lambda: 1.0)


def status(kind: type[Problem], code: int) -> Problem:
    return kind(catalogue.BUSY, exchange=Exchange(status=code))


@pytest.mark.parametrize(
    ("problem", "tries"),
    [
        (ConnectionProblem(catalogue.CONNECTION_CUT), 5),
        (ServerFault(catalogue.SERVER_FAULT), 5),
        (status(Busy, 429), 20),
        (Refused(catalogue.TOO_LARGE), 0),
        (FileProblem(catalogue.FILE_CHANGED), 0),
        (TrustProblem(catalogue.CERTIFICATE_UNTRUSTED), 0),
        (SignInProblem(catalogue.SIGN_IN_REFUSED), 0),
        (Uncertain(catalogue.REPLY_LOST), 0),
        (JobFailed(catalogue.JOB_FAILED), 0),
    ],
)
def test_how_often_each_kind_is_tried_again(problem: Problem, tries: int) -> None:
    allowed = [n for n in range(1, 40) if worth_trying(problem, n, POLICY)]
    assert len(allowed) == tries


def test_an_unreachable_server_is_tried_without_end() -> None:
    assert worth_trying(Unreachable(catalogue.NAME_UNKNOWN), 10_000, POLICY)


def test_waits_grow_and_the_server_may_ask_for_its_own() -> None:
    assert [POLICY.delay(n) for n in range(1, 8)] == [1, 3, 10, 30, 60, 60, 60]
    asked = Busy(catalogue.BUSY, after=7)
    assert POLICY.busy_delay(asked, 1) == 7
    assert POLICY.busy_delay(Busy(catalogue.BUSY), 2) == 3


def test_what_is_certain_and_what_must_be_looked_up() -> None:
    certain = [
        Unreachable(catalogue.CONNECTION_REFUSED),
        status(Busy, 429),
        SignInProblem(catalogue.SIGN_IN_REFUSED),
    ]
    unsure = [
        ConnectionProblem(catalogue.CONNECTION_CUT),
        ConnectionProblem(catalogue.SERVER_SILENT),
        status(ServerFault, 502),
        status(Busy, 503),
    ]
    assert all(nothing_happened(p) and not ambiguous(p) for p in certain)
    assert all(ambiguous(p) and not nothing_happened(p) for p in unsure)
    assert not ambiguous(Refused(catalogue.TOO_LARGE))
