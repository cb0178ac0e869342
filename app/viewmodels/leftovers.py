"""What was opened on the servers and never started: of all of them, each asked for itself."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.core.problems import Problem
from app.servers.api import Leftover
from app.transfer.engine import Engine
from app.viewmodels import words
from app.viewmodels.destinations import DestinationsModel
from app.viewmodels.notices import Notice
from app.viewmodels.row import Tone
from app.viewmodels.words import counted, tr

if TYPE_CHECKING:
    from app.transfer.host import EngineHost

OLD = 3600.0
"""Seconds after which nobody is supposed to be at work on something any more."""


@dataclass(frozen=True, slots=True)
class Left:
    """One thing that is left on a server."""

    destination: str
    leftover: Leftover
    old: bool
    """Younger things may be what somebody sends from another computer just now."""

    @property
    def what(self) -> str:
        return self.leftover.title

    @property
    def detail(self) -> str:
        return self.leftover.detail

    @property
    def who(self) -> str:
        return self.leftover.who

    @property
    def when(self) -> str:
        return words.moment(self.leftover.made) if self.leftover.made else ""


@dataclass(frozen=True, slots=True)
class Asked:
    """One server and what it said; `left` is None while it has not answered."""

    destination: str
    name: str
    left: tuple[Left, ...] | None = None
    problem: Problem | None = None

    @property
    def text(self) -> str:
        if self.problem is not None:
            return tr("Could not be asked: {why}", why=words.title(self.problem))
        if self.left is None:
            return tr("Is being asked…")
        if not self.left:
            return tr("Nothing is left here")
        return counted(len(self.left), "{n} thing is left", "{n} things are left")


class Leftovers(QObject):
    """`ask` fills `servers`; `changed` tells of every answer."""

    changed = Signal()

    def __init__(
        self,
        host: Callable[[], EngineHost],
        destinations: DestinationsModel,
        epoch: Callable[[], float],
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._host = host
        self._epoch = epoch
        self.servers: list[Asked] = [
            Asked(one.id, one.name)
            for one in destinations.all
            if (family := destinations.family_of(one.id)) is not None and family.leaves
        ]

    @property
    def left(self) -> tuple[Left, ...]:
        """Everything found so far."""
        return tuple(left for one in self.servers for left in one.left or ())

    @property
    def asking(self) -> bool:
        return any(one.left is None and one.problem is None for one in self.servers)

    @property
    def headline(self) -> str:
        """How it stands with all of them together."""
        if found := len(self.left):
            return counted(
                found,
                "{n} upload was opened and never started",
                "{n} uploads were opened and never started",
            )
        if self.asking:
            n = len(self.servers)
            return counted(n, "Asking {n} server…", "Asking {n} servers…")
        if any(one.problem for one in self.servers):
            return tr("Nothing was found on the servers that answered")
        return tr("Nothing was left on the servers")

    async def ask(self) -> None:
        """Asks all servers at the same time; trouble with one is no matter to the others."""
        async with asyncio.TaskGroup() as group:
            for place in range(len(self.servers)):
                group.create_task(self._ask_one(place))

    async def _ask_one(self, place: int) -> None:
        asked = self.servers[place]
        try:
            found = await self._host().ask(Engine.leftovers, asked.destination)
        except Problem as problem:
            self.servers[place] = replace(asked, problem=problem)
        else:
            now = self._epoch()
            left = tuple(
                Left(asked.destination, one, one.made is None or now - one.made > OLD)
                for one in sorted(found, key=lambda one: one.made or 0.0)
            )
            self.servers[place] = replace(asked, left=left)
        self.changed.emit()

    async def delete(self, chosen: Sequence[Left]) -> Notice:
        """Deletes what was chosen, as far as it goes, and says what came of it."""
        deleted = spared = 0
        problems: list[Problem] = []
        for one in chosen:
            try:
                gone = await self._host().ask(Engine.take_back, one.destination, one.leftover)
            except Problem as problem:
                problems.append(problem)
            else:
                deleted += gone
                spared += not gone
        parts = [counted(deleted, "{n} leftover deleted", "{n} leftovers deleted")]
        if spared:
            parts.append(counted(spared, "{n} is in use again", "{n} are in use again"))
        if problems:
            why = words.title(problems[0])
            n = len(problems)
            failed = counted(n, "{n} not: {why}", "{n} not: {why}", why=why)
            parts.append(failed)
        tone = Tone.WAITING if problems else Tone.GOOD
        return Notice(tr(", ").join(parts), tone, None, problems[0] if problems else None)
