"""“Test connection”: one step after the other from the address to the rights, until one fails."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from app.core import catalogue
from app.core.problems import Problem, TrustProblem, Unreachable, defect
from app.servers import connections, failures, trust
from app.servers.address import address, check_secure
from app.servers.api import Step, StepState
from app.servers.patience import Patience
from app.servers.proxies import Proxy, proxy_for

SOON = 14
"""Days before the end of a certificate from which on it is worth a word."""


@dataclass(frozen=True, slots=True)
class Check:
    """One step: `run` returns what was found out, in words, or raises Problem.

    When a step that is not `vital` fails, those after it are tried all the same (rights, each).
    """

    key: str
    title: str
    run: Callable[[], Awaitable[str]]
    vital: bool = True


async def steps(
    base: str,
    settings: Mapping[str, str],
    own: Sequence[Check],
    patience: Patience = Patience.POLL,
) -> AsyncIterator[Step]:
    """The general steps to the server at `base`, then the family's `own`, each as it ends.

    Those after a failed one are skipped. Never raises Problem. No request is sent before the
    family's first step.
    """
    way = _Way(base, settings, patience)
    general = (
        Check("address", "Address", way.check_address),
        Check("name", "Name", way.check_name),
        Check("connection", "Connection", way.check_connection),
        Check("trust", "Secure connection", way.check_trust),
    )
    failed = False
    try:
        for check in (*general, *own):
            if failed:
                yield Step(check.key, check.title, StepState.SKIPPED)
                continue
            try:
                detail = await check.run()
            except Exception as error:
                failed = check.vital
                problem = (error if isinstance(error, Problem) else defect(error)).bare()
                detail = f"{problem.title}: {way.remark}" if way.remark else problem.title
                way.remark = ""
                yield Step(check.key, check.title, StepState.FAILED, detail, problem)
            else:
                yield Step(check.key, check.title, StepState.OK, detail)
            if check is general[-1]:
                await way.aclose()
    finally:
        await way.aclose()


class _Way:
    """One connection, made piece by piece; `remark` is what else is worth saying of a failure."""

    def __init__(self, base: str, settings: Mapping[str, str], patience: Patience) -> None:
        self._base = base
        self._settings = settings
        self._patience = patience
        self._proxy: Proxy | None = None
        self._stream: connections.Stream | None = None
        self.remark = ""

    async def aclose(self) -> None:
        if self._stream is not None:
            stream, self._stream = self._stream, None
            await stream.aclose()

    async def check_address(self) -> str:
        self._where = address(self._base)
        check_secure(self._where, self._settings)
        self._proxy = proxy_for(self._settings, self._where)
        return self._where.shown

    async def check_name(self) -> str:
        called = self._proxy.where if self._proxy else self._where
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(self._patience.connect):
                found = await loop.getaddrinfo(called.host, called.port)
        except TimeoutError:
            facts = {"host": called.host, "seconds": f"{self._patience.connect:g}"}
            raise Unreachable(catalogue.CONNECTION_SLOW, facts) from None
        except (OSError, UnicodeError) as error:
            raise failures.unreachable([error], called) from None
        numbers = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        more = f" and {len(numbers) - 1} more" if len(numbers) > 1 else ""
        if self._proxy:
            return f"the proxy {called.host} is {numbers[0]}{more}; it finds {self._where.host}"
        return numbers[0] + more

    async def check_connection(self) -> str:
        context = None
        if self._proxy and self._proxy.where.secure:
            context = await asyncio.to_thread(trust.context, self._settings)
        self._stream = await self._opened(context)
        if self._proxy:
            return f"by the proxy {self._proxy.where.authority}"
        return f"port {self._where.port} answers"

    async def check_trust(self) -> str:
        if not self._where.secure:
            return "none: plain http is not encrypted"
        context = await asyncio.to_thread(trust.context, self._settings)
        assert self._stream is not None
        try:
            self._stream = await self._encrypted(self._stream, context)
        except TrustProblem as problem:
            if problem.entry is not catalogue.TLS_FAILED:
                self.remark = await self._shown_anyway()
            raise
        secured = self._stream.get_extra_info("ssl_object")
        return f"{_version(secured)}, {_certificate(secured)}"

    async def _opened(self, context: ssl.SSLContext | None) -> connections.Stream:
        return await connections.opened(self._where, self._proxy, context, self._patience)

    async def _encrypted(
        self, stream: connections.Stream, context: ssl.SSLContext
    ) -> connections.Stream:
        return await connections.encrypted(
            stream, self._where, self._proxy, context, self._patience
        )

    async def _shown_anyway(self) -> str:
        """The certificate that was not trusted: a second handshake, after which nothing is sent."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        try:
            stream = await self._encrypted(await self._opened(context), context)
        except Problem:
            return ""
        try:
            return _certificate(stream.get_extra_info("ssl_object"))
        finally:
            await stream.aclose()


def _version(secured: ssl.SSLObject | ssl.SSLSocket) -> str:
    return (secured.version() or "TLS").replace("TLSv", "TLS ")


def _certificate(secured: ssl.SSLObject | ssl.SSLSocket) -> str:
    found = trust.certificate(secured.getpeercert(binary_form=True) or b"")
    if found is None:
        return "certificate of an unknown kind"
    words = f"certificate by {found.issuer or 'nobody'}, valid until {found.expires:%Y-%m-%d}"
    left = (found.expires - datetime.now(UTC)).days
    if left < 0:
        return f"{words} (expired)"
    return f"{words} ({left} days left)" if left < SOON else words
