"""Lenient reading of JSON: a missing or wrongly typed value is an empty one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

JsonObject = Mapping[str, Any]

_DIGITS = 18
"""A number of no more digits fits everywhere, also where it is kept."""


def parsed(content: bytes) -> Any:
    """The body as JSON; None for anything else. The declared type is not trusted."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def as_object(value: object) -> JsonObject:
    return value if isinstance(value, dict) else {}


def as_objects(value: object) -> list[JsonObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def as_text(value: object) -> str:
    return value if isinstance(value, str) else ""


def as_texts(value: object) -> list[str]:
    return [item for item in value if isinstance(item, str)] if isinstance(value, list) else []


def as_flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def as_count(value: object) -> int | None:
    """A whole number from 0, also when it is spelt as text; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= _DIGITS:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return value


def as_seconds(value: object) -> float | None:
    """A number of seconds, also when it is spelt as text; it may be negative."""
    if isinstance(value, str):
        try:
            value = float(value)
        except ValueError:
            return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return float(value) if -1e15 < value < 1e15 else None


def as_moment(value: object) -> float | None:
    """Seconds since the epoch of `…+00:00`, `…+0000` or `…Z`; a time without zone is UTC."""
    try:
        moment = datetime.fromisoformat(as_text(value))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def first(found: JsonObject, *ways: str) -> Any:
    """The first value there is at one of these dotted ways into an object."""
    for way in ways:
        value: Any = found
        for key in way.split("."):
            value = as_object(value).get(key)
        if value not in (None, "", {}, []):
            return value
    return None
