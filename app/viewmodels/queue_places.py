"""Which place in its server's queue a row has, and which file it waits for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from app.core.uploads import Phase, Upload, Why
from app.viewmodels import sentences
from app.viewmodels.listed import Listed


class QueuePlaces:
    """Reads `lines` when it is asked, and again only after it was told to forget."""

    def __init__(self, lines: Sequence[Listed]) -> None:
        self._lines = lines
        self._places: dict[str, int] | None = None
        self._ahead: dict[tuple[str, int], str] | None = None
        """By send: the file that those waiting for their turn wait for."""

    def forget(self) -> None:
        """The lines are others, or stand elsewhere."""
        self._places = self._ahead = None

    def forget_places(self) -> None:
        """A line began or ceased to wait, or they changed places."""
        self._places = None

    def forget_turns(self) -> None:
        """An upload moved."""
        self._ahead = None

    def place(self, id: str) -> int | None:
        """Counted from 1 for each server; None of what does not wait for a place."""
        if self._places is None:
            seen: Counter[str] = Counter()
            self._places = {}
            for one in self._lines:
                wait = one.upload.wait if one.upload and one.elsewhere is None else None
                if one.upload and one.code == "queued" and wait and wait.why is Why.SLOT:
                    seen[one.upload.destination] += 1
                    self._places[one.id] = seen[one.upload.destination]
        return self._places.get(id)

    def before(self, upload: Upload) -> str:
        """The name of the file of the same send that this one waits for, or was held back by."""
        wait = upload.wait
        if wait is None or upload.phase is not Phase.QUEUED:
            return ""
        if wait.why is not Why.TURN and not sentences.held_by_another(upload):
            return ""
        if self._ahead is None:
            self._ahead = {}
            for one in self._lines:
                ours = one.elsewhere is None
                if one.upload is not None and ours and _stands_ahead(one.upload):
                    send = one.upload.destination, one.upload.batch
                    self._ahead.setdefault(send, one.source.name)
        return self._ahead.get((upload.destination, upload.batch), "")


def _stands_ahead(upload: Upload) -> bool:
    """Whether files of the same send may wait for it: it goes on, or ended badly."""
    if upload.phase is Phase.DONE or sentences.held_by_another(upload):
        return False
    return upload.wait is None or upload.wait.why is not Why.TURN
