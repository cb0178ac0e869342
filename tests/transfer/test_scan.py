"""Walking folders: what is met, what is passed over, and in which order."""

import os
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from app.core.uploads import Source
from app.transfer.scan import Skipped, Unusable, Why, identity, scan


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def names(folder: Path, *paths: Path) -> list[str]:
    return [
        Path(met.path).relative_to(folder).as_posix()
        for met in scan(paths or (folder,))
        if isinstance(met, Source)
    ]


def test_a_folders_own_files_come_first_and_numbers_sort_as_people_count(tmp_path: Path) -> None:
    make(tmp_path, "part10.mrc", "Part2.mrc", "part1.mrc", "a/z.mrc", "a/b/c.mrc", "B.mrc", "²x")
    assert names(tmp_path) == [
        "B.mrc",
        "part1.mrc",
        "Part2.mrc",
        "part10.mrc",
        "²x",
        "a/z.mrc",
        "a/b/c.mrc",
    ]


def test_a_source_is_the_file_as_it_was(tmp_path: Path) -> None:
    make(tmp_path, "a.mrc")
    (met,) = scan([tmp_path / "a.mrc"])
    facts = (tmp_path / "a.mrc").stat()
    assert met == Source(str(tmp_path / "a.mrc"), facts.st_size, facts.st_mtime_ns)


def test_hidden_and_junk_files_are_passed_over_inside_folders_only(tmp_path: Path) -> None:
    junk = (".DS_Store", "Thumbs.db", "desktop.ini", "~$a.docx", "._a.mrc", ".git/b.mrc")
    hidden = (".hidden.mrc", ".cache/c.mrc")
    make(tmp_path, *junk, *hidden, "a.mrc")
    assert names(tmp_path) == ["a.mrc"]
    why = Counter(met.why for met in scan([tmp_path]) if isinstance(met, Skipped))
    assert why == {Why.JUNK: len(junk), Why.HIDDEN: len(hidden)}
    assert names(tmp_path, tmp_path / ".hidden.mrc") == [".hidden.mrc"]


def test_the_same_file_is_met_once(tmp_path: Path) -> None:
    make(tmp_path, "a/one.mrc", "b/one.mrc")
    asked = (tmp_path / "a" / "one.mrc", tmp_path, tmp_path / "a" / ".." / "b" / "one.mrc")
    assert names(tmp_path, *asked) == ["a/one.mrc", "b/one.mrc"]


def test_links_are_followed_and_loops_are_cut(tmp_path: Path) -> None:
    make(tmp_path, "real/a.mrc", "elsewhere/b.mrc")
    try:
        (tmp_path / "real" / "loop").symlink_to(tmp_path, target_is_directory=True)
        (tmp_path / "real" / "same.mrc").symlink_to(tmp_path / "real" / "a.mrc")
        (tmp_path / "real" / "b.mrc").symlink_to(tmp_path / "elsewhere" / "b.mrc")
        (tmp_path / "real" / "broken.mrc").symlink_to(tmp_path / "nothing")
    except OSError:
        pytest.skip("links cannot be made here")
    met = list(scan([tmp_path / "real"]))
    assert [Path(one.path).name for one in met if isinstance(one, Source)] == ["a.mrc", "b.mrc"]
    (broken,) = (one for one in met if isinstance(one, Unusable))
    assert broken.problem.id == "file.not-a-file"
    why = Counter(one.why for one in met if isinstance(one, Skipped))
    # `same.mrc`; then, through the loop, `elsewhere/b.mrc` again and the folder `real`.
    assert why == {Why.TWICE: 2, Why.LOOP: 1}


def test_what_is_not_there_or_no_file_is_unusable(tmp_path: Path) -> None:
    (missing,) = scan([tmp_path / "nothing.mrc"])
    assert isinstance(missing, Unusable) and missing.problem.id == "file.missing"
    assert "nothing.mrc" in missing.problem.title
    if sys.platform != "win32":
        os.mkfifo(tmp_path / "pipe")
        (pipe,) = scan([tmp_path / "pipe"])
        assert isinstance(pipe, Unusable) and pipe.problem.id == "file.not-a-file"


@pytest.mark.skipif(
    sys.platform == "win32" or os.geteuid() == 0, reason="folders are closed to nobody here"
)
def test_a_closed_folder_does_not_stop_the_walk(tmp_path: Path) -> None:
    make(tmp_path, "a/a.mrc", "z.mrc")
    (tmp_path / "a").chmod(0)
    try:
        met = list(scan([tmp_path]))
    finally:
        (tmp_path / "a").chmod(0o700)
    assert [type(one) for one in met] == [Source, Unusable]


def test_the_walk_ends_when_it_is_not_wanted(tmp_path: Path) -> None:
    make(tmp_path, *(f"{number}.mrc" for number in range(10)))
    met: list[object] = []
    for one in scan([tmp_path], lambda: len(met) < 3):
        met.append(one)
    assert len(met) == 3


def test_a_deep_tree_is_walked_to_its_bottom(tmp_path: Path) -> None:
    folder = tmp_path
    for _ in range(30 if sys.platform == "win32" else 300):
        folder = folder / "d"
        folder.mkdir()
    make(folder, "a.mrc")
    (met,) = scan([tmp_path])
    assert isinstance(met, Source) and Path(met.path).parent == folder


def test_ten_thousand_files_take_a_moment(tmp_path: Path) -> None:
    for folder in range(100):
        (tmp_path / str(folder)).mkdir()
        for number in range(100):
            (tmp_path / str(folder) / f"{number}.mrc").touch()
    began = time.perf_counter()
    assert sum(1 for met in scan([tmp_path]) if isinstance(met, Source)) == 10_000
    assert time.perf_counter() - began < 2


def test_identity_is_the_real_file_at_its_time(tmp_path: Path) -> None:
    make(tmp_path, "a.mrc")
    (before,) = scan([tmp_path / "a.mrc"])
    assert isinstance(before, Source)
    os.utime(tmp_path / "a.mrc", ns=(1, 1))
    (after,) = scan([tmp_path / "a.mrc"])
    assert isinstance(after, Source)
    assert identity(before) != identity(after)
