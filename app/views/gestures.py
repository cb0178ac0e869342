"""What the window does about rows and servers where a question or a dialog comes first.

The larger dialogs are imported when they are asked for: the first paint does not wait for them.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Coroutine, Iterable, Sequence
from pathlib import Path
from typing import Any

from PySide6.QtCore import QObject, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QDialog, QFileDialog, QWidget

from app.core.catalogue import Action
from app.core.problems import Problem
from app.viewmodels import words
from app.viewmodels.leaving import leaving
from app.viewmodels.row import RowAction
from app.viewmodels.silenced import QUIT, REMOVE
from app.viewmodels.uploader import Uploader
from app.viewmodels.words import tr
from app.views import dialogs
from app.views.dialogs import answered, ask
from app.views.theme import Theme

OF_PROBLEMS = {
    Action.RETRY: RowAction.RETRY,
    Action.SIGN_IN: RowAction.SIGN_IN,
    Action.SETTINGS: RowAction.SETTINGS,
    Action.OPEN_ON_SERVER: RowAction.OPEN_ON_SERVER,
    Action.LOOK_AGAIN: RowAction.LOOK_AGAIN,
    Action.OPTIONS: RowAction.UPLOAD_AGAIN,
}
"""What the button of a problem's card does to its row."""
HOLDABLE = frozenset({"queued", "uploading", "waiting_network", "waiting_auth", "retrying"})
"""States a person can pause."""


class Gestures(QObject):
    """Carries out what rows, cards and panels ask for. At most one dialog is open."""

    details_wanted = Signal(str)
    """Show the details of this row."""
    failures_wanted = Signal(str)
    """Show the failed records of this row."""
    copies_wanted = Signal(list)
    """Save corrected copies of the files of these rows."""
    notice = Signal(object)

    def __init__(
        self,
        theme: Theme,
        uploader: Uploader,
        window: QWidget,
        *,
        logs: Path | None = None,
        open_url: Callable[[QUrl], object] = QDesktopServices.openUrl,
    ) -> None:
        super().__init__(window)
        self._theme = theme
        self._uploader = uploader
        self._window = window
        self._logs = logs
        self._open_url = open_url
        self._asking = False

    # --- rows

    def act(self, ids: Sequence[str], action: RowAction) -> None:
        """Do it to all these rows; those that need a question are asked about together."""
        left = [id for id in ids if not self._uploader.perform(id, action)]
        if not left:
            return
        first = left[0]
        match action:
            case RowAction.REMOVE:
                self._begin(self._remove(left))
            case RowAction.CANCEL | RowAction.CANCEL_JOB:
                self._begin(self._cancel_jobs(left))
            case RowAction.SIGN_IN | RowAction.SETTINGS:
                upload = self._uploader.uploads.upload(first)
                server = upload.destination if upload else self._uploader.aim.destination
                self.edit_server(server, sign_in=action is RowAction.SIGN_IN)
            case RowAction.OPEN_ON_SERVER:
                for id in left:
                    self._open(self._uploader.rows.link(id))
            case RowAction.SHOW_FAILURES:
                self.failures_wanted.emit(first)
            case RowAction.APPROVE:
                self._begin(self._approve(left))
            case RowAction.ANSWER | RowAction.SEND_ANYWAY if first.startswith("d"):
                self.ask_about(first)
            case RowAction.ANSWER:
                self._begin(self._answer(first))
            case RowAction.FIND_FILE:
                self._begin(self._find_file(first))
            case RowAction.CORRECT:
                self.copies_wanted.emit(left)
            case RowAction.PREVIEW:
                self.show_contents(first)
            case _:
                self.details_wanted.emit(first)

    def ask_about(self, id: str, finding: str = "") -> None:
        """What a file asks before it is sent: about this finding, or its first question."""
        self._begin(self._asked(id, finding))

    def show_contents(self, id: str, first: int = 1) -> None:
        """What is in a row's file, from this record or row on."""
        self._begin(self._contents(id, first))

    def toggle(self, ids: Iterable[str]) -> None:
        """Pause what goes on; if any of them is paused, resume instead."""
        ids = list(ids)
        codes = {id: self._uploader.uploads.code(id) for id in ids}
        paused = [id for id, code in codes.items() if code == "paused"]
        if paused:
            self._uploader.release(paused)
        else:
            self._uploader.hold([id for id, code in codes.items() if code in HOLDABLE])

    def advise(self, id: str, action: Action) -> None:
        """The button of the card of a row's problem."""
        if action is Action.SAVE_LOG:
            self.show_logs()
            return
        upload = self._uploader.uploads.upload(id)
        if action is Action.RETRY and upload is not None and not upload.phase.final:
            self._uploader.perform(id, RowAction.TRY_NOW)
        elif action in OF_PROBLEMS:
            self.act([id], OF_PROBLEMS[action])

    def show_in_folder(self, id: str) -> None:
        """Open the folder the file is in."""
        found = self._uploader.rows.details(id)
        if found is not None:
            self._open_url(QUrl.fromLocalFile(str(Path(found.path).parent)))

    def show_logs(self) -> None:
        if self._logs is not None:
            self._open_url(QUrl.fromLocalFile(str(self._logs)))

    def _open(self, link: str) -> None:
        url = QUrl(link)
        # Only pages: a link comes from a server and must not start anything else.
        if url.scheme() in ("http", "https"):
            self._open_url(url)

    async def _remove(self, ids: Sequence[str]) -> None:
        if self._uploader.preferences.silenced(REMOVE):
            self._uploader.remove(ids)
            return
        question = dialogs.remove_question(self._theme, self._window, len(ids))
        if await answered(question) == "remove":
            if question.silence:
                self._uploader.preferences.silence(REMOVE)
            self._uploader.remove(ids)

    async def _cancel_jobs(self, ids: Sequence[str]) -> None:
        found = self._uploader.rows.details(ids[0])
        name = found.name if found else ""
        question = dialogs.cancel_job_question(self._theme, self._window, name)
        if await answered(question) == "cancel":
            self._uploader.cancel(ids)

    async def _approve(self, ids: Sequence[str]) -> None:
        found = [one for one in map(self._uploader.rows.details, ids) if one is not None]
        if not found:
            return
        from app.views.approval import ApprovalQuestion

        question = ApprovalQuestion(self._theme, self._window, found)
        if await answered(question) == "approve":
            self._uploader.approve(ids, question.comment)

    async def _asked(self, id: str, finding: str) -> None:
        asked = self._uploader.questions.of(id, finding)
        if asked is None:
            self.details_wanted.emit(id)
            return
        from app.views.draft_question import DraftQuestion

        question = DraftQuestion(self._theme, self._window, asked)
        answer = await answered(question)
        ids = asked.alike if question.for_all else (id,)
        match answer:
            case "send":
                self._uploader.questions.send_anyway(ids, asked.finding.id)
            case "keep":
                self._uploader.questions.withdraw(ids)
            case "show":
                await self._contents(id, asked.finding.place.record or 1)

    async def _contents(self, id: str, first: int) -> None:
        found = self._uploader.rows.details(id)
        if found is None:
            return
        from app.views.preview_dialog import PreviewDialog

        records = found.records
        uploader = self._uploader
        dialog = PreviewDialog(
            self._theme,
            found,
            lambda at, count: uploader.rows.preview(id, at, count),
            uploader.tasks.start,
            self._window,
            first=first,
            total=records,
        )
        await ask(dialog)

    async def _answer(self, id: str) -> None:
        upload = self._uploader.uploads.upload(id)
        if upload is None or upload.problem is None:
            self.details_wanted.emit(id)
            return
        advice = "\n".join((words.meaning(upload.problem), "", *words.advice(upload.problem)))
        question = dialogs.uncertain_question(
            self._theme, self._window, words.title(upload.problem), advice
        )
        match await answered(question):
            case "look":
                self._uploader.look_again([id])
            case "send":
                self._uploader.send_anyway([id])

    async def _find_file(self, id: str) -> None:
        upload = self._uploader.uploads.upload(id)
        if upload is None:
            return
        title = tr("Where is “{name}” now?", name=upload.source.name)
        dialog = QFileDialog(self._window, title, str(Path(upload.source.path).parent))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        chosen: list[str] = []
        dialog.filesSelected.connect(chosen.extend)
        await ask(dialog)
        if chosen:
            self._uploader.find_file(id, Path(chosen[0]))

    def rehearse(self) -> None:
        """Everything but the sending, and what it would have done."""
        self._begin(self._rehearse())

    async def _rehearse(self) -> None:
        told = await self._uploader.rehearse()
        if told is None:
            return
        from app.views.rehearsal_dialog import RehearsalDialog

        await ask(RehearsalDialog(self._theme, self._window, told))

    # --- servers

    def add_server(self) -> None:
        if self._uploader.destinations.families():
            self._begin(self._edit(""))

    def edit_server(self, id: str, *, sign_in: bool = False) -> None:
        """Open the settings of a server, at its password if it asks for a sign-in."""
        if id and self._uploader.destinations.family_of(id) is not None:
            self._begin(self._edit(id, sign_in=sign_in))

    def help_server(self, id: str, action: RowAction) -> None:
        """The button of a server in the panel."""
        if action is RowAction.TRY_NOW:
            self._uploader.try_now(id)
        else:
            self.edit_server(id, sign_in=action is RowAction.SIGN_IN)

    async def _edit(self, id: str, *, sign_in: bool = False) -> None:
        from app.views.destination_dialog import DestinationDialog

        dialog = DestinationDialog(
            self._theme,
            self._uploader.destinations,
            self._uploader.tasks.start,
            self._window,
            id=id,
            sign_in=sign_in,
        )
        await ask(dialog)
        if dialog.remove_wanted:
            found = self._uploader.destinations.find(id)
            name = found.name if found else ""
            question = dialogs.remove_server_question(self._theme, self._window, name)
            if await answered(question) == "remove":
                await self._uploader.remove_destination(id)
        elif dialog.saved:
            self._uploader.destinations_edited(dialog.saved)

    def clean_up(self) -> None:
        """List what earlier sends left on the servers, to be deleted."""
        self._begin(self._clean_up())

    async def _clean_up(self) -> None:
        from app.views.leftovers_dialog import LeftoversDialog

        leftovers = self._uploader.leftovers()
        dialog = LeftoversDialog(self._theme, leftovers, self._window)
        asking = self._uploader.tasks.start(leftovers.ask())
        await ask(dialog)
        if asking is not None:
            asking.cancel()
        if dialog.chosen:
            self.notice.emit(await leftovers.delete(dialog.chosen))

    # --- preferences

    def open_preferences(self, *, timetable: bool = False) -> None:
        """Open the preferences, at the timetable if it is asked for."""
        from app.views.preferences_dialog import PreferencesDialog

        if self._asking:
            return
        start = self._uploader.tasks.start
        dialog = PreferencesDialog(self._theme, self._uploader, start, self._window)
        if timetable:
            dialog.show_timetable()
        self.open(dialog)

    def ask_limit(self) -> None:
        """Ask for a speed that is not in the menu."""
        self._begin(self._ask_limit())

    async def _ask_limit(self) -> None:
        from app.views.limit_menu import RateQuestion

        question = RateQuestion(self._theme, self._window, self._uploader.bandwidth.rate)
        if await answered(question) == "set":
            self._uploader.bandwidth.choose(question.rate)

    # --- leaving

    async def leaving_wanted(self, *, background: bool = False) -> str:
        """`quit`, `stay` or `hide`: asked if bytes are on their way, else `quit`.

        The servers' own work goes on without us. With `background` the program can go on without
        its window.
        """
        uploader = self._uploader
        interrupted = leaving(uploader.uploads, uploader.destinations.family_of)
        if not interrupted.moving or uploader.preferences.silenced(QUIT):
            return "quit"
        moving, from_start = interrupted.moving, interrupted.from_start
        question = dialogs.quit_question(
            self._theme, self._window, moving, from_start, background=background
        )
        answer = await answered(question)
        if question.silence and answer == "quit":
            uploader.preferences.silence(QUIT)
        return answer

    def show_problem(self, problem: Problem) -> None:
        """A problem that belongs to no row, in full."""
        from app.views.info_dialogs import ProblemDialog

        self.open(ProblemDialog(self._theme, self._window, problem))

    def show_keys(self, keys: list[tuple[str, str]]) -> None:
        from app.views.info_dialogs import KeysDialog

        self.open(KeysDialog(self._theme, self._window, keys))

    def open_page(self, address: str) -> None:
        """Open a page of the project in the browser."""
        self._open(address)

    def show_problems(self) -> None:
        """Every problem and what to do about it, as a page in the browser."""
        self._uploader.tasks.start(self._problems())

    async def _problems(self) -> None:
        from app.viewmodels.problem_page import chapters, page

        text = page(chapters(self._uploader.destinations.known))
        path = (self._logs or Path(tempfile.gettempdir())) / "problems.html"
        await asyncio.to_thread(path.write_text, text, encoding="utf-8")
        self._open_url(QUrl.fromLocalFile(str(path)))

    def show_about(self) -> None:
        from app.views.info_dialogs import AboutDialog

        self.open(AboutDialog(self._theme, self._window))

    def open(self, dialog: QDialog) -> None:
        """Open a dialog that only shows something."""
        self._begin(ask(dialog))

    def _begin(self, asking: Coroutine[Any, Any, object]) -> None:
        if self._asking:
            asking.close()
            return
        self._asking = True
        self._uploader.tasks.start(self._alone(asking))

    async def _alone(self, asking: Coroutine[Any, Any, object]) -> None:
        try:
            await asking
        finally:
            self._asking = False
