"""What earlier runs left: how much of it can go on, and nothing goes on by itself."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import QObject, Signal

from app.core.changes import UploadsTaken
from app.core.problems import FileProblem
from app.core.uploads import Phase, Upload
from app.transfer.local_file import lacking
from app.viewmodels.listed import Moved
from app.viewmodels.row import Tone
from app.viewmodels.uploads import UploadsModel
from app.viewmodels.words import counted, tr

_WORDS = {
    "goes": ("{n} upload can go on", "{n} uploads can go on", "{n} can go on", "{n} can go on"),
    "file": (
        "{n} upload needs its file again",
        "{n} uploads need their files again",
        "{n} needs its file again",
        "{n} need the file again",
    ),
    "server": (
        "{n} upload is being checked on its server",
        "{n} uploads are being checked on their servers",
        "{n} is being checked on the server",
        "{n} are being checked on the server",
    ),
    "failed": (
        "{n} upload failed and is still listed",
        "{n} uploads failed and are still listed",
        "{n} failed",
        "{n} failed",
    ),
}


@dataclass(frozen=True, slots=True)
class Banner:
    """What is told until the person has answered it."""

    text: str
    tone: Tone
    goes_on: bool
    """Whether something waits for the person to say go."""


class Restart(QObject):
    """`changed` when there is a banner, another one, or none any more."""

    changed = Signal()

    def __init__(
        self,
        uploads: UploadsModel,
        release: Callable[[list[str]], None],
        lacking: Callable[[dict[int, FileProblem]], Awaitable[object]],
        parent: QObject | None = None,
    ) -> None:
        """`release` lets held rows go on; `lacking` tells the engine whose files are not there."""
        super().__init__(parent)
        self._uploads = uploads
        self._release = release
        self._lacking = lacking
        self._taken: dict[int, None] = {}
        self._cut_off = False
        self._banner: Banner | None = None

    @property
    def banner(self) -> Banner | None:
        return self._banner

    @property
    def ids(self) -> list[str]:
        """The rows it tells of, those that need their files first."""
        return [f"u{one.id}" for one in sorted(self._known(), key=_order)]

    async def take(self, taken: UploadsTaken) -> None:
        """Looks for the files of what was taken over, puts it in order, and tells of it."""
        fresh = [u for id in taken.ids if (u := self._uploads.upload(f"u{id}")) is not None]
        waiting = [upload for upload in fresh if upload.phase is Phase.QUEUED]
        missed = await asyncio.to_thread(lacking, waiting)
        self._taken.update((upload.id, None) for upload in fresh)
        self._cut_off = self._cut_off or taken.cut_off
        if missed:
            await self._lacking(missed)
            first = [id for id in missed if self._uploads.position(f"u{id}") is not None]
            rest = [id for id in self._uploads.own() if id not in missed]
            self._uploads.reorder([*first, *rest])
        self._tell()

    def moved(self, moves: Sequence[Moved]) -> None:
        """Uploads moved; the banner counts anew what it tells of."""
        if self._banner is not None and any(
            one is not None and one.id in self._taken
            for move in moves
            for one in (move.before, move.after)
        ):
            self._tell()

    def resume(self) -> None:
        """What has its file goes on."""
        held = [f"u{one.id}" for one in self._known() if _group(one) == "goes"]
        self.dismiss()
        self._release(held)

    def dismiss(self) -> None:
        """The rows stay as they are and can go on one by one."""
        self._taken.clear()
        self._cut_off = False
        self._tell()

    def _known(self) -> list[Upload]:
        return [u for id in self._taken if (u := self._uploads.upload(f"u{id}")) is not None]

    def _tell(self) -> None:
        counts = Counter(group for one in self._known() if (group := _group(one)))
        banner = None
        if counts:
            parts: list[str] = []
            for group, words in _WORDS.items():
                if n := counts[group]:
                    parts.append(counted(n, *(words[2:] if parts else words[:2])))
            why = (
                tr("Longshore ended unexpectedly.")
                if self._cut_off
                else tr("Longshore was closed before everything was done.")
            )
            text = tr("{why} {what}.", why=why, what=tr(", ").join(parts))
            tone = Tone.WAITING if self._cut_off or counts["file"] else Tone.NEUTRAL
            banner = Banner(text, tone, counts["goes"] > 0)
        if banner != self._banner:
            self._banner = banner
            self.changed.emit()


def _group(upload: Upload) -> str:
    """Of which words an upload is counted; empty once it is over."""
    match upload.phase:
        case Phase.QUEUED if upload.lacks_file:
            return "file"
        case Phase.FAILED:
            return "failed"
        case Phase.PROCESSING | Phase.UNWATCHED:
            return "server"
        case Phase.DONE | Phase.CANCELLED:
            return ""
        case _:
            return "goes"


def _order(upload: Upload) -> tuple[bool, int]:
    return _group(upload) != "file", upload.id
