"""Every rostering file of the corpus gives exactly what is expected, and shows no secret."""

from __future__ import annotations

import threading
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.drafts import Inspection, Level
from app.core.previews import Facts, Table
from app.core.problems import FileProblem
from app.core.uploads import Source
from app.servers.tao import FAMILY, cell_entries, file_entries
from app.servers.tao.inspect import inspect
from app.servers.tao.inspect.keys import MOST_KEYS, Keys
from app.servers.tao.preview import MASK, preview
from tests.corpus.csv_files import BROKEN, GOOD, USERS, Case, Found
from tests.servers.delivery import source
from tests.servers.families import SAMPLES

REAL = sorted((SAMPLES / "tao").rglob("*.csv"))


def told(inspection: Inspection) -> tuple[Found, ...]:
    return tuple(
        Found(one.id.removeprefix("tao."), f"{one.level}{'?' if one.asks else ''}", one.place)
        for one in inspection.findings
    )


def written(folder: Path, content: str | bytes, name: str = "users.csv") -> Source:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return source(path)


def table(given: Source, first: int = 1, count: int = 10) -> Table:
    shown = preview(given, first, count)
    assert isinstance(shown, Table)
    return shown


@pytest.mark.parametrize("case", [*GOOD, *BROKEN], ids=lambda case: case.title)
def test_what_is_found(tmp_path: Path, case: Case) -> None:
    given = written(tmp_path, case.content, case.title)
    inspection = inspect(given)
    assert told(inspection) == case.found
    if case.records is not None:
        assert inspection.facts["records"] == str(case.records)
    shown = preview(given, 1, 5)
    if isinstance(shown, Table) and "records" in inspection.facts:
        records = int(inspection.facts["records"])
        assert (len(shown.rows), shown.more) == (min(records, 5), records > 5)


def test_every_finding_about_a_rostering_file_is_in_the_corpus() -> None:
    of_files = {one.id for one in (*file_entries.ENTRIES, *cell_entries.ENTRIES)}
    seen = {f"tao.{found.id}" for case in (*GOOD, *BROKEN) for found in case.found}
    assert of_files == seen - {"tao.file.empty"}


# --- the table


def test_cells_are_marked_with_the_finding_they_are_part_of(tmp_path: Path) -> None:
    rows = "ann,Ann,ann@example.org,TRUE\nann,,nobody,perhaps\n,x,,\n"
    shown = table(written(tmp_path, USERS + rows))
    assert shown.columns == ("user_username", "user_name", "user_email", "user_active")
    assert shown.rows[0].marks == {}
    assert shown.rows[1].cells == ("ann", "", "nobody", "perhaps")
    assert shown.rows[1].marks == {
        0: "tao.keys-twice",
        1: "tao.blank-cells",
        2: "tao.email",
        3: "tao.boolean",
    }
    assert shown.rows[2].marks[0] == "tao.blank-keys"
    assert not shown.more


def test_columns_are_marked(tmp_path: Path) -> None:
    shown = table(written(tmp_path, "user_username,,user_name,user_name,shoe\na,b,c,d,e\n"))
    assert shown.header_marks == {
        1: "tao.column-unnamed",
        2: "tao.column-twice",
        3: "tao.column-twice",
        4: "tao.columns-unknown",
    }


def test_cells_too_many_or_too_few_are_marked(tmp_path: Path) -> None:
    shown = table(written(tmp_path, "group_name,group_active\nA\nB,TRUE,x,y\n"))
    assert shown.rows[0].marks == {0: "tao.ragged"}
    assert shown.rows[1].marks == {2: "tao.ragged", 3: "tao.ragged"}


def test_rows_from_the_one_asked_for_on(tmp_path: Path) -> None:
    text = "group_name\n" + "".join(f"G{n}\n\n" for n in range(1, 60_001))
    given = written(tmp_path, text)
    for first in (1, 2, 30_000, 59_999):
        shown = table(given, first, 2)
        assert [row.number for row in shown.rows] == [first, first + 1]
        assert [row.cells for row in shown.rows] == [(f"G{first}",), (f"G{first + 1}",)]
        assert shown.more == (first != 59_999)
    assert table(given, 60_001, 5).rows == ()


SECRET = "Hush&Rope-7"
HEADER = "user_username,user_name,user_password,user_email\n"


@pytest.mark.parametrize(
    "rows",
    [
        f"ann,Ann,{SECRET},a@example.org\n",
        f"ann,Smith, Ann,{SECRET},a@example.org\n",
        f"ann,{SECRET},a@example.org\n",
        f"ann,Ann,{SECRET}\n",
        f'ann,"Ann,{SECRET},a@example.org\nben,Ben,{SECRET},b@example.org\n',
        f'ann,"Ann\nben,Ben,{SECRET},b",{SECRET},a@example.org\n',
        f"ann,Ann,{SECRET},{SECRET[:0]}\n",
        f"ann,Smith,Ann,{SECRET}\na@example.org,\n",
    ],
)
def test_no_password_is_shown_wherever_it_has_slipped_to(tmp_path: Path, rows: str) -> None:
    given = written(tmp_path, HEADER + rows)
    shown = table(given)
    assert SECRET not in repr(shown)
    assert SECRET not in repr(inspect(given))
    if shown.rows:
        assert MASK in shown.rows[0].cells


@pytest.mark.parametrize(
    "name",
    [
        "Password",
        "PWD",
        "Passwort",
        "Kennwort",
        "contraseña",
        "secret",
        "passwd",
        "user_pass",
        "PIN",
        "parola",
    ],
)
def test_columns_of_other_programs_are_masked_too(tmp_path: Path, name: str) -> None:
    shown = table(written(tmp_path, f"SIS ID,{name}\n1,{SECRET}\n"))
    assert shown.rows[0].cells == ("1", MASK)


def test_an_empty_password_is_seen_to_be_empty(tmp_path: Path) -> None:
    shown = table(written(tmp_path, HEADER + "ann,Ann,,a@example.org\n"))
    assert shown.rows[0].cells[2] == ""
    assert shown.rows[0].marks == {2: "tao.blank-cells"}


def test_long_cells_are_cut(tmp_path: Path) -> None:
    shown = table(written(tmp_path, f"group_name\n{'x' * 5000}\n"))
    assert len(shown.rows[0].cells[0]) == 200


@pytest.mark.parametrize("name", ["a.zip", "a.xlsx", "a.csv"])
def test_what_is_no_table_shows_nothing(tmp_path: Path, name: str) -> None:
    assert preview(written(tmp_path, b"PK\x03\x04\x00\x00", name), 1, 5) == Facts(())
    assert FAMILY.preview is preview


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(FileProblem):
        preview(Source(str(tmp_path / "gone.csv"), 5, 0), 1, 5)


# --- large and hostile ones


def test_so_many_keys_are_compared_and_no_more() -> None:
    keys = Keys()
    keys.add(range(1, 4), ["a", "", "a"])
    assert keys.doubled() == (1, 3)
    for first in range(4, MOST_KEYS + 10_000, 10_000):
        keys.add(range(first, first + 10_000), [str(n) for n in range(10_000)])
    assert keys.full
    count, first = keys.doubled()
    # All but the first ten thousand different ones, the two “a” and the row without a key.
    assert (count, first) == (MOST_KEYS - 10_002, 3)


def test_more_keys_than_are_compared_are_at_least_so_many(tmp_path: Path) -> None:
    given = written(tmp_path, "group_name\n" + "A\n" * (MOST_KEYS + 5))
    found = next(one for one in inspect(given).findings if one.id == "tao.keys-twice")
    assert found.facts["count"] == "at least 999,999"
    assert found.place.line == 3


def generated(path: Path, header: bytes, rows: Iterator[bytes]) -> Source:
    with path.open("wb") as file:
        file.write(header)
        for row in rows:
            file.write(row)
    return source(path)


def test_progress_is_told_and_it_can_be_stopped(tmp_path: Path) -> None:
    rows = (b"G%d,%060d\n" % (n, n) for n in range(60_000))
    given = generated(tmp_path / "many.csv", b"group_name,group_description\n", rows)
    looks: list[int] = []
    inspect(given, looks.append)
    assert looks == sorted(looks) and len(looks) >= 2
    assert looks[-1] <= given.size

    class Stopped(Exception):
        pass

    def stop(seen: int) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        inspect(given, stop)


@pytest.mark.parametrize(
    ("title", "header", "row"),
    [
        ("one row that never ends", b"group_name,x\n", b'"\n",'),
        ("rows much shorter than the header", b"a," * 40_000 + b"\n", b"x\n" * 100),
        ("blank lines", b"\n\n", b"\n" * 100),
        ("a header of blank cells", b"", b"," * 100 + b"\n"),
        ("quotes only", b"group_name\n", b'""' * 100),
        ("backslashes and quotes", b"group_name\n", b'\\"' * 20 + b"\n"),
        ("columns without end", b"group_name\n", b"," * 5000 + b"\n"),
        ("one row per byte", b"g,\n", b"x,\n" * 100),
    ],
)
def test_hostile_files_take_little_memory_and_time(
    tmp_path: Path, title: str, header: bytes, row: bytes
) -> None:
    size = 400_000
    small, large = (
        generated(tmp_path / name, header, iter([row * (count // len(row))]))
        for name, count in (("small.csv", size // 4), ("large.csv", size))
    )
    began = time.thread_time()
    inspect(small)
    quarter = time.thread_time() - began
    tracemalloc.start()
    inspect(large)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    began = time.thread_time()
    inspect(large)
    preview(large, 1_000_000, 5)
    assert time.thread_time() - began < 20 * quarter + 1.0
    assert most < 60_000_000


def test_other_threads_go_on_meanwhile(tmp_path: Path) -> None:
    rows = (b"pilot%d,Pilot %d,p%d@example.org,TRUE\n" % (n, n, n) for n in range(60_000))
    given = generated(tmp_path / "many.csv", USERS.encode(), rows)
    ended = threading.Event()
    worker = threading.Thread(target=lambda: (inspect(given), ended.set()))
    ticks = 0
    worker.start()
    while not ended.wait(0.005):
        ticks += 1
    worker.join()
    assert ticks > 5


@pytest.mark.skipif(not REAL, reason="no samples here")
@pytest.mark.parametrize("path", REAL, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_real_files_are_not_refused(path: Path) -> None:
    inspection = inspect(source(path))
    assert all(one.level is not Level.ERROR for one in inspection.findings)
    shown = table(source(path))
    assert len(shown.rows) == min(10, int(inspection.facts["records"]))


@pytest.mark.parametrize(
    "content",
    [
        "sep=;\r\nuser_username;user_password\r\nann;Tide&Rope-1\r\n",
        '"sep=,"\nuser_username,user_password\nann,Tide&Rope-1\n',
        "ann,Tide&Rope-1,ann@x.org\nben,Tide&Rope-2,ben@x.org\n",
        "ann,TRUE,tide4rope\nben,FALSE,tide5rope\n",
    ],
    ids=["semicolon note", "comma note", "no header", "no header, weak"],
)
def test_a_password_is_masked_where_the_first_row_is_no_header(
    tmp_path: Path, content: str
) -> None:
    given = written(tmp_path, content)
    assert inspect(given).refused
    shown = str(preview(given, 1, 9))
    assert MASK in shown
    assert "Rope" not in shown and "rope" not in shown
    assert "ann" in shown
