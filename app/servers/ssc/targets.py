"""What can be uploaded to: applications, versions and engines, to choose and to check."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from datetime import datetime

from app.core.drafts import Finding, Inspection, Level
from app.core.forms import Choice
from app.core.problems import FileProblem, Refused
from app.core.uploads import Source
from app.servers.ssc import problems
from app.servers.ssc.gateway import Gateway, hidden
from app.servers.ssc.inspect import FORTIFY, OTHER, inspect
from app.servers.ssc.inspect.findings import scan_moment
from app.servers.ssc.sending import resembles
from app.servers.ssc.tickets import Delivery
from app.servers.ssc.wire.artifacts import REQUIRE_AUTH, Artifact
from app.servers.ssc.wire.versions import Version

NO_ENGINE = "none"
FROM_FILE = Choice(
    NO_ENGINE,
    "From the file",
    "For Fortify results, and for archives that name their tool in scan.info.",
)

_LOOKED_BACK = 200
_KEPT_SECONDS = 600.0
_ZONES = 36 * 3600.0
"""A scan seldom says in which zone its time is."""


class Targets:
    """Finds where a file shall go, from ids or names."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._engines: list[str] | None = None
        self._asked = 0.0

    async def choices(self, field: str, picked: Mapping[str, str], search: str) -> Sequence[Choice]:
        match field:
            case "application":
                return await self._application_choices(search)
            case "version":
                return await self._version_choices(picked.get("application", ""), search)
            case "engine":
                return await self._engine_choices(search)
            case _:
                return ()

    async def _application_choices(self, search: str) -> list[Choice]:
        found = [one for one in await self._gateway.applications(search) if _has(one.name, search)]
        found.sort(key=lambda one: one.name.casefold())
        return [Choice(str(one.id), one.name, one.description) for one in found]

    async def _version_choices(self, application: str, search: str) -> list[Choice]:
        home: int | None = None
        if application:
            home, listed = await self._of_application(application, search)
        else:
            listed = await self._gateway.versions(None, search)
        found = [one for one in listed if one.open and _has(one.name, search)]
        number = _number(search)
        if number is not None and all(one.id != number for one in found):
            version = await self._version_seen(number)
            if version is not None and home in (None, version.application_id):
                found.append(version)
        found.sort(key=lambda one: (one.application.casefold(), one.name.casefold()))
        return [Choice(str(one.id), one.name or str(one.id), _detail(one, home)) for one in found]

    async def _engine_choices(self, search: str) -> list[Choice]:
        wanted = search.strip()
        try:
            names = await self._known_engines()
        except Refused as problem:
            # Narrow tokens may not ask; then what was typed has to be believed.
            if not hidden(problem):
                raise
            names = [wanted] if wanted and wanted != NO_ENGINE else []
        choices = [FROM_FILE, *(Choice(name, name) for name in names)]
        return [one for one in choices if _has(f"{one.value} {one.label}", wanted)]

    async def version(self, options: Mapping[str, str]) -> Version:
        """The version meant by `version_id`, or by `application` and `version`, each as id or name.

        Raises Refused(NO_APPLICATION or NO_VERSION).
        """
        application, wanted = "", options.get("version_id", "").strip()
        if not wanted:
            application = options.get("application", "").strip()
            wanted = options.get("version", "").strip()
        number = _number(wanted)
        seen = await self._version_seen(number) if number is not None else None
        if seen is not None and _is_of(seen, application):
            return seen
        if application and wanted:
            _, listed = await self._of_application(application, wanted)
            named = next((one for one in listed if one.name == wanted), None)
            if named is not None:
                return named
        if number is not None and seen is None:
            # Narrow tokens may see the list and nothing else.
            seen = await self._gateway.version_listed(number)
            if seen is not None and _is_of(seen, application):
                return seen
        raise Refused(problems.NO_VERSION, {"version": wanted or "–"})

    async def check(
        self, sources: Sequence[Source], options: Mapping[str, str]
    ) -> Sequence[Sequence[Finding]]:
        """What speaks against sending these files there, and which look as if sent before."""
        try:
            version = await self.version(options)
        except Refused as problem:
            if problem.id not in (problems.NO_APPLICATION.id, problems.NO_VERSION.id):
                raise
            return [[Finding(problem.entry, Level.ERROR, problem.facts)] for _ in sources]
        general: list[Finding] = []
        facts = {"version": version.title}
        if not version.open:
            general.append(Finding(problems.VERSION_CLOSED, Level.WARNING, facts, asks=True))
        elif not version.uploads:
            general.append(Finding(problems.UPLOADS_OFF, Level.WARNING, facts, asks=True))
        try:
            history = await self._gateway.history(version.id, _LOOKED_BACK, scans=True)
            listed = history.artifacts
        except Refused as problem:
            # A token that may upload and not look: nothing can be compared.
            if not hidden(problem):
                raise
            listed = ()
        held = next((one for one in listed if one.status == REQUIRE_AUTH), None)
        if held is not None:
            general.append(Finding(problems.APPROVAL_OPEN, Level.INFO, {"other": held.name}))
        engine = chosen_engine(options)
        found: list[list[Finding]] = []
        scans: dict[str, str] = {}
        for source in sources:
            inspection = await _inspected(source)
            twin = _same_scan(source, inspection, scans)
            before = _sent_before(source, inspection, version.id, listed)
            found.append(
                [
                    *await self._engine_findings(source, inspection, engine),
                    *(before or [*twin, *_older(source, inspection, listed)]),
                    *general,
                ]
            )
        return found

    async def _engine_findings(
        self, source: Source, inspection: Inspection, engine: str
    ) -> list[Finding]:
        kind = inspection.facts.get("kind")
        if kind == FORTIFY and engine:
            facts = {"name": source.name}
            return [Finding(problems.ENGINE_NOT_NEEDED, Level.WARNING, facts, asks=True)]
        named = engine or (inspection.facts.get("engine", "") if kind == OTHER else "")
        if not named:
            return []
        try:
            known = await self._known_engines()
        except Refused as problem:
            if not hidden(problem):
                raise
            return []
        if not known or named in known:
            return []
        facts = {"name": source.name, "engine": named, "known": ", ".join(known)}
        return [Finding(problems.ENGINE_UNKNOWN, Level.WARNING, facts, asks=True)]

    async def _of_application(self, wanted: str, search: str) -> tuple[int, list[Version]]:
        """The application with this id or exactly this name, and its versions that match.

        Raises Refused(NO_APPLICATION).
        """
        if (id := _number(wanted)) is not None:
            try:
                return id, await self._gateway.versions(id, search)
            except Refused as problem:
                # It may still be a name.
                if not hidden(problem):
                    raise
        for one in await self._gateway.applications(wanted):
            if one.name == wanted:
                return one.id, await self._gateway.versions(one.id, search)
        raise Refused(problems.NO_APPLICATION, {"application": wanted})

    async def _version_seen(self, id: int) -> Version | None:
        try:
            return await self._gateway.version(id)
        except Refused as problem:
            if not hidden(problem):
                raise
            return None

    async def _known_engines(self) -> list[str]:
        now = time.monotonic()
        if self._engines is None or now - self._asked > _KEPT_SECONDS:
            self._engines = await self._gateway.engines()
            self._asked = now
        return self._engines


def chosen_engine(options: Mapping[str, str]) -> str:
    """The engine to name with the upload; empty for none."""
    engine = options.get("engine", "").strip()
    return "" if engine == NO_ENGINE else engine


async def _inspected(source: Source) -> Inspection:
    try:
        return await asyncio.to_thread(inspect, source)
    except FileProblem:
        # It is met again, and told, when the file is sent.
        return Inspection()


def _sent_before(
    source: Source, inspection: Inspection, version: int, listed: Sequence[Artifact]
) -> list[Finding]:
    scan = inspection.facts.get("scan", "").casefold()
    alike = Delivery(version, source.name, source.size)
    for one in listed:
        same = ""
        if scan and any(known.guid.casefold() == scan for known in one.scans):
            same = "the same scan id"
        elif one.size is not None and resembles(one, alike):
            same = "the same name and size"
        if same:
            when = "earlier"
            if one.uploaded is not None:
                when = f"{datetime.fromtimestamp(one.uploaded):%Y-%m-%d %H:%M}"
            facts = {"name": source.name, "same": same, "when": when, "who": one.user or "somebody"}
            return [Finding(problems.SENT_BEFORE, Level.WARNING, facts, asks=True)]
    return []


def _same_scan(source: Source, inspection: Inspection, scans: dict[str, str]) -> list[Finding]:
    """Whether another file of the same send holds the same scan; `scans` are the ones so far."""
    scan = inspection.facts.get("scan", "").casefold()
    if not scan or scan not in scans:
        scans[scan] = source.name
        return []
    facts = {"name": source.name, "other": scans[scan]}
    return [Finding(problems.SAME_SCAN, Level.WARNING, facts, asks=True)]


def _older(source: Source, inspection: Inspection, listed: Sequence[Artifact]) -> list[Finding]:
    """Whether the version has results of a scan made well after this one."""
    scanned = inspection.facts.get("scanned", "")
    moment = scan_moment(scanned)
    newest = max((one.scanned for one in listed if one.scanned is not None), default=None)
    if moment is None or newest is None or moment.timestamp() + _ZONES >= newest:
        return []
    facts = {
        "name": source.name,
        "scanned": scanned,
        "newest": f"{datetime.fromtimestamp(newest):%Y-%m-%d %H:%M}",
    }
    return [Finding(problems.OLDER_SCAN, Level.WARNING, facts)]


def _has(name: str, search: str) -> bool:
    return search.strip().casefold() in name.casefold()


def _is_of(version: Version, application: str) -> bool:
    """Whether it belongs to the application of this id or name; empty: any."""
    homes = ("", version.application, str(version.application_id))
    return application in homes or version.application_id is None


def _number(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None


def _detail(version: Version, application: int | None) -> str:
    if not version.uploads:
        return "uploads are turned off"
    return version.application if application is None else ""
