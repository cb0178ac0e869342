"""What a line of the table says: its state, where it goes, and how it is read aloud."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.viewmodels import elsewhere, row
from app.viewmodels.listed import Listed, Target
from app.viewmodels.queue_places import QueuePlaces
from app.viewmodels.row import Kind, RowState
from app.viewmodels.words import tr

_ORDER = (Kind.FAILED, Kind.NEEDS, Kind.ACTIVE, Kind.OTHER, Kind.DONE)


class ListedWords:
    """`target` gives the words for a destination's id and options; `epoch` is the clock shown to
    people, `clock` one that does not jump; both in seconds."""

    def __init__(
        self,
        queue: QueuePlaces,
        target: Callable[[str, Mapping[str, str]], Target | None],
        epoch: Callable[[], float],
        clock: Callable[[], float],
    ) -> None:
        self._queue = queue
        self._target = target
        self._epoch = epoch
        self._clock = clock
        self.drafts_for = ""
        """The destination drafts are going to be sent to."""

    def state(self, one: Listed) -> RowState:
        if one.upload is None:
            assert one.draft is not None
            return row.draft_state(one.draft, checking=one.checking)
        target = self.target(one)
        now = self._clock()
        if one.elsewhere is not None:
            family = target.family if target else None
            return elsewhere.state(one.elsewhere, family, now=self._epoch())
        return row.state(
            one.upload,
            sent=one.sent,
            rate=one.rate.per_second if one.rate else 0.0,
            eta=one.left,
            stalled=one.rate.stalled(now) if one.rate else 0.0,
            now=self._epoch(),
            family=target.family if target else None,
            place=self._queue.place(one.id) if one.code == "queued" else None,
            before=self._queue.before(one.upload),
            undo=one.undo_until > now,
        )

    def target(self, one: Listed) -> Target | None:
        """Where it goes; None while there is no server to go to."""
        if one.upload is not None:
            return self._target(one.upload.destination, one.upload.options)
        return self._target(self.drafts_for, {}) if self.drafts_for else None

    def detail(self, one: Listed) -> str:
        """“→ Springfield / Default MARC bib”, or empty."""
        target = self.target(one)
        if target is None:
            return ""
        if not target.choice:
            return tr("→ {destination}", destination=target.destination.name)
        return tr(
            "→ {destination} / {choice}", destination=target.destination.name, choice=target.choice
        )

    def spoken(self, one: Listed) -> str:
        """The whole line as one sentence."""
        state = self.state(one)
        return ", ".join((one.source.name, state.text, *state.figures))

    def described(self, one: Listed) -> str:
        return ", ".join(part for part in (one.source.path, self.detail(one)) if part)


def rank(one: Listed) -> int:
    """What needs somebody first is smaller."""
    return _ORDER.index(row.kind(one.code))
