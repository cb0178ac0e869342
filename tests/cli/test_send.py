"""`longshore send` end to end: what a script sees, and what the server got."""

import hashlib
import itertools
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.demo_files import write_marc
from app.sandbox import Fault, Sandbox
from tests.cli.conftest import LIMIT, PROFILE, Shell
from tests.corpus.marc_records import interchange
from tests.corpus.marc_records import invoice as marc_invoice

BOTH = pytest.mark.parametrize("to", ["raw", "split"])


NUMBERS = itertools.count(1, 1_000)
"""Each test has records of its own: the same ones again would be noticed as sent already."""


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write_marc(tmp_path / "good.mrc", 60, first=next(NUMBERS)).path


@pytest.fixture
def bad(tmp_path: Path) -> Path:
    first = next(NUMBERS)
    return write_marc(tmp_path / "bad.mrc", 30, without_title=(3, 9), first=first).path


def books(sandbox: Sandbox, to: str) -> Any:
    return sandbox.servers[0 if to == "raw" else 1].books


def writes(sandbox: Sandbox, since: int = 0) -> list[str]:
    """The requests that changed something, signing in and out aside."""
    return [
        f"{one.method} {one.path}"
        for one in books(sandbox, "raw").requests[since:]
        if one.method != "GET" and not one.path.startswith("/authn/")
    ]


@BOTH
def test_a_file_arrives_whole_and_its_records_are_counted(
    saved: Shell, sandbox: Sandbox, good: Path, to: str
) -> None:
    done = saved.send(to, good)
    assert (done.code, done.err) == (0, "")
    digest = hashlib.sha256(good.read_bytes()).hexdigest()
    first, *_, result, finished = done.events
    assert first == {
        "event": "added",
        "id": result["id"],
        "path": str(good),
        "size": good.stat().st_size,
        "findings": [],
    }
    assert result["event"] == "result"
    assert (result["path"], result["state"]) == (str(good), "done")
    assert result["sha256"] == digest
    assert result["counts"]["created"] == 60
    assert result["failures"] == []
    assert finished == {"event": "finished", "counts": {"done": 1}, "exit": 0}
    stored = [one for one in books(sandbox, to).files if one.sha256][-1]
    assert (stored.name, stored.sha256, stored.records) == ("good.mrc", digest, 60)
    for state in done.of("state"):
        assert state.keys() >= {"id", "path", "state", "text", "sent", "size", "attempt"}
        if "job" in state:
            known = {"ref", "state", "done", "total", "failed", "link"}
            assert state["job"].keys() >= known
    codes = [state["state"] for state in done.of("state")]
    assert codes[0] == "queued" and codes[-1] == "done" and "uploading" in codes


@BOTH
def test_bad_records_are_listed_and_the_exit_code_is_7(saved: Shell, bad: Path, to: str) -> None:
    done = saved.send(to, bad)
    assert done.code == 7
    (result,) = done.of("result")
    assert result["state"] == "done_with_errors"
    assert [failure["record"] for failure in result["failures"]] == [3, 9]
    assert all(failure["text"] for failure in result["failures"])
    assert result["counts"]["created"] == 28 and result["counts"]["failed"] == 2


def test_words_for_people_name_the_failed_records(saved: Shell, bad: Path) -> None:
    done = saved("send", "--to", "RAW", "--set", PROFILE, bad)
    assert done.code == 7
    assert done.out.startswith("bad.mrc: Done, 2 records failed")
    assert "record 3" in done.out and "record 9" in done.out
    assert "bad.mrc: Uploading" in done.err


def test_without_progress_only_the_result_is_printed(saved: Shell, good: Path) -> None:
    done = saved("send", "--to", "raw", "--set", PROFILE, "--progress", "none", good)
    assert (done.code, done.out, done.err) == (0, "good.mrc: Done: 60 created\n", "")


def test_a_large_file_tells_its_progress_at_most_four_times_a_second(
    saved: Shell, tmp_path: Path
) -> None:
    large = write_marc(tmp_path / "large.mrc", 2_000).path
    began = time.monotonic()
    done = saved.send("raw", "--limit", "300k", large)
    seconds = time.monotonic() - began
    assert done.code == 0
    size, told = large.stat().st_size, done.of("progress")
    assert 3 <= len(told) <= 4 * seconds + 1
    sent = [one["sent"] for one in told]
    assert sent == sorted(sent) and all(0 <= one <= size for one in sent)
    assert all(one["size"] == size and one["id"] == told[0]["id"] for one in told)
    assert 100_000 < told[-1]["rate"] < 600_000


def test_a_folder_is_walked_and_its_junk_skipped(saved: Shell, tmp_path: Path) -> None:
    folder = tmp_path / "to send"
    (folder / "sub" / ".git").mkdir(parents=True)
    write_marc(folder / "a “quoted” 'name'.mrc", 3)
    write_marc(folder / "sub" / "Müller.mrc", 3)
    for junk in (".DS_Store", "Thumbs.db", "~$a.mrc", ".hidden.mrc", "sub/.git/b.mrc"):
        (folder / junk).write_bytes(b"x")
    done = saved.send("raw", folder, folder / "sub" / "Müller.mrc")
    assert done.code == 0
    assert "Skipped 5 hidden or junk files" in done.err
    assert "Skipped 1 file named twice" in done.err
    assert [Path(one["path"]).name for one in done.of("added")] == [
        "a “quoted” 'name'.mrc",
        "Müller.mrc",
    ]
    assert done.events[-1]["counts"] == {"done": 2}


def test_an_empty_folder_is_nothing_to_do(saved: Shell, tmp_path: Path) -> None:
    done = saved.send("raw", tmp_path)
    assert (done.code, done.events) == (0, [{"event": "finished", "counts": {}, "exit": 0}])
    assert "no file to send" in done.err


def test_one_refused_file_stops_the_whole_delivery(
    saved: Shell, sandbox: Sandbox, good: Path
) -> None:
    blocked = good.with_suffix(".pdf")
    blocked.write_bytes(good.read_bytes())
    before = len(books(sandbox, "raw").requests)
    done = saved.send("raw", good, blocked)
    assert done.code == 3
    states = {Path(one["path"]).name: one for one in done.of("state")}
    assert states["good.mrc"]["state"] == "ready"
    assert states["good.pdf"]["state"] == "invalid"
    (finding,) = done.of("added")[1]["findings"]
    assert finding["level"] == "error" and "good.pdf" in finding["text"]
    assert done.events[-1] == {
        "event": "finished",
        "counts": {"ready": 1, "invalid": 1},
        "exit": 3,
    }
    assert writes(sandbox, before) == []


@pytest.mark.parametrize("what", ["missing", "empty", "pipe"])
def test_a_file_that_cannot_be_sent_is_refused_with_advice(
    saved: Shell, sandbox: Sandbox, good: Path, what: str
) -> None:
    path = good.with_name(f"{what}.mrc")
    if what == "empty":
        path.touch()
    elif what == "pipe":
        if not hasattr(os, "mkfifo"):
            pytest.skip("no pipes with names here")
        os.mkfifo(path)
    before = len(books(sandbox, "raw").requests)
    done = saved("send", "--to", "raw", "--set", PROFILE, good, path)
    assert done.code == 3
    assert f"longshore: {what}.mrc: " in done.err and "  - " in done.err
    assert len(books(sandbox, "raw").requests) == before


def test_a_dry_run_only_reads(saved: Shell, sandbox: Sandbox, good: Path) -> None:
    before = len(books(sandbox, "raw").requests)
    done = saved.send("raw", "--dry-run", good)
    assert done.code == 0
    assert "Would send 1 file to raw (FOLIO Data Import) with " in done.err
    profile = PROFILE.partition("=")[2]
    assert f"Job profile “{profile}”" in done.err
    assert [one["state"] for one in done.of("state")] == ["ready"]
    assert done.events[-1] == {"event": "finished", "counts": {"ready": 1}, "exit": 0}
    assert writes(sandbox, before) == []
    assert len(books(sandbox, "raw").requests) > before


def test_a_wrong_password_is_tried_once_before_anything_is_sent(
    saved: Shell, sandbox: Sandbox, good: Path
) -> None:
    tried = len(books(sandbox, "raw").sign_ins)
    done = saved.send("raw", good, LONGSHORE_SECRET="not the password")
    assert done.code == 4
    assert "did not accept the user name or the password" in done.err
    assert "not the password" not in done.out + done.err
    (state,) = done.of("state")
    assert state["state"] == "failed"
    problem = state["problem"]
    assert problem.keys() >= {"id", "title", "meaning", "advice", "retry", "server"}
    assert (problem["id"], problem["retry"]) == ("sign-in.refused", "person")
    assert len(books(sandbox, "raw").sign_ins) == tried + 1


def test_no_password_at_all_says_how_to_give_it(saved: Shell, good: Path) -> None:
    saved.secret = ""
    done = saved.send("raw", good)
    assert done.code == 4
    assert "LONGSHORE_SECRET" in done.err


def test_a_wrong_tenant_is_a_matter_of_signing_in(
    shell: Shell, sandbox: Sandbox, good: Path
) -> None:
    shell.add(sandbox.servers[0], "elsewhere", tenant="nowhere")
    shell.secret = sandbox.servers[0].secret
    done = shell.send("elsewhere", good)
    assert done.code == 4
    assert done.err.startswith("longshore: ")


def test_a_server_that_is_off_is_something_for_later(
    shell: Shell, sandbox: Sandbox, good: Path, closed_port: Callable[[], int]
) -> None:
    shell.add(sandbox.servers[0], "off", url=f"http://127.0.0.1:{closed_port()}")
    shell.secret = sandbox.servers[0].secret
    done = shell.send("off", good)
    assert done.code == 5
    assert "does not accept connections" in done.err
    assert done.of("state")[0]["problem"]["id"] == "connection.refused"


def test_a_password_is_not_sent_in_the_clear(shell: Shell, sandbox: Sandbox, good: Path) -> None:
    shell.add(sandbox.servers[0], "plain", url="http://folio.example.org")
    shell.secret = sandbox.servers[0].secret
    done = shell.send("plain", good)
    assert done.code == 1
    assert "in the clear" in done.err


@BOTH
def test_a_failed_job_is_1_alone_and_6_among_others(
    saved: Shell, sandbox: Sandbox, good: Path, bad: Path, to: str
) -> None:
    sandbox.faults.add(Fault("job-error", match="good*", times=0))
    alone = saved.send(to, good)
    assert alone.code == 1
    (result,) = alone.of("result")
    assert result["state"] == "failed"
    together = saved.send(to, good, bad)
    assert together.code == 6
    assert together.events[-1]["counts"] == {"failed": 1, "done_with_errors": 1}
    assert together.events[-1]["exit"] == 6


def test_not_waiting_ends_once_the_server_was_told(
    saved: Shell, sandbox: Sandbox, good: Path
) -> None:
    sandbox.faults.add(Fault("slow-job", times=0))
    before = len(books(sandbox, "raw").requests)
    done = saved.send("raw", "--no-wait", good)
    assert done.code == 0
    (result,) = done.of("result")
    assert result["state"] in ("server_queued", "processing")
    assert result["sha256"] == hashlib.sha256(good.read_bytes()).hexdigest()
    assert any(call.endswith("/processFiles") for call in writes(sandbox, before))


def test_a_wait_that_ends_before_the_server_is_8(
    saved: Shell, sandbox: Sandbox, tmp_path: Path
) -> None:
    sandbox.faults.add(Fault("slow-job", times=0))
    path = write_marc(tmp_path / "long.mrc", 4_000).path
    done = saved.send("raw", "--wait-timeout", "2.5", path)
    assert done.code == 8
    (result,) = done.of("result")
    assert result["state"] in ("server_queued", "processing")
    assert done.events[-1] == {"event": "finished", "counts": {result["state"]: 1}, "exit": 8}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no signals between processes")
@pytest.mark.parametrize("how", ["SIGINT", "SIGTERM"])
def test_an_interruption_stops_cleanly_with_130(
    saved: Shell, sandbox: Sandbox, tmp_path: Path, how: str
) -> None:
    path = write_marc(tmp_path / "slow.mrc", 3_000).path
    arguments = ("--set", PROFILE, "--progress", "json", "--limit", "50k", path)
    process = saved.start("send", "--to", "raw", *arguments)
    assert process.stdout is not None
    for line in process.stdout:
        if b'"progress"' in line:
            break
    began = time.monotonic()
    process.send_signal(getattr(signal, how))
    out, err = process.communicate(timeout=LIMIT)
    assert process.returncode == 130
    assert time.monotonic() - began < 10
    assert out.splitlines()[-1].endswith(b'"counts": {"uploading": 1}, "exit": 130}')
    assert err == b"longshore: interrupted.\n"


def test_a_reader_that_goes_away_does_not_end_the_delivery(
    saved: Shell, sandbox: Sandbox, good: Path
) -> None:
    process = saved.start("send", "--to", "raw", "--set", PROFILE, "--progress", "json", good)
    assert process.stdout is not None and process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    process.stderr.close()
    assert (process.wait(timeout=30), err) == (0, b"")
    digest = hashlib.sha256(good.read_bytes()).hexdigest()
    assert books(sandbox, "raw").files[-1].sha256 == digest


def test_a_terminal_that_knows_only_ascii_is_no_reason_to_fail(
    saved: Shell, tmp_path: Path
) -> None:
    path = write_marc(tmp_path / "Žluťoučký\x1b[2Jkůň.mrc", 3).path
    done = saved("send", "--to", "raw", "--set", PROFILE, path, PYTHONIOENCODING="ascii")
    assert done.code == 0
    assert r"\x1b[2J" in done.out and "\x1b" not in done.out + done.err


def test_a_lost_reply_is_looked_up_and_not_sent_twice(
    saved: Shell, sandbox: Sandbox, good: Path
) -> None:
    sandbox.faults.add("lost-reply")
    done = saved.send("raw", good)
    assert done.code == 0
    assert done.of("result")[0]["counts"]["created"] == 60


def test_nothing_left_behind_holds_a_secret(
    sandbox: Sandbox, shell: Shell, good: Path, bad: Path
) -> None:
    for name, served in zip(("raw", "split"), sandbox.servers, strict=True):
        shell.add(served, name)
    shell.secret = sandbox.servers[0].secret
    for to in ("raw", "split"):
        shell.send(to, good, bad)
        shell("send", "--to", to, "--set", PROFILE, "-v", good)
        shell("destinations", "test", to, "--json")
    shell.send("raw", good, LONGSHORE_SECRET="another made-up one")
    shell("destinations", "--json")
    said = [text.encode() for ended in shell.ran for text in (ended.out, ended.err)]
    kept = [path.read_bytes() for path in shell.home.rglob("*") if path.is_file()]
    assert kept
    token = re.compile(rb"eyJ[\w-]{10,}|X-Amz-|okapi-token", re.IGNORECASE)
    for text in (*said, *kept):
        assert shell.secret.encode() not in text
        assert b"another made-up one" not in text
        assert token.search(text) is None


def test_commands_never_load_widgets() -> None:
    program = (
        "import sys\n"
        "import app.cli.main, app.cli.send, app.cli.destinations, app.cli.choices, app.cli.demo\n"
        "print([name for name in sys.modules if name in ('PySide6.QtWidgets', 'PySide6.QtGui')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout == "[]\n"


def test_an_option_that_does_not_fit_one_of_the_files_names_it(
    saved: Shell, good: Path, tmp_path: Path
) -> None:
    invoice = tmp_path / "invoice.edi"
    invoice.write_bytes(interchange(marc_invoice(1)))
    done = saved.send("raw", "--dry-run", good, invoice)
    assert done.code == 2
    assert "longshore: invoice.edi: “" in done.err
