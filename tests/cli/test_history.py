"""What ended, from the command line: found, exported, its failed records and receipts."""

from __future__ import annotations

import csv
import json
import shutil
import signal
import subprocess
import time
from pathlib import Path

import pytest

from app.demo_files import write_marc
from app.sandbox import Sandbox, Served
from tests.cli.conftest import Shell
from tests.servers.marc import marc


@pytest.fixture
def fresh(sandbox: Sandbox, shell: Shell) -> Shell:
    """One saved server and a history of its own."""
    served: Served = sandbox.servers[0]
    assert shell.add(served, "raw").code == 0
    shell.secret = served.secret
    return shell


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    path = tmp_path / "bad one.mrc"
    path.write_bytes(b"".join(marc("" if n in (3, 9) else f"T {n}", n) for n in range(1, 21)))
    return path


def test_what_was_sent_is_found_and_its_failed_records_are_saved(
    fresh: Shell, tmp_path: Path, bad: Path
) -> None:
    good = write_marc(tmp_path / "good.mrc", 30).path
    page, sums = tmp_path / "receipt.html", tmp_path / "receipt.sha256"
    sent = fresh.send("raw", good, bad, "--receipt", page, "--receipt", sums)
    assert sent.code == 7, sent.err
    id = next(one["id"] for one in sent.of("result") if one["path"] == str(bad))

    [line] = fresh("history", "bad", "--json").events
    assert (line["id"], line["result"], line["failed"]) == (id, "done_with_errors", 2)
    assert line["server"] == "raw" and line["account"] and line["ids"]["job"]
    plain = fresh("history")
    assert [row.split("\t")[2] for row in plain.out.splitlines()] == ["bad one.mrc", "good.mrc"]
    assert fresh("history", "--result", "done").out.count("\n") == 1
    assert fresh("history", "--until", "2001-01-01").out == ""
    assert fresh("history", "--since", "soon").code == 2

    listed, records = tmp_path / "list.csv", tmp_path / "again.mrc"
    saved = fresh("failures", str(id), "--csv", listed, "--records", records)
    assert saved.code == 0, saved.err
    assert records.read_bytes() == marc("", 3) + marc("", 9)
    with listed.open(encoding="utf-8", newline="") as file:
        assert [row["Record"] for row in csv.DictReader(file)] == ["3", "9"]
    assert fresh("failures", str(id)).out.startswith("3\t")
    assert fresh("failures", "99999").code == 2

    if shutil.which("sha256sum"):
        checked = subprocess.run(["sha256sum", "-c", sums], capture_output=True, check=False)
        assert checked.returncode == 0 and checked.stdout.count(b"OK") == 2
    assert "bad one.mrc" in page.read_text(encoding="utf-8")
    told = json.loads(fresh("receipt", str(id), "--batch").out)
    assert [one["name"] for one in told["files"]] == ["good.mrc", "bad one.mrc"]

    table = tmp_path / "all.csv"
    assert fresh("history", "--export", table, "--bom").code == 0
    assert table.read_bytes().startswith(b"\xef\xbb\xbfadded,")
    with table.open(encoding="utf-8-sig", newline="") as file:
        assert {row["name"] for row in csv.DictReader(file)} == {"good.mrc", "bad one.mrc"}

    status = fresh("status", "--json")
    assert [(one["state"], one["running"]) for one in status.events] == [
        ("done_with_errors", False),
        ("done", False),
    ]
    bad.write_bytes(bad.read_bytes() + marc("new"))
    changed = fresh("failures", str(id), "--records", tmp_path / "no.mrc")
    assert changed.code == 1 and "has changed since it was sent" in changed.err
    assert not (tmp_path / "no.mrc").exists()


def test_of_thousands_of_failed_records_every_one_is_saved(fresh: Shell, tmp_path: Path) -> None:
    path, saved = tmp_path / "many.mrc", tmp_path / "again.mrc"
    records = [marc("" if n % 11 else f"T {n}", n) for n in range(1, 5501)]
    path.write_bytes(b"".join(records))
    sent = fresh.send("raw", path)
    assert sent.code == 7, sent.err
    [result] = sent.of("result")
    assert len(result["failures"]) == 1000
    cut = fresh("failures", str(result["id"]), "--records", saved)
    assert (cut.code, cut.err) == (0, "5,000 failed records written.\n")
    assert saved.read_bytes() == b"".join(raw for n, raw in enumerate(records, 1) if n % 11)


def test_failed_invoices_and_json_records_are_saved(fresh: Shell, tmp_path: Path) -> None:
    head = b"UNB+UNOA:2+WSHEIN:ZZ+CORN2385:ZZ+201102:0931+674'\n"
    good = b"UNH+1+INVOIC:D:96A'\nBGM+380+267908+43'\nDTM+137:20261030:102'\nUNT+4+1'\n"
    bad = b"UNH+2+INVOIC:D:96A'\nBGM+380+267909+43'\nUNT+3+2'\n"
    book = b'{"leader": "00000nam a2200000 a 4500", "fields": []}'
    invoices, books = tmp_path / "invoices.edi", tmp_path / "books.json"
    invoices.write_bytes(head + good + bad + b"UNZ+2+674'\n")
    books.write_bytes(b"[{}, " + book + b"]")
    for path, profile, line, saved in (
        (invoices, "GOBI monographic invoices", "267909-1\tInvoice 267909\t", head + bad),
        (
            books,
            "Default - Create instance and SRS MARC Bib",
            "1\t\t",
            b"[\n{},\n" + book + b"\n]\n",
        ),
    ):
        sent = fresh(
            "send", "--to", "raw", "--set", f"job_profile={profile}", "--progress", "json", path
        )
        assert sent.code == 7, sent.err
        id = str(sent.of("result")[0]["id"])
        assert fresh("failures", id).out.startswith(line)
        again = tmp_path / f"again{path.suffix}"
        assert fresh("failures", id, "--records", again).code == 0
        assert again.read_bytes().startswith(saved)


def test_the_same_bytes_under_another_name_are_noticed(fresh: Shell, tmp_path: Path) -> None:
    first = write_marc(tmp_path / "first.mrc", 5).path
    other, longer = tmp_path / "other name.mrc", write_marc(tmp_path / "longer.mrc", 6).path
    assert fresh.send("raw", first).code == 0
    shutil.copy(first, other)
    again = fresh.send("raw", other, longer)
    assert again.code == 0
    found = {Path(one["path"]).name: one["findings"] for one in again.of("added")}
    assert [(one["id"], one["level"]) for one in found["other name.mrc"]] == [
        ("file.already-sent", "warning")
    ]
    assert "raw" in found["other name.mrc"][0]["text"]
    assert found["longer.mrc"] == []


def test_whatever_was_killed_each_upload_that_ended_is_in_the_history_once(
    fresh: Shell, tmp_path: Path
) -> None:
    files = [write_marc(tmp_path / f"{n:02}.mrc", 20).path for n in range(30)]
    process = fresh.start("send", "--to", "raw", "--set", "job_profile=none", *files)
    deadline = time.monotonic() + 40
    while len(ended(fresh)) < 3 and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert fresh("resume", "--progress", "none").code == 0
    assert sorted(ended(fresh)) == sorted(str(path) for path in files)


def ended(shell: Shell) -> list[str]:
    return [one["path"] for one in shell("history", "--json", "--limit", "0").events]
