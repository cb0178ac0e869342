"""The one HTTP client: requests with known lengths, whole replies, and every error as a Problem."""

from __future__ import annotations

import json as jsonlib
import logging
import math
from collections.abc import Callable, Collection, Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from app import __version__
from app.core import catalogue
from app.core.problems import Problem, Refused
from app.servers.address import Address, Params, absolute, address, check_secure, joined
from app.servers.bodies import Sized, Whole
from app.servers.connections import Connections
from app.servers.patience import Patience
from app.servers.reply import Reply, nonsense, refusal

__all__ = ["Http", "Patience", "Reply", "Sized", "nonsense"]

log = logging.getLogger(__name__)

OK: tuple[int, ...] = (200, 201, 204)


def _unexplained(reply: Reply) -> Problem | None:
    return None


class Http:
    """A client for one destination. It keeps no cookies and follows no redirects.

    `settings` are the destination's connection fields (`ca_file`, `client_cert`, `proxy`,
    `insecure_http`); paths are joined to `base`. `headers` go with every request to the origin of
    `base`, and with no other. `explain` reads the errors only this family of servers knows.
    `silence` is how many seconds of silence are borne at most, whatever the call's own patience.
    """

    def __init__(
        self,
        settings: Mapping[str, str],
        *,
        base: str = "",
        explain: Callable[[Reply], Problem | None] = _unexplained,
        shared: Connections | None = None,
        silence: float = math.inf,
    ) -> None:
        self.headers: dict[str, str] = {}
        self._settings = settings
        self._base = base
        self._explain = explain
        self._silence = silence
        self._connections = shared or Connections(settings)
        self._owner = shared is None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close every connection; a `bare` client leaves that to the client it came from."""
        if self._owner:
            await self._connections.aclose()

    def bare(self) -> Http:
        """A client with the same trust, proxy and connections, no headers: for signed addresses."""
        return Http(self._settings, shared=self._connections, silence=self._silence)

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Params = (),
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        patience: Patience = Patience.JSON,
        ok: Collection[int] = OK,
        what: str = "",
    ) -> Reply:
        """Ask, and return the answer if its status is one of `ok`. Raises Problem otherwise.

        `what` says in words what is asked for (“list the job profiles”), for the person.
        """
        extra = {}
        if json is not None:
            content = jsonlib.dumps(json, ensure_ascii=False).encode()
            extra["Content-Type"] = "application/json"
        extra.update(headers or {})
        body = None if content is None else Whole(content)
        return await self._exchange(method, path, params, body, extra, patience, ok, what)

    async def send(
        self,
        method: str,
        path: str,
        body: Sized,
        *,
        headers: Mapping[str, str] | None = None,
        params: Params = (),
        patience: Patience = Patience.UPLOAD,
        ok: Collection[int] = OK,
        what: str = "",
    ) -> Reply:
        """Send a body with its length declared. A FileProblem of the body passes unchanged."""
        content_type = getattr(body, "content_type", "")
        extra = {"Content-Type": content_type} if content_type else {}
        extra.update(headers or {})
        return await self._exchange(method, path, params, body, extra, patience, ok, what)

    async def _exchange(
        self,
        method: str,
        path: str,
        params: Params,
        body: Sized | None,
        extra: Mapping[str, str],
        patience: Patience,
        ok: Collection[int],
        what: str,
    ) -> Reply:
        where = address(joined(self._base, path), params)
        check_secure(where, self._settings)
        patience = patience.within(self._silence)
        own = self.headers if self._at_home(path, where) else {}
        lines = _header_lines(where, method, body, (*own.items(), *extra.items()))
        way = await self._connections.way(where)
        try:
            reply = await way.exchange(method, where, lines, body, patience, ok)
        except Problem as met:
            log.debug("%s %s: %s", method, where.shown, met.id)
            raise
        log.debug("%s %s: %s", method, where.shown, reply.status)
        if reply.status in ok:
            if reply.html:
                raise Refused(catalogue.NOT_THE_SERVER, exchange=reply.exchange)
            return reply
        problem = self._explain(reply)
        size = None if body is None else body.size
        raise problem or refusal(reply, what=what, size=size, answerer=way.answerer(where))

    def _at_home(self, path: str, where: Address) -> bool:
        if not self._base:
            return False
        return not absolute(path) or address(self._base).origin == where.origin


def _header_lines(
    where: Address, method: str, body: Sized | None, given: Iterable[tuple[str, str]]
) -> list[tuple[bytes, bytes]]:
    """Headers as they go out, each name once: of those that differ in case only, the last."""
    lines = {
        "host": ("Host", where.authority),
        "user-agent": ("User-Agent", f"Longshore/{__version__}"),
        "accept": ("Accept", "*/*"),
    }
    if body is not None:
        lines["content-length"] = ("Content-Length", str(body.size))
    elif method not in ("GET", "HEAD", "OPTIONS", "TRACE"):
        lines["content-length"] = ("Content-Length", "0")
    lines |= {name.lower(): (name, value) for name, value in given}
    return [(name.encode("ascii"), value.encode()) for name, value in lines.values()]
