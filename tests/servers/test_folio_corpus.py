"""Every file of the corpus gives exactly what is expected of it, and can be read in the preview."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.core.previews import Facts, Records
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
