"""Where settings, journal, history and logs live on each system."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import platformdirs

from app.storage.problems import FOLDER_UNWRITABLE, StorageProblem

HOME_VARIABLE = "LONGSHORE_HOME"
# The directory is named like the command on Linux and like the program elsewhere.
_NAME = "longshore" if sys.platform.startswith("linux") else "Longshore"


@dataclass(frozen=True, slots=True)
class Places:
    """Absolute folders; nothing exists before `made`."""

    config: Path
    state: Path
    logs: Path

    @property
    def settings(self) -> Path:
        return self.config / "settings.toml"

    @property
    def destinations(self) -> Path:
        return self.config / "destinations.toml"

    def made(self) -> Self:
        """The same, with the missing folders made for this user alone. Raises StorageProblem."""
        for folder in (self.config, self.state, self.logs):
            try:
                folder.parent.mkdir(parents=True, exist_ok=True)
                folder.mkdir(mode=0o700, exist_ok=True)
            except OSError as error:
                facts = {"folder": str(folder), "reason": error.strerror or str(error)}
                raise StorageProblem(FOLDER_UNWRITABLE, facts) from error
        return self


def places(environment: Mapping[str, str] = os.environ) -> Places:
    """Under LONGSHORE_HOME if that is set, otherwise where the system wants such things."""
    if home := environment.get(HOME_VARIABLE):
        folder = Path(home).expanduser().absolute()
        return Places(folder, folder, folder / "log")
    return Places(
        platformdirs.user_config_path(_NAME, appauthor=False),
        platformdirs.user_state_path(_NAME, appauthor=False),
        platformdirs.user_log_path(_NAME, appauthor=False),
    )
