"""Made-up rostering files: groups, users and who is in which group."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from app.demo_files.made import DemoFile

_FIRST = ("Ada", "Birgit", "Jo", "Petra", "Tomás", "Zoë", "Łukasz", "Noor")
_LAST = ("Almqvist", "Okafor", "Núñez", "Šimić", "Whitlock", "de Wit", "Iversen")


def write_groups(path: Path, count: int) -> DemoFile:
    """Writes groups for `write_memberships`."""
    rows = ((_group(n), f"Rehearsal of term {n}", "TRUE") for n in range(1, count + 1))
    return _written(path, ("group_name", "group_description", "group_active"), rows, count)


def write_users(path: Path, count: int, *, weak_passwords: Collection[int] = ()) -> DemoFile:
    """Writes users; those of `weak_passwords`, counted from 1, the server refuses."""
    weak = frozenset(weak_passwords)
    rows = (
        (
            _user(n),
            f"{_FIRST[n % len(_FIRST)]} {_LAST[n % len(_LAST)]}",
            "harbour" if n in weak else f"Tide&Rope-{n}!",
            f"{_user(n)}@school.example",
            "en-US",
        )
        for n in range(1, count + 1)
    )
    header = ("user_username", "user_name", "user_password", "user_email", "user_language")
    return _written(path, header, rows, count, bad=sum(1 <= n <= count for n in weak))


def write_memberships(path: Path, groups: int) -> DemoFile:
    """Writes which of the first users are in which of the groups; both must be there already."""
    rows = ((_user(n), _group(n), "TEST_TAKER") for n in range(1, groups + 1))
    return _written(path, ("user_username", "group_name", "group_role"), rows, groups)


def _user(number: int) -> str:
    return f"pilot{number:04}"


def _group(number: int) -> str:
    return f"Year {6 + number % 6} {'ABCDEFGH'[number % 8]}"


def _written(
    path: Path, header: Sequence[str], rows: Iterable[Sequence[str]], count: int, *, bad: int = 0
) -> DemoFile:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return DemoFile("tao", path, count, bad)
