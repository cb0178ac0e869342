"""Applications, their versions, and the engines whose results a server reads."""

from __future__ import annotations

import re
from dataclasses import dataclass

from app.servers.json_values import JsonObject, as_count, as_flag, as_object, as_text
from app.servers.ssc.wire.envelope import API

APPLICATIONS = f"{API}/projects"
VERSIONS = f"{API}/projectVersions"
ENGINES = f"{API}/engineTypes"

APPLICATION_FIELDS = "id,name,description"
VERSION_FIELDS = "id,name,active,committed,status,project,currentState"

_NOT_SEARCHED = re.compile(r"[\"*\\,]")
_CLOSED = ("DELETING", "ARCHIVED")


@dataclass(frozen=True, slots=True)
class Application:
    id: int
    name: str
    description: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """`open` is False when it is known that the version takes no results."""

    id: int
    name: str = ""
    application_id: int | None = None
    application: str = ""
    open: bool = True
    uploads: bool = True
    """False when uploads of analysis results are turned off for it."""

    @property
    def title(self) -> str:
        return f"{self.application} {self.name}".strip() or str(self.id)


def versions_path(application: int) -> str:
    return f"{APPLICATIONS}/{application}/versions"


def version_path(id: int) -> str:
    return f"{VERSIONS}/{id}"


def issue_groups_path(version: int) -> str:
    return f"{VERSIONS}/{version}/issueGroups"


BY_FOLDER = (("groupingtype", "FOLDER"),)


def searching(search: str) -> tuple[tuple[str, str], ...]:
    """Finds names that contain `search`, and others: compare again what comes back.

    How a quote is written inside a search is not known, so the longest piece without one is
    searched for.
    """
    piece = max(_NOT_SEARCHED.split(search.strip()), key=len).strip()
    return (("q", f'name:"*{piece}*"'),) if piece else ()


def read_application(row: JsonObject) -> Application | None:
    id = as_count(row.get("id"))
    if id is None:
        return None
    return Application(id, as_text(row.get("name")), as_text(row.get("description")))


def read_version(row: JsonObject) -> Version | None:
    id = as_count(row.get("id"))
    if id is None:
        return None
    project = as_object(row.get("project"))
    state = as_object(row.get("currentState"))
    closed = (
        as_flag(row.get("active")) is False
        or as_flag(row.get("committed")) is False
        or as_text(row.get("status")) in _CLOSED
    )
    return Version(
        id,
        as_text(row.get("name")),
        as_count(project.get("id")),
        as_text(project.get("name")),
        open=not closed,
        uploads=as_flag(state.get("analysisUploadEnabled")) is not False,
    )


def read_engine(row: JsonObject) -> str:
    return as_text(row.get("name"))


def read_severity(row: JsonObject) -> tuple[str, int] | None:
    """A folder of issues (“Critical”) and how many are in it."""
    name = as_text(row.get("cleanName")) or as_text(row.get("id"))
    count = as_count(row.get("visibleCount"))
    if count is None:
        count = as_count(row.get("totalCount"))
    return (name, count) if name and count is not None else None
