"""A look into files before they go to FOLIO: counts, warnings, and no refusal the server would
not make."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from app.core.drafts import Inspection, Level, Place
from app.core.problems import FileProblem
from app.core.uploads import Source
from app.servers.folio.inspect import inspect
from app.servers.folio.inspection.pieces import PIECE
from tests.servers.delivery import source
from tests.servers.families import SAMPLES
from tests.servers.marc import marc

TOLD = {"data_type": "MARC", "format": "MARC", "bibliographic": "700"}
TOLD |= {"record_type": "bibliographic", "encoding": "UTF-8", "records": "700"}
COLLECTION = b'<?xml version="1.0"?><marc:collection xmlns:marc="http://www.loc.gov/MARC21/slim">'
LEADER = b"<marc:leader>00000nam a2200000 a 4500</marc:leader>"
TITLE = b'<marc:datafield tag="245"><marc:subfield code="a">T</marc:subfield></marc:datafield>'
RECORD = b"<marc:record>" + LEADER + TITLE + b"</marc:record>"
INVOICE = b"UNA:+.? 'UNB+UNOC:3+1+2'UNH+1+INVOIC:D:96A'BGM+380'UNT+3+1'\nUNH+2+INVOIC:D:96A'"


def looked(folder: Path, name: str, content: bytes) -> Inspection:
    path = folder / name
    path.write_bytes(content)
    return inspect(source(path))


def ids(inspection: Inspection) -> list[str]:
    return [finding.id for finding in inspection.findings]


def test_binary_records_are_counted_across_pieces(tmp_path: Path) -> None:
    content = b"".join(marc(f"T{n}", n, padding=n * 37 % 9000) for n in range(700))
    assert len(content) > 5 * 256 * 1024
    seen = looked(tmp_path, "a.mrc", content)
    assert seen.findings == ()
    assert seen.facts == TOLD


@pytest.mark.parametrize("cut", range(-6, 7))
def test_a_piece_may_end_anywhere(tmp_path: Path, cut: int) -> None:
    content = b"".join(marc(f"T{n}", n, padding=52_000) for n in range(5))
    left = PIECE + cut - len(content)
    content += marc("Filler", 5, padding=left - len(marc("Filler", 5, padding=1)) + 1)
    assert len(content) == PIECE + cut
    content += b"".join(marc(f"T{n}", n) for n in range(6, 9))
    seen = looked(tmp_path, "a.mrc", content)
    assert (ids(seen), seen.facts["records"]) == ([], "9")


def test_line_ends_between_and_behind_records_are_common(tmp_path: Path) -> None:
    content = b"\r\n" + b"\r\n".join(marc(f"T{n}", n) for n in range(5)) + b"\n\x1a"
    seen = looked(tmp_path, "a.marc", content)
    assert (ids(seen), seen.facts["records"]) == ([], "5")


def test_wrong_lengths_only_warn(tmp_path: Path) -> None:
    good = [marc("Good", n) for n in range(4)]
    content = good[0] + b"00050" + good[1][5:] + b"     " + good[2][5:] + good[3]
    seen = looked(tmp_path, "a.mrc", content)
    [finding] = seen.findings
    assert (finding.id, finding.level) == ("folio.record-lengths", Level.WARNING)
    assert finding.facts["count"] == "2"
    assert finding.place == Place(record=2, byte=len(good[0]))
    assert not seen.refused


def test_a_cut_off_record_warns(tmp_path: Path) -> None:
    seen = looked(tmp_path, "a.mrc", marc("A") + marc("B")[:40])
    assert (ids(seen), seen.facts["records"]) == (["folio.cut-off"], "1")
    assert looked(tmp_path, "b.mrc", marc("B")[:40]).findings[0].id == "folio.cut-off"


@pytest.mark.parametrize("content", [b"x", b"Dear colleague,\nplease find"])
def test_text_warns_and_is_not_refused(tmp_path: Path, content: bytes) -> None:
    seen = looked(tmp_path, "a.mrc", content)
    assert ids(seen) == ["folio.not-marc"]
    assert not seen.refused


@pytest.mark.parametrize("name", ["noextension", ".mrc", "ends."])
def test_names_without_extension_are_refused(tmp_path: Path, name: str) -> None:
    seen = looked(tmp_path, name, marc("A"))
    assert ids(seen) == ["folio.no-extension"]
    assert seen.refused


def test_empty_files_are_refused(tmp_path: Path) -> None:
    seen = looked(tmp_path, "a.mrc", b"")
    assert ids(seen) == ["file.empty"]
    assert seen.refused


def test_odd_extensions_warn(tmp_path: Path) -> None:
    seen = looked(tmp_path, "a.mrc (1)", marc("A"))
    assert ids(seen) == ["folio.extension-odd"]


def test_marcxml_counts_what_the_server_counts(tmp_path: Path) -> None:
    seen = looked(tmp_path, "a.xml", COLLECTION + RECORD * 12 + b"</marc:collection>")
    assert ids(seen) == ["folio.no-number"]
    assert (seen.facts["records"], seen.facts["format"]) == ("12", "MARCXML")


def test_a_bare_record_warns(tmp_path: Path) -> None:
    bare = RECORD.replace(b"<marc:record>", b'<marc:record xmlns:marc="m">')
    seen = looked(tmp_path, "a.xml", bare)
    assert ids(seen) == ["folio.bare-record"]
    assert "records" not in seen.facts


def test_broken_xml_warns_with_its_line(tmp_path: Path) -> None:
    seen = looked(tmp_path, "a.xml", COLLECTION + b"\n<marc:record></marc:collection>")
    [finding] = seen.findings
    assert finding.id == "folio.not-xml"
    assert (finding.place.line, finding.asks) == (2, True)
    assert finding.facts["reason"] == "mismatched tag"


def test_capital_xml_is_named_in_lower_case(tmp_path: Path) -> None:
    seen = looked(tmp_path, "A.XML", COLLECTION + RECORD + b"</marc:collection>")
    [_, finding] = seen.findings
    assert (finding.id, finding.level) == ("folio.extension-lowered", Level.INFO)
    assert "A.xml" in finding.title
    assert seen.facts["records"] == "1"


def test_invoices_are_counted(tmp_path: Path) -> None:
    seen = looked(tmp_path, "a.edi", INVOICE)
    assert seen.facts == {"data_type": "EDIFACT", "format": "EDIFACT", "records": "2"}
    other = INVOICE[9:].replace(b"'", b"~")
    assert looked(tmp_path, "b.inv", b"UNA:+.? ~" + other).facts["records"] == "2"
    large = INVOICE + b"UNH+3+INVOIC'" + b"LIN+1'" * 200_000 + b"UNH+4+INVOIC'"
    assert looked(tmp_path, "c.edi", large).facts["records"] == "4"
    assert ids(looked(tmp_path, "d.edi", b"Invoice 1")) == ["folio.not-edifact"]
    assert ids(looked(tmp_path, "e.edi", b"UNB+UNOC:3'UNZ+0'")) == ["folio.no-records"]


def test_unknown_kinds_are_read_as_the_server_reads_them(tmp_path: Path) -> None:
    assert looked(tmp_path, "a.txt", marc("A")).facts["records"] == "1"
    assert looked(tmp_path, "a.json", b"[]").facts["format"] == "MARC-in-JSON"


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(FileProblem) as caught:
        inspect(Source(str(tmp_path / "a.mrc"), 10, 0))
    assert caught.value.id == "file.missing"
    folder = tmp_path / "folder.mrc"
    folder.mkdir()
    with pytest.raises(FileProblem) as caught:
        inspect(Source(str(folder), 10, 0))
    assert caught.value.id == "file.unreadable"


def test_counting_takes_little_time(tmp_path: Path) -> None:
    path = tmp_path / "large.mrc"
    path.write_bytes(marc("A title of usual length", padding=700) * 60_000)
    began = time.perf_counter()
    assert inspect(source(path)).facts["records"] == "60000"
    assert time.perf_counter() - began < 3


@pytest.mark.skipif(not (SAMPLES / "folio").is_dir(), reason="no sample files")
def test_files_that_folio_reads_have_no_errors() -> None:
    files = [path for path in (SAMPLES / "folio").iterdir() if path.suffix != ".md"]
    assert files
    for path in files:
        seen = inspect(source(path))
        assert not seen.refused, path.name
        assert seen.facts["data_type"] == ("EDIFACT" if path.suffix == ".edi" else "MARC")
        assert "folio.not-edifact" not in ids(seen), path.name
