"""MonitorModel: the servers' jobs as a table: filtered, searched, sorted and grouped in place."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, Qt, QTimer, Signal

from app.core.changes import Change, Elsewhere, ElsewhereChanged, JobsSeen, UploadChanged
from app.core.history import Past
from app.core.jobs import Job, JobState
from app.core.problems import Problem
from app.core.uploads import Upload
from app.viewmodels import elsewhere, monitor_words
from app.viewmodels.arrangement import ArrangedModel
from app.viewmodels.headings import alignment, heading
from app.viewmodels.monitor_row import (
    HEADS,
    NUMBERS,
    SORTS,
    Column,
    Group,
    MonitorRow,
    Show,
    cell,
    heading_words,
    spoken,
)
from app.viewmodels.sentences import SILENCE_SHOWN
from app.viewmodels.words import counted, number, tr

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()
_SECOND_MS = 1000
USUAL_FROM = 5
"""So many earlier jobs make a usual time."""


class MonitorRole(IntEnum):
    ROW = Qt.ItemDataRole.UserRole + 1
    """The MonitorRow; None for a heading."""
    OPEN = ROW + 1
    """Of a heading: whether its rows are shown; None for a row."""


@dataclass(frozen=True, slots=True)
class Look:
    """When a server last answered (seconds since the epoch), and what is in the way now."""

    at: float | None = None
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class _Heading:
    text: str
    open: bool


class MonitorModel(ArrangedModel):
    """Fed with changes while `following`. `server` gives the name of a destination's id.

    `changed` follows whenever counts or what is known of servers may be different.
    """

    changed = Signal()

    def __init__(
        self,
        server: Callable[[str], str],
        parent: QObject | None = None,
        *,
        epoch: Callable[[], float] = time.time,
    ) -> None:
        super().__init__(parent)
        self._server = server
        self._epoch = epoch
        self.following = False
        self._seen: dict[str, dict[str, Job]] = defaultdict(dict)
        self._uploads: dict[tuple[str, str], tuple[str, Upload]] = {}
        self._keys: dict[str, tuple[str, str]] = {}
        """By the row of an upload: which of its jobs is shown."""
        self._usual_of: Callable[[Upload], float | None] = lambda upload: None
        self._rows: dict[str, MonitorRow] = {}
        self._held: dict[str, str] = {}
        self._headings: dict[str, _Heading] = {}
        self._closed: set[str] = set()
        self._counts: Counter[Show] = Counter()
        self.looks: dict[str, Look] = {}
        """By destination."""
        self.show = Show.ALL
        self.group = Group.NONE
        self.words: tuple[str, ...] = ()
        self.sorted_by, self.descending = Column.STARTED, True
        self._second = QTimer(self)
        self._second.setInterval(_SECOND_MS)
        self._second.timeout.connect(self._count_on)

    # --- what comes in

    def follow(self, usual_of: Callable[[Upload], float | None]) -> None:
        """From now on changes count. `usual_of` gives the usual seconds of jobs like an upload's,
        at once, and None while it does not know."""
        self._usual_of = usual_of
        self.following = True
        self._second.start()

    def rest(self) -> None:
        """Nobody looks: changes pass by. What is shown stays, and is old when somebody looks."""
        self.following = False
        self._second.stop()

    def apply(self, changes: Sequence[Change]) -> None:
        """What the engine told, in order."""
        if not self.following:
            return
        touched: set[tuple[str, str]] = set()
        stale: set[str] = set()
        for change in changes:
            match change:
                case JobsSeen():
                    touched |= self._take_jobs(change, stale)
                case UploadChanged(upload):
                    touched |= self._take_upload(f"u{upload.id}", upload)
                case ElsewhereChanged(changed):
                    for one in changed:
                        touched |= self._take_elsewhere(one)
        if touched or stale:
            self._refresh(touched, stale)

    def remember(self, uploads: Iterable[tuple[str, Upload]]) -> None:
        """Uploads of ours by the ids of their rows, as the list or the history has them."""
        touched: set[tuple[str, str]] = set()
        for row, upload in uploads:
            touched |= self._take_upload(row, upload)
        self._refresh(touched, set())

    def remember_past(self, pasts: Iterable[Past]) -> None:
        """What ended in earlier runs; what is known of this run is newer."""
        self.remember(
            (f"u{one.upload.id}", one.upload)
            for one in pasts
            if one.upload.job is not None
            and (one.upload.destination, one.upload.job.key) not in self._uploads
        )

    def reckon(self) -> None:
        """Usual times are known that were not."""
        self._refresh(set(self._uploads), set())

    def forget(self, destination: str) -> None:
        """The server is no longer saved."""
        self._seen.pop(destination, None)
        self.looks.pop(destination, None)
        for ours in [key for key in self._uploads if key[0] == destination]:
            del self._uploads[ours]
        for key, row in list(self._rows.items()):
            if row.destination == destination:
                del self._rows[key], self._held[key]
        self._rearrange(())

    def _take_jobs(self, change: JobsSeen, stale: set[str]) -> set[tuple[str, str]]:
        known = self._seen[change.destination]
        for key in change.gone:
            known.pop(key, None)
        known |= {job.key: job for job in change.jobs}
        look = Look(change.at, change.problem)
        before = self.looks.get(change.destination, Look())
        if (before.problem is None) is not (look.problem is None):
            stale.add(change.destination)
        self.looks[change.destination] = look
        keys = (*change.gone, *(job.key for job in change.jobs))
        return {(change.destination, key) for key in keys} | {(change.destination, "")}

    def _take_upload(self, row: str, upload: Upload) -> set[tuple[str, str]]:
        if upload.job is None:
            return set()
        key = upload.destination, upload.job.key
        touched = {key}
        before = self._keys.get(row)
        if before is not None and before != key:
            # The server gave its job another name meanwhile, or it was sent anew.
            self._uploads.pop(before, None)
            touched.add(before)
        self._keys[row] = key
        self._uploads[key] = (row, upload)
        return touched

    def _take_elsewhere(self, one: Elsewhere) -> set[tuple[str, str]]:
        return self._take_upload(f"{elsewhere.PREFIX}{one.upload.id}", one.upload)

    # --- rows

    def _refresh(self, touched: set[tuple[str, str]], stale: set[str]) -> None:
        changed: list[str] = []
        reckoned = False
        for destination, job_key in touched:
            if not job_key:
                continue
            key = f"{destination}/{job_key}"
            row = self._made(destination, job_key, key)
            old = self._rows.get(key)
            if row is None:
                if old is not None:
                    del self._rows[key], self._held[key]
                continue
            if row == old:
                continue
            reckoned = reckoned or old is None or (row.ended and not old.ended)
            self._rows[key] = row
            self._held[key] = row.held
            changed.append(key)
        if reckoned:
            changed += self._reckoned()
        changed += [
            key for key, row in self._rows.items() if row.destination in stale and not row.ended
        ]
        self._rearrange(changed)

    def _made(self, destination: str, job_key: str, key: str) -> MonitorRow | None:
        seen = self._seen[destination].get(job_key)
        upload_row, upload = self._uploads.get((destination, job_key), ("", None))
        told = upload.job if upload is not None else None
        job = seen or told
        if job is None:
            return None
        if seen is not None and told is not None and (told.seen or 0.0) > (seen.seen or 0.0):
            job = told
        old = self._rows.get(key)
        failed = upload.result.failed if upload is not None and upload.result else None
        return MonitorRow(
            key,
            destination,
            self._server(destination),
            job,
            monitor_words.code(job, failed),
            name=job.name or (upload.source.name if upload is not None else ""),
            who=job.who or (upload.account if upload is not None else ""),
            upload=upload,
            upload_row=upload_row,
            usual=(self._usual_of(upload) if upload is not None else None)
            or (old.usual if old is not None else None),
        )

    def _reckoned(self) -> list[str]:
        """Rows whose usual time is another one now: the median of their profile's ended jobs."""
        times: dict[tuple[str, str], list[float]] = defaultdict(list)
        for row in self._rows.values():
            took = monitor_words.seconds(row.job, 0.0) if row.job.state is JobState.DONE else None
            if took and (profile := row.job.facts.get("profile")):
                times[row.destination, profile].append(took)
        # Fractions and decimals come with it, and no paint of the window needs them.

        usual = {k: _median(all) for k, all in times.items() if len(all) >= USUAL_FROM}
        changed = []
        for key, row in self._rows.items():
            wanted = usual.get((row.destination, row.job.facts.get("profile", "")))
            own = self._usual_of(row.upload) if row.upload is not None else None
            if (own or wanted) != row.usual:
                self._rows[key] = replace(row, usual=own or wanted)
                changed.append(key)
        return changed

    def _rearrange(self, changed: Iterable[str]) -> None:
        before = self._headings
        self.arrange(self._wanted())
        self.tell(changed)
        self.tell(key for key, one in self._headings.items() if before.get(key) not in (None, one))
        counts: Counter[Show] = Counter()
        for row in self._rows.values():
            for show in Show:
                counts[show] += row.fits(show)
        self._counts = counts
        self.changed.emit()

    def _wanted(self) -> list[str]:
        """The keys to show, in order, with the headings between them."""
        found = [
            row
            for key, row in self._rows.items()
            if row.fits(self.show) and all(word in self._held[key] for word in self.words)
        ]
        found.sort(key=lambda row: row.key)
        found.sort(key=SORTS[self.sorted_by], reverse=self.descending)
        self._headings = {}
        if self.group is Group.NONE:
            return [row.key for row in found]
        groups: dict[tuple[str, ...], list[MonitorRow]] = defaultdict(list)
        for row in found:
            server, batch, added = row.heading
            of_batch = (str(batch), f"{added:.0f}") if self.group is Group.BATCH else ()
            mark = (server, *of_batch)
            groups[mark].append(row)
        lines: list[str] = []
        for mark in sorted(groups, key=lambda mark: _rank(groups[mark][0], self.group)):
            rows = groups[mark]
            key = "\n".join(("", *mark))
            self._headings[key] = _Heading(heading_words(rows, self.group), key not in self._closed)
            lines.append(key)
            if key not in self._closed:
                lines += [row.key for row in rows]
        return lines

    # --- what a person asks for

    def narrow(self, show: Show | None = None, text: str | None = None) -> None:
        """Only rows of one kind, or with all of these words."""
        self.show = self.show if show is None else show
        self.words = self.words if text is None else tuple(text.casefold().split())
        self._rearrange(())

    def group_by(self, group: Group) -> None:
        self.group = group
        self._rearrange(())

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        self.sorted_by = Column(column) if column >= 0 else Column.STARTED
        self.descending = order is Qt.SortOrder.DescendingOrder
        self._rearrange(())

    def toggle(self, at: int, open: bool | None = None) -> None:
        """Shows or hides the rows below the heading in this row."""
        key = self._lines[at]
        heading = self._headings.get(key)
        if heading is None or open is heading.open:
            return
        (self._closed.add if heading.open else self._closed.discard)(key)
        self._rearrange((key,))

    # --- reading

    def row(self, at: int) -> MonitorRow | None:
        """The job in a row; None for a heading."""
        return self._rows.get(self._lines[at]) if 0 <= at < len(self._lines) else None

    def rows(self) -> Iterable[MonitorRow]:
        """Every job, shown or not."""
        return self._rows.values()

    def counts(self) -> Counter[Show]:
        return self._counts

    @property
    def totals(self) -> str:
        """The line below the table."""
        running = [row for row in self._rows.values() if not row.ended]
        n = len(self._rows)
        parts = [counted(n, "{n} job in the last 24 hours", "{n} jobs in the last 24 hours")]
        parts.append(tr("{n} at work", n=number(len(running))))
        if needs := sum(row.code == "needs_approval" for row in running):
            parts.append(counted(needs, "{n} waits for approval", "{n} wait for approval"))
        if failed := self._counts[Show.FAILED]:
            parts.append(tr("{n} failed or with failed records", n=number(failed)))
        counting = [row.job for row in running if row.job.total and row.job.done is not None]
        if counting:
            done = sum(job.done or 0 for job in counting)
            all = sum(job.total or 0 for job in counting)
            parts.append(tr("{n} of {all} records done", n=number(done), all=number(all)))
        return tr(", ").join(parts)

    def state_words(self, row: MonitorRow) -> str:
        """The state, and when it was last heard of if that was not just now."""
        what = monitor_words.sentence(row.job, row.failed)
        look = self.looks.get(row.destination)
        if row.ended:
            return what
        seen = row.job.seen
        if row.job.key not in self._seen[row.destination]:
            # Not in any list: it is asked about by itself, as the list of uploads shows it.
            silent = seen is not None and self._epoch() - seen > SILENCE_SHOWN
            return monitor_words.last_seen(what, seen) if silent else what
        if look is not None and look.problem is not None:
            at = max((one for one in (look.at, seen) if one is not None), default=None)
            return monitor_words.last_seen(what, at)
        if row.job.state is JobState.UNKNOWN and seen is not None:
            return monitor_words.last_seen(what, seen)
        return what

    def seen_at(self, destination: str) -> float | None:
        """When a server last said something about jobs; seconds since the epoch.

        Of one that lists none: about those that were sent from here.
        """
        look = self.looks.get(destination)
        if look is not None and self._seen[destination]:
            return look.at
        ours = (row.job.seen for row in self._rows.values() if row.destination == destination)
        return max((seen for seen in ours if seen is not None), default=None)

    def sentence(self, at: int) -> str:
        """A row, or a heading, as a screen reader says it."""
        row = self.row(at)
        if row is None:
            heading = self._headings.get(self._lines[at])
            return heading.text if heading else ""
        return spoken(row, self._epoch(), self.state_words(row))

    # --- Qt's side

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(Column)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid() or index.row() >= len(self._lines):
            return None
        line = self._lines[index.row()]
        row = self._rows.get(line)
        if role == MonitorRole.ROW:
            return row
        if row is None:
            return self._heading_data(self._headings.get(line), index.column(), role)
        column = Column(index.column())
        match role:
            case Qt.ItemDataRole.DisplayRole | Qt.ItemDataRole.ToolTipRole:
                return self._text(row, column)
            case Qt.ItemDataRole.AccessibleTextRole if column is Column.NAME:
                return self.sentence(index.row())
            case Qt.ItemDataRole.AccessibleTextRole:
                return f"{tr(HEADS[column])}: {self._text(row, column) or tr('none')}"
            case Qt.ItemDataRole.TextAlignmentRole:
                return alignment(column, NUMBERS)
        return None

    def _text(self, row: MonitorRow, column: Column) -> str:
        seen = self.state_words(row) if column is Column.STATE else ""
        return cell(row, column, self._epoch(), seen)

    @staticmethod
    def _heading_data(heading: _Heading | None, column: int, role: int) -> Any:
        if heading is None:
            return None
        if role == MonitorRole.OPEN:
            return heading.open
        if role == Qt.ItemDataRole.DisplayRole and column == 0:
            return heading.text
        if role == Qt.ItemDataRole.AccessibleTextRole:
            state = tr("opened") if heading.open else tr("closed")
            return f"{heading.text}, {state}"
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        return heading(Column(section), role, HEADS, NUMBERS)

    def _count_on(self) -> None:
        """The clocks of what is at work, and when it was last seen."""
        if self._lines and any(not row.ended for row in self._rows.values()):
            for column in (Column.STATE, Column.TOOK):
                self.dataChanged.emit(
                    self.index(0, column), self.index(len(self._lines) - 1, column)
                )


def _median(values: list[float]) -> float:
    # The module for this takes as long to load as many a view, and this one is loaded at the start.
    values, middle = sorted(values), len(values) // 2
    return values[middle] if len(values) % 2 else (values[middle - 1] + values[middle]) / 2


def _rank(first: MonitorRow, group: Group) -> tuple[Any, ...]:
    """Servers by name; batches with the last one first, and others' jobs below ours."""
    server, batch, added = first.heading
    if group is Group.SERVER:
        return (first.server.casefold(), server)
    return (not batch, -added, -batch, first.server.casefold(), server)
