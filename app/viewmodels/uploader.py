"""Uploader: the root of the view models. Builds the others and hands the commands to the engine."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from app.core.changes import Change, LaneChanged, LaneState, UploadsTaken
from app.core.drafts import Draft
from app.core.forms import Choice, at_once
from app.core.problems import FileProblem, Problem
from app.core.uploads import Phase, Source, Upload
from app.storage import Accounts, Settings, SettingsFile
from app.viewmodels import elsewhere, row, sentences, words
from app.viewmodels.bandwidth import Bandwidth
from app.viewmodels.command_line import send_command
from app.viewmodels.destinations import DestinationsModel
from app.viewmodels.draft_questions import DraftQuestions
from app.viewmodels.form import FormModel
from app.viewmodels.intake import Intake, IntakeReport
from app.viewmodels.kept_settings import KeptSettings
from app.viewmodels.mailbox import Mailbox
from app.viewmodels.notices import Leaving, Notice
from app.viewmodels.restart import Restart
from app.viewmodels.row import RowAction, Tone
from app.viewmodels.row_commands import RowCommands, number
from app.viewmodels.status import StatusModel
from app.viewmodels.suggestion import suggested, takes
from app.viewmodels.targets import Targets
from app.viewmodels.tasks import TaskScope
from app.viewmodels.uploads import UploadsModel
from app.viewmodels.uploads_filter import UploadsFilter
from app.viewmodels.usual import UsualDurations
from app.viewmodels.words import counted, tr

# The window is built from the parts above; what comes into play later is loaded when it does.
if TYPE_CHECKING:
    from app.core.previews import Preview
    from app.servers.api import Family
    from app.storage.history import History
    from app.transfer.host import EngineHost
    from app.transfer.upload_log import UploadLog
    from app.viewmodels.already_sent import AlreadySent
    from app.viewmodels.corrected import CorrectedCopies
    from app.viewmodels.details import Beyond, Details
    from app.viewmodels.history import HistoryModel
    from app.viewmodels.leftovers import Leftovers
    from app.viewmodels.lost_files import Fitting, LostFiles
    from app.viewmodels.monitor import Monitor
    from app.viewmodels.past import PastUploads
    from app.viewmodels.rehearsal import Rehearsed
    from app.viewmodels.submission import Submission

TICK_MS = 100
SECOND_MS = 1000


class Uploader(RowCommands):
    """Everything the window needs. Commands return at once; ids are row ids (“d12”, “u5”).

    `load` before the window is painted, `begin` once the engine runs, `aclose` before it ends.
    """

    busy_changed = Signal(bool)
    current_changed = Signal(str)
    """The current destination's id; the form of its options is another one now."""
    paused_changed = Signal(bool)
    settings_changed = Signal()
    """A preference is another one now; read `settings`."""
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
        self._settings_file = settings
        self.settings = Settings()
        self.tasks = TaskScope(self._tell_problem)
        self._kept = KeptSettings(settings, self.tasks)
        self.destinations = DestinationsModel(accounts, lambda: self.host, epoch, self)
        self._targets = Targets(self.destinations)
        self.uploads = UploadsModel(self._targets.of, self, epoch=epoch, clock=clock)
        self.filter = UploadsFilter(self.uploads, self)
        self.status = StatusModel(self.destinations, self, epoch=epoch, clock=clock)
        self.intake = Intake(self.tasks, self._in_work, self, epoch=epoch)
        self.questions = DraftQuestions(self.intake, self.uploads, self.offer_undo)
        self.restart = Restart(self.uploads, self.release, self._lacking, self)
        self.usual = UsualDurations(self.tasks, self)
        self.options = FormModel((), parent=self)
        self.mailbox = Mailbox(self._deliver)
        self.bandwidth = Bandwidth(lambda: self.settings, self._save, self._limit, self)
        self._epoch = epoch
        self._log: UploadLog | None = None
        self.samples: Mapping[str, tuple[Path, ...]] = {}
        """Files to try the program with, by family; outside the demo there are none."""
        self._met: list[Draft] = []
        """What was listed since the last drop was taken."""
        self._current = ""
        self._asked_about: Mapping[str, str] = {}
        """The options with which a server was last asked about files."""
        self._in_delivery: Counter[tuple[str, Source]] = Counter()
        self._busy = False
        self._tick = QTimer(self)
        self._tick.setInterval(TICK_MS)
        self._tick.timeout.connect(self._read_meters)
        self._second = QTimer(self)
        self._second.setInterval(SECOND_MS)
        self._second.timeout.connect(self._count_down)
        self.intake.added.connect(self._listed)
        self.intake.changed.connect(self._drafts_changed)
        self.intake.drafts_changed.connect(self._drafts_settled)
        self.intake.finished.connect(self._taken)
        self.intake.refused.connect(self._tell_problem)
        self.trouble.connect(self._tell_problem)

    # --- parts that are made with their first use

    @cached_property
    def already_sent(self) -> AlreadySent:
        from app.viewmodels.already_sent import AlreadySent

        return AlreadySent(self.tasks, self.intake, lambda: self._current, self)

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
        try:
            self.settings = self._settings_file.load()
        except Problem as problem:
            self._tell_problem(problem)
        self.settings_changed.emit()
        try:
            self.destinations.load()
        except Problem as problem:
            self._tell_problem(problem)
        ids = [one.id for one in self.destinations.all]
        chosen = self.settings.destination
        self.set_current(chosen if chosen in ids else ids[0] if ids else "")

    def begin(
        self,
        host: EngineHost,
        families: Mapping[str, Family],
        history: History | None = None,
        log: UploadLog | None = None,
    ) -> None:
        """The engine runs and the kinds of servers are known; both come after the first paint."""
        self._host = host
        self._log = log
        if history is not None:
            from app.core.history import Kept

            self.history.begin(
                history, lambda: Kept(self.settings.history_days, self.settings.history_rows)
            )
            self.already_sent.begin(history)
            self.usual.begin(history)
        self.destinations.know(families)
        self.bandwidth.begin()
        self._rebuild()
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
        self._tick.stop()
        self._second.stop()
        self.bandwidth.end()
        self.intake.close()
        await self._kept.aclose()
        await self.tasks.aclose()
        self.mailbox.close()

    # --- the current destination

    @property
    def current(self) -> str:
        """The id of the destination new files go to, or empty."""
        return self._current

    @property
    def family(self) -> Family | None:
        return self.destinations.family_of(self._current)

    @property
    def takes_text(self) -> str:
        """What the current destination takes, in one line."""
        return tr(self.family.takes_text) if self.family else ""

    def set_current(self, id: str) -> None:
        """New files go to this destination from now on."""
        if id == self._current:
            return
        self._remember_options()
        self._current = id
        self._save(replace(self.settings, destination=id))
        self._rebuild()

    def destinations_edited(self, id: str) -> None:
        """A destination was added or changed: it becomes the current one and connects anew.

        How many files it is sent at the same time counts at once; what is on its way ends.
        """
        if id == self._current:
            self._rebuild()
        else:
            self.set_current(id)
        self.signed_in(id)
        found, family = self.destinations.find(id), self.destinations.family_of(id)
        if found is not None and family is not None:
            self.command(self.engine.at_once, id, at_once(found.settings) or family.at_once)

    async def remove_destination(self, id: str) -> None:
        """Removes a destination and its secret. Raises StorageProblem or KeyringProblem."""
        await self.destinations.remove(id)
        self.command(self.engine.close_lane, id)
        if id == self._current:
            left = self.destinations.all
            self.set_current(left[0].id if left else "")

    # --- files

    def add(self, paths: Sequence[Path | str]) -> None:
        """Files and folders to the list."""
        self.intake.add([Path(path) for path in paths])

    def add_samples(self, family: str) -> None:
        """The demo's files for a family to the list, and to a destination that takes them."""
        fitting = [one.id for one in self.destinations.all if one.family == family]
        if fitting and (self.family is None or self.family.key != family):
            self.set_current(fitting[0])
        self.add(self.samples.get(family, ()))

    def upload(self, ids: Iterable[str] | None = None) -> None:
        """Sends the drafts that are ready, or those of them in `ids`, with the options chosen."""
        chosen = None if ids is None else {number(id) for id in ids if id.startswith("d")}
        drafts = [
            draft for draft in self._submission.waiting() if chosen is None or draft.id in chosen
        ]
        if not drafts or not self._current:
            return
        if not self._complete():
            return
        options = self.options.values
        self._targets.learn(self._current, options, self.options)
        self._remember_options()
        self._asked_about = options
        self.tasks.start(self._submission.send(self.host, self._current, drafts, options))

    async def rehearse(self) -> Rehearsed | None:
        """What `upload` would do with all that is listed; None without a server or an option."""
        from app.viewmodels.rehearsal import rehearse

        if not self._current or not self._complete():
            return None
        options = self._asked_about = self.options.values
        self._targets.learn(self._current, options, self.options)
        lane = self.destinations.lane(self._current)
        target = self._targets.of(self._current, options)
        account = lane.account if lane else ""
        return await rehearse(self.host, self.intake, self._current, target, options, account)

    def _complete(self) -> bool:
        """Whether every option is chosen; if not, it is said which is missing."""
        if self.options.complain():
            return True
        missing = next((f for f in self.options.fields if self.options.problem(f.key)), None)
        label = tr(missing.label) if missing else ""
        self._tell(tr("Before sending, please choose: {field}", field=label), Tone.WAITING)
        return False

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
        if destination == self._current:
            self.options.reload_failed()

    def choose_theme(self, theme: str) -> None:
        """“system”, “light” or “dark”, kept for the next start."""
        self._save(replace(self.settings, theme=theme))

    def prefer(self, **changed: object) -> None:
        """Other values for fields of `Settings`, kept for the next start."""
        self._save(replace(self.settings, **changed))  # type: ignore[arg-type]

    def silence(self, question: str, on: bool = True) -> None:
        """A question of `SILENCEABLE` is not asked any more, or asked again."""
        silenced = dict.fromkeys(self.settings.silenced)
        if on:
            silenced[question] = None
        else:
            silenced.pop(question, None)
        self._save(replace(self.settings, silenced=tuple(silenced)))

    def silenced(self, question: str) -> bool:
        return question in self.settings.silenced

    def reset_preferences(self) -> None:
        """Everything as at first, but for the destination and its options last used."""
        kept = self.settings
        self._save(Settings(destination=kept.destination, options=kept.options))
        self.bandwidth.look()

    # --- reading

    def actions(self, id: str) -> tuple[RowAction, ...]:
        """Everything that can be done with a row, the main action first."""
        upload = self.uploads.upload(id)
        if upload is not None:
            other = self.uploads.elsewhere(id)
            if other is not None:
                return elsewhere.actions(other)
            return row.actions(upload, self.destinations.family_of(upload.destination))
        draft = self.intake.find(number(id)) if id.startswith("d") else None
        if draft is None:
            return ()
        return row.draft_actions(draft, correctable=self.corrected.draft(id) is not None)

    def details(self, id: str) -> Details | None:
        """Everything there is to say about a row."""
        from app.viewmodels.details import Beyond, details

        upload = self.uploads.upload(id)
        if upload is not None:
            target = self._targets.of(upload.destination, upload.options)
            return details(upload, self.uploads.prepared(id), target, self._beyond(id, upload))
        draft = self.intake.find(number(id)) if id.startswith("d") else None
        return details(None, draft, self._targets.of(self._current, {}), Beyond(self._epoch()))

    def _beyond(self, id: str, upload: Upload) -> Beyond:
        from app.viewmodels.details import Beyond

        logged = self._log.lines(upload.id) if self._log and self.uploads.is_own(id) else ()
        usual = self.usual.of(upload.destination, upload.options)
        return Beyond(self._epoch(), usual, logged)

    async def preview(self, id: str, first: int, count: int) -> Preview:
        """`count` records or rows of a row's file from number `first` on. Raises Problem."""
        upload = self.uploads.upload(id)
        if upload is not None:
            family = self.destinations.family_of(upload.destination)
        else:
            family = self.family
        draft = self.intake.find(number(id)) if id.startswith("d") else None
        known = upload or draft
        if family is None or known is None:
            from app.core.previews import Facts

            return Facts(())
        return await asyncio.to_thread(family.preview, known.source, first, count)

    def commands(self, ids: Sequence[str]) -> str:
        """A line for each send among these rows, that does the same in a terminal."""
        sends: dict[tuple[str, tuple[tuple[str, str], ...]], list[str]] = {}
        for id in ids:
            upload = self.uploads.upload(id)
            draft = self.intake.find(number(id)) if id.startswith("d") else None
            if upload is not None:
                key = upload.destination, tuple(sorted(upload.options.items()))
                sends.setdefault(key, []).append(upload.source.path)
            elif draft is not None:
                key = self._current, tuple(sorted(self.options.values.items()))
                sends.setdefault(key, []).append(draft.source.path)
        lines = []
        for (destination, options), paths in sends.items():
            found = self.destinations.find(destination)
            family = self.destinations.family_of(destination)
            if found is not None and family is not None:
                lines.append(send_command(paths, found.name, dict(options), family.options))
        return "\n".join(lines)

    def link(self, id: str) -> str:
        """The address of the row's job in the server's web application, or empty."""
        upload = self.uploads.upload(id)
        return sentences.link(upload) if upload else ""

    @property
    def busy(self) -> bool:
        """Whether anything is unfinished, the servers' work included."""
        return self._busy

    @property
    def leaving(self) -> Leaving:
        """What ending the program now would interrupt."""
        moving = from_start = on_server = 0
        for id in self.uploads.ids():
            upload = self.uploads.upload(id)
            if upload is None or upload.phase.final or not self.uploads.is_own(id):
                continue
            if upload.phase is Phase.PROCESSING:
                on_server += 1
                continue
            moving += 1
            family = self.destinations.family_of(upload.destination)
            if upload.phase is Phase.SENDING and not sentences.can_resume(upload, family):
                from_start += 1
        return Leaving(moving, from_start, on_server)

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
        for move in moves:
            self._count_in_delivery(move.before, -1)
            self._count_in_delivery(move.after, 1)
        ended = self.status.moved(moves, lanes)
        self.restart.moved(moves)
        for change in changes:
            if isinstance(change, UploadsTaken):
                self.tasks.start(self.restart.take(change))
        self._wake()
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
            if lane.state is LaneState.READY and destination == self._current:
                self.options.reload_failed()

    def _count_in_delivery(self, upload: Upload | None, n: int) -> None:
        if upload is None or upload.phase.final:
            return
        key = upload.destination, upload.source
        self._in_delivery[key] += n
        if self._in_delivery[key] <= 0:
            del self._in_delivery[key]

    def _in_work(self, source: Source) -> bool:
        return (self._current, source) in self._in_delivery

    def _wake(self) -> None:
        """Clocks run only while there is something to read."""
        if self.uploads.sending and not self._tick.isActive():
            self._tick.start()
        if self.uploads.counting_down and not self._second.isActive():
            self._second.start()
        if self.status.busy != self._busy:
            self._busy = self.status.busy
            self.busy_changed.emit(self._busy)

    def _verdict(self) -> Tone:
        totals = self.status.totals
        return Tone.WAITING if totals.failed or totals.needs else Tone.GOOD

    def _read_meters(self) -> None:
        partial = self.uploads.tick(self.host.meters)
        self.status.tick(partial)
        if not self.uploads.sending:
            self._tick.stop()

    def _count_down(self) -> None:
        self.uploads.tick_second()
        if not self.uploads.counting_down:
            self._second.stop()

    def _drafts_changed(self, drafts: list[Draft]) -> None:
        self.uploads.change_drafts(drafts, checking=self.intake.checking)

    def _drafts_settled(self) -> None:
        asking = [id for id in self.uploads.ids(("needs_input",)) if id.startswith("d")]
        self.status.drafts_need(self.uploads.ids(("invalid",)), asking)
        family = self.family
        ready = self.intake.ready
        if family is None or not ready:
            return
        if self._host is not None:
            self.options.load()
        inspection = ready[0].inspection
        if inspection is not None:
            self.options.suggest(family.suggest(inspection.facts))

    def _listed(self, drafts: list[Draft]) -> None:
        self._met += drafts
        self.uploads.add_drafts(drafts)

    def _taken(self, report: IntakeReport) -> None:
        from app.viewmodels.lost_files import offer

        met, self._met = self._met, []
        if found := self.lost.fitting(met):
            self.notice.emit(offer(found))
            return
        if self._suggest(met):
            return
        if report.hidden or report.known or not report.added:
            self._tell(report.text)

    def _suggest(self, met: Sequence[Draft]) -> bool:
        """Offers another destination for files the current one does not take; whether it did."""
        if self.family is None:
            return False
        known = ((one, self.destinations.family_of(one.id)) for one in self.destinations.all)
        others = [(one, family) for one, family in known if family is not None]
        # Thousands may have come, and hardly any of them is strange.
        names = [one.source.name for one in met if not takes(self.family, one.source.path)]
        found = suggested(names, self.family, others)
        if found is None:
            return False
        text = counted(
            found.files,
            "“{name}” looks like a file for {family}.",
            "{n} files look as if they were for {family}.",
            name=found.name,
            family=found.family.title,
        )
        offer = tr("Use {destination}", destination=found.destination.name)
        self.notice.emit(Notice(text, Tone.WAITING, destination=found.destination.id, offer=offer))
        return True

    def _tell(self, text: str, tone: Tone = Tone.NEUTRAL) -> None:
        self.notice.emit(Notice(text, tone))

    def _tell_problem(self, problem: Problem) -> None:
        self.notice.emit(Notice(words.title(problem), Tone.BAD, None, problem))

    # --- inside: options and settings

    def _rebuild(self) -> None:
        """The options of the current destination's family, as last used."""
        family = self.family
        old = self.options
        self.options = FormModel(
            family.options if family else (),
            self.settings.options.get(self._current, {}),
            ask=self._choices,
            tasks=self.tasks,
            parent=self,
        )
        self.options.changed.connect(self._options_changed)
        self.intake.forget_said()
        old.close()
        old.deleteLater()
        self.uploads.aim_drafts(self._current)
        self.intake.choose(family)
        if self.begun:
            self.already_sent.aim()
        self.current_changed.emit(self._current)
        self._drafts_settled()

    def _options_changed(self) -> None:
        # Choices that arrive late change the form, not what was asked about.
        if self.options.values != self._asked_about:
            self.intake.forget_said()

    async def _choices(
        self, field: str, picked: Mapping[str, str], search: str
    ) -> Sequence[Choice]:
        return await self.host.ask(self.engine.choices, self._current, field, picked, search)

    def _remember_options(self) -> None:
        if self._current and self.options.values:
            kept = {**self.settings.options, self._current: self.options.values}
            self._save(replace(self.settings, options=kept))

    def _limit(self, bytes_per_second: int | None) -> None:
        # Before the engine runs there is nothing to limit; `begin` tells what is in force then.
        if self._host is not None:
            self.command(self.engine.limit, bytes_per_second)

    def _save(self, settings: Settings) -> None:
        if settings == self.settings:
            return
        self.settings = settings
        self.settings_changed.emit()
        try:
            self._kept.keep(settings)
        except Problem as problem:
            self._tell_problem(problem)
