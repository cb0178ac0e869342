"""How things are called and dated in what is written out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from types import MappingProxyType

from app.core.history import Outcome

Say = Callable[[str], str]
"""A sentence or word in the person's language."""

OUTCOMES: Mapping[Outcome, str] = MappingProxyType(
    {
        Outcome.DONE: "Done",
        Outcome.DONE_WITH_ERRORS: "Done, some records failed",
        Outcome.FAILED: "Failed",
        Outcome.CANCELLED: "Cancelled",
        Outcome.UNWATCHED: "Sent, no longer followed",
    }
)
IDS: Mapping[str, str] = MappingProxyType(
    {
        "hrid": "Job number",
        "job": "Job",
        "definition": "Upload definition",
        "artifact": "Artifact",
        "reference": "Reference",
    }
)


def when(at: float | None) -> str:
    """2026-03-01 14:05:09 +01:00, in the person's time zone; empty for no time."""
    if not at:
        return ""
    local = datetime.fromtimestamp(at, UTC).astimezone()
    zone = local.strftime("%z")
    return f"{local:%Y-%m-%d %H:%M:%S} {zone[:3]}:{zone[3:5]}"


def iso(at: float | None) -> str | None:
    """2026-03-01T13:05:09Z, for programs."""
    if not at:
        return None
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
