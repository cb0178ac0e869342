"""Uploader: the root of the view models. Builds the others and hands the commands to the engine."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from app.core.changes import Change, LaneChanged, LaneState, UploadsTaken
from app.core.drafts import Draft
from app.core.forms import at_once
from app.core.problems import FileProblem, Problem
from app.core.uploads import Source
from app.storage import Accounts, SettingsFile
from app.viewmodels import words
from app.viewmodels.aim import Aim
from app.viewmodels.arrivals import Arrivals
from app.viewmodels.bandwidth import Bandwidth
from app.viewmodels.clocks import Clocks
from app.viewmodels.destinations import DestinationsModel
from app.viewmodels.draft_questions import DraftQuestions
from app.viewmodels.in_delivery import InDelivery
from app.viewmodels.intake import Intake
from app.viewmodels.listed_rows import ListedRows
from app.viewmodels.mailbox import Mailbox
from app.viewmodels.notices import Notice
from app.viewmodels.preferences import Preferences
from app.viewmodels.restart import Restart
from app.viewmodels.row import Tone
from app.viewmodels.row_commands import RowCommands, number
from app.viewmodels.status import StatusModel
from app.viewmodels.targets import Targets
from app.viewmodels.tasks import TaskScope
from app.viewmodels.uploads import UploadsModel
from app.viewmodels.uploads_filter import UploadsFilter
from app.viewmodels.usual import UsualDurations

# The window is built from the parts above; what comes into play later is loaded when it does.
if TYPE_CHECKING:
    from app.servers.api import Family
    from app.storage.history import History
    from app.transfer.host import EngineHost
    from app.transfer.upload_log import UploadLog
    from app.viewmodels.already_sent import AlreadySent
    from app.viewmodels.corrected import CorrectedCopies
    from app.viewmodels.history import HistoryModel
    from app.viewmodels.leftovers import Leftovers
    from app.viewmodels.lost_files import Fitting, LostFiles
    from app.viewmodels.monitor import Monitor
    from app.viewmodels.past import PastUploads
    from app.viewmodels.rehearsal import Rehearsed
    from app.viewmodels.submission import Submission


class Uploader(RowCommands):
    """Everything the window needs. Commands return at once; ids are row ids (“d12”, “u5”).

    `load` before the window is painted, `begin` once the engine runs, `aclose` before it ends.
    """

    paused_changed = Signal(bool)
    trouble = Signal(object)
    """A Problem met on another thread, to be shown here."""

    def __init__(
        self,
        accounts: Accounts,
        settings: SettingsFile,
        parent: QObject | None = None,
        *,
        epoch: Callable[[], float] = time.time,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self.tasks = TaskScope(self._tell_problem)
        self.preferences = Preferences(settings, self.tasks, self._tell_problem, self)
        self.destinations = DestinationsModel(accounts, lambda: self.host, epoch, self)
        targets = Targets(self.destinations)
        self.uploads = UploadsModel(targets.of, self, epoch=epoch, clock=clock)
        self.filter = UploadsFilter(self.uploads, self)
        self.status = StatusModel(self.destinations, self, epoch=epoch, clock=clock)
        self.intake = Intake(self.tasks, self._in_work, self, epoch=epoch)
        self.questions = DraftQuestions(self.intake, self.uploads, self.offer_undo)
        self.restart = Restart(self.uploads, self.release, self._lacking, self)
        self.usual = UsualDurations(self.tasks, self)
        self.aim = Aim(
            self.destinations,
            targets,
            self.uploads,
            self.intake,
            self.preferences,
            self.tasks,
            self.notice.emit,
            self,
        )
        self.rows = ListedRows(
            self.uploads, self.intake, self.destinations, targets, self.aim, self.usual, epoch
        )
        self.mailbox = Mailbox(self._deliver)
        self.bandwidth = Bandwidth(
            lambda: self.preferences.settings, self.preferences.save, self._limit, self
        )
        self.clocks = Clocks(self.uploads, self.status, lambda: self.host.meters, self)
        self._arrivals = Arrivals(self.aim, self.destinations, lambda: self.lost, self.notice.emit)
        self._targets = targets
        self._epoch = epoch
        self.samples: Mapping[str, tuple[Path, ...]] = {}
        """Files to try the program with, by family; outside the demo there are none."""
        self._in_delivery = InDelivery()
        self.aim.changed.connect(self._aimed)
        self.intake.added.connect(self._listed)
        self.intake.changed.connect(self._drafts_changed)
        self.intake.drafts_changed.connect(self._drafts_settled)
        self.intake.finished.connect(self._arrivals.taken)
        self.intake.refused.connect(self._tell_problem)
        self.trouble.connect(self._tell_problem)

    # --- parts that are made with their first use

    @cached_property
    def already_sent(self) -> AlreadySent:
        from app.viewmodels.already_sent import AlreadySent

        return AlreadySent(self.tasks, self.intake, lambda: self.aim.destination, self)

    @cached_property
    def history(self) -> HistoryModel:
        from app.viewmodels.history import HistoryModel

        return HistoryModel(self.tasks, self)

    @cached_property
    def lost(self) -> LostFiles:
        from app.viewmodels.lost_files import LostFiles

        return LostFiles(
            self.uploads, lambda: self.host, self.destinations.family_of, self.notice.emit
        )

    @cached_property
    def monitor(self) -> Monitor:
        from app.viewmodels.monitor import Monitor

        return Monitor(self)

    @cached_property
    def past(self) -> PastUploads:
        from app.viewmodels.past import PastUploads

        return PastUploads(self)

    @cached_property
    def corrected(self) -> CorrectedCopies:
        from app.viewmodels.corrected import CorrectedCopies

        return CorrectedCopies(self)

    @cached_property
    def _submission(self) -> Submission:
        from app.viewmodels.submission import Submission

        return Submission(self.uploads, self.intake, self.destinations.lane)

    # --- life

    def load(self) -> None:
        """Reads settings and destinations; what is damaged is told, not raised."""
        self.preferences.load()
        try:
            self.destinations.load()
        except Problem as problem:
            self._tell_problem(problem)
        ids = [one.id for one in self.destinations.all]
        chosen = self.preferences.settings.destination
        self.aim.choose(chosen if chosen in ids else ids[0] if ids else "")

    def begin(
        self,
        host: EngineHost,
        families: Mapping[str, Family],
        history: History | None = None,
        log: UploadLog | None = None,
    ) -> None:
        """The engine runs and the kinds of servers are known; both come after the first paint."""
        self._host = host
        self.rows.begin(log)
        if history is not None:
            from app.core.history import Kept

            def kept() -> Kept:
                settings = self.preferences.settings
                return Kept(settings.history_days, settings.history_rows)

            self.history.begin(history, kept)
            self.already_sent.begin(history)
            self.usual.begin(history)
        self.destinations.know(families)
        self.bandwidth.begin()
        self.aim.begin(host)
        self.monitor.begin()

    async def take_over(self) -> None:
        """Lists what ended processes left unfinished. Nothing of it sends by itself."""
        await self.host.call(self.engine.claim)

    def find_file(self, id: str, path: Path) -> None:
        """The file of a row that lacks it is this one; the row goes on if it is the same."""
        self.tasks.start(self.lost.use(id, path))

    def use_found(self, found: Sequence[Fitting]) -> None:
        """Files just added are the ones that rows need; they are no new ones then."""
        self.remove([f"d{one.draft}" for one in found])
        for one in found:
            self.find_file(one.row, one.path)

    async def aclose(self) -> None:
        """Ends gestures and clocks; the engine ends after it."""
        self.clocks.end()
        self.bandwidth.end()
        self.intake.close()
        await self.preferences.aclose()
        await self.tasks.aclose()
        self.mailbox.close()

    # --- destinations

    def destinations_edited(self, id: str) -> None:
        """A destination was added or changed: it becomes the current one and connects anew.

        How many files it is sent at the same time counts at once; what is on its way ends.
        """
        if id == self.aim.destination:
            self.aim.rebuild()
        else:
            self.aim.choose(id)
        self.signed_in(id)
        found, family = self.destinations.find(id), self.destinations.family_of(id)
        if found is not None and family is not None:
            self.command(self.engine.at_once, id, at_once(found.settings) or family.at_once)

    async def remove_destination(self, id: str) -> None:
        """Removes a destination and its secret. Raises StorageProblem or KeyringProblem."""
        await self.destinations.remove(id)
        self.command(self.engine.close_lane, id)
        if id == self.aim.destination:
            left = self.destinations.all
            self.aim.choose(left[0].id if left else "")

    # --- files

    def add(self, paths: Sequence[Path | str]) -> None:
        """Files and folders to the list."""
        self.intake.add([Path(path) for path in paths])

    def add_samples(self, family: str) -> None:
        """The demo's files for a family to the list, and to a destination that takes them."""
        fitting = [one.id for one in self.destinations.all if one.family == family]
        if fitting and (self.aim.family is None or self.aim.family.key != family):
            self.aim.choose(fitting[0])
        self.add(self.samples.get(family, ()))

    def upload(self, ids: Iterable[str] | None = None) -> None:
        """Sends the drafts that are ready, or those of them in `ids`, with the options chosen."""
        chosen = None if ids is None else {number(id) for id in ids if id.startswith("d")}
        drafts = [
            draft for draft in self._submission.waiting() if chosen is None or draft.id in chosen
        ]
        options = self.aim.settled() if drafts else None
        if options is None:
            return
        self.aim.remember()
        there = self.aim.destination
        self.tasks.start(self._submission.send(self.host, there, drafts, options))

    async def rehearse(self) -> Rehearsed | None:
        """What `upload` would do with all that is listed; None without a server or an option."""
        from app.viewmodels.rehearsal import rehearse

        options = self.aim.settled()
        if options is None:
            return None
        there = self.aim.destination
        lane = self.destinations.lane(there)
        target = self._targets.of(there, options)
        account = lane.account if lane else ""
        return await rehearse(self.host, self.intake, there, target, options, account)

    # --- the whole

    def pause(self, on: bool) -> None:
        """The whole queue: nothing new begins; what can go on later without loss stops."""
        if on != self.status.paused:
            self.status.paused = on
            self.command(self.engine.pause, on)
            self.paused_changed.emit(on)
            self.status.changed.emit()

    @property
    def paused(self) -> bool:
        return self.status.paused

    def signed_in(self, destination: str) -> None:
        """The secret or the settings changed."""
        self.command(self.engine.signed_in, destination)
        if destination == self.aim.destination:
            self.aim.options.reload_failed()

    def reset_preferences(self) -> None:
        """Everything as at first, but for the destination and its options last used."""
        self.preferences.reset()
        self.bandwidth.look()

    def leftovers(self) -> Leftovers:
        """What of ours was opened on the servers and never started; nothing is asked yet."""
        from app.viewmodels.leftovers import Leftovers

        return Leftovers(lambda: self.host, self.destinations, self._epoch)

    # --- inside: what comes up

    def _deliver(self, changes: Sequence[Change]) -> None:
        lanes = {one.destination: one for one in changes if isinstance(one, LaneChanged)}
        if lanes:
            self._lanes_changed(lanes)
        moves = self.uploads.apply(changes)
        self._in_delivery.moved(moves)
        ended = self.status.moved(moves, lanes)
        self.restart.moved(moves)
        for change in changes:
            if isinstance(change, UploadsTaken):
                self.tasks.start(self.restart.take(change))
        self.clocks.wake()
        self.monitor.apply(changes)
        if any(one.after is not None and one.after.phase.final for one in moves):
            self.history.outdated()
            self.usual.outdated()
        if ended:
            self._tell(self.status.last, self._verdict())

    async def _lacking(self, problems: dict[int, FileProblem]) -> None:
        await self.host.call(self.engine.lack, problems)
        # Its changes are posted by now.
        self.mailbox.flush()

    def _lanes_changed(self, lanes: Mapping[str, LaneChanged]) -> None:
        self.destinations.lanes_changed(lanes)
        for destination, lane in lanes.items():
            self._submission.lane_changed(lane)
            if lane.state is LaneState.READY and destination == self.aim.destination:
                self.aim.options.reload_failed()

    def _in_work(self, source: Source) -> bool:
        return self._in_delivery.has(self.aim.destination, source)

    def _verdict(self) -> Tone:
        totals = self.status.totals
        return Tone.WAITING if totals.failed or totals.needs else Tone.GOOD

    def _drafts_changed(self, drafts: list[Draft]) -> None:
        self.uploads.change_drafts(drafts, checking=self.intake.checking)

    def _drafts_settled(self) -> None:
        self._drafts_need()
        self.aim.prepare()

    def _drafts_need(self) -> None:
        asking = [id for id in self.uploads.ids(("needs_input",)) if id.startswith("d")]
        self.status.drafts_need(self.uploads.ids(("invalid",)), asking)

    def _aimed(self) -> None:
        if self.begun:
            self.already_sent.aim()
        self._drafts_need()

    def _listed(self, drafts: list[Draft]) -> None:
        self._arrivals.listed(drafts)
        self.uploads.add_drafts(drafts)

    def _tell(self, text: str, tone: Tone = Tone.NEUTRAL) -> None:
        self.notice.emit(Notice(text, tone))

    def _tell_problem(self, problem: Problem) -> None:
        self.notice.emit(Notice(words.title(problem), Tone.BAD, None, problem))

    def _limit(self, bytes_per_second: int | None) -> None:
        # Before the engine runs there is nothing to limit; `begin` tells what is in force then.
        if self._host is not None:
            self.command(self.engine.limit, bytes_per_second)
