"""The calls of TAO's rostering service: upload, status and result of one destination."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence

from app.core.catalogue import NOT_THE_SERVER
from app.core.problems import (
    ConnectionProblem,
    Problem,
    Refused,
    ServerFault,
    TokenRefused,
    Unreachable,
)
from app.servers.address import address
from app.servers.api import Body
from app.servers.http import Http, Patience
from app.servers.multipart import Multipart
from app.servers.reply import Reply, nonsense
from app.servers.tao import problems
from app.servers.tao.sign_in import OK, REDIRECTS, Session
from app.servers.tao.wire import imports
from app.servers.tao.wire.imports import Import
from app.servers.tao.wire.paths import Api

_STORAGE_ANSWERS = (200, 400, 401, 403, 404, 410)
_RENEWED = (401, 403, 410)
"""What storage answers to an address whose signature has ended."""
# A wrong path shows in these; every other answer to an unknown reference comes from the service.
_ELSEWHERE = (problems.WRONG_PATH.id, problems.MOVED.id, NOT_THE_SERVER.id)
_AT_HOME = (problems.REFERENCE_UNKNOWN.id, problems.STATUS_REFUSED.id)


class Gateway:
    """`apis` are the ways to try in order; once one has answered it is kept to."""

    def __init__(self, session: Session, http: Http, apis: Sequence[Api]) -> None:
        self._session = session
        self._http = http
        self._apis = tuple(apis)
        self.found = False
        """Whether the service has answered at the first of its ways."""

    @property
    def api(self) -> Api:
        return self._apis[0]

    @property
    def chosen(self) -> bool:
        """Whether there is nothing to try but what the person entered."""
        return len(self._apis) == 1 and not self.found

    async def find(self) -> bool:
        """Find the way that leads to the service, by asking for an import that cannot exist.

        False when nothing could be learned because the server is in trouble. Raises Forbidden,
        SignInProblem, Unreachable, and Refused(WRONG_PATHS) when no way leads there.
        """
        last: Problem | None = None
        for api in self._apis:
            try:
                await self._session.call(
                    api.status_of(str(uuid.uuid4())),
                    patience=Patience.POLL,
                    what="look for the rostering service",
                )
            except Unreachable:
                raise
            except (ConnectionProblem, ServerFault):
                return False
            except Refused as problem:
                if problem.id in _ELSEWHERE:
                    last = problem
                    continue
                if problem.id not in _AT_HOME:
                    raise
            self._apis, self.found = (api,), True
            return True
        host = address(self.api.status_of("0")).host
        tried = last.exchange.url if last is not None and last.exchange else "–"
        facts = {"host": host, "address": tried}
        raise Refused(
            problems.WRONG_PATHS, facts, exchange=last.exchange if last is not None else None
        )

    async def upload(self, body: Body, asked: Callable[[bool], None]) -> Reply:
        """Send a file as the form's one part; any 2xx means that the server took it."""
        name = imports.name_sent(body.source.name)
        form = Multipart(imports.FILE_PART, name, body, file_type=imports.FILE_TYPE)
        return await self._session.send(
            self.api.upload, form, asked=asked, what="upload a rostering file"
        )

    async def status(self, reference: str) -> Import:
        """How an import stands. Raises Refused(REFERENCE_UNKNOWN) and what every call does."""
        what = "ask how the import stands"
        reply = await self._session.call(
            self.api.status_of(reference), patience=Patience.POLL, what=what
        )
        found = imports.read_import(reply.content)
        if found is None:
            raise nonsense(reply, what)
        self.found = True
        return found

    async def result(self, reference: str) -> bytes:
        """The result file of a processed import.

        Its address is signed and ends soon, so it is asked for each time, and once more when
        storage says that it has ended.
        """
        for again in (True, False):
            reply = await self._session.call(
                self.api.download_of(reference),
                ok=(*OK, *REDIRECTS),
                patience=Patience.POLL,
                what="fetch the result file",
            )
            signed = reply.header("location") if reply.status in REDIRECTS else ""
            if not signed and imports.is_result(reply.header("content-type"), reply.content):
                return reply.content
            signed = signed or imports.read_signed_address(reply.content)
            if not signed:
                raise nonsense(reply, "fetch the result file")
            stored = await self._stored(signed)
            if stored.status == 200:
                return stored.content
            if stored.status not in _RENEWED or not again:
                raise _storage(stored.url, stored.status_line, stored)
        raise AssertionError("unreachable")

    async def _stored(self, signed: str) -> Reply:
        """What storage answers to a signed address: with our token it would refuse."""
        try:
            return await self._http.bare().call(
                "GET", signed, ok=_STORAGE_ANSWERS, what="fetch the result file"
            )
        except (TokenRefused, ConnectionProblem) as problem:
            # It is not TAO that cannot be reached.
            raise _storage(signed, problem.title, None) from None


def _storage(url: str, reason: str, reply: Reply | None) -> ServerFault:
    try:
        host = address(url).host
    except Refused:
        host = "–"
    facts = {"host": host, "reason": reason}
    return ServerFault(
        problems.RESULT_STORAGE, facts, exchange=reply.exchange if reply is not None else None
    )
