"""Exit codes, rates and answers as pure functions."""

import argparse
import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from app.cli import answers
from app.cli.answers import Usage
from app.cli.arguments import rate
from app.cli.exits import Exit, before_sending, of_problem
from app.cli.outcome import of_uploads
from app.core import catalogue
from app.core.forms import Choice, Field, FieldKind
from app.core.jobs import Job, JobState, Result
from app.core.problems import (
    Busy,
    FileProblem,
    Forbidden,
    JobFailed,
    Problem,
    Refused,
    ServerFault,
    SignInProblem,
    TokenRefused,
    TrustProblem,
    Uncertain,
    Unreachable,
    defect,
)
from app.core.uploads import Phase, Source, Upload
from app.storage.problems import DESTINATION_UNKNOWN, NAME_TAKEN, StorageProblem

SIGN_IN = SignInProblem(catalogue.SIGN_IN_REFUSED)
LOST = Uncertain(catalogue.REPLY_LOST)
JOB = JobFailed(catalogue.JOB_FAILED)


@pytest.mark.parametrize(
    ("problem", "code"),
    [
        (SIGN_IN, Exit.SIGN_IN),
        (TokenRefused(), Exit.SIGN_IN),
        (Forbidden(catalogue.FORBIDDEN), Exit.SIGN_IN),
        (Refused(catalogue.REFUSED), Exit.ERROR),
        (Unreachable(catalogue.CONNECTION_REFUSED), Exit.LATER),
        (Busy(catalogue.BUSY), Exit.LATER),
        (ServerFault(catalogue.SERVER_FAULT), Exit.LATER),
        (LOST, Exit.LATER),
        (TrustProblem(catalogue.CERTIFICATE_EXPIRED), Exit.ERROR),
        (JOB, Exit.ERROR),
        (FileProblem(catalogue.FILE_CHANGED), Exit.ERROR),
        (StorageProblem(DESTINATION_UNKNOWN), Exit.USAGE),
        (StorageProblem(NAME_TAKEN), Exit.ERROR),
        (defect(ValueError()), Exit.ERROR),
    ],
)
def test_a_problem_has_one_exit_code(problem: Problem, code: Exit) -> None:
    assert of_problem(problem) is code


def test_before_sending_a_files_own_fault_is_a_refusal() -> None:
    assert before_sending(FileProblem(catalogue.FILE_MISSING)) is Exit.REFUSED
    assert before_sending(SIGN_IN) is Exit.SIGN_IN


def upload(id: int, phase: Phase, **facts: Any) -> Upload:
    return Upload(id, "d", Source(f"/{id}.mrc", 1, 1), phase=phase, **facts)


DONE = upload(1, Phase.DONE, result=Result())
RECORDS = upload(2, Phase.DONE, result=Result(failed=3))
WORKING = upload(3, Phase.PROCESSING, job=Job("r", JobState.RUNNING))
FAILED = upload(4, Phase.FAILED, problem=JOB)
UNSURE = upload(5, Phase.FAILED, problem=LOST)
LOCKED = upload(6, Phase.FAILED, problem=SIGN_IN)
GONE = upload(7, Phase.UNWATCHED, problem=JobFailed(catalogue.JOB_GONE))
TIRED = upload(8, Phase.UNWATCHED)
SIGNED_OUT = upload(10, Phase.UNWATCHED, problem=SIGN_IN)
CANCELLED = upload(9, Phase.CANCELLED)


@pytest.mark.parametrize(
    ("uploads", "code"),
    [
        ([], 0),
        ([DONE], 0),
        ([DONE, RECORDS], 7),
        ([FAILED], 1),
        ([FAILED, DONE], 6),
        ([FAILED, RECORDS], 6),
        ([LOCKED], 4),
        ([LOCKED, LOCKED], 4),
        ([UNSURE], 5),
        ([UNSURE, LOCKED], 1),
        ([UNSURE, DONE], 6),
        ([WORKING, DONE], 8),
        ([WORKING, FAILED], 8),
        ([TIRED], 8),
        ([GONE], 5),
        ([SIGNED_OUT], 4),
        ([CANCELLED], 1),
    ],
)
def test_a_run_has_one_exit_code(uploads: list[Upload], code: int) -> None:
    assert of_uploads(uploads, waits=True) == code


def test_not_waiting_counts_what_was_sent() -> None:
    assert of_uploads([WORKING, DONE], waits=False) is Exit.DONE
    assert of_uploads([WORKING, FAILED], waits=False) is Exit.SOME_FAILED


def test_an_approval_comes_before_everything() -> None:
    given_up = {WORKING.id: Exit.APPROVAL}
    assert of_uploads([WORKING, FAILED, TIRED], waits=True, given_up=given_up) is Exit.APPROVAL
    unknown = {WORKING.id: Exit.LATER}
    assert of_uploads([WORKING], waits=True, given_up=unknown) is Exit.LATER


@pytest.mark.parametrize(
    ("text", "bytes_per_second"),
    [
        ("500k", 500_000),
        ("2M", 2_000_000),
        ("1.5m", 1_500_000),
        (".5g", 500_000_000),
        ("800", 800),
        ("2 MB/s", 2_000_000),
        ("off", 0),
        ("0", 0),
    ],
)
def test_rates(text: str, bytes_per_second: int) -> None:
    assert rate(text) == bytes_per_second


@pytest.mark.parametrize("text", ["", "k", "-1", "2X", "1e9", "0.0001", "NaN", "²k"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError):
        rate(text)


PROFILE = Field("profile", "Profile", FieldKind.CHOICE, required=True, depends=("kind",))
KIND = Field(
    "kind", "Kind", FieldKind.CHOICE, choices=(Choice("a", "A"), Choice("b", "B")), default="a"
)
EXTRA = Field("extra", "Extra", required=True, shown_if=("kind", ("b",)))
FIELDS = (PROFILE, KIND, EXTRA)


class Offering:
    """The part of a server that offers choices."""

    def __init__(self, *offered: Choice) -> None:
        self.offered = offered
        self.asked: list[tuple[Mapping[str, str], str]] = []

    async def choices(
        self, field: str, picked: Mapping[str, str], search: str = ""
    ) -> Sequence[Choice]:
        self.asked.append((dict(picked), search))
        return [choice for choice in self.offered if search.casefold() in choice.label.casefold()]


def resolved(values: Mapping[str, str], server: Any) -> dict[str, str]:
    return asyncio.run(answers.resolved(FIELDS, values, server, at="Springfield"))


def test_names_become_ids_and_ids_stay() -> None:
    server = Offering(Choice("1", "Default"), Choice("2", "default"), Choice("3", "Other"))
    assert resolved({"profile": "Other", "kind": "a"}, server)["profile"] == "3"
    assert server.asked[0] == ({"kind": "a"}, "Other")
    assert resolved({"profile": "OTHER"}, server)["profile"] == "3"
    assert resolved({"profile": "Default"}, server)["profile"] == "1"
    assert resolved({"profile": "2"}, server)["profile"] == "2"


def test_an_ambiguous_or_unknown_name_lists_what_there_is() -> None:
    server = Offering(Choice("1", "Same"), Choice("2", "Same"))
    with pytest.raises(Usage, match="1, 2"):
        resolved({"profile": "Same"}, server)
    with pytest.raises(Usage, match=r"Springfield.*“Same”"):
        resolved({"profile": "Different"}, server)
    with pytest.raises(Usage, match=r"is needed.*“Same”"):
        resolved({}, server)


def test_only_what_is_asked_is_required_and_kept() -> None:
    def checked(given: Mapping[str, str]) -> dict[str, str]:
        return answers.checked(FIELDS, given, of="Family")

    assert checked({}) == {"kind": "a"}
    assert checked({"kind": "b", "extra": " x "}) == {"kind": "b", "extra": "x"}
    with pytest.raises(Usage, match="needs “extra”"):
        checked({"kind": "b"})
    with pytest.raises(Usage, match="choose one of a, b"):
        checked({"kind": "c"})


def test_the_last_of_a_key_counts_and_a_value_may_hold_the_sign() -> None:
    assert answers.pairs(["a=1", "a=2", "b=x=y", "c="]) == {"a": "2", "b": "x=y", "c": ""}
    with pytest.raises(Usage):
        answers.pairs(["=x"])
