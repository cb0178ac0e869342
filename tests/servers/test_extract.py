"""Failed records and rows cut out of a file: byte for byte those the server refused."""

from __future__ import annotations

import csv
import io
import random
import xml.etree.ElementTree as ET
from collections.abc import Collection, Sequence
from functools import partial
from pathlib import Path

import pytest

from app.core.problems import FileProblem
from app.sandbox.folio.records import records as read_by_server
from app.servers.folio import FAMILY as FOLIO
from app.servers.ssc import FAMILY as SSC
from app.servers.tao import FAMILY as TAO
from tests.servers.conftest import Begin
from tests.servers.delivery import Bytes, Kept, ended, run, source
from tests.servers.families import SAMPLES
from tests.servers.folio_ground import OPTIONS, Folio
from tests.servers.marc import marc
from tests.servers.rosters import PASSWORD, USERS, table
from tests.servers.tao_ground import Tao, imported

REAL = ("1.mrc", "10.mrc", "sample100.mrc", "61PRINT160129.mrc", "CornellFOLIOExemplars.mrc")
SPOILT = (
    marc("", 900),
    b"00030nam a2200037 a 4500nodirectory\x1d",
    b"99999" + marc("", 901)[5:],
    b"00000     not a record at all, but long enough\x1d",
)


def cut(family_cut: object, path: Path, numbers: Collection[int], bare: bool = True) -> bytes:
    assert callable(family_cut)
    return b"".join(family_cut(source(path), numbers, bare))


def refused_by_server(path: Path) -> bytes:
    """The bytes of every record the server's own reader finds fault with."""
    data, at, found = path.read_bytes(), 0, b""
    for record in read_by_server(path, path.name, "MARC", lambda: False):
        if record.fault:
            found += data[at : record.end].lstrip(b"\r\n\t \0\x1a\x1d")
        at = record.end
    return found


async def refused(folio: Folio, path: Path) -> Sequence[int]:
    """Sends the file and gives the numbers of the records that failed."""
    async with folio.connected() as server:
        opening = await server.open("k", [source(path)], OPTIONS)
        ticket = await server.send(opening.tickets[0], Bytes(path), Kept())
        [ref] = await server.start(opening, [ticket], OPTIONS)
        await ended(server, ref)
        result = await server.result(ref)
    assert result.failed == len(result.failures)
    return [one.record for one in result.failures if one.record is not None]


@pytest.mark.parametrize("split", [False, True], ids=["raw", "split"])
@pytest.mark.parametrize("name", ["made", *REAL])
def test_the_failed_records_are_those_the_server_refused(
    begin: Begin, tmp_path: Path, name: str, split: bool
) -> None:
    if name == "made":
        whole = b"".join(marc(f"Title {n}", n, padding=n % 5 * 700) for n in range(1, 300))
    elif (SAMPLES / "folio" / name).exists():
        whole = (SAMPLES / "folio" / name).read_bytes()
    else:
        pytest.skip("the real MARC files are not here")
    chance = random.Random(name)
    pieces = [piece + b"\x1d" for piece in whole.split(b"\x1d") if piece.strip()]
    for bad in SPOILT:
        pieces.insert(chance.randrange(len(pieces) + 1), bad)
    pieces.insert(1, b"\r\n\n")
    path = tmp_path / "mixed.mrc"
    path.write_bytes(b"".join(pieces) + b"00100nam a cut off before its end")
    folio = Folio(begin("folio", split=split, pace=500.0, records_per_split_file=64))
    numbers = run(partial(refused, folio, path))
    found = cut(FOLIO.failed_records, path, numbers)
    assert found == refused_by_server(path)
    assert all(bad in found for bad in SPOILT) and found.endswith(b"before its end")
    again = tmp_path / "failed.mrc"
    again.write_bytes(found)
    assert run(partial(refused, folio, again)) == list(range(1, len(numbers) + 1))


def test_a_record_of_any_length_is_cut_where_the_pieces_meet(tmp_path: Path) -> None:
    path = tmp_path / "long.mrc"
    long = b"00000" + b"x" * 700_000 + b"\x1d"
    for shift in (0, 1, 7):
        path.write_bytes(b" " * shift + marc("a") + long + b"\x1d\n" + marc("b") + long)
        assert cut(FOLIO.failed_records, path, [2, 4]) == long + long
        assert cut(FOLIO.failed_records, path, [3]) == marc("b")


def test_nothing_is_made_up_where_the_numbers_do_not_fit(tmp_path: Path) -> None:
    path = tmp_path / "two.mrc"
    path.write_bytes(marc("a") + marc("b"))
    with pytest.raises(FileProblem) as raised:
        cut(FOLIO.failed_records, path, [2, 3])
    assert raised.value.id == "records.not-found"
    (tmp_path / "a.json").write_text("[]")
    with pytest.raises(FileProblem) as raised:
        cut(FOLIO.failed_records, tmp_path / "a.json", [1])
    assert raised.value.id == "records.not-cut"
    gone = source(path)
    path.unlink()
    assert FOLIO.failed_records is not None
    with pytest.raises(FileProblem) as raised:
        list(FOLIO.failed_records(gone, [1], True))
    assert raised.value.id == "file.missing"


RECORD = (
    '<record><leader>00000nam a</leader><datafield tag="245"><subfield code="a">{}</subfield>'
    "</datafield></record>"
)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "latin-1"])
def test_marcxml_keeps_its_root_and_the_bytes_of_its_records(
    begin: Begin, tmp_path: Path, encoding: str
) -> None:
    titles = ["Zürich", "", "ship &amp; <![CDATA[</record>]]>", "", "x" * 600_000, "ü"]
    records = [RECORD.format(title) for title in titles]
    text = (
        f'<?xml version="1.0" encoding="{encoding}"?>\n<!-- all -->\n'
        '<marc:collection xmlns:marc="http://www.loc.gov/MARC21/slim" note="a>b">\n  '
        + "\n  <!-- next -->\n".join(records)
        + "\n</marc:collection>\n"
    )
    path = tmp_path / "a.xml"
    path.write_bytes(text.encode(encoding))
    folio = Folio(begin("folio", split=False, pace=500.0))
    assert run(partial(refused, folio, path)) == [2, 4]
    found = cut(FOLIO.failed_records, path, [2, 4])
    assert found.count(records[1].encode(encoding.replace("16", "16-le"))) == 2
    assert cut(FOLIO.failed_records, path, [3, 5, 6]).count(b"xxxx") or encoding == "utf-16"
    root = ET.fromstring(found)
    assert root.tag.endswith("collection") and root.get("note") == "a>b" and len(root) == 2
    again = tmp_path / "again.xml"
    again.write_bytes(found)
    assert run(partial(refused, folio, again)) == [1, 2]
    third = ET.fromstring(cut(FOLIO.failed_records, path, [3, 6]))
    assert [one.findtext(".//subfield") for one in third] == ["ship & </record>", "ü"]


def test_failed_rows_keep_their_bytes_and_hide_passwords_unless_asked(
    begin: Begin, tmp_path: Path
) -> None:
    rows = [(f"pilot{n}", f"Zoë,\n{n}", PASSWORD.format(n), "", "") for n in range(1, 9)]
    rows[2] = ("pilot3", 'the "third"', "weak", "", "")
    rows[5] = ("", "nameless\r\nin two lines", PASSWORD.format(6), "", "")
    path = table(tmp_path / "users.csv", USERS, rows)
    with path.open("r+b") as file:
        data = file.read().replace(b"\r\npilot2", b"\r\n\r\n ,,,,\r\npilot2")
        file.seek(0)
        file.write(b"\xef\xbb\xbf" + data)
    tao = Tao(begin("tao"))

    async def failed() -> list[int]:
        async with tao.connected() as server:
            ref = await imported(server, path)
            await ended(server, ref)
            result = await server.result(ref)
            return [one.record for one in result.failures if one.record is not None]

    numbers = run(failed)
    assert numbers == [3, 6]
    bare = cut(TAO.failed_records, path, numbers, bare=True)
    assert bare == b"\xef\xbb\xbf" + b"".join(_csv(row) for row in (USERS, rows[2], rows[5]))
    masked = cut(TAO.failed_records, path, numbers, bare=False)
    assert b"weak" not in masked and PASSWORD.format(6).encode() not in masked
    shown = list(csv.reader(io.StringIO(masked.decode("utf-8-sig"), newline="")))
    assert [row[:3] for row in shown[1:]] == [
        ["pilot3", 'the "third"', "***"],
        ["", "nameless\r\nin two lines", "***"],
    ]


def _csv(row: Sequence[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow(row)
    return text.getvalue().encode()


def test_a_scan_has_no_records() -> None:
    assert SSC.failed_records is None
