"""Signed in at TAO: a token got with id and secret, kept in memory, renewed before it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence

from app.core import catalogue
from app.core.destinations import Secret
from app.core.problems import Problem, Refused, SignInProblem, TokenRefused
from app.servers.clocks import unbroken
from app.servers.http import Http, Patience, Sized
from app.servers.reply import Reply
from app.servers.tao import problems
from app.servers.tao.wire import errors, paths, tokens
from app.servers.tao.wire.tokens import Token

AUTO = "auto"

REDIRECTS = (301, 302, 303, 307, 308)
OK: tuple[int, ...] = (200, 201, 202, 203, 204)

_HOPS = 3
_UPLOAD_NEEDS = 120.0
"""Seconds an upload's token should still have: it is checked when the upload begins."""
_TOKEN_ANSWERS = (200, 201, 400, 401, 403, 404, 405, 415, 422)
_TOKEN_PATIENCE = Patience(read=20.0)

_Ask = Callable[[str, Mapping[str, str]], Awaitable[Reply]]


class Session:
    """One client's sign-in. `call` and `send` are those of `Http` with a valid token.

    Raises SignInProblem when the server does not accept the client; after that every call raises it
    again without asking, since each further try could lock the client.
    """

    def __init__(
        self,
        http: Http,
        *,
        host: str,
        client_id: str,
        secret: Secret,
        places: Sequence[str],
        encoding: str = AUTO,
        clock: Callable[[], float] = unbroken,
    ) -> None:
        self._http = http
        self._host = host
        self._client_id = client_id
        self._secret = secret
        self._places = tuple(places)
        self._encodings = tokens.ENCODINGS if encoding == AUTO else (encoding,)
        self._clock = clock
        self._lock = asyncio.Lock()
        self._token: Token | None = None
        self._got = 0.0
        self._refused: SignInProblem | None = None

    @property
    def account(self) -> str:
        return f"{self._client_id} at {self._host}"

    @property
    def scope(self) -> str:
        """What the token is good for, where the server says so and rostering is not among it."""
        token = self._token
        return (token.scope or "–") if token is not None and token.lacks_scope else ""

    @property
    def way(self) -> tuple[str, str]:
        """Address and encoding by which the last token was got."""
        return self._places[0], self._encodings[0]

    async def sign_in(self) -> None:
        """Get the first token."""
        async with self._lock:
            await self._renew()

    async def call(
        self,
        url: str,
        *,
        ok: Collection[int] = OK,
        patience: Patience = Patience.JSON,
        what: str = "",
    ) -> Reply:
        """GET. Redirects are followed on the same server only, unless they are among `ok`."""

        async def ask(where: str, headers: Mapping[str, str]) -> Reply:
            return await self._http.call(
                "GET", where, headers=headers, ok=(*ok, *REDIRECTS), patience=patience, what=what
            )

        return await self._with_token("GET", url, ask, ok, 0.0)

    async def send(
        self, url: str, body: Sized, *, asked: Callable[[bool], None], what: str = ""
    ) -> Reply:
        """POST a body, once more only after a refused token or to where the server points.

        `asked` is told True before bytes go out, and False when they were certainly not taken.
        """

        async def deliver(where: str, headers: Mapping[str, str]) -> Reply:
            asked(True)
            try:
                reply = await self._http.send(
                    "POST", where, body, headers=headers, ok=(*OK, *REDIRECTS), what=what
                )
            except Problem as problem:
                if errors.nothing_taken(problem):
                    asked(False)
                raise
            if reply.status in REDIRECTS:
                asked(False)
            return reply

        return await self._with_token("POST", url, deliver, OK, _UPLOAD_NEEDS)

    async def _with_token(
        self, method: str, url: str, ask: _Ask, ok: Collection[int], needs: float
    ) -> Reply:
        token = await self._valid(needs)
        try:
            return await _followed(method, url, ask, ok, _headers(token))
        except TokenRefused:
            token = await self._another(token)
        try:
            return await _followed(method, url, ask, ok, _headers(token))
        except TokenRefused as problem:
            words = problem.server_words
            facts = {"reason": f"It said: {words[:200]}" if words.strip() else ""}
            raise SignInProblem(
                problems.TOKEN_NOT_TAKEN, facts, exchange=problem.exchange
            ) from None

    async def _valid(self, needs: float) -> str:
        """A token that still lives for a while, at least `needs` seconds if its life allows."""
        if self._token is not None and not self._due(self._token, needs):
            return self._token.value
        async with self._lock:
            if self._token is None or self._due(self._token, needs):
                await self._renew()
            assert self._token is not None
            return self._token.value

    async def _another(self, refused: str) -> str:
        """Another token than the one the server refused; only one of many callers gets it."""
        async with self._lock:
            if self._token is None or self._token.value == refused:
                await self._renew()
            assert self._token is not None
            return self._token.value

    def _due(self, held: Token, needs: float) -> bool:
        margin = max(min(60.0, held.life / 10), min(needs, held.life / 2))
        return self._clock() - self._got >= held.life - margin

    async def _renew(self) -> None:
        if self._refused is not None:
            raise self._refused.bare()
        try:
            await self._fetch()
        except SignInProblem as problem:
            self._refused = problem
            raise

    async def _fetch(self) -> None:
        """A token from the first place that is a token service; that place is kept to."""
        missing: Problem | None = None
        for place in self._places:
            began = self._clock()
            try:
                reply, encoding = await self._asked(place)
            except Refused as problem:
                if problem.id != catalogue.NOT_THE_SERVER.id:
                    raise
                missing = missing or _web_page(problem)
                continue
            if reply.status in (404, 405):
                missing = missing or Refused(problems.NOT_TAO, exchange=reply.exchange)
                continue
            if reply.status not in (200, 201):
                raise _refusal(reply)
            token = tokens.read_token(reply.content, reply.server_time)
            if token is None:
                raise Refused(problems.TOKEN_UNUSABLE, exchange=reply.exchange)
            self._token, self._got = token, began
            self._places, self._encodings = (place,), (encoding,)
            return
        if isinstance(missing, SignInProblem):
            raise missing
        exchange = missing.exchange if missing else None
        raise Refused(problems.NOT_TAO, {"host": self._host}, exchange=exchange)

    async def _asked(self, place: str) -> tuple[Reply, str]:
        """The answer to the first encoding the server understands, or to the last of them."""
        for encoding in self._encodings:
            content_type, content = tokens.request(encoding, self._client_id, self._secret.reveal())
            ask = _token_request(self._http, content)
            headers = {"Content-Type": content_type, "Accept": "application/json"}
            reply = await _followed("POST", place, ask, _TOKEN_ANSWERS, headers)
            if not tokens.not_understood(reply.status, reply.content):
                break
        return reply, encoding


def _token_request(http: Http, content: bytes) -> _Ask:
    async def ask(where: str, headers: Mapping[str, str]) -> Reply:
        return await http.call(
            "POST",
            where,
            content=content,
            headers=headers,
            ok=(*_TOKEN_ANSWERS, *REDIRECTS),
            patience=_TOKEN_PATIENCE,
            what="sign in",
        )

    return ask


def _headers(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}", "Accept": "application/json"}


async def _followed(
    method: str, url: str, ask: _Ask, ok: Collection[int], headers: Mapping[str, str]
) -> Reply:
    """The answer behind redirects that stay on the server. Raises Refused(MOVED) for others."""
    for hop in range(_HOPS + 1):
        reply = await ask(url, headers)
        if reply.status not in REDIRECTS or reply.status in ok:
            return reply
        onward = paths.onward(method, url, reply.status, reply.header("location"))
        if not onward or hop == _HOPS:
            break
        url = onward
    problem = errors.explanation(reply)
    assert problem is not None
    raise problem


def _web_page(problem: Problem) -> Problem:
    """A web page where the token should be: nothing of TAO, or a gateway that turns one away."""
    exchange = problem.exchange
    if exchange is not None and exchange.status in (401, 403):
        said = errors.said(exchange.body.encode())
        facts = {"status": str(exchange.status), "reason": said or "a web page"}
        return SignInProblem(problems.GATEWAY_REFUSED, facts, exchange=exchange)
    return problem


def _refusal(reply: Reply) -> Problem:
    """Why there is no token."""
    exchange, facts = reply.exchange, {"reason": errors.reason(reply)}
    if tokens.wrong_credentials(reply.status, reply.content):
        return SignInProblem(problems.SIGN_IN_REFUSED, exchange=exchange)
    if tokens.not_allowed(reply.content):
        return SignInProblem(problems.CLIENT_NOT_ALLOWED, facts, exchange=exchange)
    if reply.status in (401, 403):
        facts["status"] = reply.status_line
        return SignInProblem(problems.GATEWAY_REFUSED, facts, exchange=exchange)
    return SignInProblem(problems.REQUEST_NOT_UNDERSTOOD, facts, exchange=exchange)
