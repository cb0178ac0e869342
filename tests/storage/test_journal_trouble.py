"""The journal where the disk is in the way: full, read-only, damaged beside the data base itself.

Nothing that was there is lost, nothing is asked of a server that is not written down before, and
each is told in a plain sentence.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from app.core.intents import Verb
from app.core.uploads import Phase, Source, Upload
from app.demo_files import OPTIONS, write_marc
from app.sandbox import Sandbox
from app.storage.journal import NAME, Journal
from app.storage.problems import StorageProblem

POSIX = pytest.mark.skipif(sys.platform == "win32", reason="limits and users of POSIX systems")


def upload(id: int) -> Upload:
    return Upload(id, "there", Source(f"/files/{id}.mrc", 10, 1))


@pytest.mark.parametrize("part", ["-wal", "-shm"])
@pytest.mark.parametrize("seed", range(6))
def test_flipped_bytes_beside_the_data_base_cost_at_most_what_was_written_last(
    tmp_path: Path, part: str, seed: int
) -> None:
    told: list[StorageProblem] = []
    kept, killed = tmp_path / "kept", tmp_path / "killed"
    first = Journal(kept, told.append)
    safe = [upload(id) for id in first.ids(20)]
    first.save(safe)
    first.close()
    running = Journal(kept, told.append)
    running.save([upload(id) for id in running.ids(50)])
    # As the files stand when a process is killed.
    shutil.copytree(kept, killed)
    running.close()
    path = killed / (NAME + part)
    content = bytearray(path.read_bytes())
    dice = random.Random(seed)
    for _ in range(dice.choice([1, 30, 3000])):
        content[dice.randrange(len(content))] = dice.randrange(256)
    path.write_bytes(content)
    second = Journal(killed, told.append)
    taken = {one.id for left in second.claim() for one in left.uploads}
    assert {one.id for one in safe} <= taken
    assert not (part == "-shm" and len(taken) < 70)
    second.save([upload(id) for id in second.ids(2)])
    second.close()
    assert not told


@pytest.fixture
def box() -> Iterator[Sandbox]:
    with Sandbox(families=("folio",), pace=40.0) as running:
        yield running


class Terminal:
    """Commands in a place of their own with one saved server."""

    def __init__(self, home: Path, box: Sandbox) -> None:
        served = box.servers[0]
        self.environment = {
            **os.environ,
            "LONGSHORE_HOME": str(home),
            "LONGSHORE_SECRET": served.secret,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        }
        settings = [f"--set={key}={value}" for key, value in served.fields.items()]
        done = self.run("destinations", "add", "folio", "there", *settings, "--secret-stdin")
        assert done.returncode == 0, done.stderr

    def run(self, *arguments: str, limit: int = 0) -> subprocess.CompletedProcess[str]:
        """`limit`: bytes from which on no file of the process grows, as on a full disk."""

        def small() -> None:
            import resource

            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        return subprocess.run(
            [sys.executable, "-m", "app", *arguments],
            env=self.environment,
            input=self.environment["LONGSHORE_SECRET"],
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
            preexec_fn=small if limit else None,
        )

    def send(self, *paths: Path, limit: int = 0) -> subprocess.CompletedProcess[str]:
        options = [f"--set={key}={value}" for key, value in OPTIONS["folio"].items()]
        files = map(str, paths)
        return self.run("send", "--to=there", *options, "--progress=json", *files, limit=limit)


def events(done: subprocess.CompletedProcess[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]


@POSIX
@pytest.mark.parametrize("limit", [36_000, 60_000, 90_000])
def test_a_disk_that_is_full_in_the_middle_of_a_run_is_told_and_nothing_arrives_twice(
    tmp_path: Path, box: Sandbox, limit: int
) -> None:
    terminal = Terminal(tmp_path / "home", box)
    paths = [write_marc(tmp_path / f"{n}.mrc", 10).path for n in range(4)]
    done = terminal.send(*paths, limit=limit)
    assert done.returncode not in (0, 2, -25), done.stderr
    assert "The journal of unfinished uploads cannot be written" in done.stderr
    assert "Traceback" not in done.stderr
    again = terminal.run("resume", "--progress=json")
    assert again.returncode in (0, 1, 6), again.stderr
    books = box.servers[0].books
    assert max(books.process_calls.values(), default=0) <= 1
    arrived = [
        file.name
        for file in books.files
        if books.process_calls.get(file.definition_id) and not file.removed
    ]
    assert len(arrived) == len(set(arrived)), arrived


@contextmanager
def disk(place: Path, *options: str) -> Iterator[Callable[..., None]]:
    """A small disk of its own at `place`, where this computer lets it; gives how to mount anew."""
    place.mkdir()

    def mounted(*more: str) -> None:
        subprocess.run(["mount", *more, str(place)], check=True, capture_output=True, timeout=30)

    try:
        mounted("-t", "tmpfs", "-o", ",".join(options), "tmpfs")
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no disk may be mounted here")
    try:
        yield mounted
    finally:
        subprocess.run(["umount", str(place)], check=True, timeout=30)


@POSIX
def test_a_disk_that_fills_up_loses_nothing_and_uploads_go_on_once_there_is_room(
    tmp_path: Path,
) -> None:
    told: list[StorageProblem] = []
    with disk(tmp_path / "disk", "size=256k"):
        journal = Journal(tmp_path / "disk", told.append)
        known = [upload(id) for id in journal.ids(5)]
        journal.save(known)
        ballast = tmp_path / "disk" / "ballast"
        with contextlib.suppress(OSError), ballast.open("wb", buffering=0) as file:
            while file.write(bytes(1024)):
                pass
        with pytest.raises(StorageProblem) as caught:
            for turn in range(1000):
                journal.intent(f"{turn}", Verb.SEND, [known[0].id])
        assert caught.value.id == "journal.unwritable" and "full" in caught.value.meaning
        journal.save([known[0].move(Phase.FAILED)])
        assert [one.id for one in told] == ["journal.unwritable"]
        ballast.unlink()
        journal.save([])
        journal.close()
        second = Journal(tmp_path / "disk", pytest.fail)
        phases = {one.id: one.phase for left in second.claim() for one in left.uploads}
        assert phases == {one.id: Phase.QUEUED for one in known} | {known[0].id: Phase.FAILED}
        second.close()


@POSIX
def test_a_read_only_disk_is_told_and_nothing_is_sent(tmp_path: Path, box: Sandbox) -> None:
    home = tmp_path / "home"
    with disk(home, "size=8m") as mounted:
        terminal = Terminal(home, box)
        path = write_marc(tmp_path / "a.mrc", 10).path
        journal = Journal(home, pytest.fail)
        journal.save([upload(id) for id in journal.ids(3)])
        journal.close()
        before = (home / NAME).read_bytes()
        mounted("-o", "remount,ro")
        for done in (terminal.send(path), terminal.run("resume"), terminal.run("status")):
            assert done.returncode not in (0, 2)
            assert "Traceback" not in done.stderr
            assert "cannot be" in done.stderr
        mounted("-o", "remount,rw")
        assert (home / NAME).read_bytes() == before
        assert not box.servers[0].books.files
        assert terminal.run("status").stdout.count("is no longer there") == 3
