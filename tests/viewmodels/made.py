"""Values the tests of the view models are fed with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.core import catalogue
from app.core.changes import UploadChanged
from app.core.destinations import Destination
from app.core.drafts import Draft, Finding, Inspection, Level
from app.core.forms import Choice, Field, FieldKind
from app.core.jobs import Job, JobState
from app.core.problems import Problem
from app.core.uploads import Phase, Source, Ticket, Upload
from app.servers.api import Family
from app.viewmodels.uploads import Target

NOW = 1_770_000_000.0
MB = 1_000_000

PROFILE = Field("profile", "Profile", FieldKind.CHOICE, required=True, depends=("kind",))
KIND = Field(
    "kind",
    "Kind",
    FieldKind.CHOICE,
    choices=(Choice("marc", "MARC"), Choice("edifact", "EDIFACT")),
)


def _never(*_: Any) -> Any:
    raise AssertionError("not connected in this test")


def family(**changed: Any) -> Family:
    facts: dict[str, Any] = {
        "key": "library",
        "title": "Library",
        "icon": "library",
        "fields": (
            Field("url", "Address", FieldKind.ADDRESS, required=True),
            Field("tenant", "Tenant", required=True),
        ),
        "options": (KIND, PROFILE),
        "secret": Field("password", "Password", FieldKind.SECRET, required=True),
        "takes": (".mrc",),
        "takes_text": "MARC: .mrc",
        "inspect": lambda source, look: Inspection(facts={"records": "3"}),
        "connect": _never,
        "probe": _never,
        "resumes": True,
        "counts": (("created", "created"), ("updated", "updated"), ("failed", "failed")),
    }
    return Family(**(facts | changed))


THERE = Destination("there", "library", "Springfield", {"url": "https://folio.example.org"})


def target(destination: str, options: Mapping[str, str]) -> Target | None:
    return Target(THERE, family(), options) if destination == "there" else None


def source(name: str = "roster.mrc", size: int = 20 * MB) -> Source:
    return Source(f"/data/{name}", size, 1)


def upload(id: int = 1, phase: Phase = Phase.QUEUED, **facts: Any) -> Upload:
    facts.setdefault("source", source(f"file{id}.mrc"))
    return Upload(id, "there", phase=phase, **facts)


def changed(id: int = 1, phase: Phase = Phase.QUEUED, **facts: Any) -> UploadChanged:
    return UploadChanged(upload(id, phase, **facts))


def job(state: JobState = JobState.RUNNING, **facts: Any) -> Job:
    return Job("j1", state, **({"seen": NOW} | facts))


def draft(id: int = 1, *findings: Finding, seen: bool = True, **facts: str) -> Draft:
    return Draft(id, source(f"file{id}.mrc"), Inspection(findings, facts) if seen else None)


def finding(level: Level = Level.WARNING, **facts: str) -> Finding:
    return Finding(catalogue.FILE_EMPTY, level, facts)


def problem(kind: type[Problem] = Problem, **facts: str) -> Problem:
    return kind(catalogue.SERVER_FAULT, {"status": "500", **facts})


RESUMABLE = Ticket({"part": 1}, resumes=True)
WHOLE = Ticket({"part": 0})
