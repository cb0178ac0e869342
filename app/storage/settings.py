"""Preferences: one dataclass, one TOML file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.storage.problems import StorageProblem
from app.storage.toml_file import TomlFile

THEMES = ("system", "light", "dark")


@dataclass(frozen=True, slots=True)
class Settings:
    """What the person prefers. Each has a default, so a missing or odd value is never an error."""

    theme: str = "system"
    """One of THEMES."""
    destination: str = ""
    """Id of the destination last chosen."""
    limit: int = 0
    """Bytes per second over all destinations; 0 is no limit."""
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The batch options last used, by destination id."""


class SettingsFile:
    """Loads and saves `Settings`; keys it does not know stay in the file."""

    def __init__(self, path: Path) -> None:
        self._file = TomlFile(path)

    @property
    def problems(self) -> tuple[StorageProblem, ...]:
        """What was wrong with the file so far, for the person."""
        return tuple(self._file.problems)

    def load(self) -> Settings:
        """Raises StorageProblem when the file is there and cannot be read."""
        table = self._file.read()
        found: dict[str, Any] = {}
        for key, fits in _FITS.items():
            if key in table:
                if fits(table[key]):
                    found[key] = table[key]
                else:
                    self._file.odd(f"“{key}”")
        return Settings(**found)

    def save(self, settings: Settings) -> None:
        """Raises StorageProblem; the file is then as it was."""

        def edit(table: dict[str, Any]) -> None:
            table["theme"] = settings.theme
            table["destination"] = settings.destination
            table["limit"] = settings.limit
            table["options"] = {key: dict(value) for key, value in settings.options.items()}

        self._file.change(edit)


def _is_theme(value: object) -> bool:
    return value in THEMES


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_limit(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _is_options(value: object) -> bool:
    return isinstance(value, dict) and all(
        isinstance(options, dict) and all(isinstance(text, str) for text in options.values())
        for options in value.values()
    )


_FITS = {"theme": _is_theme, "destination": _is_text, "limit": _is_limit, "options": _is_options}
