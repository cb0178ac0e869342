"""The speed limit through real sockets: accurate, shared evenly, changed at once, never a time-out.

Shortened as it stands; `LONGSHORE_CAMPAIGN=1` measures ten seconds of each case and prints them.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from app.core.forms import TRUE
from app.servers.http import Http, Patience
from app.transfer.body import FileBody, source_of
from app.transfer.limit import Limit
from app.transfer.meter import Meter

FULL = bool(os.environ.get("LONGSHORE_CAMPAIGN"))
WINDOW = 10.0 if FULL else 2.5
SETTLE = 0.6
"""Seconds until the first allowance is used up and connections stand."""
TOLERANCE = 0.10 if FULL else 0.20
KB, MB = 1_000, 1_000_000

CASES = [(rate, senders) for rate in (8 * KB, 200 * KB, 5 * MB) for senders in (1, 3, 8)]


class Sink:
    """A server in threads of its own that counts what arrives, by connection.

    A connection that is silent for `patience` seconds is given up, as servers do.
    """

    def __init__(self, patience: float) -> None:
        self.patience = patience
        self.counts: list[int] = []
        self.given_up = 0
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self._listener.getsockname()[1]
        self._ending = False
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    @property
    def received(self) -> int:
        return sum(self.counts)

    def close(self) -> None:
        self._ending = True
        # Closing alone does not wake a thread that waits in accept.
        socket.create_connection(("127.0.0.1", self.port)).close()
        for thread in self._threads:
            thread.join()
        self._listener.close()

    def _accept(self) -> None:
        while True:
            connection, _ = self._listener.accept()
            if self._ending:
                connection.close()
                return
            connection.settimeout(self.patience)
            self.counts.append(0)
            thread = threading.Thread(target=self._count, args=(connection, len(self.counts) - 1))
            self._threads.append(thread)
            thread.start()

    def _count(self, connection: socket.socket, place: int) -> None:
        try:
            while got := connection.recv(1 << 18):
                self.counts[place] += len(got)
        except TimeoutError:
            self.given_up += 1
        except OSError:
            pass
        finally:
            connection.close()


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """More than any case sends; sparse, so that it costs no disk."""
    path = tmp_path_factory.mktemp("limit") / "large.dat"
    with path.open("wb") as file:
        file.truncate(400 * MB)
    return path


@asynccontextmanager
async def sending(
    path: Path,
    limit: Limit,
    senders: int,
    threads: ThreadPoolExecutor,
    *,
    server_patience: float = 30.0,
    patience: Patience = Patience.UPLOAD,
) -> AsyncIterator[tuple[Sink, list[asyncio.Task[object]]]]:
    """So many uploads at once, under one limit; stopped where they are at the end."""
    sink = Sink(server_patience)
    source = source_of(path)
    try:
        async with Http(
            {"insecure_http": TRUE, "proxy": "none"}, base=f"http://127.0.0.1:{sink.port}"
        ) as http:
            tasks: list[asyncio.Task[object]] = [
                asyncio.create_task(
                    http.send(
                        "POST",
                        "/",
                        FileBody(source, Meter(source.size), limit, threads),
                        patience=patience,
                    )
                )
                for _ in range(senders)
            ]
            try:
                yield sink, tasks
            finally:
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
    finally:
        await asyncio.to_thread(sink.close)


async def rate_of(sink: Sink, seconds: float) -> float:
    """Bytes per second that arrive from now on."""
    loop = asyncio.get_running_loop()
    began, before = loop.time(), sink.received
    await asyncio.sleep(seconds)
    return (sink.received - before) / (loop.time() - began)


async def measured(path: Path, rate: int, senders: int, threads: ThreadPoolExecutor) -> float:
    async with sending(path, Limit(rate), senders, threads) as (sink, _):
        await asyncio.sleep(SETTLE)
        return await rate_of(sink, WINDOW) / rate


def test_the_limit_is_kept_by_any_number_of_senders(
    large: Path, threads: ThreadPoolExecutor
) -> None:
    async def main() -> list[float]:
        if FULL:
            return [await measured(large, *case, threads) for case in CASES]
        with ThreadPoolExecutor(32) as many:
            return await asyncio.gather(*(measured(large, *case, many) for case in CASES))

    shares = asyncio.run(main())
    told = [
        f"{rate / KB:.0f} kB/s, {senders} senders: {share:.1%}"
        for (rate, senders), share in zip(CASES, shares, strict=True)
    ]
    sys.stdout.write("\n".join(["", *told, ""]))
    assert all(abs(share - 1) <= TOLERANCE for share in shares), told


def test_senders_share_evenly(large: Path, threads: ThreadPoolExecutor) -> None:
    async def main() -> list[int]:
        async with sending(large, Limit(400 * KB), 4, threads) as (sink, _):
            await asyncio.sleep(SETTLE)
            before = list(sink.counts)
            await asyncio.sleep(1.5)
            return [now - then for now, then in zip(sink.counts, before, strict=True)]

    counts = asyncio.run(main())
    assert max(counts) <= 2 * min(counts), counts


def test_a_new_limit_holds_within_a_second(large: Path) -> None:
    async def changed(first: int | None, then: int, threads: ThreadPoolExecutor) -> float:
        limit = Limit(first)
        async with sending(large, limit, 8, threads) as (sink, _):
            await asyncio.sleep(0.3)
            limit.change(then)
            await asyncio.sleep(1.0)
            return await rate_of(sink, 1.5) / then

    async def main() -> list[float]:
        cases = ((5 * MB, 40 * KB), (None, 200 * KB), (8 * KB, 2 * MB))
        with ThreadPoolExecutor(24) as many:
            return await asyncio.gather(*(changed(*case, many) for case in cases))

    shares = asyncio.run(main())
    assert all(0.7 <= share <= 1.3 for share in shares), shares


def test_no_time_out_at_8_kb_a_second(large: Path, threads: ThreadPoolExecutor) -> None:
    """The patience of both sides is shortened, so that seconds show what minutes would."""
    short = Patience(write=0.3, read=0.3)

    async def main() -> None:
        async with sending(
            large, Limit(8 * KB), 8, threads, server_patience=2.0, patience=short
        ) as (sink, tasks):
            await asyncio.sleep(12.0 if FULL else 3.0)
            ended = [task.exception() for task in tasks if task.done()]
            assert not ended
            assert sink.given_up == 0
            assert min(sink.counts) > 0

    asyncio.run(main())
