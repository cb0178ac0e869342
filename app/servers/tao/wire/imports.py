"""The replies to an upload, to a look at an import, and to the wish for its result file."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from app.core.jobs import JobState
from app.servers.json_values import JsonObject, as_count, as_object, as_text, first, parsed

FILE_PART = "file"
FILE_TYPE = "text/csv"

PROCESSED = "processed"
FAILED = "failed"

_STATES: Mapping[str, JobState] = MappingProxyType(
    {
        "pending": JobState.WAITING,
        "processing": JobState.RUNNING,
        PROCESSED: JobState.DONE,
        FAILED: JobState.FAILED,
    }
)
_REFERENCES = (
    "result.referenceId",
    "referenceId",
    "data.referenceId",
    "result.reference_id",
    "reference_id",
)
_SIGNED = ("signedUrl", "result.signedUrl", "url", "result.url", "downloadUrl")
_LONGEST_REFERENCE = 255


def name_sent(name: str) -> str:
    """The file's name in letters every server reads, with its extension."""
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = re.sub(r"[^A-Za-z0-9._-]+", "_", plain)
    stem, dot, extension = plain.rpartition(".")
    if not dot:
        return plain.strip("._") or "roster"
    return f"{stem.strip('._') or 'roster'}.{extension}"


def read_reference(content: bytes) -> str:
    """The reference in the answer to an upload, as it is; empty if there is none."""
    found = as_object(parsed(content))
    for way in _REFERENCES:
        value = first(found, way)
        if isinstance(value, int) and not isinstance(value, bool):
            value = str(value)
        if isinstance(value, str) and 0 < len(value.strip()) <= _LONGEST_REFERENCE:
            return value.strip()
    return ""


@dataclass(frozen=True, slots=True)
class Import:
    """How an import stands. `lines` the server has worked on, 0 while it does not say."""

    word: str
    lines: int = 0
    messages: tuple[str, ...] = ()

    @property
    def state(self) -> JobState:
        return _STATES.get(self.word.lower(), JobState.UNKNOWN)


def read_import(content: bytes) -> Import | None:
    """The state in the answer of the status service; None if there is none in it."""
    found = as_object(parsed(content))
    told: JsonObject = as_object(found.get("result")) or found
    word = as_text(told.get("status")).strip()
    if not word:
        return None
    lines = as_count(told.get("fileLine")) or 0
    return Import(word, lines, tuple(_messages(told.get("messages"))))


def _messages(value: Any) -> list[str]:
    items = value if isinstance(value, list) else [value]
    told = []
    for item in items:
        if isinstance(item, dict):
            item = as_text(item.get("message")) or json.dumps(item, ensure_ascii=False)
        if isinstance(item, str | int | float) and str(item).strip():
            told.append(" ".join(str(item).split())[:1000])
    return told


def read_signed_address(content: bytes) -> str:
    """The address of the result file; empty if there is none in the reply."""
    found = parsed(content)
    if isinstance(found, str):
        return found if found.startswith(("http://", "https://")) else ""
    return as_text(first(as_object(found), *_SIGNED))


def is_result(content_type: str, content: bytes) -> bool:
    """Whether the reply is the result file itself instead of its address."""
    kind = content_type.partition(";")[0].strip().lower()
    if kind in ("text/csv", "application/csv", "application/octet-stream"):
        return not content.lstrip().startswith(b"{")
    return False
