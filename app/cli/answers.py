"""`--set KEY=VALUE` against a family's fields: the command line's form."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from app.core import catalogue
from app.core.catalogue import filled
from app.core.forms import FALSE, TRUE, Choice, Field, FieldKind
from app.servers.api import Server

OFFERED = 10
"""How many choices a complaint lists."""

_TRUE = ("true", "yes", "on", "1")
_FALSE = ("false", "no", "off", "0")


class Usage(Exception):
    """The command was not used as it can be; the text says how, in one sentence."""


def pairs(given: Iterable[str]) -> dict[str, str]:
    """The texts KEY=VALUE as values; the last one of a key counts. Raises Usage."""
    values = {}
    for text in given:
        key, equals, value = text.partition("=")
        if not equals or not key.strip():
            raise Usage(f"“{text}” is not of the form KEY=VALUE")
        values[key.strip()] = value
    return values


def known(fields: Sequence[Field], given: Iterable[str], *, of: str) -> dict[str, Field]:
    """The fields by key. Raises Usage for a key among `given` that none of them has."""
    by_key = {field.key: field for field in fields}
    for key in given:
        if key not in by_key:
            near = difflib.get_close_matches(key, by_key, 1)
            hint = f"; did you mean “{near[0]}”?" if near else f"; it has {', '.join(by_key)}"
            raise Usage(f"{of} has no “{key}”{hint}")
    return by_key


def checked(
    fields: Sequence[Field], given: Mapping[str, str], *, of: str, secret: str = ""
) -> dict[str, str]:
    """The values to keep: those given, and defaults; only of fields asked as the values are.

    `of` names whose settings they are; `secret` is the key of the field that is never given here.
    Raises Usage.
    """
    if secret in given:
        raise Usage(
            f"“{secret}” is a secret and is never an argument, where others on this computer "
            "could read it; give it with --secret-stdin, when asked, or in LONGSHORE_SECRET"
        )
    by_key = known(fields, given, of=of)
    values = {key: field.default for key, field in by_key.items() if field.default}
    values |= {key: _fitting(by_key[key], value.strip()) for key, value in given.items()}
    asked = [field for field in fields if _is_asked(field, values)]
    for field in asked:
        if field.required and not field.live and not values.get(field.key):
            raise Usage(f"{of} needs “{field.key}” ({field.label}): add --set {field.key}=…")
    keep = {field.key for field in asked} | given.keys()
    return {key: value for key, value in values.items() if key in keep and value}


async def resolved(
    fields: Sequence[Field], values: Mapping[str, str], server: Server, *, at: str
) -> dict[str, str]:
    """The values with the names of live choices turned into what the server knows them by.

    Raises Usage for what `at` does not offer, and Problem.
    """
    found = dict(values)
    for field in fields:
        if not field.live or not _is_asked(field, found):
            continue
        value = found.get(field.key, "")
        picked = {key: text for key, text in found.items() if key != field.key}
        if value:
            found[field.key] = await _choice(field, value, picked, server, at)
        elif field.required:
            offered = await server.choices(field.key, picked)
            needed = f"“{field.key}” ({field.label}) is needed: add --set {field.key}=…"
            raise Usage(f"{needed}{_listed(offered)}")
    return found


async def _choice(
    field: Field, value: str, picked: Mapping[str, str], server: Server, at: str
) -> str:
    offered: Sequence[Choice] = ()
    for search in (value, ""):
        offered = await server.choices(field.key, picked, search)
        fits: Callable[[Choice], bool]
        for fits in (
            lambda choice: choice.value == value,
            lambda choice: choice.label == value,
            lambda choice: choice.label.casefold() == value.casefold(),
        ):
            matching = [choice.value for choice in offered if fits(choice)]
            if len(matching) == 1:
                return matching[0]
            if matching:
                raise Usage(
                    f"“{value}” is the name of several at {at}; give one of their ids as "
                    f"{field.key}: {', '.join(matching)}"
                )
    raise Usage(
        f"“{value}” is not something {at} offers as {field.key} ({field.label}){_listed(offered)}"
    )


def _listed(offered: Sequence[Choice]) -> str:
    if not offered:
        return ""
    names = ", ".join(f"“{choice.label}”" for choice in offered[:OFFERED])
    more = f" and {len(offered) - OFFERED} more" if len(offered) > OFFERED else ""
    return f"; it offers {names}{more}"


def _is_asked(field: Field, values: Mapping[str, str]) -> bool:
    return field.shown_if is None or values.get(field.shown_if[0], "") in field.shown_if[1]


def _fitting(field: Field, value: str) -> str:
    """The value as it is kept. Raises Usage."""
    match field.kind:
        case _ if not value:
            return ""
        case FieldKind.CHOICE if field.choices:
            if value not in [choice.value for choice in field.choices]:
                offered = ", ".join(choice.value for choice in field.choices if choice.value)
                raise Usage(f"“{value}” is not a choice of {field.key}; choose one of {offered}")
        case FieldKind.CHECK:
            if value.casefold() not in (*_TRUE, *_FALSE):
                raise Usage(f"{field.key} is true or false, not “{value}”")
            return TRUE if value.casefold() in _TRUE else FALSE
        case FieldKind.ADDRESS:
            if not _is_address(value):
                entry = catalogue.ADDRESS_INVALID
                raise Usage(f"{filled(entry.title, {'address': value})}; {_lowered(entry.meaning)}")
        case FieldKind.FILE:
            path = Path(value).expanduser().absolute()
            if not path.is_file():
                raise Usage(f"there is no file “{value}” to use as {field.key}")
            return str(path)
    return value


def _lowered(text: str) -> str:
    return text[:1].lower() + text[1:].rstrip(".")


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
