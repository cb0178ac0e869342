"""What the frame gives a family of servers, and what it wants from it.

A family is one module or package `app.sandbox.<key>` with two names: `Options`, a dataclass of
everything that can be chosen about it (all with defaults), and `build(ground, options)`, which
returns its `FakeServer`. A third, `ADDRESSES`, says how many addresses it has when that is not one.
"""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from starlette.responses import Response
from starlette.types import ASGIApp

from app.sandbox.faults import Faults

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Served:
    """One server as a client meets it.

    `fields` are the connection fields as `destinations add` takes them; `books` is the family's
    view of what the server saw, safe to read from any thread, also after the sandbox has ended.
    """

    family: str
    title: str
    url: str
    fields: dict[str, str]
    secret: str
    books: Any

    def __repr__(self) -> str:
        return f"Served({self.family!r}, {self.title!r}, {self.url!r})"


@dataclass(frozen=True, slots=True)
class Answered:
    """One request: `status` 0 means that the connection closed without a reply."""

    family: str
    method: str
    path: str
    status: int
    received: int
    ms: float
    faults: tuple[str, ...] = ()
    at: float = 0.0
    """When it came in, on the clock of `time.perf_counter`."""

    def event(self) -> dict[str, Any]:
        event: dict[str, Any] = {
            "event": "request",
            "family": self.family,
            "method": self.method,
            "path": self.path,
            "status": self.status,
            "received": self.received,
            "ms": round(self.ms, 1),
        }
        return event | ({"faults": list(self.faults)} if self.faults else {})


@dataclass(frozen=True, slots=True)
class Ground:
    """What every family stands on: a folder of its own, faults, pace and the loop of the sandbox.

    `pace` is how many times faster than real time the server's own work runs. `ask` runs a function
    where the servers live, so that what it reads does not change meanwhile.
    """

    family: str
    folder: Path
    faults: Faults
    pace: float
    random: random.Random
    requests: list[Answered]
    stopping: Callable[[], bool]
    ask: "Ask"

    async def work(self, seconds: float) -> None:
        """Let the server's own time pass."""
        await asyncio.sleep(seconds / self.pace)


class Ask(Protocol):
    def __call__(self, read: Callable[[], T], /) -> T: ...


@dataclass(frozen=True, slots=True)
class Address:
    """One address of a family: the application behind it and how it says no in a hurry.

    `refusal(status)` makes the body of a busy or failing server.
    """

    app: ASGIApp
    refusal: Callable[[int], Response]


class FakeServer(Protocol):
    """One family at work. All of it runs on the loop of the sandbox."""

    def addresses(self) -> Sequence[Address]: ...

    def struck_where(self) -> Mapping[str, Sequence[str]]:
        """Per kind of fault the patterns of the calls where it strikes by default."""
        ...

    def open(self, urls: Sequence[str]) -> Sequence[Served]:
        """Begin at these addresses, in the order of `addresses`; what a client can connect to."""
        ...

    def expire_tokens(self) -> None:
        """Make every access token issued so far invalid."""
        ...

    async def close(self) -> None:
        """End all work of its own."""
        ...
