"""Rostering files made for tests."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

USERS = ("user_username", "user_name", "user_password", "user_email", "user_language")
GROUPS = ("group_name", "group_description", "group_active")
LINKS = ("user_username", "group_name", "group_role")
PASSWORD = "Tide&Rope-{}!"


def table(path: Path, header: Sequence[str], rows: Sequence[Sequence[str]]) -> Path:
    """A CSV file as a spreadsheet program writes it."""
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([header, *rows])
    return path


def users(path: Path, count: int, *, first: int = 1) -> Path:
    rows = [
        (f"pilot{n}", f"Zoë Pilot, {n}", PASSWORD.format(n), f"pilot{n}@example.org", "en-US")
        for n in range(first, first + count)
    ]
    return table(path, USERS, rows)


def groups(path: Path, count: int) -> Path:
    return table(path, GROUPS, [(f"Crew {n}", f"Shift {n}", "TRUE") for n in range(1, count + 1)])


def links(path: Path, count: int) -> Path:
    rows = [(f"pilot{n}", f"Crew {n}", "TEST_TAKER") for n in range(1, count + 1)]
    return table(path, LINKS, rows)


def roster_files(folder: Path, count: int) -> list[Path]:
    return [
        users(folder / f"users-{index}.csv", 20 + index, first=100 * index + 1)
        for index in range(count)
    ]
