"""Above the jobs: which ones, words to find, and how each server stands."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QKeyEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QWidget,
)

from app.viewmodels.monitor import Monitor, ServerLine
from app.viewmodels.monitor_row import Group, Show
from app.viewmodels.row import RowAction
from app.viewmodels.words import number, tr
from app.views.drop_down import DropDown
from app.views.flow import FlowLayout
from app.views.labels import Light
from app.views.row_actions import LOOKS
from app.views.theme import GRID, HALF, Theme

SHOWN = {
    Show.ALL: ("All", ""),
    Show.RUNNING: ("Running", ""),
    Show.ENDED: ("Ended", ""),
    Show.FAILED: ("Failed", "Failed as a whole, or in some records"),
    Show.MINE: ("From here", "Sent with Longshore from this computer"),
}
GROUPS = {
    Group.NONE: "No headings",
    Group.SERVER: "By server",
    Group.BATCH: "By batch",
}


class MonitorFilters(QFrame):
    """Sets what the monitor's model shows."""

    changed = Signal()
    """The person asked for other rows."""

    def __init__(self, theme: Theme, monitor: Monitor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._model = monitor.model
        theme.look(self, "bar")
        layout = QHBoxLayout(self)
        layout.setContentsMargins(3 * HALF, HALF, 2 * GRID, HALF)
        layout.setSpacing(2)
        self._group = QButtonGroup(self)
        self.chips: dict[Show, QToolButton] = {}
        for show, (_, tip) in SHOWN.items():
            chip = QToolButton()
            chip.setCheckable(True)
            chip.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            chip.setToolTip(tr(tip) if tip else "")
            theme.look(chip, "chip")
            chip.clicked.connect(lambda _=False, show=show: self.choose(show))
            self._group.addButton(chip)
            layout.addWidget(chip)
            self.chips[show] = chip
        self.chips[Show.ALL].setChecked(True)
        layout.addStretch(1)
        self.groups = DropDown(theme, tr("Headings"))
        self.groups.setAccessibleDescription(tr("Headings between the jobs"))
        for group, words in GROUPS.items():
            self.groups.addItem(tr(words), group)
        self.groups.currentIndexChanged.connect(self._grouped)
        layout.addWidget(self.groups)
        layout.addSpacing(GRID)
        self.search = QLineEdit()
        self.search.setPlaceholderText(tr("Find"))
        self.search.setAccessibleName(tr("Find jobs by file, person, server, state or number"))
        self.search.setToolTip(self.search.accessibleName())
        self.search.setClearButtonEnabled(True)
        self.search.setAcceptDrops(False)
        self.search.setMinimumWidth(16 * GRID)
        self.search.setMaximumWidth(30 * GRID)
        glass = QAction(tr("Find"), self.search)
        theme.dress(glass, "search")
        self.search.addAction(glass, QLineEdit.ActionPosition.LeadingPosition)
        self.search.textChanged.connect(self._find)
        layout.addWidget(self.search, 2)
        self._model.changed.connect(self.count)
        self.count()

    def choose(self, show: Show) -> None:
        """Show the jobs of one kind."""
        self.chips[show].setChecked(True)
        self._model.narrow(show)
        self.changed.emit()

    def choose_group(self, group: Group) -> None:
        """Put the jobs under headings."""
        self.groups.setCurrentIndex(self.groups.findData(group))

    def clear(self) -> None:
        """Show everything again."""
        self.search.clear()
        self.choose(Show.ALL)

    def count(self) -> None:
        """Put the counts on the chips."""
        counts = self._model.counts()
        for show, chip in self.chips.items():
            name, n = tr(SHOWN[show][0]), counts[show]
            words = f"{name}  {number(n)}" if n else name
            if chip.text() != words or not chip.accessibleName():
                chip.setText(words)
                chip.setAccessibleName(f"{name}: {number(n)}")

    @property
    def nothing(self) -> str:
        """What to say when no job is shown."""
        if self._model.words:
            return tr("No job here fits “{text}”", text=self.search.text().strip())
        return {
            Show.ALL: tr("No job of the last 24 hours is known"),
            Show.RUNNING: tr("No server is at work"),
            Show.ENDED: tr("Nothing has ended in the last 24 hours"),
            Show.FAILED: tr("Nothing has failed"),
            Show.MINE: tr("None of these jobs was sent from here"),
        }[self._model.show]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.clear()
            return
        super().keyPressEvent(event)

    def _grouped(self) -> None:
        self._model.group_by(self.groups.currentData())
        self.changed.emit()

    def _find(self, text: str) -> None:
        self._model.narrow(text=text)
        self.changed.emit()


class ServerStrip(QFrame):
    """Every server with its light, what it last said, and a button where the person can help."""

    wanted = Signal(str, RowAction)
    """(destination, SIGN_IN, SETTINGS or TRY_NOW)"""

    def __init__(self, theme: Theme, monitor: Monitor, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._monitor = monitor
        self._shown: dict[str, tuple[ServerLine, QWidget, QLabel]] = {}
        theme.look(self, "bar")
        self.setAccessibleName(tr("Servers"))
        self._flow = FlowLayout(self)
        self._flow.setContentsMargins(2 * GRID, GRID, 2 * GRID, GRID)
        self._flow.setSpacing(3 * GRID)
        monitor.servers_changed.connect(self.refresh)
        monitor.model.changed.connect(self.refresh)
        self.refresh()

    def refresh(self) -> None:
        """The same lines again cost nothing; other words alone keep their widgets."""
        lines = self._monitor.servers()
        before = [line for line, _, _ in self._shown.values()]
        if lines == before:
            return
        if [_built(line) for line in lines] != [_built(line) for line in before]:
            self._rebuild(lines)
            return
        for line in lines:
            old, widget, label = self._shown[line.id]
            if line.words != old.words:
                label.setText(line.words)
                widget.setAccessibleName(f"{line.name}: {line.words}")
            self._shown[line.id] = (line, widget, label)
        self._flow.invalidate()

    def _rebuild(self, lines: list[ServerLine]) -> None:
        while (item := self._flow.takeAt(0)) is not None:
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        self._shown = {}
        for at, line in enumerate(lines):
            widget, label = self._made(line)
            self._flow.insertWidget(at, widget)
            widget.show()
            self._shown[line.id] = (line, widget, label)

    def _made(self, line: ServerLine) -> tuple[QWidget, QLabel]:
        widget = QWidget(self)
        widget.setAccessibleName(f"{line.name}: {line.words}")
        layout = QHBoxLayout(widget)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID)
        name = QLabel(line.name)
        name.setTextFormat(Qt.TextFormat.PlainText)
        font = name.font()
        font.setBold(True)
        name.setFont(font)
        words = QLabel(line.words)
        words.setTextFormat(Qt.TextFormat.PlainText)
        self._theme.look(words, "muted")
        layout.addWidget(Light(self._theme, line.tone), 0, Qt.AlignmentFlag.AlignVCenter)
        layout.addWidget(name)
        layout.addWidget(words)
        if line.action is not None:
            button = QPushButton(LOOKS[line.action].text)
            button.setAccessibleName(f"{button.text()} {line.name}")
            self._theme.look(button, "link")
            button.clicked.connect(
                lambda _=False, id=line.id, action=line.action: self.wanted.emit(id, action)
            )
            layout.addWidget(button)
        return widget, words


def _built(line: ServerLine) -> tuple[object, ...]:
    """What widgets are made for."""
    return line.id, line.name, line.tone, line.action
