"""Result files: which rows failed, and nothing of a password."""

from __future__ import annotations

import csv
import io

import pytest

from app.core.jobs import MOST_FAILURES
from app.servers.tao.wire.results import read_result

OWN = ("status", "errorType", "errorCode", "errorMessage")
GOOD = ("processed", "", "", "")


def bad(message: str, status: str = "400") -> tuple[str, ...]:
    return (status, "error", "validation.fieldError", message)


def result(header: tuple[str, ...], *rows: tuple[str, ...]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([(*header, *OWN), *rows])
    return text.getvalue().encode()


USERS = ("user_username", "user_password", "user_email")
ANN = ("ann", "Secret!1", "ann@x.org")
BEN = ("ben", "Secret!2", "nonsense")
CAT = ("cat", "Secret!3", "cat@x.org")


def test_failed_rows_are_listed_as_a_person_counts() -> None:
    found = read_result(result(USERS, ANN + GOOD, BEN + bad("user_email: invalid"), CAT + GOOD))
    assert found is not None
    assert (found.rows, found.failed) == (3, 1)
    [failure] = found.failures
    assert (failure.record, failure.identifier) == (2, "ben")
    assert failure.text == "user_email: invalid"
    assert failure.details == "400 validation.fieldError"


def test_passwords_are_masked_also_in_the_servers_words() -> None:
    said = 'Value "Secret!2" of user_password is too weak'
    found = read_result(result(USERS, BEN + bad(said)))
    assert found is not None
    assert "Secret!2" not in repr(found)
    assert found.failures[0].text == 'Value "•••" of user_password is too weak'


def test_a_password_is_never_the_name_of_a_record() -> None:
    found = read_result(result(("initialPassword", "x"), ("Secret!1", "a", *bad("no"))))
    assert found is not None
    assert found.failures[0].identifier == "a"
    assert "Secret!1" not in repr(found)


@pytest.mark.parametrize(
    ("status", "failed"), [("processed", 0), (" Processed ", 0), ("400", 1), ("500", 1), ("", 1)]
)
def test_only_processed_is_processed(status: str, failed: int) -> None:
    found = read_result(result(USERS, (*ANN, status, "", "", "")))
    assert found is not None
    assert found.failed == failed
    assert all(failure.text for failure in found.failures)


def test_rows_of_two_services_are_one_record() -> None:
    content = result(
        USERS,
        ANN + GOOD,
        ANN + GOOD,
        BEN + GOOD,
        BEN + bad("second service"),
        CAT + bad("first"),
        CAT + bad("second"),
    )
    found = read_result(content, lines=3)
    assert found is not None
    assert (found.rows, found.failed) == (3, 2)
    assert [(f.record, f.text) for f in found.failures] == [(2, "second service"), (3, "first")]


def test_equal_rows_of_the_input_stay_several() -> None:
    found = read_result(result(USERS, BEN + bad("a"), BEN + bad("b"), ANN + GOOD), lines=3)
    assert found is not None
    assert (found.rows, found.failed) == (3, 2)
    assert [failure.record for failure in found.failures] == [1, 2]


def test_a_column_of_the_input_may_be_called_status() -> None:
    header = ("sourcedId", "status", "errorMessage")
    found = read_result(
        result(header, ("1", "active", "", *GOOD), ("2", "active", "mine", *bad("theirs")))
    )
    assert found is not None
    assert (found.failed, found.failures[0].text) == (1, "theirs")


def test_the_servers_column_may_have_replaced_that_of_the_input() -> None:
    content = b"sourcedId,status,errorMessage\n1,processed,\n2,400,no\n\n"
    found = read_result(content)
    assert found is not None
    assert (found.rows, found.failed, found.failures[0].identifier) == (2, 1, "2")


def test_oddities_of_the_file() -> None:
    content = b'\xef\xbb\xbfuser_username,status\r\n"ann, b",processed\r\n,,\r\nben\r\n'
    found = read_result(content)
    assert found is not None
    assert (found.rows, found.failed) == (2, 1)


def test_many_failures_are_counted_and_cut() -> None:
    rows = [(f"u{n}", "p", "e", *bad("no")) for n in range(MOST_FAILURES + 5)]
    found = read_result(result(USERS, *rows))
    assert found is not None
    assert (found.failed, len(found.failures)) == (MOST_FAILURES + 5, MOST_FAILURES)
    assert found.which == tuple(range(1, MOST_FAILURES + 6))


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"<html></html>", b"\x00\x01"])
def test_what_is_no_result_file(content: bytes) -> None:
    assert read_result(content) is None
