"""Job profiles, file extensions and data types: what a client offers for choice."""

import dataclasses
from random import Random
from uuid import UUID

from starlette.responses import Response

from app.sandbox.folio import replies
from app.sandbox.folio.cql import CqlError, chosen
from app.sandbox.folio.gateway import Call, Route
from app.sandbox.folio.records import UNREADABLE, WRONG_KIND, Record
from app.sandbox.folio.replies import Json, Refused

BIB = "e34d7b92-9b83-11eb-a8b3-0242ac130003"
AUTHORITY = "6eefa4c6-bbf7-4845-ad82-de7fc5abd0e3"
HOLDINGS = "80898dee-449f-44dd-9c8e-37d5eb469b1d"
_SHIPPED = (
    (BIB, "Default - Create instance and SRS MARC Bib", "MARC", False),
    (AUTHORITY, "Default - Create SRS MARC Authority", "MARC", False),
    (HOLDINGS, "Default - Create Holdings and SRS MARC Holdings", "MARC", False),
    ("d0ebb7b0-2f0f-11eb-adc1-0242ac120002", "Inventory Single Record - Default Create", "MARC", 0),
    ("91f9b8d6-d80e-4727-9783-73fb53e3c786", "Inventory Single Record - Default Update", "MARC", 0),
    ("6409dcff-71fa-433a-bc6a-e70ad38a9604", "quickMARC - Derive a new bib record", "MARC", True),
    ("fa0262c7-5816-48d0-b9b3-7b7a862a5bc7", "quickMARC - Create holdings record", "MARC", True),
)
_VENDORS = ("GOBI", "Harrassowitz", "Casalini", "EBSCO", "Amalivre", "Coutts", "Erasmus")
_LIBRARY = (
    ("{} monographic invoices", "EDIFACT"),
    ("{} order records: create orders", "MARC"),
    ("{} shelf-ready: instance, holdings, item", "MARC"),
    ("{} e-books: create instance and e-holdings", "MARC"),
    ("{} serials invoices", "EDIFACT"),
    ("{} overlay: update bibs by OCLC number", "MARC"),
)
_EXTENSIONS = (
    *((extension, ("MARC",), False) for extension in (".dat", ".marc", ".mrc", ".ord", ".xml")),
    *((extension, ("EDIFACT",), False) for extension in (".edi", ".inv")),
    *((extension, (), True) for extension in (".gif", ".jpg", ".mrk", ".pdf", ".png", ".zip")),
)
_KINDS = {BIB: "MARC_BIBLIOGRAPHIC", AUTHORITY: "MARC_AUTHORITY", HOLDINGS: "MARC_HOLDING"}
_TYPES = ("Delimited", "EDIFACT", "MARC")


def job_profiles(count: int, random: Random) -> list[Json]:
    """The shipped profiles and as many of a library's own as make `count` visible ones."""
    found = [_profile(key, name, kind, bool(hidden)) for key, name, kind, hidden in _SHIPPED]
    visible = sum(not profile["hidden"] for profile in found)
    for index in range(max(0, count - visible)):
        round_, at = divmod(index, len(_VENDORS) * len(_LIBRARY))
        pattern, kind = _LIBRARY[at % len(_LIBRARY)]
        name = pattern.format(_VENDORS[at % len(_VENDORS)])
        key = str(UUID(int=random.getrandbits(128), version=4))
        found.append(_profile(key, f"{name} ({round_ + 1})" if round_ else name, kind, False))
    return found


def _profile(key: str, name: str, kind: str, hidden: bool) -> Json:
    return {
        "id": key,
        "name": name,
        "description": f"Imports {kind} files.",
        "dataType": kind,
        "tags": {"tagList": []},
        "hidden": hidden,
    }


def extensions() -> list[Json]:
    return [
        {
            "id": str(UUID(int=0xAA00 + index)),
            "extension": extension,
            "dataTypes": list(types),
            "importBlocked": blocked,
            "userInfo": {"firstName": "System", "lastName": "System", "userName": "system"},
        }
        for index, (extension, types, blocked) in enumerate(_EXTENSIONS)
    ]


def is_blocked(file_name: str) -> bool:
    """Whether the extension is configured as blocked; one that is not configured passes."""
    extension = file_name[file_name.rfind(".") :].lower() if "." in file_name else ""
    return any(known == extension and blocked for known, _, blocked in _EXTENSIONS)


def judged(record: Record, profile: Json) -> Record:
    """The record, failing when one of the shipped profiles is not for its kind."""
    wanted = _KINDS.get(str(profile.get("id")))
    if wanted is None or record.fault == UNREADABLE or record.kind in (wanted, "EDIFACT"):
        return record
    return dataclasses.replace(record, fault=WRONG_KIND)


def page(
    call: Call, records: list[Json], name: str, query: str | None = None, bad_query: int = 400
) -> Response:
    """A collection by `query`, `offset` and `limit` (10 unless told)."""
    try:
        found = chosen(records, call.query.get("query", "") if query is None else query)
    except CqlError as error:
        if bad_query == 422:
            raise Refused(replies.errors(422, str(error), "cql.parse.failure")) from None
        raise Refused(replies.text(bad_query, str(error))) from None
    offset, limit = call.number("offset", 0), call.number("limit", 10)
    return replies.json(200, {name: found[offset : offset + limit], "totalRecords": len(found)})


async def _extensions(call: Call) -> Response:
    return page(call, extensions(), "fileExtensions")


async def _data_types(call: Call) -> Response:
    return replies.json(200, {"dataTypes": list(_TYPES), "totalRecords": len(_TYPES)})


async def _profiles(call: Call) -> Response:
    hidden = call.flag("showHidden")
    shown = [profile for profile in call.tenant.profiles if hidden or not profile["hidden"]]
    return page(call, shown, "jobProfiles")


async def _one_profile(call: Call) -> Response:
    for profile in call.tenant.profiles:
        if profile["id"] == call.path["id"]:
            return replies.json(200, profile)
    return replies.text(404, f"Job Profile with id '{call.path['id']}' was not found")


def routes() -> list[Route]:
    profiles = "/data-import-profiles/jobProfiles"
    return [
        Route(
            "GET",
            "/data-import/fileExtensions",
            _extensions,
            "data-import.fileExtensions.collection.get",
        ),
        Route("GET", "/data-import/dataTypes", _data_types, "data-import.datatypes.get"),
        Route("GET", profiles, _profiles, "converter-storage.jobprofile.collection.get"),
        Route("GET", profiles + "/{id}", _one_profile, "converter-storage.jobprofile.item.get"),
    ]
