"""Drafts that another process looks into: what the row says meanwhile, and how it ends early."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.core.drafts import Draft
from app.inspection.process import Inspector
from app.servers import families
from app.viewmodels.intake import Intake
from app.viewmodels.row import draft_state
from app.viewmodels.tasks import TaskScope
from tests.corpus.marc_records import book

FOLIO, TAO = families()["folio"], families()["tao"]
MORE = tuple((str(tag), b"  \x1fa" + b"Rivers and harbours. " * 5) for tag in range(500, 512))


class Desk:
    def __init__(self) -> None:
        self.told: list[str] = []
        self.tasks = TaskScope(lambda problem: self.told.append(str(problem)))
        self.inspectors = Inspector(many=1), Inspector(many=1)
        self.intake = Intake(self.tasks, lambda source: False, inspectors=self.inspectors)
        self.looking: list[Draft] = []
        self.intake.changed.connect(self._changed)

    @property
    def process_id(self) -> int | None:
        small, large = self.inspectors
        return small.process_id or large.process_id

    def _changed(self, drafts: list[Draft]) -> None:
        self.looking += [
            one for one in drafts if (one.looked or one.glanced) and one.inspection is None
        ]

    async def until(self, so: Callable[[], object]) -> None:
        while not so():
            await asyncio.sleep(0.005)

    async def close(self) -> None:
        self.intake.close()
        await self.tasks.aclose()
        await self.until(lambda: self.process_id is None)
        assert self.told == []


@pytest.fixture
def desk(qapp: Any) -> Desk:
    return Desk()


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Large enough to be glanced at and to take some seconds of looking."""
    path = tmp_path_factory.mktemp("large") / "large.mrc"
    records = b"".join(book(number, *MORE) for number in range(2_000))
    with path.open("wb") as file:
        while file.tell() < 400_000_000:
            file.write(records)
    return path


def test_a_large_file_tells_its_records_long_before_its_look_ends(
    ui: Callable[..., Any], desk: Desk, large: Path
) -> None:
    async def main() -> None:
        desk.intake.choose(FOLIO)
        desk.intake.add([large])
        await desk.until(lambda: any(one.glanced for one in desk.looking))
        draft = desk.looking[-1]
        text = draft_state(draft).text
        assert text.startswith("Checking ") and " records…" in text
        assert not desk.intake.ready
        await desk.until(lambda: desk.intake.ready)
        [done] = desk.intake.drafts
        assert done.inspection and done.glanced is None
        assert draft.glanced
        whole = int(done.inspection.facts["records"])
        # Where the disk is slow it is a guess.
        said = draft.glanced.facts.get("records") or draft.glanced.facts["about_records"]
        assert abs(int(said) - whole) < 0.1 * whole
        await desk.until(lambda: not desk.intake.busy)
        assert desk.process_id is None
        await desk.close()

    ui(main())


def test_a_file_taken_off_the_list_is_not_looked_into_further(
    ui: Callable[..., Any], desk: Desk, large: Path, tmp_path: Path
) -> None:
    small = tmp_path / "small.mrc"
    small.write_bytes(book(1))

    async def main() -> None:
        desk.intake.choose(FOLIO)
        desk.intake.add([large, small])
        await desk.until(lambda: desk.looking)
        await desk.until(lambda: desk.intake.ready)
        assert [draft.source.name for draft in desk.intake.ready] == ["small.mrc"]
        seen = desk.looking[-1].looked
        desk.intake.remove([1])
        await desk.until(lambda: not desk.intake.busy)
        assert desk.process_id is None
        assert seen < large.stat().st_size
        await desk.close()

    ui(main())


def test_another_kind_of_server_looks_anew(ui: Callable[..., Any], desk: Desk, large: Path) -> None:
    async def main() -> None:
        desk.intake.choose(FOLIO)
        desk.intake.add([large])
        await desk.until(lambda: desk.looking)
        desk.intake.choose(TAO)
        await desk.until(lambda: desk.intake.drafts[0].inspection)
        inspection = desk.intake.drafts[0].inspection
        assert inspection and {one.id.split(".")[0] for one in inspection.findings} <= {
            "tao",
            "file",
        }
        assert inspection.refused
        await desk.close()

    ui(main())


def test_closing_does_not_wait_for_a_look(ui: Callable[..., Any], desk: Desk, large: Path) -> None:
    async def main() -> None:
        desk.intake.choose(FOLIO)
        desk.intake.add([large])
        await desk.until(lambda: desk.looking)
        async with asyncio.timeout(2):
            await desk.close()

    ui(main())


def test_a_process_that_dies_is_not_missed(
    ui: Callable[..., Any], desk: Desk, tmp_path: Path
) -> None:
    paths = []
    for number in range(40):
        paths.append(tmp_path / f"{number}.mrc")
        paths[-1].write_bytes(book(number, *MORE) * 2_000)

    async def main() -> None:
        desk.intake.choose(FOLIO)
        desk.intake.add(paths)
        await desk.until(lambda: desk.intake.ready)
        assert desk.process_id is not None
        os.kill(desk.process_id, signal.SIGTERM)
        await desk.until(lambda: not desk.intake.busy)
        assert len(desk.intake.ready) == 40
        await desk.close()

    ui(main(), limit=60)


def test_what_is_dropped_while_a_large_file_is_looked_into_does_not_wait(
    ui: Callable[..., Any], desk: Desk, large: Path, tmp_path: Path
) -> None:
    paths = [tmp_path / f"{number}.mrc" for number in range(3)]
    for path in paths:
        path.write_bytes(book(1))

    # On a busy machine one of them may end before the first word about the small ones.
    links = [tmp_path / f"large {number}.mrc" for number in range(8)]
    for link in links:
        link.hardlink_to(large)

    async def main() -> None:
        desk.intake.choose(FOLIO)
        desk.intake.add(links)
        await desk.until(lambda: desk.looking)
        desk.intake.add(paths)
        small = {path.name for path in paths}
        await desk.until(lambda: small <= {draft.source.name for draft in desk.intake.ready})
        left = {draft.id for draft in desk.intake.drafts if draft.inspection is None}
        assert left
        await desk.until(lambda: left & desk.intake.checking)
        await desk.close()

    ui(main())


def test_the_row_that_is_checked_is_one_that_is_not_done(
    ui: Callable[..., Any], desk: Desk, tmp_path: Path
) -> None:
    """However soon each is done: before there is any word of how far it is."""
    for number in range(6):
        (tmp_path / f"{number}.mrc").write_bytes(book(number, *MORE) * 12_000)
    done: list[bool] = []

    def look() -> None:
        left = {draft.id for draft in desk.intake.drafts if draft.inspection is None}
        done.append(bool(desk.intake.checking - left) and bool(left))

    async def main() -> None:
        desk.intake.choose(FOLIO)
        desk.intake.drafts_changed.connect(look)
        desk.intake.add([tmp_path])
        await desk.until(lambda: len(desk.intake.ready) == 6)
        assert not any(done)
        await desk.close()

    ui(main())


def test_another_kind_of_server_does_not_start_a_process_for_each_file(
    ui: Callable[..., Any], desk: Desk, large: Path, tmp_path: Path
) -> None:
    for number in range(30):
        (tmp_path / f"{number}.mrc").hardlink_to(large)
    started: set[int | None] = set()

    async def main() -> None:
        desk.intake.choose(FOLIO)
        desk.intake.add([tmp_path])
        await desk.until(lambda: desk.looking)
        desk.intake.choose(TAO)
        async with asyncio.timeout(15):
            while any(one.inspection is None for one in desk.intake.drafts):
                started.add(desk.process_id)
                await asyncio.sleep(0.005)
        assert len(started - {None}) <= 2
        await desk.close()

    ui(main(), limit=30)
