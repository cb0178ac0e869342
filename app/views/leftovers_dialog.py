"""What was left on the servers: listed as they answer, deleted only if the person says so."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, QSize, Qt
from PySide6.QtGui import QFont
from PySide6.QtWidgets import QHeaderView, QLabel, QTreeWidget, QTreeWidgetItem, QWidget

from app.viewmodels.leftovers import Asked, Left, Leftovers
from app.viewmodels.row import Tone
from app.viewmodels.words import counted, tr
from app.views.info_dialogs import Information
from app.views.labels import paragraph
from app.views.theme import GRID, Theme, heading_font

WIDE = 88 * GRID
LINE = QSize(0, 4 * GRID)
CHECKED = Qt.CheckState.Checked


class LeftoversDialog(Information):
    """Shows Leftovers while they are asked for. `chosen` holds what is to be deleted."""

    def __init__(self, theme: Theme, leftovers: Leftovers, parent: QWidget) -> None:
        super().__init__(theme, parent, tr("Clean up on the servers"))
        self.chosen: list[Left] = []
        self._leftovers = leftovers
        self._items: list[tuple[QTreeWidgetItem, Left]] = []
        self._shown: list[Asked] = []
        self._title = QLabel()
        self._title.setFont(heading_font(self._title.font(), 1.35))
        self._title.setWordWrap(True)
        self.body.addWidget(self._title)
        text = paragraph()
        text.setText(
            tr(
                "Only what your own account made with this program is listed. What is younger than "
                "an hour is not ticked: it may be on its way from another computer. Deleting is "
                "final."
            )
        )
        theme.look(text, "muted")
        self.body.addWidget(text)
        self.tree = QTreeWidget()
        self.tree.setAccessibleName(tr("Leftovers"))
        self.tree.setHeaderLabels([tr("What"), tr("How far"), tr("Whose"), tr("When")])
        self.tree.setRootIsDecorated(False)
        self.tree.setItemsExpandable(False)
        self.tree.setIndentation(2 * GRID)
        self.tree.header().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft)
        self.tree.header().setStretchLastSection(False)
        self.tree.header().setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        self.tree.itemChanged.connect(self._count)
        self.body.addWidget(self.tree, 1)
        self._delete = self.button("", "danger")
        self._delete.setAutoDefault(False)
        self._delete.clicked.connect(self._choose)
        self.keep = self.button(tr("Keep"), "primary")
        self.keep.setDefault(True)
        self.keep.clicked.connect(self.reject)
        self.resize(WIDE, 56 * GRID)
        leftovers.changed.connect(self._show)
        self._show()
        self.keep.setFocus()

    def _show(self) -> None:
        """Only what is new is built, so that no tick of the person is lost."""
        self._title.setText(self._leftovers.headline)
        with QSignalBlocker(self.tree):
            for place, asked in enumerate(self._leftovers.servers):
                if place >= len(self._shown):
                    self._shown.append(asked)
                    self._server(asked)
                elif asked != self._shown[place]:
                    self._shown[place] = asked
                    self._answer(self.tree.topLevelItem(place), asked)
        for column in (1, 2, 3):
            self.tree.resizeColumnToContents(column)
            self.tree.setColumnWidth(column, self.tree.columnWidth(column) + 2 * GRID)
        self._count()

    def _server(self, asked: Asked) -> None:
        # Spanned and expanded only what stands in the tree already.
        item = QTreeWidgetItem(self.tree, [""])
        font = item.font(0)
        font.setWeight(QFont.Weight.DemiBold)
        item.setFont(0, font)
        item.setSizeHint(0, LINE)
        item.setFlags(Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable)
        self._answer(item, asked)

    def _answer(self, server: QTreeWidgetItem | None, asked: Asked) -> None:
        if server is None:
            return
        server.setText(0, f"{asked.name}: {asked.text}")
        server.setToolTip(0, server.text(0))
        server.setFirstColumnSpanned(True)
        if asked.problem is not None:
            server.setForeground(0, self._theme.colors.tone(Tone.BAD))
        for left in asked.left or ():
            item = QTreeWidgetItem(server, [left.what, left.detail, left.who, left.when])
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsUserCheckable)
            item.setCheckState(0, CHECKED if left.old else Qt.CheckState.Unchecked)
            item.setToolTip(0, left.what)
            item.setSizeHint(0, LINE)
            self._items.append((item, left))
        server.setExpanded(True)

    def _ticked(self) -> list[Left]:
        return [left for item, left in self._items if item.checkState(0) is CHECKED]

    def _count(self) -> None:
        n = len(self._ticked())
        self._delete.setText(
            counted(n, "Delete {n} from the server", "Delete {n} from the servers")
        )
        self._delete.setEnabled(n > 0)
        self._delete.setVisible(bool(self._items))
        self.keep.setText(tr("Keep") if self._items else tr("Close"))

    def _choose(self) -> None:
        self.chosen = self._ticked()
        self.accept()
