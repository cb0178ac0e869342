"""Looks into scans: what is told, what is refused, and that hostile archives cost nothing."""

from __future__ import annotations

import struct
import tracemalloc
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.core.drafts import Inspection, Level
from app.core.problems import FileProblem
from app.core.uploads import Source
from app.servers.ssc.inspect import inspect
from tests.servers.delivery import source
from tests.servers.families import SAMPLES
from tests.servers.fprs import FVDL, archive, dynamic, fpr, scan_id, third_party


def looked(path: Path) -> Inspection:
    return inspect(source(path))


def said(path: Path) -> list[tuple[str, Level]]:
    return [(one.id, one.level) for one in looked(path).findings]


def test_static_results(tmp_path: Path) -> None:
    found = looked(fpr(tmp_path / "a.fpr"))
    assert found.findings == ()
    assert found.facts == {
        "kind": "fortify",
        "format": "FPR, static",
        "engine": "SCA",
        "scanned": "2026-01-09 07:58:02",
        "scan": scan_id(1),
        "build": "shop",
        "files": "3",
        "lines": "180",
        "findings": "1",
    }


def test_dynamic_results_have_no_fvdl(tmp_path: Path) -> None:
    found = looked(dynamic(tmp_path / "a.fpr"))
    assert found.findings == ()
    assert (found.facts["engine"], found.facts["engine_version"]) == ("WEBINSPECT", "22.2")


def test_results_of_other_tools(tmp_path: Path) -> None:
    found = looked(third_party(tmp_path / "a.zip"))
    assert found.findings == ()
    assert (found.facts["engine"], found.facts["scanned"]) == ("SAMPLE", "2026-01-09")
    assert said(third_party(tmp_path / "b.zip", "# nothing\n")) == [
        ("ssc.no-engine", Level.WARNING)
    ]
    assert said(third_party(tmp_path / "c.zip", None)) == [("ssc.other-content", Level.WARNING)]


def test_results_packed_twice(tmp_path: Path) -> None:
    inner = fpr(tmp_path / "inner.fpr").read_bytes()
    path = archive(tmp_path / "all.zip", {"scans/inner.fpr": inner})
    assert said(path) == [("ssc.packed-results", Level.WARNING)]


@pytest.mark.parametrize(
    ("name", "content", "finding"),
    [
        ("a.fpr", b"", ("file.empty", Level.ERROR)),
        ("a.fpr", b"plain text", ("ssc.not-an-archive", Level.ERROR)),
        ("a.ZIP", b"plain text", ("ssc.not-an-archive", Level.ERROR)),
        ("a.xml", b"<results/>", ("ssc.plain-file", Level.WARNING)),
        ("a.gz", b"\x1f\x8b", ("ssc.plain-file", Level.WARNING)),
        ("a.fpr", b"PK\x03\x04 and then nothing", ("ssc.cut-off", Level.ERROR)),
    ],
)
def test_what_is_no_archive(
    tmp_path: Path, name: str, content: bytes, finding: tuple[str, Level]
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    assert said(path) == [finding]


def test_a_scan_that_was_not_copied_whole(tmp_path: Path) -> None:
    path = fpr(tmp_path / "a.fpr")
    path.write_bytes(path.read_bytes()[:-30])
    assert said(path) == [("ssc.cut-off", Level.ERROR)]


def test_a_comment_and_bytes_before_do_not_matter(tmp_path: Path) -> None:
    path = fpr(tmp_path / "a.fpr")
    with zipfile.ZipFile(path, "a") as more:
        more.comment = b"made by hand" * 100
    assert said(path) == []


def test_a_locked_archive(tmp_path: Path) -> None:
    path = fpr(tmp_path / "a.fpr")
    data = bytearray(path.read_bytes())
    at = data.find(b"audit.fvdl", data.find(b"PK\x01\x02")) - 46
    data[at + 8] |= 1
    path.write_bytes(data)
    assert said(path) == [("ssc.encrypted", Level.ERROR)]


def test_an_archive_that_would_burst(tmp_path: Path) -> None:
    path = fpr(tmp_path / "a.fpr")
    data = bytearray(path.read_bytes())
    at = data.find(b"audit.fvdl", data.find(b"PK\x01\x02")) - 46
    struct.pack_into("<L", data, at + 24, 4_000_000_000)
    path.write_bytes(data)
    assert said(path) == [("ssc.swollen", Level.ERROR)]


@pytest.mark.parametrize(
    ("fvdl", "reason"),
    [
        ("<FVDL><Build>", "no element found"),
        ("<FVDL><Build></Build>", "last lines"),
        ("<FVDL><Build></FVDL>", "line 1"),
        ("<other/>", "begins with"),
        ("", "is empty"),
        ('<!DOCTYPE FVDL [<!ENTITY a "a">]><FVDL/>', "document type"),
    ],
)
def test_damaged_results_are_doubted(tmp_path: Path, fvdl: str, reason: str) -> None:
    path = archive(tmp_path / "a.fpr", {"audit.fvdl": fvdl})
    (finding,) = looked(path).findings
    assert (finding.id, finding.level) == ("ssc.unreadable-results", Level.ERROR)
    assert finding.asks
    assert reason in finding.facts["reason"]


def test_the_head_is_enough_however_long_the_rest(tmp_path: Path) -> None:
    text = FVDL.format(scan=scan_id(1), build="big")
    head, _, tail = text.partition("<SourceFiles>")
    huge = head + "<SourceFiles>" + "<File/>" * 2_000_000 + tail
    path = archive(tmp_path / "a.fpr", {"audit.fvdl": huge})
    del huge
    tracemalloc.start()
    found = looked(path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.facts["build"] == "big"
    assert found.findings == ()
    assert most < 3_000_000


def test_a_long_list_of_contents_is_not_held(tmp_path: Path) -> None:
    path = tmp_path / "a.fpr"
    entries: Mapping[str, str | bytes] = {f"src-archive/{n}": b"" for n in range(20_000)}
    archive(path, {**entries, "audit.fvdl": FVDL.format(scan=scan_id(1), build="many")})
    tracemalloc.start()
    found = looked(path)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert found.facts["build"] == "many"
    assert most < 2_000_000


def test_entries_of_64_bits(tmp_path: Path) -> None:
    path = tmp_path / "a.fpr"
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made,
        made.open("audit.fvdl", "w", force_zip64=True) as entry,
    ):
        entry.write(FVDL.format(scan=scan_id(1), build="wide").encode())
    assert looked(path).facts["build"] == "wide"


def test_a_missing_file_is_a_problem(tmp_path: Path) -> None:
    with pytest.raises(FileProblem) as caught:
        inspect(Source(str(tmp_path / "no.fpr"), 5, 0))
    assert caught.value.id == "file.missing"


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_no_damage_makes_more_than_findings(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    path = tmp_path_factory.mktemp("damaged") / "a.fpr"
    content = bytearray(fpr(path).read_bytes())
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(content) - 1))
        content[at] = data.draw(st.integers(0, 255))
    cut = data.draw(st.integers(1, len(content)))
    path.write_bytes(content[:cut])
    found = looked(path)
    assert all(one.title for one in found.findings)


@pytest.mark.parametrize("name", ["eightball_57.fpr", "scan_20.1.fpr", "iwa_mobile.fpr"])
def test_real_results(name: str) -> None:
    path = SAMPLES / "ssc" / name
    if not path.is_file():
        pytest.skip("no samples here")
    found = looked(path)
    assert found.findings == ()
    assert found.facts["kind"] == "fortify"
    assert not {"host", "user"} & found.facts.keys()
