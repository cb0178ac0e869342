"""Whatever bytes a table is made of: the look into it ends, agrees with a plain reader, and neither
it nor the preview shows a password."""

from __future__ import annotations

import codecs
import csv
import io
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from app.core.catalogue import filled
from app.core.drafts import Inspection, unwatched
from app.core.previews import Facts, Table
from app.core.problems import FileProblem
from app.core.uploads import Source
from app.servers.tao import mending, problems
from app.servers.tao.inspect import inspect
from app.servers.tao.inspect.findings import findings
from app.servers.tao.inspect.reading import seen
from app.servers.tao.inspect.rows import Rows
from app.servers.tao.inspect.text import NOT_TEXT, UTF8, Text, encoding_of
from app.servers.tao.preview import preview
from tests.corpus.fuzzing import ROUND, campaign

IDS = {entry.id for entry in problems.PROBLEMS} | {"file.empty"}
SECRET = "Hush&Rope-77!"

HEADERS = (
    ("user_username", "user_name", "user_password", "user_email", "user_active"),
    ("user_username", "user_password", "session_name", "user_active"),
    ("user_username", "user_password", "group_name", "group_role", "user_language"),
    ("group_name", "group_description", "group_active"),
    ("hierarchy_organizationId", "hierarchy_organizationName", "hierarchy_parentOrganizationId"),
    ("session_name", "group_name", "session_deliveryId", "session_startDate"),
    ("sourcedId", "status", "password", "name"),
    ("SIS ID", "Password", "First Name"),
    ("a", "", "a", "user_Username "),
)
CELLS = st.one_of(
    st.sampled_from(
        [
            *("", " ", "TRUE", "false", "0", "1", "x@example.org", "en-US", "TEST_TAKER|X"),
            *("2026-01-09T08:00:00Z", '{"google": "7"}', "ann", "ann ", "Zoë", "a\nb", "a\r\nb"),
            *('say "hi"', "a,b", "\\", '\\"', "\x00", "\u2028", "\x85", "=1+1", "x" * 300),
        ]
    ),
    st.text(max_size=8),
)
PIECES = st.lists(
    st.sampled_from(
        [
            *(b",", b'"', b'""', b"\n", b"\r", b"\r\n", b";", b"\t", b"|", b"\xff", b"\xc3"),
            *(
                b"\xc3\xa9",
                b"\xe2\x82",
                b"a",
                b" ",
                b"\x00",
                b"\\",
                b'\\"',
                b"\x93",
                b"\xef\xbb\xbf",
            ),
            *(b"user_username", b"user_password", b"sourcedId", b"group_name", b"TRUE", b"0"),
        ]
    ),
    max_size=80,
).map(b"".join)


@contextmanager
def file(content: bytes, name: str = "users.csv") -> Iterator[Source]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        yield Source(str(path), len(content), 0)


@st.composite
def tables(draw: st.DrawFn) -> tuple[tuple[str, ...], list[list[str]]]:
    """A header and rows; passwords only where the header says so, some rows of another length."""
    header = draw(st.sampled_from(HEADERS))
    rows: list[list[str]] = []
    for _ in range(draw(st.integers(0, 8))):
        row = [SECRET if "assword" in name else draw(CELLS) for name in header]
        change = draw(st.sampled_from(["", "", "", "more", "less", "blank"]))
        if change == "more":
            row.insert(draw(st.integers(0, len(row))), draw(CELLS))
        elif change == "less":
            row.pop(draw(st.integers(0, len(row) - 1)))
        elif change == "blank":
            row = [""] * draw(st.integers(1, len(row)))
        rows.append(row)
    return header, rows


def written(header: Sequence[str], rows: Sequence[Sequence[str]], end: str, quote: int) -> str:
    made = io.StringIO()
    writer = csv.writer(made, lineterminator=end, quoting=csv.QUOTE_ALL if quote else 0)
    writer.writerow(header)
    writer.writerows(rows)
    return made.getvalue()


def whole(source: Source, inspection: Inspection) -> None:
    """What holds for every file."""
    size = source.size
    ids = [(one.id, one.facts.get("column", "")) for one in inspection.findings]
    assert {id for id, _ in ids} <= IDS
    assert len(inspection.findings) < 60
    for one in inspection.findings:
        assert one.title and filled(one.entry.meaning, one.facts)
        assert one.place.record is None or one.place.record >= 1
        assert one.place.line is None or 1 <= one.place.line <= size + 1
        assert one.place.byte is None or 0 <= one.place.byte < size
    records = int(inspection.facts.get("records", 0))
    shown = preview(source, 1, 5)
    if isinstance(shown, Facts):
        return
    assert isinstance(shown, Table)
    assert [row.number for row in shown.rows] == list(range(1, min(5, records) + 1))
    assert shown.more == (records > 5)
    marked = {mark for row in shown.rows for mark in row.marks.values()}
    marked |= set(shown.header_marks.values())
    assert marked <= {id for id, _ in ids}
    late = preview(source, max(1, records), 3)
    assert isinstance(late, Table)
    assert [row.number for row in late.rows] == ([records] if records else [])


def mended(source: Source, inspection: Inspection) -> Sequence[str]:
    """A corrected copy has the same records and none of the faults it is said to be free of. Gives
    the words shown before."""
    found = {one.id for one in inspection.findings}
    healed = mending.heals(found)
    try:
        words = mending.doubts(source, healed)
        copy = b"".join(mending.copied(source, healed)) if healed else b""
    except FileProblem as problem:
        assert problem.id == "tao.not-mended"
        return ()
    if healed:
        with file(copy) as again:
            told = inspect(again)
            left = {one.id for one in told.findings}
            assert not left & healed
            # Behind a second mark stands another first column.
            if Path(source.path).read_bytes().count(codecs.BOM_UTF8) < 2:
                assert left == found - healed
                assert told.facts["records"] == inspection.facts["records"]
    return words


def small_blocks(source: Source, inspection: Inspection, block: int) -> None:
    """The same is found however the file is cut while it is read."""
    encoding = encoding_of(Path(source.path).read_bytes()[: 64 * 1024])
    if encoding is NOT_TEXT or not inspection.facts:
        return
    table = seen(source, encoding, unwatched, block)
    again = [(one.id, one.level, one.place, one.asks) for one in findings(source, table)]
    assert again == [(one.id, one.level, one.place, one.asks) for one in inspection.findings]


@ROUND
@given(
    table=tables(),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quote=st.integers(0, 1),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-32"]),
    block=st.integers(1, 40),
)
@example(
    table=(HEADERS[0], [["", "", SECRET, "", "false"], ["", "", SECRET, "", "0"]]),
    end="\n",
    quote=0,
    codec="utf-8",
    block=1,
)
@example(table=(HEADERS[0], []), end="\n", quote=0, codec="utf-16", block=1)
def made(
    table: tuple[tuple[str, ...], list[list[str]]], end: str, quote: int, codec: str, block: int
) -> None:
    header, rows = table
    text = written(header, rows, end, quote)
    with file(text.encode(codec, errors="replace")) as source:
        inspection = inspect(source)
        whole(source, inspection)
        words = mended(source, inspection)
        small_blocks(source, inspection, block)
        shown = preview(source, 1, 100)
        assert SECRET not in f"{inspection!r} {shown!r} {words!r}"
        if codec == "utf-8" and "\x00" not in text:
            real = [
                row for row in csv.reader(io.StringIO(text, newline="")) if any(map(str.strip, row))
            ]
            assert inspection.facts["records"] == str(len(real) - 1)
            ragged = sum(1 for row in real if len(row) != len(header))
            told = [one.facts["count"] for one in inspection.findings if one.id == "tao.ragged"]
            assert told == ([str(ragged)] if ragged else [])


@ROUND
@given(
    table=tables(),
    changes=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, 400),
    block=st.integers(1, 40),
)
@example(
    table=(("sourcedId", "password"), [["A|X", SECRET], ["", SECRET], ["ann ", SECRET]]),
    changes=[],
    cut=0,
    block=1,
)
def damaged(
    table: tuple[tuple[str, ...], list[list[str]]],
    changes: list[tuple[int, int]],
    cut: int,
    block: int,
) -> None:
    content = bytearray(written(*table, "\r\n", 0).encode("utf-8", errors="replace"))
    for at, byte in changes:
        content[at % len(content)] = byte
    with file(bytes(content[: len(content) - cut % len(content)])) as source:
        inspection = inspect(source)
        whole(source, inspection)
        mended(source, inspection)
        small_blocks(source, inspection, block)


@ROUND
@given(content=st.one_of(st.binary(max_size=200), PIECES), block=st.integers(1, 40))
@example(content=b"", block=1)
@example(content=codecs.BOM_UTF16_LE, block=1)
@example(content=b'"', block=1)
@example(content=b'"\n', block=1)
@example(content=b"\r", block=1)
@example(content=b"\n;\n", block=1)
@example(content=b'a\n"', block=1)
@example(content=b',"', block=1)
@example(content=b"\xc3", block=1)
@example(content=b'\x00\n"\n"', block=1)
def raw(content: bytes, block: int) -> None:
    with file(content) as source:
        inspection = inspect(source)
        whole(source, inspection)
        mended(source, inspection)
        small_blocks(source, inspection, block)


@ROUND
@given(content=PIECES, block=st.integers(1, 40))
@example(content=b'\\\n"', block=1)
@example(content=b'",', block=1)
@example(content=b',"', block=1)
def plainly_read(content: bytes, block: int) -> None:
    """Rows and their lines are those of a reader that has the whole text at once."""
    content = content.replace(b"\x00", b"").removeprefix(b"\xef\xbb\xbf")
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return
    with file(content) as source, Path(source.path).open("rb", buffering=0) as opened:
        rows = Rows(Text(opened, UTF8, block=block))
        found = [
            (batch.line(at), row) for batch in rows.batches() for at, row in enumerate(batch.rows)
        ]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=rows.delimiter)
    expected: list[tuple[int, list[str]]] = []
    begins = 1
    for row in reader:
        expected.append((begins, row))
        begins = reader.line_num + 1
    while expected and not any(map(str.strip, expected[0][1])):
        expected.pop(0)
    if rows.unclosed is not None and expected:
        assert expected.pop()[0] == rows.unclosed
    assert found == expected[1:]


def test_tables_with_odd_cells_and_rows() -> None:
    campaign(made)


def test_tables_with_damaged_bytes() -> None:
    campaign(damaged)


def test_any_bytes() -> None:
    campaign(raw)


def test_rows_are_those_of_a_plain_reader() -> None:
    campaign(plainly_read)
