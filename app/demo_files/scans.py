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
    <SourceFiles>{listed}
    </SourceFiles>
    <ScanTime value="73"/>
  </Build>
  <Vulnerabilities>{found}
  </Vulnerabilities>
  <EngineData>
    <EngineVersion>25.2.0.0042</EngineVersion>
    <MachineInfo><Hostname>build-07</Hostname></MachineInfo>
    <RuleInfo>{rules}
    </RuleInfo>
  </EngineData>
</FVDL>
"""
_FILE = """
      <File size="{size}" type="java"><Name>src/Part{number:04}.java</Name></File>"""
_FOUND = """
    <Vulnerability>
      <ClassInfo><ClassID>{rule}</ClassID><Type>{kind}</Type></ClassInfo>
      <InstanceInfo><InstanceID>{instance}</InstanceID><Confidence>5.0</Confidence></InstanceInfo>
    </Vulnerability>"""
_RULE = """
      <Rule id="{rule}"><MetaInfo>
        <Group name="Impact">{impact}</Group>
        <Group name="Probability">{probability}</Group>
        <Group name="Accuracy">5.0</Group>
      </MetaInfo></Rule>"""
_KINDS = (("SQL Injection", 5.0, 4.0), ("Weak Encryption", 4.0, 1.0), ("Dead Code", 1.0, 1.0))
"""Kinds of findings with the impact and the probability their rules give them."""
_FILES_PER_FINDING = 12
_LINES_EACH = 180
_BYTES_EACH = 6_000
_LETTERS = "abcdefghijklmnopqrstuvwxyz0123456789 (){};=.\n"


def write_fpr(path: Path, *, build: str, files: int) -> DemoFile:
    """Writes the results of `files` source files; the same build gives the same scan id."""
    scan = uuid.uuid5(uuid.NAMESPACE_URL, f"longshore:{build}:{files}")
    chance = random.Random(scan.int)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("audit.fvdl", _results(scan, build, files))
        archive.writestr("VERSION", "1.3")
        for number in range(files):
            archive.writestr(
                f"src-archive/{number:04}.java", "".join(chance.choices(_LETTERS, k=_BYTES_EACH))
            )
    return DemoFile("ssc", path)


def _results(scan: uuid.UUID, build: str, files: int) -> str:
    rules = [str(uuid.uuid5(scan, kind)).upper() for kind, _, _ in _KINDS]
    found = "".join(
        _FOUND.format(
            rule=rules[number % len(_KINDS)],
            kind=_KINDS[number % len(_KINDS)][0],
            instance=uuid.uuid5(scan, str(number)).hex.upper(),
        )
        for number in range(files // _FILES_PER_FINDING)
    )
    return _FVDL.format(
        scan=scan,
        build=build,
        files=files,
        lines=files * _LINES_EACH,
        listed="".join(_FILE.format(size=_BYTES_EACH, number=number) for number in range(files)),
        found=found,
        rules="".join(
            _RULE.format(rule=rule, impact=impact, probability=probability)
            for rule, (_, impact, probability) in zip(rules, _KINDS, strict=True)
        ),
    )
