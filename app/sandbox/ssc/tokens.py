"""Tokens as their owner makes, lists and revokes them, and what a session says of itself."""

import time
from base64 import b64encode
from datetime import UTC, datetime
from uuid import uuid4

from starlette.responses import Response

from app.sandbox.ssc import replies
from app.sandbox.ssc.accounts import Accounts, Token, TooManyTokens
from app.sandbox.ssc.front import Call, Route
from app.sandbox.ssc.options import Options
from app.sandbox.ssc.paging import paged
from app.sandbox.ssc.replies import Json, Refused
from app.sandbox.ssc.rights import TYPES, TokenType
from app.sandbox.ssc.state import FileToken, Holdings

_DAY = 86_400
_SLACK = 600


class Tokens:
    def __init__(self, options: Options, accounts: Accounts, holdings: Holdings) -> None:
        self._options = options
        self._accounts = accounts
        self._holdings = holdings

    def routes(self) -> list[Route]:
        newer = self._options.since("24.2")
        routes = [
            Route("POST", "/tokens", self._create, auth="basic"),
            Route("GET", "/tokens", self._list, auth="basic"),
            Route("PUT", "/tokens/{id}", self._change, auth="basic"),
            Route("DELETE", "/tokens/{id}", self._delete, auth="basic"),
            Route("DELETE", "/tokens", self._delete_some, auth="basic"),
            Route(
                "POST", "/tokens/action/revoke", self._revoke, auth="either" if newer else "basic"
            ),
            Route("GET", "/tokenDefinitions", self._definitions, auth="either"),
            Route("POST", "/userSession/info", self._info),
        ]
        if newer:
            routes.append(Route("POST", "/userSession/tokenData", self._token_data))
        return routes

    def _json(self, token: Token, *, shown: bool = False) -> Json:
        colon = self._options.since("21.1")
        return {
            "id": token.id,
            "type": token.type.name,
            "username": token.user,
            "token": token.encoded if shown else None,
            "creationDate": replies.date(token.created, colon=colon),
            "terminalDate": replies.date(token.terminal, colon=colon),
            "remainingUsages": token.uses,
            "description": token.description,
            "_href": f"{self._options.public_url}/api/v1/tokens/{token.id}",
        }

    async def _create(self, call: Call) -> Response:
        body = await call.object()
        kind = TYPES.get(str(body.get("type")))
        if kind is None or (kind.name == "AutomationToken" and not self._options.since("24.2")):
            return replies.error(400, "type: unknown token definition", -10201)
        terminal = _terminal(body, kind)
        if kind.file_use:
            return self._file_token(call, kind, terminal)
        try:
            description = str(body.get("description") or "")
            token = self._accounts.create(call.by.user, kind, description, terminal)
        except TooManyTokens:
            return replies.error(400, "The maximum number of tokens per user was reached", -10202)
        return replies.result(self._json(token, shown=True), 201)

    def _file_token(self, call: Call, kind: TokenType, terminal: float | None) -> Response:
        """The old way to a single-use token; its value is used in `mat` as it stands."""
        seconds = self._options.file_token_seconds
        expires = min(terminal or time.time() + seconds, time.time() + seconds)
        probe = Token(0, "", kind, call.by.user, time.time(), expires, "", 1)
        value = new_file_token(self._holdings, kind.file_use, call.by.user, expires)
        return replies.result(self._json(probe) | {"id": 0, "token": value}, 201)

    async def _list(self, call: Call) -> Response:
        found = [one for one in self._accounts.tokens.values() if one.user == call.by.user]
        rows = [self._json(one) for one in found if one.good]
        return paged(call, rows, self._options.public_url)

    async def _change(self, call: Call) -> Response:
        token = self._own(call, call.path["id"])
        body = await call.object()
        token.terminal = _terminal(body, token.type) or token.terminal
        token.description = str(body.get("description") or token.description)
        return replies.result(self._json(token))

    async def _delete(self, call: Call) -> Response:
        self._own(call, call.path["id"]).revoked = True
        return replies.result()

    async def _delete_some(self, call: Call) -> Response:
        ids = call.query.get("ids")
        if call.flag("all"):
            for token in self._accounts.tokens.values():
                token.revoked = token.revoked or token.user == call.by.user
            return replies.result()
        if not ids:
            return replies.error(400, "Either ids or all has to be given")
        for token_id in ids.split(","):
            self._own(call, token_id).revoked = True
        return replies.result()

    async def _revoke(self, call: Call) -> Response:
        tokens = (await call.object()).get("tokens")
        if not isinstance(tokens, list) or not tokens:
            return replies.error(400, "tokens: must not be empty")
        for text in tokens:
            token = self._accounts.by_encoded(str(text))
            if token is None or token.user != call.by.user:
                return replies.denied()
            token.revoked = True
        return replies.result()

    def _own(self, call: Call, token_id: str) -> Token:
        number = int(token_id) if token_id.isdecimal() else 0
        token = self._accounts.tokens.get(number)
        if token is None or token.user != call.by.user or token.revoked:
            raise Refused(replies.error(404, f"Token with id {token_id} was not found"))
        return token

    async def _definitions(self, call: Call) -> Response:
        rows: list[Json] = [
            {
                "type": kind.name,
                "maxDaysToLive": kind.days,
                "maxUsages": kind.uses,
                "capabilityDescription": kind.text,
            }
            for kind in TYPES.values()
            if kind.name != "AutomationToken" or self._options.since("24.2")
        ]
        return replies.result(rows, count=len(rows))

    async def _info(self, call: Call) -> Response:
        if not isinstance(await call.json(), str):
            return replies.error(400, "Required request body is not readable")
        rights = sorted(call.by.rights)
        return replies.result(
            {
                "username": call.by.user,
                "webappVersion": f"{self._options.release}.0.0151",
                "applicationContextPath": self._options.prefix,
                "permissions": [{"name": right} for right in rights],
                "roles": ["Developer"],
                "userType": 0,
                "fortifyUserType": "LOCAL",
                "canUsePassword": True,
            }
        )

    async def _token_data(self, call: Call) -> Response:
        await call.object()
        assert call.by.token is not None
        body = self._json(call.by.token)
        names = ("type", "creationDate", "terminalDate", "remainingUsages", "description")
        return replies.result({name: body[name] for name in names})


def new_file_token(holdings: Holdings, use: str, user: str, expires: float) -> str:
    """A value that looks like any token in base64."""
    value = b64encode(str(uuid4()).encode()).decode()
    holdings.file_tokens[value] = FileToken(value, use, user, expires)
    return value


def _terminal(body: Json, kind: TokenType) -> float | None:
    """The end asked for; raises Refused (400) for one that is past or beyond the type's."""
    text = body.get("terminalDate")
    if text is None:
        return None
    try:
        when = datetime.fromisoformat(str(text))
    except ValueError:
        raise Refused(replies.error(400, "terminalDate: not a date")) from None
    seconds = (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    if not time.time() < seconds <= time.time() + kind.days * _DAY + _SLACK:
        raise Refused(replies.error(400, "terminalDate: not within the life of this token type"))
    return seconds
