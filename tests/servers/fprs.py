"""Made-up scan results: archives as the scanners write them, small and of our own making."""

from __future__ import annotations

import uuid
import zipfile
from collections.abc import Mapping
from pathlib import Path

FVDL = """<?xml version="1.0" encoding="UTF-8"?>
<FVDL xmlns="xmlns://www.fortifysoftware.com/schema/fvdl" version="1.12">
<CreatedTS date="2026-01-09" time="07:58:02"/>
<UUID>{scan}</UUID>
<Build>
  <BuildID>{build}</BuildID>
  <NumberFiles>3</NumberFiles>
  <LOC type="Fortify">120</LOC>
  <LOC type="Line Count">180</LOC>
  <SourceBasePath>/src/shop</SourceBasePath>
  <SourceFiles><File size="1" type="java"><Name>A.java</Name></File></SourceFiles>
</Build>
<Vulnerabilities><Vulnerability>
  <ClassInfo><ClassID>R-1</ClassID><Type>Poor Logging Practice</Type></ClassInfo>
  <InstanceInfo><InstanceID>I-1</InstanceID><Confidence>5.0</Confidence></InstanceInfo>
</Vulnerability></Vulnerabilities>
</FVDL>
"""
WEBINSPECT = (
    '\ufeff<?xml version="1.0"?><Sessions version="2.0" appVersion="22.2">'
    "<Session><Issues><Issue><Severity>2</Severity></Issue></Issues></Session></Sessions>"
)


def scan_id(number: int) -> str:
    return str(uuid.UUID(int=0x5F52A8AAD63044BC92DAC74BE70E0000 + number))


def archive(path: Path, entries: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for name, content in entries.items():
            made.writestr(name, content)
    return path


def fpr(path: Path, number: int = 1, *, build: str = "shop") -> Path:
    """Static results; each `number` is another scan."""
    return archive(
        path,
        {
            "src-archive/0": "class A {}",
            "audit.fvdl": FVDL.format(scan=scan_id(number), build=build),
            "VERSION": "1.3",
        },
    )


def dynamic(path: Path) -> Path:
    return archive(path, {"filtertemplate.xml": "<x/>", "webinspect.xml": WEBINSPECT})


def third_party(path: Path, info: str | None = "engineType=SAMPLE\nscanDate=2026-01-09\n") -> Path:
    entries: dict[str, str | bytes] = {"results.json": "{}"}
    if info is not None:
        entries["scan.info"] = info
    return archive(path, entries)


def fpr_files(folder: Path, count: int) -> list[Path]:
    return [fpr(folder / f"shop-{index}.fpr", index) for index in range(count)]
