"""Scans to SSC: both ways, and never twice, whatever becomes of the answer."""

from __future__ import annotations

import asyncio
import json
import random
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.problems import (
    Busy,
    ConnectionProblem,
    Problem,
    Refused,
    ServerFault,
    TokenRefused,
    Uncertain,
)
from app.core.uploads import Ticket
from app.servers.api import Verdict
from app.servers.ssc.server import SscServer
from app.servers.ssc.tickets import Attempt, Delivery, JobRef
from tests.servers.delivery import Bytes, Kept, run, source, through_json
from tests.servers.families import digest
from tests.servers.fprs import archive, fpr, third_party
from tests.servers.ssc_ground import OLD_UPLOAD, SHOP, SHOP_ID, UPLOAD, Ssc, start, uploaded

__all__ = ["start"]

Start = Callable[..., Ssc]
WAYS = {"rest": UPLOAD, "token": OLD_UPLOAD}


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    return fpr(tmp_path / "shop-1.0.fpr")


async def opened(server: SscServer, path: Path, **options: str) -> Ticket:
    opening = await server.open("k", [source(path)], {**SHOP, **options})
    return through_json(opening.tickets[0])


def large(folder: Path) -> Path:
    """A scan that no socket holds at once."""
    filler = random.Random(5).randbytes(6_000_000)
    return archive(folder / "large.fpr", {"audit.fvdl": "<FVDL/>", "src-archive/0": filler})


def test_the_newer_way_needs_one_small_question_and_one_request(start: Start, scan: Path) -> None:
    ssc = start()

    async def work() -> str:
        async with ssc.connected() as server:
            before = len(ssc.books.requests)
            ref = await uploaded(server, scan, version_id=str(SHOP_ID))
            asked = ssc.calls()[before:]
            assert asked == [
                f"GET /api/v1/projectVersions/{SHOP_ID}",
                f"GET /api/v1/projectVersions/{SHOP_ID}/artifacts",
                f"POST /api/v1/projectVersions/{SHOP_ID}/artifacts",
            ]
            return ref

    ref = run(work)
    [artifact] = ssc.artifacts
    assert JobRef.of(ref) == JobRef(SHOP_ID, artifact.id)
    assert artifact.sha256 == digest(scan)
    [seen] = ssc.books.uploads
    assert (seen.way, seen.part_name, seen.engine) == ("rest", "file", None)


def test_the_tutorials_calls_in_the_tutorials_order(start: Start, scan: Path) -> None:
    """A token, a file token, the file with `mat`, the job until it is FINISHED."""
    ssc = start(auth="password")

    async def work() -> None:
        async with ssc.connected() as server:
            ref = await uploaded(server, scan, upload="token")
            assert JobRef.of(ref).job.startswith("JOB_ARTIFACTUPLOAD$")
            while not (job := (await server.status([ref]))[0]).state.ended:
                ref = job.ref
                await asyncio.sleep(0.02)

    run(work)
    wanted = [
        "POST /api/v1/tokens",
        "POST /api/v1/fileTokens",
        "POST /upload/resultFileUpload.html",
    ]
    assert [one for one in ssc.calls() if one in wanted] == wanted
    assert any(one.startswith("GET /api/v1/jobs/JOB_ARTIFACTUPLOAD$") for one in ssc.calls())
    assert [job.state for job in ssc.books.jobs.values()] == ["FINISHED"]
    assert ssc.books.file_token_sweeps == 0


def test_every_file_of_the_older_way_has_a_token_of_its_own(start: Start, tmp_path: Path) -> None:
    ssc = start()

    async def work() -> None:
        async with ssc.connected() as server:
            for number in range(3):
                path = fpr(tmp_path / f"{number}.fpr", number)
                await uploaded(server, path, upload="token")

    run(work)
    assert [one.used for one in ssc.books.file_tokens] == [True] * 3
    assert len(ssc.artifacts) == 3


def test_where_the_newer_way_is_missing_the_older_one_is_taken(
    start: Start, tmp_path: Path
) -> None:
    ssc = start(rest=False)

    async def work() -> None:
        async with ssc.connected() as server:
            for number in range(2):
                await uploaded(server, fpr(tmp_path / f"{number}.fpr", number))

    run(work)
    assert [one.way for one in ssc.books.uploads if one.outcome == "taken"] == ["token"] * 2
    assert len(ssc.asked("POST", f"/projectVersions/{SHOP_ID}/artifacts")) == 1


def test_without_any_way_the_refusal_is_told(start: Start, scan: Path) -> None:
    ssc = start(rest=False, transfer=False)

    async def work() -> None:
        async with ssc.connected() as server:
            with pytest.raises(Refused):
                await uploaded(server, scan)

    run(work)
    assert ssc.artifacts == []


def test_a_missing_right_is_told_before_a_byte_is_sent_in_vain(start: Start, scan: Path) -> None:
    ssc = start(deny=("artifact.upload", "fileToken.create"))

    async def work() -> None:
        async with ssc.connected() as server:
            with pytest.raises(Refused) as caught:
                await uploaded(server, scan)
            assert caught.value.id == "ssc.not-allowed"

    run(work)
    assert ssc.artifacts == []


def test_a_refused_submission_comes_with_status_200(start: Start, scan: Path) -> None:
    ssc = start(xml_code=-20209)

    async def work() -> None:
        async with ssc.connected() as server:
            with pytest.raises(Refused) as caught:
                await uploaded(server, scan, upload="token")
            assert caught.value.id == "ssc.submission-refused"
            assert "-20209" in caught.value.meaning

    run(work)
    assert ssc.artifacts == []


@pytest.mark.parametrize("options", [{"xml_prefix": False}, {"xml_id": False}])
def test_an_answer_without_prefix_or_job_is_enough(
    start: Start, scan: Path, options: dict[str, bool]
) -> None:
    ssc = start(**options)

    async def work() -> None:
        async with ssc.connected() as server:
            ref = await uploaded(server, scan, upload="token")
            while not (job := (await server.status([ref]))[0]).state.ended:
                ref = job.ref
                await asyncio.sleep(0.02)
            assert JobRef.of(job.ref).artifact == ssc.artifacts[0].id

    run(work)
    assert len(ssc.artifacts) == 1


def test_results_of_another_tool_go_with_their_engine(start: Start, tmp_path: Path) -> None:
    ssc = start()
    path = third_party(tmp_path / "sample.zip", info=None)

    async def work() -> None:
        async with ssc.connected() as server:
            for way in WAYS:
                await uploaded(server, path, upload=way, engine="SAMPLE")
            await uploaded(server, path, engine="none")

    run(work)
    assert [one.engine for one in ssc.books.uploads] == ["SAMPLE", "SAMPLE", None]


@pytest.mark.parametrize("way", WAYS)
def test_a_lost_answer_is_found_by_what_was_sent(start: Start, scan: Path, way: str) -> None:
    ssc = start(neighbours=3)
    ssc.fault("lost-reply", WAYS[way])

    async def work() -> None:
        kept = Kept()
        async with ssc.connected() as server:
            ticket = await opened(server, scan, upload=way)
            with pytest.raises(ConnectionProblem):
                await server.send(ticket, Bytes(scan), kept)
        assert kept.ticket is not None
        # Another run of the program knows no more than the ticket.
        async with ssc.connected() as server:
            found = await server.find(kept.ticket)
            assert found.verdict is Verdict.WHOLE
            assert Delivery.of(found.ticket).artifact == mine()

    def mine() -> int:
        [one] = [one for one in ssc.artifacts if one.user == "joan"]
        return int(one.id)

    run(work)


def test_what_never_arrived_is_sent_again(start: Start, tmp_path: Path) -> None:
    ssc = start()
    path = large(tmp_path)
    ssc.fault("cut-body", UPLOAD, after_bytes=100_000, times=1)

    async def work() -> None:
        kept = Kept()
        async with ssc.connected() as server:
            with pytest.raises(ConnectionProblem):
                await server.send(await opened(server, path), Bytes(path), kept)
            assert kept.ticket is not None
            attempt = Delivery.of(kept.ticket).attempt
            assert attempt is not None
            assert not attempt.whole
            found = await server.find(kept.ticket)
            assert found.verdict is Verdict.RESUME
            await server.send(found.ticket, Bytes(path), kept)

    run(work)
    assert [one.sha256 for one in ssc.artifacts] == [digest(path)]


def test_a_file_of_the_same_name_and_size_that_was_there_before_is_not_it(
    start: Start, scan: Path
) -> None:
    ssc = start()

    async def work() -> None:
        kept = Kept()
        async with ssc.connected() as server:
            await uploaded(server, scan)
            await asyncio.sleep(0.3)
            ssc.fault("busy", UPLOAD, status=503)
            with pytest.raises(Busy):
                await server.send(await opened(server, scan), Bytes(scan), kept)
            assert kept.ticket is not None
            found = await server.find(kept.ticket)
            assert found.verdict is Verdict.RESUME

    run(work)
    assert len(ssc.artifacts) == 1


def test_the_answer_that_comes_late_is_found_instead_of_sending_again(
    start: Start, scan: Path
) -> None:
    ssc = start(visible_after=1.0)
    ssc.fault("lost-reply", UPLOAD)

    async def work() -> None:
        kept = Kept()
        async with ssc.connected(scale=0.01) as server:
            with pytest.raises(ConnectionProblem):
                await server.send(await opened(server, scan), Bytes(scan), kept)
            assert kept.ticket is not None
            found = await server.find(kept.ticket)
            assert found.verdict is Verdict.RESUME
            await asyncio.sleep(1.0)
            again = await server.send(found.ticket, Bytes(scan), kept)
            assert Delivery.of(again).artifact == ssc.artifacts[0].id

    run(work)
    assert len(ssc.artifacts) == 1


def test_stopped_while_the_server_stores_the_file_it_is_not_sent_again(
    start: Start, scan: Path
) -> None:
    ssc = start(silent_seconds=0.5)

    async def work() -> None:
        async with ssc.connected() as server:
            ticket = await opened(server, scan)
            sending = asyncio.ensure_future(server.send(ticket, Bytes(scan), Kept()))
            await asyncio.sleep(0.3)
            sending.cancel()
            with pytest.raises(asyncio.CancelledError):
                await sending
            await asyncio.sleep(0.8)
            # The person sends it again: a new opening, and the server turns out to have it.
            anew = await opened(server, scan)
            await server.send(anew, Bytes(scan), Kept())

    run(work)
    assert [one.sha256 for one in ssc.artifacts] == [digest(scan)]


def test_several_that_look_like_it_are_for_the_person_to_tell_apart(
    start: Start, scan: Path
) -> None:
    ssc = start()

    async def work() -> None:
        async with ssc.connected() as server:
            await uploaded(server, scan)
        async with ssc.connected() as server:
            await uploaded(server, scan)
            await asyncio.sleep(0.3)
        async with ssc.connected() as server:
            lost = Delivery(SHOP_ID, scan.name, scan.stat().st_size).tried(
                Attempt(0.0, (), whole=True)
            )
            with pytest.raises(Uncertain) as caught:
                await server.find(lost.ticket)
            assert scan.name in caught.value.title

    run(work)


def test_one_by_somebody_else_is_for_the_person_to_judge(start: Start) -> None:
    ssc = start(neighbours=1)

    async def work() -> None:
        async with ssc.connected() as server:
            [one] = ssc.artifacts
            lost = Delivery(one.version_id, one.name, one.size).tried(Attempt(0.0, (), whole=True))
            with pytest.raises(Uncertain) as caught:
                await server.find(lost.ticket)
            assert one.user in caught.value.meaning

    run(work)


def test_without_the_right_to_look_nobody_can_tell(start: Start, scan: Path) -> None:
    ssc = start(token_type="AnalysisUploadToken")
    ssc.fault("lost-reply", UPLOAD)
    ssc.fault("lost-reply", OLD_UPLOAD)

    async def work() -> None:
        kept = Kept()
        async with ssc.connected() as server:
            with pytest.raises(ConnectionProblem):
                await server.send(await opened(server, scan), Bytes(scan), kept)
            assert kept.ticket is not None
            with pytest.raises(Uncertain):
                await server.find(kept.ticket)

    run(work)


def test_a_token_refused_early_is_not_taken_for_a_broken_network(
    start: Start, tmp_path: Path
) -> None:
    ssc = start()
    path = large(tmp_path)

    async def work() -> None:
        async with ssc.connected() as server:
            ticket = await opened(server, path)
            ssc.fault("expire-token", "GET */artifacts", times=1)
            with pytest.raises(TokenRefused):
                await server.send(ticket, Bytes(path), Kept())

    run(work)
    assert ssc.artifacts == []


def test_a_proxys_size_limit_is_named(start: Start, tmp_path: Path) -> None:
    ssc = start(body_limit=1_000_000)
    path = large(tmp_path)

    async def work() -> None:
        async with ssc.connected() as server:
            with pytest.raises(Problem) as caught:
                await server.send(await opened(server, path), Bytes(path), Kept())
            assert caught.value.id == "ssc.size-limit"

    run(work)


def test_an_error_of_the_server_is_looked_into_before_the_next_try(
    start: Start, scan: Path
) -> None:
    ssc = start()
    ssc.fault("server-error", UPLOAD, status=500)

    async def work() -> None:
        kept = Kept()
        async with ssc.connected() as server:
            with pytest.raises(ServerFault):
                await server.send(await opened(server, scan), Bytes(scan), kept)
            assert kept.ticket is not None
            found = await server.find(kept.ticket)
            assert found.verdict is Verdict.RESUME
            await server.send(found.ticket, Bytes(scan), kept)

    run(work)
    assert len(ssc.artifacts) == 1


def test_a_portals_page_instead_of_the_answer_is_no_success(start: Start, scan: Path) -> None:
    ssc = start()
    for pattern in (UPLOAD, OLD_UPLOAD):
        ssc.fault("nonsense", pattern)

    async def work() -> None:
        async with ssc.connected() as server:
            for way in WAYS:
                kept = Kept()
                with pytest.raises(ServerFault):
                    await server.send(await opened(server, scan, upload=way), Bytes(scan), kept)
                assert kept.ticket is not None
                found = await server.find(kept.ticket)
                assert found.verdict is Verdict.RESUME

    run(work)
    assert ssc.artifacts == []


def test_files_that_look_the_same_take_turns(start: Start, tmp_path: Path) -> None:
    ssc = start(silent_seconds=0.1)
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    paths = [fpr(tmp_path / name / "shop.fpr", n) for n, name in enumerate("ab")]

    async def work() -> None:
        async with ssc.connected() as server:
            tickets = [await opened(server, path) for path in paths]
            sent = await asyncio.gather(
                *(
                    server.send(ticket, Bytes(path), Kept())
                    for ticket, path in zip(tickets, paths, strict=True)
                )
            )
            assert len({Delivery.of(one).artifact for one in sent}) == 2

    run(work)
    assert ssc.books.uploads_at_once == 1
    assert {one.sha256 for one in ssc.artifacts} == {digest(path) for path in paths}


@pytest.mark.parametrize("name", ["Über größe №1.fpr", 'say "hi".fpr', "100% & more;.fpr"])
def test_names_are_found_again_whatever_is_in_them(start: Start, tmp_path: Path, name: str) -> None:
    ssc = start()
    path = fpr(tmp_path / name)
    ssc.fault("lost-reply", UPLOAD)

    async def work() -> None:
        kept = Kept()
        async with ssc.connected() as server:
            with pytest.raises(ConnectionProblem):
                await server.send(await opened(server, path), Bytes(path), kept)
            assert kept.ticket is not None
            assert (await server.find(kept.ticket)).verdict is Verdict.WHOLE

    run(work)


def test_no_ticket_holds_a_token(start: Start, scan: Path) -> None:
    ssc = start(auth="password")

    async def work() -> None:
        kept: list[str] = []
        async with ssc.connected() as server:
            ticket = await opened(server, scan, upload="token")
            kept.append(json.dumps(dict(ticket.data)))
            sent = await server.send(
                ticket, Bytes(scan), lambda one: kept.append(json.dumps(dict(one.data)))
            )
            kept.append(json.dumps(dict(sent.data)))
        assert "mat" not in json.loads(kept[-1])
        assert not any("FortifyToken" in one or "Basic" in one for one in kept)

    run(work)


ANSWERS: dict[int, tuple[type[Problem], str] | None] = {
    # The older way is taken where the newer one is not there or not allowed.
    403: None,
    404: None,
    405: None,
    400: (Refused, "ssc.refused"),
    409: (Refused, "ssc.refused"),
    413: (Refused, "ssc.size-limit"),
    429: (Busy, "busy"),
    500: (ServerFault, ""),
    502: (ServerFault, "server.fault"),
    503: (Busy, "busy"),
    504: (ServerFault, "server.fault"),
}


@pytest.mark.parametrize("status", ANSWERS)
def test_every_answer_to_an_upload(start: Start, scan: Path, status: int) -> None:
    ssc = start()
    ssc.fault("server-error", UPLOAD, status=status)
    wanted = ANSWERS[status]

    async def work() -> None:
        kept = Kept()
        async with ssc.connected(scale=0.01) as server:
            ticket = await opened(server, scan)
            if wanted is None:
                await server.send(ticket, Bytes(scan), kept)
                assert [one.way for one in ssc.books.uploads] == ["token"]
                return
            kind, id = wanted
            with pytest.raises(kind) as caught:
                await server.send(ticket, Bytes(scan), kept)
            assert caught.value.id.startswith(id)
            if kind is not Refused:
                assert kept.ticket is not None
                assert (await server.find(kept.ticket)).verdict is Verdict.RESUME

    run(work)
    assert len(ssc.artifacts) == (1 if wanted is None else 0)
