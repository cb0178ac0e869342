"""Every action of the window: its words, keys and icon, and the menus they stand in."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QMenu, QMenuBar, QWidget

from app.viewmodels.row import RowAction
from app.viewmodels.words import tr
from app.views.row_actions import LOOKS
from app.views.theme import Appearance, Theme

NATIVE = QKeySequence.SequenceFormat.NativeText


class Actions(QObject):
    """The actions, by name. Those of rows work while the list has the focus.

    `limit` is the menu of the speed limit, which stands among others.
    """

    def __init__(self, theme: Theme, window: QWidget, rows: QWidget, limit: QMenu) -> None:
        super().__init__(window)
        self._limit = limit
        self._theme = theme
        self._window = window
        self._rows = rows
        self._undressed: dict[QAction, str] = {}
        """What has no icon yet. To draw those of all menus would hold up the first paint."""
        self.add_files = self._action("Add &files…", "Ctrl+O", "add")
        self.add_folder = self._action("Add f&older…", "Ctrl+Shift+O", "folder")
        self.paste = self._action("&Paste files", "Ctrl+V", "drop")
        self.rehearse = self._action("Dry &run: check without sending", "Ctrl+Shift+Return", "eye")
        self.upload = self._action("&Upload all that is ready", "Ctrl+Return", "upload")
        self.add_server = self._action("Add a &server…", "", "server")
        self.settings = self._action("Server se&ttings…", "Ctrl+E", "settings")
        self.preferences = self._action("Preferenc&es…", "Ctrl+,")
        self.preferences.setMenuRole(QAction.MenuRole.PreferencesRole)
        self.quit = self._action("&Quit", "Ctrl+Q")
        self.quit.setMenuRole(QAction.MenuRole.QuitRole)

        self.main = self._action("&The button of the row", "Return", of_rows=True)
        # Its words become those of the row that is picked; the list of keys keeps these.
        self.main.setToolTip(tr("The button of the row"))
        self.toggle = self._action("&Pause or resume", "Space", "pause", of_rows=True)
        self.start_now = self._action("&Start now", "", "play", of_rows=True)
        self.retry = self._action("&Retry", "Ctrl+R", "retry")
        self.cancel = self._action("&Cancel", "Ctrl+Backspace", "cancel", of_rows=True)
        self.up = self._action("Move &up", "Alt+Up", "arrow-up", of_rows=True)
        self.down = self._action("Move &down", "Alt+Down", "arrow-down", of_rows=True)
        self.top = self._action("Move to the &top", "Alt+Home", of_rows=True)
        self.bottom = self._action("Move to the &bottom", "Alt+End", of_rows=True)
        self.show_in_folder = self._action("Show in &folder", "", "folder", of_rows=True)
        self.copy = self._action("C&opy details", "Ctrl+C", "copy", of_rows=True)
        self.copy_command = self._action("Copy as comman&d", "", "copy", of_rows=True)
        self.receipt = self._action("Receip&t…", "", "file", of_rows=True)
        self.remove = self._action("Re&move from list", "Delete", "trash", of_rows=True)

        self.pause_all = self._action("&Pause all", "Ctrl+P", "pause")
        self.pause_all.setCheckable(True)
        self.retry_all = self._action("Retry &all failed", "Ctrl+Shift+R", "retry")
        self.undo = self._action("&Undo cancel", "Ctrl+Z", "undo")
        self.clear = self._action("&Clear finished", "", "tick")
        self.leftovers = self._action("Clean up on the &servers…", "", "trash")

        self.find = self._action("&Find", "Ctrl+F", "search")
        self.uploads = self._action("&Uploads", "Ctrl+1", "list")
        self.history = self._action("&History", "Ctrl+2", "history")
        self.monitor = self._action("Status &monitor", "", "server-clock")
        self.monitor.setShortcuts([QKeySequence("Ctrl+3"), QKeySequence("Ctrl+Shift+M")])
        views = QActionGroup(self)
        for one in (self.uploads, self.history):
            one.setCheckable(True)
            views.addAction(one)
        self.uploads.setChecked(True)
        self.panel = self._action("Side &panel", "Ctrl+B")
        self.panel.setCheckable(True)
        self.panel.setChecked(True)
        self.compact = self._action("&One-line rows", "Ctrl+D")
        self.compact.setCheckable(True)
        self.keys = self._action("&Keyboard", "F1", "question-circle")
        self.problems = self._action("&Problems and what to do", "Shift+F1", "info")
        self.about = self._action("&About Longshore", "", "info")
        self.about.setMenuRole(QAction.MenuRole.AboutRole)
        self.appearances: dict[Appearance, QAction] = {}
        group = QActionGroup(self)
        for appearance, words in (
            (Appearance.SYSTEM, "As the s&ystem"),
            (Appearance.LIGHT, "&Light"),
            (Appearance.DARK, "&Dark"),
        ):
            action = self._action(words, "")
            action.setCheckable(True)
            group.addAction(action)
            self.appearances[appearance] = action

    def fill(self, bar: QMenuBar) -> None:
        """Put the actions into the menus of the menu bar."""
        file = self._menu(bar, tr("&File"))
        file.addActions([self.add_files, self.add_folder, self.paste])
        file.addSeparator()
        file.addActions([self.upload, self.rehearse])
        file.addSeparator()
        file.addActions([self.add_server, self.settings, self.preferences])
        file.addSeparator()
        file.addAction(self.quit)
        row = self._menu(bar, tr("&Row"))
        row.addActions([self.main, self.toggle, self.start_now, self.retry, self.cancel])
        row.addSeparator()
        row.addActions([self.up, self.down, self.top, self.bottom])
        row.addSeparator()
        row.addActions([self.show_in_folder, self.copy, self.copy_command, self.receipt])
        row.addSeparator()
        row.addAction(self.remove)
        queue = self._menu(bar, tr("&Queue"))
        queue.addActions([self.pause_all, self.retry_all, self.undo])
        queue.addMenu(self._limit)
        queue.addSeparator()
        queue.addActions([self.start_now, self.up, self.down, self.top, self.bottom])
        queue.addSeparator()
        queue.addActions([self.clear, self.leftovers])
        view = self._menu(bar, tr("&View"))
        view.addActions([self.uploads, self.history, self.monitor])
        view.addSeparator()
        view.addActions([self.find, self.panel])
        view.addAction(self.compact)
        view.addSeparator()
        look = view.addMenu(tr("&Appearance"))
        look.addActions(list(self.appearances.values()))
        help = self._menu(bar, tr("&Help"))
        help.addActions([self.keys, self.problems, self.about])

    def row_menu(
        self, parent: QWidget, offered: Sequence[RowAction], act: Callable[[RowAction], None]
    ) -> QMenu:
        """The menu of the picked rows: what they offer, then what every row has."""
        self.dress()
        menu = QMenu(parent)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        for action in offered:
            # It stands at the end, as for every row.
            if action is RowAction.REMOVE:
                continue
            look = LOOKS[action]
            entry = menu.addAction(self._theme.icon(look.icon), look.text)
            entry.setToolTip(look.tip)
            entry.triggered.connect(lambda _=False, action=action: act(action))
        menu.addSeparator()
        order = menu.addMenu(tr("Move"))
        order.addActions([self.up, self.down, self.top, self.bottom])
        menu.addMenu(self._limit)
        menu.addSeparator()
        menu.addActions([self.show_in_folder, self.copy, self.copy_command, self.receipt])
        menu.addSeparator()
        menu.addAction(self.remove)
        return menu

    def _menu(self, bar: QMenuBar, title: str) -> QMenu:
        menu = bar.addMenu(title)
        menu.aboutToShow.connect(self.dress)
        return menu

    def dress(self, actions: Iterable[QAction] | None = None) -> None:
        """Give these their icons, or all that have none yet."""
        for action in list(self._undressed) if actions is None else actions:
            if icon := self._undressed.pop(action, ""):
                self._theme.dress(action, icon)

    def all(self) -> Iterator[QAction]:
        """Every action, in no order that matters."""
        yield from (value for value in vars(self).values() if isinstance(value, QAction))
        yield from self.appearances.values()

    def keyboard(self) -> list[tuple[str, str]]:
        """(words, keys) of every action with keys, in the order of the menus."""
        return [
            (action.toolTip(), action.shortcut().toString(NATIVE))
            for action in self.all()
            if not action.shortcut().isEmpty()
        ]

    def _action(self, words: str, keys: str, icon: str = "", *, of_rows: bool = False) -> QAction:
        action = QAction(tr(words), self)
        if keys:
            action.setShortcut(QKeySequence(keys))
        if icon:
            self._undressed[action] = icon
        if of_rows:
            action.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
            self._rows.addAction(action)
        else:
            self._window.addAction(action)
        return action
