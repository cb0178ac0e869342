"""The status monitor: a window of its own for what the servers work on, ours and others' jobs."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import Any

from PySide6.QtCore import QEvent, QPoint, Qt, QUrl, Signal
from PySide6.QtGui import (
    QAction,
    QActionGroup,
    QCloseEvent,
    QDesktopServices,
    QGuiApplication,
    QHideEvent,
    QKeyEvent,
    QKeySequence,
    QShowEvent,
)
from PySide6.QtWidgets import QLabel, QMainWindow, QMenu, QWidget

from app.core.jobs import JobAction
from app.viewmodels.monitor_row import HEADS, Column, MonitorRow
from app.viewmodels.notices import Notice
from app.viewmodels.row import RowAction, Tone
from app.viewmodels.uploader import Uploader
from app.viewmodels.words import counted, tr
from app.views import dialogs, monitor_look
from app.views.dialogs import answered, ask
from app.views.gestures import Gestures
from app.views.layouts import column, hairline
from app.views.monitor_bars import GROUPS, MonitorFilters, ServerStrip
from app.views.monitor_table import MonitorTable
from app.views.notice_bar import NoticeBar
from app.views.row_actions import LOOKS
from app.views.saving import Saving
from app.views.theme import GRID, HALF, Theme

_OF_JOBS = (
    RowAction.DETAILS,
    RowAction.OPEN_ON_SERVER,
    RowAction.APPROVE,
    RowAction.REPORT,
    RowAction.CANCEL_JOB,
)
_KEYS = {RowAction.OPEN_ON_SERVER: "Ctrl+O", RowAction.REPORT: "Ctrl+R"}
_WORDS = {
    RowAction.DETAILS: "Show in the list of uploads",
    RowAction.REPORT: "Result and failed records…",
}


class MonitorWindow(QMainWindow):
    """Asks the servers while it is open. Made once; closing hides it."""

    row_wanted = Signal(str)
    """Show this row of the list of uploads."""
    closed = Signal()

    def __init__(
        self,
        theme: Theme,
        uploader: Uploader,
        *,
        open_url: Callable[[QUrl], object] = QDesktopServices.openUrl,
    ) -> None:
        super().__init__()
        self._theme = theme
        self._uploader = uploader
        self._monitor = uploader.monitor
        self._open_url = open_url
        self.setWindowTitle(tr("Status monitor"))
        self.resize(1336, 720)
        self.setMinimumSize(72 * GRID, 44 * GRID)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.gestures = Gestures(theme, uploader, self)
        self.servers = ServerStrip(theme, self._monitor)
        self.filters = MonitorFilters(theme, self._monitor)
        self.table = MonitorTable(theme, self._monitor.model)
        self.notices = NoticeBar(theme)
        self._saving = Saving(theme, uploader, self, self.notices.say)
        self.totals = QLabel()
        self.totals.setContentsMargins(2 * GRID, 0, 2 * GRID, 0)
        self._of_jobs: dict[RowAction, QAction] = {}
        self._place()
        self._fill_menus()
        self._join()
        monitor_look.put_on(self, uploader.preferences.settings.monitor)
        self._changed()
        self._picked()

    def _place(self) -> None:
        whole = QWidget()
        layout = column(whole)
        layout.addWidget(self.servers)
        layout.addWidget(hairline(self._theme))
        layout.addWidget(self.filters)
        layout.addWidget(hairline(self._theme))
        layout.addWidget(self.table, 1)
        layout.addWidget(self.notices)
        self.setCentralWidget(whole)
        self.statusBar().addWidget(self.totals, 1)
        self.statusBar().setSizeGripEnabled(False)
        self.statusBar().setContentsMargins(0, HALF, 0, HALF)

    def _fill_menus(self) -> None:
        job = self.menuBar().addMenu(tr("&Job"))
        for action in _OF_JOBS:
            look = LOOKS[action]
            entry = QAction(tr(_WORDS[action]) if action in _WORDS else look.text, self)
            self._theme.dress(entry, look.icon)
            if keys := _KEYS.get(action):
                entry.setShortcut(QKeySequence(keys))
            entry.triggered.connect(lambda _=False, action=action: self.act(action))
            self._of_jobs[action] = entry
            job.addAction(entry)
        job.addSeparator()
        self.copy = self._action("&Copy details", "Ctrl+C", self._copy, "copy", of_table=True)
        self.copy_ids = self._action("Copy &ids", "Ctrl+Shift+C", self._copy_ids, "copy")
        job.addActions([self.copy, self.copy_ids])
        job.addSeparator()
        job.addAction(self._action("C&lose", "Ctrl+W", self.close))
        view = self.menuBar().addMenu(tr("&View"))
        view.addAction(self._action("&Ask the servers now", "F5", self._refresh, "retry"))
        view.addAction(self._action("&Find", "Ctrl+F", self._find, "search"))
        view.addSeparator()
        headings = view.addMenu(tr("&Headings"))
        self._groups = QActionGroup(self)
        for group, words in GROUPS.items():
            entry = headings.addAction(tr(words))
            entry.setCheckable(True)
            entry.setData(group)
            self._groups.addAction(entry)
            entry.triggered.connect(lambda _=False, group=group: self.filters.choose_group(group))
        headings.aboutToShow.connect(self._tick_group)
        self.columns = view.addMenu(tr("&Columns"))
        self.columns.aboutToShow.connect(self._list_columns)

    def _action(
        self,
        words: str,
        keys: str,
        do: Callable[[], object],
        icon: str = "",
        *,
        of_table: bool = False,
    ) -> QAction:
        action = QAction(tr(words), self)
        action.setShortcut(QKeySequence(keys))
        if icon:
            self._theme.dress(action, icon)
        if of_table:
            # While words are typed, these keys are for the words.
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            self.table.addAction(action)
        action.triggered.connect(lambda: do())
        return action

    def _join(self) -> None:
        self.servers.wanted.connect(self.gestures.help_server)
        self.gestures.notice.connect(self.notices.say)
        self.notices.acted.connect(self._notice_acted)
        self.table.main_wanted.connect(self._main)
        self.table.menu_wanted.connect(self._row_menu)
        self.table.picked.connect(self._picked)
        header = self.table.horizontalHeader()
        header.setContextMenuPolicy(Qt.ContextMenuPolicy.CustomContextMenu)
        header.customContextMenuRequested.connect(self._column_menu)
        self._monitor.model.changed.connect(self._changed)
        self.filters.changed.connect(self.table.look_anew)

    # --- life

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._monitor.open()
        self.table.setFocus()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._monitor.see(False)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.WindowStateChange:
            self._monitor.see(not self.isMinimized())

    def closeEvent(self, event: QCloseEvent) -> None:
        self._uploader.preferences.prefer(monitor=monitor_look.of(self))
        self._monitor.close()
        super().closeEvent(event)
        self.closed.emit()

    # --- what is shown

    def _changed(self) -> None:
        if self.totals.text() != (text := self._monitor.model.totals):
            self.totals.setText(text)
            self.totals.setToolTip(text)
        self.table.say_when_empty(self.filters.nothing)
        self._picked()

    def _picked(self) -> None:
        row = self.table.current()
        offered = self._monitor.actions(row) if row is not None else ()
        for action, entry in self._of_jobs.items():
            entry.setEnabled(action in offered)
        some = bool(self.table.jobs())
        self.copy.setEnabled(some)
        self.copy_ids.setEnabled(some)

    def say(self, notice: Notice) -> None:
        """Where the person looks."""
        self.notices.say(notice)

    # --- gestures

    def act(self, action: RowAction) -> None:
        """Do it to the current job, or ask first."""
        row = self.table.current()
        if row is None or action not in self._monitor.actions(row):
            return
        match action:
            case RowAction.DETAILS:
                self.row_wanted.emit(row.upload_row)
            case RowAction.OPEN_ON_SERVER:
                self._open(row.job.link)
            case RowAction.APPROVE:
                self._start(self._approve(row))
            case RowAction.REPORT:
                self._start(self._report(row))
            case RowAction.CANCEL_JOB:
                self._start(self._cancel(row))

    def _main(self) -> None:
        row = self.table.current()
        if row is not None and (offered := self._monitor.actions(row)):
            self.act(offered[0])

    def _start(self, gesture: Coroutine[Any, Any, None]) -> None:
        self._uploader.tasks.start(gesture)

    def _open(self, link: str) -> None:
        url = QUrl(link)
        # Only pages: a link comes from a server and must not start anything else.
        if url.scheme() in ("http", "https"):
            self._open_url(url)

    async def _cancel(self, row: MonitorRow) -> None:
        question = dialogs.cancel_job_question(self._theme, self, row.name)
        if await answered(question) == "cancel":
            await self._monitor.act(row, JobAction.CANCEL)
            self.say(Notice(tr("The server was asked to cancel “{name}”.", name=row.name)))

    async def _approve(self, row: MonitorRow) -> None:
        from app.views.approval import ApprovalQuestion

        question = ApprovalQuestion(self._theme, self, [self._monitor.details(row)])
        if await answered(question) == "approve":
            await self._monitor.act(row, JobAction.APPROVE, question.comment)
            self.say(Notice(tr("“{name}” was approved.", name=row.name), Tone.GOOD))

    async def _report(self, row: MonitorRow) -> None:
        from app.views.monitor_report import JobReport

        details = await self._monitor.report(row)
        past = self._monitor.past(row)
        state = self._monitor.state(row)
        report = JobReport(self._theme, details, state, self, saves=past is not None)
        report.link_wanted.connect(lambda: self._open(details.link))
        if past is not None:
            report.list_wanted.connect(lambda: self._start(self._saving.failures(past)))
            report.records_wanted.connect(lambda: self._start(self._saving.failed_records(past)))
        await ask(report)

    def _copy(self) -> None:
        texts = [self._monitor.details(row).text() for row in self.table.jobs()]
        QGuiApplication.clipboard().setText("\n".join(texts))

    def _copy_ids(self) -> None:
        from app.viewmodels.monitor_words import ids

        rows: Sequence[MonitorRow] = self.table.jobs()
        lines = ["\t".join((row.name, *(id for _, id in ids(row.job)))) for row in rows]
        QGuiApplication.clipboard().setText("\n".join(lines))
        n = len(lines)
        self.say(Notice(counted(n, "The ids of {n} job copied.", "The ids of {n} jobs copied.")))

    def _refresh(self) -> None:
        self._monitor.refresh()

    def _find(self) -> None:
        self.filters.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filters.search.selectAll()

    def _notice_acted(self, notice: Notice) -> None:
        if notice.problem is not None:
            self.gestures.show_problem(notice.problem)

    def _row_menu(self, at: QPoint) -> None:
        row = self.table.current()
        if row is None:
            return
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.addActions([self._of_jobs[one] for one in self._monitor.actions(row)])
        menu.addSeparator()
        menu.addActions([self.copy, self.copy_ids])
        menu.popup(at)

    # --- columns and headings

    def _column_menu(self, at: QPoint) -> None:
        self._list_columns()
        self.columns.popup(self.table.horizontalHeader().mapToGlobal(at))

    def _list_columns(self) -> None:
        self.columns.clear()
        for which, words in HEADS.items():
            if which is Column.NAME:
                continue
            entry = self.columns.addAction(tr(words))
            entry.setCheckable(True)
            entry.setChecked(not self.table.isColumnHidden(which))
            entry.toggled.connect(lambda on, which=which: self.table.setColumnHidden(which, not on))
        self.columns.addSeparator()
        self.columns.addAction(tr("As at first"), lambda: monitor_look.reset(self.table))

    def _tick_group(self) -> None:
        for entry in self._groups.actions():
            entry.setChecked(entry.data() is self._monitor.model.group)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.notices.hide()
            self.filters.clear()
            return
        super().keyPressEvent(event)
