"""The questions a person can have silenced, by the key the settings keep."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

QUIT = "quit"
REMOVE = "remove"

SILENCEABLE: Mapping[str, str] = MappingProxyType(
    {
        QUIT: "Before quitting while files are uploading",
        REMOVE: "Before removing a row whose job still runs on the server",
    }
)
"""When each is asked, in words to be translated."""
