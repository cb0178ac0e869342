"""Refusals of the rostering service in every shape."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from app.core import catalogue
from app.core.problems import (
    Busy,
    ConnectionProblem,
    Forbidden,
    Problem,
    Refused,
    ServerFault,
    TokenRefused,
    Unreachable,
)
from app.servers.reply import Reply, refusal
from app.servers.tao import problems
from app.servers.tao.wire import errors

UPLOAD = "https://tao.example.org/api/v1/upload/api/v1/upload"
STATUS = "https://tao.example.org/api/v1/upload/api/v1/status/12345"


def reply(status: int, content: Any = b"", method: str = "GET", **headers: str) -> Reply:
    if isinstance(content, str):
        content = content.encode()
    elif not isinstance(content, bytes):
        content = json.dumps(content).encode()
    lines = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return Reply(method, UPLOAD if method == "POST" else STATUS, status, lines, content)


def meaning(answer: Reply) -> Problem:
    return errors.explanation(answer) or refusal(answer)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b'{"message": "a"}', "a"),
        (b'{"error": {"message": "b", "trace": "secret"}}', "b"),
        (b'{"error": "invalid_client", "error_description": "c"}', "c"),
        (b'{"error": "invalid_client"}', "invalid_client"),
        (b"Access Denied", "Access Denied"),
        (b'"Access denied"', "Access denied"),
        (b"<html><title>403 \n Forbidden</title></html>", "403 Forbidden"),
        (b"<html></html>", ""),
        (b'{"title": "x", "detail": "d"}', "d"),
        (b'{"title": "t"}', "t"),
        (b'{"errors": [{"message": "e"}, {"message": "f"}]}', "e"),
        (b'["g"]', "g"),
        (b"{broken", ""),
        (b"", ""),
        (b'{"message": ""}', ""),
        (b'{"message": "see https://x.org/a?sig=1 for\\n more"}', "see https://x.org/a?… for more"),
    ],
)
def test_one_sentence_is_taken_from_any_shape(content: bytes, words: str) -> None:
    assert errors.said(content) == words


def test_long_words_are_cut() -> None:
    assert len(errors.said(b"x" * 5000)) == 400


NO_REFERENCE = {"message": "Reference ID not found. File not found in pending bucket."}


@pytest.mark.parametrize(
    ("answer", "kind", "id"),
    [
        # The four answers of TAO's page on the status.
        (reply(401, "Access Denied", Content_Type="text/plain"), TokenRefused, "sign-in.ended"),
        (reply(403, {"message": "Insufficient scope"}), Forbidden, "tao.scope"),
        (reply(404, NO_REFERENCE), Refused, "tao.reference-unknown"),
        (reply(500, {"message": "details"}), ServerFault, "server.fault"),
        (reply(403, "<html>Forbidden</html>"), Forbidden, "refused.forbidden"),
        (reply(404, "<html>Not Found</html>"), Refused, "tao.wrong-path"),
        (reply(404), Refused, "tao.wrong-path"),
        (reply(404, {"message": "Not Found"}), Refused, "tao.wrong-path"),
        (reply(405), Refused, "tao.wrong-path"),
        (
            reply(400, {"error": {"message": "Reference ID must be a valid UUID."}}),
            Refused,
            "tao.status-refused",
        ),
        (reply(429), Busy, "busy"),
        (reply(503), Busy, "busy"),
        (reply(301, Location="https://x.org/a?b=c"), Refused, "tao.moved"),
        (reply(400, {"error": {"message": "Row 7"}}, "POST"), Refused, "tao.file-refused"),
        (reply(422, "no", "POST"), Refused, "tao.file-refused"),
        (reply(400, {"message": "No file in request"}, "POST"), Refused, "tao.no-file-seen"),
        (reply(413, "<html>", "POST"), Refused, "refused.too-large"),
        (reply(415, "", "POST"), Refused, "refused.other"),
        (reply(408, "", "POST"), Refused, "tao.gave-up-waiting"),
        (reply(425, "", "POST"), Refused, "tao.gave-up-waiting"),
        (reply(409, "", "POST"), Refused, "tao.gave-up-waiting"),
        (reply(500, "", "POST"), ServerFault, "server.fault"),
        (reply(502, "<html>Bad Gateway</html>", "POST"), ServerFault, "server.fault"),
        (reply(504, "", "POST"), ServerFault, "server.fault"),
        (reply(507, "", "POST"), ServerFault, "server.full"),
    ],
)
def test_what_refusals_mean(answer: Reply, kind: type[Problem], id: str) -> None:
    found = meaning(answer)
    assert (type(found), found.id) == (kind, id)
    assert found.exchange is not None


def test_the_servers_words_are_in_the_sentence() -> None:
    found = meaning(reply(400, {"error": {"message": "Row 7 has 3 columns."}}, "POST"))
    assert "Row 7 has 3 columns. Nothing" in found.meaning
    moved = meaning(reply(308, Location="https://x.org/a?b=c"))
    assert "https://x.org/a." in moved.meaning


@pytest.mark.parametrize(
    ("header", "seconds"), [("7", 7), ("0", 0), ("99999", 900), ("", None), ("soon", None)]
)
def test_the_pause_a_server_asks_for(header: str, seconds: float | None) -> None:
    assert errors.after(reply(429, Retry_After=header)) == seconds


def test_a_pause_told_as_a_moment() -> None:
    soon = errors.after(reply(429, Retry_After=str(int(time.time()) + 30)))
    assert soon == pytest.approx(30, abs=2)
    assert errors.after(reply(429, Retry_After="1500000000")) == 0


@pytest.mark.parametrize(
    ("problem", "free"),
    [
        (Unreachable(catalogue.CONNECTION_REFUSED), True),
        (TokenRefused(), True),
        (Busy(catalogue.BUSY), True),
        (Refused(problems.FILE_REFUSED), True),
        (ServerFault(catalogue.SERVER_FULL), True),
        (ConnectionProblem(catalogue.CONNECTION_CUT), False),
        (ConnectionProblem(catalogue.SERVER_SILENT), False),
        (ServerFault(catalogue.SERVER_FAULT), False),
        (ServerFault(catalogue.SERVER_NONSENSE), False),
    ],
)
def test_when_a_file_was_certainly_not_taken(problem: Problem, free: bool) -> None:
    assert errors.nothing_taken(problem) is free
