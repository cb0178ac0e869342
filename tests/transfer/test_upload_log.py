"""What the program logs about one upload is kept for it: bounded, counted, without secrets."""

from __future__ import annotations

import asyncio
import logging

import pytest

from app import logs
from app.transfer.upload_log import LINES, UPLOADS, UploadLog, concerning, concerns

log = logging.getLogger("app.transfer.example")


@pytest.fixture
def kept() -> UploadLog:
    return UploadLog(logs.Redacting("%(message)s"))


def texts(kept: UploadLog, id: int) -> list[str]:
    return [line.text for line in kept.lines(id)]


def test_lines_belong_to_the_uploads_they_are_about(kept: UploadLog) -> None:
    with logs.heard(kept):
        log.debug("about none")
        with concerning([1, 2]):
            log.debug("about two")
            with concerning([2]):
                log.info("about one")
        log.info("about none again")
    with concerning([1]):
        log.debug("nobody listens any more")
    assert texts(kept, 1) == ["about two"]
    assert texts(kept, 2) == ["about two", "about one"]
    assert kept.lines(3) == ()


def test_each_task_speaks_of_its_own_upload(kept: UploadLog) -> None:
    async def send(id: int) -> None:
        concerns((id,))
        await asyncio.sleep(0)
        log.debug("sent %d", id)

    async def batch() -> None:
        ids = [1, 2, 3]
        concerns(ids)
        log.debug("opened")
        await asyncio.gather(*(asyncio.create_task(send(id)) for id in (1, 2)))
        ids.remove(3)
        log.debug("started")

    with logs.heard(kept):
        asyncio.run(batch())
    assert texts(kept, 1) == ["opened", "sent 1", "started"]
    assert texts(kept, 2) == ["opened", "sent 2", "started"]
    assert texts(kept, 3) == ["opened"]


def test_asking_again_and_again_is_one_line(kept: UploadLog) -> None:
    with logs.heard(kept), concerning([1]):
        log.debug("sent")
        for _ in range(500):
            log.debug("GET /state: 200")
            log.debug("GET /progress: 200")
    assert [(line.text, line.times) for line in kept.lines(1)] == [
        ("sent", 1),
        ("GET /state: 200", 500),
        ("GET /progress: 200", 500),
    ]


def test_neither_the_lines_of_one_nor_the_number_of_uploads_grows(kept: UploadLog) -> None:
    with logs.heard(kept):
        with concerning([1]):
            for n in range(10 * LINES):
                log.debug("line %d", n)
        lines = texts(kept, 1)
        assert len(lines) == LINES
        assert (lines[0], lines[-1]) == ("line 0", f"line {10 * LINES - 1}")
        for id in range(2, UPLOADS + 2):
            with concerning([id]):
                log.debug("one of many")
    assert kept.lines(1) == () and kept.lines(2) != () and kept.lines(UPLOADS + 1) != ()


def test_no_secret_is_kept(kept: UploadLog) -> None:
    with logs.heard(kept), concerning([1]):
        log.debug("PUT https://s3.example/a?X-Amz-Signature=abcdef: %s", "Bearer abcdefgh12345678")
        try:
            raise ValueError("password=hunter2hunter2")
        except ValueError:
            log.warning("it broke", exc_info=True)
    text = "\n".join(texts(kept, 1))
    assert "PUT https://s3.example/a?…" in text and "ValueError" in text
    for secret in ("abcdef", "hunter2", "abcdefgh12345678"):
        assert secret not in text
