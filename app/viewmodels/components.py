"""What the program is made of: works of others, with their versions and licences."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass

LICENCES: Mapping[str, str] = {
    "PySide6-Essentials": "LGPL-3.0",
    "httpcore2": "BSD-3-Clause",
    "jeepney": "MIT",
    "keyring": "MIT",
    "platformdirs": "MIT",
    "pymarc": "BSD-2-Clause",
    "qasync": "BSD-2-Clause",
    "starlette": "BSD-3-Clause",
    "tomli-w": "MIT",
    "truststore": "MIT",
    "uvicorn": "BSD-3-Clause",
    "anyio": "MIT",
}
"""The licences of what the program names itself; a test holds them against the packages' own."""


@dataclass(frozen=True, slots=True)
class Component:
    name: str
    version: str
    licence: str


def components() -> tuple[Component, ...]:
    """In the order of their names, Python first; what this system does not use is left out."""
    found = [Component("Python", platform.python_version(), "PSF-2.0")]
    for name, licence in sorted(LICENCES.items(), key=lambda one: one[0].lower()):
        with suppress(importlib.metadata.PackageNotFoundError):
            found.append(Component(name, importlib.metadata.version(name), licence))
    return tuple(found)
