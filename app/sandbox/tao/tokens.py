"""The token call: client credentials in the encodings this portal takes, tokens that expire."""

import base64
import hmac
import json
import time
from dataclasses import dataclass
from json import JSONDecodeError
from random import Random
from typing import Any
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response

from app.sandbox.multipart import Malformed, TooManyParts, read_form
from app.sandbox.tao import replies
from app.sandbox.tao.options import Encoding, Options
from app.sandbox.tao.replies import Json, Refused

CLIENT_ID = "longshore-sandbox"
_LIMIT = 65_536
_ENCODINGS: dict[str, Encoding] = {
    "multipart/form-data": "multipart",
    "application/x-www-form-urlencoded": "urlencoded",
    "application/json": "json",
}


@dataclass(frozen=True, slots=True)
class SignIn:
    """One token call; `encoding` is its content type when that is none of the known ones."""

    client_id: str
    encoding: str
    scope: str
    accepted: bool
    error: str


@dataclass(slots=True)
class Token:
    value: str
    expires: float
    expired: bool = False

    @property
    def good(self) -> bool:
        return not self.expired and time.time() < self.expires


class Tokens:
    """The one client of this portal and its tokens."""

    def __init__(self, options: Options, random: Random) -> None:
        self._options = options
        self._random = random
        # A plus and a percent sign do not survive careless encoding.
        self.secret = f"sandbox+{random.getrandbits(64):016x}%2B"
        self.sign_ins: list[SignIn] = []
        self.issued: dict[str, Token] = {}

    def good(self, header: str) -> bool:
        scheme, _, value = header.partition(" ")
        token = self.issued.get(value.strip())
        return scheme.lower() == "bearer" and token is not None and token.good

    def expire_all(self) -> None:
        for token in self.issued.values():
            token.expired = True

    async def answer(self, request: Request) -> Response:
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        encoding = _ENCODINGS.get(kind)
        if encoding is None or encoding not in self._options.encodings:
            self._note({}, encoding or kind, self._options.encoding_refusal)
            return self._not_taken()
        try:
            values = await _values(request, encoding)
        except Refused:
            self._note({}, encoding, "invalid_request")
            raise
        refusal = self._refusal(values, request.headers.get("authorization", ""))
        if refusal is not None:
            status, code, description = refusal
            self._note(values, encoding, code)
            return replies.oauth(status, code, description)
        self._note(values, encoding, "")
        return self._granted()

    def _note(self, values: Json, encoding: str, error: str) -> None:
        client, scope = str(values.get("client_id", "")), str(values.get("scope", ""))
        self.sign_ins.append(SignIn(client, encoding, scope, not error, error))

    def _not_taken(self) -> Response:
        how = self._options.encoding_refusal
        if how.isdecimal():
            return replies.error(int(how), "Content type is not supported", "message")
        return replies.oauth(400, how, "The authorization grant type is not supported")

    def _refusal(self, values: Json, header: str) -> tuple[int, str, str] | None:
        for name in ("grant_type", "client_id", "client_secret"):
            if not isinstance(values.get(name), str) or not values[name]:
                return 400, "invalid_request", f"The parameter {name} is missing"
        if header.lower().startswith("basic "):
            return 400, "invalid_request", "More than one way of client authentication"
        if values["grant_type"] != "client_credentials":
            return 400, "unsupported_grant_type", "The authorization grant type is not supported"
        right = hmac.compare_digest(values["client_secret"].encode(), self.secret.encode())
        if values["client_id"] != CLIENT_ID or not right:
            return self._options.wrong_client, "invalid_client", "Client authentication failed"
        asked = str(values.get("scope") or "").split()
        if not set(asked) <= set((self._options.scope or "rostering").split()):
            return 400, "invalid_scope", "The requested scope is invalid"
        return None

    def _granted(self) -> Response:
        options = self._options
        expires = time.time() + options.token_seconds
        value = self._value(expires)
        self.issued[value] = Token(value, expires)
        body: Json = {"access_token": value}
        if options.token_type is not None:
            body["token_type"] = options.token_type
        seconds = int(options.token_seconds)
        if options.expires_in == "number":
            body["expires_in"] = seconds
        elif options.expires_in == "text":
            body["expires_in"] = str(seconds)
        elif options.expires_in == "epoch":
            body["expires"] = int(expires)
        if options.scope is not None:
            body["scope"] = options.scope
        body["tenant"] = "sandbox"
        reply = replies.json(options.token_status, body)
        reply.headers["Cache-Control"] = "no-store"
        return reply

    def _value(self, expires: float) -> str:
        if not self._options.jwt:
            return f"{self._random.getrandbits(256):064x}"
        claims = {"exp": int(expires), "jti": f"{self._random.getrandbits(64):x}"}
        return ".".join(_part(one) for one in ({"alg": "HS256"}, claims, {"made": "up"}))


async def _values(request: Request, encoding: Encoding) -> Json:
    """The parameters of the call; raises Refused (400) when there are none to be read."""
    problem = replies.oauth(400, "invalid_request", "The request cannot be read")
    if encoding == "multipart":
        try:
            form = await read_form(request, lambda: None)
        except (Malformed, TooManyParts):
            raise Refused(problem) from None
        return dict(form.fields)
    body = bytearray()
    async for block in request.stream():
        body += block
        if len(body) > _LIMIT:
            raise Refused(replies.page(413))
    try:
        text = bytes(body).decode()
        found: Any = dict(parse_qsl(text)) if encoding == "urlencoded" else json.loads(text)
    except (JSONDecodeError, UnicodeDecodeError):
        raise Refused(problem) from None
    if not isinstance(found, dict):
        raise Refused(problem)
    return found


def _part(claims: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b"=").decode()
