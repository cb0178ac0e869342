"""Tables, receipts and check sums as other programs read them."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from app.core import catalogue
from app.core.history import Past
from app.core.jobs import Failure, Job, JobState, Result
from app.core.problems import FileProblem
from app.core.timeline import ADDED, Mark
from app.core.uploads import Phase, Source, Upload
from app.reports.receipt import Receipt, checksums, receipt_json
from app.reports.receipt_page import receipt_html
from app.reports.tables import failures_csv, history_csv, history_json
from app.storage.problems import StorageProblem
from app.storage.written_file import write_file

NOON = 1_790_000_000.0
EVIL = '<script>alert("x")</script> & "quotes" ’ü'


def past(path: str, *, sha256: str = "", failures: Sequence[Failure] = (), failed: int = 0) -> Past:
    marks = (
        Mark(NOON, ADDED),
        Mark(NOON + 1, "sending"),
        Mark(NOON + 4, "sent"),
        Mark(NOON + 4, "processing"),
        Mark(NOON + 60, "done"),
    )
    job = Job("r", JobState.DONE, total=9, facts={"job": "j-1", "hrid": "77"}, link="javascript:x")
    return Past(
        Upload(
            1,
            "d",
            Source(path, 1234567, 5),
            {"job_profile": "Create"},
            phase=Phase.DONE,
            job=job,
            result=Result({"created": 7, "failed": failed}, tuple(failures), failed),
            sha256=sha256,
            account="kim at diku",
            marks=marks,
        ),
        "Library",
        "folio",
    )


def receipt(*pasts: Past) -> Receipt:
    return Receipt(pasts, NOON + 99, "Longshore 1")


def rows(pieces: object, encoding: str = "utf-8") -> list[list[str]]:
    assert hasattr(pieces, "__iter__")
    return list(csv.reader(io.StringIO(b"".join(pieces).decode(encoding), newline="")))


def test_no_cell_of_a_table_is_a_formula() -> None:
    evil = ("=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "  =1", "=cmd|' /C calc'!A0")
    shown = rows(failures_csv([Failure(3, text) for text in evil], str))[1:]
    assert [row[3] for row in shown] == [f"'{text}" for text in evil]
    name = "=HYPERLINK(1).mrc"
    [head, line] = rows(history_csv([past(f"/files/{name}")]))
    assert dict(zip(head, line, strict=True))["name"] == f"'{name}"
    assert dict(zip(head, line, strict=True))["path"] == f"/files/{name}"
    harmless = Failure(None, "a, “b”\nand 1-2", "Title", "in1", "")
    assert rows(failures_csv([harmless], str))[1] == ["", "Title", "in1", harmless.text, ""]


def test_a_byte_order_mark_is_there_when_it_is_wanted() -> None:
    assert b"".join(failures_csv([], str)).startswith(b"Record,")
    assert b"".join(failures_csv([], str, mark=True)).startswith(b"\xef\xbb\xbfRecord,")


def test_the_history_as_json_is_a_list_however_long() -> None:
    assert json.loads(b"".join(history_json([]))) == []
    two = json.loads(b"".join(history_json([past("/a ü.mrc", sha256="ab"), past("/b")])))
    assert [one["name"] for one in two] == ["a ü.mrc", "b"]
    assert two[0]["sent"] == "2026-09-21T14:13:24Z"
    assert (two[0]["sending_seconds"], two[0]["server_seconds"]) == (3, 56)
    assert two[0]["ids"] == {"hrid": "77", "job": "j-1"}


def test_check_sums_check(tmp_path: Path) -> None:
    names = ["plain.mrc", "two words ü.mrc", "back\\slash", "new\nline", "-dash", "dup"]
    pasts = []
    for name in names:
        path = tmp_path / name
        path.write_bytes(name.encode() * 1000)
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        pasts.append(past(str(path), sha256=digest))
    pasts += [pasts[-1], past(str(tmp_path / "never sent"))]
    listed = checksums(pasts)
    assert listed.count(b"\n") == len(names)
    (tmp_path / "sums").write_bytes(listed)
    if shutil.which("sha256sum") is None:
        pytest.skip("there is no sha256sum here")
    command = ["sha256sum", "--strict", "-c", str(tmp_path / "sums")]
    good = subprocess.run(command, capture_output=True, check=False)
    assert good.returncode == 0, good.stderr
    assert good.stdout.count(b": OK") == len(names)
    (tmp_path / "plain.mrc").write_bytes(b"other")
    assert subprocess.run(command, capture_output=True, check=False).returncode == 1


class _Page(HTMLParser):
    """What a browser would make of it: open elements, texts, and what it would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.texts: list[str] = []
        self.active: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("meta", "br"):
            self.open.append(tag)
        loads = [key for key, _ in attrs if key in ("src", "onclick", "onload")]
        bad = [value for key, value in attrs if key == "href" and "http" not in (value or "")]
        if tag in ("script", "iframe", "img", "link", "object", "form") or loads or bad:
            self.active.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def rich() -> Receipt:
    failures = [Failure(n, f"{EVIL} {n}", EVIL, "in1") for n in range(1, 4)]
    one = past(f"/files/{EVIL}.mrc", sha256="ab" * 32, failures=failures, failed=40)
    two = past("/files/two.mrc", sha256="cd" * 32)
    problem = FileProblem(catalogue.FILE_MISSING, {"name": EVIL})
    failed = replace(two.upload, phase=Phase.FAILED, problem=problem, result=None, sha256="")
    return receipt(one, two, replace(two, upload=failed, server=EVIL))


def test_a_receipt_shows_everything_and_runs_nothing() -> None:
    page = _Page()
    page.feed(receipt_html(rich(), str).decode())
    page.close()
    assert page.open == [] and page.active == []
    text = "\n".join(page.texts)
    for wanted in (EVIL, "ab" * 32, "kim at diku", "the first 3 of 40", "1,234,567", "j-1", "77"):
        assert wanted in text
    assert not re.search(r"url\(|@import|https?://", "".join(page.texts))


def test_a_receipt_is_valid_html(tmp_path: Path) -> None:
    if shutil.which("tidy") is None:
        pytest.skip("there is no tidy here to check HTML with")
    path = tmp_path / "receipt.html"
    path.write_bytes(receipt_html(rich(), str))
    checked = subprocess.run(
        ["tidy", "-quiet", "-errors", "-utf8", str(path)], capture_output=True, check=False
    )
    assert (checked.returncode, checked.stderr.decode()) == (0, "")


def test_a_receipt_for_programs_has_what_the_page_has() -> None:
    value = json.loads(receipt_json(rich()))
    assert value["accounts"] == ["kim at diku"] and value["servers"] == ["Library", EVIL]
    assert value["checksums"][1] == f"{'cd' * 32}  /files/two.mrc"
    first, _, third = value["files"]
    assert (first["failed"], len(first["failures"])) == (40, 3)
    assert third["result"] == "failed" and third["problem"]["id"] == "file.missing"


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    path = tmp_path / "out"
    assert write_file(path, [b"ab", b"cd"]) == 4

    def breaking() -> object:
        yield b"new"
        raise FileProblem(catalogue.FILE_MISSING, {})

    with pytest.raises(FileProblem):
        write_file(path, breaking())  # type: ignore[arg-type]
    assert path.read_bytes() == b"abcd"
    with pytest.raises(StorageProblem) as raised:
        write_file(tmp_path / "no folder" / "x", [b""])
    assert raised.value.id == "storage.unwritable"
    assert [one.name for one in tmp_path.iterdir()] == ["out"]
