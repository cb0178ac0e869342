"""What the history says about files that are added: their bytes were sent before, or one no larger
was refused because of its size."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, MutableMapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from app.core import catalogue
from app.core.catalogue import Entry
from app.core.drafts import Draft, Finding, Level
from app.core.history import PastLine
from app.core.problems import Problem
from app.core.uploads import Source
from app.reports.words import OUTCOMES
from app.transfer.body import digest_of
from app.viewmodels import words
from app.viewmodels.intake import Intake
from app.viewmodels.tasks import TaskScope
from app.viewmodels.words import tr

if TYPE_CHECKING:
    from app.storage.history import History

_BLOCK = 200
_ENTRIES = (catalogue.FILE_ALREADY_SENT, catalogue.FILE_TOO_LARGE_BEFORE)
Digests = MutableMapping[Source, str]
"""What was read once is not read again while it stays as it is."""


def sent_before(
    history: History, source: Source, destination: str, digests: Digests
) -> Finding | None:
    """What is to be said of a file whose bytes arrived somewhere before; reads it only if a file
    of its size did. Runs in a worker thread; a file that cannot be read is none of its business.
    """
    try:
        if source not in digests:
            if not source.size or not history.known_size(source.size):
                return None
            digests[source] = digest_of(source)
        line = history.same(digests[source], destination)
    except Problem:
        return None
    return None if line is None else _finding(line, destination)


def _finding(line: PastLine, destination: str) -> Finding:
    """A warning where it went to the same server, otherwise for the person to know."""
    facts = {
        "server": line.server,
        "when": words.moment(line.ended),
        "sent": line.name,
        "result": tr(OUTCOMES[line.outcome]),
    }
    level = Level.WARNING if line.destination == destination else Level.INFO
    return Finding(catalogue.FILE_ALREADY_SENT, level, facts)


def too_large(refused: PastLine | None, source: Source) -> Finding | None:
    """What is to be said of a file where `refused` is the smallest that was too large."""
    if refused is None or source.size < refused.size:
        return None
    facts = {
        "name": source.name,
        "server": refused.server,
        "size": words.size(source.size),
        "sent": refused.name,
        "refused": words.size(refused.size),
        "when": words.moment(refused.ended),
    }
    return Finding(catalogue.FILE_TOO_LARGE_BEFORE, Level.WARNING, facts)


class Compared:
    """The one thing the history has to say of a file for a destination; what arrived before was
    not too large. To be called in worker threads."""

    def __init__(self, history: History, destination: str) -> None:
        self._history = history
        self._destination = destination
        self._digests: Digests = {}

    def __call__(self, source: Source) -> Finding | None:
        sent = sent_before(self._history, source, self._destination, self._digests)
        return sent or too_large(self._refused, source)

    @cached_property
    def _refused(self) -> PastLine | None:
        return _refused_for_size(self._history, self._destination)


def _refused_for_size(history: History, destination: str) -> PastLine | None:
    try:
        return history.refused_for_size(destination)
    except Problem:
        return None


class AlreadySent(QObject):
    """Watches the intake and adds what the history says about its drafts, one file at a time."""

    def __init__(
        self,
        tasks: TaskScope,
        intake: Intake,
        destination: Callable[[], str],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._tasks = tasks
        self._intake = intake
        self._destination = destination
        self._history: History | None = None
        self._waiting: dict[int, Draft] = {}
        self._asked: set[tuple[int, str]] = set()
        self._digests: Digests = {}
        self._at_work = False
        intake.changed.connect(self.look)

    def begin(self, history: History) -> None:
        """There is a history to compare with, from now on."""
        self._history = history
        self.look(self._intake.drafts)

    def aim(self) -> None:
        """Files go to another destination from now on."""
        self._asked.clear()
        self.look(self._intake.drafts)

    def look(self, drafts: Iterable[Draft]) -> None:
        """Compares those that were looked into and were not compared for this destination yet."""
        destination = self._destination()
        for draft in drafts:
            key = draft.id, destination
            if draft.inspection is not None and key not in self._asked and destination:
                self._asked.add(key)
                self._waiting[draft.id] = draft
        if self._waiting and self._history is not None and not self._at_work:
            self._at_work = True
            self._tasks.start(self._work(self._history))

    async def _work(self, history: History) -> None:
        try:
            aim, refused = "", None
            while self._waiting:
                some = [self._waiting.pop(id) for id in list(self._waiting)[:_BLOCK]]
                some = [draft for draft in some if self._intake.find(draft.id) is not None]
                destination = self._destination()
                if destination != aim:
                    # Looks through all that failed there: once for thousands of files is enough.
                    refused = await asyncio.to_thread(_refused_for_size, history, destination)
                    aim = destination
                found = await asyncio.to_thread(
                    _compared, history, some, destination, self._digests, refused
                )
                if destination != self._destination():
                    continue
                for entry, told in zip(_ENTRIES, found, strict=True):
                    self._intake.compare(entry.id, told)
        finally:
            self._at_work = False


def _compared(
    history: History,
    drafts: Sequence[Draft],
    destination: str,
    digests: Digests,
    refused: PastLine | None,
) -> tuple[dict[int, Finding | None], dict[int, Finding | None]]:
    """For each of _ENTRIES by draft what is new about it: of most files nothing is said."""
    sent: dict[int, Finding | None] = {}
    large: dict[int, Finding | None] = {}
    for one in drafts:
        finding = sent_before(history, one.source, destination, digests)
        if finding is not None or _has(one, catalogue.FILE_ALREADY_SENT):
            sent[one.id] = finding
        finding = too_large(refused, one.source)
        if finding is not None or _has(one, catalogue.FILE_TOO_LARGE_BEFORE):
            large[one.id] = finding
    return sent, large


def _has(draft: Draft, entry: Entry) -> bool:
    findings = draft.inspection.findings if draft.inspection else ()
    return any(one.id == entry.id for one in findings)
