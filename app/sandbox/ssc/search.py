"""The `q` of SSC's lists: `field:"value"` terms joined by a comma, `+and+` or `+or+`."""

import re
from collections.abc import Callable, Mapping
from typing import Any

from app.sandbox.ssc import replies
from app.sandbox.ssc.replies import Refused

Field = Callable[[Any], str]
_TERM = re.compile(r'\s*([\w.]+)\s*:\s*(?:"([^"]*)"|([^",+\s]+))\s*')
_JOINT = re.compile(r"\s*(,|\+?\s*\b(and|or)\b\s*\+?)\s*", re.I)


def wanted(query: str | None, fields: Mapping[str, Field]) -> Callable[[Any], bool]:
    """Whether a row is asked for; raises Refused (400) for a query that cannot be read."""
    if not query or not query.strip():
        return lambda row: True
    tests: list[Callable[[Any], bool]] = []
    joints: set[str] = set()
    at = 0
    while True:
        term = _TERM.match(query, at)
        if term is None:
            raise _unreadable(query)
        tests.append(_test(term, fields))
        at = term.end()
        if at == len(query):
            break
        joint = _JOINT.match(query, at)
        if joint is None:
            raise _unreadable(query)
        joints.add((joint[2] or "and").lower())
        at = joint.end()
    if len(joints) > 1:
        raise _unreadable(query)
    every = any if joints == {"or"} else all
    return lambda row: every(test(row) for test in tests)


def free_text(query: str | None, text: Field) -> Callable[[Any], bool]:
    """Whether every word is found in the text of a row."""
    words = (query or "").lower().split()
    return lambda row: all(word in text(row).lower() for word in words)


def _test(term: re.Match[str], fields: Mapping[str, Field]) -> Callable[[Any], bool]:
    name, quoted, bare = term.groups()
    field = fields.get(name)
    if field is None:
        raise Refused(replies.error(400, f"Search on field {name} is not supported", -10205))
    value = (bare if quoted is None else quoted).lower()
    if value.startswith("*") and value.endswith("*") and len(value) > 1:
        part = value[1:-1]
        return lambda row: part in field(row).lower()
    return lambda row: field(row).lower() == value


def _unreadable(query: str) -> Refused:
    return Refused(replies.error(400, f"Search string cannot be parsed: {query}", -10204))
