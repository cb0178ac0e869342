"""Web addresses: taken apart once, checked, and shown without what must not be shown."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import quote, urlencode, urlsplit

from app.core import catalogue
from app.core.problems import Refused, TrustProblem

Params = Mapping[str, str] | Iterable[tuple[str, str]]

_KEPT = "".join(chr(code) for code in range(0x21, 0x7F))
"""Printable ASCII goes out as it is: addresses given by servers are signed letter by letter."""


@dataclass(frozen=True, slots=True)
class Address:
    """An http or https address. `host` is ASCII without brackets; `target` is path and query."""

    secure: bool
    host: str
    port: int
    target: str = field(default="/", repr=False)

    @property
    def origin(self) -> tuple[bool, str, int]:
        return (self.secure, self.host, self.port)

    @property
    def scheme(self) -> str:
        return "https" if self.secure else "http"

    @property
    def authority(self) -> str:
        """Host and, unless it is the usual one, port, as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.secure else 80) else f"{host}:{self.port}"

    @property
    def shown(self) -> str:
        """The address without its query."""
        return f"{self.scheme}://{self.authority}{self.target.partition('?')[0]}"

    @property
    def local(self) -> bool:
        """True when it is on this computer."""
        if self.host == "localhost" or self.host.endswith(".localhost"):
            return True
        try:
            return ipaddress.ip_address(self.host).is_loopback
        except ValueError:
            return False


def address(text: str, params: Params = ()) -> Address:
    """The address in `text`, with `params` added to its query. Raises Refused(ADDRESS_INVALID)."""
    text = text.strip()
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
        if parts.scheme not in ("http", "https") or parts.username is not None:
            raise ValueError
        if not host.isascii():
            host = host.encode("idna").decode()
        if not host or any(c.isspace() or c in '%\\^|`<>{}"' for c in host) or port == 0:
            raise ValueError
    except ValueError:
        raise Refused(catalogue.ADDRESS_INVALID, {"address": _presentable(text)}) from None
    secure = parts.scheme == "https"
    target = quote(parts.path or "/", safe=_KEPT)
    query = "&".join(part for part in (quote(parts.query, safe=_KEPT), encoded(params)) if part)
    return Address(secure, host, port or (443 if secure else 80), target + (query and f"?{query}"))


def encoded(params: Params) -> str:
    """A query string. A space is %20, which is one in every part of an address."""
    pairs = params.items() if isinstance(params, Mapping) else params
    return urlencode(list(pairs), quote_via=quote)


def absolute(path: str) -> bool:
    return path.startswith(("http://", "https://"))


def joined(base: str, path: str) -> str:
    """`path` below `base`, whose own path is kept; an absolute address stays what it is."""
    if absolute(path) or not base:
        return path
    return f"{base.rstrip('/')}/{path.lstrip('/')}" if path else base


def check_secure(where: Address, settings: Mapping[str, str]) -> None:
    """Raises TrustProblem for plain http to another computer, unless the destination allows it."""
    if not (where.secure or where.local or settings.get("insecure_http") == "true"):
        raise TrustProblem(catalogue.INSECURE_ADDRESS, {"host": where.host})


def _presentable(text: str) -> str:
    scheme, mark, rest = text.partition("://")
    rest = (rest if mark else scheme).partition("?")[0].partition("#")[0]
    place, slash, path = rest.partition("/")
    return (f"{scheme}://" if mark else "") + place.rpartition("@")[2] + slash + path
