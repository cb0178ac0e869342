"""“Test connection” for FOLIO: the gateway, the sign-in, and each right an import needs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from app.core.catalogue import NOT_THE_SERVER
from app.core.destinations import Destination, Secret
from app.core.problems import Problem, Refused
from app.servers.address import address
from app.servers.api import Step, StepState
from app.servers.folio import problems
from app.servers.folio.gateway import Gateway
from app.servers.folio.sign_in import session_at
from app.servers.folio.wire import definitions, errors
from app.servers.http import Http


async def probe(destination: Destination, secret: Secret) -> AsyncIterator[Step]:
    """Each step as it ends; what needs a step that failed is not tried."""
    try:
        host = address(destination.settings.get("url", "")).host
    except Problem as problem:
        yield Step("address", "Address", StepState.FAILED, problem.title, problem.bare())
        return
    async with session_at(destination, secret) as (http, session):
        step = await _tried("gateway", "FOLIO gateway", lambda: _recognised(http, host))
        yield step
        if step.state is StepState.FAILED:
            return

        async def signed_in() -> str:
            await session.sign_in()
            return session.account

        step = await _tried("sign-in", "Sign-in", signed_in)
        yield step
        if step.state is StepState.FAILED:
            return
        for key, title, ask in _rights(Gateway(session)):
            yield await _tried(key, title, ask)
        await session.sign_out()


def _rights(gateway: Gateway) -> Sequence[tuple[str, str, Callable[[], Awaitable[str]]]]:
    """What an import reads, each with its key and title."""

    async def receiving() -> str:
        split = await gateway.split_status()
        return "Files go to the object storage." if split else "Files go to FOLIO itself."

    async def uploads() -> str:
        async for _ in gateway.drafts():
            return "There are uploads of yours that were not started."
        return "None of yours wait there."

    async def profiles() -> str:
        return f"{len(await gateway.profiles(''))} job profiles."

    async def extensions() -> str:
        return f"{len(await gateway.extensions())} file extensions."

    return (
        ("splitting", "How files are received", receiving),
        ("uploads", "Right to see uploads", uploads),
        ("profiles", "Right to see job profiles", profiles),
        ("extensions", "Right to see file extensions", extensions),
    )


async def _tried(key: str, title: str, ask: Callable[[], Awaitable[str]]) -> Step:
    try:
        return Step(key, title, StepState.OK, await ask())
    except Problem as problem:
        return Step(key, title, StepState.FAILED, problem.title, problem.bare())


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
