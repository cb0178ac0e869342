"""What a family asks, as data: one generic form draws it and the command line reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class FieldKind(StrEnum):
    TEXT = "text"
    ADDRESS = "address"
    SECRET = "secret"
    CHOICE = "choice"
    CHECK = "check"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose: the value kept, the label shown, and a second line."""

    value: str
    label: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """One question. A CHOICE without `choices` is live: `Server.choices` gives them."""

    key: str
    label: str
    kind: FieldKind = FieldKind.TEXT
    required: bool = False
    default: str = ""
    help: str = ""
    placeholder: str = ""
    choices: tuple[Choice, ...] = ()
    depends: tuple[str, ...] = ()
    """Live choices are asked for again when one of these fields changes."""
    shown_if: tuple[str, tuple[str, ...]] | None = None
    """(other field's key, its values for which this one is asked)."""
    advanced: bool = False
    search: bool = False
    """The server searches as one types, because there may be thousands."""

    @property
    def live(self) -> bool:
        return self.kind is FieldKind.CHOICE and not self.choices


TRUE = "true"
FALSE = "false"

AT_ONCE = "at_once"
MOST_AT_ONCE = 8


def at_once(settings: Mapping[str, str]) -> int | None:
    """How many files a destination is sent at the same time; None: as its family is used to."""
    text = settings.get(AT_ONCE, "")
    return int(text) if text in _AT_ONCE else None


_AT_ONCE = tuple(str(count) for count in range(1, MOST_AT_ONCE + 1))

CONNECTION_FIELDS: tuple[Field, ...] = (
    Field(
        AT_ONCE,
        "Files at the same time",
        FieldKind.CHOICE,
        advanced=True,
        help="How many files are sent side by side. Fewer spare a busy server or a slow line.",
        choices=(
            Choice("", "As usual for this kind of server"),
            *(Choice(count, count) for count in _AT_ONCE),
        ),
    ),
    Field(
        "ca_file",
        "Certificate authority file",
        FieldKind.FILE,
        advanced=True,
        help="Only if your organisation issues its own certificates: its CA in PEM form, trusted "
        "for this destination in addition to the system's.",
    ),
    Field(
        "client_cert",
        "Client certificate",
        FieldKind.FILE,
        advanced=True,
        help="A PEM file with certificate and key, if the server asks for one.",
    ),
    Field(
        "proxy",
        "Proxy",
        FieldKind.TEXT,
        advanced=True,
        placeholder="http://proxy.example.org:3128",
        help="Empty: the system's setting. “none”: no proxy.",
    ),
    Field(
        "insecure_http",
        "Allow plain http",
        FieldKind.CHECK,
        default=FALSE,
        advanced=True,
        help="Passwords and files could be read by others on the way. Only for test servers.",
    ),
)
"""Asked for every family, after its own fields."""
