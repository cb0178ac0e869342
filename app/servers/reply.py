"""What a server answered, and the general meaning of answers nobody wanted."""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from app.core import catalogue
from app.core.problems import (
    Busy,
    Exchange,
    Forbidden,
    Problem,
    Refused,
    ServerFault,
    TokenRefused,
    TrustProblem,
)
from app.servers import http_dates

LONGEST_WAIT = 3600.0
"""A Retry-After beyond an hour counts as an hour: nobody would see that it is still meant."""

_BODY_SHOWN = 2000
_REQUEST_IDS = ("x-request-id", "x-okapi-request-id", "x-kong-request-id", "x-amz-request-id")
_HTML = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype html|html|head|body)\b", re.I | re.S
)
_SECRETS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"(https?://[^\s?\"'<>\\]+)\?[^\s\"'<>\\]+"), r"\1?…"),
    (re.compile(r"\beyJ[\w-]+\.[\w-]+(?:\.[\w-]*)*"), "…"),
    (
        re.compile(
            r"(\"[\w-]*(?:token|password|secret|signature|cookie)[\w-]*\"\s*:\s*)\"[^\"]*\"?", re.I
        ),
        r'\1"…"',
    ),
    (re.compile(r"\b(bearer|basic)\s+[\w.~+/=-]{8,}", re.I), r"\1 …"),
    (re.compile(r"(<(AWSAccessKeyId|Signature\w*|StringToSign\w*|Token\w*)>)[^<]*"), r"\1…"),
)


def shown(text: str) -> str:
    """The text fit for technical details: without tokens, signatures and query strings, and cut."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text[:_BODY_SHOWN]


@dataclass(frozen=True, slots=True)
class Reply:
    """A whole answer. `url` has no query. Headers keep their order, names match in any case."""

    method: str
    url: str
    status: int
    headers: tuple[tuple[str, str], ...] = field(default=(), repr=False)
    content: bytes = field(default=b"", repr=False)

    def header(self, name: str) -> str:
        """The first header of this name, or an empty text."""
        wanted = name.lower()
        return next((value for key, value in self.headers if key.lower() == wanted), "")

    def all(self, name: str) -> list[str]:
        """Every header of this name (a server sets several cookies), in order."""
        wanted = name.lower()
        return [value for key, value in self.headers if key.lower() == wanted]

    @property
    def text(self) -> str:
        return self.content.decode("utf-8", errors="replace")

    @property
    def html(self) -> bool:
        """True for a document made for a browser, whatever its declared type."""
        return _HTML.match(self.content[:4096]) is not None

    def json(self) -> Any:
        """The body as JSON. Raises Refused for a web page, ServerFault for anything else."""
        try:
            return json.loads(self.content)
        except (ValueError, RecursionError):
            if self.html:
                raise Refused(catalogue.NOT_THE_SERVER, exchange=self.exchange) from None
            raise nonsense(self, f"{self.method} {self.url}") from None

    @property
    def exchange(self) -> Exchange:
        """The technical details: no query string, no token, no cookie."""
        request_id = next((self.header(name) for name in _REQUEST_IDS if self.header(name)), "")
        body = self.text
        if not body.strip() and (target := self.header("location")):
            body = f"Location: {target.partition('?')[0]}"
        return Exchange(self.method, self.url, self.status, request_id[:200], shown(body))

    @property
    def status_line(self) -> str:
        """The status with its usual words: “404 Not Found”."""
        try:
            return f"{self.status} {HTTPStatus(self.status).phrase}"
        except ValueError:
            return str(self.status)

    @property
    def retry_after(self) -> float | None:
        """Seconds to wait as the server asks, between 0 and an hour; None when it does not say."""
        said = self.header("retry-after").strip()
        if not said:
            return None
        try:
            seconds = float(int(said))
        except ValueError:
            moment = http_dates.seconds(said)
            if moment is None:
                return None
            seconds = moment - self.server_time
        return min(max(seconds, 0.0), LONGEST_WAIT)

    @property
    def server_time(self) -> float:
        """When it was answered, in seconds since the epoch.

        By the server's own clock, so that a wrong one here does not matter; by ours where the
        answer has no date.
        """
        said = http_dates.seconds(self.header("date"))
        return time.time() if said is None else said


def nonsense(reply: Reply, what: str) -> ServerFault:
    """A reply that is not what such a server answers to `what`."""
    return ServerFault(catalogue.SERVER_NONSENSE, {"what": what}, exchange=reply.exchange)


def refusal(
    reply: Reply, *, what: str = "", size: int | None = None, answerer: str = ""
) -> Problem:
    """The general meaning of an answer that was not wanted.

    `what` was asked for, in words; `size` is the length in bytes of the body that was being sent;
    `answerer` the name of the proxy on the way, or else of the server.
    """
    exchange, status = reply.exchange, reply.status
    after = reply.retry_after
    what = what or f"{reply.method} {reply.url}"
    match status:
        case 401:
            return TokenRefused(exchange=exchange)
        case 403:
            return Forbidden(catalogue.FORBIDDEN, {"what": what}, exchange=exchange)
        case 407:
            return TrustProblem(catalogue.PROXY_SIGN_IN, {"host": answerer}, exchange=exchange)
        case 409 | 423 | 429 | 503:
            facts = {"status": reply.status_line}
            return Busy(catalogue.BUSY, facts, exchange=exchange, after=after)
        case 413:
            facts = {"size": "" if size is None else size_words(size)}
            return Refused(catalogue.TOO_LARGE, facts, exchange=exchange)
        case 507:
            return ServerFault(catalogue.SERVER_FULL, exchange=exchange, after=after)
        case 511:
            return Refused(catalogue.NOT_THE_SERVER, exchange=exchange)
        case _ if status >= 500 or status == 408:
            facts = {"status": reply.status_line}
            return ServerFault(catalogue.SERVER_FAULT, facts, exchange=exchange, after=after)
        case _ if reply.html or 300 <= status < 400:
            return Refused(catalogue.NOT_THE_SERVER, exchange=exchange)
        case 404 | 410:
            return Refused(catalogue.NOT_FOUND, {"what": what}, exchange=exchange)
        case _ if status >= 400:
            facts = {"status": reply.status_line, "reason": _first_line(exchange.body)}
            return Refused(catalogue.REFUSED, facts, exchange=exchange)
        case _:
            return nonsense(reply, what)


def _first_line(text: str) -> str:
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    return line if len(line) <= 200 else line[:199] + "…"


def size_words(size: int) -> str:
    """Bytes for a sentence, in decimal units: “2.3 GB”."""
    amount, unit = float(size), "bytes"
    for bigger in ("kB", "MB", "GB", "TB"):
        if amount < 999.95:
            break
        amount, unit = amount / 1000, bigger
    return f"{size} bytes" if unit == "bytes" else f"{amount:.1f} {unit}"
