"""Made-up results of a static analysis, in the form of an FPR archive."""

from __future__ import annotations

import random
import uuid
import zipfile
from pathlib import Path

from app.demo_files.made import DemoFile

_FVDL = """<?xml version="1.0" encoding="UTF-8"?>
<FVDL xmlns="xmlns://www.fortifysoftware.com/schema/fvdl" version="1.16">
  <CreatedTS date="2026-01-12" time="09:30:00"/>
  <UUID>{scan}</UUID>
  <Build>
    <Project>{build}</Project>
    <BuildID>{build}</BuildID>
    <NumberFiles>{files}</NumberFiles>
    <LOC type="Line Count">{lines}</LOC>
    <ScanTime value="73"/>
  </Build>
  <Vulnerabilities/>
  <EngineData>
    <EngineVersion>25.2.0.0042</EngineVersion>
    <MachineInfo><Hostname>build-07</Hostname></MachineInfo>
  </EngineData>
</FVDL>
"""
_LINES_EACH = 180
_BYTES_EACH = 6_000
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789 (){};=.\n"


def write_fpr(path: Path, *, build: str, files: int) -> DemoFile:
    """Writes the results of `files` source files; the same build gives the same scan id."""
    scan = uuid.uuid5(uuid.NAMESPACE_URL, f"longshore:{build}:{files}")
    chance = random.Random(scan.int)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(
            "audit.fvdl",
            _FVDL.format(scan=scan, build=build, files=files, lines=files * _LINES_EACH),
        )
        archive.writestr("VERSION", "1.3")
        for number in range(files):
            archive.writestr(
                f"src-archive/{number:04}.java", "".join(chance.choices(_LETTERS, k=_BYTES_EACH))
            )
    return DemoFile("ssc", path)
