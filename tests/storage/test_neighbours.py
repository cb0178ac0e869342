"""Several processes on one journal: each sees what the others do and touches only its own."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from app.core.changes import Elsewhere, ElsewhereChanged
from app.core.uploads import Phase, Source, Upload
from app.storage.journal import Journal
from app.storage.neighbours import Neighbours

SECONDS = 30.0

CHILD = """
import sys
from pathlib import Path
from app.core.uploads import Phase, Source, Upload
from app.storage.journal import Journal
from app.storage.neighbours import Neighbours

folder = Path(sys.argv[1])
journal = Journal(folder, print)
[id] = journal.ids(1)
upload = Upload(id, "there", Source("/files/theirs.mrc", 1000, 1))
journal.save([upload])
sent = {}
with Neighbours(folder, lambda: journal.owner, sent.items, seconds=0.02):
    print(id, flush=True)
    for line in sys.stdin:
        match line.split():
            case ["sent", count]:
                sent[id] = int(count)
            case ["end"]:
                break
            case [phase]:
                upload = upload.move(Phase(phase))
                journal.save([upload])
journal.close()
"""


class Seen:
    """What one process knows of the others."""

    def __init__(self) -> None:
        self.uploads: dict[int, Elsewhere] = {}
        self.told = 0
        self._moved = threading.Condition()

    def __call__(self, change: ElsewhereChanged) -> None:
        with self._moved:
            self.told += 1
            self.uploads.update((one.upload.id, one) for one in change.changed)
            for id in change.gone:
                del self.uploads[id]
            self._moved.notify_all()

    def until(self, true: Callable[[], bool]) -> None:
        with self._moved:
            assert self._moved.wait_for(true, SECONDS), self.uploads


@contextmanager
def child(folder: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Another process with one upload, by commands; gives the id of that."""
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline()), process
        finally:
            process.kill()


def say(process: subprocess.Popen[str], words: str) -> None:
    assert process.stdin is not None
    process.stdin.write(f"{words}\n")
    process.stdin.flush()


def test_another_process_is_seen_live_and_taken_over_only_when_it_is_gone(tmp_path: Path) -> None:
    seen = Seen()
    journal = Journal(tmp_path, pytest.fail)
    mine = journal.ids(1)[0]
    journal.save([Upload(mine, "there", Source("/files/mine.mrc", 10, 1))])
    watch = Neighbours(tmp_path, lambda: journal.owner, dict[int, int]().items, seen, seconds=0.02)
    with child(tmp_path) as (theirs, process), watch:
        assert theirs != mine
        seen.until(lambda: theirs in seen.uploads)
        assert mine not in seen.uploads and seen.uploads[theirs].living
        say(process, "sending")
        say(process, "sent 400")
        seen.until(lambda: seen.uploads[theirs].sent == 400)
        assert seen.uploads[theirs].upload.phase is Phase.SENDING
        assert journal.levels() == {theirs: 400}
        assert journal.claim() == []
        process.kill()
        process.wait()
        seen.until(lambda: not seen.uploads[theirs].living)
        [left] = journal.claim()
        assert [one.id for one in left.uploads] == [theirs] and left.cut_off
        assert journal.claim() == [], "what is ours already is not taken again"
        seen.until(lambda: theirs not in seen.uploads)
    journal.close()


def test_what_is_handed_back_in_order_is_not_called_a_crash(tmp_path: Path) -> None:
    journal = Journal(tmp_path, pytest.fail)
    seen = Seen()
    journal.ids(1)
    watch = Neighbours(tmp_path, lambda: journal.owner, dict[int, int]().items, seen, seconds=0.02)
    with child(tmp_path) as (theirs, process), watch:
        seen.until(lambda: theirs in seen.uploads)
        say(process, "end")
        process.wait()
        seen.until(lambda: not seen.uploads[theirs].living)
        [left] = journal.claim()
        assert [one.id for one in left.uploads] == [theirs] and not left.cut_off
    journal.close()


def test_nothing_is_told_and_nothing_read_while_nobody_writes(tmp_path: Path) -> None:
    journal = Journal(tmp_path, pytest.fail)
    journal.ids(1)
    seen, looks = Seen(), threading.Semaphore(0)

    def sent() -> list[tuple[int, int]]:
        looks.release()
        return []

    with (
        child(tmp_path) as (theirs, _),
        Neighbours(tmp_path, lambda: journal.owner, sent, seen, seconds=0.01),
    ):
        seen.until(lambda: theirs in seen.uploads)
        for _ in range(20):
            assert looks.acquire(timeout=SECONDS)
        assert seen.told == 1
    journal.close()


STARTER = """
import sys
from pathlib import Path
from app.storage.journal import Journal

journal = Journal(Path(sys.argv[1]), print)
journal.ids(1)
print("ready", flush=True)
sys.stdin.readline()
print(*[one.id for left in journal.claim() for one in left.uploads], flush=True)
sys.stdin.readline()
"""


def test_two_that_start_at_once_take_each_upload_once(tmp_path: Path) -> None:
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from app.storage.journal import Journal\n"
        "from app.core.uploads import Source, Upload\n"
        "j = Journal(Path(sys.argv[1]), print)\n"
        "j.save([Upload(i, 'd', Source('/x', 1, 1)) for i in j.ids(40)])\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    if not hasattr(signal, "SIGKILL"):
        pytest.skip("there is no such signal here")
    for _ in range(3):
        subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=False, timeout=60)
    starters = [
        subprocess.Popen(
            [sys.executable, "-c", STARTER, str(tmp_path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(3)
    ]
    try:
        for one in starters:
            assert one.stdout is not None and one.stdout.readline() == "ready\n"
        for one in starters:
            say(one, "go")
        taken = [[int(id) for id in one.stdout.readline().split()] for one in starters]  # type: ignore[union-attr]
    finally:
        for one in starters:
            one.communicate("end\n", timeout=SECONDS)
    together = [id for ids in taken for id in ids]
    assert len(together) == len(set(together)) == 120, taken


WRITER = """
import sys
from pathlib import Path
from app.core.intents import Verb
from app.core.uploads import Phase, Source, Upload
from app.storage.journal import Journal

journal = Journal(Path(sys.argv[1]), lambda problem: sys.exit(problem.title))
made = []
for turn in range(60):
    ids = list(journal.ids(3))
    made += ids
    uploads = [Upload(id, "there", Source("/x", 1, 1), {"by": sys.argv[2]}) for id in ids]
    journal.save(uploads)
    journal.intent(f"{sys.argv[2]}-{turn}", Verb.OPEN, ids)
    journal.save([one.move(Phase.OPENING) for one in uploads])
    journal.outcome(f"{sys.argv[2]}-{turn}", Verb.OPEN, ids, "done")
    assert journal.claim() == []
print(*made, flush=True)
# What a process leaves that is no more would be taken over by the others.
sys.stdin.readline()
"""


def test_processes_that_write_at_the_same_time_wait_for_each_other(tmp_path: Path) -> None:
    writers = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for name in ("a", "b", "c")
    ]
    try:
        told = [one.stdout.readline() for one in writers if one.stdout is not None]
    finally:
        for one in writers:
            one.communicate("end\n", timeout=SECONDS)
    made = [{int(id) for id in line.split()} for line in told]
    assert len(set.union(*made)) == 3 * 180
    journal = Journal(tmp_path, pytest.fail)
    known = {one.id: one.options["by"] for one, _ in journal.uploads()}
    assert all(known[id] == name for ids, name in zip(made, "abc", strict=True) for id in ids)
    journal.close()
