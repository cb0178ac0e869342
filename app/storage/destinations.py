"""Saved destinations. Their secrets are never here; see secrets.py."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from app.core.destinations import Destination
from app.storage.problems import (
    DESTINATION_UNKNOWN,
    NAME_MISSING,
    NAME_TAKEN,
    PASSWORD_IN_ADDRESS,
    StorageProblem,
)
from app.storage.toml_file import TomlFile

_TABLE = "destination"


class Destinations:
    """The saved servers, in the order they were added. Every call looks at the file anew.

    Entries and keys it does not understand stay in the file. All methods raise StorageProblem.
    """

    def __init__(self, path: Path) -> None:
        self._file = TomlFile(path)

    @property
    def problems(self) -> tuple[StorageProblem, ...]:
        """What was wrong with the file so far, for the person."""
        return tuple(self._file.problems)

    def all(self) -> tuple[Destination, ...]:
        found: list[Destination] = []
        for number, entry in enumerate(_entries(self._file.read()), 1):
            destination = _destination(entry)
            if destination is None or destination.id in {other.id for other in found}:
                self._file.odd(f"Destination {number}")
            else:
                found.append(destination)
        return tuple(found)

    def get(self, id: str) -> Destination:
        for destination in self.all():
            if destination.id == id:
                return destination
        raise StorageProblem(DESTINATION_UNKNOWN, {"name": id})

    def named(self, name: str) -> Destination:
        """The destination of this name, whatever its case."""
        for destination in self.all():
            if _folded(destination.name) == _folded(name):
                return destination
        raise StorageProblem(DESTINATION_UNKNOWN, {"name": name})

    def add(self, family: str, name: str, settings: Mapping[str, str]) -> Destination:
        """Save a new one under a new id."""
        destination = Destination(os.urandom(16).hex(), family, _name(name), dict(settings))
        _check(destination.settings)

        def edit(table: dict[str, Any]) -> None:
            entries = _entries(table)
            _check_name(destination, entries)
            table[_TABLE] = [*entries, _merged({}, destination)]

        self._file.change(edit)
        return destination

    def save(self, destination: Destination) -> Destination:
        """Replace the one with the same id; what is unknown in its entry stays."""
        destination = Destination(
            destination.id, destination.family, _name(destination.name), dict(destination.settings)
        )
        _check(destination.settings)

        def edit(table: dict[str, Any]) -> None:
            entries = _entries(table)
            _check_name(destination, entries)
            for index, entry in enumerate(entries):
                if entry.get("id") == destination.id:
                    entries[index] = _merged(entry, destination)
                    table[_TABLE] = entries
                    return
            raise StorageProblem(DESTINATION_UNKNOWN, {"name": destination.name})

        self._file.change(edit)
        return destination

    def remove(self, id: str) -> None:
        """What is gone already counts as removed."""

        def edit(table: dict[str, Any]) -> None:
            table[_TABLE] = [entry for entry in _entries(table) if entry.get("id") != id]

        self._file.change(edit)


def _entries(table: dict[str, Any]) -> list[dict[str, Any]]:
    entries = table.get(_TABLE, [])
    # A hand that wrote [destination] for [[destination]] meant one entry.
    listed = entries if isinstance(entries, list) else [entries]
    return [entry for entry in listed if isinstance(entry, dict)]


def _destination(entry: Mapping[str, Any]) -> Destination | None:
    id, family, name = entry.get("id"), entry.get("family"), entry.get("name")
    settings = entry.get("settings", {})
    if not (isinstance(id, str) and isinstance(family, str) and isinstance(name, str)):
        return None
    if not (id and family and name.strip()) or not isinstance(settings, dict):
        return None
    texts = {key: value for key, value in settings.items() if isinstance(value, str)}
    return Destination(id, family, name, texts)


def _merged(entry: Mapping[str, Any], destination: Destination) -> dict[str, Any]:
    """The entry with the destination's values; settings that are no texts are not ours and stay."""
    old = entry.get("settings")
    strange = (
        {key: value for key, value in old.items() if not isinstance(value, str)}
        if isinstance(old, dict)
        else {}
    )
    return {
        **entry,
        "id": destination.id,
        "family": destination.family,
        "name": destination.name,
        "settings": {**strange, **destination.settings},
    }


def _folded(name: str) -> str:
    return " ".join(name.split()).casefold()


def _name(name: str) -> str:
    tidy = " ".join(name.split())
    if not tidy or not tidy.isprintable():
        raise StorageProblem(NAME_MISSING)
    return tidy


def _check_name(destination: Destination, entries: list[dict[str, Any]]) -> None:
    for entry in entries:
        name = entry.get("name")
        taken = isinstance(name, str) and _folded(name) == _folded(destination.name)
        if taken and entry.get("id") != destination.id:
            raise StorageProblem(NAME_TAKEN, {"name": destination.name})


def _check(settings: Mapping[str, str]) -> None:
    """The last door before the disk: no address with a password in it gets through."""
    for key, value in settings.items():
        if "@" not in value:
            continue
        try:
            password = urlsplit(value if "//" in value else f"//{value}").password
        except ValueError:
            password = None
        if password is not None:
            raise StorageProblem(PASSWORD_IN_ADDRESS, {"key": key})
