"""Looks into files by a real process of the program's own."""

from __future__ import annotations

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from app import __version__
from app.core.drafts import Inspection, Stopped
from app.core.uploads import Source
from app.inspection.looks import inspected
from app.inspection.process import Inspector
from app.servers import families
from app.transfer.local_file import source_of
from tests.corpus.marc_records import book

FOLIO = families()["folio"]

OTHER_VERSION = """
import app
app.__version__ = "0.0.9"
from app.inspection.answering import main
main()
"""


class Watched:
    """Keeps what is told; `unwanted` are left out as soon as something was seen of them."""

    def __init__(self, *unwanted: int) -> None:
        self.unwanted = unwanted
        self.told: list[tuple[int, int]] = []
        self.early: dict[int, Inspection] = {}

    def wanted(self, index: int) -> bool:
        return index not in self.unwanted

    def seen(self, index: int, size: int) -> None:
        self.told.append((index, size))
        if index in self.unwanted:
            raise Stopped

    def glanced(self, index: int, inspection: Inspection) -> None:
        self.early[index] = inspection


def files(folder: Path, count: int) -> list[Source]:
    sources = []
    for number in range(count):
        path = folder / f"{number}.mrc"
        path.write_bytes(book(number) * (number % 3 + 1) + b"x" * (number % 2))
        sources.append(source_of(path))
    return sources


def large(folder: Path, size: int, name: str = "large.mrc") -> Source:
    path = folder / name
    records = b"".join(map(book, range(2_000)))
    with path.open("wb") as file:
        while file.tell() < size:
            file.write(records)
    return source_of(path)


@pytest.fixture
def inspector() -> Iterator[Inspector]:
    one = Inspector(many=1)
    yield one
    one.rest()


def found(inspector: Inspector, sources: Sequence[Source], watcher: Watched) -> dict[int, object]:
    return dict(inspector.looks(FOLIO, sources, watcher))


def test_another_process_finds_what_this_one_would(tmp_path: Path, inspector: Inspector) -> None:
    sources = files(tmp_path, 30)
    Path(sources[7].path).unlink()
    looks = inspector.looks(FOLIO, sources, Watched())
    first = next(looks)
    assert inspector.process_id not in (None, os.getpid())
    assert dict([first, *looks]) == {
        index: inspected(FOLIO, source) for index, source in enumerate(sources)
    }
    # The same process takes what comes next, however little.
    process = inspector.process_id
    assert found(inspector, sources[:1], Watched()) == {0: inspected(FOLIO, sources[0])}
    assert inspector.process_id == process
    inspector.rest()
    assert inspector.process_id is None


def test_few_small_files_need_no_process(tmp_path: Path) -> None:
    inspector = Inspector([sys.executable, "-c", "raise SystemExit('not needed')"])
    sources = files(tmp_path, 3)
    assert len(found(inspector, sources, Watched())) == 3
    assert inspector.process_id is None


def test_a_large_file_is_followed_and_counted_early(tmp_path: Path, inspector: Inspector) -> None:
    source = large(tmp_path, 40_000_000)
    watched = Watched()
    [(_, inspection)] = inspector.looks(FOLIO, [source], watched)
    inspector.rest()
    assert watched.early[0].facts["records"] == inspection.facts["records"]
    sizes = [size for _, size in watched.told]
    assert sizes[-1] == source.size
    assert len(sizes) > 30


def test_what_is_no_longer_wanted_is_left_out(tmp_path: Path, inspector: Inspector) -> None:
    sources = [*files(tmp_path, 4), large(tmp_path, 8_000_000), large(tmp_path, 10_000, "b.mrc")]
    assert list(found(inspector, sources, Watched(4))) == [0, 1, 2, 3, 5]
    inspector.rest()


@pytest.mark.parametrize(
    "command",
    [
        ["/there/is/no/such/program"],
        [sys.executable, "-c", "pass"],
        [sys.executable, "-c", "import sys; sys.stdin.buffer.read(9); print('hello', flush=True)"],
        [sys.executable, "-c", "import os; os.read(0, 9); os.write(1, bytes(range(256)) * 99)"],
        [sys.executable, "-c", "import os; os.read(0, 9); os.write(1, b'capp\\nNobody\\n.' * 99)"],
        [sys.executable, "-c", "import os; os.read(0, 9); os.write(1, b'I7\\n.' * 99)"],
        [sys.executable, "-c", OTHER_VERSION],
    ],
    ids=["missing", "ends", "talks", "noise", "unknown", "no answer", "other version"],
)
def test_without_a_process_this_thread_does_it(
    command: list[str], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    inspector = Inspector(command, many=1)
    sources = files(tmp_path, 5)
    with caplog.at_level(logging.WARNING):
        assert len(found(inspector, sources, Watched())) == 5
        assert len(found(inspector, sources, Watched())) == 5
    # It is not tried again and again.
    [told] = [one.message for one in caplog.records if "no process" in one.message]
    assert told.partition(": ")[2]
    if OTHER_VERSION in command:
        assert f"version 0.0.9, the window is {__version__}" in told


def test_a_process_that_dies_is_made_up_for(tmp_path: Path, inspector: Inspector) -> None:
    sources = [*files(tmp_path, 3), large(tmp_path, 30_000_000)]
    looks = inspector.looks(FOLIO, sources, Watched())
    seen = [next(looks)]
    assert inspector.process_id is not None
    os.kill(inspector.process_id, 9)
    assert sorted(index for index, _ in [*seen, *looks]) == [0, 1, 2, 3]


def test_an_unknown_family_is_looked_at_here(tmp_path: Path, inspector: Inspector) -> None:
    sources = files(tmp_path, 2)
    toy = replace(FOLIO, key="pigeon", inspect=lambda source, look: Inspection((), {"a": "b"}))
    assert dict(inspector.looks(toy, sources, Watched())) == dict.fromkeys(
        range(2), Inspection((), {"a": "b"})
    )
    assert inspector.process_id is None


def test_closing_ends_a_look_at_once(tmp_path: Path, inspector: Inspector) -> None:
    source = large(tmp_path, 60_000_000)
    watched = Watched()
    got: list[object] = []
    worker = threading.Thread(target=lambda: got.extend(inspector.looks(FOLIO, [source], watched)))
    worker.start()
    while not watched.told:
        time.sleep(0.01)
    inspector.close()
    worker.join(5)
    assert not worker.is_alive()
    assert got == []
    assert inspector.process_id is None


def test_the_process_ends_with_the_window(tmp_path: Path) -> None:
    """Whoever kills the window leaves nothing behind."""
    source = large(tmp_path, 50_000_000)
    script = (
        "import sys\n"
        "from app.inspection.process import Inspector\n"
        "from app.servers import families\n"
        "from app.core.uploads import Source\n"
        "class W:\n"
        "    def seen(self, index, size): print(one.process_id, flush=True)\n"
        "    def glanced(self, index, inspection): pass\n"
        "one = Inspector(many=1)\n"
        f"source = Source({source.path!r}, {source.size}, 0)\n"
        "list(one.looks(families()['folio'], [source] * 99, W()))"
    )
    with subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE) as window:
        assert window.stdout is not None
        process = int(window.stdout.readline())
        window.kill()
    until = time.monotonic() + 10
    while _lives(process) and time.monotonic() < until:
        time.sleep(0.05)
    assert not _lives(process)


def _lives(process: int) -> bool:
    try:
        state = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False
    return state != "Z"


def test_closing_leaves_no_idle_process(tmp_path: Path, inspector: Inspector) -> None:
    assert len(found(inspector, files(tmp_path, 2), Watched())) == 2
    assert inspector.process_id is not None
    inspector.close()
    assert inspector.process_id is None


def test_of_files_that_are_large_together_the_process_gets_the_rest(tmp_path: Path) -> None:
    inspector = Inspector(many=99, large=50_000)
    sources = [large(tmp_path, 20_000, f"{number}.mrc") for number in range(4)]
    size = sources[0].size
    assert size > 50_000
    sources = [*files(tmp_path, 5), *sources]
    looks = inspector.looks(FOLIO, sources, Watched())
    assert [next(looks)[0] for _ in range(5)] == [0, 1, 2, 3, 4]
    assert inspector.process_id is None
    assert sorted(index for index, _ in looks) == [5, 6, 7, 8]
    assert inspector.process_id is not None
    inspector.rest()


def test_one_process_is_ended_when_much_is_not_wanted_any_more(
    tmp_path: Path, inspector: Inspector
) -> None:
    source = large(tmp_path, 8_000_000)
    watched = Watched(*range(19))
    assert list(found(inspector, [source] * 20, watched)) == [19]
    assert {index for index, _ in watched.told} == {0, 19}
