"""Upload definitions and the calls that make, fill and start them (mod-data-import).

Two calls of the File Upload API are missing on purpose, because they do harm on real servers:

- `PUT /data-import/uploadDefinitions/{id}` replaces every field by what is sent: an omitted
  `status` or `metaJobExecutionId` is lost for good (UploadDefinitionServiceImpl).
- `POST /data-import/uploadDefinitions/{id}/files` stores the file without a job. Its bytes are then
  refused with “Failed to update job execution status” after they were stored.

A file that comes later gets a definition of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from app.servers import http_dates
from app.servers.json_values import (
    JsonObject,
    as_count,
    as_moment,
    as_object,
    as_objects,
    as_text,
)

DEFINITIONS = "/data-import/uploadDefinitions"
SPLIT_STATUS = "/data-import/splitStatus"
UPLOAD_URL = "/data-import/uploadUrl"
NEXT_UPLOAD_URL = "/data-import/uploadUrl/subsequent"

NEW = "NEW"
IN_PROGRESS = "IN_PROGRESS"
LOADED = "LOADED"
COMPLETED = "COMPLETED"
ERROR = "ERROR"
UPLOADED = "UPLOADED"

UI_PREFIX = "longshore:"
"""What our `uiKey`s begin with, so that drafts of other programs are never taken for ours."""

FILES_PER_DEFINITION = 100

KEPT_SECONDS = 3600.0
"""An hourly task deletes the stored files of definitions that did not change for so long."""

_LOWERED = frozenset({".xml", ".json"})


def definition_path(definition: str) -> str:
    return f"{DEFINITIONS}/{quote(definition, safe='')}"


def file_path(definition: str, file: str) -> str:
    return f"{definition_path(definition)}/files/{quote(file, safe='')}"


def assemble_path(definition: str, file: str) -> str:
    return f"{file_path(definition, file)}/assembleStorageFile"


def process_path(definition: str) -> str:
    return f"{definition_path(definition)}/processFiles"


def extension(name: str) -> str:
    """The text from the last dot, in lower case; empty for none and for a name that only begins
    with one."""
    dot = name.rfind(".")
    return name[dot:].lower() if 0 < dot < len(name) - 1 else ""


def name_sent(name: str) -> str:
    """The name the server gets: only lower-case `.xml` and `.json` choose the right reader
    there."""
    suffix = extension(name)
    return name[: -len(suffix)] + suffix if suffix in _LOWERED else name


def ui_key(key: str, index: int) -> str:
    return f"{UI_PREFIX}{key}:{index}"


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file to be: `size` in bytes."""

    name: str
    size: int
    ui_key: str


@dataclass(frozen=True, slots=True)
class FileDefinition:
    id: str
    name: str
    status: str
    job: str
    ui_key: str
    source_path: str
    uploaded: float | None

    @property
    def untouched(self) -> bool:
        """Not one byte was saved:

        `NEW` with a `sourcePath` is a rolled-back state with bytes on disk.
        """
        return self.status == NEW and not self.source_path and self.uploaded is None


@dataclass(frozen=True, slots=True)
class Definition:
    """An upload definition.

    `body` is it as the server gave it; times are seconds since the epoch. `seen` is the server's
    own time when it was read, if it told that.
    """

    id: str
    status: str
    files: tuple[FileDefinition, ...]
    made: float | None
    changed: float | None
    seen: float | None
    body: JsonObject = field(repr=False)

    @property
    def idle(self) -> float:
        """Seconds since it last changed, by the server's clock; 0 when that is not known."""
        if self.seen is None or self.changed is None:
            return 0.0
        return max(self.seen - self.changed, 0.0)

    def file(self, id: str) -> FileDefinition | None:
        return next((file for file in self.files if file.id == id), None)

    @property
    def key(self) -> str:
        """The key it was opened with by this program; empty for one of another program."""
        for file in self.files:
            if file.ui_key.startswith(UI_PREFIX):
                return file.ui_key.removeprefix(UI_PREFIX).rpartition(":")[0]
        return ""


def creation(files: Sequence[NewFile]) -> dict[str, Any]:
    """The body that makes a definition. `size` is in kilobytes of 1,024 bytes, rounded up."""
    return {
        "fileDefinitions": [
            {"name": file.name, "size": -(-file.size // 1024), "uiKey": file.ui_key}
            for file in files
        ]
    }


def read_definition(body: object, date: str = "") -> Definition | None:
    """The definition in a reply whose `Date` header is `date`, or None when it is none."""
    found = as_object(body)
    if not as_text(found.get("id")):
        return None
    metadata = as_object(found.get("metadata"))
    files = tuple(_file(item) for item in as_objects(found.get("fileDefinitions")))
    made = as_moment(found.get("createDate")) or as_moment(metadata.get("createdDate"))
    moments = [made, as_moment(metadata.get("updatedDate")), *(file.uploaded for file in files)]
    return Definition(
        id=as_text(found["id"]),
        status=as_text(found.get("status")),
        files=files,
        made=made,
        changed=max((moment for moment in moments if moment is not None), default=None),
        seen=http_dates.seconds(date),
        body=found,
    )


def _file(body: JsonObject) -> FileDefinition:
    return FileDefinition(
        id=as_text(body.get("id")),
        name=as_text(body.get("name")),
        status=as_text(body.get("status")),
        job=as_text(body.get("jobExecutionId")),
        ui_key=as_text(body.get("uiKey")),
        source_path=as_text(body.get("sourcePath")),
        uploaded=as_moment(body.get("uploadedDate")),
    )


def read_definitions(body: object) -> tuple[list[Definition], int]:
    """A page of the list and how many there are in all."""
    found = as_object(body)
    definitions = [
        definition
        for item in as_objects(found.get("uploadDefinitions"))
        if (definition := read_definition(item)) is not None
    ]
    return definitions, as_count(found.get("totalRecords")) or 0


def drafts(limit: int, offset: int = 0) -> tuple[tuple[str, str], ...]:
    """Query of the list: own definitions that were not started, newest first.

    The server puts “created by me and” in front of a query, hence the parentheses; without a query
    it would answer with everybody's definitions.
    """
    return (
        (
            "query",
            '(status==("NEW" OR "IN_PROGRESS" OR "LOADED" OR "ERROR")) '
            "sortBy metadata.createdDate/sort.descending",
        ),
        ("limit", str(limit)),
        ("offset", str(offset)),
    )


def read_split_status(body: object) -> bool | None:
    """Whether files go to the object storage; None when the reply does not say."""
    status = as_object(body).get("splitStatus")
    return status if isinstance(status, bool) else None


@dataclass(frozen=True, slots=True)
class UploadUrl:
    """A pre-signed address;

    `url` is as good as a password for ten minutes and is never shown or kept.
    """

    url: str = field(repr=False)
    key: str
    upload: str


def read_upload_url(body: object) -> UploadUrl | None:
    found = as_object(body)
    url, key, upload = (as_text(found.get(name)) for name in ("url", "key", "uploadId"))
    return UploadUrl(url, key, upload) if url and key and upload else None


def assembly(key: str, upload: str, tags: Sequence[str]) -> dict[str, Any]:
    """The body that joins the parts; `tags` in the order of the parts, as storage gave them."""
    return {"uploadId": upload, "key": key, "tags": list(tags)}


def millis(key: str) -> str:
    """The number in front of the file name in a storage key; empty when the key looks otherwise."""
    number, dash, _ = key.rpartition("/")[2].partition("-")
    return number if dash and number.isascii() and number.isdecimal() else ""


def start(definition: Definition, profile: str, name: str, data_type: str) -> dict[str, Any]:
    """The body that starts a definition: complete as read, since old servers use its
    `fileDefinitions`."""
    return {
        "uploadDefinition": dict(definition.body),
        "jobProfileInfo": {"id": profile, "name": name, "dataType": data_type},
    }
