"""Dropped paths become drafts: folders are walked and files looked into off the window's thread."""

from __future__ import annotations

import itertools
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.core import catalogue
from app.core.drafts import Draft, Finding, Inspection
from app.core.problems import FileProblem
from app.core.uploads import Source
from app.inspection.looks import refused
from app.inspection.process import LARGE, Inspector
from app.transfer.scan import Met, Skipped, Unusable, Why, identity, scan
from app.viewmodels.looking import BLOCK, BLOCK_SECONDS, Lane, News
from app.viewmodels.tasks import TaskScope
from app.viewmodels.words import counted, tr

if TYPE_CHECKING:
    from app.servers.api import Family

Identity = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class IntakeReport:
    """What came of one drop."""

    added: int = 0
    refused: int = 0
    """Of those added, the ones that cannot be sent at all."""
    hidden: int = 0
    known: int = 0

    @property
    def text(self) -> str:
        parts = [counted(self.added, "{n} file added", "{n} files added")]
        if self.hidden:
            parts.append(
                counted(
                    self.hidden,
                    "{n} hidden or system file skipped",
                    "{n} hidden or system files skipped",
                )
            )
        if self.known:
            parts.append(counted(self.known, "{n} already in the list", "{n} already in the list"))
        return tr(", ").join(parts)


class Intake(QObject):
    """Holds the drafts. They are looked into with the family's `inspect`, one large and one small
    file at a time.

    `in_work` says whether a source is already being delivered, so that it is not listed twice.
    `added` and `changed` carry lists of drafts.
    """

    added = Signal(list)
    changed = Signal(list)
    drafts_changed = Signal()
    finished = Signal(object)
    refused = Signal(object)

    def __init__(
        self,
        tasks: TaskScope,
        in_work: Callable[[Source], bool],
        parent: QObject | None = None,
        *,
        epoch: Callable[[], float] = time.time,
        inspectors: tuple[Inspector, Inspector] | None = None,
    ) -> None:
        """`epoch` gives seconds since the epoch; `inspectors` look into small and large files."""
        super().__init__(parent)
        self._epoch = epoch
        self._tasks = tasks
        self._in_work = in_work
        self._family: Family | None = None
        self._drafts: dict[int, Draft] = {}
        self._ready: dict[int, Draft] = {}
        """Kept up, since there may be thousands."""
        self._known: dict[Identity, int] = {}
        self._identities: dict[int, Identity] = {}
        self._unusable: set[int] = set()
        self._unsaid: dict[int, Inspection] = {}
        """What was found in files before a server said something about them."""
        self._ids = itertools.count(1)
        small, large = inspectors or (Inspector(), Inspector())
        # What is dropped meanwhile does not wait for the end of a long look. The lane of small
        # files walks the folders too: so both never hold the window up at once.
        self._lanes = (Lane(self, tasks, small), Lane(self, tasks, large))
        self._walking = 0
        self._wanted = True

    @property
    def family(self) -> Family | None:
        return self._family

    @property
    def checking(self) -> frozenset[int]:
        """The ids of the drafts that are being looked at."""
        return frozenset(lane.checking for lane in self._lanes if lane.checking is not None)

    @property
    def drafts(self) -> tuple[Draft, ...]:
        return tuple(self._drafts.values())

    @property
    def ready(self) -> tuple[Draft, ...]:
        """The drafts that can be sent, in the order they were added."""
        return tuple(self._ready[id] for id in sorted(self._ready))

    @property
    def busy(self) -> bool:
        """Whether folders are being walked or files looked into."""
        return self._walking > 0 or any(lane.looking for lane in self._lanes)

    def add(self, paths: Sequence[Path]) -> None:
        """Takes files and folders; none means that what was dropped is not on this computer."""
        if not paths:
            self.refused.emit(FileProblem(catalogue.FILE_NOT_LOCAL))
            return
        self._walking += 1
        self._tasks.start(self._take(list(paths)))

    def choose(self, family: Family | None) -> None:
        """The family whose rules hold from now on; drafts are looked into anew when it changed."""
        if family is self._family:
            return
        self._family = family
        self._unsaid.clear()
        for id, draft in list(self._drafts.items()):
            if id not in self._unusable:
                self._put(
                    replace(draft, inspection=None, accepted=frozenset(), looked=0, glanced=None)
                )
        self._tell(self.drafts)
        self._look()

    def find(self, id: int) -> Draft | None:
        return self._drafts.get(id)

    def add_findings(self, found: Mapping[int, Sequence[Finding]]) -> None:
        """Adds to drafts, by their ids, what the server said about them before sending."""
        told = []
        for id, findings in found.items():
            draft = self._drafts.get(id)
            if draft is None or draft.inspection is None or not findings:
                continue
            self._unsaid.setdefault(id, draft.inspection)
            known = draft.inspection.findings
            new = [one for one in findings if one not in known]
            inspection = replace(draft.inspection, findings=(*known, *new))
            self._put(replace(draft, inspection=inspection))
            told.append(self._drafts[id])
        if told:
            self._tell(told)

    def forget_said(self) -> None:
        """The server and options in question are others now: what a server said no longer holds."""
        told = []
        for id, inspection in self._unsaid.items():
            if id in self._drafts:
                self._put(replace(self._drafts[id], inspection=inspection))
                told.append(self._drafts[id])
        self._unsaid.clear()
        if told:
            self._tell(told)

    def compare(self, entry: str, found: Mapping[int, Finding | None]) -> None:
        """What comparing these drafts gave, in place of an earlier finding of the same entry.

        Unlike what a server said it holds whatever the server and options are.
        """
        told = []
        for id, finding in found.items():
            new = () if finding is None else (finding,)
            if id in self._unsaid:
                self._unsaid[id] = _with(self._unsaid[id], entry, new)
            draft = self._drafts.get(id)
            if draft is None or draft.inspection is None:
                continue
            inspection = _with(draft.inspection, entry, new)
            if inspection != draft.inspection:
                self._put(replace(draft, inspection=inspection))
                told.append(self._drafts[id])
        if told:
            self._tell(told)

    def remove(self, ids: Sequence[int]) -> None:
        """Forgets drafts; `drafts_changed` tells."""
        for id in ids:
            if self._drafts.pop(id, None) is not None:
                self._known.pop(self._identities.pop(id), None)
                self._unusable.discard(id)
                self._unsaid.pop(id, None)
                self._ready.pop(id, None)
                for lane in self._lanes:
                    lane.unseen.pop(id, None)
        self.drafts_changed.emit()

    def accept(self, ids: Sequence[int], finding: str, *, accepted: bool = True) -> None:
        """The person wants these drafts sent in spite of a finding, or takes that back."""
        told = []
        for id in ids:
            draft = self._drafts.get(id)
            if draft is None:
                continue
            kept = draft.accepted | {finding} if accepted else draft.accepted - {finding}
            self._put(replace(draft, accepted=kept))
            told.append(self._drafts[id])
        self._tell(told)

    def withdraw(self, ids: Sequence[int]) -> Callable[[], None]:
        """Forgets drafts, and gives the way to have them listed again as they were."""
        gone = [
            (self._drafts[id], self._identities[id], id in self._unusable)
            for id in ids
            if id in self._drafts
        ]
        self.remove(ids)

        def back() -> None:
            listed = []
            for draft, same, unusable in gone:
                if same in self._known:
                    continue
                self._known[same], self._identities[draft.id] = draft.id, same
                if unusable:
                    self._unusable.add(draft.id)
                self._put(draft)
                listed.append(draft)
            if listed:
                self.added.emit(listed)
                self.drafts_changed.emit()
                self._look()

        return back

    # --- for the looks; see `looking.Desk`

    def wants(self, id: int, family: Family) -> bool:
        # On a worker: a look at what this thread keeps is safe, a change would not be.
        return self._wanted and id in self._drafts and self._family is family

    def begun(self, draft: Draft) -> None:
        self.changed.emit([draft])

    def going_on(self, news: News) -> None:
        self._put(replace(self._drafts[news.id], looked=news.looked, glanced=news.glanced))
        self.changed.emit([self._drafts[news.id]])

    def ended(self, found: Sequence[tuple[Draft, Inspection]]) -> None:
        now = self._epoch()
        for draft, inspection in found:
            self._put(replace(draft, inspection=inspection, checked=now))
        self._tell([self._drafts[draft.id] for draft, _ in found])

    def rested(self) -> None:
        self.drafts_changed.emit()

    def close(self) -> None:
        """Ends the walk and the looks."""
        self._wanted = False
        for lane in self._lanes:
            lane.close()

    # --- inside

    async def _take(self, paths: list[Path]) -> None:
        report = IntakeReport()
        try:
            walk = scan(paths, lambda: self._wanted)
            folders: dict[str, str] = {}
            while block := await self._lanes[0].work(lambda: _block(walk, folders)):
                report = self._list(block, report)
                self._look()
        finally:
            self._walking -= 1
        self.finished.emit(report)
        self.drafts_changed.emit()

    def _list(
        self, block: Sequence[tuple[Met, Identity | None]], report: IntakeReport
    ) -> IntakeReport:
        new: list[Draft] = []
        met: Counter[str] = Counter()
        now = self._epoch()
        for found, same in block:
            if isinstance(found, Skipped):
                met["known" if found.why is Why.TWICE else "hidden"] += 1
                continue
            if isinstance(found, Unusable):
                source, same = Source(found.path, 0, 0), (found.path, -1, 0)
                inspection, seen = refused(found.problem), now
            else:
                source, inspection, seen = found, None, None
            assert same is not None
            if same in self._known or self._in_work(source):
                met["known"] += 1
                continue
            draft = Draft(next(self._ids), source, inspection, added=now, checked=seen)
            self._put(draft)
            self._known[same] = draft.id
            self._identities[draft.id] = same
            if inspection is not None:
                self._unusable.add(draft.id)
                met["refused"] += 1
            new.append(draft)
        if new:
            self.added.emit(new)
        return IntakeReport(
            report.added + len(new),
            report.refused + met["refused"],
            report.hidden + met["hidden"],
            report.known + met["known"],
        )

    def _look(self) -> None:
        for lane in self._lanes:
            lane.look()

    def _put(self, draft: Draft) -> None:
        self._drafts[draft.id] = draft
        unseen = self._lanes[draft.source.size >= LARGE].unseen
        for belongs, held in (
            (draft.sendable, self._ready),
            (draft.inspection is None, unseen),
        ):
            held.pop(draft.id, None)
            if belongs:
                held[draft.id] = draft

    def _tell(self, drafts: Iterable[Draft]) -> None:
        self.changed.emit(list(drafts))
        self.drafts_changed.emit()


def _block(walk: Iterator[Met], folders: dict[str, str]) -> list[tuple[Met, Identity | None]]:
    """The next finds with their identities; empty at the end. Runs on the worker.

    `folders` keeps the real paths of folders from block to block.
    """
    block: list[tuple[Met, Identity | None]] = []
    until = time.monotonic() + BLOCK_SECONDS
    for found in walk:
        same = _identity(found, folders) if isinstance(found, Source) else None
        block.append((found, same))
        if len(block) >= BLOCK or time.monotonic() > until:
            break
    return block


def _identity(source: Source, folders: dict[str, str]) -> Identity:
    """As `scan.identity`, which looks at every part of the path, without doing so per file."""
    folder, name = os.path.split(source.path)
    if os.path.islink(source.path):  # noqa: PTH114
        return identity(source)
    if folder not in folders:
        folders[folder] = os.path.realpath(folder)
    return os.path.join(folders[folder], name), source.size, source.changed_ns  # noqa: PTH118


def _with(inspection: Inspection, entry: str, new: tuple[Finding, ...]) -> Inspection:
    left = (one for one in inspection.findings if one.id != entry)
    return replace(inspection, findings=(*left, *new))
