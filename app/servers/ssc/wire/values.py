"""Lenient reading of JSON: a missing or wrongly typed value is an empty one."""

from __future__ import annotations

import email.utils
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

JsonObject = Mapping[str, Any]


def as_object(value: object) -> JsonObject:
    return value if isinstance(value, dict) else {}


def as_objects(value: object) -> list[JsonObject]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def as_text(value: object) -> str:
    return value if isinstance(value, str) else ""


def as_count(value: object) -> int | None:
    """A whole number from 0, also when it is spelt as text; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) < 19:
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return value


def as_flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def as_moment(value: object) -> float | None:
    """Seconds since the epoch of `…+00:00`, `…+0000` or `…Z`; a time without zone is UTC."""
    try:
        moment = datetime.fromisoformat(as_text(value))
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def as_http_date(text: str) -> float | None:
    """Seconds since the epoch of a `Date` header."""
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
