"""What a refusal means. Errors come as `{"message"}`, `{"error":{"message"}}`, OAuth's pair, plain
text, a bare JSON string, HTML, or nothing. The status decides first.
"""

from __future__ import annotations

import re
from typing import Any

from app.core.catalogue import BUSY, REFUSED, SERVER_FULL
from app.core.problems import (
    Busy,
    ConnectionProblem,
    Forbidden,
    Problem,
    Refused,
    ServerFault,
    Unreachable,
)
from app.servers.json_values import as_object, first, parsed
from app.servers.reply import Reply, shown
from app.servers.tao import problems

_LONGEST_SAID = 400
_LONGEST_WAIT = 900.0
_AN_EPOCH = 1_000_000_000
_REFERENCE = re.compile(r"reference|pending bucket|file not found|import\w* not found", re.I)
_ID_FORMAT = re.compile(r"valid uuid|invalid (?:reference|uuid)|reference id must", re.I)
_NO_FILE = re.compile(r"\bno\b.*\bfile\b|\bfile\b.*\b(?:missing|not (?:found|present))\b", re.I)


def said(content: bytes) -> str:
    """The sentence for a person in any shape of error body, in one line; empty if there is none."""
    text = content.decode("utf-8", errors="replace").strip()
    if text[:1] in ("{", "[", '"'):
        text = _words(parsed(content)) or ("" if text[:1] in ("{", "[") else text)
    elif text.startswith("<"):
        title = re.search(r"<title[^>]*>(.*?)</title>", text, re.I | re.S)
        text = title[1] if title else ""
    text = " ".join(shown(text).split())
    return text if len(text) <= _LONGEST_SAID else text[: _LONGEST_SAID - 1] + "…"


def _words(found: Any) -> str:
    if isinstance(found, str):
        return found.strip()
    told = as_object(found)
    for way in ("error.message", "message", "error_description", "detail", "title", "error"):
        value = first(told, way)
        if isinstance(value, str) and value.strip():
            return value.strip()
    errors = told.get("errors", found)
    if isinstance(errors, list) and errors:
        return _words(errors[0])
    return ""


def reason(reply: Reply) -> str:
    """What the server says, or its status."""
    return said(reply.content) or reply.status_line


def about_reference(reply: Reply) -> bool:
    """Whether a 404 speaks of an import, so that the path itself is right."""
    return not reply.html and _REFERENCE.search(said(reply.content)) is not None


def id_refused(problem: Problem) -> bool:
    """Whether the server says that it never gave such a reference."""
    return _ID_FORMAT.search(problem.facts.get("reason", "")) is not None


def after(reply: Reply) -> float | None:
    """Seconds to wait as the server asks, at most a quarter of an hour.

    An older server of TAO's maker gives the time to try again, in epoch seconds, where the pause
    belongs.
    """
    text = reply.header("retry-after").strip()
    if text.isascii() and text.isdecimal() and int(text) >= _AN_EPOCH:
        return min(max(int(text) - reply.server_time, 0.0), _LONGEST_WAIT)
    seconds = reply.retry_after
    return None if seconds is None else min(seconds, _LONGEST_WAIT)


def explanation(reply: Reply) -> Problem | None:
    """What an unwanted answer of the rostering service means; None for its usual meaning."""
    exchange, status = reply.exchange, reply.status
    if 300 <= status < 400:
        target = reply.header("location").partition("?")[0] or "another address"
        return Refused(problems.MOVED, {"address": target}, exchange=exchange)
    if status in (429, 503):
        return Busy(BUSY, {"status": reply.status_line}, exchange=exchange, after=after(reply))
    if status == 403 and not reply.html:
        return Forbidden(problems.SCOPE, {"reason": reason(reply)}, exchange=exchange)
    if status in (404, 405):
        if status == 404 and about_reference(reply):
            return Refused(problems.REFERENCE_UNKNOWN, exchange=exchange)
        return Refused(problems.WRONG_PATH, {"address": reply.url}, exchange=exchange)
    if reply.html or not 400 <= status < 500 or status in (401, 403, 407, 413):
        return None
    return _of_upload(reply) if reply.method == "POST" else _of_status(reply)


def _of_upload(reply: Reply) -> Problem:
    exchange = reply.exchange
    facts = {"status": reply.status_line, "reason": reason(reply).rstrip(".")}
    if reply.status not in (400, 422):
        # None of these was acted on, but POST is repeated only for those that ask for it.
        early = reply.status in (408, 409, 423, 425)
        return Refused(problems.GAVE_UP_WAITING if early else REFUSED, facts, exchange=exchange)
    if _NO_FILE.search(facts["reason"]):
        return Refused(problems.NO_FILE_SEEN, facts, exchange=exchange)
    return Refused(problems.FILE_REFUSED, facts, exchange=exchange)


def _of_status(reply: Reply) -> Problem | None:
    if reply.status in (408, 425):
        return None if reply.status == 408 else Busy(BUSY, {"status": reply.status_line})
    return Refused(problems.STATUS_REFUSED, {"reason": reason(reply)}, exchange=reply.exchange)


def nothing_taken(problem: Problem) -> bool:
    """Whether after this problem the server certainly does not have the file that was sent."""
    if isinstance(problem, Unreachable) or problem.entry is SERVER_FULL:
        return True
    return not isinstance(problem, ConnectionProblem | ServerFault)
