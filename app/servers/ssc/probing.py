"""“Test connection” for SSC: whether it is one, the sign-in, the rights an upload needs."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import datetime

from app.core.destinations import Destination, Secret
from app.servers.api import Step
from app.servers.probe import Check, steps
from app.servers.ssc.gateway import Gateway
from app.servers.ssc.sign_in import Session, session_at
from app.servers.ssc.wire import envelope


async def probe(destination: Destination, secret: Secret) -> AsyncIterator[Step]:
    """Each step as it ends; what needs a failed step is skipped."""
    base = envelope.base_of(destination.settings.get("url", ""))
    async with _Probe(destination, secret) as probed:
        checks = (
            Check("server", "Fortify SSC server", probed.recognised),
            Check("sign-in", "Sign-in", probed.signed_in),
            Check("versions", "Right to see application versions", probed.versions),
            Check("release", "Release of the server", probed.release),
        )
        async for step in steps(base, destination.settings, checks):
            yield step


class _Probe(AsyncExitStack):
    """One session, made once the address is known to be one, and ended with the probe."""

    _session: Session

    def __init__(self, destination: Destination, secret: Secret) -> None:
        super().__init__()
        self._destination = destination
        self._secret = secret

    async def recognised(self) -> str:
        session = session_at(self._destination, self._secret)
        self._session = await self.enter_async_context(session)
        return await self._session.recognise()

    async def signed_in(self) -> str:
        await self._session.sign_in()
        end = await self._session.ends()
        account = self._session.account
        return account if end is None else f"{account}, the token is valid until {_day(end)}"

    async def versions(self) -> str:
        total = await Gateway(self._session).may_list_versions()
        return "" if total is None else f"{total} application versions"

    async def release(self) -> str:
        return self._session.release or "not told to this token, and not needed"


def _day(moment: float) -> str:
    return f"{datetime.fromtimestamp(moment):%Y-%m-%d %H:%M}"
