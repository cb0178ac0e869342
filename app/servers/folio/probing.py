"""“Test connection” for FOLIO: the gateway, the sign-in, and each right an import needs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

from app.core.catalogue import NOT_THE_SERVER
from app.core.destinations import Destination, Secret
from app.core.problems import Refused
from app.servers.address import address
from app.servers.api import Step
from app.servers.folio import problems
from app.servers.folio.gateway import Gateway
from app.servers.folio.sign_in import Session, session_at
from app.servers.folio.wire import definitions, errors
from app.servers.http import Http
from app.servers.probe import Check, steps


async def probe(destination: Destination, secret: Secret) -> AsyncIterator[Step]:
    """Each step as it ends. What needs a failed step is skipped; each right is tried by itself."""
    async with _Probe(destination, secret) as probed:
        checks = (
            Check("gateway", "FOLIO gateway", probed.recognised),
            Check("sign-in", "Sign-in", probed.signed_in),
            Check("splitting", "How files are received", probed.receiving, vital=False),
            Check("uploads", "Right to see uploads", probed.uploads, vital=False),
            Check("profiles", "Right to see job profiles", probed.profiles, vital=False),
            Check("extensions", "Right to see file extensions", probed.extensions, vital=False),
        )
        settings = destination.settings
        async for step in steps(settings.get("url", ""), settings, checks):
            yield step


class _Probe(AsyncExitStack):
    """One session, made once the address is known to be one, and ended with the probe."""

    _session: Session
    _gateway: Gateway

    def __init__(self, destination: Destination, secret: Secret) -> None:
        super().__init__()
        self._destination = destination
        self._secret = secret

    async def recognised(self) -> str:
        http, self._session = await self.enter_async_context(
            session_at(self._destination, self._secret)
        )
        return await _recognised(http, address(self._destination.settings.get("url", "")).host)

    async def signed_in(self) -> str:
        self.push_async_callback(self._session.sign_out)
        await self._session.sign_in()
        self._gateway = Gateway(self._session)
        return self._session.account

    async def receiving(self) -> str:
        split = await self._gateway.split_status()
        return "Files go to the object storage." if split else "Files go to FOLIO itself."

    async def uploads(self) -> str:
        async for _ in self._gateway.drafts():
            return "There are uploads of yours that were not started."
        return "None of yours wait there."

    async def profiles(self) -> str:
        return f"{len(await self._gateway.profiles(''))} job profiles."

    async def extensions(self) -> str:
        return f"{len(await self._gateway.extensions())} file extensions."


async def _recognised(http: Http, host: str) -> str:
    """Which gateway it is. Raises Refused(NOT_GATEWAY) for anything else that answers.

    Asked without a token for something every import needs, each gateway says no in its own way; a
    path nobody has may be the web page's in front of the same gateway.
    """
    try:
        reply = await http.call(
            "GET", definitions.SPLIT_STATUS, ok=(200, 400, 401, 403, 404), what="greet the gateway"
        )
    except Refused as problem:
        if problem.id != NOT_THE_SERVER.id:
            raise
        facts = {"host": host}
        raise Refused(problems.NOT_GATEWAY, facts, exchange=problem.exchange) from None
    said = errors.said(reply.content)
    if any(one.code or "no Route matched" in one.message for one in said):
        return "Eureka (Kong)"
    if errors.token_missing(reply) or errors.no_route(reply) or errors.no_tenant(reply):
        return "Okapi"
    if reply.status == 401 and said:
        return "FOLIO"
    raise Refused(problems.NOT_GATEWAY, {"host": host}, exchange=reply.exchange)
