"""Files for FOLIO, good and broken, each with what a look into it must find."""

from __future__ import annotations

import json
from codecs import BOM_UTF8
from collections.abc import Callable
from dataclasses import dataclass

from app.core.drafts import NOWHERE, Level, Place
from tests.corpus.marc_records import (
    FIXED,
    TITLE,
    authority,
    binary,
    book,
    holdings,
    interchange,
    invoice,
    xml,
    xml_record,
)


@dataclass(frozen=True, slots=True)
class Expected:
    id: str
    place: Place = NOWHERE
    level: Level = Level.WARNING
    count: int = 1
    asks: bool = False


@dataclass(frozen=True, slots=True)
class Case:
    """A file called `name` with the content made by `make`; `records` None for uncounted."""

    name: str
    make: Callable[[], bytes]
    records: int | None
    found: tuple[Expected, ...] = ()

    def __str__(self) -> str:
        return self.name


def _error(id: str, place: Place = NOWHERE) -> Expected:
    return Expected(id, place, Level.ERROR, asks=True)


def _asked(id: str, place: Place = NOWHERE, count: int = 1) -> Expected:
    return Expected(id, place, count=count, asks=True)


def _json(*records: object) -> bytes:
    return json.dumps(records).encode()


SIZE = len(book(1))
"""Every plain book is as long."""
AT = Place
LATE_UNTITLED = 4000 * SIZE + len(binary([("001", b"in00009999"), FIXED]))
LEFTOVER = ("999", b"ff\x1fi11111111-2222-4333-8444-555555555555")
JSON_BOOK = {
    "leader": "00000nam a2200000 a 4500",
    "fields": [
        {"001": "in00000001"},
        {"245": {"ind1": "1", "ind2": "0", "subfields": [{"a": "Rivers"}]}},
    ],
}
SWAPPED = b"001001100000" + b"008004100011" + b"245009900052"

CASES: tuple[Case, ...] = (
    # Binary MARC, good.
    Case("good.mrc", lambda: book(1) + book(2) + book(3), 3),
    Case("lines.mrc", lambda: b"\r\n".join((book(1), book(2))) + b"\n\x1a", 2),
    Case("unicode.mrc", lambda: book(1, ("500", b"  \x1fa" + "Żółć 東京".encode())), 1),
    Case("marc8.mrc", lambda: book(1, ("500", b"  \x1faKal\xe2endar"), leader="nam  "), 1),
    Case("holdings.mrc", lambda: holdings(1) + holdings(2), 2),
    Case("authorities.mrc", lambda: authority(1) + authority(2), 2),
    Case("many.mrc", lambda: b"".join(map(book, range(3000))), 3000),
    # Binary MARC with faults.
    Case(
        "length.mrc",
        lambda: book(1) + book(2, length=b"00099") + book(3, length=b"     "),
        3,
        (Expected("folio.record-lengths", AT(record=2, byte=SIZE), count=2),),
    ),
    Case(
        "late-length.mrc",
        lambda: b"".join(map(book, range(4000))) + book(4000, length=b"00099"),
        4001,
        (Expected("folio.record-lengths", AT(record=4001, byte=4000 * SIZE)),),
    ),
    # What a number may begin with, and a leader may not.
    Case(
        "late-blank.mrc",
        lambda: b"".join(map(book, range(4000))) + book(4000, length=b"\x0b0156"),
        4001,
        (Expected("folio.record-lengths", AT(record=4001, byte=4000 * SIZE)),),
    ),
    Case(
        "base.mrc",
        lambda: book(1) + book(2, base=b"00020"),
        2,
        (Expected("folio.base-address", AT(record=2, byte=SIZE)),),
    ),
    Case(
        "counts.mrc",
        lambda: book(1, counts=b"  ") + book(2, entry_map=b"5500"),
        2,
        (Expected("folio.leader-odd", AT(record=1, byte=0), count=2),),
    ),
    Case(
        "outside.mrc",
        lambda: book(1) + binary([("001", b"in00000002"), FIXED, TITLE], directory=SWAPPED),
        2,
        (Expected("folio.directory", AT(record=2, byte=SIZE + 48, column="245")),),
    ),
    Case(
        "letters.mrc",
        lambda: binary([("001", b"in00000002"), FIXED, TITLE], directory=b"x" * 36),
        1,
        (
            Expected("folio.directory", AT(record=1, byte=24)),
            Expected("folio.no-number", AT(record=1, byte=0)),
            Expected("folio.no-title", AT(record=1, byte=0)),
        ),
    ),
    Case(
        "late-directory.mrc",
        lambda: (
            b"".join(map(book, range(4000)))
            + binary([("001", b"in00009999"), FIXED, TITLE], directory=SWAPPED)
        ),
        4001,
        (Expected("folio.directory", AT(record=4001, byte=4000 * SIZE + 48, column="245")),),
    ),
    Case(
        "field-end.mrc",
        lambda: book(1, ("500", b"  \x1faOne\x1etwo"), ("501", b"  \x1faThree")),
        1,
        (Expected("folio.field-ends", AT(record=1, byte=SIZE - 1 + 24, column="500")),),
    ),
    Case(
        "cut.mrc",
        lambda: book(1) + book(2)[:60],
        1,
        (_asked("folio.cut-off", AT(record=1, byte=SIZE, after=True)),),
    ),
    Case("cut-first.mrc", lambda: book(1)[:60], 0, (_asked("folio.cut-off", AT(byte=0)),)),
    Case(
        "no-end.mrc",
        lambda: book(1) + book(2, end=b""),
        1,
        (Expected("folio.no-last-end", AT(record=1, byte=SIZE, after=True)),),
    ),
    Case(
        "stray.mrc",
        lambda: book(1) + b"garbage" + book(2) + b"\x1d\x1d" + book(3) + b"the end",
        3,
        (Expected("folio.stray-bytes", AT(record=2, byte=SIZE), count=4),),
    ),
    Case(
        "overlong.mrc",
        lambda: book(1) + book(2, *[("500", b"  \x1fa" + b"x" * 9000)] * 12, length=b"99999"),
        2,
        (Expected("folio.overlong", AT(record=2, byte=SIZE)),),
    ),
    Case(
        "endless.mrc",
        lambda: book(1) + book(2, ("500", b"  \x1fa" + b"x" * 900_000), length=b"99999"),
        2,
        (
            Expected("folio.overlong", AT(record=2, byte=SIZE)),
            Expected("folio.directory", AT(record=2, byte=SIZE + 24)),
        ),
    ),
    Case(
        "scraps.mrc",
        lambda: book(1) + b"01234\x1d" * 3,
        4,
        (Expected("folio.unreadable-records", AT(record=2, byte=SIZE), count=3),),
    ),
    Case(
        "not-utf8.mrc",
        lambda: book(1) + book(2, ("500", b"  \x1faCaf\xe9")),
        2,
        (Expected("folio.not-utf8", AT(record=2, byte=2 * SIZE + 18, column="500")),),
    ),
    Case(
        "unflagged.mrc",
        lambda: book(1, ("500", b"  \x1fa" + "Café".encode()), leader="nam  "),
        1,
        (Expected("folio.utf8-unflagged", AT(record=1, byte=SIZE + 18, column="500")),),
    ),
    Case(
        "late-letters.mrc",
        lambda: b"".join(map(book, range(4000))) + book(4000, ("500", b"  \x1faCaf\xe9")),
        4001,
        (Expected("folio.not-utf8", AT(record=4001, byte=4001 * SIZE + 18, column="500")),),
    ),
    Case(
        "flag.mrc",
        lambda: book(1, leader="nam u"),
        1,
        (Expected("folio.encoding-flag", AT(record=1, byte=9)),),
    ),
    Case(
        "encodings.mrc",
        lambda: book(1) + book(2, leader="nam  "),
        2,
        (Expected("folio.encodings-mixed", level=Level.INFO),),
    ),
    Case(
        "untitled.mrc",
        lambda: book(1) + binary([("001", b"in00000002"), FIXED]),
        2,
        (Expected("folio.no-title", AT(record=2, byte=SIZE)),),
    ),
    Case(
        "unnumbered.mrc",
        lambda: binary([FIXED, TITLE]) + book(2),
        2,
        (Expected("folio.no-number", AT(record=1, byte=0)),),
    ),
    Case(
        # As many titles as records, and one without.
        "late-untitled-beside-two-titles.mrc",
        lambda: (
            b"".join(map(book, range(4000)))
            + book(4000, TITLE)
            + binary([("001", b"in00004001"), FIXED])
        ),
        4002,
        (
            Expected(
                "folio.no-title",
                AT(record=4002, byte=4000 * SIZE + len(book(4000, TITLE)), column=""),
            ),
        ),
    ),
    Case(
        "late-untitled.mrc",
        lambda: b"".join(map(book, range(4000))) + binary([("001", b"in00009999"), FIXED]) * 2,
        4002,
        (
            Expected("folio.no-title", AT(record=4001, byte=4000 * SIZE), count=2),
            Expected("folio.numbers-twice", AT(4002, byte=LATE_UNTITLED, column="001")),
        ),
    ),
    Case(
        "unlinked.mrc",
        lambda: holdings(1) + holdings(2, link=False) + holdings(3, place=False),
        3,
        (
            Expected("folio.holdings-no-link", AT(record=2, byte=len(holdings(1)))),
            Expected(
                "folio.holdings-no-place",
                AT(record=3, byte=len(holdings(1)) + len(holdings(2, link=False))),
            ),
        ),
    ),
    Case(
        "exported.mrc",
        lambda: book(1) + book(2, LEFTOVER),
        2,
        (Expected("folio.leftover-ids", AT(record=2, byte=SIZE, column="999")),),
    ),
    Case(
        "late-exported.mrc",
        lambda: b"".join(book(number, LEFTOVER) for number in range(2600)),
        2600,
        (Expected("folio.leftover-ids", AT(record=1, byte=0, column="999"), count=2600),),
    ),
    Case(
        "twice.mrc",
        lambda: book(1) + book(2) + book(1) + book(2),
        4,
        (Expected("folio.numbers-twice", AT(record=3, byte=2 * SIZE, column="001"), count=2),),
    ),
    Case(
        "same.mrc",
        lambda: book(1) * 5,
        5,
        (
            Expected("folio.numbers-twice", AT(record=2, byte=SIZE, column="001"), count=4),
            Expected("folio.all-same", count=5),
        ),
    ),
    Case(
        "deleted.mrc",
        lambda: book(1) + book(2, leader="dam a"),
        2,
        (Expected("folio.marked-deleted", AT(record=2, byte=SIZE)),),
    ),
    Case(
        "mixed.mrc",
        lambda: book(1) + holdings(1) + authority(1),
        3,
        (Expected("folio.mixed-kinds"),),
    ),
    Case(
        "community.mrc",
        lambda: book(1, leader="nq  a") + book(2, leader="nw  a"),
        2,
        (Expected("folio.kind-not-taken", AT(record=1, byte=0), count=2),),
    ),
    # What is not what it is called.
    Case(
        "letter.mrc", lambda: b"Dear colleague,\nplease find\n", None, (_asked("folio.not-marc"),)
    ),
    Case("digits.mrc", lambda: b"7" * 500_000, None, (_asked("folio.not-marc"),)),
    Case(
        "aleph.seq",
        lambda: b"000000001 LDR   L 00714cam\n000000001 001   L 1\n",
        None,
        (_asked("folio.not-marc"),),
    ),
    Case(
        "ends.mrc",
        lambda: b"\x1d" * 100_000,
        None,
        (
            _asked("folio.not-marc"),
            Expected("folio.stray-bytes", AT(byte=0), count=100_000),
        ),
    ),
    Case("scan.fpr", lambda: b"PK\x03\x04rest", None, (_error("folio.is-scan"),)),
    Case("records.zip.mrc", lambda: b"PK\x03\x04rest", None, (_error("folio.is-archive"),)),
    Case("users.csv", lambda: b"a,b\n1,2\n3,4\n", None, (_error("folio.is-table"),)),
    Case("paper.mrc", lambda: b"%PDF-1.7\n", None, (_error("folio.is-document"),)),
    Case("page.mrc", lambda: b"<!DOCTYPE html>\n<html>", None, (_error("folio.is-web-page"),)),
    Case("text.mrc", lambda: b"=LDR  00714cam\n=001  1\n", None, (_error("folio.is-mnemonic"),)),
    Case("xml.mrc", lambda: xml(xml_record(1)), 1, (_error("folio.name-misleads"),)),
    Case("binary.xml", lambda: book(1), 1, (_error("folio.name-misleads"),)),
    Case("invoice.mrc", lambda: interchange(invoice(1)), 1, (Expected("folio.other-reader"),)),
    Case("binary.edi", lambda: book(1), 1, (Expected("folio.other-reader"),)),
    # MARCXML.
    Case("good.xml", lambda: xml(xml_record(1), xml_record(2)), 2),
    Case(
        "plain.xml",
        lambda: xml(xml_record(1), space=False),
        1,
        (Expected("folio.xml-namespace", level=Level.INFO),),
    ),
    Case(
        "broken.xml",
        lambda: xml(xml_record(1))[:-20],
        None,
        (_asked("folio.not-xml", AT(line=3, byte=len(xml(xml_record(1))) - 24)),),
    ),
    Case(
        "bare.xml",
        lambda: xml(xml_record(1)[8:-9], root="record"),
        None,
        (_asked("folio.bare-record"),),
    ),
    Case("empty.xml", lambda: xml(), 0, (_asked("folio.no-records"),)),
    Case(
        "harvest.xml",
        lambda: xml(
            "<responseDate/>", f"<ListRecords>{xml_record(1)}</ListRecords>", root="OAI-PMH"
        ),
        2,
        (_asked("folio.xml-not-records", AT(record=1, line=3, byte=71), count=2),),
    ),
    Case(
        "bomb.xml",
        lambda: xml("&b;", head='<!DOCTYPE c [<!ENTITY a "x"><!ENTITY b "&a;&a;">]>\n'),
        None,
        (
            Expected("folio.xml-entities", AT(line=2), Level.ERROR),
            Expected("folio.xml-doctype", AT(line=2)),
        ),
    ),
    Case(
        "doctype.xml",
        lambda: xml(xml_record(1), head="<!DOCTYPE collection>\n"),
        1,
        (Expected("folio.xml-doctype", AT(line=2)),),
    ),
    Case(
        "leader.xml",
        lambda: xml(xml_record(1), xml_record(2, leader="short", title=False)),
        2,
        (Expected("folio.no-leader", AT(record=2, line=4, byte=269)),),
    ),
    Case(
        "untitled.xml",
        lambda: xml(xml_record(1), xml_record(2, title=False)),
        2,
        (Expected("folio.no-title", AT(record=2, line=4, byte=269)),),
    ),
    # MARC-in-JSON.
    Case("good.json", lambda: _json(JSON_BOOK), 1),
    Case(
        "sequence.json",
        lambda: json.dumps(JSON_BOOK).encode() + b'\n{"leader": 1}',
        2,
        (Expected("folio.unreadable-records", AT(record=2, byte=len(json.dumps(JSON_BOOK)) + 1)),),
    ),
    Case(
        "marked.json",
        lambda: BOM_UTF8 + _json(JSON_BOOK, {"leader": 1}),
        2,
        (
            Expected(
                "folio.unreadable-records", AT(record=2, byte=3 + len(_json(JSON_BOOK)[:-1]) + 2)
            ),
        ),
    ),
    Case(
        "marked-broken.json",
        lambda: BOM_UTF8 + b"[",
        None,
        (_asked("folio.not-json", AT(byte=4)),),
    ),
    Case("empty.json", lambda: b"[]", 0, (_asked("folio.no-records"),)),
    Case(
        "broken.json",
        lambda: _json(JSON_BOOK)[:-1],
        None,
        (_asked("folio.not-json", AT(record=1, byte=len(_json(JSON_BOOK)) - 1, after=True)),),
    ),
    # EDIFACT.
    Case("good.edi", lambda: interchange(invoice(1), invoice(2)), 2),
    Case(
        "count.edi",
        lambda: interchange(invoice(1), invoice(2), said=3),
        2,
        (Expected("folio.edifact-messages", AT(record=2, byte=152)),),
    ),
    Case(
        "segments.edi",
        lambda: interchange(invoice(1, segments=9), invoice(2)),
        2,
        (Expected("folio.edifact-segments", AT(record=1, byte=87)),),
    ),
    Case(
        "cut.edi",
        lambda: interchange(invoice(1), end=False),
        1,
        (Expected("folio.edifact-end", AT(record=1, after=True)),),
    ),
    Case(
        "orders.edi",
        lambda: interchange(invoice(1, kind="ORDERS")),
        1,
        (Expected("folio.edifact-not-invoices", AT(record=1, byte=38)),),
    ),
    Case(
        "unclosed.edi",
        lambda: interchange(invoice(1)[:-8], invoice(2)),
        2,
        (Expected("folio.edifact-unclosed", AT(record=1, byte=87)),),
    ),
    Case("empty.edi", lambda: interchange(), 0, (_asked("folio.no-records"),)),
    Case("letter.edi", lambda: b"Invoice 1", None, (_asked("folio.not-edifact"),)),
)
