"""The log keeps what helps and nothing that must not leave this computer."""

from __future__ import annotations

import logging
import sys
import threading
from pathlib import Path

import pytest

from app import logs


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("POST https://x.org/a/b?mat=abc.def&x=1 failed", "POST https://x.org/a/b?… failed"),
        ("GET /upload/fileUpload.html?mat=abc 200", "GET /upload/fileUpload.html?… 200"),
        ("<https://s3.example.org/k?X-Amz-Signature=1f2e>", "<https://s3.example.org/k?…>"),
        ("see https://x.org/a#frag", "see https://x.org/a?…"),
        ("proxy http://ann:hunter2@proxy:3128/", "proxy http://…@proxy:3128/"),
        ("{'password': 'hunter2', 'user': 'ann'}", "{'password': …, 'user': 'ann'}"),
        ('{"accessToken":"abc", "n": 1}', '{"accessToken":…, "n": 1}'),
        ("X-Okapi-Token: abc.def", "X-Okapi-Token: …"),
        ("Authorization: Bearer abcdefghijk", "Authorization: …"),
        ("sent Bearer abcdefghijk", "sent Bearer …"),
        ("sent FortifyToken YWJjZGVmZ2g=", "sent FortifyToken …"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIi.sig-x here", "… here"),
        ("client_secret=hunter2&x", "client_secret=…"),
        ("nothing special: 3 of 5 records? yes", "nothing special: 3 of 5 records? yes"),
    ],
)
def test_what_is_cut(text: str, kept: str) -> None:
    assert logs.redacted(text) == kept


def test_arguments_and_tracebacks_are_cut_too(tmp_path: Path, logged_errors: object) -> None:
    with logs.kept(tmp_path) as path:
        logging.getLogger("app.x").info("asked %s", "https://x.org/a?token=hunter2")
        try:
            raise ValueError("at https://x.org/b?sig=hunter2")
        except ValueError:
            logging.getLogger("app.x").exception("it broke")
    text = path.read_text()
    assert "hunter2" not in text and "https://x.org/a?…" in text and "ValueError" in text


def test_addresses_of_the_http_library_stay_out(tmp_path: Path) -> None:
    with logs.kept(tmp_path) as path:
        logging.getLogger("httpcore2").info("send_request_headers GET https://x.org/secret-path")
        logging.getLogger("qasync").debug("args hunter2")
    assert path.read_text() == ""


def test_exceptions_nobody_caught_are_in_the_log(
    tmp_path: Path, logged_errors: list[logging.LogRecord]
) -> None:
    with logs.kept(tmp_path) as path:
        error = RuntimeError("lost")
        sys.excepthook(RuntimeError, error, None)
        thread = threading.Thread(target=lambda: 1 / 0)
        thread.start()
        thread.join()
    text = path.read_text()
    assert "RuntimeError: lost" in text and "ZeroDivisionError" in text
    assert len(logged_errors) == 2


def test_no_place_for_a_log_is_no_error(tmp_path: Path) -> None:
    with logs.kept(tmp_path / "nowhere"):
        logging.getLogger("app.x").info("unheard")
