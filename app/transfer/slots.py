"""Slots: places for what is sent at the same time, and the line of those who wait for one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager


class Slots:
    """Places for what runs at the same time; changed while in use.

    Who waits is admitted in the order of coming, unless `reorder` or `prefer` says otherwise.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._taken = 0
        self._waiting: list[tuple[int, asyncio.Future[None]]] = []
        self._preferred: dict[int, None] = {}
        self._closed = False

    @property
    def limit(self) -> int:
        return self._limit

    @limit.setter
    def limit(self, limit: int) -> None:
        self._limit = max(1, limit)
        self._admit()

    @property
    def taken(self) -> int:
        return self._taken

    @property
    def waiting(self) -> list[int]:
        """The keys of those who wait, in the order in which they will be admitted.

        Who is preferred stands there before it has come.
        """
        here = [key for key, place in self._waiting if not place.done()]
        return list(dict.fromkeys([*self._preferred, *here]))

    def pause(self, on: bool) -> None:
        """While on, nobody is admitted; who is in stays in."""
        self._closed = on
        self._admit()

    def reorder(self, keys: Iterable[int]) -> None:
        """Those of `keys` who wait are admitted in this order, before all others."""
        rank = {key: at for at, key in enumerate(keys)}
        self._waiting.sort(key=lambda entry: rank.get(entry[0], len(rank)))

    def prefer(self, keys: Iterable[int]) -> None:
        """These are admitted next, in this order, even if they come only later."""
        self._preferred = dict.fromkeys([*keys, *self._preferred])
        self.reorder(self._preferred)

    @asynccontextmanager
    async def place(self, key: int) -> AsyncIterator[None]:
        """A place, for as long as it is held."""
        place = asyncio.get_running_loop().create_future()
        self._waiting.append((key, place))
        if key in self._preferred:
            self.reorder(self._preferred)
        self._admit()
        try:
            await place
        except asyncio.CancelledError:
            if place.done() and not place.cancelled():
                self._leave()
            raise
        try:
            yield
        finally:
            self._leave()

    def _leave(self) -> None:
        self._taken -= 1
        self._admit()

    def _admit(self) -> None:
        if self._closed:
            return
        admitted = 0
        for key, place in self._waiting:
            if self._taken >= self._limit:
                break
            admitted += 1
            if not place.done():
                self._taken += 1
                self._preferred.pop(key, None)
                place.set_result(None)
        del self._waiting[:admitted]
