"""A destination together with its secrets: saved apart, put together to connect."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import TypeVar
from urllib.parse import urlsplit, urlunsplit

from app.core import catalogue
from app.core.destinations import Destination, Secret
from app.core.problems import SignInProblem
from app.storage.destinations import Destinations
from app.storage.secrets import Secrets

Live = TypeVar("Live")

PROXY = "proxy"


class Accounts:
    """The saved destinations and their secrets. Raises StorageProblem and KeyringProblem.

    A proxy's address may hold a password; that part is kept in the keyring under a key of its own,
    and the file has the address without it. So what to connect with comes from `ready` alone.
    """

    def __init__(self, destinations: Destinations, secrets: Secrets) -> None:
        self.destinations = destinations
        self.secrets = secrets

    async def add(
        self, family: str, name: str, settings: Mapping[str, str], secret: Secret | None
    ) -> Destination:
        """Save a new one. Without a secret it is asked for when it is needed."""
        plain, proxy = split(settings)
        destination = self.destinations.add(family, name, plain)
        await self._keep(destination, secret, proxy)
        return destination

    async def save(self, destination: Destination, secret: Secret | None) -> Destination:
        """Save a changed one; `secret` None leaves the secret as it is."""
        plain, proxy = split(destination.settings)
        before = self.destinations.get(destination.id)
        saved = self.destinations.save(
            Destination(destination.id, destination.family, destination.name, plain)
        )
        if proxy is None and before.settings.get(PROXY) != plain.get(PROXY):
            await self.secrets.forget(_proxy_key(saved.id))
        await self._keep(saved, secret, proxy)
        return saved

    async def remove(self, id: str) -> None:
        """The destination first, then what the keyring has of it."""
        self.destinations.remove(id)
        await self.secrets.forget(id)
        await self.secrets.forget(_proxy_key(id))

    async def ready(self, id: str) -> tuple[Destination, Secret]:
        """What to connect with. Raises SignInProblem when no secret is known."""
        destination = self.destinations.get(id)
        secret = await self.secrets.get(id)
        if secret is None:
            raise SignInProblem(catalogue.SIGN_IN_NO_SECRET, {"name": destination.name})
        return await self.whole(destination), secret

    async def whole(self, destination: Destination) -> Destination:
        """The destination with its proxy's password, if it has one, back in its place."""
        address = destination.settings.get(PROXY, "")
        if "@" not in address:
            return destination
        proxy = await self.secrets.get(_proxy_key(destination.id))
        settings = joined(destination.settings, proxy) if proxy else destination.settings
        return Destination(destination.id, destination.family, destination.name, settings)

    async def _keep(
        self, destination: Destination, secret: Secret | None, proxy: Secret | None
    ) -> None:
        if secret:
            await self.secrets.put(destination.id, secret)
        if proxy:
            await self.secrets.put(_proxy_key(destination.id), proxy)


def connection(
    accounts: Accounts,
    connect: Callable[[Destination, Secret], AbstractAsyncContextManager[Live]],
    id: str,
) -> Callable[[], AbstractAsyncContextManager[Live]]:
    """`connect` for a saved destination, reading its settings and secret anew each time."""

    @asynccontextmanager
    async def connected() -> AsyncIterator[Live]:
        destination, secret = await accounts.ready(id)
        async with connect(destination, secret) as live:
            yield live

    return connected


def split(settings: Mapping[str, str]) -> tuple[dict[str, str], Secret | None]:
    """The settings without the proxy's password, and that password."""
    plain = dict(settings)
    address = plain.get(PROXY, "")
    try:
        parts = urlsplit(address)
        password = parts.password
    except ValueError:
        return plain, None
    if password is None:
        return plain, None
    user, _, place = parts.netloc.rpartition("@")
    netloc = f"{user.partition(':')[0]}@{place}"
    plain[PROXY] = urlunsplit(parts._replace(netloc=netloc))
    # As written in the address, where it may be percent-encoded.
    return plain, Secret(user.partition(":")[2])


def joined(settings: Mapping[str, str], proxy: Secret) -> dict[str, str]:
    """The inverse of `split`."""
    whole = dict(settings)
    parts = urlsplit(whole.get(PROXY, ""))
    user, _, place = parts.netloc.rpartition("@")
    whole[PROXY] = urlunsplit(parts._replace(netloc=f"{user}:{proxy.reveal()}@{place}"))
    return whole


def _proxy_key(id: str) -> str:
    return f"{id}/proxy"
