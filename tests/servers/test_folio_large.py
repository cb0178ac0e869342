"""Large and hostile files: a look into them takes time in proportion and little memory."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import pytest

from app.core.drafts import Level, Stopped
from app.core.previews import Records
from app.core.uploads import Source
from app.servers.folio.inspect import inspect
from app.servers.folio.preview import preview
from tests.corpus.marc_records import book, xml, xml_record
from tests.servers.delivery import source

MEGABYTE = 1024 * 1024
XML_HEAD = b'<collection xmlns="http://www.loc.gov/MARC21/slim">'

HOSTILE: dict[str, Callable[[int], bytes]] = {
    "ends.mrc": lambda size: b"\x1d" * size,
    "pairs.mrc": lambda size: b"x\x1d" * (size // 2),
    "scraps.mrc": lambda size: b"0123456789\x1d" * (size // 11),
    "leaders.mrc": lambda size: b"00025nam a2200025 a 4500\x1d" * (size // 25),
    "empty.mrc": lambda size: b"00026nam a2200025 a 4500\x1e\x1d" * (size // 26),
    "fields.mrc": lambda size: b"\x1e" * size,
    "endless.mrc": lambda size: book(1)[:-1] + b"y" * size,
    "digits.mrc": lambda size: b"1" * size,
    "zeros.mrc": lambda size: bytes(size),
    "deep.xml": lambda size: b"<a>" * (size // 3),
    "name.xml": lambda size: b"<" + b"a" * size,
    "attributes.xml": lambda size: b"<a " + b"b='" + b"c" * size,
    "text.xml": lambda size: XML_HEAD + b"<record><leader>" + b"z" * size,
    "records.xml": lambda size: XML_HEAD + b"<record/>" * (size // 9),
    "deep.json": lambda size: b"[" * size,
    "objects.json": lambda size: b'{"a":' * (size // 5),
    "string.json": lambda size: b'{"' + b"a" * size,
    "number.json": lambda size: b"[" + b"7" * size,
    "spaces.json": lambda size: b"[" + b" " * size,
    "small.json": lambda size: b"{}" * (size // 2),
    "ends.edi": lambda size: b"UNB+1'" + b"'" * size,
    "released.edi": lambda size: b"UNB+1'" + b"?'" * (size // 2),
    "release.edi": lambda size: b"UNB+1'" + b"?" * size,
    "heads.edi": lambda size: b"UNB+1'" + b"UNH'" * (size // 4),
}


def seconds(path: Path) -> float:
    began = time.process_time()
    inspect(source(path))
    preview(source(path), 1, 5)
    return time.process_time() - began


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_files_take_time_in_proportion(name: str, tmp_path: Path) -> None:
    size = 64 * 1024
    path = tmp_path / name
    path.write_bytes(HOSTILE[name](size))
    small = seconds(path)
    path.write_bytes(HOSTILE[name](size * 4))
    # Four times as much takes four times as long, not sixteen times.
    assert seconds(path) < 9 * small + 0.3


@pytest.mark.parametrize(
    "name", ["scraps.mrc", "endless.mrc", "digits.mrc", "string.json", "text.xml"]
)
def test_hostile_files_take_little_memory(name: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_bytes(HOSTILE[name](3 * MEGABYTE))
    tracemalloc.start()
    try:
        inspect(source(path))
        preview(source(path), 1, 5)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # At worst a piece becomes a list with an entry for every other byte.
    assert peak < 24 * MEGABYTE


def test_a_large_file_takes_as_little_memory_as_a_small_one(tmp_path: Path) -> None:
    path = tmp_path / "a.mrc"
    peaks = []
    for count in (5_000, 20_000):
        path.write_bytes(b"".join(map(book, range(count))))
        one = source(path)
        tracemalloc.start()
        try:
            assert inspect(one).facts["records"] == str(count)
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    # What grows is the memory of control numbers, which is bounded.
    assert peaks[1] - peaks[0] < 130 * 15_000


def test_very_many_records_and_very_large_xml_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.mrc"
    path.write_bytes(b"".join(book(number) for number in range(100_001)))
    [finding] = inspect(source(path)).findings
    assert (finding.id, finding.level) == ("folio.many-records", Level.INFO)
    assert finding.facts["count"] == "100001"
    page = tmp_path / "a.xml"
    page.write_bytes(xml(xml_record(1)))
    large = Source(str(page), 300 * MEGABYTE, 0)
    assert [one.id for one in inspect(large).findings] == ["folio.xml-large"]


def test_a_look_is_told_of_each_megabyte_and_can_end_it(tmp_path: Path) -> None:
    path = tmp_path / "a.mrc"
    path.write_bytes(book(1) * 40_000)
    told: list[int] = []
    inspect(source(path), told.append)
    size = path.stat().st_size
    assert told[-1] == size
    assert told == sorted(told)
    assert len(told) >= size // MEGABYTE
    assert max(b - a for a, b in pairwise(told)) < 2 * MEGABYTE

    def enough(seen: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        inspect(source(path), enough)


def test_a_late_record_is_shown_soon(tmp_path: Path) -> None:
    path = tmp_path / "a.mrc"
    path.write_bytes(b"".join(book(number) for number in range(1, 60_001)))
    began = time.process_time()
    shown = preview(source(path), 50_000, 2)
    assert time.process_time() - began < 1
    assert isinstance(shown, Records) and shown.more
    assert [record.number for record in shown.records] == [50_000, 50_001]
    assert shown.records[0].lines[1].text == "in00050000"
    assert preview(source(path), 60_001, 1) == Records((), False)
