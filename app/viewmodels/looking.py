"""Drafts are looked into off the window's thread, one file after the other."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from app.core.drafts import Draft, Inspection, Stopped
from app.inspection.process import Inspector
from app.viewmodels.tasks import TaskScope

if TYPE_CHECKING:
    from app.servers.api import Family

BLOCK = 400
BLOCK_SECONDS = 0.04
"""How much a worker brings back at once: rows, or time since the last block. The window stands
still while it takes them in."""
_ASKED = 4_000
"""How many drafts are looked into with one request."""
_TOLD_SECONDS = 0.5
"""How often it is told how far the look into a large file is."""

T = TypeVar("T")


class News(NamedTuple):
    """How far the look into one draft is: bytes seen, and what a glance gave."""

    id: int
    looked: int
    glanced: Inspection | None


class Desk(Protocol):
    """Where the drafts are."""

    @property
    def family(self) -> Family | None:
        """Whose rules hold."""

    def wants(self, id: int, family: Family) -> bool:
        """Whether this draft is still to be looked into for this family; asked on any thread."""

    def begun(self, draft: Draft) -> None:
        """The look into this draft begins, the first of some or the next."""

    def going_on(self, news: News) -> None:
        """A look takes long."""

    def ended(self, found: Sequence[tuple[Draft, Inspection]]) -> None:
        """What looks gave."""

    def rested(self) -> None:
        """Nothing is left to look into in one lane."""


class Lane:
    """A thread for looks. `unseen` are the drafts that wait for theirs or have it now, by id."""

    def __init__(self, desk: Desk, tasks: TaskScope, inspector: Inspector) -> None:
        self.unseen: dict[int, Draft] = {}
        self.checking: int | None = None
        """The id of the draft looked at now."""
        self.looking = False
        self._desk = desk
        self._tasks = tasks
        self._inspector = inspector
        self._worker = ThreadPoolExecutor(1, "looks")

    def look(self) -> None:
        """Looks into what waits, until none is left, also what is added meanwhile."""
        if self.unseen and not self.looking and self._desk.family is not None:
            self.looking = True
            self._tasks.start(self._inspect())

    def close(self) -> None:
        """Ends the look that goes on; `wants` must say no by now."""
        self._inspector.close()
        self._worker.shutdown(wait=False, cancel_futures=True)

    async def work(self, work: Callable[[], T]) -> T:
        """Does something on the thread, between two looks."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    # --- inside

    async def _inspect(self) -> None:
        try:
            while (family := self._desk.family) is not None and self.unseen:
                waiting = list(itertools.islice(self.unseen.values(), _ASKED))
                # So that a large one keeps nobody waiting for the others.
                waiting.sort(key=lambda draft: draft.source.size)
                self.checking = waiting[0].id
                self._desk.begun(waiting[0])
                await self._follow(family, waiting)
            await self.work(self._inspector.rest)
        finally:
            self.checking = None
            self.looking = False
        self._desk.rested()
        self.look()

    async def _follow(self, family: Family, waiting: Sequence[Draft]) -> None:
        """Takes in inspections as they come, with word of how far a long one is."""
        watcher = _Watcher(waiting, lambda id: self._desk.wants(id, family))
        looks = self._inspector.looks(family, [draft.source for draft in waiting], watcher)
        more = True
        while more and family is self._desk.family:
            work = asyncio.ensure_future(self.work(lambda: _some(looks, watcher.found)))
            while not (await asyncio.wait([work], timeout=_TOLD_SECONDS))[0]:
                self._take_in(family, waiting, watcher)
                self._tell_far(family, watcher.news())
            more = work.result()
            self._take_in(family, waiting, watcher)
        await self.work(looks.close)

    def _tell_far(self, family: Family, news: News | None) -> None:
        if news is not None and news.id in self.unseen and family is self._desk.family:
            self.checking = news.id
            self._desk.going_on(news)

    def _take_in(self, family: Family, waiting: Sequence[Draft], watcher: _Watcher) -> None:
        found = []
        following = 0
        while watcher.found:
            at, inspection = watcher.found.popleft()
            following = at + 1
            if waiting[at].id in self.unseen:
                found.append((waiting[at], inspection))
        if not found or family is not self._desk.family:
            return
        # They are looked into in the order they wait in.
        if following < len(waiting) and waiting[following].id in self.unseen:
            self.checking = waiting[following].id
            self._desk.begun(waiting[following])
        self._desk.ended(found)


class _Watcher:
    """Keeps, on the worker, what came of the looks into some drafts."""

    def __init__(self, drafts: Sequence[Draft], wanted: Callable[[int], bool]) -> None:
        self._ids = [draft.id for draft in drafts]
        self._wanted = wanted
        self._news: News | None = None
        self.found: deque[tuple[int, Inspection]] = deque()
        """Inspections finished, by the places of the drafts."""

    def wanted(self, index: int) -> bool:
        return self._wanted(self._ids[index])

    def seen(self, index: int, size: int) -> None:
        if not self.wanted(index):
            raise Stopped
        id, news = self._ids[index], self._news
        glanced = news.glanced if news is not None and news.id == id else None
        self._news = News(id, size, glanced)

    def glanced(self, index: int, inspection: Inspection) -> None:
        self._news = News(self._ids[index], 0, inspection)

    def news(self) -> News | None:
        """Of the draft looked into last."""
        return self._news


def _some(looks: Iterator[tuple[int, Inspection]], found: deque[tuple[int, Inspection]]) -> bool:
    """Adds as many inspections as come within a block's time, at least one; whether there may be
    more. Runs on the worker."""
    until = time.monotonic() + BLOCK_SECONDS
    for count, one in enumerate(looks, 1):
        found.append(one)
        if count >= BLOCK or time.monotonic() > until:
            return True
    return False
