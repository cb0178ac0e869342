"""Signed in at SSC: with a pasted token, or with a short-lived one made with a password.

A refused password is asked for once and never again: accounts lock after three wrong tries. A made
token is given back at the end, because a user may hold only so many.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import anyio

from app.core import catalogue
from app.core.destinations import Secret
from app.core.problems import Problem, Refused, SignInProblem, TokenRefused
from app.servers.http import Http
from app.servers.reply import Reply
from app.servers.ssc import problems
from app.servers.ssc.wire import envelope, tokens, versions
from app.servers.ssc.wire.tokens import SessionInfo

TOKEN = "token"
PASSWORD = "password"

_SIGN_OUT_SECONDS = 1.0


class Session:
    """One sign-in. After `sign_in` the client carries the token with every request of its own."""

    def __init__(
        self,
        http: Http,
        *,
        host: str,
        auth: str,
        username: str,
        secret: Secret,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._http = http
        self._host = host
        self._auth = auth
        self._username = username.strip()
        self._secret = secret
        self._clock = clock
        self._made: Secret | None = None
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
        token = await self._new_token() if self._auth == PASSWORD else self._pasted()
        self._http.headers["Authorization"] = tokens.authorization(token)
        try:
            await self._http.call(
                "GET",
                versions.VERSIONS,
                params=(("limit", "1"), ("fields", "id")),
                what="list the application versions",
            )
        except TokenRefused as problem:
            raise SignInProblem(problems.TOKEN_REFUSED, exchange=problem.exchange) from None
        except Refused as problem:
            raise self._not_ssc(problem) from None
        self._info = await self._session_info()

    async def ends(self) -> float | None:
        """When the token ends, in seconds since the epoch; None where the server does not say."""
        try:
            reply = await self._http.call(
                "POST", tokens.TOKEN_DATA, json={}, what="ask how long the token lasts"
            )
            return tokens.read_end(reply.json())
        except Problem:
            # Servers before 24.2 do not know the call and answer with a 401 or 404.
            return None

    async def sign_out(self) -> None:
        """Give a made token back, as well as it can be done within a second. Raises nothing."""
        made, self._made = self._made, None
        if made is None:
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

    def _pasted(self) -> Secret:
        token = tokens.encoded(self._secret.reveal())
        if token is None:
            raise SignInProblem(problems.TOKEN_MALFORMED)
        return token

    async def _new_token(self) -> Secret:
        if not self._username:
            raise SignInProblem(catalogue.SIGN_IN_REFUSED)
        reply = await self._ask_for_token(self._clock() + tokens.LIFE_SECONDS)
        if reply.status == 400:
            # The clocks may differ, or the site allows less; then the server's own limit will do.
            reply = await self._ask_for_token(None)
        if reply.status not in (200, 201):
            raise self._login_refused(reply)
        token = tokens.read_token(reply.json())
        if token is None:
            raise self._not_ssc(Refused(problems.NOT_SSC, exchange=reply.exchange))
        self._made = token
        return token

    async def _ask_for_token(self, end: float | None) -> Reply:
        try:
            return await self._http.call(
                "POST",
                tokens.TOKENS,
                json=tokens.creation(end),
                headers=self._basic,
                ok=(200, 201, 400, 401, 403),
                what="sign in",
            )
        except Refused as problem:
            raise self._not_ssc(problem) from None

    def _login_refused(self, reply: Reply) -> Problem:
        if reply.status == 401:
            return SignInProblem(catalogue.SIGN_IN_REFUSED, exchange=reply.exchange)
        reason = envelope.message(reply) or "no reason was given."
        return SignInProblem(
            problems.PASSWORD_NOT_ALLOWED, {"reason": reason}, exchange=reply.exchange
        )

    async def _session_info(self) -> SessionInfo:
        try:
            # Any text will do as the body.
            reply = await self._http.call(
                "POST", tokens.SESSION_INFO, json="", what="ask who is signed in"
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
