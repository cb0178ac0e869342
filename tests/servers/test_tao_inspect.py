"""A look into rostering files before they go to TAO, and the order in which they go."""

from __future__ import annotations

import random
import tracemalloc
from pathlib import Path

import pytest

from app.core.drafts import Finding, Inspection, Level, Place
from app.core.jobs import JobState
from app.core.problems import FileProblem, Refused
from app.core.uploads import Source
from app.servers.tao import FAMILY
from app.servers.tao.batches import batches, lacking
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
    """What was found, the reminder that there are passwords left out."""
    found = (finding.id.removeprefix("tao.") for finding in inspection.findings)
    return [id for id in found if id != "passwords"]


def final(inspection: Inspection) -> bool:
    """Whether nobody can have the file sent."""
    return any(one.level is Level.ERROR and not one.asks for one in inspection.findings)


def found(inspection: Inspection, id: str) -> Finding:
    return next(finding for finding in inspection.findings if finding.id == f"tao.{id}")


def test_a_good_file_is_told_in_facts(tmp_path: Path) -> None:
    seen = inspect(source(users(tmp_path / "users.csv", 25)))
    assert ids(seen) == []
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
        ("utf-8-sig", "UTF-8 with BOM", ["byte-order-mark"], False),
        ("latin-1", "Latin-1", ["not-utf-8"], False),
        ("utf-16", "UTF-16", ["utf-16"], True),
        ("utf-16-le", "UTF-16", ["utf-16"], True),
        ("utf-16-be", "UTF-16", ["utf-16"], True),
    ],
)
def test_encodings(
    tmp_path: Path, codec: str, encoding: str, said: list[str], refused: bool
) -> None:
    rows = "".join(ROW.replace("ann", name) for name in ("ann", "ben", "cat"))
    seen = looked(tmp_path, (USERS + rows).encode(codec))
    assert (seen.facts["encoding"], ids(seen), final(seen)) == (encoding, said, refused)
    assert (seen.facts["kind"], seen.facts["records"]) == ("users", "3")


def test_a_late_byte_that_is_no_utf_8(tmp_path: Path) -> None:
    content = (USERS + "ann,Ann,Secret!1,a@x.org\n" * 50_000).encode() + "bén,B,S,b\n".encode(
        "latin-1"
    )
    seen = looked(tmp_path, content)
    assert seen.facts["records"] == "50001"
    assert ids(seen)[0] == "not-utf-8"
    before = len(USERS) + 50_000 * len("ann,Ann,Secret!1,a@x.org\n")
    assert found(seen, "not-utf-8").place == Place(line=50_002, byte=before + 1)


@pytest.mark.parametrize("content", [b"PK\x03\x04\x14\x00\x06\x00", b"a,b\n\x00\x00\x01\xd0\xcf"])
def test_other_programs_files_are_no_text(tmp_path: Path, content: bytes) -> None:
    seen = looked(tmp_path, content)
    assert (ids(seen), seen.refused) == (["not-text"], True)


@pytest.mark.parametrize(
    ("delimiter", "word"), [(";", "semicolons"), ("\t", "tabs"), ("|", "vertical bars")]
)
def test_other_delimiters_are_doubted(tmp_path: Path, delimiter: str, word: str) -> None:
    seen = looked(tmp_path, (USERS + ROW).replace(",", delimiter))
    assert ids(seen) == ["delimiter"]
    assert word in seen.findings[0].title
    assert (seen.facts["kind"], final(seen)) == ("users", False)


def test_commas_in_quotes_are_no_delimiters(tmp_path: Path) -> None:
    seen = looked(tmp_path, 'user_username;"a,b,c,d"\nx;y\n')
    assert seen.facts["delimiter"] == "semicolons"


def test_blank_cells_are_counted_by_column(tmp_path: Path) -> None:
    rows = "ann,,Secret!1,\n,Ben,Secret!2,b@x.org\ncat, ,Secret!3,\n,,,\n\ndan,D,,d@x.org\n"
    seen = looked(tmp_path, USERS + rows)
    assert seen.facts["records"] == "4"
    assert [(one.title, one.place, one.level, one.asks) for one in seen.findings[:4]] == [
        (
            "“user_username” is empty in some rows (1)",
            Place(2, 3, column="user_username"),
            Level.ERROR,
            True,
        ),
        (
            "2 cells in “user_name” are empty: those values will be deleted on the server",
            Place(1, 2, column="user_name"),
            Level.WARNING,
            True,
        ),
        (
            "A cell in “user_password” is empty: that value will be deleted on the server",
            Place(4, 7, column="user_password"),
            Level.WARNING,
            True,
        ),
        (
            "2 cells in “user_email” are empty: those values will be deleted on the server",
            Place(1, 2, column="user_email"),
            Level.WARNING,
            True,
        ),
    ]


def test_many_columns_with_blank_cells_end_in_one_question(tmp_path: Path) -> None:
    header = ",".join(["user_username", *(f"user_metadata_{n}" for n in range(30))])
    seen = looked(tmp_path, f"{header}\nann{',' * 30}\n")
    blanks = [one for one in seen.findings if one.id == "tao.blank-cells"]
    assert len(blanks) == 21
    assert (blanks[-1].facts["column"], blanks[-1].facts["count"]) == ("10 more columns", "10")


def test_where_blank_cells_change_nothing_they_are_not_mentioned(tmp_path: Path) -> None:
    seen = looked(tmp_path, "user_username,session_name,user_password\nann,s,\n")
    assert (ids(seen), seen.facts["kind"]) == ([], "simple-roster")


def test_columns_that_are_odd(tmp_path: Path) -> None:
    header = "user_username,user_name,User_Email,user_name,,shoe_size,user_metadata_X\n"
    seen = looked(tmp_path, header + "a,b,c,d,e,f,g\n")
    assert ids(seen) == ["column-unnamed", "column-twice", "columns-unknown", "nothing-new"]
    assert found(seen, "columns-unknown").facts["columns"] == "User_Email (user_email?), shoe_size"
    assert found(seen, "column-twice").facts["columns"] == "user_name"
    assert not final(seen)


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
def test_what_else_is_told(tmp_path: Path, content: str, said: list[str]) -> None:
    seen = looked(tmp_path, content)
    assert (ids(seen), final(seen)) == (said, False)


def test_the_first_odd_row_is_named(tmp_path: Path) -> None:
    seen = looked(tmp_path, "group_name,group_active\na,TRUE\nb\nc,TRUE,x\n")
    first = seen.findings[0]
    assert first.title == "“users.csv” has rows with more or fewer cells than the header (2)"
    assert first.place == Place(record=2, line=3)


@pytest.mark.parametrize("content", [b"\xef\xbb\xbf", b"\r\n\r\n", b",,\n", b"   "])
def test_no_header_is_refused(tmp_path: Path, content: bytes) -> None:
    seen = looked(tmp_path, content)
    assert (ids(seen)[-1:], final(seen)) == (["no-header"], True)


def test_an_empty_file_is_refused(tmp_path: Path) -> None:
    seen = looked(tmp_path, b"")
    assert ([one.id for one in seen.findings], seen.refused) == (["file.empty"], True)


@pytest.mark.parametrize(
    ("name", "said", "refused"),
    [
        ("users.CSV", [], False),
        ("users.zip", ["not-a-zip"], True),
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
    assert found(seen, "unreadable-csv").place == Place(record=3, line=4)
    assert not final(seen)


def test_a_line_without_end_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "long.csv"
    path.write_bytes(b"x" * 20_000_000)
    tracemalloc.start()
    seen = inspect(source(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert ids(seen) == ["unreadable-csv"]
    assert peak < 12_000_000


def test_large_files_take_no_more_memory_than_small_ones(tmp_path: Path) -> None:
    path = tmp_path / "users.csv"
    path.write_bytes((USERS + ROW * 100_000).encode())
    tracemalloc.start()
    seen = inspect(source(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert seen.facts["records"] == "100000"
    # Twelve bytes for each of at most a million keys, twice at the end.
    assert peak < 10_000_000


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
    refused = final(inspect(source(path)))

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
    assert not seen.refused, seen
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


def test_what_no_file_of_a_send_brings_is_told(tmp_path: Path) -> None:
    linked = source(links(tmp_path / "links.csv", 2))
    crew = source(groups(tmp_path / "groups.csv", 2))
    pilots = source(users(tmp_path / "users.csv", 2))
    ((finding,),) = lacking([linked])
    assert (finding.id, finding.level) == ("tao.needs-first", Level.INFO)
    assert finding.facts["kinds"] == "users and groups"
    first, second = lacking([linked, crew])
    assert (first[0].facts["kinds"], second) == ("users", [])
    assert list(lacking([linked, crew, pilots])) == [[], [], []]


def test_the_server_is_asked_nothing_for_it(begin: Begin, tmp_path: Path) -> None:
    tao = Tao(begin("tao"))

    async def work() -> None:
        async with tao.connected() as server:
            linked = source(links(tmp_path / "links.csv", 2))
            ((finding,),) = await server.check([linked], {})
            assert finding.id == "tao.needs-first"

    run(work)
