"""Addresses as people paste them, pages, and what refusals mean."""

import json
from typing import Any

import pytest

from app.core.problems import Problem, Refused, ServerFault
from app.servers.reply import Reply
from app.servers.ssc.wire import envelope


def reply(status: int, body: Any = "") -> Reply:
    text = body if isinstance(body, str) else json.dumps(body)
    return Reply("GET", "https://ssc.example.org/ssc/api/v1/x", status, (), text.encode())


@pytest.mark.parametrize(
    ("pasted", "base"),
    [
        ("https://ssc.example.org/ssc", "https://ssc.example.org/ssc"),
        ("https://ssc.example.org/ssc/", "https://ssc.example.org/ssc"),
        (" https://hosted.example.net ", "https://hosted.example.net"),
        ("https://x.org/ssc/api/v1/projects?limit=1", "https://x.org/ssc"),
        ("https://x.org/ssc/html/ssc/index.jsp#!/version/7/fix", "https://x.org/ssc"),
        ("https://x.org/a/b/login.jsp", "https://x.org/a/b"),
    ],
)
def test_the_server_is_what_stands_before_its_own_paths(pasted: str, base: str) -> None:
    assert envelope.base_of(pasted) == base


def test_a_page_tells_how_many_rows_match_in_all() -> None:
    page = envelope.read_page({"data": [{"id": 1}, 7], "count": "431"})
    assert page.rows == [{"id": 1}]
    assert page.total == 431
    assert envelope.read_page({"data": None}) == envelope.Page([], None)
    assert envelope.read_page([]).rows == []


@pytest.mark.parametrize(
    ("status", "body", "kind", "id"),
    [
        (403, {"message": "Access Denied.", "errorCode": -10301}, Refused, "ssc.not-allowed"),
        (400, {"message": "Bad."}, Refused, "ssc.refused"),
        (409, {"message": "There is one."}, Refused, "ssc.refused"),
        (405, {"message": "No."}, Refused, "ssc.refused"),
        (413, "<html><body>too large</body></html>", Refused, "ssc.size-limit"),
        (500, {"message": "Broken.", "stackTrace": "x"}, ServerFault, "ssc.server-error"),
    ],
)
def test_refusals_of_the_server(status: int, body: Any, kind: type[Problem], id: str) -> None:
    problem = envelope.explanation(reply(status, body))
    assert isinstance(problem, kind)
    assert problem.id == id
    if isinstance(body, dict):
        assert body["message"] in problem.meaning


@pytest.mark.parametrize(
    ("status", "body"),
    [(401, ""), (404, {}), (502, "<html></html>"), (403, "<!DOCTYPE html><html>"), (500, "oops")],
)
def test_what_others_answer_keeps_its_general_meaning(status: int, body: Any) -> None:
    assert envelope.explanation(reply(status, body)) is None


def test_words_for_people_have_no_tags_and_no_end_of_line() -> None:
    assert envelope.message(reply(400, {"message": "a <b>b</b>\n c"})) == "a b c"
    assert envelope.message(reply(400, "<html><p>x</p></html>")) == ""
    assert envelope.message(reply(400, "{broken")) == ""
    assert len(envelope.one_line("x" * 1000)) == 500
