"""Every scan file of the corpus gives exactly what is expected of it, and shows its facts."""

from __future__ import annotations

import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.drafts import Inspection, Level, Stopped
from app.core.previews import Facts
from app.core.uploads import Source
from app.servers.ssc import FAMILY, file_entries
from app.servers.ssc.inspect import inspect
from app.servers.ssc.preview import preview
from tests.corpus.fpr_files import BROKEN, GOOD, Case, fpr, rated, results
from tests.servers.delivery import source
from tests.servers.families import SAMPLES

REAL = sorted((SAMPLES / "ssc").glob("*.fpr"))


def told(inspection: Inspection) -> tuple[str, ...]:
    return tuple(
        f"{one.id.removeprefix('ssc.')} {one.level}{'?' if one.asks else ''}"
        for one in inspection.findings
    )


@pytest.mark.parametrize("case", [*GOOD, *BROKEN], ids=lambda case: case.title)
def test_what_is_found(tmp_path: Path, case: Case) -> None:
    given = source(case.make(tmp_path / case.title))
    inspection = inspect(given)
    assert told(inspection) == case.found
    assert (case.facts or {}).items() <= inspection.facts.items()
    assert isinstance(preview(given, 1, 10), Facts)


def test_every_finding_about_a_scan_file_is_in_the_corpus() -> None:
    of_files = {one.id for one in file_entries.ENTRIES}
    seen = {f"ssc.{said.split()[0]}" for case in (*GOOD, *BROKEN) for said in case.found}
    # Too large to be made for the corpus; they have tests of their own.
    rest = {"ssc.too-many-entries", "ssc.very-large"}
    assert of_files - rest == seen - {"ssc.file.empty"}


def test_the_facts_shown(tmp_path: Path) -> None:
    assert FAMILY.preview is preview
    shown = preview(source(fpr(rated())(tmp_path / "a.fpr")), 1, 10)
    groups = {group.title: dict(group.facts) for group in shown.groups}
    assert list(groups) == ["Scan", "Findings", "File"]
    assert groups["Scan"]["Engine"] == "SCA 24.2.0.0050"
    assert groups["Scan"]["Scanned by computer"] == "build-7"
    assert groups["Findings"] == {
        "All": "6",
        "Critical": "2",
        "High": "1",
        "Medium": "1",
        "Low": "1",
        "Without a priority": "1",
    }
    assert groups["File"]["Entries"] == "2"
    assert groups["File"]["Read by the server"].startswith("audit.fvdl (")


def test_who_scanned_is_told_to_nobody_but_the_person(tmp_path: Path) -> None:
    inspection = inspect(source(fpr(rated())(tmp_path / "a.fpr")))
    assert "build-7" not in repr(inspection)


def streamed(path: Path, blocks: Iterator[bytes]) -> Path:
    """An archive with an `audit.fvdl` too large to be held."""
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as made,
        made.open("audit.fvdl", "w", force_zip64=True) as entry,
    ):
        for block in blocks:
            entry.write(block)
    return path


def large(findings: int) -> Iterator[bytes]:
    text = results().encode()
    start = text.index(b"<Vulnerability>")
    end = text.index(b"</Vulnerabilities>")
    yield text[:start]
    block = text[start:end] * 1000
    for _ in range(findings // 1000):
        yield block
    yield text[end:]


def test_a_large_scan_is_counted_in_little_memory(tmp_path: Path) -> None:
    path = streamed(tmp_path / "large.fpr", large(100_000))
    looks: list[int] = []
    tracemalloc.start()
    inspection = inspect(source(path), looks.append)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert inspection.facts["findings"] == "100000"
    assert most < 2_000_000
    assert len(looks) > 10 and looks == sorted(looks)
    assert looks[-1] <= path.stat().st_size


def test_an_inspection_that_is_no_longer_wanted_ends(tmp_path: Path) -> None:
    path = streamed(tmp_path / "large.fpr", large(20_000))

    def stop(seen: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        inspect(source(path), stop)


def test_more_than_can_be_read_is_not_counted(tmp_path: Path) -> None:
    """The list of contents tells of more than is read; the head is read all the same."""
    given = fpr(results())(tmp_path / "a.fpr")
    data = bytearray(given.read_bytes())
    at = data.index(b"audit.fvdl", data.index(b"PK\x01\x02")) - 46
    # Stored so that the size it claims is not unbelievable.
    struct.pack_into("<LL", data, at + 20, 900_000_000, 1_500_000_000)
    given.write_bytes(data)
    inspection = inspect(Source(str(given), 1_000_000_000, 0))
    assert told(inspection) == ("not-counted info",)
    assert inspection.facts["build"] == "shop"


def test_a_list_of_a_million_files_is_doubted(tmp_path: Path) -> None:
    """A list without the files: what counts is that it is not read for ever."""
    entry = struct.Struct("<4s6H3L5H2L")
    one = entry.pack(b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"x"
    count = 1_000_001
    path = tmp_path / "many.fpr"
    with path.open("wb") as file:
        file.write(b"PK\x03\x04")
        for _ in range(count // 10_000 + 1):
            file.write(one * 10_000)
        length = len(one) * (count // 10_000 + 1) * 10_000
        file.write(struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, 0, 0, length, 4))
        file.write(struct.pack("<4sLQL", b"PK\x06\x07", 0, 4 + length, 1))
        file.write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 0xFFFF, 0xFFFF, 0, 0xFFFFFFFF, 0))
    found = told(inspect(source(path)))
    assert found[-1] == "too-many-entries error?"


def test_a_very_large_scan_is_mentioned(tmp_path: Path) -> None:
    path = fpr(results())(tmp_path / "a.fpr")
    given = Source(str(path), 2_100_000_000, 0)
    assert told(inspect(given)) == ("very-large warning",)


def test_bytes_that_unpack_without_end_are_cut(tmp_path: Path) -> None:
    """What is packed is more than the list says: it is not followed."""
    bomb = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    packed = bomb.compress(b"<FVDL>" + b" " * 50_000_000) + bomb.flush()
    path = fpr(b"<FVDL>" + b" " * 100)(tmp_path / "a.fpr")
    data = path.read_bytes()
    start = data.index(b"PK\x01\x02")
    name = b"audit.fvdl"
    local = struct.pack("<4s5H3L2H", b"PK\x03\x04", 20, 0, 8, 0, 0, 0, len(packed), 106, 10, 0)
    entry = bytearray(data[start : start + 46 + len(name)])
    struct.pack_into("<L", entry, 20, len(packed))
    struct.pack_into("<L", entry, 42, 0)
    body = local + name + packed
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, len(entry), len(body), 0)
    path.write_bytes(body + bytes(entry) + end)
    tracemalloc.start()
    found = told(inspect(source(path)))
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found == ("unreadable-results error?",)
    assert most < 2_000_000


@pytest.mark.skipif(not REAL, reason="no samples here")
@pytest.mark.parametrize("path", REAL, ids=lambda path: path.name)
def test_real_scans(path: Path) -> None:
    inspection = inspect(source(path))
    assert all(one.level is not Level.ERROR for one in inspection.findings)
    assert told(inspection) == ()
    assert int(inspection.facts["findings"]) > 0
