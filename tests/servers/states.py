"""One row of a table of states: what a server says, and what a person and a script get of it.

The sandbox plays it, the real engine delivers to it as `longshore send` does without a person, and
the last word about the file is compared.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.cli.delivery import Delivery, Patience
from app.cli.exits import Exit
from app.cli.outcome import of_uploads
from app.cli.preflight import Group, looked_into
from app.cli.progress import Standing
from app.core.catalogue import Action, Entry
from app.core.destinations import Destination, Secret
from app.core.drafts import Finding
from app.core.jobs import Job
from app.core.problems import Problem
from app.core.uploads import Upload
from app.sandbox import Fault, Sandbox
from app.servers.api import Family, Server
from app.transfer.retry import Policy
from app.viewmodels import row as rows

LIMIT = 30.0
QUICK = Policy(
    person=False,
    scale=0.01,
    tries=2,
    busy_tries=2,
    reach_tries=1,
    poll_first=2.0,
    poll_longest=4.0,
    jitter=lambda: 1.0,
)
NOT_WAITED_FOR = Patience(approval_fails=True, unknown_fails=True)


@dataclass(frozen=True)
class Row:
    """`code` is the row's state, `exit` the exit code of a run with this file alone.

    `says` is the catalogue id of what is said about it, `does` the action of its first advice.
    `box` are options of the sandbox, `faults` its faults, `set` the options of the delivery,
    `fields` other connection fields, and `secret` another secret. With `at` the run goes on for
    ever, and is looked at when the server has said this word, or with “” once it is known that it
    says none. `sent` is how often the server has the file in the end; None: not of interest.
    """

    name: str
    code: str
    exit: int
    says: str = ""
    does: Action = Action.NONE
    box: Mapping[str, Any] = field(default_factory=dict)
    faults: Sequence[Fault] = ()
    set: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    secret: str = ""
    at: str | None = None
    sent: int | None = 1
    patience: Patience = NOT_WAITED_FOR
    file: Callable[[Path], Path] | None = None

    def __str__(self) -> str:
        return self.name.replace(" ", "-")


@dataclass(frozen=True)
class Played:
    """What came of a row."""

    upload: Upload
    code: str
    exit: Exit
    said: Entry | None
    seen: Sequence[str]
    """The states the row went through."""


class _Notes:
    """A report that keeps what was said about the only file."""

    def __init__(self) -> None:
        self.seen: list[str] = []
        self.last: Upload | None = None

    def added(self, id: int, path: str, size: int, findings: Sequence[Finding]) -> None:
        pass

    def not_sent(
        self, id: int, path: str, size: int, code: str, text: str, problem: Problem | None
    ) -> None:
        raise AssertionError(f"not sent: {text}")

    def state(self, standing: Standing) -> None:
        assert standing.state.text
        self.last = standing.upload
        self.seen.append(standing.state.code)

    def progress(self, standing: Standing) -> None:
        pass

    def tick(self) -> None:
        pass

    def result(self, standing: Standing) -> None:
        self.last = standing.upload

    def finished(self, counts: Mapping[str, int], code: Exit) -> None:
        pass


class _Listening:
    """A server, and whether it has said a word often enough for the row to show it."""

    def __init__(self, server: Server, word: str | None, heard: asyncio.Event) -> None:
        self._server = server
        self._word = word
        self._heard = heard
        self._times = 0

    async def status(self, refs: Sequence[str]) -> Sequence[Job]:
        found = await self._server.status(refs)
        if any(job.word == self._word and (job.word or job.note) for job in found):
            # What came of the first time is told before the second time is asked.
            self._times += 1
            if self._times > 1:
                self._heard.set()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._server, name)


def play(row: Row, box: Sandbox, family: Family, path: Path) -> Played:
    """Delivers one file to the sandbox, until the run ends or the row's word was heard."""
    served = box.served(family.key)
    settings = {**served.fields, **row.fields}
    return play_at(row, family, settings, row.secret or served.secret, path)


def play_at(
    row: Row, family: Family, settings: Mapping[str, str], secret: str, path: Path
) -> Played:
    """The same to a server that is not of the sandbox."""
    destination = Destination("d", family.key, "Test", settings)

    async def run() -> tuple[_Notes, Exit | None]:
        notes, heard = _Notes(), asyncio.Event()

        @asynccontextmanager
        async def listening() -> AsyncIterator[Any]:
            async with family.connect(destination, Secret(secret)) as server:
                yield _Listening(server, row.at, heard)

        files = await looked_into([str(path)], family)
        delivery = Delivery("d", family, listening, notes, row.patience, policy=QUICK)
        async with asyncio.timeout(LIMIT):
            running = asyncio.ensure_future(delivery.run(files, [Group(row.set, (0,))]))
            reached = asyncio.ensure_future(heard.wait())
            await asyncio.wait({running, reached}, return_when=asyncio.FIRST_COMPLETED)
            reached.cancel()
            if running.done():
                return notes, running.result()
            upload = notes.last
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running
            notes.last = upload
        return notes, None

    notes, exit = asyncio.run(run())
    upload = notes.last
    assert upload is not None
    if exit is None:
        exit = of_uploads([upload], waits=True)
    said = upload.problem.entry if upload.problem else upload.job.note if upload.job else None
    return Played(upload, rows.code(upload), exit, said, tuple(notes.seen))


def agrees(row: Row, played: Played) -> None:
    """Asserts that a row came out as its table says, with words and advice for the person."""
    said = played.said
    found = (played.code, int(played.exit), said.id if said else "")
    assert found == (row.code, row.exit, row.says), f"{found} by way of {played.seen}"
    if said is not None:
        assert said.action is row.does, f"{said.id} offers {said.action!r}"
        assert said.advice and all(said.advice)
    if row.code == "failed":
        assert said is not None
