"""Where a scan goes: applications and versions by name, number and search; what is said before."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.drafts import Level
from app.core.problems import Refused
from tests.servers.delivery import run, source
from tests.servers.fprs import FVDL, archive, fpr, scan_id, third_party
from tests.servers.ssc_ground import SHOP, SHOP_ID, Ssc, start, uploaded

__all__ = ["start"]

Start = Callable[..., Ssc]


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    return fpr(tmp_path / "shop-1.0.fpr")


def test_more_applications_than_a_page_are_all_offered(start: Start) -> None:
    ssc = start(versions=470)

    async def work() -> None:
        async with ssc.connected() as server:
            offered = await server.choices("application", {})
            assert len(offered) == len({name for name, _ in ssc.books.versions.values()})
            assert len(ssc.asked("GET", "/api/v1/projects")) == 3
            labels = [choice.label.casefold() for choice in offered]
            assert labels == sorted(labels)

    run(work)


def test_the_server_searches_as_one_types(start: Start) -> None:
    ssc = start(versions=470)

    async def work() -> None:
        async with ssc.connected() as server:
            before = len(ssc.calls())
            found = await server.choices("application", {}, "service 40")
            assert len(found) == 10
            assert len(ssc.calls()) == before + 1

    run(work)


@pytest.mark.parametrize(
    "search", ["Rückgabe, intern", "SEARCH & r", '"', "*", "\\", 'x"y', "  shop  "]
)
def test_a_search_may_hold_any_sign(start: Start, search: str) -> None:
    ssc = start()

    async def work() -> None:
        async with ssc.connected() as server:
            found = await server.choices("application", {}, search)
            assert all(search.strip().casefold() in one.label.casefold() for one in found)
            assert bool(found) == ((search[0].isalpha() and search != 'x"y') or "shop" in search)

    run(work)


def test_versions_of_an_application_by_its_name_or_number(start: Start) -> None:
    ssc = start()

    async def work() -> None:
        async with ssc.connected() as server:
            [shop] = await server.choices("application", {}, "Shop")
            for application in ("Shop", shop.value):
                found = await server.choices("version", {"application": application})
                # The inactive one is not offered.
                assert [one.label for one in found] == ["1.0", "1.1"]
            [one] = await server.choices("version", {"application": "Shop"}, str(SHOP_ID))
            assert one.label == "1.0"
            with pytest.raises(Refused) as caught:
                await server.choices("version", {"application": "Nobody's"})
            assert caught.value.id == "ssc.no-application"

    run(work)


@pytest.mark.parametrize(
    "options",
    [
        {"version_id": "10042"},
        {"application": "Shop", "version": "1.0"},
        {"application": "Shop", "version": "10042"},
        {"application": "1", "version": "10042"},
        {"application": "1", "version": "1.0"},
        {"version": "10042"},
        {"application": "Search & Rückgabe, intern", "version": "1.0"},
    ],
)
def test_a_version_is_found_by_name_and_number(
    start: Start, scan: Path, options: dict[str, str]
) -> None:
    ssc = start()

    async def work() -> None:
        async with ssc.connected() as server:
            opening = await server.open("k", [source(scan)], options)
            name, version = ssc.books.versions[opening.data["version"]]
            assert version == "1.0"
            assert name == ("Shop" if "10042" in options.values() else name)

    run(work)


@pytest.mark.parametrize(
    ("options", "id"),
    [
        ({"version_id": "99"}, "ssc.no-version"),
        ({"version_id": "shop"}, "ssc.no-version"),
        ({"application": "Shop", "version": "7"}, "ssc.no-version"),
        ({"application": "Shop", "version": "1"}, "ssc.no-version"),
        ({"application": "Payments", "version": "10042"}, "ssc.no-version"),
        ({"application": "Nobody's", "version": "1.0"}, "ssc.no-application"),
        ({}, "ssc.no-version"),
    ],
)
def test_what_is_not_there_is_said_before_sending(
    start: Start, scan: Path, options: dict[str, str], id: str
) -> None:
    ssc = start()

    async def work() -> None:
        async with ssc.connected() as server:
            [[finding]] = await server.check([source(scan)], options)
            assert (finding.id, finding.level) == (id, Level.ERROR)
            with pytest.raises(Refused) as caught:
                await server.open("k", [source(scan)], options)
            assert caught.value.id == id

    run(work)


@pytest.mark.parametrize("token_type", ["CIToken", "AnalysisUploadToken"])
def test_a_version_by_number_needs_no_more_than_the_list(
    start: Start, scan: Path, token_type: str
) -> None:
    ssc = start(token_type=token_type)

    async def work() -> None:
        async with ssc.connected() as server:
            await server.check([source(scan)], {"version_id": str(SHOP_ID)})
            opening = await server.open("k", [source(scan)], {"version_id": str(SHOP_ID)})
            assert opening.data == {"version": SHOP_ID}

    run(work)


def test_engines_are_those_of_the_server(start: Start) -> None:
    ssc = start()

    async def work() -> None:
        async with ssc.connected() as server:
            offered = [one.value for one in await server.choices("engine", {})]
            assert offered[0] == "none"
            assert "SAMPLE" in offered
            [one] = await server.choices("engine", {}, "none")
            assert one.value == "none"

    run(work)


def test_an_engine_can_be_named_where_the_list_may_not_be_seen(start: Start) -> None:
    ssc = start(deny=("server.view",))

    async def work() -> None:
        async with ssc.connected() as server:
            offered = await server.choices("engine", {}, "SAMPLE")
            assert [one.value for one in offered] == ["SAMPLE"]

    run(work)


def test_a_good_scan_has_nothing_said_against_it(start: Start, scan: Path) -> None:
    ssc = start()

    async def work() -> None:
        async with ssc.connected() as server:
            [found] = await server.check([source(scan)], SHOP)
            assert list(found) == []

    run(work)
    assert not [one for one in ssc.calls() if not one.startswith("GET") and "info" not in one]


def test_a_scan_sent_before_is_recognised_by_name_or_by_what_it_is(
    start: Start, scan: Path, tmp_path: Path
) -> None:
    ssc = start()
    renamed = fpr(tmp_path / "renamed.fpr")
    other = fpr(tmp_path / "other.fpr", 2)

    async def work() -> None:
        async with ssc.connected() as server:
            ref = await uploaded(server, scan)
            while not (await server.status([ref]))[0].state.ended:
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.3)
            paths = [source(one) for one in (scan, renamed, other)]
            same, alike, fresh = await server.check(paths, SHOP)
            for [finding] in (same, alike):
                assert (finding.id, finding.level) == ("ssc.sent-before", Level.WARNING)
                assert finding.facts["who"] == "joan"
            assert list(fresh) == []

    run(work)
    assert len(ssc.artifacts) == 1


def test_an_open_approval_is_mentioned(start: Start, scan: Path, tmp_path: Path) -> None:
    ssc = start(approval=True)

    async def work() -> None:
        async with ssc.connected() as server:
            ref = await uploaded(server, scan)
            while (await server.status([ref]))[0].word != "REQUIRE_AUTH":
                await asyncio.sleep(0.02)
            await asyncio.sleep(0.3)
            [found] = await server.check([source(fpr(tmp_path / "next.fpr", 2))], SHOP)
            assert [(one.id, one.level) for one in found] == [("ssc.approval-open", Level.INFO)]

    run(work)


def test_versions_that_take_nothing_are_named(start: Start, scan: Path) -> None:
    ssc = start()
    ids = {names: id for id, names in ssc.books.versions.items()}

    async def work() -> None:
        async with ssc.connected() as server:
            for names, wanted in (
                (("Mobile app", "2024.4"), "ssc.uploads-off"),
                (("Shop", "0.9"), "ssc.version-closed"),
            ):
                options = {"version_id": str(ids[names])}
                [found] = await server.check([source(scan)], options)
                # An upload that will hardly be taken is worth a question.
                assert [(one.id, one.level, one.asks) for one in found] == [
                    (wanted, Level.WARNING, True)
                ]

    run(work)


def test_engines_that_do_not_fit_are_named(start: Start, scan: Path, tmp_path: Path) -> None:
    ssc = start()
    foreign = third_party(tmp_path / "a.zip", "engineType=NOBODY")
    sample = third_party(tmp_path / "b.zip")

    async def work() -> None:
        async with ssc.connected() as server:
            sources = [source(one) for one in (scan, foreign, sample)]
            found = await server.check(sources, SHOP)
            assert [[one.id for one in each] for each in found] == [[], ["ssc.engine-unknown"], []]
            [[finding]] = await server.check(sources[:1], {**SHOP, "engine": "SAMPLE"})
            assert finding.id == "ssc.engine-not-needed"

    run(work)


def test_one_scan_twice_in_a_send_and_a_scan_of_long_ago(start: Start, tmp_path: Path) -> None:
    ssc = start()

    async def work() -> None:
        async with ssc.connected() as server:
            newer, twin = fpr(tmp_path / "newer.fpr", 1), fpr(tmp_path / "twin.fpr", 1)
            first, second = await server.check([source(newer), source(twin)], SHOP)
            assert list(first) == []
            assert [(one.id, one.asks) for one in second] == [("ssc.same-scan", True)]
            assert second[0].facts["other"] == "newer.fpr"
            ref = await uploaded(server, newer)
            while not (await server.status([ref]))[0].state.ended:
                await asyncio.sleep(0.02)
            while not (await server.check([source(newer)], SHOP))[0]:
                await asyncio.sleep(0.02)
            text = FVDL.format(scan=scan_id(2), build="shop").replace("2026-", "2024-")
            old = archive(tmp_path / "old.fpr", {"audit.fvdl": text})
            ((finding,),) = await server.check([source(old)], SHOP)
            assert (finding.id, finding.asks) == ("ssc.older-scan", False)
            assert finding.facts["scanned"].startswith("2024-01-09")
            assert finding.facts["newest"].startswith("2026-01-")

    run(work)
