"""Scan files of every sort, good and broken, made on the spot, with what is to be found in each."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tests.servers.fprs import FVDL, WEBINSPECT, archive, scan_id

Make = Callable[[Path], Path]


@dataclass(frozen=True, slots=True)
class Case:
    """`found`: id (without the family), level, and a question mark where the person is asked."""

    title: str
    make: Make
    found: tuple[str, ...] = ()
    facts: Mapping[str, str] | None = None
    """Some of the facts told."""


def results(number: int = 1, *, build: str = "shop") -> str:
    """An `audit.fvdl`."""
    return FVDL.format(scan=scan_id(number), build=build)


def vulnerability(rule: str, confidence: str) -> str:
    return (
        f"<Vulnerability><ClassInfo><ClassID>{rule}</ClassID></ClassInfo><InstanceInfo>"
        f"<Confidence>{confidence}</Confidence></InstanceInfo></Vulnerability>"
    )


def rule(name: str, impact: str, accuracy: str, probability: str) -> str:
    groups = "".join(
        f'<Group name="{key}">{value}</Group>'
        for key, value in (
            ("Impact", impact),
            ("Accuracy", accuracy),
            ("Probability", probability),
            ("package", "Java Core"),
        )
    )
    return f'<Rule id="{name}"><MetaInfo>{groups}</MetaInfo></Rule>'


def rated() -> str:
    """Findings of all four priorities and one whose rule is not told."""
    text = results()
    start = text.index("<Vulnerabilities>")
    findings = [("A", "5.0"), ("A", "5.0"), ("B", "5.0"), ("C", "5.0"), ("D", "1.0"), ("E", "5.0")]
    rules = (
        rule("A", "5.0", "5.0", "5.0")
        + rule("B", "3.0", "1.0", "1.0")
        + rule("C", "1.0", "5.0", "5.0")
        + rule("D", "1.0", "5.0", "5.0")
    )
    listed = "".join(vulnerability(*one) for one in findings)
    return (
        f"{text[:start]}<Vulnerabilities>{listed}</Vulnerabilities><EngineData>"
        "<EngineVersion>24.2.0.0050</EngineVersion><MachineInfo><Hostname>build-7</Hostname>"
        f"</MachineInfo><RuleInfo>{rules}</RuleInfo></EngineData></FVDL>"
    )


def fpr(content: str | bytes, **more: str | bytes) -> Make:
    return lambda path: archive(path, {"audit.fvdl": content, "VERSION": "1.3", **more})


def of(entries: Mapping[str, str | bytes]) -> Make:
    return lambda path: archive(path, entries)


def plain(content: bytes) -> Make:
    def make(path: Path) -> Path:
        path.write_bytes(content)
        return path

    return make


def changed(make: Make, change: Callable[[bytearray], None]) -> Make:
    def changing(path: Path) -> Path:
        data = bytearray(make(path).read_bytes())
        change(data)
        path.write_bytes(data)
        return path

    return changing


def listed(data: bytes, name: bytes = b"audit.fvdl") -> int:
    """Where the entry of this name begins in the list of contents."""
    return data.index(name, data.index(b"PK\x01\x02")) - 46


def lock(data: bytearray) -> None:
    data[listed(data) + 8] |= 1


def claim(size: int) -> Callable[[bytearray], None]:
    return lambda data: struct.pack_into("<L", data, listed(data) + 24, size)


def wrong_checksum(data: bytearray) -> None:
    data[listed(data) + 16] ^= 0xFF


def lead_nowhere(data: bytearray) -> None:
    struct.pack_into("<L", data, listed(data) + 42, 7)


def unusual_method(data: bytearray) -> None:
    struct.pack_into("<H", data, listed(data) + 10, 93)
    struct.pack_into("<H", data, 8, 93)


def damage_list(data: bytearray) -> None:
    at = data.index(b"PK\x01\x02")
    data[at : at + 4] = b"XXXX"


def cut(data: bytearray) -> None:
    del data[-30:]


def twice(path: Path) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("audit.fvdl", results())
        made.writestr("zudit.fvdl", results())
    path.write_bytes(path.read_bytes().replace(b"zudit.fvdl", b"audit.fvdl"))
    return path


def overlapping(path: Path) -> Path:
    """Many entries that all lead to the same packed bytes."""
    kernel = bytes(range(256)) * 40
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as made:
        made.writestr("audit.fvdl", results())
        made.writestr("src-archive/0000", kernel)
        for number in range(1, 40):
            made.writestr(f"src-archive/{number:04}", b"")
    data = bytearray(path.read_bytes())
    first = listed(data, b"src-archive/0000")
    for number in range(1, 40):
        at = listed(data, b"src-archive/%04d" % number)
        data[at + 16 : at + 28] = data[first + 16 : first + 28]
        data[at + 42 : at + 46] = data[first + 42 : first + 46]
    path.write_bytes(data)
    return path


def commented(path: Path) -> Path:
    make = fpr(results())
    with zipfile.ZipFile(make(path), "a") as made:
        made.comment = b"made by hand" * 200
    return path


def behind_other_bytes(path: Path) -> Path:
    inner = fpr(results())(path).read_bytes()
    # An archive may begin with another program's bytes, as long as they look like one.
    path.write_bytes(b"PK\x03\x04 unpacker " + inner)
    return path


def wide(path: Path) -> Path:
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made,
        made.open("audit.fvdl", "w", force_zip64=True) as entry,
    ):
        entry.write(results(build="wide").encode())
    return path


def nested(path: Path) -> Path:
    inner = fpr(results())(path).read_bytes()
    return archive(path, {"scans/inner.fpr": inner, "readme.txt": "x"})


SOURCE = {f"src/{name}.java": "class A {}" for name in "abcdefg"} | {"README.md": "x"}
ENGINE = "engineType=SAMPLE\n"
EMPTY_LIST = b"PK\x05\x06" + bytes(18)
SEVERITIES = "".join(f"<Issue><Severity>{n}</Severity></Issue>" for n in (4, 3, 2, 1, 0, 2))

GOOD = (
    Case("static.fpr", fpr(results()), facts={"build": "shop", "scan": scan_id(1)}),
    Case(
        "priorities.fpr",
        fpr(rated()),
        facts={
            "findings": "6",
            "critical": "2",
            "high": "1",
            "medium": "1",
            "low": "1",
            "engine_version": "24.2.0.0050",
        },
    ),
    Case(
        "prefixed.fpr",
        fpr(
            '<f:FVDL xmlns:f="x"><f:Build><f:BuildID>p</f:BuildID></f:Build><f:Vulnerabilities>'
            "<f:Vulnerability></f:Vulnerability></f:Vulnerabilities></f:FVDL>"
        ),
        ("no-files warning?",),
        facts={"build": "p", "findings": "1"},
    ),
    Case("marked.fpr", fpr("\ufeff" + results()), facts={"build": "shop"}),
    Case(
        "wide-letters.fpr",
        fpr(results().replace("UTF-8", "UTF-16").encode("utf-16")),
        ("not-counted info",),
        facts={"build": "shop"},
    ),
    Case("comment.fpr", commented),
    Case("shifted.fpr", behind_other_bytes),
    Case("zip64.fpr", wide, facts={"build": "wide"}),
    Case(
        "dynamic.fpr",
        of({"webinspect.xml": WEBINSPECT}),
        facts={
            "engine": "WEBINSPECT",
            "engine_version": "22.2",
            "findings": "1",
            "medium": "1",
        },
    ),
    Case(
        "dynamic-severities.fpr",
        of({"webinspect.xml": f"<Sessions><Session>{SEVERITIES}</Session></Sessions>"}),
        facts={"findings": "6", "critical": "1", "high": "1", "medium": "2", "low": "1"},
    ),
    Case(
        "project.fpr",
        fpr(
            results().replace(
                "<NumberFiles>", "<Project>Shop</Project><Label>nightly</Label><NumberFiles>"
            )
        ),
        facts={"project": "Shop", "label": "nightly"},
    ),
    Case(
        "third-party.zip",
        of({"scan.info": ENGINE + "scanDate=2026-01-09T08:00:00Z\n", "r": "x"}),
        facts={"kind": "other", "engine": "SAMPLE"},
    ),
    Case(
        "stored-names.fpr", fpr(results(), **{"src-archive/ä/0": "x", "src-xrefdata/a..b../0": "x"})
    ),
)

BROKEN = (
    Case("nothing.fpr", plain(b""), ("file.empty error",)),
    Case("text.fpr", plain(b"not an archive"), ("not-an-archive error",)),
    Case("results.xml", plain(b"<results/>"), ("plain-file warning",)),
    Case("cut.fpr", changed(fpr(results()), cut), ("cut-off error",)),
    Case("only-a-beginning.fpr", plain(b"PK\x03\x04" + bytes(400)), ("cut-off error",)),
    Case("list.fpr", changed(fpr(results()), damage_list), ("list-damaged error",)),
    Case("no-entries.zip", plain(EMPTY_LIST), ("nothing-inside error",)),
    Case("locked.fpr", changed(fpr(results()), lock), ("encrypted error",)),
    Case(
        "locked.zip",
        changed(
            of({"audit.fvdX": "x"}),
            lambda data: data.__setitem__(listed(data, b"audit.fvdX") + 8, 1),
        ),
        ("encrypted error",),
    ),
    Case("swollen.fpr", changed(fpr(results()), claim(4_000_000_000)), ("swollen error?",)),
    Case("overlapping.fpr", overlapping, ("overlapping error?",)),
    Case("twice.fpr", twice, ("results-twice warning",)),
    Case("outside.fpr", fpr(results(), **{"../../etc/x": "x"}), ("names-outside warning",)),
    Case("rooted.fpr", fpr(results(), **{"/etc/x": "x"}), ("names-outside warning",)),
    Case("drive.fpr", fpr(results(), **{"C:\\x": "x"}), ("names-outside warning",)),
    Case("checksum.fpr", changed(fpr(results()), wrong_checksum), ("unreadable-results error?",)),
    Case("nowhere.fpr", changed(fpr(results()), lead_nowhere), ("unreadable-results error?",)),
    Case("longer.fpr", changed(fpr(results()), claim(100)), ("unreadable-results error?",)),
    Case("shorter.fpr", changed(fpr(results()), claim(10_000)), ("unreadable-results error?",)),
    Case("method.fpr", changed(fpr(results()), unusual_method), ("unusual-results warning",)),
    Case("not-closed.fpr", fpr(results().replace("</FVDL>", "")), ("unreadable-results error?",)),
    Case("empty-results.fpr", fpr(""), ("unreadable-results error?",)),
    Case("other-root.fpr", fpr("<html></html>"), ("unreadable-results error?",)),
    Case(
        "entities.fpr",
        fpr('<!DOCTYPE FVDL [<!ENTITY a "b">]><FVDL>&a;</FVDL>'),
        ("unreadable-results error?",),
    ),
    Case(
        "letters.fpr",
        fpr(b'<?xml version="1.0" encoding="gb18030"?><FVDL></FVDL>'),
        ("unusual-results warning",),
    ),
    Case(
        "no-findings.fpr",
        fpr(results()[: results().index("<Vulnerability>")] + "</Vulnerabilities></FVDL>"),
        ("empty-scan warning?",),
        facts={"findings": "0"},
    ),
    Case("no-issues.fpr", of({"webinspect.xml": "<Sessions/>"}), ("empty-scan warning?",)),
    Case(
        "no-files.fpr",
        fpr(results().replace(">3</NumberFiles>", ">0</NumberFiles>")),
        ("no-files warning?",),
    ),
    Case(
        "no-list.fpr",
        fpr(results().replace('<File size="1" type="java"><Name>A.java</Name></File>', "")),
        ("no-files warning?",),
    ),
    Case(
        "future.fpr",
        fpr(results().replace("2026-01-09", "2999-01-09")),
        ("scan-in-future warning",),
    ),
    Case("nested.zip", nested, ("packed-results warning?",)),
    Case("nested.fpr", nested, ("packed-results warning?",)),
    Case("source.zip", of(SOURCE), ("source-code warning?",)),
    Case("other.fpr", of({"a.txt": "x"}), ("other-content warning?",)),
    Case("other.zip", of({"a.txt": "x"}), ("other-content warning",)),
    Case("no-engine.zip", of({"scan.info": "# none\n", "r": "x"}), ("no-engine warning",)),
    Case(
        "odd-date.zip",
        of({"scan.info": ENGINE + "scanDate=09/01/26\n", "r": "x"}),
        ("scan-date-odd warning",),
    ),
)
