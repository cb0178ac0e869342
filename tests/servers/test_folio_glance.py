"""A glance into binary MARC agrees with the inspection that follows it."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from app.core.drafts import Inspection, Stopped, unwatched
from app.servers.folio import findings
from app.servers.folio.inspect import glance, inspect
from app.servers.folio.inspection.pieces import PIECE
from app.servers.folio.inspection.structure import structure
from tests.corpus.marc_files import CASES, Case
from tests.corpus.marc_records import book, xml, xml_record
from tests.servers.delivery import source

STRUCTURAL = {
    entry.id
    for entry in (
        findings.RECORD_LENGTHS,
        findings.OVERLONG,
        findings.CUT_OFF,
        findings.NO_LAST_END,
    )
}
_LONG = tuple((str(tag), b"  \x1fa" + b"Rivers and harbours. " * 5) for tag in range(500, 512))


def ids(inspection: Inspection) -> set[str]:
    return {finding.id for finding in inspection.findings}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_what_a_glance_tells_an_inspection_tells_too(case: Case, tmp_path: Path) -> None:
    path = tmp_path / case.name
    path.write_bytes(case.make())
    seen, looked = glance(source(path), unwatched), inspect(source(path))
    if seen is None:
        return
    if "records" in seen.facts:
        assert looked.facts.get("records") == seen.facts["records"]
    assert not seen.findings or looked.findings
    if not seen.findings and case.name != "late-blank.mrc":
        # (A length with a blank in it still leads to the end of its record.)
        assert not ids(looked) & STRUCTURAL


def test_other_forms_have_nothing_to_tell(tmp_path: Path) -> None:
    path = tmp_path / "a.xml"
    path.write_bytes(xml(xml_record(1)))
    assert glance(source(path), unwatched) is None


@pytest.mark.parametrize("seed", range(12))
def test_wrong_lengths_and_the_end_are_seen_wherever_they_are(seed: int, tmp_path: Path) -> None:
    chance = random.Random(seed)
    wrong = sorted(chance.sample(range(900), chance.choice((0, 1, 30))))
    between = chance.choice((b"", b"\n", b"\r\n"))
    records = [
        book(number, *_LONG[: chance.randrange(12)], length=b"00099" if number in wrong else None)
        for number in range(900)
    ]
    cut = chance.choice((0, 1, 40))
    path = tmp_path / "a.mrc"
    path.write_bytes(between.join(records)[: -cut or None])
    assert path.stat().st_size > 2 * PIECE
    seen, looked = glance(source(path), unwatched), inspect(source(path))
    assert seen is not None
    assert seen.facts["records"] == looked.facts["records"] == str(900 - bool(cut))
    told = {finding.id: finding for finding in looked.findings}
    for finding in seen.findings:
        assert (finding.place, finding.facts["count"]) == (
            told[finding.id].place,
            told[finding.id].facts["count"],
        )
    assert ids(seen) == ids(looked) & STRUCTURAL


def test_where_time_is_short_a_glance_guesses(tmp_path: Path) -> None:
    path = tmp_path / "a.mrc"
    path.write_bytes(b"".join(book(number, *_LONG) for number in range(3_000)))
    guessed = structure(source(path), unwatched, seconds=0)
    assert guessed.records is None
    assert guessed.facts == {"about_records": "3000"}
    assert "about_records" not in structure(source(path), unwatched).facts


def test_a_glance_can_be_ended(tmp_path: Path) -> None:
    path = tmp_path / "a.mrc"
    path.write_bytes(book(1) * 40_000)

    def enough(seen: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        glance(source(path), enough)


def test_a_glance_takes_a_fraction_of_an_inspection(tmp_path: Path) -> None:
    path = tmp_path / "a.mrc"
    path.write_bytes(b"".join(book(number, *_LONG) for number in range(12_000)))
    one = source(path)

    def least(look: Callable[[], object]) -> float:
        times = []
        for _ in range(5):
            began = time.process_time()
            look()
            times.append(time.process_time() - began)
        return min(times)

    assert least(lambda: glance(one, unwatched)) * 2 < least(lambda: inspect(one))
