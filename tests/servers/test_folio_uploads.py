"""Bytes on their way to FOLIO: never twice for one file, and part by part to the storage."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.catalogue import FILE_MISSING
from app.core.problems import ConnectionProblem, FileProblem, Problem, Refused, ServerFault
from app.core.uploads import Source, Ticket
from app.servers.api import Verdict
from app.servers.folio import parts
from app.servers.folio.batches import batches
from app.servers.folio.parts import MIB, part_size
from app.servers.folio.tickets import JobRef, Place, Stored
from app.servers.folio.wire import definitions
from tests.servers.conftest import Begin
from tests.servers.delivery import Bytes, Kept, run, source, through_json
from tests.servers.families import digest
from tests.servers.folio_ground import OPTIONS, Folio
from tests.servers.marc import marc

PARTS = 12


@pytest.fixture
def raw(begin: Begin) -> Folio:
    return Folio(begin("folio", split=False, visible_after=0.05))


@pytest.fixture
def split(begin: Begin) -> Folio:
    return Folio(begin("folio", split=True, visible_after=0.05, min_part=MIB))


@pytest.fixture
def small(tmp_path: Path) -> Path:
    path = tmp_path / "small.mrc"
    path.write_bytes(b"".join(marc(f"Title {n}", n) for n in range(20)))
    return path


@pytest.fixture
def large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A file of `PARTS` parts, which are smaller than real ones."""
    monkeypatch.setattr(parts, "USUAL_PART", MIB)
    monkeypatch.setattr(parts, "SMALLEST_PART", MIB)
    path = tmp_path / "large.mrc"
    record = marc("Long", padding=60_000)
    path.write_bytes(record * ((PARTS * MIB - MIB // 2) // len(record)))
    return path


def test_the_definition_is_made_of_bare_names_kilobytes_and_own_keys(
    raw: Folio, tmp_path: Path
) -> None:
    path = tmp_path / "Ungewöhnlich & 'so'.XML"
    path.write_bytes(b"<collection/>" * 300)

    async def work() -> None:
        async with raw.connected() as server:
            await server.open("k9", [source(path)], OPTIONS)

    run(work)
    [definition] = raw.books.definitions.values()
    [file] = definition["fileDefinitions"]
    assert file["name"] == "Ungewöhnlich & 'so'.xml"
    assert (file["size"], file["uiKey"]) == (4, "longshore:k9:0")


def test_a_raw_file_that_lost_its_reply_is_whole(raw: Folio, small: Path) -> None:
    async def work() -> None:
        async with raw.connected() as server:
            opening = await server.open("k", [source(small)], OPTIONS)
            raw.fault("lost-reply", "POST */files/*", times=1)
            with pytest.raises(ConnectionProblem):
                await server.send(opening.tickets[0], Bytes(small), Kept())
            found = await server.find(opening.tickets[0])
            assert found.verdict is Verdict.WHOLE

    run(work)
    [file] = raw.books.files
    assert (file.appends, file.sha256) == (1, digest(small))


def test_a_broken_raw_file_is_spoilt(raw: Folio, small: Path) -> None:
    async def work() -> None:
        async with raw.connected() as server:
            opening = await server.open("k", [source(small)], OPTIONS)
            raw.fault("cut-body", "POST */files/*", after_bytes=100, times=1)
            with pytest.raises(Problem):
                await server.send(opening.tickets[0], Bytes(small), Kept())
            assert (await server.find(opening.tickets[0])).verdict is Verdict.SPOILT

    run(work)


def test_a_raw_file_of_which_nothing_came_may_be_sent(raw: Folio, small: Path) -> None:
    async def work() -> None:
        async with raw.connected() as server:
            opening = await server.open("k", [source(small)], OPTIONS)
            raw.fault("server-error", "POST */files/*", times=1, status=502)
            with pytest.raises(ServerFault):
                await server.send(opening.tickets[0], Bytes(small), Kept())
            found = await server.find(opening.tickets[0])
            assert found.verdict is Verdict.RESUME
            await server.send(found.ticket, Bytes(small), Kept())

    run(work)
    [file] = raw.books.files
    assert (file.appends, file.sha256) == (1, digest(small))


def test_a_deleted_definition_is_of_no_use(raw: Folio, small: Path) -> None:
    async def work() -> None:
        async with raw.connected() as server:
            opening = await server.open("k", [source(small)], OPTIONS)
            await server.discard(opening.tickets[0])
            assert (await server.find(opening.tickets[0])).verdict is Verdict.SPOILT
            with pytest.raises(Refused) as caught:
                await server.start(opening, opening.tickets, OPTIONS)
            assert caught.value.id == "folio.definition-gone"

    run(work)


def test_a_raw_draft_older_than_the_cleaner_is_not_trusted(
    raw: Folio, small: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(definitions, "KEPT_SECONDS", 0.2)

    async def work() -> None:
        async with raw.connected() as server:
            opening = await server.open("k", [source(small)], OPTIONS)
            await server.send(opening.tickets[0], Bytes(small), Kept())
            # The server's Date counts whole seconds, and may be a second late.
            await asyncio.sleep(2.5)
            assert (await server.find(opening.tickets[0])).verdict is Verdict.SPOILT
            with pytest.raises(Refused) as caught:
                await server.start(opening, opening.tickets, OPTIONS)
            assert caught.value.id == "folio.draft-old"

    run(work)
    assert raw.books.process_calls.get(raw.books.files[0].definition_id) == 0


def test_a_size_the_proxy_refuses_is_explained(begin: Begin, small: Path) -> None:
    folio = Folio(begin("folio", split=False, body_limit=500))

    async def work() -> None:
        async with folio.connected() as server:
            opening = await server.open("k", [source(small)], OPTIONS)
            with pytest.raises(Refused) as caught:
                await server.send(opening.tickets[0], Bytes(small), Kept())
            assert caught.value.id == "folio.proxy-limit"

    run(work)


def test_parts_go_at_once_and_carry_nothing_of_the_sign_in(split: Folio, large: Path) -> None:
    kept = Kept()

    async def work() -> None:
        async with split.connected() as server:
            opening = await server.open("k", [source(large)], OPTIONS)
            body = Bytes(large)
            ticket = await server.send(opening.tickets[0], body, kept)
            assert body.sent == body.size
            assert through_json(ticket) == kept.ticket

    run(work)
    [stored] = split.books.objects.values()
    assert stored.sha256 in ("", digest(large))
    assert stored.size == large.stat().st_size
    assert (stored.parts, stored.puts) == (PARTS, PARTS)
    assert 2 <= stored.most_at_once <= 4
    assert split.books.leaks == []


def test_a_failed_part_is_sent_again_and_nothing_else(split: Folio, large: Path) -> None:
    async def work() -> None:
        async with split.connected() as server:
            opening = await server.open("k", [source(large)], OPTIONS)
            split.fault("cut-body", "PUT *", after_bytes=200_000, times=1)
            split.fault("busy", "PUT *", times=1)
            body = Bytes(large)
            await server.send(opening.tickets[0], body, Kept())
            assert body.sent == body.size

    run(work)
    [stored] = split.books.objects.values()
    assert (stored.parts, stored.puts, stored.size) == (PARTS, PARTS, large.stat().st_size)
    assert split.asked("POST", "assembleStorageFile") == [204]


def test_a_kept_ticket_goes_on_by_part_in_a_new_connection(split: Folio, large: Path) -> None:
    kept = Kept()
    run(lambda: _two_parts(split, large, kept))
    split.box.faults.clear()
    assert kept.ticket is not None
    stored = Place.of(kept.ticket).stored
    assert stored is not None
    have = len(stored.tags)
    puts = split.books.unfinished_uploads[stored.key]
    assert len(puts) == have

    async def second() -> None:
        async with split.connected() as server:
            assert kept.ticket is not None
            found = await server.find(kept.ticket)
            assert found.verdict is Verdict.RESUME
            assert found.ticket.resumes
            body = Bytes(large)
            await server.send(found.ticket, body, kept)
            assert body.sent == body.size

    run(second)
    [one] = split.books.objects.values()
    assert (one.parts, one.puts, one.size) == (PARTS, PARTS, large.stat().st_size)


async def _two_parts(split: Folio, large: Path, kept: Kept) -> None:
    """Sends until two parts are stored, then the line to the storage goes dead."""

    def keep(ticket: Ticket) -> None:
        kept(ticket)
        stored = Place.of(ticket).stored
        if stored is not None and len(stored.tags) == 2:
            split.fault("cut-body", "PUT *", after_bytes=100, times=0)

    async with split.connected() as server:
        opening = await server.open("k", [source(large)], OPTIONS)
        with pytest.raises(ConnectionProblem) as caught:
            await server.send(opening.tickets[0], Bytes(large), keep)
        assert caught.value.id == "folio.storage-unreachable"
        assert "127.0.0.1" in caught.value.meaning


def test_an_upload_that_storage_forgot_is_begun_anew(split: Folio, small: Path) -> None:
    async def work() -> None:
        async with split.connected() as server:
            opening = await server.open("k", [source(small)], OPTIONS)
            place = Place.of(opening.tickets[0])
            gone = Stored("data-import/diku_split/1-small.mrc", "2~gone", 30 * MIB)
            body = Bytes(small)
            await server.send(replace(place, stored=gone).ticket, body, Kept())
            assert body.sent == body.size

    run(work)
    [stored] = split.books.objects.values()
    assert stored.sha256 == digest(small)


def test_parts_are_put_together_once(split: Folio, small: Path) -> None:
    kept = Kept()

    async def work() -> None:
        async with split.connected() as server:
            opening = await server.open("k", [source(small)], OPTIONS)
            split.fault("lost-reply", "POST */assembleStorageFile", times=1)
            with pytest.raises(ConnectionProblem):
                await server.send(opening.tickets[0], Bytes(small), kept)
            assert kept.ticket is not None
            assert (await server.find(kept.ticket)).verdict is Verdict.WHOLE
            # Also when nobody asked: the definition is looked at first.
            await server.send(kept.ticket, Bytes(small), kept)

    run(work)
    assert len(split.asked("POST", "assembleStorageFile")) == 1
    [file] = split.books.files
    assert file.status == "UPLOADED"


def test_an_assembly_that_failed_is_asked_for_again(split: Folio, small: Path) -> None:
    kept = Kept()

    async def work() -> None:
        async with split.connected() as server:
            opening = await server.open("k", [source(small)], OPTIONS)
            split.fault("server-error", "POST */assembleStorageFile", times=1)
            with pytest.raises(Problem):
                await server.send(opening.tickets[0], Bytes(small), kept)
            assert kept.ticket is not None
            found = await server.find(kept.ticket)
            assert found.verdict is Verdict.RESUME
            body = Bytes(small)
            await server.send(found.ticket, body, kept)
            assert body.sent == body.size

    run(work)
    [stored] = split.books.objects.values()
    assert (stored.puts, stored.sha256) == (1, digest(small))


def test_a_storage_that_cannot_be_reached_has_its_own_words(split: Folio, small: Path) -> None:
    async def work() -> None:
        async with split.connected() as server:
            opening = await server.open("k", [source(small)], OPTIONS)
            split.fault("cut-body", "PUT *", after_bytes=1, times=0)
            with pytest.raises(ConnectionProblem) as caught:
                await server.send(opening.tickets[0], Bytes(small), Kept())
            assert caught.value.id == "folio.storage-unreachable"

    run(work)
    assert len([status for status in split.asked("PUT", ".mrc") if status == 0]) == 3


def test_a_file_that_vanishes_ends_at_once(split: Folio, large: Path) -> None:
    class Vanishing(Bytes):
        def part(self, offset: int, length: int) -> Bytes:
            if offset:
                raise FileProblem(FILE_MISSING, {"name": "large.mrc"})
            return super().part(offset, length)

    async def work() -> None:
        async with split.connected() as server:
            opening = await server.open("k", [source(large)], OPTIONS)
            with pytest.raises(FileProblem):
                await server.send(opening.tickets[0], Vanishing(large), Kept())

    run(work)


def test_an_expired_address_is_renewed(begin: Begin, small: Path) -> None:
    folio = Folio(begin("folio", split=True, url_seconds=0))

    async def work() -> None:
        async with folio.connected() as server:
            opening = await server.open("k", [source(small)], OPTIONS)
            with pytest.raises(Refused) as caught:
                await server.send(opening.tickets[0], Bytes(small), Kept())
            assert caught.value.id == "folio.storage-refused"

    run(work)
    assert len(folio.asked("GET", "/uploadUrl/subsequent")) == 2


@pytest.mark.parametrize(
    ("size", "rate", "part"),
    [
        (1, None, 30 * MIB),
        (10**12, None, 96 * MIB),
        (10**9, 10**9, 30 * MIB),
        (10**9, 20_000, 5 * MIB),
        (10**9, 100_000, 11 * MIB),
    ],
)
def test_part_sizes(size: int, rate: float | None, part: int) -> None:
    assert part_size(size, rate) == part
    assert -(-size // part) <= parts.MOST_PARTS


def test_a_place_survives_json() -> None:
    place = Place("d", "f", "j", "a.mrc", True, Stored("k/1-a.mrc", "u", 7, {1: '"x"'}), True)
    assert Place.of(through_json(place.ticket)) == place
    for ref in (
        JobRef("raw", "j", "d"),
        JobRef("split", "j", "d", "k/1-a:b.mrc"),
        JobRef("job", "j"),
    ):
        assert JobRef.of(str(ref)) == ref


def test_equal_names_and_other_data_types_go_apart() -> None:
    names = ["a/x.mrc", "b/x.mrc", "y.edi", "z.XML", "c/z.xml", *(f"{n}.mrc" for n in range(120))]
    made = batches([Source(f"/{name}", 1, 0) for name in names])
    assert sorted(index for one in made for index in one) == list(range(len(names)))
    assert max(map(len, made)) == 100
    for one in made:
        sent = [names[index].rpartition("/")[2].casefold() for index in one]
        assert len(set(sent)) == len(sent)
        assert len({name.endswith(".edi") for name in sent}) == 1


def test_only_one_raw_file_is_sent_at_a_time(raw: Folio, split: Folio, small: Path) -> None:
    async def at_once(folio: Folio) -> int | None:
        async with folio.connected() as server:
            return (await server.open("k", [source(small)], OPTIONS)).at_once

    assert run(lambda: at_once(raw)) == 1
    assert run(lambda: at_once(split)) is None


def test_a_server_from_before_splitting_takes_raw_files(begin: Begin, small: Path) -> None:
    folio = Folio(begin("folio", split=False, split_status=False))

    async def work() -> None:
        async with folio.connected() as server:
            opening = await server.open("k", [source(small)], OPTIONS)
            assert opening.data["split"] is False

    run(work)
