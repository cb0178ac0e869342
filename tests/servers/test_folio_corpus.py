"""Every file of the corpus gives exactly what is expected of it, and can be read in the preview."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.previews import Facts, Records, TaggedLine, TaggedRecord
from app.servers.folio import FAMILY, findings
from app.servers.folio.inspect import inspect
from app.servers.folio.preview import preview
from tests.corpus.marc_files import CASES, Case, Expected
from tests.servers.delivery import source
from tests.servers.families import SAMPLES

KNOWN = {entry.id for entry in FAMILY.problems}


@pytest.mark.parametrize("case", CASES, ids=str)
def test_findings(case: Case, tmp_path: Path) -> None:
    path = tmp_path / case.name
    path.write_bytes(case.make())
    seen = inspect(source(path))
    found = tuple(
        Expected(one.id, one.place, one.level, int(one.facts.get("count", "1")), one.asks)
        for one in seen.findings
    )
    assert found == case.found
    assert seen.facts.get("records") == (None if case.records is None else str(case.records))
    for finding in seen.findings:
        assert finding.id in KNOWN
        assert "–" not in finding.title and "{" not in finding.title
        assert finding.entry.meaning and finding.entry.advice


@pytest.mark.parametrize("case", CASES, ids=str)
def test_preview(case: Case, tmp_path: Path) -> None:
    path = tmp_path / case.name
    path.write_bytes(case.make())
    shown = preview(source(path), 1, 5)
    if any(one.id.startswith("folio.is-") for one in case.found):
        assert shown == Facts(())
        return
    assert isinstance(shown, Records)
    assert [one.number for one in shown.records] == list(range(1, len(shown.records) + 1))
    if case.records:
        assert len(shown.records) >= min(case.records, 5)
        assert shown.records[0].lines
        last = preview(source(path), case.records, 1)
        assert isinstance(last, Records) and last.records[0].number == case.records


def test_a_preview_marks_what_is_wrong_and_says_so(tmp_path: Path) -> None:
    def record(name: str, number: int = 1) -> TaggedRecord:
        path = tmp_path / name
        path.write_bytes(next(case for case in CASES if case.name == name).make())
        shown = preview(source(path), number, 1)
        assert isinstance(shown, Records)
        return shown.records[0]

    good = record("good.mrc", 2)
    assert (good.title, good.notes) == ("A short history of rivers /", ())
    assert not any(line.marked for line in good.lines)
    assert good.lines[-1] == TaggedLine("245", "10", "$a A short history of rivers / $c Kim Ito.")
    exported = record("exported.mrc", 2)
    assert [line.tag for line in exported.lines if line.marked] == ["999"]
    wrong = record("not-utf8.mrc", 2)
    assert wrong.notes == ("This record says it is Unicode and is not.",)
    assert [line.tag for line in wrong.lines if line.marked] == ["500"]
    assert wrong.lines[-1].text == "$a Caf\ufffd"
    older = record("marc8.mrc")
    assert older.lines[-1].text == "$a Kal\u00e9ndar"
    assert record("cut.mrc", 2).notes == ("This record is cut off.",)
    closing = record("segments.edi").lines[-1]
    assert closing == TaggedLine("UNT", "", "9+1", marked=True)
    assert record("good.json").lines[-1] == TaggedLine("245", "10", "$a Rivers")
    assert record("good.xml").lines[-1] == TaggedLine("245", "10", "$a Rivers")
    assert record("bare.xml").title == "Rivers"


def test_the_corpus_names_every_finding_but_those_of_very_large_files() -> None:
    assert len({case.name for case in CASES}) == len(CASES)
    named = {one.id for case in CASES for one in case.found}
    large = {findings.MANY_RECORDS.id, findings.XML_LARGE.id}
    assert {entry.id for entry in findings.FINDINGS} == named | large


REAL = {
    "1.mrc": (),
    "10.mrc": (),
    "61PRINT160129.mrc": (),
    "CornellFOLIOExemplars.mrc": (),
    "CornHein1604419006.edi": (),
    "FAT-139_1.edi": (),
    "FAT-139_5.xml": (),
    # Plain text with the name of a MARC file.
    "invalidMarcFile.mrc": ("folio.not-marc",),
    # Cut off in the middle of a record.
    "invalidUChicago_SampleBibs.xml": ("folio.not-xml",),
    # Edited by hand: the title was made longer, and the leader still says MARC-8.
    "marcBibFileForC350697.mrc": (
        *("folio.record-lengths", "folio.field-ends", "folio.utf8-unflagged"),
    ),
    # A quotation mark of Windows in a record that says UTF-8.
    "sample100.mrc": ("folio.not-utf8",),
    # No collection around the record, so FOLIO counts 45.
    "xmlMarcRecord.xml": ("folio.bare-record",),
}


@pytest.mark.parametrize("name", REAL)
def test_real_files(name: str) -> None:
    path = SAMPLES / "folio" / name
    if not path.is_file():
        pytest.skip("no sample files")
    seen = inspect(source(path))
    assert tuple(one.id for one in seen.findings) == REAL[name]
    assert not seen.refused
    shown = preview(source(path), 1, 3)
    assert isinstance(shown, Records) and shown.records
