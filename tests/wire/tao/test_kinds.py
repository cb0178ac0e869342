"""What a header says a file imports, and when its turn is."""

from __future__ import annotations

import pytest

from app.servers.tao.wire import kinds


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ("user_username user_name user_password", "users"),
        ("user_username user_metadata_GRADE", "users"),
        ("group_name group_description", "groups"),
        ("hierarchy_organizationId hierarchy_organizationName", "organizations"),
        ("user_username user_name group_name", "link-new-user-to-groups"),
        ("user_username group_name group_role", "link-existing-user-to-groups"),
        (
            "session_deliveryId group_name session_name group_active",
            "sessions-with-delivery-in-new-groups",
        ),
        (
            "session_deliveryId group_name session_name",
            "sessions-with-delivery-in-existing-groups",
        ),
        ("session_batteryId group_name session_name", "batteries"),
        ("user_username session_name user_password", "simple-roster"),
        ("principal_username", "simple-roster"),
        ("sourcedId status name", "oneroster"),
        ("USER_USERNAME", None),
        ("name email", None),
        ("", None),
    ],
)
def test_the_columns_decide(header: str, key: str | None) -> None:
    found = kinds.kind_of(header.split())
    assert (found.key if found else None) == key


@pytest.mark.parametrize(
    ("name", "rank"),
    [
        ("organizations.csv", 0),
        ("orgs.csv", 0),
        ("academicSessions.csv", 0),
        ("hierarchies-2026.csv", 0),
        ("My Groups.CSV", 1),
        ("classes.csv", 1),
        ("users.csv", 2),
        ("new students.csv", 2),
        ("link-new-user-to-groups.csv", 3),
        ("enrollments.csv", 3),
        ("sessions-with-delivery-in-new-groups.csv", 4),
        ("batteries.csv", 4),
        ("list.csv", kinds.LAST),
    ],
)
def test_without_a_telling_header_the_name_decides(name: str, rank: int) -> None:
    assert kinds.rank((), name) == rank


def test_the_header_counts_more_than_the_name() -> None:
    assert kinds.rank(("group_name",), "users.csv") == 1


def test_what_identifies_a_row() -> None:
    assert kinds.identifying(("user_name", "user_username")) == 1
    assert kinds.identifying(("some_password", "mail")) == 1
    assert kinds.identifying(("password",)) is None
