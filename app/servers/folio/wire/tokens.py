"""Signing in: what is sent, and the tokens in what comes back (mod-login, mod-login-keycloak).

Cookies are read by hand from every Set-Cookie: they are `Secure`, and HTTP clients drop those over
plain http, which is what a test server or a tunnel speaks.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote

from app.servers import http_dates
from app.servers.json_values import JsonObject, as_moment, as_object, as_text

EXPIRY_LOGIN = "/authn/login-with-expiry"
LEGACY_LOGIN = "/authn/login"
REFRESH = "/authn/refresh"
LOGOUT = "/authn/logout"

ACCESS_COOKIE = "folioAccessToken"
REFRESH_COOKIE = "folioRefreshToken"


@dataclass(frozen=True, slots=True)
class Tokens:
    """What a sign-in gave.

    Lives are seconds from the moment of the reply; None where none is told.
    """

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    access_life: float | None = None
    refresh_life: float | None = None


@dataclass(frozen=True, slots=True)
class _Cookie:
    value: str = field(repr=False)
    life: float | None = None
    expires: float | None = None


def credentials(username: str, password: str) -> dict[str, str]:
    return {"username": username, "password": password}


def refresh_cookie(token: str) -> dict[str, str]:
    """The header that carries the refresh token."""
    return {"Cookie": f"{REFRESH_COOKIE}={token}"}


def read_tokens(
    set_cookies: Iterable[str], token_header: str, date: str, body: object
) -> Tokens | None:
    """The tokens of an expiry or legacy sign-in or of a refresh; None when there are none.

    Lives are told by the server's own clock (its times less its `Date`), so that a wrong clock here
    does not matter.
    """
    cookies = _cookies(set_cookies)
    found = as_object(body)
    access = cookies.get(ACCESS_COOKIE, _Cookie(""))
    refresh = cookies.get(REFRESH_COOKIE, _Cookie(""))
    token = access.value or token_header or as_text(found.get("okapiToken"))
    if not token:
        return None
    now = http_dates.seconds(date)
    return Tokens(
        access=token,
        refresh=refresh.value,
        access_life=_life(found.get("accessTokenExpiration"), access, now),
        refresh_life=_life(found.get("refreshTokenExpiration"), refresh, now),
    )


def _life(told: object, cookie: _Cookie, now: float | None) -> float | None:
    until = as_moment(told)
    if until is not None and now is not None:
        return max(until - now, 0.0)
    if cookie.life is not None:
        return cookie.life
    if cookie.expires is not None and now is not None:
        return max(cookie.expires - now, 0.0)
    return None


def _cookies(set_cookies: Iterable[str]) -> Mapping[str, _Cookie]:
    cookies: dict[str, _Cookie] = {}
    for line in set_cookies:
        pair, *attributes = line.split(";")
        name, _, value = pair.partition("=")
        value = value.strip().strip('"')
        life: float | None = None
        expires: float | None = None
        for attribute in attributes:
            key, _, said = attribute.strip().partition("=")
            if key.lower() == "max-age" and said.strip().isdecimal():
                life = float(said)
            elif key.lower() == "expires":
                expires = http_dates.seconds(said.strip())
        if value:
            cookies[name.strip()] = _Cookie(value, life, expires)
    return cookies


def claims(token: str) -> JsonObject:
    """The payload of a token, for display only; empty when it cannot be read."""
    pieces = token.split(".")
    if len(pieces) < 2:
        return {}
    payload = pieces[1] + "=" * (-len(pieces[1]) % 4)
    try:
        return as_object(json.loads(base64.urlsafe_b64decode(payload)))
    except (ValueError, RecursionError):
        return {}


def safe(text: str) -> str:
    """A tenant id as a header value: ids are plain ASCII, whatever else was typed is sent
    encoded."""
    return text if text.isascii() and text.isprintable() else quote(text, safe="")
