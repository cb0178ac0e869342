"""Whole deliveries to TAO by the engine: in order, and never twice without the person."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest

from app.core.changes import Change, UploadChanged
from app.core.destinations import Secret
from app.core.problems import Uncertain
from app.core.uploads import Phase, Upload, Why
from app.servers.tao import FAMILY
from app.servers.tao.rhythm import Rhythm
from app.servers.tao.server import connect
from app.transfer.engine import Engine
from app.transfer.lanes import Route
from app.transfer.retry import Policy
from tests.servers.conftest import Begin
from tests.servers.delivery import run, source
from tests.servers.rosters import groups, links, table, users
from tests.servers.tao_ground import UPLOAD, Tao

QUICK = Policy(scale=0.02, poll_first=1.0, poll_longest=4.0, jitter=lambda: 1.0)
LIMIT = 20.0


class Watched:
    """An engine on a TAO sandbox, and all that it told."""

    def __init__(self, tao: Tao, policy: Policy) -> None:
        destination = tao.destination()
        opened = partial(connect, destination, Secret(tao.served.secret), rhythm=Rhythm(0.02))
        self.told: list[Upload] = []
        self._woken = asyncio.Event()
        self.engine = Engine(lambda _: Route(FAMILY, opened), self._tell, policy=policy)

    def _tell(self, change: Change) -> None:
        if isinstance(change, UploadChanged):
            self.told.append(change.upload)
        self._woken.set()

    def submit(self, *paths: Path) -> list[int]:
        return self.engine.submit("d", [source(path) for path in paths], {})

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(LIMIT):
            while not true():
                self._woken.clear()
                await self._woken.wait()

    async def all_final(self) -> None:
        await self.until(lambda: all(one.phase.final for one in self.engine.uploads.values()))
        # A person who reads what is told gives the engine time to put its things away.
        await asyncio.sleep(0.05)


@asynccontextmanager
async def watched(tao: Tao, policy: Policy = QUICK) -> AsyncIterator[Watched]:
    one = Watched(tao, policy)
    async with one.engine:
        yield one


def test_each_file_waits_for_the_one_before_it(begin: Begin, tmp_path: Path) -> None:
    tao = Tao(begin("tao"))

    async def work() -> None:
        async with watched(tao) as one:
            # Dropped in the wrong order: the links name users and groups that are not there yet.
            given = one.submit(
                links(tmp_path / "links.csv", 5),
                users(tmp_path / "users.csv", 5),
                groups(tmp_path / "groups.csv", 5),
            )
            waits = [one.engine.uploads[i].wait for i in given]
            assert [wait.why if wait else None for wait in waits] == [Why.TURN, Why.TURN, Why.SLOT]
            await one.all_final()
            for i in given:
                upload = one.engine.uploads[i]
                assert upload.phase is Phase.DONE
                assert upload.result is not None
                assert (upload.result.failed, upload.result.counts["processed"]) == (0, 5)

    run(work)
    assert [seen.name for seen in tao.books.uploads] == ["groups.csv", "users.csv", "links.csv"]
    ends = [seen.ended for seen in tao.books.imports.values()]
    begins = [seen.accepted for seen in tao.books.imports.values()]
    assert all(end <= begin for end, begin in zip(ends, begins[1:], strict=False))
    assert tao.books.leaks == []


def test_what_depends_on_a_failed_import_is_held(begin: Begin, tmp_path: Path) -> None:
    tao = Tao(begin("tao"))
    wrong = table(tmp_path / "users.csv", ("name",), [("Ann",)])

    async def work() -> None:
        async with watched(tao) as one:
            last, first = one.submit(links(tmp_path / "links.csv", 5), wrong)
            await one.until(lambda: one.engine.uploads[first].phase is Phase.FAILED)
            problem = one.engine.uploads[first].problem
            assert problem is not None
            assert problem.id == "tao.import-failed"

            def held() -> bool:
                wait = one.engine.uploads[last].wait
                return wait is not None and wait.why is Why.HELD

            await one.until(held)

    run(work)
    assert len(tao.books.uploads) == 1


def test_after_a_lost_reply_the_person_decides(begin: Begin, tmp_path: Path) -> None:
    tao = Tao(begin("tao"))
    tao.fault("lost-reply", UPLOAD, times=1)

    async def work() -> None:
        async with watched(tao) as one:
            [id] = one.submit(groups(tmp_path / "groups.csv", 5))
            await one.all_final()
            for _ in range(2):
                upload = one.engine.uploads[id]
                assert upload.phase is Phase.FAILED
                assert isinstance(upload.problem, Uncertain)
                assert upload.problem.id == "tao.may-have"
                one.engine.look_again([id])
                await one.all_final()
            assert len(tao.books.imports) == 1
            one.engine.send_anyway([id])
            await one.all_final()
            assert one.engine.uploads[id].phase is Phase.DONE

    run(work)
    assert len(tao.books.imports) == 2


@pytest.mark.parametrize(
    ("kind", "more"),
    [("busy", {"status": 429}), ("server-error", {"status": 503}), ("expire-token", {})],
)
def test_what_was_not_taken_is_sent_again_by_itself(
    begin: Begin, kind: str, more: dict[str, int], tmp_path: Path
) -> None:
    tao = Tao(begin("tao"))
    where = "GET *" if kind == "expire-token" else UPLOAD
    tao.fault(kind, where, times=1, **more)

    async def work() -> None:
        async with watched(tao) as one:
            [id] = one.submit(groups(tmp_path / "groups.csv", 5))
            await one.all_final()
            assert one.engine.uploads[id].phase is Phase.DONE

    run(work)
    assert len(tao.books.imports) == 1


def test_a_server_that_fails_for_a_while_fails_no_import(begin: Begin, tmp_path: Path) -> None:
    tao = Tao(begin("tao"))
    tao.fault("server-error", "GET */status/*", times=3, status=500)
    tao.fault("nonsense", "GET */download/*", times=1)

    async def work() -> None:
        async with watched(tao) as one:
            [id] = one.submit(groups(tmp_path / "groups.csv", 5))
            await one.all_final()
            assert one.engine.uploads[id].phase is Phase.DONE

    run(work)


def test_nothing_that_is_told_holds_a_password(begin: Begin, tmp_path: Path) -> None:
    tao = Tao(begin("tao"))
    path = table(
        tmp_path / "users.csv",
        ("user_username", "user_name", "user_password"),
        [("ann", "Ann", "harbour"), ("ben", "Ben", "Tide&Rope-9!")],
    )

    async def work() -> None:
        async with watched(tao) as one:
            [id] = one.submit(path)
            await one.all_final()
            upload = one.engine.uploads[id]
            assert upload.result is not None
            assert upload.result.failed == 1
            told = "".join(map(repr, one.told))
            for secret in ("harbour", "Tide&Rope-9!", tao.served.secret, "http://127.0.0.1"):
                assert secret not in told
            tickets = [dict(up.ticket.data) for up in one.told if up.ticket is not None]
            assert tickets
            json.dumps(tickets)

    run(work)
