"""Problems: errors typed once, where they happen, with words, facts and the server's own reply.

Above the edge only `Problem` is caught, by kind, never by text.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import ClassVar, Self

from app.core import catalogue
from app.core.catalogue import Entry, filled


class Retry(StrEnum):
    """Whether trying again may help without anybody changing anything."""

    NEVER = "never"
    SOFT = "soft"
    """Back off and try again a few times."""
    REACH = "reach"
    """The server cannot be reached at all: a wait that spends no attempt."""
    BUSY = "busy"
    """The server asks for patience: wait, and send less at once."""
    PERSON = "person"
    """Only after the person did something (signed in, changed a setting, decided)."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """The technical details of the request that failed.

    `url` has no query; `body` has at most 2,000 characters.
    """

    method: str = ""
    url: str = ""
    status: int | None = None
    request_id: str = ""
    body: str = ""


class Problem(Exception):
    """An error with a catalogue id. `after` is the server's Retry-After in seconds, if any."""

    kind: ClassVar[str] = "problem"
    retry: ClassVar[Retry] = Retry.NEVER

    def __init__(
        self,
        entry: Entry,
        facts: Mapping[str, str] | None = None,
        *,
        exchange: Exchange | None = None,
        after: float | None = None,
    ) -> None:
        super().__init__(entry.id)
        self.entry = entry
        self.facts: Mapping[str, str] = MappingProxyType(dict(facts or {}))
        self.exchange = exchange
        self.after = after

    @property
    def id(self) -> str:
        return self.entry.id

    @property
    def title(self) -> str:
        """What happened, in English."""
        return filled(self.entry.title_for(self.facts), self.facts)

    @property
    def meaning(self) -> str:
        return filled(self.entry.meaning, self.facts)

    @property
    def advice(self) -> tuple[str, ...]:
        return tuple(filled(text, self.facts) for text in self.entry.advice)

    @property
    def server_words(self) -> str:
        """What the server itself said, for the technical details; may be empty."""
        return self.exchange.body if self.exchange else ""

    def bare(self) -> Self:
        """A copy without traceback or cause, fit to be kept for long."""
        return type(self)(self.entry, self.facts, exchange=self.exchange, after=self.after)

    def __str__(self) -> str:
        return f"{self.id}: {self.title}"

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.id!r}, {dict(self.facts)!r})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Problem):
            return NotImplemented
        return (type(self), self.entry, dict(self.facts), self.exchange) == (
            type(other),
            other.entry,
            dict(other.facts),
            other.exchange,
        )

    def __hash__(self) -> int:
        return hash((type(self), self.entry.id))


class FileProblem(Problem):
    """The file on this computer: unreadable, changed, missing, not accepted."""

    kind = "file"


class ConnectionProblem(Problem):
    """The connection broke or stayed silent after it had come about."""

    kind = "connection"
    retry = Retry.SOFT


class Unreachable(ConnectionProblem):
    """No connection came about at all: name, refused, time-out. Nothing was sent."""

    retry = Retry.REACH


class TrustProblem(Problem):
    """Certificate or proxy; never passed over by itself."""

    kind = "trust"
    retry = Retry.PERSON


class SignInProblem(Problem):
    """Wrong or missing secret, wrong tenant; never tried again by itself (accounts lock)."""

    kind = "sign-in"
    retry = Retry.PERSON


class TokenRefused(SignInProblem):
    """The server no longer takes a token it gave: one new sign-in is worth trying."""

    def __init__(
        self,
        entry: Entry = catalogue.SIGN_IN_ENDED,
        facts: Mapping[str, str] | None = None,
        *,
        exchange: Exchange | None = None,
        after: float | None = None,
    ) -> None:
        super().__init__(entry, facts, exchange=exchange, after=after)


class Refused(Problem):
    """The server says no, and would again."""

    kind = "refused"


class Forbidden(Refused):
    """The server knows who asks, and does not allow it."""


class FilesRefused(Refused):
    """The server takes some files of a batch and refuses others: `files` says why, by index."""

    def __init__(self, files: Mapping[int, Problem]) -> None:
        first = next(iter(files.values()))
        super().__init__(first.entry, first.facts, exchange=first.exchange)
        self.files: Mapping[int, Problem] = MappingProxyType(dict(files))

    def bare(self) -> Self:
        return type(self)(self.files)


class Busy(Problem):
    """409, 423, 429 or 503 with its Retry-After: later, and less at once."""

    kind = "busy"
    retry = Retry.BUSY


class ServerFault(Problem):
    """5xx, or a reply that makes no sense."""

    kind = "server"
    retry = Retry.SOFT


class Uncertain(Problem):
    """The reply was lost and nobody can say whether the server has the file: the person decides."""

    kind = "uncertain"
    retry = Retry.PERSON


class JobFailed(Problem):
    """The file arrived; the server's own work on it failed."""

    kind = "job"


class Defect(Problem):
    """A mistake of the program itself."""

    kind = "defect"


def defect(error: BaseException) -> Defect:
    """An unknown exception as a Problem; only its type is named: its text may hold secrets."""
    return Defect(catalogue.DEFECT, {"reason": type(error).__name__})
