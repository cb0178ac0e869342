"""Whatever bytes a scan is made of: the look into it ends, in words, and holds little of it."""

from __future__ import annotations

import io
import struct
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from hypothesis import example, given
from hypothesis import strategies as st

from app.core.catalogue import filled
from app.core.drafts import Inspection, Level
from app.core.previews import Facts
from app.core.uploads import Source
from app.servers.ssc import problems
from app.servers.ssc.inspect import inspect
from app.servers.ssc.preview import preview
from tests.corpus.fuzzing import ROUND, campaign
from tests.servers.fprs import FVDL, WEBINSPECT, scan_id

IDS = {entry.id for entry in problems.PROBLEMS} | {"file.empty"}
GOOD = FVDL.format(scan=scan_id(1), build="shop")
PIECES = st.lists(
    st.sampled_from(
        [
            *("<FVDL>", "</FVDL>", "<Build>", "</Build>", "<UUID>", "</UUID>", "<Vulnerability>"),
            *("<Vulnerabilities>", "</Vulnerabilities>", "<ClassID>", "<Confidence>", "5.0", "x"),
            *("<x:FVDL>", "<f:Vulnerability ", "/>", "<!--", "-->", "<![CDATA[", "]]>", "&a;"),
            *("<SourceFiles>", "<File/>", '<Rule id="x">', '<Group name="Impact">', "3.0", "<"),
            *("<!DOCTYPE FVDL>", '<?xml version="1.0" encoding="', 'utf-16"?>', 'gbk"?>', "\x00"),
            *("<Sessions>", '<Issue id="1">', "<Severity>4</Severity>", "</Sessions>", " ", "\n"),
            *("<CreatedTS date='2026-01-09'/>", "<NumberFiles>0</NumberFiles>", "é", "\ufeff"),
        ]
    ),
    max_size=40,
).map(lambda parts: "".join(parts).encode())
RESULTS = st.one_of(
    st.just(GOOD.encode()),
    st.just(WEBINSPECT.encode()),
    PIECES,
    PIECES.map(lambda piece: b"<FVDL><Build></Build>" + piece + b"</FVDL>"),
    PIECES.map(lambda piece: b'<Sessions appVersion="1">' + piece + b"</Sessions>"),
    st.binary(max_size=100),
    st.sampled_from([GOOD.encode("utf-16"), GOOD.encode("utf-8-sig"), b""]),
)
NAMES = st.sampled_from(
    [
        *("audit.fvdl", "webinspect.xml", "scan.info", "src-archive/0", "a.java", "in.fpr"),
        *("../x", "C:/x", "é" * 50, "VERSION"),
    ]
)
EMPTY = b"PK\x05\x06" + bytes(18)
"""The end of an archive, and all of one with nothing in it."""
FIELDS = (
    *(("<H", 8), ("<H", 10), ("<L", 16), ("<L", 20), ("<L", 24), ("<H", 28), ("<H", 30)),
    *(("<H", 32), ("<L", 42)),
)
"""Of an entry in the list of contents: flags, method, checksum, sizes, lengths, offset."""


@contextmanager
def file(content: bytes, name: str) -> Iterator[Source]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "content"
        path.write_bytes(content)
        # The name tells what a file should be, whatever it is called on this system.
        named = path.rename(path.with_name(name))
        yield Source(str(named), len(content), 0)


def whole(source: Source) -> Inspection:
    """What holds for every file."""
    seen: list[int] = []
    inspection = inspect(source, seen.append)
    ids = [one.id for one in inspection.findings]
    assert len(ids) == len(set(ids)) and set(ids) <= IDS
    for one in inspection.findings:
        assert one.title and filled(one.entry.meaning, one.facts)
    assert all(isinstance(text, str) and text for text in inspection.facts.values())
    assert all(len(text) <= 1000 for text in inspection.facts.values())
    assert isinstance(preview(source, 1, 1), Facts)
    return inspection


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        for name in draw(st.lists(NAMES, max_size=5, unique=True)):
            method = draw(st.sampled_from([zipfile.ZIP_DEFLATED, zipfile.ZIP_STORED]))
            content = draw(RESULTS)
            if name == "scan.info":
                content = draw(st.sampled_from([b"engineType=X\nscanDate=soon", b"", content]))
            archive.writestr(name, content, method)
        archive.comment = draw(st.binary(max_size=30))
    return made.getvalue()


@ROUND
@given(content=archives(), name=st.sampled_from(["a.fpr", "a.zip", "a.xml"]))
@example(content=EMPTY[:-2] + b"\x04\x00PK\x05\x06", name="a.fpr")
@example(content=EMPTY[:-2] + b"\x1a\x00" + b"x" * 4 + EMPTY, name="a.fpr")
def made(content: bytes, name: str) -> None:
    with file(content, name) as source:
        inspection = whole(source)
        assert not {"ssc.cut-off", "ssc.list-damaged", "ssc.swollen", "ssc.overlapping"} & {
            one.id for one in inspection.findings
        }


@ROUND
@given(
    content=archives(),
    changes=st.lists(st.tuples(st.integers(0, 4000), st.integers(0, 255)), max_size=6),
    cut=st.integers(0, 300),
)
def damaged(content: bytes, changes: list[tuple[int, int]], cut: int) -> None:
    data = bytearray(content)
    for at, byte in changes:
        data[at % len(data)] = byte
    with file(bytes(data[: len(data) - cut % len(data)]), "a.fpr") as source:
        whole(source)


@ROUND
@given(
    content=archives(),
    changes=st.lists(
        st.tuples(
            st.sampled_from(FIELDS), st.one_of(st.integers(0, 2**32 - 1), st.integers(0, 99))
        ),
        min_size=1,
        max_size=3,
    ),
    entry=st.integers(0, 5),
)
def lying(content: bytes, changes: list[tuple[tuple[str, int], int]], entry: int) -> None:
    """The list of contents says what is not so."""
    data = bytearray(content)
    places = [at for at in range(len(data)) if data.startswith(b"PK\x01\x02", at)]
    for (layout, offset), value in changes:
        if places and len(data) >= places[entry % len(places)] + 46:
            at = places[entry % len(places)] + offset
            struct.pack_into(layout, data, at, value % (1 << 8 * struct.calcsize(layout)))
    with file(bytes(data), "a.fpr") as source:
        whole(source)


@ROUND
@given(content=st.one_of(st.binary(max_size=200), st.binary(max_size=100).map(b"PK".__add__)))
@example(content=b"PK")
@example(content=b"PK\x05\x06" + bytes(18))
@example(content=b"PK\x05\x06" + b"\xff" * 18)
def raw(content: bytes) -> None:
    with file(content, "a.fpr") as source:
        inspection = whole(source)
        assert any(one.level is Level.ERROR for one in inspection.findings)


@ROUND
@given(
    findings=st.lists(st.sampled_from(["1.0", "3.0", "5.0", "?"]), max_size=20),
    impact=st.sampled_from(["1.0", "3.0", "x"]),
    prefix=st.sampled_from(["", "f:", "ns-1:"]),
    padding=st.integers(0, 70_000),
)
def counted(findings: list[str], impact: str, prefix: str, padding: int) -> None:
    """Findings are counted wherever the pieces are cut in which they are read."""
    p = prefix
    body = "".join(
        f"<{p}Vulnerability><{p}ClassID>R</{p}ClassID><{p}Confidence>{one}</{p}Confidence>"
        f"</{p}Vulnerability>"
        for one in findings
    )
    rule = "".join(
        f'<{p}Group name="{name}">{value}</{p}Group>'
        for name, value in (("Impact", impact), ("Accuracy", "5.0"), ("Probability", "5.0"))
    )
    space = f' xmlns:{p[:-1]}="x"' if p else ""
    text = (
        f"<{p}FVDL{space}><{p}Build><{p}SourceFiles><{p}File/></{p}SourceFiles></{p}Build>"
        f"<!--{'.' * padding}--><{p}Vulnerabilities>{body}</{p}Vulnerabilities>"
        f'<{p}Rule id="R">{rule}</{p}Rule></{p}FVDL>'
    )
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("audit.fvdl", text)
    with file(archive.getvalue(), "a.fpr") as source:
        facts = whole(source).facts
    assert facts["findings"] == str(len(findings))
    rated = sum(int(facts.get(name, "0")) for name in ("critical", "high", "medium", "low"))
    assert rated == len(findings)


def test_archives_of_odd_results() -> None:
    campaign(made)


def test_archives_with_damaged_bytes() -> None:
    campaign(damaged)


def test_archives_that_lie() -> None:
    campaign(lying)


def test_any_bytes() -> None:
    campaign(raw)


def test_findings_are_counted_across_pieces() -> None:
    campaign(counted)
