"""“Test connection” for SSC: whether it is one, the sign-in, the rights an upload needs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime

from app.core.destinations import Destination, Secret
from app.core.problems import Problem
from app.servers.api import Step, StepState
from app.servers.ssc.gateway import Gateway
from app.servers.ssc.sign_in import Session, session_at

_SERVER = "Fortify SSC server"


async def probe(destination: Destination, secret: Secret) -> AsyncIterator[Step]:
    """Each step as it ends; what needs a failed step is not tried."""
    try:
        async with session_at(destination, secret) as session:
            async for step in _steps(session):
                yield step
    except Problem as problem:
        # The address is none.
        yield Step("server", _SERVER, StepState.FAILED, problem.title, problem.bare())


async def _steps(session: Session) -> AsyncIterator[Step]:
    step = await _tried("server", _SERVER, session.recognise)
    yield step
    if step.state is StepState.FAILED:
        return

    async def signed_in() -> str:
        await session.sign_in()
        end = await session.ends()
        until = f" The token is valid until {_day(end)}." if end is not None else ""
        return f"{session.account}.{until}"

    async def rights() -> str:
        total = await Gateway(session).may_list_versions()
        return "" if total is None else f"{total} application versions."

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


async def _tried(key: str, title: str, ask: Callable[[], Awaitable[str]]) -> Step:
    try:
        return Step(key, title, StepState.OK, await ask())
    except Problem as problem:
        return Step(key, title, StepState.FAILED, problem.title, problem.bare())


def _day(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment):%Y-%m-%d %H:%M}"
