"""Rates as people type and files keep them: “2M”, “500 kB/s”, “off”."""

from __future__ import annotations

import re

_RATE = re.compile(r"(\d+(?:[.,]\d+)?|[.,]\d+)\s*([kmg]?)(?:b(?:yte)?s?)?(?:/s)?", re.IGNORECASE)
_TIMES = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}
_NONE = ("0", "off", "none")


def parsed(text: str) -> int:
    """Bytes per second; 0 is no limit. Raises ValueError for what is no rate."""
    text = text.strip()
    if text.casefold() in _NONE:
        return 0
    found = _RATE.fullmatch(text)
    if found is None:
        raise ValueError(text)
    value = round(float(found[1].replace(",", ".")) * _TIMES[found[2].casefold()])
    if value < 1:
        raise ValueError(text)
    return value


def written(rate: int) -> str:
    """The shortest text that `parsed` reads as this rate."""
    if not rate:
        return "off"
    for unit, times in (("G", 1_000_000_000), ("M", 1_000_000), ("k", 1_000)):
        if rate >= times and rate % (times // 10) == 0:
            whole, tenth = divmod(rate // (times // 10), 10)
            return f"{whole}.{tenth}{unit}" if tenth else f"{whole}{unit}"
    return str(rate)
