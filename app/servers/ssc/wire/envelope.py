"""The envelope around every answer of the REST interface, and what its refusals mean."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass

from app.core.problems import Problem, Refused, ServerFault
from app.servers.address import Params
from app.servers.json_values import JsonObject, as_count, as_object, as_objects, as_text
from app.servers.reply import Reply
from app.servers.ssc import problems

API = "api/v1"

_LONGEST = 500
_TAG = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Page:
    """Rows of a list; `total` is how many match in all, None when the server does not say."""

    rows: list[JsonObject]
    total: int | None


def page_of(start: int, limit: int) -> Params:
    return (("start", str(start)), ("limit", str(limit)))


def read_page(body: object) -> Page:
    found = as_object(body)
    return Page(as_objects(found.get("data")), as_count(found.get("count")))


def read_data(body: object) -> JsonObject:
    return as_object(as_object(body).get("data"))


def base_of(url: str) -> str:
    """The address of the server in whatever of its addresses a person pasted.

    The part before the REST interface or the web pages: nothing is ever added to it, because
    hosted servers answer without the usual `/ssc`.
    """
    base = url.strip().partition("?")[0].partition("#")[0]
    for mark in ("/api/v1", "/html/", "/login.jsp"):
        base = base.partition(mark)[0]
    return base.rstrip("/")


def message(reply: Reply) -> str:
    """What the server says in an error, as one line of at most 500 characters; may be empty."""
    text = reply.text.strip()
    if text.startswith("{"):
        try:
            text = as_text(as_object(json.loads(text)).get("message"))
        except (ValueError, RecursionError):
            text = ""
    elif reply.html:
        text = ""
    return one_line(text)


def one_line(text: str) -> str:
    """The text without tags and line breaks, cut at 500 characters."""
    line = " ".join(_TAG.sub(" ", text).split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"


def explanation(reply: Reply) -> Problem | None:
    """The problem SSC means by this refusal; None leaves it to the general meaning of the status.

    A 403 is also the answer to an id that does not exist.
    """
    exchange = reply.exchange
    if reply.status == 413:
        return Refused(problems.SIZE_LIMIT, exchange=exchange)
    if reply.html:
        # Not SSC, but a proxy or the servlet container.
        return None
    reason = {"reason": message(reply) or "–"}
    match reply.status:
        case 403:
            return Refused(problems.NOT_ALLOWED, reason, exchange=exchange)
        case 400 | 405 | 409 | 415 | 422:
            return Refused(problems.REFUSED, reason, exchange=exchange)
        case 500 if reply.text.lstrip().startswith("{"):
            return ServerFault(problems.SERVER_ERROR, reason, exchange=exchange)
        case _:
            return None
