"""Whatever a file holds, a look into it and its preview end soon, with findings and no crash.

`LONGSHORE_FUZZ_SECONDS` makes each of these run so long, with inputs of its own each time.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from app.core.drafts import Inspection, unwatched
from app.core.previews import Facts, Records
from app.servers.folio import FAMILY, findings
from app.servers.folio.inspect import inspect
from app.servers.folio.inspection import binary
from app.servers.folio.preview import preview
from tests.corpus.marc_files import CASES
from tests.corpus.marc_records import (
    authority,
    book,
    holdings,
    interchange,
    invoice,
    xml,
    xml_record,
)
from tests.servers.delivery import source

SECONDS = float(os.environ.get("LONGSHORE_FUZZ_SECONDS", "0"))
EXAMPLES = 500 if SECONDS else 150
KNOWN = {entry.id for entry in FAMILY.problems} | {"file.empty"}
# A small file; a look at it takes a few milliseconds, on a busy machine a few times as long.
LONGEST = 5.0
NAMES = st.sampled_from(["a.mrc", "a.xml", "a.json", "a.edi", "a.txt", "a.csv", "a.fpr"])
PIECES = st.sampled_from(
    [
        *(b"\x1d", b"\x1e", b"\x1f", b"\x1da", b"\r\n", b"\x00", b"99999", b"00000", b"     "),
        *(b"\xff", b"\xc3\xa9", b"<", b">", b"&", b"<record>", b"</record>", b"<!DOCTYPE a ["),
        *(b"<!ENTITY x 'y'>", b"{", b"}", b"[", b"]", b'"', b",", b'\\"', b"'", b"?", b"??", b"+"),
        *(b"UNH+1+INVOIC'", b"UNT+2+1'", b"UNA:+.? '", b"=LDR  ", b"\xef\xbb\xbf", b"\xff\xfe"),
    ]
)
SOUND = [
    *(book(1), book(2, ("999", b"ff\x1fs1")), book(3, ("500", b"  \x1fa" + "Żółć".encode()))),
    *(book(4, leader="dam  "), holdings(1), holdings(2, link=False), authority(1)),
]
WHOLE = [
    *(case.make() for case in CASES if not case.name.startswith(("late", "many", "endless"))),
    *(xml(xml_record(1), xml_record(2)), interchange(invoice(1), invoice(2))),
]
WHOLE = [content for content in WHOLE if len(content) < 20_000]


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """A file of the corpus, or some records, with a few places changed."""
    records = st.lists(st.sampled_from(SOUND), min_size=1, max_size=8).map(b"".join)
    content = bytearray(draw(st.one_of(st.sampled_from(WHOLE), records)))
    for _ in range(draw(st.integers(0, 5))):
        at = draw(st.integers(0, len(content)))
        until = min(at + draw(st.sampled_from([0, 1, 1, 2, 5, 40])), len(content))
        content[at:until] = draw(
            st.one_of(PIECES, st.binary(max_size=4), st.integers(0, 99999).map(lambda n: b"%d" % n))
        )
    return bytes(content)


RAW = st.one_of(
    st.binary(max_size=400),
    st.lists(PIECES, max_size=60).map(b"".join),
    st.tuples(PIECES, st.integers(0, 3000)).map(lambda pair: pair[0] * pair[1]),
)
CONTENT = st.one_of(mutated(), mutated(), RAW)
LEISURELY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize=not SECONDS,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        yield Path(name)


def campaign(run: Callable[[], None]) -> None:
    """Once; for a long run again and again, with other inputs each time."""
    began, rounds = time.monotonic(), 1
    run()
    while time.monotonic() - began < SECONDS:
        run()
        rounds += 1
    if SECONDS:
        print(f"{rounds * EXAMPLES} inputs")  # noqa: T201


def checked(seen: Inspection, size: int) -> None:
    for finding in seen.findings:
        assert finding.id in KNOWN
        assert "–" not in finding.title or "–" in finding.facts.values(), finding.title
        place = finding.place
        assert place.byte is None or 0 <= place.byte <= size, finding
        assert place.record is None or place.record >= 1, finding
        assert int(finding.facts.get("count", "1")) >= 1
    records = seen.facts.get("records")
    assert records is None or 0 <= int(records) <= size


def timed(work: Callable[[], object]) -> object:
    began = time.perf_counter()
    done = work()
    assert time.perf_counter() - began < LONGEST
    return done


def test_inspection(folder: Path) -> None:
    @LEISURELY
    @example(b"\x1d\x1d\x1d", "a.mrc")
    @example(b"00024" + b" " * 19 + b"\x1e\x1d", "a.mrc")
    @given(CONTENT, NAMES)
    def run(content: bytes, name: str) -> None:
        path = folder / name
        path.write_bytes(content)
        seen = timed(lambda: inspect(source(path)))
        assert isinstance(seen, Inspection)
        checked(seen, len(content))

    campaign(run)


def test_preview(folder: Path) -> None:
    @LEISURELY
    @given(CONTENT, NAMES, st.integers(1, 6), st.integers(1, 4))
    def run(content: bytes, name: str, first: int, count: int) -> None:
        path = folder / f"p-{name}"
        path.write_bytes(content)
        shown = timed(lambda: preview(source(path), first, count))
        if isinstance(shown, Facts):
            return
        assert isinstance(shown, Records)
        numbers = [record.number for record in shown.records]
        assert numbers == list(range(first, first + len(numbers)))
        assert len(numbers) <= count
        for record in shown.records:
            assert record.title.isprintable()
            for line in record.lines:
                assert (line.tag + line.indicators + line.text).isprintable()
        if content:
            records = inspect(source(path)).facts.get("records")
            if records is not None and first <= int(records):
                assert numbers[:1] == [first]

    campaign(run)


# What is told by the directory alone is looked at more closely in the first records of a file.
ONLY_CLOSELY = {findings.DIRECTORY.id, findings.FIELD_ENDS.id}


def test_many_records_at_once_are_judged_like_single_ones(folder: Path) -> None:
    @LEISURELY
    @given(st.lists(st.sampled_from(SOUND), min_size=1, max_size=30), st.data())
    def run(records: list[bytes], data: st.DataObject) -> None:
        content = bytearray(b"".join(records))
        for _ in range(data.draw(st.integers(0, 3))):
            at = data.draw(st.integers(0, len(content) - 1))
            content[at] = data.draw(st.integers(0, 255))
        path = folder / "b.mrc"
        path.write_bytes(content)
        one = source(path)
        closely, together = (binary.scan(one, unwatched, examined) for examined in (10**9, 0))
        if set(_ids(closely)) & ONLY_CLOSELY:
            return
        assert together.told() == closely.told()
        assert _ids(together) == _ids(closely)

    campaign(run)


def _ids(tally: binary.Tally) -> dict[str, str]:
    return {one.id: one.facts["count"] for one in tally.findings({})}
