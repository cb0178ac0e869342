"""Monitor: what the saved servers work on, while somebody looks, and what can be done about it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.core.changes import Change, LaneChanged, LaneState
from app.core.destinations import Destination
from app.core.drafts import Finding, Level
from app.core.history import Past, Search
from app.core.jobs import LATELY, JobAction, Result
from app.core.problems import Problem, TrustProblem
from app.core.uploads import Upload
from app.transfer.engine import Engine
from app.viewmodels import monitor_words, words
from app.viewmodels.details import Details
from app.viewmodels.failed import can_cut
from app.viewmodels.monitor_model import Look, MonitorModel
from app.viewmodels.monitor_row import MonitorRow
from app.viewmodels.row import RowAction, RowState, Tone
from app.viewmodels.words import tr

if TYPE_CHECKING:
    from app.viewmodels.uploader import Uploader

_USUAL_KEY = tuple[str, tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class ServerLine:
    """One server above the table: how it stands, and what the person can do about it."""

    id: str
    name: str
    tone: Tone
    words: str
    action: RowAction | None = None


class Monitor(QObject):
    """Asks the servers from `open` to `close`; seldom while nobody can see it."""

    servers_changed = Signal()

    def __init__(self, uploader: Uploader) -> None:
        super().__init__(uploader)
        self._uploader = uploader
        self.model = MonitorModel(self._name, self)
        self._visible = False
        self._asked: set[str] = set()
        self._usual: dict[_USUAL_KEY, float | None] = {}
        self._wanted: set[_USUAL_KEY] = set()
        uploader.destinations.changed.connect(self._servers)

    @property
    def is_open(self) -> bool:
        return self.model.following

    # --- life

    def open(self) -> None:
        """Somebody looks from now on."""
        if self.is_open:
            self.see(True)
        else:
            self._visible = True
            self.model.follow(self._usual_of)
            uploads = self._uploader.uploads
            known = ((id, uploads.upload(id)) for id in uploads.ids())
            self.model.remember((id, one) for id, one in known if one is not None)
        self.begin()

    def begin(self) -> None:
        """The engine runs now, or did before; only then servers are asked."""
        if self.is_open and self._uploader.begun:
            self._uploader.tasks.start(self._remember())
            self._servers()

    def see(self, visible: bool) -> None:
        """The window can be seen, or is hidden or minimized."""
        if self.is_open and visible is not self._visible:
            self._visible = visible
            for id in self._asked:
                self._survey(id)

    def close(self) -> None:
        """Nobody looks any more: no server is asked."""
        self.model.rest()
        for id in self._asked:
            self._uploader.command(Engine.survey, id, False)
        self._asked.clear()

    def refresh(self) -> None:
        """Asks every server at once."""
        for id in self._asked:
            self._uploader.command(Engine.survey_now, id)

    def apply(self, changes: Sequence[Change]) -> None:
        """What the engine told."""
        if self.is_open:
            self.model.apply(changes)
            if any(isinstance(one, LaneChanged) for one in changes):
                self.servers_changed.emit()

    def _servers(self) -> None:
        if not self.is_open or not self._uploader.begun:
            return
        saved = {one.id for one in self._uploader.destinations.all}
        for id in saved - self._asked:
            self._survey(id)
        for id in self._asked - saved:
            self._uploader.command(Engine.survey, id, False)
            self.model.forget(id)
        self._asked = saved
        self.servers_changed.emit()

    def _survey(self, id: str) -> None:
        chosen = self._uploader.preferences.settings.options.get(id)
        self._uploader.command(
            Engine.survey, id, True, visible=self._visible, chosen=(chosen,) if chosen else ()
        )

    async def _remember(self) -> None:
        """What ended in earlier runs; some servers keep no list of their own."""
        history = self._uploader.history.history
        if history is None:
            return
        found = Search(since=time.time() - LATELY.total_seconds())

        def read() -> list[Past]:
            return list(history.past(history.found(found)))

        self.model.remember_past(await asyncio.to_thread(read))

    def _name(self, destination: str) -> str:
        found = self._uploader.destinations.find(destination)
        return found.name if found else destination

    # --- usual times

    def _usual_of(self, upload: Upload) -> float | None:
        key = upload.destination, tuple(sorted(upload.options.items()))
        if key not in self._usual:
            self._usual[key] = None
            self._wanted.add(key)
            if len(self._wanted) == 1:
                self._uploader.tasks.start(self._reckon())
        return self._usual[key]

    async def _reckon(self) -> None:
        await asyncio.sleep(0)
        wanted, self._wanted = self._wanted, set()
        history = self._uploader.history.history
        if history is None:
            return

        def read() -> dict[_USUAL_KEY, float | None]:
            return {key: history.usual_duration(key[0], dict(key[1])) for key in wanted}

        found = await asyncio.to_thread(read)
        self._usual |= found
        if any(found.values()):
            self.model.reckon()

    # --- servers

    def servers(self) -> list[ServerLine]:
        """How each saved server stands, in the order they were added."""
        return [self._server(one) for one in self._uploader.destinations.all]

    def _server(self, saved: Destination) -> ServerLine:
        destinations = self._uploader.destinations
        lane, light = destinations.lane(saved.id), destinations.light(saved.id)
        look = self.model.looks.get(saved.id, Look())
        tone, said = light.tone, light.words
        action: RowAction | None = None
        if lane is not None and lane.state is LaneState.SIGN_IN:
            trust = isinstance(lane.problem, TrustProblem)
            action = RowAction.SETTINGS if trust else RowAction.SIGN_IN
        elif lane is not None and lane.state is LaneState.UNREACHABLE:
            action = RowAction.TRY_NOW
        elif look.problem is not None:
            tone, said = Tone.WAITING, words.title(look.problem).rstrip(".")
        at = self.model.seen_at(saved.id)
        if look.problem is not None:
            if at is not None:
                said = tr("{what}; last seen {time}", what=said, time=words.clock(at))
        elif at is not None:
            said = tr("seen {time}", time=words.clock(at))
        return ServerLine(saved.id, saved.name, tone, said, action)

    # --- jobs

    def actions(self, row: MonitorRow) -> tuple[RowAction, ...]:
        """What can be done with a job, the main action first."""
        offered: list[RowAction] = []
        if row.upload_row and self._uploader.uploads.position(row.upload_row) is not None:
            offered.append(RowAction.DETAILS)
        if row.job.link:
            offered.append(RowAction.OPEN_ON_SERVER)
        if JobAction.APPROVE in row.job.actions:
            offered.append(RowAction.APPROVE)
        if row.ended:
            offered.append(RowAction.REPORT)
        if JobAction.CANCEL in row.job.actions and not row.ended:
            offered.append(RowAction.CANCEL_JOB)
        return tuple(offered)

    async def act(self, row: MonitorRow, action: JobAction, comment: str = "") -> None:
        """Asks the server. Raises Problem."""
        await self._uploader.host.ask(Engine.act_on, row.destination, row.job.ref, action, comment)

    async def report(self, row: MonitorRow) -> Details:
        """What came of an ended job; asked of the server unless it is known. Raises Problem."""
        result = row.upload.result if row.upload is not None else None
        if result is None or not result.complete:
            result = await self._uploader.host.ask(Engine.result, row.destination, row.job.ref)
        return self.details(row, result)

    def state(self, row: MonitorRow) -> RowState:
        """How it stands, as a row of the list of uploads says it."""
        tone, icon = monitor_words.LOOKS[row.code]
        return RowState(row.code, self.model.state_words(row), tone, icon)

    def past(self, row: MonitorRow) -> Past | None:
        """Our upload as the history has it, for what is saved of it; None for others' jobs."""
        if row.upload is None or row.upload.result is None:
            return None
        saved = self._uploader.destinations.find(row.destination)
        return Past(row.upload, row.server, saved.family if saved else "")

    def details(self, row: MonitorRow, result: Result | None = None) -> Details:
        """Everything known about a job, to show or to copy."""
        job, family = row.job, self._uploader.destinations.family_of(row.destination)
        facts = [(tr("Server"), row.server)]
        facts += [(tr("Server says"), job.word)] if job.word else []
        facts += [(tr("By"), row.who)] if row.who else []
        for label, at in ((tr("Begun"), job.started), (tr("Ended"), job.ended)):
            facts += [(label, words.moment(at))] if at is not None else []
        if counted := monitor_words.records(job):
            facts.append((tr("Records"), counted))
        if profile := job.facts.get("profile"):
            facts.append((tr("Job profile"), profile))
        if about := monitor_words.usual(row.usual):
            facts.append((tr("Usually takes"), about))
        facts += monitor_words.ids(job)
        findings = (Finding(job.note, Level.INFO, job.facts),) if job.note is not None else ()
        counts = dict(result.counts) if result else {}
        named = family.counts if family else ()
        return Details(
            row.name,
            row.upload.source.path if row.upload is not None else "",
            tuple(facts),
            counts=tuple((tr(word), counts[key]) for key, word in named if counts.get(key)),
            findings=findings,
            failures=result.failures if result else (),
            failed=result.failed if result else 0,
            cuts=row.upload is not None and can_cut(row.upload, family),
            notes=result.notes if result else (),
            link=(result.link if result else "") or job.link,
        )

    def problem(self, destination: str) -> Problem | None:
        """What is in the way of asking a server."""
        return self.model.looks.get(destination, Look()).problem
