"""Changes from another thread arrive in order, in few lists, and never after the end."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QApplication

from app.core.changes import Change
from app.viewmodels.mailbox import TOGETHER, Mailbox

from .made import changed


def test_posts_arrive_whole_in_order_and_in_few_lists(ui: Callable[..., Any]) -> None:
    lists: list[list[Change]] = []

    async def main() -> None:
        mailbox = Mailbox(lambda changes: lists.append(list(changes)))
        posts = [changed(n) for n in range(3000)]

        def post() -> None:
            for at, one in enumerate(posts):
                mailbox.post(one)
                if at % 300 == 0:
                    time.sleep(0.02)

        thread = threading.Thread(target=post)
        thread.start()
        while sum(map(len, lists)) < len(posts):
            await asyncio.sleep(0.01)
        thread.join()
        mailbox.close()
        assert [one for part in lists for one in part] == posts

    ui(main())
    assert len(lists) < 15


def test_it_is_delivered_on_the_windows_thread_within_reason(ui: Callable[..., Any]) -> None:
    async def main() -> None:
        arrived: asyncio.Queue[tuple[float, int]] = asyncio.Queue()
        mailbox = Mailbox(lambda _: arrived.put_nowait((time.monotonic(), threading.get_ident())))
        for _ in range(3):
            began = time.monotonic()
            threading.Thread(target=mailbox.post, args=(changed(),)).start()
            when, thread = await arrived.get()
            assert thread == threading.get_ident()
            assert 0.03 < when - began < 0.5
        mailbox.close()

    ui(main())


def test_nothing_arrives_after_the_end(ui: Callable[..., Any]) -> None:
    lists: list[Sequence[Change]] = []

    async def main() -> None:
        mailbox = Mailbox(lists.append, interval_ms=1)
        mailbox.post(changed())
        mailbox.close()
        mailbox.post(changed())
        await asyncio.sleep(0.05)
        mailbox.flush()

    ui(main())
    assert lists == []


class Bell(QObject):
    rung = Signal(bool)


def test_two_thousand_emissions_do_not_end_the_process(qapp: QApplication) -> None:
    """One release of PySide6 dropped a reference to True at each and aborted after some 570."""
    bell = Bell()
    heard: list[bool] = []
    bell.rung.connect(heard.append)
    for _ in range(2000):
        bell.rung.emit(True)
    assert heard == [True] * 2000


def test_very_many_at_once_arrive_in_pieces(ui: Callable[..., Any]) -> None:
    lists: list[list[Change]] = []

    async def main() -> None:
        mailbox = Mailbox(lambda changes: lists.append(list(changes)))
        posts = [changed(n) for n in range(2 * TOGETHER + 1)]
        for one in posts:
            mailbox.post(one)
        while sum(map(len, lists)) < len(posts):
            await asyncio.sleep(0.01)
        mailbox.close()
        assert [one for part in lists for one in part] == posts

    ui(main())
    assert [len(part) for part in lists] == [TOGETHER, TOGETHER, 1]
