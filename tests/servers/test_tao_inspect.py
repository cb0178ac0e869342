"""A look into rostering files before they go to TAO, and the order in which they go."""

from __future__ import annotations

import random
import tracemalloc
from pathlib import Path

import pytest

from app.core.drafts import Finding, Inspection, Place
from app.core.jobs import JobState
from app.core.problems import FileProblem, Refused
from app.core.uploads import Source
from app.servers.tao import FAMILY
from app.servers.tao.batches import batches
from app.servers.tao.inspect import inspect
from tests.servers.conftest import Begin
from tests.servers.delivery import ended, run, source
from tests.servers.families import SAMPLES
from tests.servers.rosters import groups, links, users
from tests.servers.tao_ground import Tao, imported

USERS = "user_username,user_name,user_password,user_email\r\n"
ROW = "ann,Ann Ä,Secret!1,ann@example.org\r\n"


def looked(folder: Path, content: bytes | str, name: str = "users.csv") -> Inspection:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return inspect(source(path))


def ids(inspection: Inspection) -> list[str]:
    return [finding.id.removeprefix("tao.") for finding in inspection.findings]


def found(inspection: Inspection, id: str) -> Finding:
    return next(finding for finding in inspection.findings if finding.id == f"tao.{id}")


def test_a_good_file_is_told_in_facts(tmp_path: Path) -> None:
    seen = inspect(source(users(tmp_path / "users.csv", 25)))
    assert seen.findings == ()
    assert seen.facts == {
        "format": "CSV",
        "encoding": "UTF-8",
        "delimiter": "commas",
        "records": "25",
        "kind": "users",
        "kind_title": "users",
    }


@pytest.mark.parametrize(
    ("codec", "encoding", "said", "refused"),
    [
        ("utf-8", "UTF-8", [], False),
        ("utf-8-sig", "UTF-8 with BOM", [], False),
        ("latin-1", "Latin-1", ["not-utf-8"], False),
        ("utf-16", "UTF-16", ["utf-16"], True),
        ("utf-16-le", "UTF-16", ["utf-16"], True),
        ("utf-16-be", "UTF-16", ["utf-16"], True),
    ],
)
def test_encodings(
    tmp_path: Path, codec: str, encoding: str, said: list[str], refused: bool
) -> None:
    seen = looked(tmp_path, (USERS + ROW * 3).encode(codec))
    assert (seen.facts["encoding"], ids(seen), seen.refused) == (encoding, said, refused)
    assert (seen.facts["kind"], seen.facts["records"]) == ("users", "3")


def test_a_late_byte_that_is_no_utf_8(tmp_path: Path) -> None:
    content = (USERS + "ann,Ann,Secret!1,a@x.org\n" * 50_000).encode() + "bén,B,S,b\n".encode(
        "latin-1"
    )
    seen = looked(tmp_path, content)
    assert (ids(seen), seen.facts["records"]) == (["not-utf-8"], "50001")


@pytest.mark.parametrize("content", [b"PK\x03\x04\x14\x00\x06\x00", b"a,b\n\x00\x00\x01\xd0\xcf"])
def test_other_programs_files_are_no_text(tmp_path: Path, content: bytes) -> None:
    seen = looked(tmp_path, content)
    assert (ids(seen), seen.refused) == (["not-text"], True)


@pytest.mark.parametrize(
    ("delimiter", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")]
)
def test_other_delimiters_warn(tmp_path: Path, delimiter: str, word: str) -> None:
    seen = looked(tmp_path, (USERS + ROW).replace(",", delimiter))
    assert ids(seen) == ["delimiter"]
    assert word in seen.findings[0].title
    assert (seen.facts["kind"], seen.refused) == ("users", False)


def test_commas_in_quotes_are_no_delimiters(tmp_path: Path) -> None:
    seen = looked(tmp_path, 'user_username;"a,b,c,d"\nx;y\n')
    assert seen.facts["delimiter"] == "semicolons"


def test_blank_cells_are_counted_by_column(tmp_path: Path) -> None:
    rows = "ann,,S,\n,Ben,S,b\ncat, ,S,\n,,,\n\ndan,D,,d\n"
    seen = looked(tmp_path, USERS + rows)
    assert seen.facts["records"] == "4"
    assert ids(seen) == ["blank-keys", "blank-cells", "blank-cells", "blank-cells"]
    assert not seen.refused
    assert [one.title for one in seen.findings] == [
        "“user_username” is empty in some rows (1)",
        "“user_name” has empty cells (2): those values will be deleted on the server",
        "“user_password” has empty cells (1): those values will be deleted on the server",
        "“user_email” has empty cells (2): those values will be deleted on the server",
    ]


def test_where_blank_cells_change_nothing_they_are_not_mentioned(tmp_path: Path) -> None:
    seen = looked(tmp_path, "user_username,session_name,user_password\nann,s,\n")
    assert (ids(seen), seen.facts["kind"]) == ([], "simple-roster")


def test_columns_that_are_odd_warn(tmp_path: Path) -> None:
    header = "user_username,user_name,User_Email,user_name,,shoe_size,user_metadata_X\n"
    seen = looked(tmp_path, header + "a,b,c,d,e,f,g\n")
    assert ids(seen) == ["column-unnamed", "column-twice", "columns-unknown"]
    assert "User_Email, shoe_size" in found(seen, "columns-unknown").entry.meaning.format(
        **found(seen, "columns-unknown").facts
    )
    assert not seen.refused


def test_many_unknown_columns_are_cut(tmp_path: Path) -> None:
    header = ",".join(["user_username", *(f"x{n}" for n in range(50))])
    seen = looked(tmp_path, f"{header}\n{'a,' * 50}a\n")
    assert found(seen, "columns-unknown").facts["columns"].endswith("x5 and 44 more")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("name,mail\nann,x\n", ["kind-unknown"]),
        ("sourcedId,status,name\n1,active,x\n", ["oneroster"]),
        ("group_name\n", ["no-rows"]),
        ("group_name,group_active\na,TRUE\nb\nc,TRUE,x\n", ["ragged"]),
    ],
)
def test_what_else_warns(tmp_path: Path, content: str, said: list[str]) -> None:
    seen = looked(tmp_path, content)
    assert (ids(seen), seen.refused) == (said, False)


def test_the_first_odd_row_is_named(tmp_path: Path) -> None:
    seen = looked(tmp_path, "group_name,group_active\na,TRUE\nb\nc,TRUE,x\n")
    first = seen.findings[0]
    assert first.title == "“users.csv” has rows with more or fewer cells than the header (2)"
    assert first.place == Place(record=2)


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf", b"\r\n\r\n", b",,\n", b"   "])
def test_no_header_is_refused(tmp_path: Path, content: bytes) -> None:
    seen = looked(tmp_path, content)
    assert (ids(seen), seen.refused) == (["no-header"], True)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    seen = looked(tmp_path, b"")
    assert ([one.id for one in seen.findings], seen.refused) == (["file.empty"], True)


@pytest.mark.parametrize(
    ("name", "said", "refused"),
    [
        ("users.CSV", [], False),
        ("users.zip", ["zip"], False),
        ("users.xlsx", ["not-csv-name"], True),
        ("users", ["not-csv-name"], True),
    ],
)
def test_names(tmp_path: Path, name: str, said: list[str], refused: bool) -> None:
    seen = looked(tmp_path, USERS + ROW, name)
    assert (ids(seen), seen.refused) == (said, refused)


def test_a_quote_that_is_never_closed(tmp_path: Path) -> None:
    seen = looked(tmp_path, "group_name\na\n" + 'b"c\n"' + "x\n" * 100_000)
    assert ids(seen) == ["unreadable-csv"]
    assert not seen.refused


def test_a_line_without_end_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(b"x" * 20_000_000)
    tracemalloc.start()
    seen = inspect(source(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not seen.refused
    assert peak < 8_000_000


def test_large_files_take_no_more_memory_than_small_ones(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_bytes((USERS + ROW * 100_000).encode())
    tracemalloc.start()
    seen = inspect(source(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seen.facts["records"] == "100000"
    assert peak < 1_000_000


def test_a_file_that_is_gone(tmp_path: Path) -> None:
    with pytest.raises(FileProblem) as caught:
        inspect(Source(str(tmp_path / "gone.csv"), 5, 0))
    assert caught.value.id == "file.missing"


def test_nothing_found_in_a_file_shows_its_cells(tmp_path: Path) -> None:
    seen = looked(tmp_path, USERS + "ann,,Secret!1,x,y\n,b,Secret!2,\n")
    assert "Secret" not in repr(seen)


def test_whatever_bytes_there_are_it_ends_with_words(tmp_path: Path) -> None:
    dice = random.Random(7)
    pieces = [b",", b'"', b"\n", b"\r", b";", b"\xff", b"\xc3", b"a", b"user_username", b" "]
    for _ in range(300):
        content = b"".join(dice.choices(pieces, k=dice.randrange(1, 60)))
        seen = looked(tmp_path, content)
        assert all(one.title for one in seen.findings)
        batches([source(tmp_path / "users.csv")])


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("users.csv", (USERS + ROW).encode("utf-16")),
        ("users.csv", (USERS + ROW).encode("utf-16-le")),
        ("users.csv", b"PK\x03\x04\x14\x00\x06\x00"),
        ("users.csv", b"\r\n\r\n"),
        ("users.csv", b"\xef\xbb\xbf"),
        ("users.txt", (USERS + ROW).encode()),
        ("users", (USERS + ROW).encode()),
        ("users.csv", (USERS + ROW).encode("latin-1")),
        ("users.csv", (USERS + ROW).encode("utf-8-sig")),
        ("users.csv", (USERS + ROW).replace(",", ";").encode()),
        ("users.csv", USERS.encode()),
        ("users.csv", (USERS + "a,b\r\n").encode()),
    ],
)
def test_nothing_is_refused_that_the_server_takes(
    begin: Begin, name: str, content: bytes, tmp_path: Path
) -> None:
    tao = Tao(begin("tao"))
    path = tmp_path / name
    path.write_bytes(content)
    refused = inspect(source(path)).refused

    async def work() -> None:
        async with tao.connected() as server:
            try:
                ref = await imported(server, path)
            except Refused:
                return
            [job] = await ended(server, ref)
            assert not refused or job.state is JobState.FAILED

    run(work)


REAL = sorted((SAMPLES / "tao").rglob("*.csv"))


@pytest.mark.parametrize("path", REAL, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_real_files_are_read(path: Path) -> None:
    seen = inspect(source(path))
    assert not seen.refused
    assert seen.facts["encoding"].startswith("UTF-8")
    assert int(seen.facts["records"]) >= 0


def test_the_order_follows_what_refers_to_what(tmp_path: Path) -> None:
    def made(name: str, header: str) -> Path:
        path = tmp_path / name
        path.write_text(f"{header}\nx\n")
        return path

    paths = [
        made("a.csv", "session_name,session_deliveryId,group_name"),
        links(tmp_path / "b.csv", 2),
        made("sessions of old.csv", "header"),
        users(tmp_path / "c.csv", 2),
        made("anything.csv", "header"),
        groups(tmp_path / "d.csv", 2),
        made("e.csv", "hierarchy_organizationId;hierarchy_organizationName"),
        users(tmp_path / "f.csv", 2),
        made("g.csv", "\ufeffgroup_name"),
    ]
    order = batches([source(path) for path in paths])
    assert order == [(6,), (5,), (8,), (3,), (7,), (1,), (0,), (2,), (4,)]
    assert FAMILY.in_turn


def test_files_that_cannot_be_read_go_by_their_names(tmp_path: Path) -> None:
    gone = [Source(str(tmp_path / name), 5, 0) for name in ("users.csv", "groups.csv", "orgs.csv")]
    assert batches(gone) == [(2,), (1,), (0,)]
