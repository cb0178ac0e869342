"""The commands on SSC and TAO: the same words and codes as on every other family."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from app.sandbox import Fault, Sandbox
from tests.cli.conftest import Ended, Shell
from tests.servers.fprs import fpr
from tests.servers.rosters import groups, table

SHOP = ("--set", "application=Shop", "--set", "version=1.0")
PAYMENTS = ("--set", "application=Payments", "--set", "version=2.1 (strict)")


@pytest.fixture(scope="module")
def _both() -> Iterator[Sandbox]:
    with Sandbox(("ssc", "tao"), pace=20, neighbours=3) as running:
        yield running


@pytest.fixture
def both(_both: Sandbox) -> Iterator[Sandbox]:
    """One SSC and one TAO for the tests of this module; faults are taken back after each."""
    yield _both
    _both.faults.clear()


@pytest.fixture(scope="module")
def _saved(_both: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("saved")
    with_saved(Shell(home), _both)
    return home


@pytest.fixture
def saved(both: Sandbox, _saved: Path) -> Shell:
    """With the servers saved by the names of their families."""
    return Shell(_saved)


def with_saved(shell: Shell, box: Sandbox) -> Shell:
    for served in box.servers:
        added = shell.add(served, served.family)
        assert added.code == 0, added.err
    return shell


def secret(box: Sandbox, family: str) -> str:
    return box.served(family).secret


def sent(shell: Shell, box: Sandbox, to: str, *arguments: str | Path) -> Ended:
    return shell(
        *("send", "--to", to, "--progress", "json", *arguments),
        LONGSHORE_SECRET=secret(box, to),
    )


@pytest.fixture
def scan(tmp_path: Path) -> Path:
    return fpr(tmp_path / "shop-1.0.fpr")


@pytest.mark.parametrize("family", ["ssc", "tao"])
def test_a_saved_server_is_tested_step_by_step(saved: Shell, both: Sandbox, family: str) -> None:
    done = saved("destinations", "test", family, "--json", LONGSHORE_SECRET=secret(both, family))
    assert done.code == 0
    *steps, finished = done.events
    assert finished == {"event": "finished", "exit": 0}
    assert len(steps) > 3 and {step["state"] for step in steps} == {"ok"}
    wrong = saved("destinations", "test", family, LONGSHORE_SECRET="wrong")
    assert wrong.code == 4
    assert "FAILED" in wrong.out and "  - " in wrong.err


@pytest.mark.parametrize(
    ("family", "given", "words"),
    [
        ("ssc", ["url=https://s.example.org/ssc", "auth=password"], "needs “username”"),
        ("ssc", ["url=ssc.example.org"], "is not a web address"),
        ("ssc", ["url=https://s.example.org", "secret=abc"], "never an argument"),
        ("tao", ["url=tao.example.org"], "needs “client_id”"),
        ("tao", ["url=t.example.org", "client_id=a", "client_secret=b"], "never an argument"),
        ("tao", ["url=t.example.org", "client_id=a", "paths=custom"], "needs “token_url”"),
        ("tao", ["url=t.example.org", "client_id=a", "token_encoding=xml"], "choose one of auto"),
    ],
)
def test_settings_that_cannot_be_are_a_matter_of_usage(
    shell: Shell, family: str, given: list[str], words: str
) -> None:
    settings = [part for text in given for part in ("--set", text)]
    done = shell("destinations", "add", family, "A", *settings, "--secret-stdin", given="hush\n")
    assert (done.code, done.out) == (2, "")
    assert words in done.err and "hush" not in done.err


def test_what_ssc_offers_is_listed_and_searched(saved: Shell, both: Sandbox) -> None:
    def choices(*arguments: str) -> Ended:
        return saved("choices", "--to", "ssc", *arguments, LONGSHORE_SECRET=secret(both, "ssc"))

    applications = choices("application", "--json")
    assert applications.code == 0
    assert {"Shop", "Payments"} <= {one["label"] for one in json.loads(applications.out)}
    versions = choices("version", "--set", "application=Payments", "--json")
    assert {one["label"]: one["value"] for one in json.loads(versions.out)}[
        "2.1 (strict)"
    ] == "10044"
    assert "SAMPLE" in choices("engine").out
    assert choices("upload", "--json").code == 0
    free = choices("version_id")
    assert free.code == 2 and "any text will do" in free.err
    assert saved("choices", "--to", "tao", "job_profile").code == 2


@pytest.mark.parametrize("way", ["rest", "token"])
def test_a_scan_arrives_and_is_followed(saved: Shell, both: Sandbox, scan: Path, way: str) -> None:
    done = sent(saved, both, "ssc", *SHOP, "--set", f"upload={way}", scan)
    assert done.code == 0, done.err
    (result,) = done.of("result")
    assert result["state"] == "done" and result["link"].endswith("/version/10042/artifacts")
    assert done.of("finished") == [{"event": "finished", "counts": {"done": 1}, "exit": 0}]


def test_a_target_is_named_by_its_number_too(saved: Shell, both: Sandbox, scan: Path) -> None:
    assert sent(saved, both, "ssc", "--set", "version_id=10042", scan).code == 0
    wrong = sent(saved, both, "ssc", "--set", "version_id=99999", scan)
    assert wrong.code == 3
    assert "ssc.no-version" in {one["id"] for one in wrong.of("added")[0]["findings"]}
    unnamed = sent(saved, both, "ssc", "--set", "application=Shop", scan)
    assert unnamed.code == 2 and "“1.0”" in unnamed.err


def test_what_the_server_said_before_is_said_again_and_not_asked(
    saved: Shell, both: Sandbox, scan: Path
) -> None:
    assert sent(saved, both, "ssc", *SHOP, scan).code == 0
    again = sent(saved, both, "ssc", *SHOP, "--dry-run", scan)
    (added,) = again.of("added")
    assert "ssc.sent-before" in {finding["id"] for finding in added["findings"]}
    assert again.code == 0


def test_rows_that_failed_are_listed_with_7(saved: Shell, both: Sandbox, tmp_path: Path) -> None:
    header = ("user_username", "user_name", "user_password")
    rows = [("ann", "Ann", "harbour"), ("ben", "Ben", "Tide&Rope-9!")]
    done = sent(saved, both, "tao", table(tmp_path / "users.csv", header, rows))
    assert done.code == 7, done.err
    (result,) = done.of("result")
    assert (result["state"], result["counts"]) == (
        "done_with_errors",
        {"processed": 1, "failed": 1},
    )
    [failure] = result["failures"]
    assert failure["record"] == 1 and failure["text"]
    assert "harbour" not in done.out + done.err


def test_files_that_depend_on_each_other_go_in_turn(
    saved: Shell, both: Sandbox, tmp_path: Path
) -> None:
    header = ("user_username", "group_name", "group_role")
    links = table(tmp_path / "a-links.csv", header, [("kim", "Crew 1", "TEST_TAKER")])
    users = table(
        tmp_path / "b-users.csv",
        ("user_username", "user_name", "user_password"),
        [("kim", "Kim", "Tide&Rope-9!")],
    )
    done = sent(saved, both, "tao", links, users, groups(tmp_path / "c-groups.csv", 2))
    assert done.code == 0, done.out
    ended = [Path(one["path"]).name for one in done.of("result")]
    assert ended == ["c-groups.csv", "b-users.csv", "a-links.csv"]


def test_an_import_nobody_can_say_of_needs_input_with_5(
    saved: Shell, both: Sandbox, tmp_path: Path
) -> None:
    both.faults.add(Fault("lost-reply", match="POST */api/v1/upload"))
    before = len(both.served("tao").books.imports)
    done = sent(saved, both, "tao", groups(tmp_path / "groups.csv", 2))
    assert done.code == 5
    assert done.of("finished")[0]["counts"] == {"needs_input": 1}
    assert done.of("state")[-1]["problem"]["id"] == "tao.may-have"
    assert len(both.served("tao").books.imports) == before + 1


def test_a_file_that_is_no_scan_is_refused_with_3(
    saved: Shell, both: Sandbox, tmp_path: Path
) -> None:
    damaged = tmp_path / "cut.fpr"
    damaged.write_bytes(fpr(tmp_path / "whole.fpr").read_bytes()[:200])
    before = len(both.served("ssc").books.artifacts)
    done = sent(saved, both, "ssc", *SHOP, damaged)
    assert done.code == 3
    assert done.of("finished")[0]["counts"] == {"invalid": 1}
    assert len(both.served("ssc").books.artifacts) == before


def test_results_of_other_tools_go_with_their_engine(
    saved: Shell, both: Sandbox, tmp_path: Path
) -> None:
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("results.json", "{}")
    done = sent(saved, both, "ssc", *SHOP, "--set", "engine=SAMPLE", path)
    assert done.code in (0, 1), done.err
    assert both.served("ssc").books.uploads[-1].engine == "SAMPLE"


def test_what_a_server_works_on_is_told_whoever_sent_it(
    saved: Shell, both: Sandbox, scan: Path
) -> None:
    assert sent(saved, both, "ssc", *SHOP, scan).code == 0
    told = saved("jobs", "--to", "ssc", "--json", LONGSHORE_SECRET=secret(both, "ssc"))
    assert (told.code, told.err) == (0, "")
    found = json.loads(told.out)
    assert {"joan"} < {one["who"] for one in found}
    mine = next(one for one in found if one["name"] == scan.name)
    assert mine["state"] == "done" and mine["link"]
    assert datetime.fromisoformat(mine["started"]).tzinfo is not None
    plain = saved("jobs", "--to", "ssc", LONGSHORE_SECRET=secret(both, "ssc"))
    header, *lines = plain.out.splitlines()
    heads = ["State", "File", "By", "Records", "Began", "Ended", "Took", "Number"]
    assert header.split() == heads
    assert len(lines) == len(found)
    assert any(scan.name in line and "joan" in line for line in lines)


def test_a_server_that_lists_nothing_says_so(saved: Shell, both: Sandbox) -> None:
    plain = saved("jobs", "--to", "tao", LONGSHORE_SECRET=secret(both, "tao"))
    assert (plain.code, plain.out) == (0, "")
    assert "lists no work" in plain.err
    told = saved("jobs", "--to", "tao", "--json", LONGSHORE_SECRET=secret(both, "tao"))
    assert (told.code, told.out) == (0, "[]\n")
    assert saved("jobs", "--to", "tao", LONGSHORE_SECRET="wrong").code == 4
    assert saved("jobs", "--to", "nowhere").code == 2


def test_an_approval_ends_a_run_that_does_not_wait_for_it_with_10(shell: Shell, scan: Path) -> None:
    with Sandbox(("ssc",), pace=20, approval=True) as box:
        with_saved(shell, box)
        done = sent(shell, box, "ssc", *PAYMENTS, "--on-approval", "fail", scan)
        assert done.code == 10, done.err
        assert done.of("finished")[0]["counts"] == {"needs_approval": 1}
        asked = sent(shell, box, "ssc", *PAYMENTS, "--set", "approve=yes", scan)
        assert asked.code == 0, asked.err
        words = shell(
            *("send", "--to", "ssc", *PAYMENTS, "--on-approval", "fail", scan),
            LONGSHORE_SECRET=secret(box, "ssc"),
        )
        assert words.code == 10 and "Waiting for approval" in words.out


def test_a_token_that_ends_while_the_server_works_ends_the_run_with_4(
    shell: Shell, scan: Path
) -> None:
    # An administrator has paused the jobs, so nothing but the sign-in ends this run.
    with Sandbox(("ssc",), pace=20, workers=0) as box:
        with_saved(shell, box)
        box.faults.add(Fault("expire-token", match="GET */api/v1/artifacts/*", times=1))
        done = sent(shell, box, "ssc", *SHOP, scan)
        assert done.code == 4, done.err
        last = done.of("state")[-1]
        assert last["state"] in ("server_queued", "processing")
        assert last["problem"]["id"] == "ssc.token-refused"
        assert done.of("finished")[0]["exit"] == 4


def test_a_token_that_can_be_had_anew_is(saved: Shell, both: Sandbox, tmp_path: Path) -> None:
    both.faults.add(Fault("expire-token", match="GET */status/*", times=1))
    done = sent(saved, both, "tao", groups(tmp_path / "groups.csv", 2))
    assert done.code == 0, done.err


def test_a_person_overrides_what_may_be_overridden_by_its_name(
    saved: Shell, both: Sandbox, tmp_path: Path
) -> None:
    ragged = tmp_path / "groups.csv"
    ragged.write_text("group_name,group_active\nA,TRUE\nB\n")
    refused = sent(saved, both, "tao", ragged)
    assert refused.code == 3
    assert {one["id"]: one["level"] for one in refused.of("added")[0]["findings"]}[
        "tao.ragged"
    ] == "error"
    allowed = sent(saved, both, "tao", "--anyway", "tao.ragged", ragged)
    assert allowed.code != 3
    assert {one["id"]: one["level"] for one in allowed.of("added")[0]["findings"]}[
        "tao.ragged"
    ] == "warning"
    empty = tmp_path / "users.csv"
    empty.write_bytes(b"")
    assert sent(saved, both, "tao", "--anyway", "file.empty", empty).code == 3
    odd = sent(saved, both, "tao", "--anyway", "tao.elephant", ragged)
    assert odd.code == 2
    assert "tao.elephant" in odd.err
