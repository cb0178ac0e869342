"""What this adapter remembers of a file and of its job, in forms that survive a restart.

Neither holds a secret: an upload id is worth nothing without a signed address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any, Self

from app.core.uploads import Ticket
from app.servers.json_values import as_count, as_object, as_text

LOADED = "loaded"
RAW = "raw"
SPLIT = "split"
SINGLE = "job"
COMPOSITE = "composite"


@dataclass(frozen=True, slots=True)
class Stored:
    """A multipart upload under way: `tags` are the ETags storage gave, by part number from 1."""

    key: str
    upload: str
    part_size: int
    tags: Mapping[int, str] = field(default_factory=dict)

    def tagged(self, part: int, tag: str) -> Stored:
        return replace(self, tags=MappingProxyType({**self.tags, part: tag}))


@dataclass(frozen=True, slots=True)
class Place:
    """Where one file goes on the server.

    `asked`: its parts may have been put together; without splitting, its bytes may be on their way.
    """

    definition: str
    file: str
    job: str
    name: str
    split: bool
    stored: Stored | None = None
    asked: bool = False

    @classmethod
    def of(cls, ticket: Ticket) -> Self:
        data = ticket.data
        stored = as_object(data.get("stored"))
        return cls(
            definition=as_text(data.get("definition")),
            file=as_text(data.get("file")),
            job=as_text(data.get("job")),
            name=as_text(data.get("name")),
            split=data.get("split") is True,
            stored=_stored(stored) if stored else None,
            asked=data.get("asked") is True,
        )

    @property
    def ticket(self) -> Ticket:
        data: dict[str, Any] = {
            "definition": self.definition,
            "file": self.file,
            "job": self.job,
            "name": self.name,
            "split": self.split,
        }
        if self.stored is not None:
            data["stored"] = {
                "key": self.stored.key,
                "upload": self.stored.upload,
                "part_size": self.stored.part_size,
                "tags": {str(part): tag for part, tag in self.stored.tags.items()},
            }
        if self.asked:
            data["asked"] = True
        return Ticket(data, resumes=self.split)


def _stored(data: Mapping[str, Any]) -> Stored:
    tags = {
        int(part): as_text(tag)
        for part, tag in as_object(data.get("tags")).items()
        if str(part).isdecimal() and tag
    }
    return Stored(
        as_text(data.get("key")),
        as_text(data.get("upload")),
        as_count(data.get("part_size")) or 0,
        MappingProxyType(tags),
    )


@dataclass(frozen=True, slots=True)
class JobRef:
    """Which job to follow.

    RAW: `job` is the file's own. SPLIT: the composite parent whose storage key is `key`. LOADED:
    only uploaded, nothing to follow. SINGLE and COMPOSITE: a job found in the list, perhaps of
    others.
    """

    kind: str
    job: str
    definition: str = ""
    key: str = ""

    @classmethod
    def of(cls, ref: str) -> Self:
        kind, _, rest = ref.partition(":")
        job, _, rest = rest.partition(":")
        definition, _, key = rest.partition(":")
        return cls(kind, job, definition, key)

    def __str__(self) -> str:
        return ":".join((self.kind, self.job, self.definition, self.key)).rstrip(":")
