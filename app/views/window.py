"""The window: places the parts and joins them; state, rules and words are in the view models."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, Qt, QTimer
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QGuiApplication,
    QKeyEvent,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QLabel,
    QMainWindow,
    QSplitter,
    QStackedWidget,
    QWidget,
)

from app.core.catalogue import Action
from app.viewmodels.notices import Notice
from app.viewmodels.row import Kind, RowAction
from app.viewmodels.uploader import Uploader
from app.viewmodels.words import tr
from app.views.drop_area import DropArea
from app.views.empty_state import DropHere, FirstServer
from app.views.filter_bar import FilterBar
from app.views.gestures import Gestures
from app.views.header import Header
from app.views.layouts import column, hairline
from app.views.limit_menu import LimitMenu
from app.views.menus import Actions
from app.views.notice_bar import NoticeBar
from app.views.ready_bar import ReadyBar
from app.views.restart_banner import RestartBanner
from app.views.row_actions import LOOKS
from app.views.samples import Sample
from app.views.side_panel import SidePanel
from app.views.theme import GRID, Appearance, Theme
from app.views.uploads_table import UploadsTable

if TYPE_CHECKING:
    from app.views.details_pane import DetailsPane
    from app.views.history_view import HistoryView
    from app.views.monitor_window import MonitorWindow
    from app.views.saving import Saving

SIDE = 46 * GRID
SETTLE_MS = 250
CENTER = QAbstractItemView.ScrollHint.PositionAtCenter


class Window(QMainWindow):
    """Shows an Uploader. `closing` is done when the person has decided to leave."""

    def __init__(self, uploader: Uploader, theme: Theme, *, logs: Path | None = None) -> None:
        super().__init__()
        self._uploader = uploader
        self._theme = theme
        self._closing: asyncio.Future[None] | None = None
        self._for_good = False
        self._leave_task: asyncio.Task[None] | None = None
        self.reachable: Callable[[], bool] = lambda: False
        """Whether the person can get a hidden window back: an icon stands for it."""
        self._expecting = False
        self._saves: Saving | None = None
        self.history: HistoryView | None = None
        self.monitor: MonitorWindow | None = None
        """Once they were asked for."""
        self._behind = False
        """The monitor was asked for alone: it ends the program while this window is not shown."""
        self.setWindowTitle("Longshore")
        self.resize(1120, 720)
        self.setMinimumSize(90 * GRID, 60 * GRID)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)

        self.table = UploadsTable(theme)
        self.table.setModel(uploader.filter)
        self.limit_menu = LimitMenu(uploader.bandwidth, self)
        self.actions_ = Actions(theme, self, self.table, self.limit_menu)
        self.gestures = Gestures(theme, uploader, self, logs=logs)
        self.first_server = FirstServer(theme)
        self.drop_here = DropHere(theme)
        self.filter_bar = FilterBar(theme, uploader.filter)
        self.ready_bar = ReadyBar(theme, uploader, self.actions_.upload)
        self.side = SidePanel(theme, uploader, self.table.current_id, self._made_details)
        self.panel = self.side.status
        ways_in = self.actions_.add_files, self.actions_.add_folder, self.actions_.pause_all
        views = self.actions_.uploads, self.actions_.history, self.actions_.monitor
        self.actions_.dress((self.actions_.settings, *ways_in, *views))
        self.header = Header(theme, uploader.destinations, self.actions_.settings, ways_in, views)
        self.notices = NoticeBar(theme)
        self.restart = RestartBanner(theme, uploader.restart)
        self._place()
        self.drops = DropArea(theme, self, self._refusal)
        self._join()
        self._server_changed()
        self._rows_changed()
        self._picked()
        self._first_focus()

    def _first_focus(self) -> None:
        """To begin with no button wears the frame of the focus."""
        if self._pages.currentWidget() is self.first_server:
            self.first_server.setFocus()
        else:
            (self.table if self._uploader.uploads.rowCount() else self.drop_here).setFocus()

    # --- leaving

    @property
    def closing(self) -> asyncio.Future[None]:
        """Done when the window may go; asked for first on the running loop."""
        if self._closing is None:
            self._closing = asyncio.get_running_loop().create_future()
        return self._closing

    def leave(self) -> None:
        """Leave without asking."""
        if not self.closing.done():
            self.closing.set_result(None)

    def close_for_good(self) -> None:
        """Close without asking."""
        self._for_good = True
        if self.monitor is not None:
            self.monitor.close()
            self.monitor.deleteLater()
            self.monitor = None
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._for_good:
            event.accept()
            return
        # The engine is stopped first; then the window is closed for good.
        event.ignore()
        if self.closing.done():
            return
        if self._uploader.preferences.settings.tray and self.reachable():
            self.hide()
        else:
            self.quit()

    def quit(self) -> None:
        """Leave, once the person has agreed if need be."""
        if self._leave_task is None or self._leave_task.done():
            self._leave_task = self._uploader.tasks.start(self._leave())

    async def _leave(self) -> None:
        wanted = await self.gestures.leaving_wanted(background=self.reachable())
        if wanted == "quit":
            self.leave()
        elif wanted == "hide":
            self.hide()
        elif self._behind:
            self.show()

    # --- places

    def _place(self) -> None:
        self.actions_.fill(self.menuBar())
        self._list = QStackedWidget()
        self._list.addWidget(self.drop_here)
        self._list.addWidget(self.table)
        left = QWidget()
        files = column(left)
        files.addWidget(self.restart)
        files.addWidget(self.filter_bar)
        files.addWidget(hairline(self._theme))
        files.addWidget(self._list, 1)
        files.addWidget(self.notices)
        files.addWidget(self.ready_bar)
        self._across = QSplitter(Qt.Orientation.Horizontal)
        self._across.addWidget(left)
        self._across.addWidget(self.side)
        self._across.setStretchFactor(0, 1)
        self._across.setStretchFactor(1, 0)
        self._across.setSizes([self.width() - SIDE, SIDE])
        self._across.setHandleWidth(1)
        self._across.setChildrenCollapsible(False)
        work = QWidget()
        whole = column(work)
        whole.addWidget(self.header)
        whole.addWidget(hairline(self._theme))
        self._views = QStackedWidget()
        self._views.addWidget(self._across)
        whole.addWidget(self._views, 1)
        self._pages = QStackedWidget()
        self._pages.addWidget(self.first_server)
        self._pages.addWidget(work)
        self.setCentralWidget(self._pages)
        self._status = QLabel()
        self._status.setContentsMargins(2 * GRID, 0, 2 * GRID, 0)
        self.statusBar().addWidget(self._status, 1)
        self.statusBar().setSizeGripEnabled(False)

    # --- joins

    def _join(self) -> None:
        uploader, gestures, actions = self._uploader, self.gestures, self.actions_
        start = uploader.tasks.start
        actions.add_files.triggered.connect(lambda: start(self.drops.choose_files()))
        actions.add_folder.triggered.connect(lambda: start(self.drops.choose_folder()))
        actions.paste.triggered.connect(self.drops.paste)
        actions.upload.triggered.connect(self._upload)
        actions.add_server.triggered.connect(gestures.add_server)
        actions.settings.triggered.connect(lambda: gestures.edit_server(uploader.aim.destination))
        actions.preferences.triggered.connect(lambda: gestures.open_preferences())
        actions.quit.triggered.connect(self.quit)
        actions.main.triggered.connect(self.table.do_main)
        actions.toggle.triggered.connect(lambda: gestures.toggle(self.table.ids()))
        actions.start_now.triggered.connect(lambda: uploader.start_now(self.table.ids()))
        actions.retry.triggered.connect(self._retry)
        actions.cancel.triggered.connect(lambda: self._act(RowAction.CANCEL))
        actions.up.triggered.connect(lambda: uploader.move(self.table.ids(), "up"))
        actions.down.triggered.connect(lambda: uploader.move(self.table.ids(), "down"))
        actions.top.triggered.connect(lambda: uploader.move(self.table.ids(), "top"))
        actions.bottom.triggered.connect(lambda: uploader.move(self.table.ids(), "bottom"))
        actions.show_in_folder.triggered.connect(
            lambda: gestures.show_in_folder(self.table.current_id())
        )
        actions.copy.triggered.connect(self._copy)
        actions.copy_command.triggered.connect(self._copy_command)
        actions.remove.triggered.connect(lambda: self._act(RowAction.REMOVE))
        actions.pause_all.toggled.connect(uploader.pause)
        actions.retry_all.triggered.connect(uploader.retry_all_failed)
        actions.undo.triggered.connect(uploader.undo)
        actions.clear.triggered.connect(uploader.clear_finished)
        actions.leftovers.triggered.connect(gestures.clean_up)
        actions.find.triggered.connect(self._find)
        actions.uploads.triggered.connect(self._show_uploads)
        actions.history.triggered.connect(self._show_history)
        actions.monitor.triggered.connect(lambda: self.open_monitor())
        actions.receipt.triggered.connect(self._receipt)
        actions.panel.toggled.connect(self._show_panel)
        actions.keys.triggered.connect(lambda: gestures.show_keys(actions.keyboard()))
        actions.rehearse.triggered.connect(gestures.rehearse)
        actions.problems.triggered.connect(gestures.show_problems)
        actions.about.triggered.connect(gestures.show_about)
        for appearance, action in actions.appearances.items():
            action.setChecked(appearance is self._theme.appearance)
            action.triggered.connect(lambda _=False, a=appearance: self._choose_appearance(a))

        self.table.act.connect(gestures.act)
        self.table.menu_wanted.connect(self._row_menu)
        self.table.picked.connect(self._picked)
        self.filter_bar.changed.connect(self._rows_changed)
        self.header.server_chosen.connect(uploader.aim.choose)
        self.header.add_server_wanted.connect(gestures.add_server)
        self.first_server.add_wanted.connect(gestures.add_server)
        self.drop_here.files_wanted.connect(actions.add_files.trigger)
        self.drop_here.folder_wanted.connect(actions.add_folder.trigger)
        self.drop_here.samples.wanted.connect(uploader.add_samples)
        self.drops.dropped.connect(self._add)
        self.drops.refused.connect(self.panel.say_refused)
        self.panel.needs_shown.connect(self._show_needs)
        self.panel.lane_wanted.connect(gestures.help_server)
        self.panel.limit_wanted.connect(self.limit_menu.popup)
        self.limit_menu.own_wanted.connect(gestures.ask_limit)
        self.limit_menu.timetable_wanted.connect(lambda: gestures.open_preferences(timetable=True))
        uploader.bandwidth.changed.connect(lambda: self.panel.show_limit(uploader.bandwidth.text))
        self.panel.clear_wanted.connect(uploader.clear_finished)
        gestures.details_wanted.connect(self._show_row)
        gestures.failures_wanted.connect(self._show_failures)
        gestures.copies_wanted.connect(self._save_copies)
        gestures.notice.connect(self._say)
        self.notices.acted.connect(self._notice_acted)
        self.restart.show_wanted.connect(self._show_row)
        uploader.notice.connect(self._say)
        uploader.aim.changed.connect(self._server_changed)
        uploader.aim.changed.connect(self.notices.withdraw_offer)
        uploader.paused_changed.connect(self._paused)
        uploader.destinations.changed.connect(self._server_changed)
        uploader.status.changed.connect(self._status_changed)
        uploader.preferences.changed.connect(self._settings_changed)
        actions.compact.toggled.connect(lambda on: uploader.preferences.prefer(compact=on))
        for signal in (
            uploader.filter.rowsInserted,
            uploader.filter.rowsRemoved,
            uploader.filter.modelReset,
            uploader.filter.layoutChanged,
        ):
            signal.connect(self._rows_changed)
        uploader.filter.rowsInserted.connect(self._to_new_rows)
        uploader.filter.dataChanged.connect(self._offer_main)
        self._status_changed()
        self._settings_changed()

    def _made_details(self) -> DetailsPane:
        from app.views.details_pane import DetailsPane

        pane = DetailsPane(self._theme)
        pane.acted.connect(self._advise)
        pane.approve_wanted.connect(lambda: self._act(RowAction.APPROVE))
        pane.question_wanted.connect(self._ask_about)
        pane.contents_wanted.connect(self._show_contents)
        pane.copy_wanted.connect(lambda: self._save_copies([self.table.current_id()]))
        pane.closed.connect(self.table.unpick)
        pane.failures.list_wanted.connect(self._save_failures)
        pane.failures.records_wanted.connect(self._save_failed_records)
        return pane

    @property
    def details(self) -> DetailsPane:
        """Of the picked row; made when it is first asked for."""
        return self.side.details

    # --- what is shown

    def _settings_changed(self) -> None:
        settings = self._uploader.preferences.settings
        self.table.set_compact(settings.compact)
        self.actions_.compact.setChecked(settings.compact)
        self.actions_.appearances[Appearance(settings.theme)].setChecked(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.drops.entered(event)

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:
        self.drops.moved(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.drops.left()

    def dropEvent(self, event: QDropEvent) -> None:
        self.drops.let_go(event)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.drops.resized()

    def _refusal(self) -> str:
        """Why nothing can be dropped just now; empty when it can."""
        if not self._uploader.aim.destination:
            return tr("Add a server first, so that the files have somewhere to go.")
        return ""

    def _server_changed(self) -> None:
        any_server = bool(self._uploader.destinations.all)
        if self._pages.currentIndex() != int(any_server):
            self._pages.setCurrentIndex(int(any_server))
            self._first_focus()
        self._show_panel(self.actions_.panel.isChecked())
        self.header.server.show_server(self._uploader.aim.destination)
        self.drop_here.say(self._uploader.aim.takes_text)
        self.drop_here.samples.offer(
            [
                Sample(line.key, line.title, line.icon, self._uploader.samples[line.key])
                for line in self._uploader.destinations.families()
                if line.key in self._uploader.samples
            ]
        )
        for action in (
            self.actions_.add_files,
            self.actions_.add_folder,
            self.actions_.paste,
            self.actions_.upload,
            self.actions_.settings,
            self.actions_.pause_all,
            self.actions_.leftovers,
            self.actions_.history,
            self.actions_.find,
        ):
            action.setEnabled(any_server)

    def _rows_changed(self) -> None:
        some = self._uploader.uploads.rowCount() > 0
        self._list.setCurrentWidget(self.table if some else self.drop_here)
        self.filter_bar.setEnabled(some)
        self.table.say_when_empty(self.filter_bar.nothing)
        self.side.show_details_soon()

    def _status_changed(self) -> None:
        status = self._uploader.status
        parts = (status.headline if status.busy else status.summary, status.rate, status.eta)
        self._status.setText("   ".join(part for part in parts if part))

    def _show_panel(self, on: bool) -> None:
        """The panel, or in its place one line at the foot of the window."""
        self.side.setVisible(on)
        self.statusBar().setVisible(not on and self._pages.currentIndex() == 1)

    def _paused(self, on: bool) -> None:
        self.actions_.pause_all.setChecked(on)
        self.actions_.pause_all.setText(tr("&Resume all") if on else tr("&Pause all"))
        self._theme.dress(self.actions_.pause_all, "play" if on else "pause")

    def _picked(self) -> None:
        picked = self.table.ids()
        for action in (
            self.actions_.show_in_folder,
            self.actions_.copy,
            self.actions_.copy_command,
        ):
            action.setEnabled(bool(picked))
        own = any(self._uploader.uploads.is_own(id) for id in picked)
        for action in (
            self.actions_.toggle,
            self.actions_.start_now,
            self.actions_.retry,
            self.actions_.cancel,
            self.actions_.up,
            self.actions_.down,
            self.actions_.top,
            self.actions_.bottom,
            self.actions_.remove,
        ):
            action.setEnabled(own)
        self._offer_main()
        self.side.show_details()

    def _offer_main(self) -> None:
        """The menu says what Return does to the picked row."""
        id = self.table.current_id()
        state = self._uploader.uploads.state(id) if id else None
        offered = state.main if state else None
        main = self.actions_.main
        main.setEnabled(offered is not None)
        main.setText(LOOKS[offered].text if offered else main.toolTip())

    def _show_row(self, id: str) -> None:
        """Select a row, out of the filter if need be, and show its details."""
        at = self._uploader.uploads.position(id)
        if at is None:
            return
        index = self._uploader.filter.mapFromSource(self._uploader.uploads.index(at, 0))
        if not index.isValid():
            self.filter_bar.clear()
            index = self._uploader.filter.mapFromSource(self._uploader.uploads.index(at, 0))
        self.actions_.panel.setChecked(True)
        self.table.pick(index.row())

    def _show_failures(self, id: str) -> None:
        self._show_row(id)
        self.side.show_failures()

    def _show_needs(self, ids: tuple[str, ...]) -> None:
        codes = {self._uploader.uploads.code(id) for id in ids}
        self.filter_bar.choose(Kind.FAILED if codes == {"failed"} else Kind.NEEDS)
        self._show_row(ids[0])
        self.table.pick_all([at for at in map(self._row_of, ids) if at >= 0])

    def _row_of(self, id: str) -> int:
        """The row it has among those shown; -1 if it is not shown."""
        at = self._uploader.uploads.position(id)
        if at is None:
            return -1
        return self._uploader.filter.mapFromSource(self._uploader.uploads.index(at, 0)).row()

    def show_needing(self) -> None:
        """The files that need the person, or those that failed if there are only such."""
        counts = self._uploader.uploads.counts()
        self.filter_bar.choose(
            next((kind for kind in (Kind.NEEDS, Kind.FAILED) if counts[kind]), Kind.ALL)
        )

    # --- gestures

    def _act(self, action: RowAction) -> None:
        self.gestures.act(self.table.ids(), action)

    def _add(self, paths: list[Path]) -> None:
        self._expecting = True
        if self._in_history:
            self._show_uploads()
        self._uploader.add(paths)

    def _to_new_rows(self, parent: QModelIndex, first: int, last: int) -> None:
        """The first of the files just added comes into view; the rest must not move the list."""
        if self._expecting:
            self._expecting = False
            found = QPersistentModelIndex(self.table.model().index(first, 0))
            # After the bar below has come, which takes room from the list.
            QTimer.singleShot(SETTLE_MS, self, lambda: self._to_row(found))

    def _to_row(self, found: QPersistentModelIndex) -> None:
        if found.isValid():
            self.table.scrollTo(found, CENTER)

    def _upload(self) -> None:
        if not self._uploader.aim.options.complain() and self.ready_bar.form is not None:
            self.ready_bar.form.focus()
        self._uploader.upload()

    def _retry(self) -> None:
        codes = {id: self._uploader.uploads.code(id) for id in self.table.ids()}
        self._uploader.retry([id for id, code in codes.items() if code in ("failed", "cancelled")])

    def _advise(self, action: Action) -> None:
        self.gestures.advise(self.table.current_id(), action)

    def _copy(self) -> None:
        found = [self._uploader.rows.details(id) for id in self.table.ids()]
        text = "\n".join(one.text() for one in found if one is not None)
        QGuiApplication.clipboard().setText(text)

    def _copy_command(self) -> None:
        QGuiApplication.clipboard().setText(self._uploader.rows.commands(self.table.ids()))

    @property
    def _in_history(self) -> bool:
        return self.history is not None and self._views.currentWidget() is self.history

    def _say(self, notice: Notice) -> None:
        """Where the person looks."""
        bar = self.history.notices if self.history and self._in_history else self.notices
        bar.say(notice)

    def _show_uploads(self) -> None:
        if self.history is not None:
            self.history.left()
        self._views.setCurrentWidget(self._across)
        self.actions_.uploads.setChecked(True)
        self.table.setFocus()

    def _show_history(self) -> None:
        """Made when it is first asked for: most days nobody does."""
        if self.history is None:
            from app.views.history_view import HistoryView

            # Within its place from the start: a part that is moved is styled once more.
            self.history = HistoryView(
                self._theme, self._uploader, self._saving(), parent=self._views
            )
            self._views.addWidget(self.history)
            self.history.sent_again.connect(self._show_uploads)
            self.history.notices.acted.connect(self._notice_acted)
        self._views.setCurrentWidget(self.history)
        self.history.opened()

    def open_monitor(self, *, alone: bool = False) -> MonitorWindow:
        """The servers' jobs, in a window of their own. `alone`: closing that ends the program,
        unless this window came to be shown meanwhile."""
        self._behind = self._behind or alone
        if self.monitor is None:
            from app.views.monitor_window import MonitorWindow

            self.monitor = MonitorWindow(self._theme, self._uploader)
            self.monitor.row_wanted.connect(self._show_from_monitor)
            self.monitor.closed.connect(self._monitor_closed)
        self.monitor.showNormal() if self.monitor.isMinimized() else self.monitor.show()
        self.monitor.raise_()
        self.monitor.activateWindow()
        return self.monitor

    def _show_from_monitor(self, id: str) -> None:
        self.showNormal() if self.isMinimized() else self.show()
        self.raise_()
        self.activateWindow()
        self._show_uploads()
        self._show_row(id)

    def _monitor_closed(self) -> None:
        in_tray = self._uploader.preferences.settings.tray and self.reachable()
        if self._behind and not self.isVisible() and not in_tray and not self._for_good:
            self.quit()

    def _saving(self) -> Saving:
        from app.views.saving import Saving

        if self._saves is None:
            self._saves = Saving(self._theme, self._uploader, self, self._say)
        return self._saves

    def _save_failures(self) -> None:
        past = self._uploader.past.of_row(self.table.current_id())
        if past is not None:
            self._uploader.tasks.start(self._saving().failures(past))

    def _save_failed_records(self) -> None:
        past = self._uploader.past.of_row(self.table.current_id())
        if past is not None:
            self._uploader.tasks.start(self._saving().failed_records(past))

    def _save_copies(self, ids: list[str]) -> None:
        self._uploader.tasks.start(self._saving().corrected_copies(ids))

    def _receipt(self) -> None:
        pasts = [self._uploader.past.of_row(id) for id in self.table.ids()]
        ended = [past for past in pasts if past is not None]
        if ended:
            self._uploader.tasks.start(self._saving().receipt(ended))
        else:
            self._say(Notice(tr("A receipt is for files whose upload has ended.")))

    def _find(self) -> None:
        if self.history is not None and self._in_history:
            self.history.filters.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
            self.history.filters.search.selectAll()
            return
        self.filter_bar.search.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self.filter_bar.search.selectAll()

    def _ask_about(self, finding: str) -> None:
        if id := self.table.current_id():
            self.gestures.ask_about(id, finding)

    def _show_contents(self, first: int) -> None:
        if id := self.table.current_id():
            self.gestures.show_contents(id, first)

    def _notice_acted(self, notice: Notice) -> None:
        if notice.action is RowAction.UNDO:
            self._uploader.undo()
        elif notice.found:
            self._uploader.use_found(notice.found)
        elif notice.destination:
            self._uploader.aim.choose(notice.destination)
        elif notice.problem is not None:
            self.gestures.show_problem(notice.problem)
        elif notice.link:
            self.gestures.open_page(notice.link)

    def _choose_appearance(self, appearance: Appearance) -> None:
        self._theme.set_appearance(appearance)
        self._uploader.preferences.prefer(theme=appearance.value)

    def _row_menu(self, at: QPoint) -> None:
        ids = self.table.ids()
        if not ids:
            return
        menu = self.actions_.row_menu(self, self._offered(ids), self._act)
        menu.popup(at)

    def _offered(self, ids: list[str]) -> list[RowAction]:
        """What all these rows offer, in the order of the first."""
        each = [self._uploader.rows.actions(id) for id in ids]
        return [action for action in each[0] if all(action in one for one in each)]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.notices.hide()
            self.filter_bar.clear()
            return
        super().keyPressEvent(event)
