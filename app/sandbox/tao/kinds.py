"""The kinds of rostering files: which columns each has, and how a header tells its kind."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

#: Columns with one of these beginnings belong to the importer; a name it does not know is wrong.
_OWN = ("user_", "group_", "session_", "hierarchy_")
_METADATA = ("user_metadata_", "group_metadata_")

_SESSION = (
    *("session_name", "session_timezone", "session_startDate", "session_endDate"),
    *("session_submissionDate", "session_waitingPageDate", "session_securitySettings"),
    *("session_reviewSettings", "session_testRunnerAccessibilityPlugins"),
    *("session_testRunnerSessionPlugins", "session_reportSettings", "session_readAloud"),
)


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of file. `required` are the columns that have to be in its header."""

    name: str
    columns: frozenset[str]
    required: tuple[str, ...]

    def faults(self, header: Sequence[str]) -> list[str]:
        """What is wrong with a header of this kind, a sentence each."""
        known = self.columns
        found = [
            f"unknown column {name}"
            for name in header
            if name.startswith(_OWN) and name not in known and not name.startswith(_METADATA)
        ]
        return found + [f"missing column {name}" for name in self.required if name not in header]


def _kinds() -> dict[str, Kind]:
    people = ("user_username", "user_name", "user_password", "user_email", "user_language")
    found = (
        Kind(
            "users",
            frozenset(
                {*people, "user_active", "user_role", "user_organizationId", "user_externalId"}
            ),
            ("user_username",),
        ),
        Kind(
            "groups",
            frozenset({"group_name", "group_description", "group_active", "group_organizationId"}),
            ("group_name",),
        ),
        Kind(
            "organizations",
            frozenset(
                {
                    *("hierarchy_organizationId", "hierarchy_organizationName"),
                    *("hierarchy_organizationDescription", "hierarchy_parentOrganizationId"),
                }
            ),
            (
                *("hierarchy_organizationId", "hierarchy_organizationName"),
                "hierarchy_parentOrganizationId",
            ),
        ),
        Kind(
            "link-new-user-to-groups",
            frozenset({*people, "user_active", "group_role", "group_name", "user_organizationId"}),
            ("user_username", "group_name"),
        ),
        Kind(
            "link-existing-user-to-groups",
            frozenset({"user_username", "group_name", "group_role"}),
            ("user_username", "group_name"),
        ),
        Kind(
            "sessions-with-delivery-in-new-groups",
            frozenset(
                {
                    *_SESSION,
                    *("session_deliveryId", "group_name", "group_description", "group_active"),
                    "group_organizationId",
                }
            ),
            ("session_name", "session_deliveryId", "group_name"),
        ),
        Kind(
            "sessions-with-delivery-in-existing-groups",
            frozenset({*_SESSION, "session_deliveryId", "group_name"}),
            ("session_name", "session_deliveryId"),
        ),
        Kind(
            "batteries",
            frozenset({*_SESSION, "session_batteryId", "group_name"}),
            ("session_name", "session_batteryId"),
        ),
        Kind(
            "simple-roster",
            frozenset(
                {
                    *("user_username", "user_password", "user_organizationId", "session_name"),
                    *("user_language", "user_active", "hierarchy_organizationId"),
                    "hierarchy_parentOrganizationId",
                }
            ),
            ("user_username",),
        ),
    )
    return {kind.name: kind for kind in found}


KINDS: Final[Mapping[str, Kind]] = MappingProxyType(_kinds())


def kind_of(header: Sequence[str]) -> Kind | None:
    """The kind the column names tell; None when they tell none."""
    names = set(header)

    def some(*wanted: str) -> bool:
        return bool(names & set(wanted))

    deliveries = some("session_deliveryId")
    batteries = some("session_batteryId")
    if some("principal_username") or (
        {"user_username", "session_name"} <= names and not deliveries and not batteries
    ):
        return KINDS["simple-roster"]
    if batteries:
        return KINDS["batteries"]
    if deliveries:
        new = some("group_description", "group_active", "group_organizationId")
        where = "new" if new else "existing"
        return KINDS[f"sessions-with-delivery-in-{where}-groups"]
    if any(name.startswith("hierarchy_") for name in names) and not any(
        name.startswith(("user_", "session_")) for name in names
    ):
        return KINDS["organizations"]
    if some("user_username"):
        if not some("group_name"):
            return KINDS["users"]
        new_users = some("user_password", "user_name")
        return KINDS[f"link-{'new' if new_users else 'existing'}-user-to-groups"]
    return KINDS["groups"] if some("group_name") else None
