"""Replies to uploads, of the status service, and for result files."""

from __future__ import annotations

import json
from typing import Any

import pytest

from app.core.jobs import JobState
from app.servers.tao.wire import imports


def body(value: Any) -> bytes:
    return json.dumps(value).encode()


@pytest.mark.parametrize(
    ("answer", "reference"),
    [
        ({"result": {"message": "File uploaded", "referenceId": "7A2c-f"}}, "7A2c-f"),
        ({"referenceId": "12345"}, "12345"),
        ({"referenceId": 12345}, "12345"),
        ({"data": {"referenceId": "d"}}, "d"),
        ({"result": {"reference_id": "r"}}, "r"),
        ({"reference_id": "s"}, "s"),
        ({"result": {"referenceId": "first"}, "referenceId": "second"}, "first"),
        ({"result": {"referenceId": ""}, "referenceId": "second"}, "second"),
        ({"result": "ok", "referenceId": "x" * 256}, ""),
        ({"referenceId": True}, ""),
        ({"referenceId": {"id": 1}}, ""),
        ({}, ""),
        ([], ""),
        ("x", ""),
    ],
)
def test_references(answer: Any, reference: str) -> None:
    assert imports.read_reference(body(answer)) == reference


@pytest.mark.parametrize("content", [b"", b"OK", b"<html></html>", b"\xff"])
def test_no_reference_in_what_is_no_json(content: bytes) -> None:
    assert imports.read_reference(content) == ""


@pytest.mark.parametrize(
    ("told", "state", "lines", "messages"),
    [
        ({"status": "pending", "fileLine": 0, "messages": []}, JobState.WAITING, 0, ()),
        ({"status": "processing", "fileLine": "7"}, JobState.RUNNING, 7, ()),
        ({"status": "processed", "fileLine": 9, "messages": None}, JobState.DONE, 9, ()),
        ({"status": " Processed "}, JobState.DONE, 0, ()),
        (
            {"status": "failed", "fileLine": -1, "messages": ["Global import error"]},
            JobState.FAILED,
            0,
            ("Global import error",),
        ),
        ({"status": "failed", "messages": "one"}, JobState.FAILED, 0, ("one",)),
        (
            {"status": "failed", "messages": [{"message": "a"}, {"code": 3}, 7, "", None]},
            JobState.FAILED,
            0,
            ("a", '{"code": 3}', "7"),
        ),
        ({"status": "shelved"}, JobState.UNKNOWN, 0, ()),
    ],
)
@pytest.mark.parametrize("wrapped", [True, False])
def test_states(
    told: dict[str, Any],
    state: JobState,
    lines: int,
    messages: tuple[str, ...],
    wrapped: bool,
) -> None:
    found = imports.read_import(body({"result": told} if wrapped else told))
    assert found is not None
    assert (found.state, found.lines, found.messages) == (state, lines, messages)


@pytest.mark.parametrize("answer", [{}, {"result": {}}, {"status": 7}, [], None, "pending"])
def test_a_reply_without_a_state(answer: Any) -> None:
    assert imports.read_import(body(answer)) is None


SIGNED = "https://storage.example.net/b/out.csv?X-Sig=1"


@pytest.mark.parametrize(
    "answer",
    [
        {"signedUrl": SIGNED},
        {"result": {"signedUrl": SIGNED}},
        {"url": SIGNED},
        {"result": {"url": SIGNED}},
        {"downloadUrl": SIGNED},
        SIGNED,
    ],
)
def test_signed_addresses(answer: Any) -> None:
    assert imports.read_signed_address(body(answer)) == SIGNED


def test_no_signed_address() -> None:
    assert imports.read_signed_address(b"{}") == imports.read_signed_address(b"") == ""


def test_the_reply_may_be_the_result_itself() -> None:
    assert imports.is_result("text/csv; charset=utf-8", b"a,status\n")
    assert not imports.is_result("application/json", b"{}")
    assert not imports.is_result("application/octet-stream", b' {"signedUrl": ""}')


@pytest.mark.parametrize(
    ("name", "sent"),
    [
        ("users.csv", "users.csv"),
        ("Schüler Köln (2).CSV", "Schuler_Koln_2.CSV"),
        ('a"b;c.csv', "a_b_c.csv"),
        ("名簿.csv", "roster.csv"),
        ("..csv", "roster.csv"),
        ("noext", "noext"),
    ],
)
def test_names_are_sent_in_plain_letters(name: str, sent: str) -> None:
    assert imports.name_sent(name) == sent
