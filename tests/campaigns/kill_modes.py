"""What is sent to which server, and how its books show that each file arrived exactly once."""

from __future__ import annotations

import hashlib
import os
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.demo_files import write_fpr, write_groups, write_marc, write_users
from app.sandbox import Served

Rows = Mapping[str, Mapping[str, Any]]
"""By file name, what a run said last about each upload; see `kill_driver.Last`."""


@dataclass(frozen=True)
class Found:
    """What a server's books say of one file: each whole delivery's digest, and what is wrong."""

    arrived: Sequence[str]
    wrong: Sequence[str] = ()


@dataclass(frozen=True)
class Mode:
    """One way in which a family takes files."""

    name: str
    family: str
    options: Mapping[str, str]
    files: Callable[[Path, str, random.Random], list[Path]]
    """In this folder, named after this case."""
    found: Callable[[Any, str], Found]
    sandbox: Mapping[str, Any] = field(default_factory=dict)
    lost: Sequence[str] = ()
    """The requests whose lost reply hurts, as patterns of faults."""
    tells: bool = True
    """Whether the server can be asked what it has; else a file may end with a question."""

    def served(self, servers: Sequence[Served]) -> Served:
        [served] = [one for one in servers if one.family == self.family]
        return served


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _marc(folder: Path, case: str, chance: random.Random) -> list[Path]:
    made = []
    for number in range(chance.choice((1, 2, 3))):
        path = folder / f"{case}-{number}.mrc"
        write_marc(path, chance.randint(8, 24), first=chance.randint(1, 9_000), summaries=6)
        made.append(path)
    return made


def _marc_in_parts(folder: Path, case: str, chance: random.Random) -> list[Path]:
    made = _marc(folder, case, chance)
    if chance.random() < 0.25:
        # More than one part of the usual 30 MiB; the same bytes under another name each time.
        large = folder.parent / "large.mrc"
        if not large.exists():
            write_marc(large, 1_060, summaries=6)
        path = folder / f"{case}-large.mrc"
        os.link(large, path)
        made.append(path)
    return made


def _fprs(folder: Path, case: str, chance: random.Random) -> list[Path]:
    made = []
    for number in range(chance.choice((1, 2, 3))):
        path = folder / f"{case}-{number}.fpr"
        write_fpr(path, build=f"{case}-{number}", files=chance.randint(30, 120))
        made.append(path)
    return made


def _rosters(folder: Path, case: str, chance: random.Random) -> list[Path]:
    groups, users = folder / f"{case}-groups.csv", folder / f"{case}-users.csv"
    write_groups(groups, 12)
    write_users(users, chance.randint(500, 3_000))
    return [groups, users]


def _folio(books: Any, name: str) -> Found:
    calls, kept = books.process_calls, books.definitions
    seen = [file for file in books.files if file.name == name]
    started = [one for one in seen if calls.get(one.definition_id) and not one.removed]
    wrong = [
        f"a definition was started {calls[one.definition_id]} times"
        for one in started
        if calls[one.definition_id] != 1
    ]
    wrong += [
        f"{name} is left in a definition that nobody started"
        for one in seen
        if not one.removed and not calls.get(one.definition_id) and one.definition_id in kept
    ]
    return Found([one.sha256 for one in started], wrong)


def _ssc(books: Any, name: str) -> Found:
    return Found([one.sha256 for one in books.artifacts.values() if one.name == name])


def _tao(books: Any, name: str) -> Found:
    return Found([one.sha256 for one in books.imports.values() if one.name == name])


_FOLIO = {"job_profile": "Default - Create instance and SRS MARC Bib"}
_SHOP = {"application": "Shop", "version": "1.0"}
_OPENS = ("POST /data-import/uploadDefinitions", "POST */processFiles")

MODES: Mapping[str, Mode] = {
    mode.name: mode
    for mode in (
        Mode(
            "folio-raw",
            "folio",
            _FOLIO,
            _marc,
            _folio,
            {"split": False, "visible_after": 0.02},
            (*_OPENS, "POST */files/*"),
        ),
        Mode(
            "folio-split",
            "folio",
            _FOLIO,
            _marc_in_parts,
            _folio,
            {"split": True, "visible_after": 0.02},
            (*_OPENS, "POST */assembleStorageFile"),
        ),
        Mode(
            "ssc-rest",
            "ssc",
            {**_SHOP, "upload": "rest"},
            _fprs,
            _ssc,
            {"approval": False},
            ("POST */projectVersions/*/artifacts",),
        ),
        Mode(
            "ssc-token",
            "ssc",
            {**_SHOP, "upload": "token"},
            _fprs,
            _ssc,
            {"approval": False, "auth": "password"},
            ("POST */resultFileUpload.html",),
        ),
        Mode("tao", "tao", {}, _rosters, _tao, lost=("POST */upload",), tells=False),
    )
}
