"""The kinds of import: which columns each has, how a header tells them apart, and their order."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

_USERS = (
    *("user_username", "user_name", "user_password", "user_email", "user_language"),
    *("user_active", "user_role", "user_organizationId", "user_externalId"),
)
_LINK = (
    *("user_username", "user_name", "user_password", "user_email", "user_language"),
    *("user_active", "group_role", "group_name", "user_organizationId"),
)
_GROUP_DETAILS = ("group_description", "group_active", "group_organizationId")
_SESSION = (
    *("group_name", "session_name", "session_timezone", "session_startDate", "session_endDate"),
    *("session_submissionDate", "session_waitingPageDate", "session_securitySettings"),
    *("session_reviewSettings", "session_testRunnerAccessibilityPlugins"),
    *("session_testRunnerSessionPlugins", "session_reportSettings", "session_readAloud"),
)

LAST = 9
"""The rank of what nobody can tell."""


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of import. Those of a lower `rank` must be on the server before those of a higher.

    `clears` says that an empty cell removes the value on the server.
    """

    key: str
    title: str
    rank: int
    key_column: str
    columns: frozenset[str] = frozenset()
    free: tuple[str, ...] = ()
    """Beginnings of column names that each server defines for itself."""
    clears: bool = True
    required: frozenset[str] = frozenset()
    """Columns without which, or with an empty cell in which, no row is imported."""
    creating: frozenset[str] = frozenset()
    """Columns that only what is new on the server needs."""
    beside_key: str = ""
    """The column that, with the key column, tells one row from another."""
    refers_to: tuple[str, ...] = ()
    """What must be on the server before: “users”, “groups”."""
    brings: tuple[str, ...] = ()
    """What it brings of these."""

    def knows(self, column: str) -> bool:
        return column in self.columns or column.startswith(self.free)


ORGANIZATIONS = Kind(
    "organizations",
    "organizations",
    0,
    "hierarchy_organizationId",
    frozenset(
        {
            "hierarchy_organizationId",
            "hierarchy_organizationName",
            "hierarchy_organizationDescription",
            "hierarchy_parentOrganizationId",
        }
    ),
    required=frozenset({"hierarchy_organizationName", "hierarchy_parentOrganizationId"}),
)
GROUPS = Kind(
    "groups",
    "groups",
    1,
    "group_name",
    frozenset({"group_name", *_GROUP_DETAILS}),
    ("group_metadata_",),
    required=frozenset({"group_name"}),
    brings=("groups",),
)
USERS = Kind(
    "users",
    "users",
    2,
    "user_username",
    frozenset(_USERS),
    ("user_metadata_",),
    required=frozenset({"user_username"}),
    creating=frozenset({"user_password"}),
    brings=("users",),
)
LINK_NEW = Kind(
    "link-new-user-to-groups",
    "new users in groups",
    3,
    "user_username",
    frozenset(_LINK),
    ("user_metadata_",),
    required=frozenset({"user_username"}),
    creating=frozenset({"user_password"}),
    beside_key="group_name",
    refers_to=("groups",),
    brings=("users",),
)
LINK_EXISTING = Kind(
    "link-existing-user-to-groups",
    "existing users in groups",
    3,
    "user_username",
    frozenset({"user_username", "group_name", "group_role"}),
    required=frozenset({"user_username"}),
    beside_key="group_name",
    refers_to=("users", "groups"),
)
SESSIONS_NEW = Kind(
    "sessions-with-delivery-in-new-groups",
    "sessions with new groups",
    4,
    "session_name",
    frozenset({"session_deliveryId", *_SESSION, *_GROUP_DETAILS}),
    ("group_metadata_",),
    required=frozenset({"group_name", "session_name"}),
    creating=frozenset({"session_deliveryId"}),
    brings=("groups",),
)
SESSIONS = Kind(
    "sessions-with-delivery-in-existing-groups",
    "sessions with existing groups",
    4,
    "session_name",
    frozenset({"session_deliveryId", *_SESSION}),
    required=frozenset({"group_name", "session_name", "session_deliveryId"}),
    refers_to=("groups",),
)
BATTERIES = Kind(
    "batteries",
    "batteries",
    4,
    "session_name",
    frozenset({"session_batteryId", *_SESSION}),
    required=frozenset({"group_name", "session_name", "session_batteryId"}),
    refers_to=("groups",),
)
SIMPLE_ROSTER = Kind(
    "simple-roster",
    "Simple Roster users",
    2,
    "user_username",
    frozenset(
        {
            *("user_username", "principal_username", "user_password", "user_organizationId"),
            *("session_name", "user_language", "user_active", "user_role"),
            *("hierarchy_organizationId", "hierarchy_parentOrganizationId"),
        }
    ),
    clears=False,
    beside_key="session_name",
)
ONEROSTER = Kind("oneroster", "OneRoster", LAST, "sourcedId", free=("",), clears=False)

_ONEROSTER_RANKS = {
    "academicsessions": 0,
    "orgs": 0,
    "courses": 1,
    "classes": 1,
    "users": 2,
    "roles": 3,
    "enrollments": 3,
    "demographics": 3,
}
# What is most telling first: “sessions in new groups” are sessions.
_NAMES = (
    (re.compile(r"link|enrol|member"), 3),
    (re.compile(r"session|batter|deliver"), 4),
    (re.compile(r"organi[sz]ation|hierarch|^orgs?\b"), 0),
    (re.compile(r"group|class"), 1),
    (re.compile(r"user|student|teacher|test.?taker|people|person"), 2),
)


def kind_of(header: Collection[str]) -> Kind | None:
    """The kind a header tells, as TAO itself goes by the names of columns; None if none fits."""
    there = set(header)
    if "sourcedId" in there:
        return ONEROSTER
    sessions = there & {"session_deliveryId", "session_batteryId"}
    if "principal_username" in there or (
        {"user_username", "session_name"} <= there and not sessions
    ):
        return SIMPLE_ROSTER
    if "session_batteryId" in there:
        return BATTERIES
    if "session_deliveryId" in there:
        return SESSIONS_NEW if there & set(_GROUP_DETAILS) else SESSIONS
    if any(name.startswith("hierarchy_") for name in there) and not any(
        name.startswith(("user_", "session_")) for name in there
    ):
        return ORGANIZATIONS
    if {"user_username", "group_name"} <= there:
        return LINK_NEW if there & {"user_password", "user_name"} else LINK_EXISTING
    if "user_username" in there:
        return USERS
    return GROUPS if "group_name" in there else None


def rank(header: Collection[str], name: str) -> int:
    """When a file's turn is: by its header, or by its name where that tells nothing."""
    kind = kind_of(header)
    if kind is not None and kind is not ONEROSTER:
        return kind.rank
    stem = name.rpartition(".")[0].lower() or name.lower()
    if stem in _ONEROSTER_RANKS:
        return _ONEROSTER_RANKS[stem]
    return next((rank for pattern, rank in _NAMES if pattern.search(stem)), LAST)


_OWN = ("user_", "group_", "session_", "hierarchy_")


def clears(kind: Kind | None, header: Collection[str]) -> bool:
    """Whether an empty cell removes a value on the server, as far as the header tells."""
    if kind is None:
        return any(name.startswith(_OWN) for name in header)
    return kind.clears


_PASSWORD = re.compile(
    r"pass.?(word|wort|ord|code|phrase)|passwd|pwd|kennwort|contrase|mot.?de.?passe|secret|senha"
    r"|parola|wachtwoord|lösenord|adgangskode|salasana|has[lł]o|heslo|пароль"
    r"|(?<![a-z])(pass|pw|pin)(?![a-z])"
)


def is_password(column: str) -> bool:
    """Whether the cells of a column are shown to nobody."""
    return _PASSWORD.search(column.casefold()) is not None


def identifying(header: Sequence[str]) -> int | None:
    """The column that says which record a row is about; None if no column may be shown."""
    kind = kind_of(header)
    if kind is not None and kind.key_column in header:
        return header.index(kind.key_column)
    return next((at for at, name in enumerate(header) if name and not is_password(name)), None)
