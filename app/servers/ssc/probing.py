"""“Test connection” for SSC: whether it is one, the sign-in, the rights an upload needs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime

from app.core.destinations import Destination, Secret
from app.core.problems import Problem, Refused
from app.servers.address import address
from app.servers.api import Step, StepState
from app.servers.http import Http
from app.servers.ssc import problems
from app.servers.ssc.gateway import Gateway
from app.servers.ssc.sign_in import TOKEN, Session
from app.servers.ssc.wire import envelope

_GREETED = f"{envelope.API}/features"
"""Small, and the same in every release; without a sign-in it is refused in a way that shows SSC."""


async def probe(destination: Destination, secret: Secret) -> AsyncIterator[Step]:
    """Each step as it ends; what needs a failed step is not tried."""
    settings = destination.settings
    base = envelope.base_of(settings.get("url", ""))
    async with Http(settings, base=base, explain=envelope.explanation) as http:
        step = await _tried("server", "Fortify SSC server", lambda: _recognised(http, base))
        yield step
        if step.state is StepState.FAILED:
            return
        session = Session(
            http,
            host=address(base).host,
            auth=settings.get("auth") or TOKEN,
            username=settings.get("username", ""),
            secret=secret,
        )

        async def signed_in() -> str:
            await session.sign_in()
            end = await session.ends()
            until = f" The token is valid until {_day(end)}." if end is not None else ""
            return f"{session.account}.{until}"

        async def rights() -> str:
            total = await Gateway(http, base).may_list_versions()
            return "" if total is None else f"{total} application versions."

        try:
            step = await _tried("sign-in", "Sign-in", signed_in)
            yield step
            if step.state is StepState.FAILED:
                return
            yield await _tried("versions", "Right to see application versions", rights)
            if session.release:
                yield Step("release", "Release of the server", StepState.OK, session.release)
            else:
                detail = "This token may not ask for it; uploads do not need it."
                yield Step("release", "Release of the server", StepState.SKIPPED, detail)
        finally:
            await session.sign_out()


async def _tried(key: str, title: str, ask: Callable[[], Awaitable[str]]) -> Step:
    try:
        return Step(key, title, StepState.OK, await ask())
    except Problem as problem:
        return Step(key, title, StepState.FAILED, problem.title, problem.bare())


async def _recognised(http: Http, base: str) -> str:
    """Raises Refused(NOT_SSC) for anything else that answers."""
    try:
        reply = await http.call("GET", _GREETED, ok=(200, 401, 403), what="greet the server")
    except Refused as problem:
        if problem.exchange is None:
            raise
        facts = {"host": address(base).host}
        raise Refused(problems.NOT_SSC, facts, exchange=problem.exchange) from None
    if reply.status == 200 and not reply.text.lstrip().startswith("{"):
        facts = {"host": address(base).host}
        raise Refused(problems.NOT_SSC, facts, exchange=reply.exchange)
    return base


def _day(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment):%Y-%m-%d %H:%M}"
