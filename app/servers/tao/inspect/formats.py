"""What the cells of a column should look like, by the kind of import and the column's name."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import filterfalse

from app.core.catalogue import Entry
from app.core.drafts import Level
from app.servers.tao import cell_entries
from app.servers.tao.wire import kinds
from app.servers.tao.wire.kinds import Kind, is_password

LONGEST_CELL = 32_767
"""What a cell of a spreadsheet can hold; a longer one is a quote that was not closed in time."""

_LONGEST_KEY = 255
_TRUE, _FALSE = "true", "false"
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")
_EMAIL = re.compile(r"[^\s@,;<>\"]+@[^\s@,;<>\"]+\.[^\s@,;<>\".]+")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,9})?)?Z")
_GUID = re.compile(r"[A-Za-z0-9._/@-]{1,255}")
_WORD = re.compile(r"\S+")
_SHORT = re.compile(r"[ -~]{0,255}")
_STRONG = re.compile(r"(?=.*[A-Z])(?=.*[a-z])(?=.*[!-/:-@\[-`{-~]).{8,200}")
_LIKE_A_PASSWORD = re.compile(r"(?=.*[A-Za-z])(?=.*[\d!-,./:-@\[-^`{-~])[^\s@]{6,200}")
_GLOBAL_ROLES = frozenset(
    {
        *("ADMIN", "CONTENT_CREATOR", "GROUP_CREATOR", "PUBLIC_SESSION_MANAGER"),
        *("BATTERY_MANAGER", "SUPPORT", "SYSTEM_MANAGER", "DATA_EXPLORER"),
    }
)
_GROUP_ROLES = frozenset(
    {"GROUP_MANAGER", "GRADER", "TEST_TAKER", "BOOKLET_PUBLISHER", "SCAN_UPLOADER"}
)
_DATES = frozenset(
    {
        *("session_startDate", "session_endDate", "session_submissionDate"),
        "session_waitingPageDate",
    }
)


@dataclass(frozen=True, slots=True)
class Rule:
    """`applies` is asked about cells with something in them, spaces around it included.

    `passes` is a quick look that lets nothing through to which the rule applies; columns whose
    cells seldom repeat have one.
    """

    entry: Entry
    level: Level
    applies: Callable[[str], bool]
    asks: bool = False
    passes: Callable[[str], object] | None = None

    def among(self, column: Sequence[str]) -> set[str]:
        """Those of the cells it applies to."""
        applies = self.applies
        left = set(column) if self.passes is None else filterfalse(self.passes, column)
        return {cell for cell in left if cell and not cell.isspace() and applies(cell)}


def rules(kind: Kind | None, column: str) -> tuple[Rule, ...]:
    """The rules for a column of this name; the graver one first."""
    if kind is None:
        return ()
    return (*_of_key(kind, column), *_of_values(kind, column))


def like_a_password(cell: str) -> bool:
    """Whether a cell under no name that says what it is could be a password."""
    return _LIKE_A_PASSWORD.fullmatch(cell.strip()) is not None or (
        _STRONG.fullmatch(cell.strip()) is not None and _EMAIL.fullmatch(cell.strip()) is None
    )


def no_header(first: Sequence[str]) -> bool:
    """Whether the first row of a table of no known kind is a record already."""
    return any(
        _EMAIL.fullmatch(name)
        or name.casefold() in (_TRUE, _FALSE)
        or (_STRONG.fullmatch(name) and any(map(str.isdigit, name)))
        for name in first
    )


def _of_key(kind: Kind, column: str) -> list[Rule]:
    if column not in (kind.key_column, kind.beside_key):
        return []
    found = [Rule(cell_entries.KEY_SPACES, Level.WARNING, _spaced, passes=_WORD.fullmatch)]
    if kind is kinds.SIMPLE_ROSTER:
        found.append(Rule(cell_entries.KEY_BROKEN, Level.WARNING, _broken, passes=_WORD.fullmatch))
        found.append(Rule(cell_entries.TOO_LONG, Level.WARNING, _overlong, passes=_SHORT.fullmatch))
    elif kind is kinds.ONEROSTER:
        found.append(_matching(cell_entries.GUID, _GUID))
    return found


def _of_values(kind: Kind, column: str) -> list[Rule]:
    portal = kind.clears
    if column in ("user_active", "group_active"):
        found = [Rule(cell_entries.BOOLEAN, Level.WARNING, _no_boolean)]
        if portal:
            found.append(
                Rule(
                    cell_entries.BOOLEAN_NUMBER, Level.INFO, lambda cell: cell.strip() in ("0", "1")
                )
            )
        if column == "user_active":
            entry = cell_entries.DEACTIVATES if portal else cell_entries.DELETES
            level = Level.INFO if portal else Level.WARNING
            found.append(Rule(entry, level, _inactive, asks=not portal))
        return found
    if column == "user_email":
        return [_matching(cell_entries.EMAIL, _EMAIL)]
    if column == "user_language":
        return [_matching(cell_entries.LANGUAGE, _LANGUAGE)]
    if column == "user_externalId":
        return [Rule(cell_entries.EXTERNAL_ID, Level.WARNING, _no_object)]
    if column in _DATES:
        return [_matching(cell_entries.DATE, _MOMENT)]
    if column == "user_role" and portal:
        return [Rule(cell_entries.ROLE, Level.INFO, _no_role(_GLOBAL_ROLES))]
    if column == "group_role" and portal:
        return [Rule(cell_entries.ROLE, Level.INFO, _no_role(_GROUP_ROLES))]
    if is_password(column) and portal:
        return [Rule(cell_entries.WEAK_PASSWORD, Level.WARNING, _weak, passes=_STRONG.fullmatch)]
    return []


def _matching(entry: Entry, pattern: re.Pattern[str]) -> Rule:
    """Cells are to match the pattern."""

    def applies(cell: str) -> bool:
        return pattern.fullmatch(cell.strip()) is None

    return Rule(entry, Level.WARNING, applies, passes=pattern.fullmatch)


def _no_role(known: frozenset[str]) -> Callable[[str], bool]:
    return lambda cell: not {one.strip() for one in cell.split("|")} <= known


def _no_boolean(cell: str) -> bool:
    return cell.strip().casefold() not in (_TRUE, _FALSE, "0", "1")


def _inactive(cell: str) -> bool:
    return cell.strip().casefold() in (_FALSE, "0")


def _no_object(cell: str) -> bool:
    try:
        return not isinstance(json.loads(cell), dict)
    except (ValueError, RecursionError):
        return True


def _weak(cell: str) -> bool:
    """TAO wants eight characters, among them a capital, a small and a special one."""
    kinds_of = (str.isupper, str.islower, lambda one: not one.isalnum())
    return len(cell) < 8 or not all(any(map(is_kind, cell)) for is_kind in kinds_of)


def _spaced(cell: str) -> bool:
    return cell != cell.strip()


def _broken(cell: str) -> bool:
    return len(cell.split()) > 1


def _overlong(cell: str) -> bool:
    return len(cell.strip().encode("utf-8", errors="replace")) > _LONGEST_KEY
