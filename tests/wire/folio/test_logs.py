"""Summaries and failed records."""

import json
from typing import Any

import pytest

from app.servers.folio.wire import logs

ENTRY: dict[str, Any] = {
    "jobExecutionId": "9a9a9a9a",
    "sourceRecordOrder": "11",
    "sourceRecordTitle": "A short history of rivers",
    "sourceRecordActionStatus": "DISCARDED",
    "error": "Invalid date\n\tat org.folio.Mapper\n\tat org.folio.Main",
    "relatedInstanceInfo": {"actionStatus": "DISCARDED", "idList": [], "hridList": ["in012"]},
    "relatedHoldingsInfo": [],
}


def test_counts_are_of_the_records_of_the_file_first() -> None:
    counts = logs.read_summary(
        {
            "totalErrors": 3,
            "sourceRecordSummary": {
                "totalCreatedEntities": 2497,
                "totalUpdatedEntities": 0,
                "totalDiscardedEntities": 3,
                "totalErrors": 3,
            },
            "instanceSummary": {"totalCreatedEntities": 2490, "totalUpdatedEntities": 7},
        }
    )
    assert counts == {
        "created": 2497,
        "updated": 0,
        "discarded": 3,
        "deleted": 0,
        "instances_created": 2490,
        "instances_updated": 7,
        "failed": 3,
    }


def test_without_source_records_the_first_entity_counts() -> None:
    counts = logs.read_summary({"invoiceSummary": {"totalCreatedEntities": 12}})
    assert (counts["created"], counts["invoices_created"], counts["failed"]) == (12, 12, 0)


def test_an_empty_summary_has_no_failures() -> None:
    assert logs.read_summary({}) == {"failed": 0}
    assert logs.read_summary([]) == {"failed": 0}


def test_parts_are_added_up() -> None:
    parts = [{"created": 1000, "failed": 0}, {"created": 840, "failed": 2, "updated": 1}]
    assert logs.added(parts) == {"created": 1840, "failed": 2, "updated": 1}


def test_a_failed_record_counts_from_one_and_shows_one_line() -> None:
    page = logs.read_failures({"entries": [ENTRY], "totalRecords": 3})
    [failure] = page.failures
    assert (page.total, page.which) == (3, (12,))
    assert (failure.record, failure.text) == (12, "Invalid date")
    assert (failure.title, failure.identifier) == ("A short history of rivers", "in012")
    assert failure.details == ENTRY["error"]


@pytest.mark.parametrize(("before", "record"), [(0, 12), (2000, 2012), (None, None)])
def test_records_of_a_part_follow_those_before(before: int | None, record: int | None) -> None:
    page = logs.read_failures({"entries": [ENTRY]}, before)
    assert page.failures[0].record == record
    assert page.which == (() if record is None else (record,))


def test_an_invoice_line_is_no_record_number() -> None:
    page = logs.read_failures({"entries": [{**ENTRY, "sourceRecordOrder": "0704159-1"}]})
    [failure] = page.failures
    assert (failure.record, failure.identifier) == (None, "0704159-1")
    assert page.which == ("0704159-1",)


@pytest.mark.parametrize(
    ("said", "text"),
    [
        ("Plain", "Plain"),
        ("", ""),
        ("\n\n  second line  \nthird", "second line"),
        (json.dumps({"message": "No match"}), "No match"),
        (json.dumps({"errors": [{"message": "", "code": "x"}, {"message": "Bad"}]}), "Bad"),
        (json.dumps({"error": json.dumps({"cause": "Deep"})}), "Deep"),
        (
            json.dumps(
                {"errors": [{"message": "must not be null", "parameters": [{"key": "date"}]}]}
            ),
            "date: must not be null",
        ),
        (json.dumps({"message": "Odd", "parameters": [{}, 7]}), "Odd"),
        (json.dumps([{"error": "In a list"}]), "In a list"),
        (json.dumps({"unknown": 1}), '{"unknown": 1}'),
        ("{broken", "{broken"),
    ],
)
def test_errors_of_any_form_give_one_line(said: str, text: str) -> None:
    assert logs.message(said)[0] == text


def test_the_error_of_a_related_record_is_used_when_there_is_no_other() -> None:
    entry = {
        **ENTRY,
        "error": "",
        "relatedHoldingsInfo": [{"error": ""}, {"error": "No location", "hrid": "ho1"}],
        "relatedInstanceInfo": {"error": "", "hridList": []},
    }
    [failure] = logs.read_failures({"entries": [entry]}).failures
    assert (failure.text, failure.identifier) == ("No location", "ho1")


def test_a_failure_without_words_says_so() -> None:
    [failure] = logs.read_failures({"entries": [{"sourceRecordOrder": 4}]}).failures
    assert (failure.record, failure.text) == (5, "The server gives no reason.")
