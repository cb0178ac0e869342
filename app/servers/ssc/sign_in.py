"""Signed in at SSC: with a pasted token, or with a short-lived one made with a password.

A refused password is never tried again: accounts lock after three wrong tries. A made token is
renewed when the server no longer takes it and given back at the end, because a user may hold only
so many; a pasted one only its owner can renew.
"""

from __future__ import annotations

import asyncio
import math
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anyio

from app.core import catalogue
from app.core.destinations import Destination, Secret
from app.core.problems import Problem, Refused, SignInProblem, TokenRefused
from app.servers.address import Params, address, joined
from app.servers.http import OK, Http, Patience, Sized
from app.servers.reply import Reply
from app.servers.ssc import problems
from app.servers.ssc.wire import envelope, tokens, versions
from app.servers.ssc.wire.tokens import SessionInfo

TOKEN = "token"
PASSWORD = "password"

_SIGN_OUT_SECONDS = 1.0
_GREETED = f"{envelope.API}/features"
"""Small, and the same in every release; without a sign-in it is refused in a way that shows SSC."""


class Session:
    """One sign-in at the server whose address is `base`. `call` and `send` carry its token."""

    def __init__(
        self,
        http: Http,
        *,
        base: str,
        auth: str,
        username: str,
        secret: Secret,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.base = base
        self._http = http
        self._host = address(base).host
        self._auth = auth
        self._username = username.strip()
        self._secret = secret
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token = Secret("")
        self._refused: SignInProblem | None = None
        self._info = SessionInfo()
        http.headers["Accept"] = "application/json"
        # Some larger answers of SSC fail when they are compressed.
        http.headers["Accept-Encoding"] = "identity"

    @property
    def user(self) -> str:
        """The user as the server knows it; empty if it does not say."""
        return self._info.user

    @property
    def release(self) -> str:
        return self._info.release

    @property
    def account(self) -> str:
        user = self._info.user or (self._username if self._auth == PASSWORD else "")
        return f"{user} at {self._host}" if user else f"token at {self._host}"

    async def sign_in(self) -> None:
        """Raises SignInProblem for a secret the server does not take."""
        if not self._secret:
            raise SignInProblem(catalogue.SIGN_IN_NO_SECRET, {"name": self._host})
        if self._auth == PASSWORD:
            self._token = await self._new_token()
        else:
            self._token = self._pasted()
        try:
            await self._http.call(
                "GET",
                versions.VERSIONS,
                params=(("limit", "1"), ("fields", "id")),
                headers=self._bearing(self._token),
                what="list the application versions",
            )
        except TokenRefused as problem:
            raise SignInProblem(problems.TOKEN_REFUSED, exchange=problem.exchange) from None
        except Refused as problem:
            raise self._not_ssc(problem) from None
        self._info = await self._session_info()

    async def call(
        self,
        method: str,
        path: str,
        *,
        params: Params = (),
        json: Any = None,
        patience: Patience = Patience.JSON,
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
                what=what,
            )

        return await self._with_token(ask)

    async def send(self, path: str, form: Sized, *, params: Params = (), what: str = "") -> Reply:
        """Post a form. It is posted again only after a refused token: then nothing was taken."""

        async def post(headers: Mapping[str, str]) -> Reply:
            return await self._http.send(
                "POST", path, form, params=params, headers=headers, what=what
            )

        return await self._with_token(post)

    async def send_unsigned(
        self,
        path: str,
        form: Sized,
        *,
        params: Params,
        accept: str,
        ok: tuple[int, ...] = OK,
        what: str = "",
    ) -> Reply:
        """Post a form to an address that carries its own right, with nothing of this sign-in."""
        return await self._http.bare().send(
            "POST",
            joined(self.base, path),
            form,
            headers={"Accept": accept},
            params=params,
            ok=ok,
            what=what,
        )

    async def recognise(self) -> str:
        """The address, if SSC answers there, also without a sign-in. Raises Refused(NOT_SSC)."""
        try:
            reply = await self._http.call(
                "GET", _GREETED, ok=(200, 401, 403), what="greet the server"
            )
        except Refused as problem:
            if problem.exchange is None:
                raise
            raise self._not_ssc(problem) from None
        if reply.status == 200 and not reply.text.lstrip().startswith("{"):
            raise Refused(problems.NOT_SSC, {"host": self._host}, exchange=reply.exchange)
        return self.base

    async def ends(self) -> float | None:
        """When the token ends, in seconds since the epoch; None where the server does not say."""
        try:
            reply = await self._http.call(
                "POST",
                tokens.TOKEN_DATA,
                json={},
                headers=self._bearing(self._token),
                what="ask how long the token lasts",
            )
            return tokens.read_end(reply.json())
        except Problem:
            # Servers before 24.2 do not know the call and answer with a 401 or 404.
            return None

    async def sign_out(self) -> None:
        """Give a made token back, as well as it can be done within a second. Raises nothing."""
        made, self._token = self._token, Secret("")
        if self._auth != PASSWORD or not made:
            return
        with anyio.move_on_after(_SIGN_OUT_SECONDS):
            try:
                await self._http.call(
                    "POST",
                    tokens.REVOKE,
                    json=tokens.revocation(made),
                    headers=self._basic,
                    what="sign out",
                )
            except Problem:
                # The token ends by itself within a day; nobody waits for this.
                return

    @property
    def _basic(self) -> dict[str, str]:
        return {"Authorization": tokens.basic(self._username, self._secret)}

    @staticmethod
    def _bearing(token: Secret) -> dict[str, str]:
        return {"Authorization": tokens.authorization(token)}

    async def _with_token(self, ask: Callable[[Mapping[str, str]], Awaitable[Reply]]) -> Reply:
        token = self._token
        try:
            return await ask(self._bearing(token))
        except TokenRefused:
            if self._auth != PASSWORD:
                raise
            async with self._lock:
                # Only one of many callers makes a new one.
                if self._token == token:
                    self._token = await self._new_token()
        return await ask(self._bearing(self._token))

    def _pasted(self) -> Secret:
        token = tokens.encoded(self._secret.reveal())
        if token is None:
            raise SignInProblem(problems.TOKEN_MALFORMED)
        return token

    async def _new_token(self) -> Secret:
        if self._refused is not None:
            raise self._refused.bare()
        if not self._username:
            raise SignInProblem(catalogue.SIGN_IN_REFUSED)
        try:
            end = self._clock() + tokens.LIFE_SECONDS
            reply = await self._ask_for_token(end)
            if reply.status == 400 or end - reply.server_time < tokens.LIFE_SECONDS / 2:
                # The clocks differ, or the site allows less; the server's own limit will do.
                reply = await self._ask_for_token(None)
            token = tokens.read_token(reply.json())
        except SignInProblem as problem:
            self._refused = problem
            raise
        except Refused as problem:
            raise self._not_ssc(problem) from None
        if token is None:
            raise Refused(problems.NOT_SSC, {"host": self._host}, exchange=reply.exchange)
        return token

    async def _ask_for_token(self, end: float | None) -> Reply:
        try:
            return await self._http.call(
                "POST",
                tokens.TOKENS,
                json=tokens.creation(end),
                headers=self._basic,
                ok=(200, 201, 400) if end is not None else (200, 201),
                what="sign in",
            )
        except TokenRefused as problem:
            raise SignInProblem(catalogue.SIGN_IN_REFUSED, exchange=problem.exchange) from None
        except Refused as problem:
            if problem.id != problems.NOT_ALLOWED.id:
                raise
            raise SignInProblem(
                problems.PASSWORD_NOT_ALLOWED, problem.facts, exchange=problem.exchange
            ) from None

    async def _session_info(self) -> SessionInfo:
        try:
            # Any text will do as the body.
            reply = await self._http.call(
                "POST",
                tokens.SESSION_INFO,
                json="",
                headers=self._bearing(self._token),
                what="ask who is signed in",
            )
            return tokens.read_session_info(reply.json())
        except Problem:
            # Tokens made for uploads alone may not ask.
            return SessionInfo()

    def _not_ssc(self, problem: Refused) -> Refused:
        status = problem.exchange.status if problem.exchange else None
        if status in (403, 400):
            return problem
        if problem.id == catalogue.NOT_THE_SERVER.id and status != 404:
            return problem
        return Refused(problems.NOT_SSC, {"host": self._host}, exchange=problem.exchange)


@asynccontextmanager
async def session_at(
    destination: Destination,
    secret: Secret,
    *,
    clock: Callable[[], float] = time.time,
    silence: float = math.inf,
) -> AsyncIterator[Session]:
    """A session not signed in yet; out again at exit."""
    settings = destination.settings
    base = envelope.base_of(settings.get("url", ""))
    async with Http(settings, base=base, explain=envelope.explanation, silence=silence) as http:
        session = Session(
            http,
            base=base,
            auth=settings.get("auth") or TOKEN,
            username=settings.get("username", ""),
            secret=secret,
            clock=clock,
        )
        try:
            yield session
        finally:
            await session.sign_out()
