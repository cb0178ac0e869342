"""Dates as HTTP headers and cookies spell them (RFC 9110, section 5.6.7)."""

from __future__ import annotations

import email.utils


def seconds(text: str) -> float | None:
    """Seconds since the epoch; None for what is no date."""
    try:
        return email.utils.parsedate_to_datetime(text).timestamp()
    except (ValueError, OverflowError):
        return None
