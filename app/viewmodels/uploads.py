"""The table of drafts and uploads: fed with lists of changes, painted from snapshots and meters."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
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
from app.core.uploads import Source, Upload
from app.transfer.meter import Meter, Rate
from app.viewmodels import elsewhere, row
from app.viewmodels.listed import Listed, Moved, Target, runs
from app.viewmodels.listed_words import ListedWords, rank
from app.viewmodels.roles import Role
from app.viewmodels.row import Kind, RowState
from app.viewmodels.table_rows import TableRows
from app.viewmodels.words import tr

__all__ = ["Moved", "Role", "Target", "UploadsModel"]

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()

_FEW_RUNS = 20
"""More runs of rows than this are told as one."""


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
        self._clock = clock
        self._rows = TableRows()
        self._words = ListedWords(self._rows.queue, target, epoch, clock)
        self._expected: dict[Source, str] = {}
        """The drafts that are about to come back as uploads."""

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
        one = self._rows.lines[index.row()]
        match role:
            case Role.STATE:
                return self._words.state(one)
            case Role.NAME | Qt.ItemDataRole.DisplayRole:
                return one.source.name
            case Role.PATH | Qt.ItemDataRole.ToolTipRole:
                return one.source.path
            case Role.DESTINATION:
                target = self._words.target(one)
                return target.destination.name if target else ""
            case Role.DETAIL:
                return self._words.detail(one)
            case Role.UPLOAD:
                return one.upload
            case Role.DRAFT:
                return one.draft
            case Role.ID:
                return one.id
            case Role.BATCH:
                return one.upload.batch if one.upload else 0
            case Role.SORT:
                return rank(one) * 10_000_000 + index.row()
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._words.spoken(one)
            case Qt.ItemDataRole.AccessibleDescriptionRole:
                return self._words.described(one)
        return None

    # --- what the rest of the window asks

    def counts(self) -> dict[Kind, int]:
        """Rows per filter."""
        counts = dict.fromkeys(Kind, 0)
        for code, n in self._rows.codes.items():
            counts[row.kind(code)] += n
        counts[Kind.ALL] = len(self._rows)
        return counts

    def count(self, code: str) -> int:
        """Rows in one state."""
        return self._rows.codes[code]

    def code_at(self, position: int) -> str:
        return self._rows.lines[position].code

    def source_at(self, position: int) -> Source:
        return self._rows.lines[position].source

    def ids(self, codes: Iterable[str] | None = None) -> list[str]:
        """The ids of all rows, or of those in one of the states, in order."""
        wanted = None if codes is None else frozenset(codes)
        return [one.id for one in self._rows.lines if wanted is None or one.code in wanted]

    def position(self, id: str) -> int | None:
        """The row of an id; None when it is gone."""
        return self._rows.at(id)

    def upload(self, id: str) -> Upload | None:
        one = self._rows.line(id)
        return one.upload if one else None

    def elsewhere(self, id: str) -> Elsewhere | None:
        """What is known of a row of another process; None of our own."""
        one = self._rows.line(id)
        return one.elsewhere if one else None

    def is_own(self, id: str) -> bool:
        """Whether a row can be commanded: it is a draft, or an upload of this process."""
        return id in self._rows and not id.startswith(elsewhere.PREFIX)

    def own(self) -> list[int]:
        """The uploads of this process, in the order of their rows."""
        lines = self._rows.lines
        return [one.upload.id for one in lines if one.upload and one.elsewhere is None]

    def prepared(self, id: str) -> Draft | None:
        """The draft an upload was before it was sent, with what was found in its file."""
        one = self._rows.line(id)
        return one.prepared if one else None

    def state(self, id: str) -> RowState | None:
        one = self._rows.line(id)
        return self._words.state(one) if one else None

    def code(self, id: str) -> str:
        one = self._rows.line(id)
        return one.code if one else ""

    def sent(self, id: str) -> int:
        """Bytes sent as of the last tick."""
        one = self._rows.line(id)
        return one.sent if one else 0

    @property
    def sending(self) -> bool:
        """Whether a row's bytes are moving, so that `tick` is worth calling."""
        return bool(self._rows.sending)

    @property
    def counting_down(self) -> bool:
        """Whether a row shows seconds or can be undone, so that `tick_second` is worth calling."""
        return bool(self._rows.undoable) or self._rows.codes["retrying"] > 0

    # --- drafts

    def set_drafts(self, drafts: Sequence[Draft], destination: str = "") -> None:
        """These drafts and no others, for this destination."""
        self._words.drafts_for = destination
        kept = {f"d{draft.id}" for draft in drafts}
        self._remove([one.id for one in self._rows.lines if one.draft and one.id not in kept])
        self.add_drafts([draft for draft in drafts if f"d{draft.id}" not in self._rows])
        self.change_drafts([draft for draft in drafts if f"d{draft.id}" in self._rows])

    def aim_drafts(self, destination: str) -> None:
        """Drafts are going to be sent to this destination."""
        if destination == self._words.drafts_for:
            return
        self._words.drafts_for = destination
        self._tell([at for at, one in enumerate(self._rows.lines) if one.draft])

    def add_drafts(self, drafts: Sequence[Draft]) -> None:
        self._append([Listed(draft, None) for draft in drafts])

    def change_drafts(self, drafts: Sequence[Draft], *, checking: Collection[int] = ()) -> None:
        """New snapshots of drafts; `checking` are the ids of those being looked at."""
        told = []
        for draft in drafts:
            at = self._rows.at(f"d{draft.id}")
            if at is None:
                continue
            one = self._rows.lines[at]
            one.draft, one.checking = draft, draft.id in checking
            self._rows.recode(one)
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
            at = self._rows.at(name)
            if upload is None:
                if at is not None:
                    gone.append(name)
                    moved.append(Moved(self._rows.lines[at].upload, None))
                continue
            if at is None:
                at = self._settle(upload)
                moved.append(Moved(None, upload))
                if at is None:
                    new.append(Listed(None, upload))
                    continue
            else:
                one = self._rows.lines[at]
                moved.append(Moved(one.upload, upload))
                self._rows.take(one, upload)
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
            at = self._rows.at(f"{elsewhere.PREFIX}{other.upload.id}")
            if at is not None:
                one = self._rows.lines[at]
                one.elsewhere, one.upload, one.sent = other, other.upload, other.sent
                self._rows.recode(one)
                told.append(at)
            elif f"u{other.upload.id}" not in self._rows:
                new.append(Listed(None, None, other))
        self._tell(told)
        self._append(new)
        self._remove([f"{elsewhere.PREFIX}{id}" for id in change.gone])

    def tick(self, meters: Mapping[int, Meter]) -> int:
        """Reads the meters of what is being sent; returns the bytes sent of all unfinished rows."""
        now = self._clock()
        total = 0
        told = []
        for name in self._rows.partial:
            at = self._rows.at(name)
            assert at is not None
            one = self._rows.lines[at]
            assert one.upload is not None
            meter = meters.get(one.upload.id)
            if meter is None:
                continue
            one.sent = meter.sent
            total += one.sent
            if name not in self._rows.sending:
                continue
            if one.rate is None:
                one.rate = Rate()
            one.rate.read(one.sent, now)
            one.left = one.rate.time_left(one.source.size, now)
            self._rows.recode(one)
            told.append(at)
        self._tell(told)
        return total

    def tick_second(self) -> None:
        """Repaints what counts seconds down."""
        now = self._clock()
        told = self._rows.positions(self._rows.undoable)
        for name in list(self._rows.undoable):
            one = self._rows.line(name)
            if one is None or one.undo_until <= now:
                del self._rows.undoable[name]
        if self._rows.codes["retrying"]:
            told += [at for at, one in enumerate(self._rows.lines) if one.code == "retrying"]
        self._tell(told)

    def offer_undo(self, ids: Iterable[str], seconds: float) -> None:
        """The cancel of these rows can be taken back for so long."""
        until = self._clock() + seconds
        for name in ids:
            if (one := self._rows.line(name)) is not None:
                one.undo_until = until
                self._rows.undoable[name] = None

    def reorder(self, ids: Sequence[int]) -> None:
        """Puts the rows of these uploads into this order, in the places they hold together."""
        held = [at for id in ids if (at := self._rows.at(f"u{id}")) is not None]
        places = sorted(held)
        if places == held:
            return
        self.layoutAboutToBeChanged.emit()
        kept = self.persistentIndexList()
        came = dict(zip(held, places, strict=True))
        self._rows.arrange(held, places)
        self.changePersistentIndexList(
            kept, [self.index(came.get(old.row(), old.row()), old.column()) for old in kept]
        )
        self.layoutChanged.emit()

    # --- inside

    def _settle(self, upload: Upload) -> int | None:
        """The row of the draft this upload was, taken over; None when there is none."""
        one = self._rows.line(f"{elsewhere.PREFIX}{upload.id}")
        if one is not None:
            one.elsewhere = None
        else:
            name = self._expected.pop(upload.source, None)
            one = self._rows.line(name) if name else None
            if one is None:
                return None
            one.prepared, one.draft = one.draft, None
        self._rows.rename(one, f"u{upload.id}")
        self._rows.take(one, upload)
        return self._rows.at(one.id)

    def _append(self, lines: Sequence[Listed]) -> None:
        if not lines:
            return
        first = len(self._rows)
        self.beginInsertRows(_NOWHERE, first, first + len(lines) - 1)
        self._rows.append(lines)
        self.endInsertRows()

    def _remove(self, names: Sequence[str]) -> None:
        positions = self._rows.positions(names)
        if not positions:
            return
        gone = runs(positions, gap=0)
        wholesale = len(gone) > _FEW_RUNS
        if wholesale:
            self.beginResetModel()
        for first, last in reversed(gone):
            if not wholesale:
                self.beginRemoveRows(_NOWHERE, first, last)
            for one in self._rows.cut(first, last):
                if one.draft is not None:
                    self._expected.pop(one.draft.source, None)
            if not wholesale:
                self._rows.renumber(first)
                self.endRemoveRows()
        if wholesale:
            self._rows.renumber(0)
            self.endResetModel()

    def _tell(self, positions: Sequence[int]) -> None:
        if not positions:
            return
        changed = runs(sorted(positions), gap=16)
        if len(changed) > _FEW_RUNS:
            changed = [(changed[0][0], changed[-1][1])]
        for first, last in changed:
            self.dataChanged.emit(self.index(first, 0), self.index(last, 0))
