"""Dropped paths become drafts: folders are walked and files looked into off the window's thread."""

from __future__ import annotations

import asyncio
import itertools
import os
import time
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from PySide6.QtCore import QObject, Signal

from app.core import catalogue
from app.core.drafts import Draft, Finding, Inspection, Stopped
from app.core.problems import FileProblem
from app.core.uploads import Source
from app.inspection.looks import refused
from app.inspection.process import Inspector
from app.transfer.scan import Met, Skipped, Unusable, Why, identity, scan
from app.viewmodels.tasks import TaskScope
from app.viewmodels.words import counted, tr

if TYPE_CHECKING:
    from app.servers.api import Family

_BLOCK = 400
_BLOCK_SECONDS = 0.04
"""How much the worker brings back at once: rows, or time since the last block. The window stands
still while it takes them in."""
_ASKED = 4_000
"""How many drafts are looked into with one request."""
_TOLD_SECONDS = 0.5
"""How often it is told how far the look into a large file is."""

Identity = tuple[str, int, int]
T = TypeVar("T")


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
    """Holds the drafts. Drafts are looked into with the family's `inspect`, one file at a time.

    `in_work` says whether a source is already being delivered, so that it is not listed twice.
    `added` and `changed` carry lists of drafts; `checking` is the id of the one looked at.
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
        inspector: Inspector | None = None,
    ) -> None:
        """`epoch` gives seconds since the epoch."""
        super().__init__(parent)
        self._epoch = epoch
        self._tasks = tasks
        self._in_work = in_work
        self._family: Family | None = None
        self._drafts: dict[int, Draft] = {}
        self._ready: dict[int, Draft] = {}
        self._unseen: dict[int, Draft] = {}
        """Drafts still to be looked into. Both are kept up, since there may be thousands."""
        self._known: dict[Identity, int] = {}
        self._identities: dict[int, Identity] = {}
        self._unusable: set[int] = set()
        self._unsaid: dict[int, Inspection] = {}
        """What was found in files before a server said something about them."""
        self._ids = itertools.count(1)
        self._worker = ThreadPoolExecutor(1, "intake")
        self._inspector = inspector or Inspector()
        self._walking = 0
        self._looking = False
        self._wanted = True
        self.checking: int | None = None

    @property
    def drafts(self) -> tuple[Draft, ...]:
        return tuple(self._drafts.values())

    @property
    def ready(self) -> tuple[Draft, ...]:
        """The drafts that can be sent, in order."""
        return tuple(self._ready.values())

    @property
    def busy(self) -> bool:
        """Whether folders are being walked or files looked into."""
        return self._walking > 0 or self._looking

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
                self._unseen.pop(id, None)
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

    def close(self) -> None:
        """Ends the walk and the worker."""
        self._wanted = False
        self._inspector.close()
        self._worker.shutdown(wait=False, cancel_futures=True)

    # --- inside

    async def _take(self, paths: list[Path]) -> None:
        report = IntakeReport()
        try:
            walk = scan(paths, lambda: self._wanted)
            folders: dict[str, str] = {}
            while block := await self._work(lambda: _block(walk, folders)):
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
        if self._looking or self._family is None:
            return
        if self._unseen:
            self._looking = True
            self._tasks.start(self._inspect())

    async def _inspect(self) -> None:
        """Looks into drafts until none is left, also those added meanwhile."""
        try:
            while self._family is not None and self._unseen:
                family = self._family
                waiting = list(itertools.islice(self._unseen.values(), _ASKED))
                # So that a large one keeps nobody waiting for the others.
                waiting.sort(key=lambda draft: draft.source.size)
                self.checking = waiting[0].id
                self.changed.emit(waiting[:1])
                await self._follow(family, waiting)
                self.checking = None
            await self._work(self._inspector.rest)
        finally:
            self.checking = None
            self._looking = False
        self.drafts_changed.emit()
        self._look()

    async def _follow(self, family: Family, waiting: Sequence[Draft]) -> None:
        """Takes in inspections as they come, with word of how far a long one is."""
        watcher = _Watcher(waiting, lambda id: self._wants(id, family))
        sources = [draft.source for draft in waiting]
        looks = self._inspector.looks(family, sources, watcher)
        more = True
        while more and family is self._family:
            work = asyncio.ensure_future(self._work(lambda: _some(looks, watcher.found)))
            while not (await asyncio.wait([work], timeout=_TOLD_SECONDS))[0]:
                self._take_in(family, waiting, watcher)
                self._tell_far(watcher.news())
            more = work.result()
            self._take_in(family, waiting, watcher)
        await self._work(looks.close)

    def _wants(self, id: int, family: Family) -> bool:
        # On the worker: a look at what this thread keeps is safe, a change would not be.
        return self._wanted and id in self._drafts and self._family is family

    def _tell_far(self, news: _News | None) -> None:
        if news is None or news.id not in self._unseen:
            return
        self._put(replace(self._drafts[news.id], looked=news.looked, glanced=news.glanced))
        self.checking = news.id
        self.changed.emit([self._drafts[news.id]])

    def _take_in(self, family: Family, waiting: Sequence[Draft], watcher: _Watcher) -> None:
        if family is not self._family:
            return
        told = []
        now = self._epoch()
        while watcher.found:
            at, inspection = watcher.found.popleft()
            draft = waiting[at]
            if draft.id in self._unseen:
                self._put(replace(draft, inspection=inspection, checked=now))
                told.append(self._drafts[draft.id])
        if told:
            self._tell(told)

    def _put(self, draft: Draft) -> None:
        self._drafts[draft.id] = draft
        for belongs, held in (
            (draft.sendable, self._ready),
            (draft.inspection is None, self._unseen),
        ):
            held.pop(draft.id, None)
            if belongs:
                held[draft.id] = draft

    async def _work(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._worker, work)

    def _tell(self, drafts: Iterable[Draft]) -> None:
        self.changed.emit(list(drafts))
        self.drafts_changed.emit()


def _block(walk: Iterator[Met], folders: dict[str, str]) -> list[tuple[Met, Identity | None]]:
    """The next finds with their identities; empty at the end. Runs on the worker.

    `folders` keeps the real paths of folders from block to block.
    """
    block: list[tuple[Met, Identity | None]] = []
    until = time.monotonic() + _BLOCK_SECONDS
    for found in walk:
        same = _identity(found, folders) if isinstance(found, Source) else None
        block.append((found, same))
        if len(block) >= _BLOCK or time.monotonic() > until:
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


class _News(NamedTuple):
    """How far the look into one draft is: bytes seen, and what a glance gave."""

    id: int
    looked: int
    glanced: Inspection | None


class _Watcher:
    """Keeps, on the worker, what came of the looks into some drafts."""

    def __init__(self, drafts: Sequence[Draft], wanted: Callable[[int], bool]) -> None:
        self._ids = [draft.id for draft in drafts]
        self._wanted = wanted
        self._news: _News | None = None
        self.found: deque[tuple[int, Inspection]] = deque()
        """Inspections finished, by the places of the drafts."""

    def seen(self, index: int, size: int) -> None:
        id = self._ids[index]
        if not self._wanted(id):
            raise Stopped
        news = self._news
        glanced = news.glanced if news is not None and news.id == id else None
        self._news = _News(id, size, glanced)

    def glanced(self, index: int, inspection: Inspection) -> None:
        self._news = _News(self._ids[index], 0, inspection)

    def news(self) -> _News | None:
        """Of the draft looked into last."""
        return self._news


def _some(looks: Iterator[tuple[int, Inspection]], found: deque[tuple[int, Inspection]]) -> bool:
    """Adds as many inspections as come within a block's time, at least one; whether there may be
    more. Runs on the worker."""
    until = time.monotonic() + _BLOCK_SECONDS
    for count, one in enumerate(looks, 1):
        found.append(one)
        if count >= _BLOCK or time.monotonic() > until:
            return True
    return False


def _with(inspection: Inspection, entry: str, new: tuple[Finding, ...]) -> Inspection:
    left = (one for one in inspection.findings if one.id != entry)
    return replace(inspection, findings=(*left, *new))
