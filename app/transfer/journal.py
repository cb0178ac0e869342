"""What the engine writes down, so that nothing is lost or sent twice whatever happens to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol

from app.core.uploads import Upload


class Verb(StrEnum):
    """The requests that change a server; each is announced before and settled after."""

    OPEN = "open"
    SEND = "send"
    START = "start"
    DISCARD = "discard"


@dataclass(frozen=True, slots=True)
class Opened:
    """What must be known to go on with a batch in another run; `data` is the adapter's own."""

    key: str
    destination: str
    data: Mapping[str, Any]


class Journal(Protocol):
    """Every call returns when the fact is safe. Bytes and secrets are never given."""

    @property
    def keeps(self) -> bool:
        """Whether another run can go on with what is unfinished."""

    def save(self, upload: Upload, key: str) -> None:
        """The upload as it is now; `key` names its batch's opening, or is empty."""

    def opened(self, opened: Opened) -> None: ...

    def intent(self, key: str, verb: Verb, ids: Iterable[int]) -> None:
        """About to ask the server to do `verb` for these uploads."""

    def outcome(self, key: str, verb: Verb, ids: Iterable[int], said: str) -> None:
        """What came of it: “done” or the id of a problem."""

    def forget(self, ids: Iterable[int]) -> None: ...


class NoJournal:
    """Writes nothing: for runs of which nothing is to be kept."""

    keeps = False

    def save(self, upload: Upload, key: str) -> None:
        pass

    def opened(self, opened: Opened) -> None:
        pass

    def intent(self, key: str, verb: Verb, ids: Iterable[int]) -> None:
        pass

    def outcome(self, key: str, verb: Verb, ids: Iterable[int], said: str) -> None:
        pass

    def forget(self, ids: Iterable[int]) -> None:
        pass
