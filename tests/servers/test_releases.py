"""The newest version, asked over a real connection."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from app.core.problems import Problem
from app.servers.releases import Release, newest


@contextmanager
def answering(body: bytes, status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """The address of a server with this one answer, and what it was asked."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(f"{self.path} {sorted(self.headers.keys())}")
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Nothing is written."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/latest.json", asked
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_one_address_is_asked_and_nothing_told_to_it() -> None:
    with answering(b'{"version": "1.10.0", "page": "https://example.org/1.10"}') as (url, asked):
        found = newest(url)
    assert found == Release("1.10.0", "https://example.org/1.10")
    (line,) = asked
    assert line.startswith("/latest.json ")
    assert "Authorization" not in line
    assert "Cookie" not in line


@pytest.mark.parametrize(
    ("version", "newer"),
    [("1.10.0", True), ("1.9.1", True), ("1.9", False), ("1.9.0", False), ("0.12", False)],
)
def test_versions_are_compared_as_numbers(version: str, newer: bool) -> None:
    assert Release(version, "").newer_than("1.9.0") is newer


def test_a_page_that_is_not_https_is_left_out() -> None:
    with answering(b'{"version": "2.0", "page": "file:///etc/passwd"}') as (url, _):
        assert newest(url) == Release("2.0", "")


@pytest.mark.parametrize(
    ("body", "status"),
    [(b"<html></html>", 200), (b"[]", 200), (b'{"version": 3}', 200), (b"", 404), (b"{", 200)],
)
def test_anything_else_is_a_problem_and_no_crash(body: bytes, status: int) -> None:
    with answering(body, status) as (url, _), pytest.raises(Problem):
        newest(url)


def test_it_needs_no_loop_and_leaves_none_behind() -> None:
    with answering(b'{"version": "2.0"}') as (url, _):
        newest(url)
    with pytest.raises(RuntimeError):
        asyncio.get_running_loop()
