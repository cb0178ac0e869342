"""Destination, and the Secret that never shows itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Destination:
    """One saved server of a family. `settings` holds the family's connection fields, no secret."""

    id: str
    family: str
    name: str
    settings: Mapping[str, str] = field(default_factory=dict)


class Secret:
    """A password or token. Prints as ***; `reveal()` is called where it is sent, nowhere else."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and other._value == self._value

    def __hash__(self) -> int:
        return hash(Secret)

    def __str__(self) -> str:
        return "***"

    __repr__ = __str__

    def __reduce__(self) -> str:
        raise TypeError("a secret is not written anywhere")
