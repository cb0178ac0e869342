"""Rows of rostering files: what each kind needs, what a blank cell does, what has to exist."""

import pytest

from tests.sandbox.tao_client import PASSWORD, Open, good, until, users

ORGANIZATIONS = (
    "hierarchy_organizationId,hierarchy_organizationName,hierarchy_parentOrganizationId\n"
)


def file(header: str, *rows: str) -> bytes:
    return "\n".join((header, *rows, "")).encode()


def test_new_users_need_a_password_that_is_strong(tao: Open) -> None:
    client = tao()
    found = client.imported(
        users("a,A,,TRUE", "b,B,short,TRUE", "c,C,alllowercase#1,TRUE", f"d,D,{PASSWORD},maybe")
    )
    assert found[0] == "user_password: This value should not be blank."
    assert found[1].startswith("user_password: At least 8 characters")
    assert found[2].startswith("user_password: At least 8 characters")
    assert found[3] == "user_active: maybe is not a boolean."
    assert client.books.users == {}


def test_columns_absent_blank_and_filled_mean_keep_remove_and_replace(tao: Open) -> None:
    client = tao()
    header = "user_username,user_name,user_password,user_email,user_active,user_metadata_CLASS"
    client.imported(file(header, f"kim,Kim,{PASSWORD},kim@example.org,1,5a"))
    assert client.books.users["kim"]["user_active"] == "TRUE"
    update = file("user_username,user_email,user_active", "kim,,FALSE")
    assert client.imported(update) == [""]
    assert client.books.users["kim"] == {
        "user_username": "kim",
        "user_name": "Kim",
        "user_password": "***",
        "user_active": "FALSE",
        "user_metadata_CLASS": "5a",
    }
    assert client.books.deleted_users == []
    blank = file("user_username,user_password", "kim,")
    assert client.imported(blank) == ["user_password: This value should not be blank."]
    wrong = file("user_username,user_email,user_externalId", "kim,nowhere,", "lee,a@b,5")
    assert client.imported(wrong)[0] == "user_email: This value is not a valid email address."


def test_an_external_id_is_a_json_object(tao: Open) -> None:
    client = tao()
    client.imported(good(1))
    cells = file("user_username,user_externalId", 'user0,{"google": "id"}', "user1,x")
    found = client.imported(cells)
    assert found[0] == ""
    assert client.books.users["user0"]["user_externalId"] == '{"google": "id"}'
    one = file("user_username,user_externalId", "user0,[1]")
    assert client.imported(one) == ["user_externalId: This value is not a JSON object."]


def test_references_have_to_exist_first(tao: Open) -> None:
    client = tao()
    organizations = ORGANIZATIONS.encode() + b"school,The school,root\nclass,A class,school\n"
    groups = file("group_name,group_organizationId", "Class 5a,class")
    people = file("user_username,user_password,user_organizationId", f"kim,{PASSWORD},class")
    links = file("user_username,group_name,group_role", "kim,Class 5a,TEST_TAKER")
    sessions = file("session_name,session_deliveryId,group_name", "Maths,delivery-1,Class 5a")
    batteries = file("session_name,session_batteryId,group_name", "All,battery-1,Class 5a")
    # In the wrong order each says what it misses.
    assert client.imported(groups) == ["group_organizationId: class does not exist."]
    assert client.imported(people) == ["user_organizationId: class does not exist."]
    assert client.imported(links) == ["user_username: kim does not exist."]
    assert client.imported(sessions) == ["group_name: Class 5a does not exist."]
    assert client.imported(batteries) == ["group_name: Class 5a does not exist."]
    for content in (organizations, groups, people, links, sessions, batteries):
        assert set(client.imported(content)) == {""}
    books = client.books
    assert set(books.organizations) == {"school", "class"}
    assert books.groups["Class 5a"]["group_active"] == "TRUE"
    assert books.links == {("kim", "Class 5a"): "TEST_TAKER"}
    assert books.sessions["Maths"]["session_deliveryId"] == "delivery-1"
    assert [one.kind for one in books.imports.values()][-6:] == [
        *("organizations", "groups", "users", "link-existing-user-to-groups"),
        *("sessions-with-delivery-in-existing-groups", "batteries"),
    ]
    loose = tao(references=False)
    assert loose.imported(links) == [""]


def test_organizations_have_one_parent_each_and_fifteen_levels(tao: Open) -> None:
    client = tao()
    rows = [f"o{level},Level {level},{f'o{level - 1}' if level else 'root'}" for level in range(16)]
    found = client.imported(file(ORGANIZATIONS.strip(), *rows, ",No id,root", "x,,root", "y,Y,"))
    assert found[:15] == [""] * 15
    assert found[15] == "hierarchy_parentOrganizationId: At most 15 levels are allowed."
    assert found[16:] == [
        "hierarchy_organizationId: This value should not be blank.",
        "hierarchy_organizationName: This value should not be blank.",
        "hierarchy_parentOrganizationId: This value should not be blank.",
    ]


def test_new_users_are_linked_to_groups_that_exist(tao: Open) -> None:
    client = tao()
    client.imported(file("group_name", "Class 5a"))
    header = "user_username,user_name,user_password,group_name,group_role"
    found = client.imported(
        file(
            header,
            f"kim,Kim,{PASSWORD},Class 5a,GRADER",
            f"kim,Kim,{PASSWORD},Class 5a,GRADER",
            f"lee,Lee,{PASSWORD},Class 5b,GRADER",
            f"max,Max,{PASSWORD},,GRADER",
        )
    )
    assert found == [
        "",
        "user_username: kim occurs more than once in this file.",
        "group_name: Class 5b does not exist.",
        "group_name: This value should not be blank.",
    ]
    assert set(client.books.users) == {"kim"}


def test_sessions_make_their_groups_and_stay_in_them(tao: Open) -> None:
    client = tao()
    header = "session_deliveryId,group_name,group_active,session_name,session_startDate"
    found = client.imported(
        file(
            header,
            "delivery-1,Class 5a,TRUE,Maths,2026-1-9T08:00:00Z",
            "delivery-1,Class 5a,TRUE,Physics,tomorrow",
            ",Class 5a,TRUE,Music,",
        )
    )
    assert found == [
        "",
        "session_startDate: tomorrow is not a date.",
        "session_deliveryId: This value should not be blank.",
    ]
    assert set(client.books.groups) == {"Class 5a"}
    client.imported(file("group_name", "Class 5b"))
    moved = file("session_name,session_deliveryId,group_name", "Maths,delivery-1,Class 5b")
    assert client.imported(moved) == [
        "group_name: The group of an existing session cannot be changed."
    ]


def test_simple_roster_deletes_and_keeps_where_the_portal_does_not(tao: Open) -> None:
    client = tao()
    header = "user_username,user_password,user_organizationId,session_name,user_active"
    found = client.imported(
        file(
            header,
            f"kim,{PASSWORD},school,maths-1,true",
            "lee,,school,maths-1,true",
            f"m x,{PASSWORD},school,maths-1,true",
        )
    )
    assert found == [
        "",
        "user_password: This value should not be blank.",
        "user_username: This value should not contain whitespace.",
    ]
    assert client.imported(file(header, "kim,,,maths-2,")) == [""]
    assert client.books.users["kim"]["user_organizationId"] == "school"
    assert client.books.users["kim"]["session_name"] == "maths-2"
    assert client.imported(file(header, "kim,,,,false")) == [""]
    assert (client.books.users, client.books.deleted_users) == ({}, ["kim"])


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("name,age", "Global import error: header mismatch"),
        ("user_username;user_name", "Global import error: header mismatch"),
        ("user_username,user_colour", "header mismatch: unknown column user_colour"),
        ("User_username", "Global import error: header mismatch"),
        ("hierarchy_organizationName", "missing column hierarchy_organizationId"),
        ("group_active,session_deliveryId,session_name", "missing column group_name"),
    ],
)
def test_a_header_that_fits_no_kind_fails_the_import(tao: Open, header: str, words: str) -> None:
    client = tao()
    row = ",".join("x" for _ in header.split(","))
    assert words in client.failed(file(header, row))
    [seen] = client.books.imports.values()
    assert client.http.get(f"/api/v1/upload/api/v1/download/{seen.reference}").status_code == 404


def test_columns_of_others_pass_through_to_the_result(tao: Open) -> None:
    client = tao()
    header = "\ufeffuser_username,user_password,note,status"
    reference = client.sent(file(header, f'kim,{PASSWORD},"a, b",active', "", " , , , "))
    assert client.ended(reference)["fileLine"] == 1
    [row] = client.rows(reference)
    assert list(row) == [
        *("user_username", "user_password", "note", "status"),
        *("errorType", "errorCode", "errorMessage"),
    ]
    assert (row["note"], row["status"]) == ("a, b", "processed")


def test_rows_may_break_inside_the_server_and_come_twice(tao: Open) -> None:
    client = tao(broken_rows=(2,), doubled_rows=True)
    reference = client.sent(good(3))
    assert client.ended(reference) == {"status": "processed", "fileLine": 3, "messages": []}
    rows = client.rows(reference)
    assert [row["status"] for row in rows] == [
        *("processed", "processed", "500", "500", "processed", "processed"),
    ]
    assert rows[2]["errorCode"] == "csv.import.internalError"
    assert set(client.books.users) == {"user0", "user2"}


def test_progress_is_told_at_the_end_or_all_the_time(tao: Open) -> None:
    client = tao(file_line="live", pace=1, queue_seconds=0, records_per_second=100)
    reference = client.sent(good(60))
    until(lambda: client.status(reference).status_code == 200)
    seen = until(lambda: client.status(reference).json()["result"]["fileLine"])
    assert 0 < seen < 60
    assert client.ended(reference)["fileLine"] == 60
    quiet = tao(pace=1, queue_seconds=0, records_per_second=100)
    reference = quiet.sent(good(60))
    until(lambda: quiet.books.imports[reference].lines > 5)
    result = quiet.status(reference).json()["result"]
    assert (result["status"], result["fileLine"]) == ("processing", 0)


def test_bytes_need_not_be_kept(tao: Open) -> None:
    client = tao(keep_bytes=False)
    reference = client.sent(good(3))
    assert client.ended(reference)["fileLine"] == 0
    assert client.books.users == {}
    assert client.books.uploads[0].size == len(good(3))
