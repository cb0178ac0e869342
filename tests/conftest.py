"""What every test may use: Qt without a screen, own places for settings, no silent error."""

from __future__ import annotations

import asyncio
import gc
import logging
import os
import signal
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

# A shell that runs the tests in the background makes them, and what they start, deaf to Ctrl-C.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

T = TypeVar("T")

UI_SECONDS = 30.0


class _Errors(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Settings, journal and logs of a test are nobody else's."""
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("LONGSHORE_HOME", str(home))
    monkeypatch.delenv("LONGSHORE_SECRET", raising=False)
    return home


@pytest.fixture(autouse=True)
def _watched_log(request: pytest.FixtureRequest) -> Iterator[list[logging.LogRecord]]:
    errors = _Errors()
    root = logging.getLogger()
    root.addHandler(errors)
    yield errors.records
    root.removeHandler(errors)
    if "logged_errors" not in request.fixturenames:
        assert [_told(record) for record in errors.records] == []


@pytest.fixture
def logged_errors(_watched_log: list[logging.LogRecord]) -> list[logging.LogRecord]:
    """For a test that causes an error in the log on purpose: what was logged so far."""
    return _watched_log


def _told(record: logging.LogRecord) -> str:
    text = f"{record.name}: {record.getMessage()}"
    return f"{text} ({record.exc_info[1]!r})" if record.exc_info else text


@pytest.fixture
def ui(qapp: Any) -> Iterator[Callable[..., Any]]:
    """Runs a coroutine on Qt's own event loop, for at most `limit` seconds."""
    # Its import looks for the Qt binding that is loaded already.
    from qasync import QEventLoop

    def run(work: Coroutine[Any, Any, T], *, limit: float = UI_SECONDS) -> T:
        async def limited() -> T:
            async with asyncio.timeout(limit):
                return await work

        with asyncio.Runner(loop_factory=lambda: QEventLoop(qapp)) as runner:
            return runner.run(limited())

    yield run
    # A task whose exception nobody fetched says so when it is collected.
    gc.collect()
