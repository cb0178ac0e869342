"""What is copied from a row runs in a shell, and holds no secret."""

from __future__ import annotations

import shlex

from app.core.forms import Field, FieldKind
from app.viewmodels.command_line import send_command

FIELDS = (
    Field("profile", "Profile", FieldKind.CHOICE),
    Field("engine", "Engine", default="none"),
    Field("password", "Password", FieldKind.SECRET),
)
OPTIONS = {"profile": "Default - it's", "engine": "none", "password": "s3cret"}


def test_the_command_is_quoted_and_without_what_is_usual_or_secret() -> None:
    line = send_command(["/a b/c.mrc"], "My library", OPTIONS, FIELDS, windows=False)
    assert shlex.split(line) == [
        *("longshore", "send", "--to", "My library"),
        *("--set", "profile=Default - it's", "/a b/c.mrc"),
    ]
    assert "s3cret" not in line


def test_names_that_look_like_options_are_files() -> None:
    assert send_command(["-x.mrc"], "a", {}, FIELDS, windows=False).endswith("a -- -x.mrc")


def test_windows_has_its_own_quotes() -> None:
    line = send_command(["C:\\a b.mrc"], "My library", {}, FIELDS, windows=True)
    assert line == 'longshore send --to "My library" "C:\\a b.mrc"'
