"""Applications and their versions, as they are found and read."""

from starlette.responses import Response

from app.sandbox.ssc import replies, rights
from app.sandbox.ssc.fpr import ENGINES, PLUGINS
from app.sandbox.ssc.front import Call, Route
from app.sandbox.ssc.options import Options
from app.sandbox.ssc.paging import paged
from app.sandbox.ssc.replies import Json, Refused, picked
from app.sandbox.ssc.search import Field, free_text, wanted
from app.sandbox.ssc.state import Holdings, Version

_FIRST_VERSION = 10_042
_FIELDS: dict[str, Field] = {
    "id": lambda one: str(one.id),
    "name": lambda one: str(one.name),
    "project.name": lambda one: str(one.project),
    "project.id": lambda one: str(one.project_id),
}
_RULES = (
    ("DIFFERENT_BUILD_PROJECT", "Require approval if the build project differs between scans"),
    ("FILE_COUNT", "Require approval if the number of files decreases by more than 10%"),
    ("LINE_COUNT", "Require approval if the number of lines differs by more than 10%"),
    ("VETO_CASCADING", "Require approval if an earlier artifact was not approved"),
)


def made_up(options: Options) -> dict[int, Version]:
    """The versions of a new server: the named ones, then as many as were asked for."""
    found: list[tuple[str, str, Json]] = [
        ("Shop", "1.0", {}),
        ("Shop", "1.1", {}),
        ("Payments", "2.1 (strict)", {"strict": True}),
        ("Mobile app", "2025.1", {}),
        ("Mobile app", "2024.4", {"uploads": False}),
        ("Shop", "0.9", {"active": False}),
        ("Payments", "2.2", {"committed": False}),
        ("Mobile app", "2023.1", {"status": "ARCHIVED"}),
        ("Search & R\u00fcckgabe, intern", "1.0", {}),
    ]
    for number in range(1, options.versions - len(found) + 1):
        found.append((f"Service {number:03}", "1.0", {}))
    projects: dict[str, int] = {}
    versions = {}
    for offset, (project, name, more) in enumerate(found):
        project_id = projects.setdefault(project, len(projects) + 1)
        version = Version(_FIRST_VERSION + offset, name, project_id, project, **more)
        versions[version.id] = version
    return versions


class Versions:
    def __init__(self, options: Options, holdings: Holdings) -> None:
        self._options = options
        self._holdings = holdings

    def routes(self) -> list[Route]:
        right = rights.VERSIONS
        routes = [
            Route("GET", "/projects", self._projects, right),
            Route("GET", "/projects/{id}/versions", self._of_project, right),
            Route("GET", "/projectVersions", self._list, right),
            Route("GET", "/projectVersions/{id}", self._one, right),
            Route("GET", "/projectVersions/{id}/resultProcessingRules", self._rules, right),
            Route("GET", "/engineTypes", self._engines, rights.SERVER),
        ]
        if self._options.since("22.2"):
            routes.append(
                Route("GET", "/projectVersions/{id}/pluginEngineTypes", self._plugins, right)
            )
        return routes

    def _json(self, version: Version) -> Json:
        uploaded = [one.uploaded for one in self._holdings.of_version(version)]
        colon = self._options.since("21.1")
        return {
            "id": version.id,
            "name": version.name,
            "description": "",
            "active": version.active,
            "committed": version.committed,
            "status": version.status,
            "project": {
                "id": version.project_id,
                "name": version.project,
                "description": "",
                "issueTemplateId": "Prioritized-HighRisk-Project-Template",
            },
            "issueTemplateId": "Prioritized-HighRisk-Project-Template",
            "issueTemplateName": "Prioritized High Risk Issue Template",
            "currentState": {
                "id": version.id,
                "committed": version.committed,
                "analysisUploadEnabled": version.uploads,
                "lastFprUploadDate": replies.date(max(uploaded, default=None), colon=colon),
            },
            "serverVersion": float(self._options.release),
            "_href": f"{self._options.public_url}/api/v1/projectVersions/{version.id}",
        }

    async def _projects(self, call: Call) -> Response:
        known = {one.project_id: one.project for one in self._holdings.versions.values()}
        fields: dict[str, Field] = {"id": lambda row: str(row[0]), "name": lambda row: row[1]}
        test = wanted(call.query.get("q"), fields)
        if call.flag("fulltextsearch"):
            test = free_text(call.query.get("q"), lambda row: str(row[1]))
        rows: list[Json] = [
            {
                "id": project_id,
                "name": name,
                "description": "",
                "issueTemplateId": "Prioritized-HighRisk-Project-Template",
                "_href": f"{self._options.public_url}/api/v1/projects/{project_id}",
            }
            for project_id, name in known.items()
            if test((project_id, name))
        ]
        return paged(call, rows, self._options.public_url)

    async def _of_project(self, call: Call) -> Response:
        found = [
            one
            for one in self._holdings.versions.values()
            if str(one.project_id) == call.path["id"]
        ]
        if not found:
            return replies.denied(rights.VERSIONS)
        return self._shown(call, found)

    async def _list(self, call: Call) -> Response:
        return self._shown(call, list(self._holdings.versions.values()))

    def _shown(self, call: Call, found: list[Version]) -> Response:
        if call.flag("fulltextsearch"):
            test = free_text(call.query.get("q"), lambda one: f"{one.project} {one.name}")
        else:
            test = wanted(call.query.get("q"), _FIELDS)
        inactive = call.flag("includeInactive")
        rows = [self._json(one) for one in found if (one.active or inactive) and test(one)]
        order = call.query.get("orderby")
        if order in ("id", "name"):
            rows.sort(key=lambda row: row[order])
        return paged(call, rows, self._options.public_url)

    async def _one(self, call: Call) -> Response:
        version = version_of(self._holdings, call.path["id"])
        return replies.result(picked(self._json(version), call.query.get("fields")))

    async def _rules(self, call: Call) -> Response:
        version = version_of(self._holdings, call.path["id"])
        rows: list[Json] = [
            {"identifier": name, "displayName": text, "displayable": True, "enabled": on}
            for (name, text), on in ((rule, version.strict) for rule in _RULES)
        ]
        return replies.result(rows, count=len(rows))

    async def _engines(self, call: Call) -> Response:
        rows: list[Json] = [{"name": name, "servedByPlugin": name in PLUGINS} for name in ENGINES]
        return replies.result(rows, count=len(rows))

    async def _plugins(self, call: Call) -> Response:
        version_of(self._holdings, call.path["id"])
        rows: list[Json] = [{"name": name, "servedByPlugin": True} for name in PLUGINS]
        return replies.result(rows, count=len(rows))


def version_of(holdings: Holdings, text: str) -> Version:
    """The version with this id; raises Refused (403) as for a missing right."""
    version = holdings.versions.get(int(text)) if text.isdecimal() else None
    if version is None:
        raise Refused(replies.denied(rights.VERSIONS))
    return version
