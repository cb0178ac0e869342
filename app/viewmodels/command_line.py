"""The command that does in a terminal what was done in the window."""

from __future__ import annotations

import shlex
import subprocess
import sys
from collections.abc import Mapping, Sequence

from app.core.forms import Field, FieldKind


def send_command(
    paths: Sequence[str],
    destination: str,
    options: Mapping[str, str],
    fields: Sequence[Field],
    *,
    windows: bool = sys.platform == "win32",
) -> str:
    """`longshore send` for these files, quoted for the system's shell; never with a secret."""
    words = ["longshore", "send", "--to", destination]
    for field in fields:
        value = options.get(field.key, "")
        if value and value != field.default and field.kind is not FieldKind.SECRET:
            words += ["--set", f"{field.key}={value}"]
    # What follows are paths, even if one begins with a dash.
    words += ["--", *paths] if any(path.startswith("-") for path in paths) else list(paths)
    return subprocess.list2cmdline(words) if windows else shlex.join(words)
