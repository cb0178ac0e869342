"""What this adapter remembers of a file and of its job, in forms that survive a restart.

Neither holds a secret: the token of a single upload is asked for when it is needed, and forgotten.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import quote, unquote

from app.core.uploads import Ticket
from app.servers.json_values import as_count, as_object, as_text

REST = "rest"
TOKEN = "token"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A sending whose answer is not known: enough to find its artifact among others.

    `since` is the server's time when it began, `known` the artifacts of the same name and size that
    were there before. `whole` says that every byte went out; `status` is the error it was answered
    with, 0 for no answer.
    """

    since: float
    known: tuple[int, ...] = ()
    whole: bool = False
    status: int = 0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One file on its way to an application version, and what is known of its arrival."""

    version: int
    name: str
    size: int
    way: str = REST
    engine: str = ""
    approve: bool = False
    attempt: Attempt | None = None
    accepted: bool = False
    artifact: int | None = None
    job: str = ""

    @classmethod
    def of(cls, ticket: Ticket) -> Self:
        data = ticket.data
        attempt = as_object(data.get("attempt"))
        return cls(
            version=as_count(data.get("version")) or 0,
            name=as_text(data.get("name")),
            size=as_count(data.get("size")) or 0,
            way=as_text(data.get("way")) or REST,
            engine=as_text(data.get("engine")),
            approve=data.get("approve") is True,
            attempt=_attempt(attempt) if attempt else None,
            accepted=data.get("accepted") is True,
            artifact=as_count(data.get("artifact")),
            job=as_text(data.get("job")),
        )

    @property
    def ticket(self) -> Ticket:
        data: dict[str, Any] = {
            "version": self.version,
            "name": self.name,
            "size": self.size,
            "way": self.way,
        }
        if self.engine:
            data["engine"] = self.engine
        if self.approve:
            data["approve"] = True
        if self.attempt is not None:
            data["attempt"] = {
                "since": self.attempt.since,
                "known": list(self.attempt.known),
                "whole": self.attempt.whole,
                "status": self.attempt.status,
            }
        if self.accepted:
            data["accepted"] = True
        if self.artifact is not None:
            data["artifact"] = self.artifact
        if self.job:
            data["job"] = self.job
        sent = self.attempt is not None and self.attempt.whole
        return Ticket(data, binds=sent or self.accepted)

    def tried(self, attempt: Attempt) -> Self:
        return replace(self, attempt=attempt)

    def arrived(self, artifact: int | None = None, job: str = "") -> Self:
        """The server has it; what it calls it may only come to light later."""
        return replace(self, accepted=True, artifact=artifact, job=job)

    @property
    def ref(self) -> str:
        if self.artifact is not None:
            return str(JobRef(self.version, self.artifact, self.job, self.approve))
        return str(
            JobRef(
                self.version,
                None,
                self.job,
                self.approve,
                self.name,
                self.size,
                self.attempt.since if self.attempt else 0.0,
                self.attempt.known if self.attempt else (),
            )
        )


def _attempt(data: Mapping[str, Any]) -> Attempt:
    since = data.get("since")
    known = data.get("known")
    return Attempt(
        since=float(since) if isinstance(since, int | float) else 0.0,
        known=tuple(one for one in known if isinstance(one, int))
        if isinstance(known, list)
        else (),
        whole=data.get("whole") is True,
        status=as_count(data.get("status")) or 0,
    )


@dataclass(frozen=True, slots=True)
class JobRef:
    """Which upload to follow: by its artifact, else by its job, else by what was sent.

    Written as `key:value` pairs, so that a person can read the numbers in it.
    """

    version: int | None
    artifact: int | None = None
    job: str = ""
    approve: bool = False
    name: str = ""
    size: int = 0
    since: float = 0.0
    known: tuple[int, ...] = ()

    @classmethod
    def of(cls, ref: str) -> Self:
        found = dict(pair.partition(":")[::2] for pair in ref.split(";"))
        try:
            since = float(found.get("since", ""))
        except ValueError:
            since = 0.0
        known = (as_count(one) for one in found.get("known", "").split(","))
        return cls(
            version=as_count(found.get("version")),
            artifact=as_count(found.get("artifact")),
            job=unquote(found.get("job", "")),
            approve=found.get("approve") == "yes",
            name=unquote(found.get("name", "")),
            size=as_count(found.get("size")) or 0,
            since=since,
            known=tuple(one for one in known if one is not None),
        )

    def __str__(self) -> str:
        pairs: list[tuple[str, str]] = []
        if self.artifact is not None:
            pairs.append(("artifact", str(self.artifact)))
        if self.version is not None:
            pairs.append(("version", str(self.version)))
        if self.job:
            pairs.append(("job", quote(self.job, safe="$_-.")))
        if self.approve:
            pairs.append(("approve", "yes"))
        if self.artifact is None and self.name:
            pairs += [
                ("name", quote(self.name, safe=" ()")),
                ("size", str(self.size)),
                ("since", f"{self.since:.0f}"),
            ]
            if self.known:
                pairs.append(("known", ",".join(map(str, self.known))))
        return ";".join(f"{key}:{value}" for key, value in pairs)

    def found(self, artifact: int) -> Self:
        return replace(self, artifact=artifact)
