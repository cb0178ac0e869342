"""Blocking work away from the event loop, on threads that never hold up the program's end."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

T = TypeVar("T")


async def aside(work: Callable[[], T], *, limit: float | None = None) -> T:
    """What `work` returns or raises; after `limit` seconds TimeoutError, and the thread goes on.

    The loop's own executor is waited for when the program ends; but a keyring that waits for a
    person, or a look into a huge file, must not keep a finished program alive.
    """
    future: Future[T] = Future()

    def run() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            outcome = work()
        except BaseException as error:
            future.set_exception(error)
        else:
            future.set_result(outcome)

    threading.Thread(target=run, name="aside", daemon=True).start()
    async with asyncio.timeout(limit):
        return await asyncio.wrap_future(future)
