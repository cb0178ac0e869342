"""What a refusal means. Errors come as text, `{"errors":[…]}`, Kong's `{"message":…}`, HTML, XML or
nothing.

The status decides first; words are matched loosely, since they differ between releases.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from app.core.catalogue import SERVER_FAULT, SERVER_NONSENSE, Entry
from app.core.problems import (
    FilesRefused,
    Forbidden,
    Problem,
    Refused,
    ServerFault,
    SignInProblem,
    TokenRefused,
)
from app.servers.folio import problems
from app.servers.json_values import as_object, as_objects, as_text
from app.servers.reply import Reply


@dataclass(frozen=True, slots=True)
class Said:
    """One sentence of an error reply."""

    message: str
    code: str = ""


def said(body: bytes) -> list[Said]:
    """What the server says, from any shape of error body; HTML and XML have no sentence for us."""
    text = body.decode("utf-8", errors="replace").strip()
    if not text or text.startswith("<"):
        return []
    if text.startswith("{"):
        try:
            found = as_object(json.loads(text))
        except (ValueError, RecursionError):
            return [Said(text)]
        errors = [
            Said(as_text(error.get("message")), as_text(error.get("code")))
            for error in as_objects(found.get("errors"))
        ]
        single = as_text(found.get("message")) or as_text(found.get("errorMessage"))
        return errors or ([Said(single)] if single else [])
    return [Said(text)]


# What each call needs (module descriptors of mod-data-import and mod-source-record-manager); the
# Eureka gateway says only “Access Denied”.
_PERMISSIONS: Sequence[tuple[str, str, str]] = (
    ("GET", r"/data-import/splitStatus", "data-import.splitconfig.get"),
    ("POST", r"/data-import/uploadDefinitions", "data-import.uploaddefinitions.post"),
    ("GET", r"/data-import/uploadDefinitions/[^/]+", "data-import.uploadDefinitions.item.get"),
    ("GET", r"/data-import/uploadDefinitions", "data-import.uploadDefinitions.collection.get"),
    ("DELETE", r"/data-import/uploadDefinitions/[^/]+", "data-import.uploaddefinitions.delete"),
    ("POST", r"/files/[^/]+", "data-import.upload.file.post"),
    ("DELETE", r"/files/[^/]+", "data-import.uploaddefinitions.files.delete"),
    ("POST", r"/assembleStorageFile", "data-import.assembleStorageFile.post"),
    ("POST", r"/processFiles", "data-import.uploadDefinitions.processFiles.item.post"),
    ("GET", r"/data-import/uploadUrl", "data-import.uploadUrl.item.get"),
    ("GET", r"/data-import/uploadUrl/subsequent", "data-import.uploadUrl.subsequent.item.get"),
    ("GET", r"/data-import/fileExtensions", "data-import.fileExtensions.collection.get"),
    ("GET", r"/data-import/dataTypes", "data-import.datatypes.get"),
    ("GET", r"/jobProfiles", "converter-storage.jobprofile.collection.get"),
    ("GET", r"/jobProfiles/[^/]+", "converter-storage.jobprofile.item.get"),
    (
        "GET",
        r"/metadata-provider/jobExecutions",
        "metadata-provider.jobExecutions.collection.get",
    ),
    ("GET", r"/jobExecutions/[^/]+", "change-manager.jobExecutions.item.get"),
    ("GET", r"/children", "change-manager.jobExecutions.children.collection.get"),
    ("GET", r"/jobSummary/[^/]+", "metadata-provider.jobSummary.item.get"),
    ("GET", r"/jobLogEntries/[^/]+", "metadata-provider.jobLogEntries.collection.get"),
    ("DELETE", r"/records", "change-manager.records.delete"),
    ("DELETE", r"/cancel", "data-import.jobexecution.cancel"),
)
_NAMED = re.compile(r"requires permission: ([\w.-]+)")
_NO_ROUTE = ("no suitable module found", "no route matched")
_NO_TENANT = re.compile(r"no such tenant", re.I)
_GONE = re.compile(r"(upload|file) ?definition.*not found", re.I)
_BLOCKED = "validation.uploadDefinition.fileExtension.blocked"
_NO_SPACE = "upload.fileSize.invalid"
_BY_FILE: Mapping[str, Entry] = MappingProxyType(
    {_BLOCKED: problems.EXTENSION_BLOCKED, _NO_SPACE: problems.NO_SPACE}
)


def permission(reply: Reply) -> str:
    """The permission that is missing, as the server names it, else the one the call needs."""
    named = _NAMED.search(reply.text)
    if named:
        return named[1]
    return next(
        (
            needed
            for method, path, needed in _PERMISSIONS
            if method == reply.method and re.search(f"{path}$", reply.url)
        ),
        "ui-data-import.manage",
    )


def no_route(reply: Reply) -> bool:
    """The gateway knows no such path: no such module, or (on Eureka) no such tenant."""
    return reply.status == 404 and any(
        one.code == "route_not_found_error" or one.message.lower().startswith(_NO_ROUTE)
        for one in said(reply.content)
    )


def no_tenant(reply: Reply) -> bool:
    return reply.status in (400, 404) and any(
        one.code == "tenant_not_enabled" or _NO_TENANT.search(one.message)
        for one in said(reply.content)
    )


def token_missing(reply: Reply) -> bool:
    """mod-authtoken answers 400, not 401, when no token came: a sign-in problem all the same."""
    return reply.status == 400 and reply.text.lstrip().startswith("Token missing")


def explanation(reply: Reply, tenant: str) -> Problem | None:
    """The problem FOLIO means by this refusal;

    None leaves it to the general meaning of the status.
    """
    exchange = reply.exchange
    if reply.status == 401 or token_missing(reply):
        return TokenRefused(exchange=exchange)
    if no_tenant(reply):
        return SignInProblem(problems.TENANT_UNKNOWN, {"tenant": tenant}, exchange=exchange)
    if reply.status == 403 and not reply.html:
        if reply.text.strip() == "Invalid token":
            return TokenRefused(exchange=exchange)
        return Forbidden(problems.PERMISSION, {"permission": permission(reply)}, exchange=exchange)
    if no_route(reply):
        what = f"{reply.method} {reply.url}"
        return Refused(problems.NO_DATA_IMPORT, {"what": what}, exchange=exchange)
    if reply.status == 413:
        return Refused(problems.PROXY_LIMIT, exchange=exchange)
    if reply.status == 408:
        return ServerFault(SERVER_FAULT, {"status": reply.status_line}, exchange=exchange)
    return _of_definition(reply)


def _of_definition(reply: Reply) -> Problem | None:
    exchange = reply.exchange
    for one in said(reply.content):
        if reply.status == 422 and one.message in _BY_FILE:
            return Refused(_BY_FILE[one.message], {"name": one.code}, exchange=exchange)
        if reply.status == 400 and "already being processed" in one.message:
            return Refused(problems.DEFINITION_LOCKED, exchange=exchange)
        if reply.status == 400 and "Failed to update job execution status" in one.message:
            return ServerFault(problems.FILE_SPOILT, exchange=exchange)
        if reply.status == 404 and _GONE.search(one.message):
            return Refused(problems.DEFINITION_GONE, exchange=exchange)
    return None


def files_refused(reply: Reply, names: Sequence[str]) -> Problem | None:
    """Which files of a new definition are refused, by index; None when the refusal is about none.

    Without room for one file the whole definition has none, but blocked files can be left out.
    """
    refused: dict[int, Problem] = {}
    for one in said(reply.content):
        entry = _BY_FILE.get(one.message)
        for index, name in enumerate(names):
            if entry is not None and name == one.code and index not in refused:
                refused[index] = Refused(entry, {"name": name}, exchange=reply.exchange)
    return FilesRefused(refused) if refused else None


def nonsense(reply: Reply, what: str) -> ServerFault:
    """The reply is not what FOLIO answers to `what`."""
    return ServerFault(SERVER_NONSENSE, {"what": what}, exchange=reply.exchange)
