"""The table of drafts and uploads: fed with lists of changes, painted from snapshots and meters."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.core.changes import (
    Change,
    Elsewhere,
    ElsewhereChanged,
    UploadChanged,
    UploadsForgotten,
)
from app.core.drafts import Draft
from app.core.uploads import Phase, Source, Upload, Why
from app.transfer.meter import Meter, Rate
from app.viewmodels import elsewhere, row, sentences
from app.viewmodels.listed import Listed, Moved, Target, runs
from app.viewmodels.row import Kind, RowState
from app.viewmodels.words import tr

__all__ = ["Moved", "Role", "Target", "UploadsModel"]

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()

_FEW_RUNS = 20
"""More runs of rows than this are told as one."""


class Role(IntEnum):
    """What a view can ask of a row besides Qt's own roles."""

    STATE = Qt.ItemDataRole.UserRole + 1
    NAME = STATE + 1
    PATH = STATE + 2
    DESTINATION = STATE + 3
    DETAIL = STATE + 4
    """“→ Springfield / Default MARC bib”"""
    UPLOAD = STATE + 5
    DRAFT = STATE + 6
    ID = STATE + 7
    """“d12” or “u5”"""
    BATCH = STATE + 8
    SORT = STATE + 9


class UploadsModel(QAbstractTableModel):
    """One row per draft or upload, in the order they came.

    `target` gives the words for a destination's id and options. `epoch` is the clock shown to
    people, `clock` one that does not jump; both in seconds.
    """

    def __init__(
        self,
        target: Callable[[str, Mapping[str, str]], Target | None],
        parent: QObject | None = None,
        *,
        epoch: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._target = target
        self._epoch = epoch
        self._clock = clock
        self._rows: list[Listed] = []
        self._at: dict[str, int] = {}
        self._codes: Counter[str] = Counter()
        self._sending: dict[str, None] = {}
        self._partial: dict[str, None] = {}
        self._undoable: dict[str, None] = {}
        self._expected: dict[Source, str] = {}
        self._places: dict[str, int] | None = None
        self._drafts_for: str = ""
        self._ahead: dict[tuple[str, int], str] | None = None
        """By send: the file that those waiting for their turn wait for. Told anew when asked."""

    # --- what Qt asks

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else 1

    def headerData(
        self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole
    ) -> Any:
        if orientation is Qt.Orientation.Horizontal and role == Qt.ItemDataRole.DisplayRole:
            return tr("Files")
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        one = self._rows[index.row()]
        match role:
            case Role.STATE:
                return self._state(one)
            case Role.NAME | Qt.ItemDataRole.DisplayRole:
                return one.source.name
            case Role.PATH | Qt.ItemDataRole.ToolTipRole:
                return one.source.path
            case Role.DESTINATION:
                target = self._target_of(one)
                return target.destination.name if target else ""
            case Role.DETAIL:
                return self._detail(one)
            case Role.UPLOAD:
                return one.upload
            case Role.DRAFT:
                return one.draft
            case Role.ID:
                return one.id
            case Role.BATCH:
                return one.upload.batch if one.upload else 0
            case Role.SORT:
                return self._rank(one) * 10_000_000 + index.row()
            case Qt.ItemDataRole.AccessibleTextRole:
                state = self._state(one)
                return ", ".join((one.source.name, state.text, *state.figures))
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                return ", ".join(part for part in (one.source.path, self._detail(one)) if part)
        return None

    # --- what the rest of the window asks

    def counts(self) -> dict[Kind, int]:
        """Rows per filter."""
        counts = dict.fromkeys(Kind, 0)
        for code, n in self._codes.items():
            counts[row.kind(code)] += n
        counts[Kind.ALL] = len(self._rows)
        return counts

    def count(self, code: str) -> int:
        """Rows in one state."""
        return self._codes[code]

    def code_at(self, position: int) -> str:
        return self._rows[position].code

    def source_at(self, position: int) -> Source:
        return self._rows[position].source

    def ids(self, codes: Iterable[str] | None = None) -> list[str]:
        """The ids of all rows, or of those in one of the states, in order."""
        wanted = None if codes is None else frozenset(codes)
        return [one.id for one in self._rows if wanted is None or one.code in wanted]

    def position(self, id: str) -> int | None:
        """The row of an id; None when it is gone."""
        return self._at.get(id)

    def upload(self, id: str) -> Upload | None:
        at = self._at.get(id)
        return None if at is None else self._rows[at].upload

    def elsewhere(self, id: str) -> Elsewhere | None:
        """What is known of a row of another process; None of our own."""
        at = self._at.get(id)
        return None if at is None else self._rows[at].elsewhere

    def is_own(self, id: str) -> bool:
        """Whether a row can be commanded: it is a draft, or an upload of this process."""
        return id in self._at and not id.startswith(elsewhere.PREFIX)

    def own(self) -> list[int]:
        """The uploads of this process, in the order of their rows."""
        return [one.upload.id for one in self._rows if one.upload and one.elsewhere is None]

    def prepared(self, id: str) -> Draft | None:
        """The draft an upload was before it was sent, with what was found in its file."""
        at = self._at.get(id)
        return None if at is None else self._rows[at].prepared

    def state(self, id: str) -> RowState | None:
        at = self._at.get(id)
        return None if at is None else self._state(self._rows[at])

    def code(self, id: str) -> str:
        at = self._at.get(id)
        return "" if at is None else self._rows[at].code

    def sent(self, id: str) -> int:
        """Bytes sent as of the last tick."""
        at = self._at.get(id)
        return 0 if at is None else self._rows[at].sent

    @property
    def sending(self) -> bool:
        """Whether a row's bytes are moving, so that `tick` is worth calling."""
        return bool(self._sending)

    @property
    def counting_down(self) -> bool:
        """Whether a row shows seconds or can be undone, so that `tick_second` is worth calling."""
        return bool(self._undoable) or self._codes["retrying"] > 0

    # --- drafts

    def set_drafts(self, drafts: Sequence[Draft], destination: str = "") -> None:
        """These drafts and no others, for this destination."""
        self._drafts_for = destination
        kept = {f"d{draft.id}" for draft in drafts}
        self._remove([one.id for one in self._rows if one.draft and one.id not in kept])
        self.add_drafts([draft for draft in drafts if f"d{draft.id}" not in self._at])
        self.change_drafts([draft for draft in drafts if f"d{draft.id}" in self._at])

    def aim_drafts(self, destination: str) -> None:
        """Drafts are going to be sent to this destination."""
        if destination == self._drafts_for:
            return
        self._drafts_for = destination
        self._tell([at for at, one in enumerate(self._rows) if one.draft])

    def add_drafts(self, drafts: Sequence[Draft]) -> None:
        self._append([Listed(draft, None) for draft in drafts])

    def change_drafts(self, drafts: Sequence[Draft], *, checking: int | None = None) -> None:
        """New snapshots of drafts; `checking` is the id of the one being looked at."""
        told = []
        for draft in drafts:
            at = self._at.get(f"d{draft.id}")
            if at is None:
                continue
            one = self._rows[at]
            one.draft, one.checking = draft, draft.id == checking
            self._recode(one)
            told.append(at)
        self._tell(told)

    def remove_drafts(self, ids: Iterable[int]) -> None:
        self._remove([f"d{id}" for id in ids])

    def expect(self, drafts: Iterable[Draft]) -> None:
        """These drafts are about to come back as uploads, in the rows they have."""
        self._expected.update((draft.source, f"d{draft.id}") for draft in drafts)

    def expect_no_more(self, drafts: Iterable[Draft]) -> None:
        for draft in drafts:
            self._expected.pop(draft.source, None)

    # --- uploads

    def apply(self, changes: Sequence[Change]) -> list[Moved]:
        """Takes what the engine told: the last snapshot per upload counts. Returns what moved."""
        last: dict[int, Upload | None] = {}
        for change in changes:
            if isinstance(change, UploadChanged):
                last[change.upload.id] = change.upload
            elif isinstance(change, UploadsForgotten):
                last.update(dict.fromkeys(change.ids))
            elif isinstance(change, ElsewhereChanged):
                self._apply_elsewhere(change)
        moved: list[Moved] = []
        told: list[int] = []
        new: list[Listed] = []
        gone: list[str] = []
        for id, upload in last.items():
            name = f"u{id}"
            at = self._at.get(name)
            if upload is None:
                if at is not None:
                    gone.append(name)
                    moved.append(Moved(self._rows[at].upload, None))
                continue
            if at is None:
                at = self._settle(upload)
                moved.append(Moved(None, upload))
                if at is None:
                    new.append(Listed(None, upload))
                    continue
            else:
                moved.append(Moved(self._rows[at].upload, upload))
                self._take(self._rows[at], upload)
            told.append(at)
        self._tell(told)
        self._append(new)
        self._remove(gone)
        return moved

    def _apply_elsewhere(self, change: ElsewhereChanged) -> None:
        """Rows of other processes; what this one has taken over meanwhile is ours."""
        told: list[int] = []
        new: list[Listed] = []
        for other in change.changed:
            at = self._at.get(f"{elsewhere.PREFIX}{other.upload.id}")
            if at is not None:
                one = self._rows[at]
                one.elsewhere, one.upload, one.sent = other, other.upload, other.sent
                self._recode(one)
                told.append(at)
            elif f"u{other.upload.id}" not in self._at:
                new.append(Listed(None, None, other))
        self._tell(told)
        self._append(new)
        self._remove([f"{elsewhere.PREFIX}{id}" for id in change.gone])

    def tick(self, meters: Mapping[int, Meter]) -> int:
        """Reads the meters of what is being sent; returns the bytes sent of all unfinished rows."""
        now = self._clock()
        total = 0
        told = []
        for name in self._partial:
            at = self._at[name]
            one = self._rows[at]
            assert one.upload is not None
            meter = meters.get(one.upload.id)
            if meter is None:
                continue
            one.sent = meter.sent
            total += one.sent
            if name not in self._sending:
                continue
            if one.rate is None:
                one.rate = Rate()
            one.rate.read(one.sent, now)
            one.left = one.rate.time_left(one.source.size, now)
            self._recode(one)
            told.append(at)
        self._tell(told)
        return total

    def tick_second(self) -> None:
        """Repaints what counts seconds down."""
        now = self._clock()
        told = [self._at[name] for name in self._undoable if name in self._at]
        for name in list(self._undoable):
            at = self._at.get(name)
            if at is None or self._rows[at].undo_until <= now:
                del self._undoable[name]
        if self._codes["retrying"]:
            told += [at for at, one in enumerate(self._rows) if one.code == "retrying"]
        self._tell(told)

    def offer_undo(self, ids: Iterable[str], seconds: float) -> None:
        """The cancel of these rows can be taken back for so long."""
        until = self._clock() + seconds
        for name in ids:
            if (at := self._at.get(name)) is not None:
                self._rows[at].undo_until = until
                self._undoable[name] = None

    def reorder(self, ids: Sequence[int]) -> None:
        """Puts the rows of these uploads into this order, in the places they hold together."""
        held = [self._at[f"u{id}"] for id in ids if f"u{id}" in self._at]
        places = sorted(held)
        if places == held:
            return
        self.layoutAboutToBeChanged.emit()
        kept = self.persistentIndexList()
        rows = [self._rows[at] for at in held]
        came = dict(zip(held, places, strict=True))
        for at, one in zip(places, rows, strict=True):
            self._rows[at] = one
            self._at[one.id] = at
        self._places = None
        self.changePersistentIndexList(
            kept, [self.index(came.get(old.row(), old.row()), old.column()) for old in kept]
        )
        self.layoutChanged.emit()

    # --- inside

    def _settle(self, upload: Upload) -> int | None:
        """The row of the draft this upload was, taken over; None when there is none."""
        taken_over = self._at.pop(f"{elsewhere.PREFIX}{upload.id}", None)
        if taken_over is not None:
            one = self._rows[taken_over]
            one.elsewhere, one.id = None, f"u{upload.id}"
            self._at[one.id] = taken_over
            self._take(one, upload)
            return taken_over
        name = self._expected.pop(upload.source, None)
        at = self._at.pop(name, None) if name else None
        if at is None:
            return None
        one = self._rows[at]
        one.prepared, one.draft, one.id = one.draft, None, f"u{upload.id}"
        self._at[one.id] = at
        self._take(one, upload)
        return at

    def _take(self, one: Listed, upload: Upload) -> None:
        if one.upload is not None and upload.attempt != one.upload.attempt:
            one.sent = 0
            one.undo_until = 0.0
            self._undoable.pop(one.id, None)
        one.upload = upload
        self._ahead = None
        if upload.phase is not Phase.SENDING:
            one.rate = one.left = None
        self._recode(one)
        self._follow(one)

    def _follow(self, one: Listed) -> None:
        phase = one.upload.phase if one.upload and one.elsewhere is None else None
        for wanted, names in (
            (phase is Phase.SENDING, self._sending),
            (phase in (Phase.SENDING, Phase.QUEUED) and self._begun(one), self._partial),
        ):
            if wanted:
                names[one.id] = None
            else:
                names.pop(one.id, None)

    @staticmethod
    def _begun(one: Listed) -> bool:
        return one.upload is not None and (
            one.upload.phase is Phase.SENDING or one.upload.ticket is not None
        )

    def _recode(self, one: Listed) -> None:
        code = one.now()
        if code == one.code:
            return
        if "queued" in (code, one.code):
            self._places = None
        self._codes[one.code] -= 1
        self._codes[code] += 1
        one.code = code

    def _append(self, rows: Sequence[Listed]) -> None:
        if not rows:
            return
        first = len(self._rows)
        self.beginInsertRows(_NOWHERE, first, first + len(rows) - 1)
        for at, one in enumerate(rows, first):
            self._rows.append(one)
            self._at[one.id] = at
            self._codes[one.code] += 1
            if one.upload is not None:
                self._follow(one)
        self._places = self._ahead = None
        self.endInsertRows()

    def _remove(self, names: Sequence[str]) -> None:
        positions = sorted(self._at[name] for name in names if name in self._at)
        if not positions:
            return
        gone = runs(positions, gap=0)
        wholesale = len(gone) > _FEW_RUNS
        if wholesale:
            self.beginResetModel()
        for first, last in reversed(gone):
            if not wholesale:
                self.beginRemoveRows(_NOWHERE, first, last)
            for one in self._rows[first : last + 1]:
                self._forget(one)
            del self._rows[first : last + 1]
            if not wholesale:
                self._renumber(first)
                self.endRemoveRows()
        if wholesale:
            self._renumber(0)
            self.endResetModel()

    def _forget(self, one: Listed) -> None:
        self._at.pop(one.id, None)
        self._codes[one.code] -= 1
        for names in (self._sending, self._partial, self._undoable):
            names.pop(one.id, None)
        if one.draft is not None:
            self._expected.pop(one.draft.source, None)

    def _renumber(self, first: int) -> None:
        self._places = self._ahead = None
        for at in range(first, len(self._rows)):
            self._at[self._rows[at].id] = at

    def _tell(self, positions: Sequence[int]) -> None:
        if not positions:
            return
        changed = runs(sorted(positions), gap=16)
        if len(changed) > _FEW_RUNS:
            changed = [(changed[0][0], changed[-1][1])]
        for first, last in changed:
            self.dataChanged.emit(self.index(first, 0), self.index(last, 0))

    def _state(self, one: Listed) -> RowState:
        if one.upload is None:
            assert one.draft is not None
            return row.draft_state(one.draft, checking=one.checking)
        target = self._target_of(one)
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
            place=self._place(one.id) if one.code == "queued" else None,
            before=self._before(one.upload),
            undo=one.undo_until > now,
        )

    def _place(self, name: str) -> int | None:
        if self._places is None:
            seen: Counter[str] = Counter()
            self._places = {}
            for one in self._rows:
                wait = one.upload.wait if one.upload and one.elsewhere is None else None
                if one.upload and one.code == "queued" and wait and wait.why is Why.SLOT:
                    seen[one.upload.destination] += 1
                    self._places[one.id] = seen[one.upload.destination]
        return self._places.get(name)

    def _before(self, upload: Upload) -> str:
        """The name of the file of the same send that this one waits for, or was held back by."""
        wait = upload.wait
        if wait is None or upload.phase is not Phase.QUEUED:
            return ""
        if wait.why is not Why.TURN and not sentences.held_by_another(upload):
            return ""
        if self._ahead is None:
            self._ahead = {}
            for one in self._rows:
                ours = one.elsewhere is None
                if one.upload is not None and ours and _stands_ahead(one.upload):
                    send = one.upload.destination, one.upload.batch
                    self._ahead.setdefault(send, one.source.name)
        return self._ahead.get((upload.destination, upload.batch), "")

    def _target_of(self, one: Listed) -> Target | None:
        if one.upload is not None:
            return self._target(one.upload.destination, one.upload.options)
        return self._target(self._drafts_for, {}) if self._drafts_for else None

    def _detail(self, one: Listed) -> str:
        target = self._target_of(one)
        if target is None:
            return ""
        if not target.choice:
            return tr("→ {destination}", destination=target.destination.name)
        return tr(
            "→ {destination} / {choice}", destination=target.destination.name, choice=target.choice
        )

    @staticmethod
    def _rank(one: Listed) -> int:
        order = (Kind.FAILED, Kind.NEEDS, Kind.ACTIVE, Kind.OTHER, Kind.DONE)
        return order.index(row.kind(one.code))


def _stands_ahead(upload: Upload) -> bool:
    """Whether files of the same send may wait for it: it goes on, or ended badly."""
    if upload.phase is Phase.DONE or sentences.held_by_another(upload):
        return False
    return upload.wait is None or upload.wait.why is not Why.TURN
