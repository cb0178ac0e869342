"""What the engine writes down, so that nothing is lost or sent twice whatever happens to it."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from typing import Protocol

from app.core.intents import Opened, Unfinished, Verb
from app.core.uploads import Ticket, Upload


class Journal(Protocol):
    """Every call returns when the fact is safe from a crash. Bytes and secrets are never given.

    `ids` and `intent` raise Problem when nothing can be written: then nothing is asked of a server
    either. The others never raise; a fact that could not be written is written with the next one.
    """

    @property
    def keeps(self) -> bool:
        """Whether another run can go on with what is unfinished."""

    def ids(self, count: int) -> Sequence[int]:
        """New ids, never given before, in rising order."""

    def save(self, uploads: Iterable[Upload], key: str = "") -> None:
        """The uploads as they are now; `key` names their opening, empty when they have none."""

    def opened(self, opened: Opened) -> None: ...

    def intent(
        self, key: str, verb: Verb, ids: Sequence[int], ticket: Ticket | None = None
    ) -> None:
        """About to ask the server to do `verb` for these uploads; `ticket` is what to discard."""

    def outcome(self, key: str, verb: Verb, ids: Sequence[int], said: str) -> None:
        """What came of it: “done” or the id of a problem."""

    def forget(self, ids: Iterable[int]) -> None: ...

    def claim(self) -> Sequence[Unfinished]:
        """What runs that ended left unfinished; from now on it is this run's. Raises Problem."""

    def keys(self) -> frozenset[str]:
        """The openings that any run of this computer works with, or may go on with. Raises
        Problem."""


class NoJournal:
    """Writes nothing: for runs of which nothing is to be kept."""

    keeps = False

    def __init__(self) -> None:
        self._ids = itertools.count(1)

    def ids(self, count: int) -> Sequence[int]:
        return [next(self._ids) for _ in range(count)]

    def save(self, uploads: Iterable[Upload], key: str = "") -> None:
        pass

    def opened(self, opened: Opened) -> None:
        pass

    def intent(
        self, key: str, verb: Verb, ids: Sequence[int], ticket: Ticket | None = None
    ) -> None:
        pass

    def outcome(self, key: str, verb: Verb, ids: Sequence[int], said: str) -> None:
        pass

    def forget(self, ids: Iterable[int]) -> None:
        pass

    def claim(self) -> Sequence[Unfinished]:
        return []

    def keys(self) -> frozenset[str]:
        return frozenset()
