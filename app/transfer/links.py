"""Links: the signed-in connections to one destination, each held by a task of its own."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any

from app.core.problems import Problem, defect
from app.servers.api import Server

log = logging.getLogger(__name__)


class Link:
    """One signed-in connection; it lasts until it is stale and unused."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.stale = False
        self._users = 0
        self.ended = asyncio.Event()

    def taken(self) -> None:
        self._users += 1

    def given_back(self) -> None:
        self._users -= 1
        self._settle()

    def drop(self) -> None:
        """No new user; it closes when the last one is done."""
        self.stale = True
        self._settle()

    def _settle(self) -> None:
        if self.stale and self._users == 0:
            self.ended.set()


class Links:
    """Signs in for the asking, with `connect`, and signs out once a link is done with."""

    def __init__(
        self,
        destination: str,
        connect: Callable[[], AbstractAsyncContextManager[Server]],
        spawn: Callable[[Coroutine[Any, Any, None]], asyncio.Task[None]],
    ) -> None:
        self._destination = destination
        self._connect = connect
        self._spawn = spawn
        self._open: set[Link] = set()

    async def open(self) -> Link:
        """A new link. Raises Problem."""
        opened: asyncio.Future[Link] = asyncio.get_running_loop().create_future()
        holder = self._spawn(self._hold(opened))
        try:
            return await opened
        except asyncio.CancelledError:
            holder.cancel()
            raise

    def close(self) -> None:
        """Ends every link, even if it is in use."""
        for link in self._open:
            link.stale = True
            link.ended.set()

    async def _hold(self, opened: asyncio.Future[Link]) -> None:
        link: Link | None = None
        try:
            async with self._connect() as server:
                link = Link(server)
                self._open.add(link)
                if not opened.done():
                    opened.set_result(link)
                await link.ended.wait()
        except Problem as problem:
            if not opened.done():
                opened.set_exception(problem)
        except Exception as error:
            log.exception("the connection to %s failed", self._destination)
            if not opened.done():
                opened.set_exception(defect(error))
        finally:
            if not opened.done():
                opened.cancel()
            if link is not None:
                link.drop()
                self._open.discard(link)
