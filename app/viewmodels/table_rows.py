"""The lines of the table by position and by id, and which of them are counted, read or ticked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from app.core.uploads import Phase, Upload
from app.viewmodels.listed import Listed
from app.viewmodels.queue_places import QueuePlaces


class TableRows:
    """Keeps what is looked up in step with `lines`; tells nobody."""

    def __init__(self) -> None:
        self.lines: list[Listed] = []
        self.codes: Counter[str] = Counter()
        """Lines by state."""
        self.sending: dict[str, None] = {}
        """Ids of the lines whose bytes move."""
        self.partial: dict[str, None] = {}
        """Ids of those of which a part may have been sent."""
        self.undoable: dict[str, None] = {}
        """Ids of those that were cancelled a moment ago."""
        self.queue = QueuePlaces(self.lines)
        self._at: dict[str, int] = {}

    def __len__(self) -> int:
        return len(self.lines)

    def __contains__(self, id: str) -> bool:
        return id in self._at

    def at(self, id: str) -> int | None:
        """The position of an id; None when it is not there."""
        return self._at.get(id)

    def line(self, id: str) -> Listed | None:
        at = self._at.get(id)
        return None if at is None else self.lines[at]

    def positions(self, ids: Iterable[str]) -> list[int]:
        """Of those ids that are there, in order of position."""
        return sorted(self._at[id] for id in ids if id in self._at)

    # changes

    def append(self, lines: Sequence[Listed]) -> None:
        for at, one in enumerate(lines, len(self.lines)):
            self.lines.append(one)
            self._at[one.id] = at
            self.codes[one.code] += 1
            if one.upload is not None:
                self._follow(one)
        self.queue.forget()

    def cut(self, first: int, last: int) -> list[Listed]:
        """Takes these lines out; `renumber` has to follow."""
        gone = self.lines[first : last + 1]
        for one in gone:
            self._at.pop(one.id, None)
            self.codes[one.code] -= 1
            for names in (self.sending, self.partial, self.undoable):
                names.pop(one.id, None)
        del self.lines[first : last + 1]
        return gone

    def renumber(self, first: int) -> None:
        """Lines from this position on stand elsewhere now."""
        self.queue.forget()
        for at in range(first, len(self.lines)):
            self._at[self.lines[at].id] = at

    def arrange(self, held: Sequence[int], places: Sequence[int]) -> None:
        """The lines at the positions `held` go to `places`, one for one."""
        for at, one in zip(places, [self.lines[at] for at in held], strict=True):
            self.lines[at] = one
            self._at[one.id] = at
        self.queue.forget_places()

    def rename(self, one: Listed, id: str) -> None:
        """The line goes on under another id, in the place it has."""
        self._at[id] = self._at.pop(one.id)
        one.id = id

    def take(self, one: Listed, upload: Upload) -> None:
        """A new snapshot of the line's upload."""
        if one.upload is not None and upload.attempt != one.upload.attempt:
            one.sent = 0
            one.undo_until = 0.0
            self.undoable.pop(one.id, None)
        one.upload = upload
        self.queue.forget_turns()
        if upload.phase is not Phase.SENDING:
            one.rate = one.left = None
        self.recode(one)
        self._follow(one)

    def recode(self, one: Listed) -> None:
        """The line's state may be another one now."""
        code = one.now()
        if code == one.code:
            return
        if "queued" in (code, one.code):
            self.queue.forget_places()
        self.codes[one.code] -= 1
        self.codes[code] += 1
        one.code = code

    def _follow(self, one: Listed) -> None:
        phase = one.upload.phase if one.upload and one.elsewhere is None else None
        for wanted, names in (
            (phase is Phase.SENDING, self.sending),
            (phase in (Phase.SENDING, Phase.QUEUED) and _begun(one), self.partial),
        ):
            if wanted:
                names[one.id] = None
            else:
                names.pop(one.id, None)


def _begun(one: Listed) -> bool:
    return one.upload is not None and (
        one.upload.phase is Phase.SENDING or one.upload.ticket is not None
    )
