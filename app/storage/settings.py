"""Preferences: one dataclass, one TOML file."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from app.core import timetable
from app.core.timetable import ByHand, Period
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
    """Bytes per second over all destinations, outside the timetable; 0 is no limit."""
    timetable: tuple[Period, ...] = ()
    """The first period that covers a time counts."""
    by_hand: ByHand | None = None
    """A limit chosen while there is a timetable; it holds until that changes the limit next."""
    options: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The batch options last used, by destination id."""
    compact: bool = False
    """Rows of one line."""
    notifications: bool = True
    """Tell through the system when a delivery ends or needs the person."""
    tray: bool = False
    """Keep running in the notification area when the window is closed."""
    history_days: int = 90
    """How long finished uploads are kept."""
    history_rows: int = 10_000
    """How many finished uploads are kept at most."""
    updates: bool = False
    """Ask once a week whether there is a newer version."""
    updates_asked: int = 0
    """When that was asked last, in seconds since the epoch."""
    monitor: tuple[str, ...] = ()
    """How the person left the status monitor, as `key=value`: size, columns, order, headings."""
    silenced: tuple[str, ...] = ()
    """Keys of the questions the person does not want to be asked again."""


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
        for key, read in _READ.items():
            if key in table:
                try:
                    found[key] = read(table[key])
                except (ValueError, TypeError, KeyError):
                    self._file.odd(f"“{key}”")
        return Settings(**found)

    def save(self, settings: Settings) -> None:
        """Raises StorageProblem; the file is then as it was."""

        def edit(table: dict[str, Any]) -> None:
            for key in _READ:
                value = _written(getattr(settings, key))
                if value is None:
                    table.pop(key, None)
                else:
                    table[key] = value

        self._file.change(edit)


def _written(value: Any) -> Any:
    """A setting as TOML keeps it; None for what is left out."""
    match value:
        case tuple():
            return [timetable.written(one) if isinstance(one, Period) else one for one in value]
        case ByHand():
            return {"rate": value.rate, "since": value.since}
        case Mapping():
            return {key: dict(inner) for key, inner in value.items()}
        case _:
            return value


def _theme(value: Any) -> str:
    if value not in THEMES:
        raise ValueError(value)
    return str(value)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(value)
    return value


def _count(least: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or value < least:
            raise ValueError(value)
        return value

    return read


def _periods(value: Any) -> tuple[Period, ...]:
    return tuple(timetable.parsed(line) for line in _texts(value))


def _texts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise TypeError(value)
    return tuple(_text(one) for one in value)


def _by_hand(value: Any) -> ByHand:
    since = value["since"]
    # A time with a zone is not one on the wall.
    if not isinstance(since, datetime) or since.tzinfo is not None:
        raise TypeError(since)
    return ByHand(_count(0)(value["rate"]), since)


def _options(value: Any) -> dict[str, dict[str, str]]:
    if not isinstance(value, dict):
        raise TypeError(value)
    return {key: {k: _text(v) for k, v in dict(inner).items()} for key, inner in value.items()}


_READ: Mapping[str, Callable[[Any], Any]] = {
    "theme": _theme,
    "destination": _text,
    "limit": _count(0),
    "timetable": _periods,
    "by_hand": _by_hand,
    "options": _options,
    "compact": _flag,
    "notifications": _flag,
    "tray": _flag,
    "history_days": _count(1),
    "history_rows": _count(1),
    "updates": _flag,
    "updates_asked": _count(0),
    "monitor": _texts,
    "silenced": _texts,
}
