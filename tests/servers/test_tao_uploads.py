"""One rostering file on its way to TAO, and what is said when it is not clear that it arrived."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from app.core.problems import (
    Busy,
    ConnectionProblem,
    Problem,
    Refused,
    ServerFault,
    Uncertain,
    Unreachable,
)
from app.servers.api import Verdict
from app.servers.tao.server import TaoServer
from tests.servers.conftest import Begin
from tests.servers.delivery import Bytes, Kept, ended, run, source, through_json
from tests.servers.families import digest
from tests.servers.rosters import groups, users
from tests.servers.tao_ground import UPLOAD, Tao, imported


@pytest.mark.parametrize("paths", ["advance", "advance-short", "custom"])
@pytest.mark.parametrize("prefix", ["", "/tenant-a"])
def test_a_file_arrives_as_the_guide_shows_it(
    begin: Begin, paths: str, prefix: str, tmp_path: Path
) -> None:
    tao = Tao(begin("tao", paths=paths, prefix=prefix))
    path = users(tmp_path / "Schüler & Co.csv", 5)

    async def work() -> None:
        async with tao.connected() as server:
            await imported(server, path)

    run(work)
    [seen] = tao.books.uploads
    assert (seen.part, seen.name, seen.part_type) == ("file", "Schuler_Co.csv", "text/csv")
    assert seen.sha256 == digest(path)
    assert tao.books.leaks == []


@pytest.mark.parametrize("token_paths", ["advance", "advance-short"])
@pytest.mark.parametrize("paths", ["advance", "advance-short"])
@pytest.mark.parametrize("unknown", ["page", "empty", "json"])
def test_the_paths_are_found_before_the_file_is_sent(
    begin: Begin, paths: str, token_paths: str, unknown: str, tmp_path: Path
) -> None:
    tao = Tao(begin("tao", paths=paths, token_paths=token_paths, unknown_path=unknown))
    path = groups(tmp_path / "groups.csv", 3)

    async def work() -> None:
        for chosen in ("advance", "advance-short"):
            async with tao.connected(paths=chosen) as server:
                ref = await imported(server, path)
                [job] = await ended(server, ref)
                assert job.state == "done"

    run(work)
    assert [one.outcome for one in tao.books.uploads] == ["taken", "taken"]
    assert {one.status for one in tao.books.requests if one.method == "POST"} <= {200, 404, 405}


def test_no_path_leads_there(begin: Begin, tmp_path: Path) -> None:
    tao = Tao(begin("tao", paths="custom", token_paths="advance"))
    path = groups(tmp_path / "groups.csv", 3)

    async def work() -> None:
        async with tao.connected(paths="advance") as server:
            with pytest.raises(Refused) as caught:
                await imported(server, path)
            assert caught.value.id == "tao.wrong-paths"
            assert "/api/v1/status/" in caught.value.meaning

    run(work)
    assert tao.books.uploads == []


@pytest.mark.parametrize("shape", ["wrapped", "flat", "data", "wrapped-snake", "snake"])
@pytest.mark.parametrize("status", [200, 201, 202])
@pytest.mark.parametrize("reference", ["uuid", "number"])
def test_every_answer_to_an_upload_gives_the_reference(
    begin: Begin, shape: str, status: int, reference: str, tmp_path: Path
) -> None:
    tao = Tao(begin("tao", reply=shape, upload_status=status, reference=reference))
    path = groups(tmp_path / "groups.csv", 2)

    async def work() -> None:
        async with tao.connected() as server:
            opening = await server.open("k", [source(path)], {})
            kept = Kept()
            ticket = await server.send(opening.tickets[0], Bytes(path), kept)
            assert kept.ticket == through_json(ticket)
            assert ticket.data["reference"] in tao.books.imports

    run(work)


def test_an_answer_without_reference_is_for_the_person(begin: Begin, tmp_path: Path) -> None:
    tao = Tao(begin("tao", reply="none"))
    path = groups(tmp_path / "groups.csv", 2)

    async def work() -> None:
        async with tao.connected() as server:
            ticket, problem = await refused(server, path)
            assert isinstance(problem, Uncertain)
            assert problem.id == "tao.no-reference"
            assert problem.server_words
            await unsure(server, ticket)

    run(work)
    assert len(tao.books.imports) == 1


async def refused(server: TaoServer, path: Path) -> tuple[Any, Problem]:
    """The ticket as it was kept, and the problem that sending ended with."""
    opening = await server.open("k", [source(path)], {})
    kept = Kept()
    with pytest.raises(Problem) as caught:
        await server.send(opening.tickets[0], Bytes(path), kept)
    assert kept.ticket is not None
    return kept.ticket, caught.value


async def unsure(server: TaoServer, ticket: Any) -> None:
    """Nobody can tell, however often one asks, and nothing is sent again by itself."""
    for _ in range(2):
        with pytest.raises(Uncertain) as caught:
            await server.find(ticket)
        assert caught.value.id == "tao.may-have"
        assert "“groups.csv”" in caught.value.title


@pytest.mark.parametrize(
    ("kind", "more", "raised"),
    [
        ("lost-reply", {}, ConnectionProblem),
        ("cut-body", {"after_bytes": 100}, ConnectionProblem),
        ("server-error", {"status": 500}, ServerFault),
        ("server-error", {"status": 502}, ServerFault),
        ("server-error", {"status": 504}, ServerFault),
    ],
)
def test_what_may_have_been_processed_is_not_repeated(
    begin: Begin, kind: str, more: dict[str, Any], raised: type[Problem], tmp_path: Path
) -> None:
    tao = Tao(begin("tao"))
    path = groups(tmp_path / "groups.csv", 500)
    tao.fault(kind, UPLOAD, times=1, **more)

    async def work() -> None:
        async with tao.connected() as server:
            ticket, problem = await refused(server, path)
            assert type(problem) is raised
            await unsure(server, ticket)
            with pytest.raises(Uncertain):
                await server.send(ticket, Bytes(path), Kept())

    run(work)
    assert len(tao.asked("POST", "/upload/api/v1/upload")) == 1


@pytest.mark.parametrize(("status", "raised"), [(503, Busy), (429, Busy), (507, ServerFault)])
def test_what_was_certainly_not_taken_may_be_sent_again(
    begin: Begin, status: int, raised: type[Problem], tmp_path: Path
) -> None:
    tao = Tao(begin("tao"))
    path = groups(tmp_path / "groups.csv", 20)
    kind = "busy" if status == 429 else "server-error"
    tao.fault(kind, UPLOAD, times=1, status=status)

    async def work() -> None:
        async with tao.connected() as server:
            ticket, problem = await refused(server, path)
            assert type(problem) is raised
            found = await server.find(ticket)
            assert found.verdict is Verdict.RESUME
            await server.send(found.ticket, Bytes(path), Kept())

    run(work)
    assert len(tao.books.imports) == 1


def test_a_server_that_cannot_be_reached_has_nothing(begin: Begin, tmp_path: Path) -> None:
    path = groups(tmp_path / "groups.csv", 2)

    async def work() -> None:
        box = begin("tao")
        tao = Tao(box)
        async with tao.connected() as server:
            opening = await server.open("k", [source(path)], {})
            box.__exit__(None, None, None)
            kept = Kept()
            with pytest.raises(Unreachable):
                for _ in range(2):
                    await server.send(opening.tickets[0], Bytes(path), kept)
            assert (await server.find(kept.ticket or opening.tickets[0])).verdict is Verdict.RESUME

    run(work)


@pytest.mark.parametrize("form", ["seconds", "date", "epoch"])
def test_a_busy_server_says_when(begin: Begin, form: str, tmp_path: Path) -> None:
    tao = Tao(begin("tao", busy_uploads=1, retry_after=form))
    path = groups(tmp_path / "groups.csv", 2)

    async def work() -> None:
        async with tao.connected() as server:
            _, problem = await refused(server, path)
            assert isinstance(problem, Busy)
            assert problem.after is not None
            assert 0 <= problem.after <= 60

    run(work)


@pytest.mark.parametrize(
    ("options", "id"),
    [
        ({"body_limit": 1500}, "refused.too-large"),
        ({"size_limit": 200}, "tao.file-refused"),
        ({"record_limit": 5}, "tao.file-refused"),
        ({"size_limit": 200, "error_shape": "error"}, "tao.file-refused"),
        ({"size_limit": 200, "error_shape": "problem"}, "tao.file-refused"),
    ],
)
def test_a_refused_file_comes_with_the_servers_reason(
    begin: Begin, options: dict[str, Any], id: str, tmp_path: Path
) -> None:
    tao = Tao(begin("tao", **options))
    path = groups(tmp_path / "groups.csv", 200)

    async def work() -> None:
        async with tao.connected() as server:
            _, problem = await refused(server, path)
            assert isinstance(problem, Refused)
            assert problem.id == id
            assert "{" not in problem.meaning
            assert problem.exchange is not None

    run(work)
    assert tao.books.imports == {}
