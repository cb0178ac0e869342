"""What is set up in this FOLIO tenant: job profiles, file extensions, data types."""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence

from app.core.drafts import Finding, Level
from app.core.forms import Choice
from app.core.problems import Refused
from app.core.uploads import Source
from app.servers.folio import problems
from app.servers.folio.gateway import Gateway
from app.servers.folio.inspect import data_type_of
from app.servers.folio.wire.definitions import extension
from app.servers.folio.wire.profiles import (
    AUTHORITY,
    BIBLIOGRAPHIC,
    EDIFACT,
    HOLDINGS,
    MARC,
    Extension,
    JobProfile,
)

NONE = "none"
DATA_TYPES = (
    Choice("", "By file"),
    Choice(MARC, "MARC records"),
    Choice(EDIFACT, "EDIFACT invoices"),
)
RECORD_TYPES = (
    Choice("", "By file"),
    Choice(BIBLIOGRAPHIC, "Bibliographic"),
    Choice(HOLDINGS, "Holdings"),
    Choice(AUTHORITY, "Authority"),
)

_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)
_EXTENSIONS_KEPT = 600.0


class Tenant:
    """Reads the settings an import needs. Changes nothing."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._extensions: dict[str, Extension] | None = None
        self._asked = 0.0

    async def choices(self, field: str, picked: Mapping[str, str], search: str) -> Sequence[Choice]:
        match field:
            case "job_profile":
                return await self._profile_choices(picked, search)
            case "data_type":
                return await self._data_type_choices()
            case "extensions":
                return await self._extension_choices()
            case _:
                return ()

    async def _profile_choices(self, picked: Mapping[str, str], search: str) -> Sequence[Choice]:
        data_type, record_type = picked.get("data_type", ""), picked.get("record_type", "")
        found = await self._gateway.profiles(data_type)
        if record_type:
            found = sorted(found, key=lambda one: _distance(one, record_type))
        choices = [
            Choice(profile.id, profile.name, _detail(profile))
            for profile in found
            if profile.matches(search) and data_type in ("", profile.data_type)
        ]
        only_upload = Choice(
            NONE,
            "Only upload, do not start",
            "The file waits in FOLIO until somebody picks a job profile there.",
        )
        words = f"{only_upload.value} {only_upload.label}".casefold()
        return [only_upload, *choices] if search.casefold().strip() in words else choices

    async def _data_type_choices(self) -> Sequence[Choice]:
        try:
            known = await self._gateway.data_types()
        except Refused:
            # The permission for this list is in none of the usual sets.
            return DATA_TYPES
        # Files of delimited text are always refused at the start, whatever this list says.
        return [choice for choice in DATA_TYPES if not choice.value or choice.value in known]

    async def _extension_choices(self) -> Sequence[Choice]:
        known = await self._known()
        return [
            Choice(name, name, "blocked" if one.blocked else ", ".join(one.data_types))
            for name, one in sorted(known.items())
        ]

    async def check(
        self, sources: Sequence[Source], options: Mapping[str, str]
    ) -> Sequence[Sequence[Finding]]:
        known = await self._known()
        wanted = options.get("job_profile", "")
        profile: JobProfile | None = None
        general: list[Finding] = []
        if wanted not in ("", NONE):
            try:
                profile = await self.profile(wanted)
            except Refused as problem:
                if problem.id not in (problems.NO_PROFILE.id, problems.PROFILE_TWICE.id):
                    raise
                general = [Finding(problem.entry, Level.ERROR, problem.facts)]
        record_type = options.get("record_type", "")
        return [[*_findings(source, known, profile, record_type), *general] for source in sources]

    async def profile(self, wanted: str) -> JobProfile:
        """The profile with this id or exactly this name. Raises Refused (none, or several)."""
        facts = {"profile": wanted}
        if _UUID.fullmatch(wanted):
            found = await self._gateway.profile(wanted)
            if found is not None:
                return found
        named = await self._gateway.profiles_named(wanted)
        if not named:
            raise Refused(problems.NO_PROFILE, facts)
        if len(named) > 1:
            raise Refused(problems.PROFILE_TWICE, facts)
        return named[0]

    async def _known(self) -> Mapping[str, Extension]:
        """The extensions of this tenant, by themselves; asked for again after ten minutes."""
        now = time.monotonic()
        if self._extensions is None or now - self._asked > _EXTENSIONS_KEPT:
            self._extensions = {one.extension: one for one in await self._gateway.extensions()}
            self._asked = now
        return self._extensions


def _detail(profile: JobProfile) -> str:
    return (
        f"{profile.data_type} – {profile.description}" if profile.description else profile.data_type
    )


def _distance(profile: JobProfile, record_type: str) -> int:
    """Profiles for these records come first, those for others last."""
    if profile.record_type == record_type:
        return 0
    return 2 if profile.record_type else 1


def _findings(
    source: Source, known: Mapping[str, Extension], profile: JobProfile | None, record_type: str
) -> list[Finding]:
    name = source.name
    facts = {"name": name}
    setting = known.get(extension(name))
    if setting is None:
        if not extension(name):
            return []
        return [Finding(problems.EXTENSION_UNKNOWN, Level.WARNING, facts)]
    if setting.blocked:
        return [Finding(problems.EXTENSION_BLOCKED, Level.ERROR, facts)]
    if profile is not None and record_type and _distance(profile, record_type) == 2:
        told = facts | {"profile": profile.name}
        return [Finding(problems.PROFILE_OTHER_RECORDS, Level.WARNING, told, asks=True)]
    fits = setting.data_types or (data_type_of(name),)
    if profile is None or not profile.data_type or profile.data_type in fits:
        return []
    facts |= {"expected": profile.data_type, "found": " or ".join(fits)}
    return [Finding(problems.PROFILE_MISFIT, Level.WARNING, facts, asks=True)]
