"""Lenient reading of JSON: a missing or wrongly typed value is an empty one."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

JsonObject = Mapping[str, Any]


def as_object(value: object) -> JsonObject:
    return value if isinstance(value, dict) else {}


def as_text(value: object) -> str:
    return value if isinstance(value, str) else ""


def as_count(value: object) -> int | None:
    """A whole number from 0, also when it is spelt as text; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 16:
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


def parsed(content: bytes) -> Any:
    """The body as JSON; None for anything else. The declared type is not trusted."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def first(found: JsonObject, *ways: str) -> Any:
    """The first value there is at one of these dotted ways into an object."""
    for way in ways:
        value: Any = found
        for key in way.split("."):
            value = as_object(value).get(key)
        if value not in (None, "", {}, []):
            return value
    return None
