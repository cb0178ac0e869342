"""The families of servers. `families()` finds every `FAMILY` in this package: a new family is a new
module."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType

from app.servers.api import Family


@cache
def families() -> Mapping[str, Family]:
    """Every family by its key, in the order of the keys."""
    found: dict[str, Family] = {}
    for module in pkgutil.iter_modules(__path__):
        family = getattr(importlib.import_module(f"{__name__}.{module.name}"), "FAMILY", None)
        if isinstance(family, Family):
            found[family.key] = family
    return MappingProxyType(dict(sorted(found.items())))
