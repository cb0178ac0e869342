"""A program that sends or resumes with the real engine and journal, and dies where it is told to.

It reads one job a line, as JSON, and runs each in a forked process of its own, so that Python and
the program's modules are loaded only once. What is killed is a real process: no handler runs,
nothing is flushed, and the journal stays as it lies on the disk.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import select
import signal
import sys
import time
import traceback
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from app.cli.delivery import Delivery, Patience
from app.cli.exits import Exit
from app.cli.preflight import Files, Group, Item
from app.cli.progress import Standing
from app.core.destinations import Destination, Secret
from app.core.drafts import Finding, Inspection
from app.core.intents import Opened, Unfinished, Verb
from app.core.problems import Problem, Uncertain
from app.core.uploads import Source, Ticket, Upload
from app.servers.api import Body, Family, Keep, Server
from app.servers.folio import FAMILY as FOLIO
from app.servers.folio.rhythm import Rhythm as FolioRhythm
from app.servers.folio.server import connect as connect_folio
from app.servers.ssc import FAMILY as SSC
from app.servers.ssc.rhythm import Rhythm as SscRhythm
from app.servers.ssc.server import connect as connect_ssc
from app.servers.tao import FAMILY as TAO
from app.servers.tao.rhythm import Rhythm as TaoRhythm
from app.servers.tao.server import connect as connect_tao
from app.storage.journal import Journal
from app.transfer.body import source_of
from app.transfer.lanes import Route
from app.transfer.retry import Policy

_FOLIO = FolioRhythm(0.1, visible=100, started_split=10)
FAMILIES: Mapping[str, Family] = {
    "folio": replace(FOLIO, connect=partial(connect_folio, rhythm=_FOLIO)),
    "ssc": replace(SSC, connect=partial(connect_ssc, rhythm=SscRhythm(0.1, unanswered=30))),
    "tao": replace(TAO, connect=partial(connect_tao, rhythm=TaoRhythm(0.05))),
}
POLICY = Policy(person=False, reach_tries=6, scale=0.02)


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class Mortal:
    """A journal whose process is killed right before (`last` odd) or right after one of its writes.

    `points` counts both moments of every write.
    """

    keeps = True

    def __init__(self, journal: Journal, last: int) -> None:
        self._journal = journal
        self._last = last
        self.points = 0

    def _at(self, write: Callable[[], Any]) -> Any:
        self._point()
        done = write()
        self._point()
        return done

    def _point(self) -> None:
        self.points += 1
        if self.points == self._last:
            die()

    def ids(self, count: int) -> Sequence[int]:
        found: Sequence[int] = self._at(lambda: self._journal.ids(count))
        return found

    def save(self, uploads: Iterable[Upload], key: str = "") -> None:
        self._at(lambda: self._journal.save(uploads, key))

    def opened(self, opened: Opened) -> None:
        self._at(lambda: self._journal.opened(opened))

    def intent(
        self, key: str, verb: Verb, ids: Sequence[int], ticket: Ticket | None = None
    ) -> None:
        self._at(lambda: self._journal.intent(key, verb, ids, ticket))

    def outcome(self, key: str, verb: Verb, ids: Sequence[int], said: str) -> None:
        self._at(lambda: self._journal.outcome(key, verb, ids, said))

    def forget(self, ids: Iterable[int]) -> None:
        self._at(lambda: self._journal.forget(ids))

    def claim(self) -> Sequence[Unfinished]:
        found: Sequence[Unfinished] = self._at(self._journal.claim)
        return found


class Fuse:
    """Bytes that may still go out of this process."""

    def __init__(self, left: int) -> None:
        self._left = left

    def burn(self, count: int) -> None:
        self._left -= count
        if self._left <= 0:
            die()


class Fused:
    """A body that kills its process once so many bytes have been given away."""

    def __init__(self, body: Body, fuse: Fuse) -> None:
        self._body = body
        self._fuse = fuse

    @property
    def size(self) -> int:
        return self._body.size

    @property
    def source(self) -> Source:
        return self._body.source

    def part(self, offset: int, length: int) -> Body:
        return Fused(self._body.part(offset, length), self._fuse)

    def already(self, sent: int) -> None:
        self._body.already(sent)

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for block in self._body:
            yield block
            self._fuse.burn(len(block))


class Fusing:
    """A server whose sends burn a fuse; all other verbs are the server's own."""

    def __init__(self, server: Server, fuse: Fuse) -> None:
        self._server = server
        self._fuse = fuse

    def __getattr__(self, name: str) -> Any:
        return getattr(self._server, name)

    async def send(self, ticket: Ticket, body: Body, keep: Keep) -> Ticket:
        return await self._server.send(ticket, Fused(body, self._fuse), keep)


class Last:
    """What a run said last about each upload, written down when it has finished."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._rows: dict[str, dict[str, Any]] = {}
        self.points = 0

    def added(self, id: int, path: str, size: int, findings: Sequence[Finding]) -> None:
        pass

    def not_sent(
        self, id: int, path: str, size: int, code: str, text: str, problem: Problem | None
    ) -> None:
        raise AssertionError(f"{path} never became an upload: {text}")

    def state(self, standing: Standing) -> None:
        pass

    def progress(self, standing: Standing) -> None:
        pass

    def tick(self) -> None:
        pass

    def result(self, standing: Standing) -> None:
        upload = standing.upload
        problem = upload.problem or (upload.wait.problem if upload.wait else None)
        self._rows[standing.name] = {
            "phase": str(upload.phase),
            "state": standing.state.code,
            "text": standing.state.text,
            "problem": problem.id if problem else "",
            "uncertain": isinstance(upload.problem, Uncertain),
            "waits": str(upload.wait.why) if upload.wait else "",
            "sha256": upload.sha256,
        }

    def finished(self, counts: Mapping[str, int], code: Exit) -> None:
        written = {"rows": self._rows, "exit": code.value}
        self._path.write_text(json.dumps(written), encoding="utf-8")


def route(job: Mapping[str, Any]) -> Route:
    destination = Destination("there", job["family"], "There", job["fields"])
    family = FAMILIES[job["family"]]
    fuse = Fuse(job["die_after_bytes"]) if job["die_after_bytes"] else None

    @asynccontextmanager
    async def connect() -> AsyncIterator[Any]:
        async with family.connect(destination, Secret(job["secret"])) as server:
            yield Fusing(server, fuse) if fuse is not None else server

    return Route(family, connect)


async def run(job: Mapping[str, Any]) -> None:
    report = Last(Path(job["report"]))
    journal = Journal(Path(job["folder"]), _unsound)
    mortal = Mortal(journal, job["die_at"])
    to = route(job)
    delivery = Delivery(
        "there", to.family, to.connect, report, Patience(), journal=mortal, policy=POLICY
    )
    if job["paths"]:
        sources = [source_of(Path(path)) for path in job["paths"]]
        items = tuple(Item(source, Inspection()) for source in sources)
        groups = (Group(job["options"], tuple(range(len(items)))),)
        await delivery.run(Files(items, {}), groups)
    else:
        await delivery.go_on()
    journal.close()


def _unsound(problem: Problem) -> None:
    raise AssertionError(f"the journal is not sound: {problem}")


def child(job: Mapping[str, Any]) -> None:
    """Never returns."""
    code = 1
    try:
        errors = logging.FileHandler(job["errors"], delay=True)
        errors.setLevel(logging.ERROR)
        logging.getLogger().addHandler(errors)
        asyncio.run(run(job))
        code = 0
    except BaseException:
        with Path(job["errors"]).open("a", encoding="utf-8") as file:
            traceback.print_exc(file=file)
    finally:
        os._exit(code)


def main() -> None:
    """Answers each job with one line: how its process ended, as `os.waitpid` tells it.

    A line “kill” while a job runs kills its process; so does the end of the input.
    """
    lines = _Lines()
    while (line := lines.next(None)) is not None:
        if line == "kill":
            continue  # It came too late: that process has ended by itself.
        job = json.loads(line)
        pid = os.fork()
        if pid == 0:
            child(job)
        deadline = time.monotonic() + job["kill_after"] if job["kill_after"] else None
        while True:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                break
            told = lines.next(0.004)
            if told == "kill" or lines.over or (deadline and time.monotonic() >= deadline):
                os.kill(pid, signal.SIGKILL)
                _, status = os.waitpid(pid, 0)
                break
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


class _Lines:
    """The lines of standard input, waited for as long as one likes."""

    def __init__(self) -> None:
        self._rest = b""
        self.over = False

    def next(self, seconds: float | None) -> str | None:
        """A line; None when there was none in time, or when there will be none any more."""
        while b"\n" not in self._rest:
            if self.over or not select.select([0], [], [], seconds)[0]:
                return None
            data = os.read(0, 65536)
            self.over = not data
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()


if __name__ == "__main__":
    main()
