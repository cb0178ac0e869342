"""What ending the program now would interrupt."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from app.core.uploads import Phase
from app.viewmodels import sentences
from app.viewmodels.uploads import UploadsModel

if TYPE_CHECKING:
    from app.servers.api import Family


@dataclass(frozen=True, slots=True)
class Leaving:
    """What ending the program now would interrupt, in files."""

    moving: int = 0
    """On their way, or waiting to be sent."""
    from_start: int = 0
    """Of those, the ones begun that would begin again at their first byte."""
    on_server: int = 0


def leaving(uploads: UploadsModel, family_of: Callable[[str], Family | None]) -> Leaving:
    """Of this process's uploads only; `family_of` tells the family of a destination."""
    moving = from_start = on_server = 0
    for id in uploads.ids():
        upload = uploads.upload(id)
        if upload is None or upload.phase.final or not uploads.is_own(id):
            continue
        if upload.phase is Phase.PROCESSING:
            on_server += 1
            continue
        moving += 1
        family = family_of(upload.destination)
        if upload.phase is Phase.SENDING and not sentences.can_resume(upload, family):
            from_start += 1
    return Leaving(moving, from_start, on_server)
