"""Reading records: permissive where FOLIO is, hopeless where it gives up."""

import json
from pathlib import Path

import pytest

from app.sandbox.folio.records import (
    NO_DATE,
    NO_NUMBER,
    NO_TITLE,
    UNREADABLE,
    Record,
    UnsupportedFormat,
    records,
)
from tests.sandbox.client import marc


def read(folder: Path, name: str, content: bytes, data_type: str | None = "MARC") -> list[Record]:
    path = folder / "bytes"
    path.write_bytes(content)
    return list(records(path, name, data_type, lambda: False))


def faults(found: list[Record]) -> list[str]:
    return [record.fault for record in found]


def test_wrong_lengths_and_blanks_between_records_are_tolerated(tmp_path: Path) -> None:
    wrong = b"99999" + marc()[5:]
    found = read(tmp_path, "a.mrc", marc("One") + b"\r\n" + wrong + b"\n")
    assert faults(found) == ["", ""]
    assert found[0].title == "One"
    assert found[1].end == len(marc("One")) + 2 + len(wrong)


def test_odd_bytes_do_not_make_a_record_fail(tmp_path: Path) -> None:
    odd = marc("Caf_ society").replace(b"_", b"\x92")
    assert faults(read(tmp_path, "a.mrc", odd)) == [""]


@pytest.mark.parametrize("title", [None, "", "   "])
def test_a_record_without_a_title_fails(tmp_path: Path, title: str | None) -> None:
    assert faults(read(tmp_path, "a.mrc", marc(title))) == [NO_TITLE]


def test_authorities_and_holdings_need_no_title(tmp_path: Path) -> None:
    found = read(tmp_path, "a.mrc", marc(None, kind="z") + marc(None, kind="x"))
    assert [(one.kind, one.fault) for one in found] == [
        ("MARC_AUTHORITY", ""),
        ("MARC_HOLDING", ""),
    ]


def test_a_file_that_is_cut_off_ends_in_a_failing_record(tmp_path: Path) -> None:
    assert faults(read(tmp_path, "a.mrc", marc() + marc()[:40])) == ["", UNREADABLE]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"no record at all, only a sentence\n"])
def test_a_file_of_something_else_has_no_records(tmp_path: Path, content: bytes) -> None:
    assert read(tmp_path, "a.mrc", content) == []


def test_a_huge_file_without_an_end_is_read_in_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "bytes"
    with path.open("wb") as file:
        file.truncate(300_000_000)
    assert list(records(path, "a.mrc", "MARC", lambda: False)) == []


def test_each_child_of_the_xml_root_counts(tmp_path: Path) -> None:
    record = (
        '<record><leader>00000nam a</leader><datafield tag="245">'
        '<subfield code="a">One</subfield></datafield></record>'
    )
    found = read(tmp_path, "a.xml", f"<collection>{record}{record}</collection>".encode())
    assert [one.title for one in found] == ["One", "One"]
    assert faults(read(tmp_path, "a.xml", record.encode())) == [UNREADABLE, UNREADABLE]
    with pytest.raises(ValueError, match="no element found"):
        read(tmp_path, "a.xml", b"<collection>")
    # In capitals the extension means binary MARC.
    assert read(tmp_path, "a.XML", f"<collection>{record}</collection>".encode()) == []


def test_json_records_come_in_an_array_or_one_after_the_other(tmp_path: Path) -> None:
    good = {"leader": "00000nam a", "fields": [{"245": {"subfields": [{"a": "One"}]}}]}
    bare = {"leader": "00000nam a", "fields": []}
    listed = json.dumps([good, bare, "x"]).encode()
    assert faults(read(tmp_path, "a.json", listed)) == ["", NO_TITLE, UNREADABLE]
    following = f"{json.dumps(good)}\n{json.dumps(good)}".encode()
    assert faults(read(tmp_path, "a.json", following)) == ["", ""]
    with pytest.raises(ValueError, match="Expecting property name"):
        read(tmp_path, "a.json", b"[{]")


def test_invoices_are_counted_with_their_own_signs(tmp_path: Path) -> None:
    plain = (
        b"UNB+UNOC:3'UNH+1+INVOIC'BGM+380+it?'s 7+9'DTM+137:20261030:102'UNT+4+1'"
        b"UNH+2+INVOIC'UNT+2+2'UNZ+2'"
    )
    found = read(tmp_path, "a.edi", plain, "EDIFACT")
    assert [one.order for one in found] == ["it's 7-1", "0-1"]
    assert faults(found) == ["", NO_NUMBER]
    signs = b"UNA^<.? >\nUNB<X>\nUNH<1>\nBGM<380<88>\nUNT<1>\n"
    [signed] = read(tmp_path, "a.edi", signs, "EDIFACT")
    assert (signed.order, signed.fault) == ("88-1", NO_DATE)


@pytest.mark.parametrize("data_type", [None, "Delimited"])
def test_other_types_have_no_reader(tmp_path: Path, data_type: str | None) -> None:
    with pytest.raises(UnsupportedFormat):
        read(tmp_path, "a.mrc", marc(), data_type)
