"""The smallest file of each kind that a server takes, made here and of nobody's data."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from app.demo_files import write_marc

_SCAN = """<?xml version="1.0" encoding="UTF-8"?>
<FVDL xmlns="xmlns://www.fortifysoftware.com/schema/fvdl" version="1.12">
<CreatedTS date="2026-01-09" time="07:58:02"/>
<UUID>5f52a8aa-d630-44bc-92da-c74be70e0001</UUID>
<Build><BuildID>harbour</BuildID><NumberFiles>1</NumberFiles></Build>
<Vulnerabilities></Vulnerabilities>
</FVDL>
"""

_ROSTER = "user_username,user_name,user_password\r\npilot1,Ada Pilot,Tide&Rope-1!\r\n"


@dataclass(frozen=True, slots=True)
class Sample:
    """`write` makes the file; `options` are those of its delivery, as `send --set` takes them."""

    name: str
    write: Callable[[Path], object]
    options: Mapping[str, str] = field(default_factory=dict)


def _scan(path: Path) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("audit.fvdl", _SCAN)
        made.writestr("VERSION", "1.3")


def _roster(path: Path) -> None:
    path.write_bytes(_ROSTER.encode())


SAMPLES: Mapping[str, Sample] = {
    "folio": Sample(
        "records.mrc",
        lambda path: write_marc(path, 12),
        {"job_profile": "Default - Create instance and SRS MARC Bib"},
    ),
    "ssc": Sample("scan.fpr", _scan, {"application": "Shop", "version": "1.0"}),
    "tao": Sample("users.csv", _roster),
}
"""By family, for the built-in servers."""
