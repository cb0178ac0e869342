"""Tokens: their two spellings, making a short one with a password, and giving it back."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from app.core.destinations import Secret
from app.servers.json_values import as_moment, as_text
from app.servers.ssc.wire.envelope import API, read_data

TOKENS = f"{API}/tokens"
REVOKE = f"{API}/tokens/action/revoke"
SESSION_INFO = f"{API}/userSession/info"
TOKEN_DATA = f"{API}/userSession/tokenData"

TYPE = "UnifiedLoginToken"
LIFE_SECONDS = 86_400.0

_SCHEME = "FortifyToken"
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.I)


def encoded(pasted: str) -> Secret | None:
    """The token as the header wants it, from either of its spellings; None for anything else.

    The server shows a token as a UUID and as that text in base64. Encoding twice is a known
    mistake, so that is undone too.
    """
    text = "".join(pasted.split())
    if text.lower().startswith(_SCHEME.lower()):
        text = text[len(_SCHEME) :]
    for _ in range(3):
        if _UUID.fullmatch(text):
            return Secret(base64.b64encode(text.lower().encode()).decode())
        try:
            text = base64.b64decode(text, validate=True).decode("ascii")
        except (binascii.Error, ValueError):
            return None
    return None


def authorization(token: Secret) -> str:
    return f"{_SCHEME} {token.reveal()}"


def basic(username: str, password: Secret) -> str:
    pair = f"{username}:{password.reveal()}".encode()
    return f"Basic {base64.b64encode(pair).decode()}"


def creation(end: float | None) -> dict[str, Any]:
    """A token for one sign-in; `end` in seconds since the epoch, None: as long as allowed."""
    body = {"type": TYPE, "description": "Longshore"}
    if end is not None:
        moment = datetime.fromtimestamp(end, UTC)
        body["terminalDate"] = moment.isoformat(timespec="milliseconds")
    return body


def revocation(token: Secret) -> dict[str, Any]:
    return {"tokens": [token.reveal()]}


def read_token(body: object) -> Secret | None:
    """The new token of an answer to its creation; it is shown only there."""
    return encoded(as_text(read_data(body).get("token")))


@dataclass(frozen=True, slots=True)
class SessionInfo:
    user: str = ""
    release: str = ""


def read_session_info(body: object) -> SessionInfo:
    found = read_data(body)
    return SessionInfo(as_text(found.get("username")), as_text(found.get("webappVersion")))


def read_end(body: object) -> float | None:
    """When the token in use ends, in seconds since the epoch."""
    return as_moment(read_data(body).get("terminalDate"))
