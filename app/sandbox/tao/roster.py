"""What the portal knows of people, groups and sessions, and how one row of a file changes it."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

Row = dict[str, str]
Entities = dict[str, Row]

ROOT = "root"
_LEVELS = 15
_BOOLEANS = {"true": "TRUE", "false": "FALSE", "1": "TRUE", "0": "FALSE"}
_PASSWORD = (re.compile(r".{8,}"), re.compile(r"[A-Z]"), re.compile(r"[a-z]"), re.compile(r"[\W_]"))
_BLANK = "{}: This value should not be blank."


class Invalid(Exception):
    """The row is refused; the text names the field."""


@dataclass(slots=True)
class Roster:
    """Everything by its key. Passwords are not kept, only that there is one."""

    users: Entities = field(default_factory=dict)
    groups: Entities = field(default_factory=dict)
    organizations: Entities = field(default_factory=dict)
    sessions: Entities = field(default_factory=dict)
    links: dict[tuple[str, str], str] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)


class Importer:
    """Applies the rows of one file, one after the other; `apply` raises Invalid."""

    def __init__(self, roster: Roster, kind: str, *, references: bool) -> None:
        self._roster = roster
        self._references = references
        self._seen: set[tuple[str, ...]] = set()
        self._rows: dict[str, Callable[[Row], None]] = {
            "users": self._user,
            "groups": self._group,
            "organizations": self._organization,
            "link-new-user-to-groups": self._link_new,
            "link-existing-user-to-groups": self._link_existing,
            "sessions-with-delivery-in-new-groups": self._session_in_new_group,
            "sessions-with-delivery-in-existing-groups": self._session_in_group,
            "batteries": self._battery,
            "simple-roster": self._simple,
        }
        self._kind = kind

    def apply(self, row: Row) -> None:
        self._rows[self._kind](row)

    def _user(self, row: Row) -> None:
        name = _needed(row, "user_username")
        self._once("user_username", name)
        self._write_user(name, row)

    def _write_user(self, name: str, row: Row) -> None:
        old = self._roster.users.get(name)
        if old is None or "user_password" in row:
            _password(_needed(row, "user_password"))
        _boolean(row, "user_active")
        self._known(row, "user_organizationId", self._roster.organizations)
        if (email := row.get("user_email")) and "@" not in email:
            raise Invalid("user_email: This value is not a valid email address.")
        if external := row.get("user_externalId"):
            _json_object("user_externalId", external)
        values = _changed(old, row, "user_")
        self._roster.users[name] = values

    def _group(self, row: Row) -> None:
        name = _needed(row, "group_name")
        self._once("group_name", name)
        self._write_group(name, row)

    def _write_group(self, name: str, row: Row) -> None:
        _boolean(row, "group_active")
        self._known(row, "group_organizationId", self._roster.organizations)
        values = _changed(self._roster.groups.get(name), row, "group_")
        values.setdefault("group_active", "TRUE")
        self._roster.groups[name] = values

    def _organization(self, row: Row) -> None:
        key = _needed(row, "hierarchy_organizationId")
        self._once("hierarchy_organizationId", key)
        _needed(row, "hierarchy_organizationName")
        parent = _needed(row, "hierarchy_parentOrganizationId")
        self._known(row, "hierarchy_parentOrganizationId", self._roster.organizations)
        level = 1
        while (above := self._roster.organizations.get(parent)) is not None:
            level += 1
            if parent == key or level > _LEVELS:
                raise Invalid("hierarchy_parentOrganizationId: At most 15 levels are allowed.")
            parent = above["hierarchy_parentOrganizationId"]
        old = self._roster.organizations.get(key)
        self._roster.organizations[key] = _changed(old, row, "hierarchy_")

    def _link_new(self, row: Row) -> None:
        name = _needed(row, "user_username")
        group = _needed(row, "group_name")
        self._once("user_username", name, group)
        self._known(row, "group_name", self._roster.groups)
        self._write_user(name, row)
        self._roster.links[name, group] = row.get("group_role", "")

    def _link_existing(self, row: Row) -> None:
        name = _needed(row, "user_username")
        group = _needed(row, "group_name")
        self._once("user_username", name, group)
        self._known(row, "user_username", self._roster.users)
        self._known(row, "group_name", self._roster.groups)
        self._roster.links[name, group] = row.get("group_role", "")

    def _session_in_new_group(self, row: Row) -> None:
        group = _needed(row, "group_name")
        name = _needed(row, "session_name")
        self._once("session_name", name)
        if name not in self._roster.sessions:
            _needed(row, "session_deliveryId")
        _dates(row)
        self._write_group(group, row)
        self._write_session(name, group, row)

    def _session_in_group(self, row: Row) -> None:
        self._placed(row, "session_deliveryId")

    def _battery(self, row: Row) -> None:
        self._placed(row, "session_batteryId")

    def _placed(self, row: Row, what: str) -> None:
        name = _needed(row, "session_name")
        self._once("session_name", name)
        _needed(row, what)
        old = self._roster.sessions.get(name)
        group = row.get("group_name") or (old["group_name"] if old is not None else "")
        if not group:
            raise Invalid(_BLANK.format("group_name"))
        if old is not None and old["group_name"] != group:
            raise Invalid("group_name: The group of an existing session cannot be changed.")
        self._known({"group_name": group}, "group_name", self._roster.groups)
        _dates(row)
        self._write_session(name, group, row)

    def _write_session(self, name: str, group: str, row: Row) -> None:
        values = _changed(self._roster.sessions.get(name), row, "session_")
        self._roster.sessions[name] = values | {"group_name": group}

    def _simple(self, row: Row) -> None:
        """The importer of Simple Roster: a blank cell changes nothing, inactive deletes."""
        name = _needed(row, "user_username")
        self._once("user_username", name)
        for key in ("user_username", "session_name"):
            value = row.get(key, "")
            if re.search(r"\s", value):
                raise Invalid(f"{key}: This value should not contain whitespace.")
            if len(value.encode()) > 255:
                raise Invalid(f"{key}: This value is too long.")
        _boolean(row, "user_active")
        if row.get("user_active") == "FALSE":
            if self._roster.users.pop(name, None) is not None:
                self._roster.deleted.append(name)
            return
        old = self._roster.users.get(name)
        if old is None:
            for key in ("user_password", "user_organizationId", "session_name"):
                _needed(row, key)
        given = {key: value for key, value in row.items() if value}
        values = _changed(old, given, "user_")
        if session := row.get("session_name"):
            values["session_name"] = session
        self._roster.users[name] = values

    def _once(self, name: str, *key: str) -> None:
        if key in self._seen:
            raise Invalid(f"{name}: {key[0]} occurs more than once in this file.")
        self._seen.add(key)

    def _known(self, row: Row, name: str, entities: Entities) -> None:
        value = row.get(name)
        if not value or not self._references or value in entities:
            return
        if value == ROOT and entities is self._roster.organizations:
            return
        raise Invalid(f"{name}: {value} does not exist.")


def _needed(row: Row, name: str) -> str:
    if not (value := row.get(name)):
        raise Invalid(_BLANK.format(name))
    return value


def _boolean(row: Row, name: str) -> None:
    """Booleans are written TRUE and FALSE; 1 and 0 are understood."""
    if value := row.get(name):
        if value.lower() not in _BOOLEANS:
            raise Invalid(f"{name}: {value} is not a boolean.")
        row[name] = _BOOLEANS[value.lower()]


def _password(value: str) -> None:
    if not all(rule.search(value) for rule in _PASSWORD):
        raise Invalid(
            "user_password: At least 8 characters with upper case, lower case and a special "
            "character are required."
        )


def _json_object(name: str, value: str) -> None:
    try:
        found = json.loads(value)
    except json.JSONDecodeError:
        found = None
    if not isinstance(found, dict):
        raise Invalid(f"{name}: This value is not a JSON object.")


def _dates(row: Row) -> None:
    for name, value in row.items():
        if name.endswith("Date") and value:
            # Templates of the portal have months and days without a leading zero.
            padded = re.sub(r"-(\d)(?=\D|$)", r"-0\1", value)
            try:
                datetime.fromisoformat(padded)
            except ValueError:
                raise Invalid(f"{name}: {value} is not a date.") from None


def _changed(old: Row | None, row: Row, prefix: str) -> Row:
    """A column that is absent keeps its value, a blank cell removes it."""
    values = dict(old or {})
    for name, value in row.items():
        if not name.startswith(prefix):
            continue
        if not value:
            values.pop(name, None)
        else:
            values[name] = "***" if name == "user_password" else value
    return values
