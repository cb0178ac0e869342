"""Signed in at a FOLIO gateway: tokens got, renewed before they end, and given back.

A refresh token works once, and mod-authtoken takes a second use for theft and signs the user out
everywhere. So there is one lock, the token is given up before it is sent, and a refresh whose
answer was lost is followed by a new sign-in with the password, never by the same token.
"""

from __future__ import annotations

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import Any

import anyio

from app.core import catalogue
from app.core.destinations import Destination, Secret
from app.core.problems import (
    Problem,
    Refused,
    ServerFault,
    SignInProblem,
    TokenRefused,
    Unreachable,
)
from app.servers.address import Params, address
from app.servers.clocks import unbroken
from app.servers.folio import problems
from app.servers.folio.wire import errors, tokens
from app.servers.folio.wire.tokens import Tokens
from app.servers.http import Http, Patience, Sized
from app.servers.reply import Reply

EXPIRY = "expiry"
LEGACY = "legacy"

_REFRESH_AT = 0.8
"""The part of a token's life after which it is renewed, as FOLIO's web app does."""
_UPLOAD_NEEDS = 180.0
"""Seconds an upload's token should still have: it is checked when the upload begins."""
_SIGN_OUT_SECONDS = 3.0
_LOGIN_ANSWERS = (200, 201, 400, 401, 404, 422)
_OK: tuple[int, ...] = (200, 201, 204)
_Ask = Callable[[Mapping[str, str]], Awaitable[Reply]]


class Session:
    """One user's sign-in. `call` and `send` are those of `Http` with a valid token.

    Raises SignInProblem when the server does not accept user, password or tenant; after that every
    call raises it again without asking, since each further try could lock the account.
    """

    def __init__(
        self,
        http: Http,
        *,
        host: str,
        tenant: str,
        username: str,
        secret: Secret,
        auth: str,
        clock: Callable[[], float],
    ) -> None:
        self._http = http
        self._host = host
        self._tenant = tenant
        self._username = username
        self._secret = secret
        self._auth = auth
        self._clock = clock
        self._lock = asyncio.Lock()
        self._tokens: Tokens | None = None
        self._got = 0.0
        self._refused: SignInProblem | None = None
        http.headers["X-Okapi-Tenant"] = tokens.safe(tenant)

    @property
    def tenant(self) -> str:
        return self._tenant

    @property
    def account(self) -> str:
        return f"{self._username} at {self._tenant}"

    async def sign_in(self) -> None:
        """Get the first tokens."""
        async with self._lock:
            await self._sign_in()

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Params = (),
        json: Any = None,
        patience: Patience = Patience.JSON,
        ok: Collection[int] = _OK,
        what: str = "",
    ) -> Reply:
        async def ask(headers: Mapping[str, str]) -> Reply:
            return await self._http.call(
                method,
                path,
                params=params,
                json=json,
                headers=headers,
                patience=patience,
                ok=ok,
                what=what,
            )

        return await self._with_token(ask, 0.0)

    async def send(self, method: str, path: str, body: Sized, *, what: str = "") -> Reply:
        """Send bytes.

        They are sent again only after a refused token: then the server kept none of them.
        """

        async def deliver(headers: Mapping[str, str]) -> Reply:
            kind = {"Content-Type": "application/octet-stream"}
            return await self._http.send(method, path, body, headers={**headers, **kind}, what=what)

        return await self._with_token(deliver, _UPLOAD_NEEDS)

    async def sign_out(self) -> None:
        """Give the tokens back, as well as it can be done within three seconds. Raises nothing."""
        with anyio.move_on_after(_SIGN_OUT_SECONDS):
            try:
                await self._sign_out()
            except Problem:
                # The tokens end by themselves; nobody waits for this.
                return

    async def _with_token(self, ask: _Ask, needs: float) -> Reply:
        token = await self._token(needs)
        try:
            return await ask({"X-Okapi-Token": token})
        except TokenRefused:
            token = await self._renewed(token)
        return await ask({"X-Okapi-Token": token})

    async def _token(self, needs: float) -> str:
        """A token that still lives for a while, at least `needs` seconds if its whole life
        allows."""
        if self._tokens is not None and not self._due(self._tokens, needs):
            return self._tokens.access
        async with self._lock:
            if self._tokens is None or self._due(self._tokens, needs):
                await self._renew()
            assert self._tokens is not None
            return self._tokens.access

    async def _renewed(self, refused: str) -> str:
        """Another token than the one the server refused; only one of many callers gets it."""
        async with self._lock:
            if self._tokens is None or self._tokens.access == refused:
                await self._renew()
            assert self._tokens is not None
            return self._tokens.access

    def _due(self, held: Tokens, needs: float) -> bool:
        life = held.access_life
        if life is None:
            return False
        margin = max(life * (1 - _REFRESH_AT), min(needs, life / 2))
        return self._clock() >= self._got + life - margin

    def _expired(self, held: Tokens, life: float | None) -> bool:
        return life is not None and self._clock() >= self._got + life

    async def _renew(self) -> None:
        if not await self._refresh():
            await self._sign_in()

    async def _refresh(self) -> bool:
        """New tokens for the refresh token; False when only a new sign-in can help."""
        held = self._tokens
        if held is None or not held.refresh or self._expired(held, held.refresh_life):
            return False
        self._tokens = replace(held, refresh="")
        began = self._clock()
        try:
            reply = await self._http.call(
                "POST",
                tokens.REFRESH,
                headers=tokens.refresh_cookie(held.refresh),
                what="renew the sign-in",
            )
        except Unreachable:
            self._tokens = held
            raise
        except Problem:
            return False
        found = _tokens_in(reply)
        if found is None:
            return False
        self._tokens, self._got = found, began
        return True

    async def _sign_in(self) -> None:
        if self._refused is not None:
            raise self._refused.bare()
        try:
            if self._auth == LEGACY or not await self._login_with_expiry():
                await self._login(tokens.LEGACY_LOGIN)
        except SignInProblem as problem:
            self._refused = problem
            raise
        except Refused as problem:
            if problem.id == catalogue.NOT_THE_SERVER.id:
                raise self._not_gateway(problem) from None
            raise

    async def _login_with_expiry(self) -> bool:
        return await self._login(tokens.EXPIRY_LOGIN, or_else=self._auth != EXPIRY)

    async def _login(self, path: str, *, or_else: bool = False) -> bool:
        """Sign in at `path`;

        False if the server has no such sign-in and there is another to try.
        """
        began = self._clock()
        reply = await self._http.call(
            "POST",
            path,
            json=tokens.credentials(self._username, self._secret.reveal()),
            ok=_LOGIN_ANSWERS,
            what="sign in",
        )
        if reply.status == 404 and or_else and not errors.no_tenant(reply):
            return False
        if reply.status not in (200, 201):
            raise self._login_refused(reply)
        found = _tokens_in(reply)
        if found is None:
            raise self._not_gateway(Refused(problems.NOT_GATEWAY, exchange=reply.exchange))
        belongs = tokens.claims(found.access).get("tenant")
        if isinstance(belongs, str) and belongs and belongs != self._tenant:
            # In a consortium a user name that exists once is signed in wherever it belongs.
            facts = {"tenant": self._tenant, "other": belongs}
            raise SignInProblem(problems.TENANT_OTHER, facts)
        self._tokens, self._got = found, began
        return True

    def _login_refused(self, reply: Reply) -> Problem:
        tenant = {"tenant": self._tenant}
        exchange = reply.exchange
        if errors.no_tenant(reply):
            return SignInProblem(problems.TENANT_UNKNOWN, tenant, exchange=exchange)
        if reply.status == 404:
            # Eureka's Kong has one route per module and tenant, and knows none for a wrong tenant.
            if errors.no_route(reply) and "No suitable module" not in reply.text:
                return SignInProblem(problems.TENANT_UNKNOWN, tenant, exchange=exchange)
            return self._not_gateway(Refused(problems.NOT_GATEWAY, exchange=exchange))
        if reply.status in (401, 422) or self._incomplete:
            return SignInProblem(catalogue.SIGN_IN_REFUSED, exchange=exchange)
        if errors.said(reply.content):
            # Keycloak's own trouble arrives as a 400 “service_error”.
            facts = {"status": reply.status_line}
            return ServerFault(catalogue.SERVER_FAULT, facts, exchange=exchange)
        return self._not_gateway(Refused(problems.NOT_GATEWAY, exchange=exchange))

    @property
    def _incomplete(self) -> bool:
        return not self._username or not self._secret

    def _not_gateway(self, problem: Problem) -> Refused:
        return Refused(problems.NOT_GATEWAY, {"host": self._host}, exchange=problem.exchange)

    async def _sign_out(self) -> None:
        async with self._lock:
            # Without its cookie a logout would end all sessions of this user, the browser's too.
            if self._tokens is None or not self._tokens.refresh:
                return
            if self._expired(self._tokens, self._tokens.access_life) and not await self._refresh():
                return
            held, self._tokens = self._tokens, None
            if held.refresh:
                await self._http.call(
                    "POST",
                    tokens.LOGOUT,
                    headers={
                        "X-Okapi-Token": held.access,
                        **tokens.refresh_cookie(held.refresh),
                    },
                    what="sign out",
                )


@asynccontextmanager
async def session_at(
    destination: Destination,
    secret: Secret,
    *,
    clock: Callable[[], float] = unbroken,
    silence: float = math.inf,
) -> AsyncIterator[tuple[Http, Session]]:
    """A client for the destination and a session that has not signed in.

    Raises Refused (address).
    """
    settings = destination.settings
    url = settings.get("url", "")
    tenant = settings.get("tenant", "").strip()
    host = address(url).host
    async with Http(
        settings,
        base=url,
        explain=lambda reply: errors.explanation(reply, tenant),
        silence=silence,
    ) as http:
        yield (
            http,
            Session(
                http,
                host=host,
                tenant=tenant,
                username=settings.get("username", ""),
                secret=secret,
                auth=settings.get("auth") or "auto",
                clock=clock,
            ),
        )


def _tokens_in(reply: Reply) -> Tokens | None:
    """The tokens of a reply, whose body may be anything when a header holds the token."""
    body = reply.json() if reply.content.lstrip().startswith(b"{") else {}
    return tokens.read_tokens(
        reply.all("set-cookie"), reply.header("x-okapi-token"), reply.header("date"), body
    )
