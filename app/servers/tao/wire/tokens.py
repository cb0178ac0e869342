"""The token request in its three encodings, and what comes back (RFC 6749, 4.4 and 5).

TAO's pages on this API send a multipart form, its page on authentication in general a usual form,
and its own client JSON.
"""

from __future__ import annotations

import base64
import binascii
import json
import secrets
from dataclasses import dataclass, field
from urllib.parse import urlencode

from app.servers.json_values import as_object, as_seconds, as_text, parsed

MULTIPART = "multipart"
URLENCODED = "urlencoded"
JSON = "json"
ENCODINGS = (MULTIPART, URLENCODED, JSON)
"""In the order to try them."""

SCOPE = "rostering"
"""What a token must be good for, if the server says what it is good for."""

_LONGEST_LIFE = 7 * 86400.0
_SHORTEST_LIFE = 60.0
_USUAL_LIFE = 300.0
_MALFORMED = ("invalid_request", "unsupported_grant_type")
_NOT_ALLOWED = ("unauthorized_client", "invalid_scope", "invalid_grant", "access_denied")


@dataclass(frozen=True, slots=True)
class Token:
    """`life` in seconds from the request; `scope` None where the server does not tell."""

    value: str = field(repr=False)
    life: float
    scope: str | None = None

    @property
    def lacks_scope(self) -> bool:
        return self.scope is not None and SCOPE not in self.scope.split()


def request(encoding: str, client_id: str, secret: str) -> tuple[str, bytes]:
    """Content type and body of a token request."""
    values = {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": secret,
    }
    if encoding == JSON:
        return "application/json", json.dumps(values).encode()
    if encoding == URLENCODED:
        return "application/x-www-form-urlencoded", urlencode(values).encode()
    boundary = f"longshore-{secrets.token_hex(16)}"
    parts = "".join(
        f'--{boundary}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'
        for key, value in values.items()
    )
    return f"multipart/form-data; boundary={boundary}", f"{parts}--{boundary}--\r\n".encode()


def error_code(content: bytes) -> str:
    """OAuth's own word for what is wrong; empty when the reply is not OAuth's."""
    return as_text(as_object(parsed(content)).get("error")).strip().lower()


def not_understood(status: int, content: bytes) -> bool:
    """Whether another encoding may help: nothing was said about id or secret."""
    if status not in (400, 415, 422):
        return False
    code = error_code(content)
    return not code or code in _MALFORMED


def wrong_credentials(status: int, content: bytes) -> bool:
    return status in (400, 401) and error_code(content) == "invalid_client"


def not_allowed(content: bytes) -> bool:
    """Whether id and secret may be right, but not for what was asked."""
    return error_code(content) in _NOT_ALLOWED


def read_token(content: bytes, now: float) -> Token | None:
    """The token in a reply; None if there is none. `now` is the server's time, epoch seconds."""
    found = as_object(parsed(content))
    value = found.get("access_token")
    if not isinstance(value, str) or not value.strip():
        return None
    kind = found.get("token_type")
    if kind is not None and as_text(kind).strip().lower() != "bearer":
        return None
    scope = found.get("scope")
    return Token(value.strip(), _life(found, value, now), scope if isinstance(scope, str) else None)


def _life(found: object, value: str, now: float) -> float:
    told = as_object(found)
    life = as_seconds(told.get("expires_in"))
    if life is None:
        ends = as_seconds(told.get("expires"))
        if ends is None:
            ends = as_seconds(_claims(value).get("exp"))
        if ends is None:
            return _USUAL_LIFE
        life = ends - now
    return _SHORTEST_LIFE if life <= 0 else min(life, _LONGEST_LIFE)


def _claims(token: str) -> dict[str, object]:
    """What a JWT says of itself: only good for its end, as nobody here can check it."""
    parts = token.split(".")
    if len(parts) != 3:
        return {}
    try:
        content = base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4))
    except (ValueError, binascii.Error):
        return {}
    return dict(as_object(parsed(content)))
