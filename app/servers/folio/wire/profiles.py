"""Job profiles (mod-di-converter-storage), file extensions and data types (mod-data-import)."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import quote

from app.servers.json_values import as_count, as_object, as_objects, as_text, as_texts

JOB_PROFILES = "/data-import-profiles/jobProfiles"
EXTENSIONS = "/data-import/fileExtensions"
DATA_TYPES = "/data-import/dataTypes"

MARC = "MARC"
EDIFACT = "EDIFACT"

_INTERNAL = frozenset(
    {
        # Imports of single records from OCLC, by the Inventory app only.
        "d0ebb7b0-2f0f-11eb-adc1-0242ac120002",
        "91f9b8d6-d80e-4727-9783-73fb53e3c786",
        # “Derive” profiles of quickMARC.
        "6409dcff-71fa-433a-bc6a-e70ad38a9604",
        "fa0262c7-5816-48d0-b9b3-7b7a862a5bc7",
    }
)


BIBLIOGRAPHIC = "bibliographic"
HOLDINGS = "holdings"
AUTHORITY = "authority"

_SHIPPED = {
    "e34d7b92-9b83-11eb-a8b3-0242ac130003": BIBLIOGRAPHIC,
    "80898dee-449f-44dd-9c8e-37d5eb469b1d": HOLDINGS,
    "6eefa4c6-bbf7-4845-ad82-de7fc5abd0e3": AUTHORITY,
}
_WORDS = {BIBLIOGRAPHIC: ("bib", "instance"), HOLDINGS: ("holding",), AUTHORITY: ("authorit",)}


@dataclass(frozen=True, slots=True)
class JobProfile:
    id: str
    name: str
    data_type: str
    description: str = ""
    tags: tuple[str, ...] = ()
    hidden: bool = False

    @property
    def for_files(self) -> bool:
        """False for FOLIO's own profiles that no file can be imported with."""
        return not self.hidden and self.id not in _INTERNAL

    @property
    def record_type(self) -> str:
        """The kind of MARC records it is for, as far as its name tells; empty if it does not."""
        name = self.name.casefold()
        told = [kind for kind, words in _WORDS.items() if any(word in name for word in words)]
        return _SHIPPED.get(self.id) or (told[0] if len(told) == 1 else "")

    def matches(self, search: str) -> bool:
        wanted = search.casefold().split()
        text = " ".join((self.name, self.description, self.id, *self.tags)).casefold()
        return all(word in text for word in wanted)


@dataclass(frozen=True, slots=True)
class Extension:
    """`extension` in lower case, with its dot."""

    extension: str
    data_types: tuple[str, ...]
    blocked: bool


def quoted(text: str) -> str:
    """Text as a CQL string that means exactly itself."""
    for sign in '\\"*?^':
        text = text.replace(sign, f"\\{sign}")
    return f'"{text}"'


def profile_path(id: str) -> str:
    return f"{JOB_PROFILES}/{quote(id, safe='')}"


def profiles_of(data_type: str, limit: int, offset: int) -> tuple[tuple[str, str], ...]:
    """Query of the list; every profile when `data_type` is empty."""
    condition = f"dataType==({quoted(data_type)})" if data_type else "cql.allRecords=1"
    return (
        ("query", f"{condition} sortBy name"),
        ("limit", str(limit)),
        ("offset", str(offset)),
    )


def profiles_named(name: str) -> tuple[tuple[str, str], ...]:
    return (("query", f"name=={quoted(name)}"), ("limit", "100"))


def read_profile(body: object) -> JobProfile | None:
    found = as_object(body)
    if not as_text(found.get("id")):
        return None
    return JobProfile(
        id=as_text(found["id"]),
        name=as_text(found.get("name")),
        data_type=as_text(found.get("dataType")),
        description=as_text(found.get("description")),
        tags=tuple(as_texts(as_object(found.get("tags")).get("tagList"))),
        hidden=found.get("hidden") is True,
    )


def read_profiles(body: object) -> tuple[list[JobProfile], int]:
    """A page of the list and how many there are in all."""
    found = as_object(body)
    profiles = [
        profile
        for item in as_objects(found.get("jobProfiles"))
        if (profile := read_profile(item)) is not None
    ]
    return profiles, as_count(found.get("totalRecords")) or 0


def page_of(limit: int, offset: int) -> tuple[tuple[str, str], ...]:
    return (("limit", str(limit)), ("offset", str(offset)))


def read_extensions(body: object) -> tuple[list[Extension], int]:
    """A page of the list and how many there are in all."""
    found = as_object(body)
    extensions = [
        Extension(
            as_text(item.get("extension")).lower(),
            tuple(as_texts(item.get("dataTypes"))),
            item.get("importBlocked") is True,
        )
        for item in as_objects(found.get("fileExtensions"))
    ]
    return extensions, as_count(found.get("totalRecords")) or 0


def read_data_types(body: object) -> list[str]:
    return as_texts(as_object(body).get("dataTypes"))
