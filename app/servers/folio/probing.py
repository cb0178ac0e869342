"""“Test connection” for FOLIO: the gateway, the sign-in, and each right an import needs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from app.core.destinations import Destination, Secret
from app.core.problems import Problem, Refused
from app.servers.address import address
from app.servers.api import Step, StepState
from app.servers.folio import problems
from app.servers.folio.gateway import Gateway
from app.servers.folio.sign_in import Session
from app.servers.folio.wire import errors
from app.servers.http import Http

_NOWHERE = "/longshore/nowhere"
"""A path no module has: how a gateway says so tells what it is."""


async def probe(destination: Destination, secret: Secret) -> AsyncIterator[Step]:
    """Each step as it ends; the steps after a failed one that they need are skipped."""
    settings = destination.settings
    tenant = settings.get("tenant", "").strip()
    async with Http(
        settings,
        base=settings.get("url", ""),
        explain=lambda reply: errors.explanation(reply, tenant),
    ) as http:
        step = await _tried("gateway", "FOLIO gateway", lambda: _recognised(http, settings["url"]))
        yield step
        if step.state is StepState.FAILED:
            return
        session = Session(
            http,
            host=address(settings["url"]).host,
            tenant=tenant,
            username=settings.get("username", ""),
            secret=secret,
            auth=settings.get("auth") or "auto",
        )

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


async def _recognised(http: Http, url: str) -> str:
    """Which gateway it is. Raises Refused(NOT_GATEWAY) for anything else that answers."""
    reply = await http.call("GET", _NOWHERE, ok=(200, 400, 401, 403, 404), what="greet the gateway")
    said = " ".join(one.message for one in errors.said(reply.content))
    if "no Route matched" in said or "kong" in reply.header("server").lower():
        return "Eureka (Kong)"
    if "No suitable module found" in said or errors.no_tenant(reply) or "Tenant" in said:
        return "Okapi"
    if errors.no_route(reply):
        return "Eureka"
    facts = {"host": address(url).host}
    raise Refused(problems.NOT_GATEWAY, facts, exchange=reply.exchange)
