"""What the contract suite must know of a family to run on its sandbox.

A new family adds its cases.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from app.sandbox import Served
from app.servers.api import Family
from app.servers.folio import FAMILY as FOLIO
from app.servers.folio.rhythm import Rhythm
from app.servers.folio.server import connect as connect_folio
from app.servers.ssc import FAMILY as SSC
from app.servers.ssc.rhythm import Rhythm as SscRhythm
from app.servers.ssc.server import connect as connect_ssc
from app.servers.tao import FAMILY as TAO
from app.servers.tao.rhythm import Rhythm as TaoRhythm
from app.servers.tao.server import connect as connect_tao
from tests.servers.fprs import fpr_files
from tests.servers.marc import marc
from tests.servers.rosters import roster_files

ROOT = Path(__file__).resolve().parents[2]
SAMPLES = Path(os.environ.get("LONGSHORE_SAMPLES") or ROOT.parent / "shared" / "samples")
"""Real files of each family, if they are there; tests with them skip where they are not."""


@dataclass(frozen=True)
class Case:
    """One family against one kind of server.

    `lost` names the request of each verb whose lost reply the family survives, as a fault's
    pattern; `cut` the one whose body can be cut. `arrived` gives the SHA-256 of every whole file
    the server has been given, once per time; `started` how often each batch was started.
    """

    name: str
    family: Family
    options: Mapping[str, str]
    files: Callable[[Path, int], list[Path]]
    arrived: Callable[[Served], list[str]]
    started: Callable[[Served], list[int]]
    sandbox: Mapping[str, Any] = field(default_factory=dict)
    lost: Mapping[str, str] = field(default_factory=dict)
    cut: str = ""
    slow_job: bool = True
    refused_name: str = ""
    """A file name the server refuses at opening, other files of the batch apart; empty: none."""
    wrong_secret: str = "sign-in.refused"
    """The problem that a wrong secret is."""
    renews: bool = True
    """Whether a token that ended can be had anew without the person."""
    takes_back: bool = True
    """Whether a file that arrived and was not started can be taken back."""


def marc_files(folder: Path, count: int) -> list[Path]:
    made = []
    for index in range(count):
        path = folder / f"records-{index}.mrc"
        path.write_bytes(b"".join(marc(f"Title {index}.{n}", n) for n in range(30 + index)))
        made.append(path)
    return made


def _folio(served: Served) -> list[str]:
    return [
        file.sha256
        for file in served.books.files
        if not file.removed
        and file.status == "UPLOADED"
        and file.definition_id in served.books.definitions
    ]


def _folio_started(served: Served) -> list[int]:
    return [calls for calls in served.books.process_calls.values() if calls]


_QUICK = replace(FOLIO, connect=partial(connect_folio, rhythm=Rhythm(0.02, visible=100)))
_DEFAULT = "Default - Create instance and SRS MARC Bib"
_CREATE = "POST /data-import/uploadDefinitions"
_START = "POST /data-import/uploadDefinitions/*/processFiles"


def _folio_case(platform: str, split: bool) -> Case:
    send = "POST */assembleStorageFile" if split else "POST */files/*"
    return Case(
        name=f"folio-{'split' if split else 'raw'}-{platform}",
        family=_QUICK,
        options={"job_profile": _DEFAULT},
        files=marc_files,
        arrived=_folio,
        started=_folio_started,
        sandbox={"platform": platform, "split": split, "visible_after": 0.02},
        lost={"open": _CREATE, "send": send, "start": _START},
        cut="PUT *" if split else "POST */files/*",
        refused_name="picture.jpg",
    )


def _ssc(served: Served) -> list[str]:
    return [one.sha256 for one in served.books.artifacts.values() if not one.gone]


_QUICK_SSC = replace(SSC, connect=partial(connect_ssc, rhythm=SscRhythm(0.1, unanswered=30)))
_BY_WAY = {"rest": "POST */projectVersions/*/artifacts", "token": "POST */resultFileUpload.html"}


def _ssc_case(way: str, auth: str) -> Case:
    return Case(
        name=f"ssc-{way}-{auth}",
        family=_QUICK_SSC,
        options={"application": "Shop", "version": "1.0", "upload": way},
        files=fpr_files,
        arrived=_ssc,
        started=lambda served: [],
        sandbox={"auth": auth},
        lost={"send": _BY_WAY[way]},
        cut=_BY_WAY[way],
        # A scan can be stopped only while it waits; the family's own tests do that.
        slow_job=False,
        wrong_secret="ssc.token-malformed" if auth == "token" else "sign-in.refused",
        renews=auth == "password",
        takes_back=False,
    )


def _tao(served: Served) -> list[str]:
    return [one.sha256 for one in served.books.uploads if one.outcome == "taken"]


_QUICK_TAO = replace(TAO, connect=partial(connect_tao, rhythm=TaoRhythm(0.05)))


def _tao_case(paths: str) -> Case:
    return Case(
        name=f"tao-{paths}",
        family=_QUICK_TAO,
        options={},
        files=roster_files,
        arrived=_tao,
        started=lambda served: [],
        sandbox={"paths": paths},
        # Nobody can ask what the server has, so after a lost reply the person decides.
        lost={},
        slow_job=False,
        takes_back=False,
    )


CASES: Sequence[Case] = [
    *(_folio_case(platform, split) for platform in ("okapi", "eureka") for split in (False, True)),
    _ssc_case("rest", "token"),
    _ssc_case("token", "password"),
    _tao_case("advance"),
    _tao_case("custom"),
]


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
