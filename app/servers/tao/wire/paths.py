"""Where TAO is: the base address made of what a person entered, and the four paths below it.

TAO's guide shows a long and a short form of most paths, in different revisions. The doubled
“/api/v1/upload/api/v1/upload” is meant so: the first part is the gateway's, the second the
service's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from urllib.parse import quote, urljoin

from app.core import catalogue
from app.core.problems import Refused
from app.servers.address import Address, address
from app.servers.tao import problems

ADVANCE = "advance"
SHORT = "advance-short"
CUSTOM = "custom"

BASE = "{base}"
REFERENCE = "{referenceId}"

# The longest first, as a part of one would be taken for another.
_API_PATHS = tuple(
    re.compile(f"{pattern}$")
    for pattern in (
        r"/api/v1/upload/api/v1/(?:upload|(?:status|download)(?:/[^/]*)?)",
        # A page of TAO's guide has lost two characters here.
        r"/api/v1/uploadpi/v1/status(?:/[^/]*)?",
        r"/api/v1/upload/v1/oauth2/tokens",
        r"/api/v1/upload",
        r"/api/v1/(?:status|download)(?:/[^/]*)?",
        r"/api/v1/oauth2/tokens",
        r"/v1/oauth2/tokens",
        r"/api/v1",
        r"/api",
    )
)
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PLACE = re.compile(r"\{[^{}]*\}")


@dataclass(frozen=True, slots=True)
class Base:
    """A base address without trailing slash, and what was taken off what the person entered."""

    url: str
    removed: str = ""


def base_of(entered: str) -> Base:
    """The base address in what was entered or pasted. Raises Refused(ADDRESS_INVALID)."""
    text = entered.strip(" \t\r\n\"'“”‘’<>")
    if not _SCHEME.match(text):
        text = "https://" + text.lstrip("/")
    where = address(text)
    path, _, query = where.target.partition("?")
    path = re.sub(r"/{2,}", "/", path).rstrip("/")
    kept = path
    while (shorter := _without_api_path(kept)) != kept:
        kept = shorter
    removed = path[len(kept) :] + ("?…" if query else "")
    return Base(f"{where.scheme}://{where.authority}{kept}", removed)


def _without_api_path(path: str) -> str:
    for pattern in _API_PATHS:
        if found := pattern.search(path):
            return path[: found.start()]
    return path


@dataclass(frozen=True, slots=True)
class Api:
    """Three absolute addresses; those of status and download with a place for the reference."""

    profile: str
    upload: str
    status: str
    download: str

    def status_of(self, reference: str) -> str:
        return self.status.replace(REFERENCE, quote(reference, safe=""))

    def download_of(self, reference: str) -> str:
        return self.download.replace(REFERENCE, quote(reference, safe=""))


@dataclass(frozen=True, slots=True)
class Places:
    """Where everything may be: the ways to try in order, the configured one first.

    The token's path and those of the API are found out independently of each other.
    """

    base: Base
    tokens: tuple[str, ...]
    apis: tuple[Api, ...]

    @property
    def shown(self) -> str:
        """Host and path, for the person."""
        return self.base.url.partition("://")[2]


_TOKENS: Mapping[str, str] = MappingProxyType(
    {ADVANCE: "/api/v1/upload/v1/oauth2/tokens", SHORT: "/api/v1/oauth2/tokens"}
)
_PREFIXES: Mapping[str, str] = MappingProxyType(
    {ADVANCE: "/api/v1/upload/api/v1", SHORT: "/api/v1"}
)


def places(settings: Mapping[str, str]) -> Places:
    """The places these connection fields name. Raises Refused for an unusable address or
    template."""
    base = base_of(settings.get("url", ""))
    profile = settings.get("paths") or ADVANCE
    if profile == CUSTOM:
        api = Api(
            CUSTOM,
            _filled(settings, "upload_url", base),
            _filled(settings, "status_url", base, references=1),
            _filled(settings, "download_url", base, references=1),
        )
        return Places(base, (_filled(settings, "token_url", base),), (api,))
    order = (SHORT, ADVANCE) if profile == SHORT else (ADVANCE, SHORT)
    return Places(
        base,
        tuple(base.url + _TOKENS[name] for name in order),
        tuple(_api(base, name) for name in order),
    )


def _api(base: Base, profile: str) -> Api:
    prefix = base.url + _PREFIXES[profile]
    return Api(
        profile,
        f"{prefix}/upload",
        f"{prefix}/status/{REFERENCE}",
        f"{prefix}/download/{REFERENCE}",
    )


def _filled(settings: Mapping[str, str], key: str, base: Base, *, references: int = 0) -> str:
    """A template with the base in its place, checked to be an address."""
    template = settings.get(key, "").strip()
    facts = {"field": TEMPLATE_LABELS[key]}
    if not template:
        raise Refused(problems.TEMPLATE_MISSING, facts)
    if template.count(REFERENCE) != references:
        entry = problems.TEMPLATE_REFERENCE if references else problems.TEMPLATE_PLACE
        raise Refused(entry, facts | {"place": REFERENCE})
    if not _SCHEME.match(template) and not template.startswith(BASE):
        template = f"{BASE}/{template.lstrip('/')}"
    text = template.replace(BASE, base.url)
    if unknown := _PLACE.search(text.replace(REFERENCE, "")):
        raise Refused(problems.TEMPLATE_PLACE, facts | {"place": unknown[0]})
    try:
        address(text.replace(REFERENCE, "0"))
    except Refused:
        raise Refused(catalogue.ADDRESS_INVALID, {"address": text.partition("?")[0]}) from None
    return text


TEMPLATE_LABELS: Mapping[str, str] = MappingProxyType(
    {
        "token_url": "Address for tokens",
        "upload_url": "Address for uploads",
        "status_url": "Address for the status",
        "download_url": "Address for results",
    }
)


def onward(method: str, url: str, status: int, location: str) -> str:
    """Where a redirect may be followed to: the same server, or its https; empty if it may not be.

    A POST is only repeated for the two codes that say so.
    """
    if status not in (301, 302, 303, 307, 308) or not location:
        return ""
    if method != "GET" and status not in (307, 308):
        return ""
    try:
        there = urljoin(url, location)
        before, after = address(url), address(there)
    except (Refused, ValueError):
        return ""
    return there if before.origin == after.origin or _upgrade(before, after) else ""


def _upgrade(before: Address, after: Address) -> bool:
    return not before.secure and after.secure and before.host == after.host
