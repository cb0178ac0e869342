"""Failed records and rows cut out of a file: byte for byte those the server refused."""

from __future__ import annotations

import codecs
import csv
import io
import json
import random
import xml.etree.ElementTree as ET
from collections.abc import Collection, Mapping, Sequence
from functools import partial
from pathlib import Path

import pytest

from app.core.drafts import unwatched
from app.core.jobs import RecordKey
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


def cut(family_cut: object, path: Path, numbers: Collection[RecordKey], bare: bool = True) -> bytes:
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


async def refused(
    folio: Folio, path: Path, options: Mapping[str, str] = OPTIONS
) -> Sequence[RecordKey]:
    """Sends the file and gives the records that failed."""
    async with folio.connected() as server:
        opening = await server.open("k", [source(path)], options)
        ticket = await server.send(opening.tickets[0], Bytes(path), Kept())
        [ref] = await server.start(opening, [ticket], options)
        await ended(server, ref)
        result = await server.result(ref)
    assert result.failed == len(result.failures) == len(result.which)
    named = [one.identifier if one.record is None else one.record for one in result.failures]
    assert tuple(named) == result.which
    return result.which


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
    assert run(partial(refused, folio, again)) == tuple(range(1, len(numbers) + 1))


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
    for name, content in (
        ("a.json", "[]"),
        ("b.json", "[{}"),
        ("c.xml", "<a>"),
        ("d.edi", "UNB+1'"),
    ):
        (tmp_path / name).write_text(content)
        with pytest.raises(FileProblem) as raised:
            cut(FOLIO.failed_records, tmp_path / name, [1] if name == "a.json" else [1, 2])
        assert raised.value.id == "records.not-found"
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
    assert run(partial(refused, folio, path)) == (2, 4)
    found = cut(FOLIO.failed_records, path, [2, 4])
    assert found.count(records[1].encode(encoding.replace("16", "16-le"))) == 2
    assert cut(FOLIO.failed_records, path, [3, 5, 6]).count(b"xxxx") or encoding == "utf-16"
    root = ET.fromstring(found)
    assert root.tag.endswith("collection") and root.get("note") == "a>b" and len(root) == 2
    again = tmp_path / "again.xml"
    again.write_bytes(found)
    assert run(partial(refused, folio, again)) == (1, 2)
    third = ET.fromstring(cut(FOLIO.failed_records, path, [3, 6]))
    assert [one.findtext(".//subfield") for one in third] == ["ship & </record>", "ü"]


JSON_RECORD = '{{"fields": [ {{"245":{{"subfields":[{{"a":"{}"}}]}}}}],\n "leader" : "00000nam a"}}'


@pytest.mark.parametrize("form", ["list", "sequence", "marked"])
def test_marc_in_json_keeps_the_bytes_of_its_records(
    begin: Begin, tmp_path: Path, form: str
) -> None:
    titles = ["Zürich", "", r"\u00fc ]}},{{", " ", "x" * 600_000, "\U0001f4d6"]
    records = [JSON_RECORD.format(title).encode() for title in titles]
    between = b"\r\n" if form == "sequence" else b" ,\n\t"
    path = tmp_path / "a.json"
    whole = between.join(records)
    path.write_bytes(whole if form == "sequence" else b" [ " + whole + b"\n] \n")
    if form == "marked":
        path.write_bytes(codecs.BOM_UTF8 + path.read_bytes())
    folio = Folio(begin("folio", split=False, pace=500.0))
    assert run(partial(refused, folio, path)) == (2, 4)
    found = cut(FOLIO.failed_records, path, [2, 4])
    assert found == b"[\n" + records[1] + b",\n" + records[3] + b"\n]\n"
    again = tmp_path / "again.json"
    again.write_bytes(found)
    assert run(partial(refused, folio, again)) == (1, 2)
    others = json.loads(cut(FOLIO.failed_records, path, [1, 3, 5, 6]))
    assert others == [json.loads(one) for one in records if one not in (records[1], records[3])]


INVOICES = {"job_profile": "GOBI monographic invoices"}


def invoice(number: int, name: str, *, dated: bool = True) -> bytes:
    """A message in signs of its own, a line for each segment."""
    lines = [f"UNH<{number:09}<INVOIC^D^96A^UN>", f"BGM<380<{name}<43>" if name else "TAX<7>"]
    lines += ["DTM<137^20261030^102>" if dated else "TAX<7>", "LIN<1>", "FTX<LIN<<<UNT?<1 it?>s>"]
    return "".join(f"{one}\n" for one in (*lines, f"UNT<6<{number:09}>")).encode()


UNA = b"UNA^<.? >\n"
UNB = b"UNB<UNOA^2<WSHEIN^ZZ<CORN2385^ZZ<201102^0931<000000674<A^AA<<A>\n"


def unz(count: int) -> bytes:
    return b"UNZ<%d<000000674>\n" % count


def test_invoices_keep_what_stands_around_them_and_the_count_is_corrected(
    begin: Begin, tmp_path: Path
) -> None:
    good = [invoice(n, f"26790{n}") for n in range(4)]
    bad = [invoice(4, "88-7", dated=False), invoice(5, ""), invoice(6, "it?<s", dated=False)]
    path = tmp_path / "invoices.edi"
    messages = [good[0], bad[0], good[1], good[2], bad[1], bad[2], good[3]]
    path.write_bytes(UNA + UNB + b"".join(messages) + unz(7))
    folio = Folio(begin("folio", split=False, pace=500.0))
    lines = run(partial(refused, folio, path, INVOICES))
    assert lines == ("88-7-1", "0-1", "it<s-1")
    found = cut(FOLIO.failed_records, path, lines)
    assert found == UNA + UNB + b"".join(bad) + unz(3)
    again = tmp_path / "again.inv"
    again.write_bytes(found)
    assert run(partial(refused, folio, again, INVOICES)) == lines
    assert inspected(again) == ("3", [])
    # Several lines of an invoice, and an invoice told by its number in the file.
    assert cut(FOLIO.failed_records, path, ["267901-1", "267901-12", 7]) == (
        UNA + UNB + good[1] + good[3] + unz(2)
    )


def inspected(path: Path) -> tuple[str | None, list[str]]:
    seen = FOLIO.inspect(source(path), unwatched)
    return seen.facts.get("records"), [one.id for one in seen.findings]


def test_an_invoice_number_that_occurs_twice_tells_no_record(tmp_path: Path) -> None:
    path = tmp_path / "twice.edi"
    path.write_bytes(UNA + UNB + invoice(1, "88") + invoice(2, "89") + invoice(3, "88") + unz(3))
    assert cut(FOLIO.failed_records, path, ["89-1"]) == UNA + UNB + invoice(2, "89") + unz(1)
    for lines in (["88-1"], ["88-1", "89-1"], ["90-1"], [4]):
        with pytest.raises(FileProblem) as raised:
            cut(FOLIO.failed_records, path, lines)
        assert raised.value.id == "records.not-found"


@pytest.mark.parametrize(
    ("whole", "wanted", "found"),
    [
        # Without UNA, all on one line, under any name.
        (b"UNB+UNOC:3+a+b+c:d+r1'{1}{2}UNZ+2+r1'", [2], b"UNB+UNOC:3+a+b+c:d+r1'{2}UNZ+1+r1'"),
        # The end of the file is missing: the last sign, or the last segment.
        (b"UNB+UNOC:3+a+b+c:d+r1'{1}{2}UNZ+2+r1", [1], b"UNB+UNOC:3+a+b+c:d+r1'{1}UNZ+1+r1'"),
        (b"UNB+UNOC:3+a+b+c:d+r1'{1}{2}", [1], b"UNB+UNOC:3+a+b+c:d+r1'{1}UNZ+1+r1'"),
        (b"UNB+UNOC:3+a+b+c:d+r1'{1}UNH+9'LIN+1'", [1], b"UNB+UNOC:3+a+b+c:d+r1'{1}UNZ+1+r1'"),
        (b"UNB+1'{1}UNH+9'BGM+380+9+9'UNT+3+9", [2], b"UNB+1'UNH+9'BGM+380+9+9'UNT+3+9'UNZ+1+'"),
        # A message without an end runs on into the next for the server, and is one with it.
        (b"UNB+1'UNH+8'LIN+1'{1}{2}UNZ+3+r'", [1], b"UNB+1'UNH+8'LIN+1'{1}UNZ+1+r'"),
        # Groups of messages.
        (
            b"\xef\xbb\xbfUNB+1'UNG+I'{1}{2}UNE+2+g1'UNG+I'{3}UNE+1+g2'\r\nUNZ+2+r'\r\n",
            [1, 3],
            b"\xef\xbb\xbfUNB+1'UNG+I'{1}UNE+1+g1'UNG+I'{3}UNE+1+g2'\r\nUNZ+2+r'\r\n",
        ),
    ],
)
def test_odd_interchanges(tmp_path: Path, whole: bytes, wanted: list[int], found: bytes) -> None:
    def filled(text: bytes) -> bytes:
        for n in (1, 2, 3):
            message = b"UNH+%d+INVOIC:D:96A'BGM+380+70%d+9'\r\nFTX+UNT?'s'UNT+4+%d'" % (n, n, n)
            text = text.replace(b"{%d}" % n, message)
        return text

    path = tmp_path / "a.dat"
    path.write_bytes(filled(whole))
    assert cut(FOLIO.failed_records, path, wanted) == filled(found)


def test_real_invoices(tmp_path: Path) -> None:
    path = SAMPLES / "folio" / "CornHein1604419006.edi"
    if not path.exists():
        pytest.skip("the real files are not here")
    whole = path.read_bytes()
    second = whole.index(b"UNH<000000852")
    first = whole.index(b"UNH<000000851")
    found = cut(FOLIO.failed_records, path, ["267909-2", "267909-3"])
    assert found == whole[:first] + whole[second:].replace(b"UNZ<2<", b"UNZ<1<")
    assert cut(FOLIO.failed_records, path, [1, 2]) == whole


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
