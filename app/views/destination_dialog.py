"""The dialog of one server, new or saved: its family's fields, “Test connection”, save, remove."""

from __future__ import annotations

from collections.abc import Callable, Coroutine

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QDialog,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.forms import FieldKind
from app.core.problems import Problem
from app.viewmodels import words
from app.viewmodels.destination_form import DestinationForm
from app.viewmodels.destinations import DestinationsModel
from app.viewmodels.row import Tone
from app.viewmodels.words import tr
from app.views.form_view import FormView
from app.views.labels import Mark, caption, paragraph
from app.views.layouts import column, emptied, hairline
from app.views.step_list import StepList
from app.views.theme import GRID, HALF, Theme, heading_font

WIDTH = 70 * GRID
HEIGHT = 80 * GRID

Start = Callable[[Coroutine[object, object, object]], object]


class DestinationDialog(QDialog):
    """Edits one destination; `saved` is its id afterwards, `remove_wanted` asks to forget it."""

    def __init__(
        self,
        theme: Theme,
        destinations: DestinationsModel,
        start: Start,
        parent: QWidget | None = None,
        *,
        id: str = "",
        sign_in: bool = False,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._destinations = destinations
        self._start = start
        self._id = id
        self._form: DestinationForm | None = None
        self._view: FormView | None = None
        self.saved = ""
        self.remove_wanted = False
        self._busy = False
        known = destinations.find(id) if id else None
        title = known.name if known else tr("Add a server")
        self.setWindowTitle(title)
        self.setAccessibleName(title)
        self.resize(WIDTH, HEIGHT)
        self.setMinimumSize(54 * GRID, 50 * GRID)

        self._mark = Mark(theme, "server", Tone.ACTIVE, size=3 * GRID, badge=6 * GRID)
        heading = QLabel(title)
        heading.setFont(heading_font(heading.font(), 1.35))
        heading.setTextFormat(Qt.TextFormat.PlainText)
        self._kind = caption(theme, "")
        names = QVBoxLayout()
        names.setSpacing(2)
        names.addWidget(heading)
        names.addWidget(self._kind)
        head = QHBoxLayout()
        head.setSpacing(2 * GRID)
        head.addWidget(self._mark)
        head.addLayout(names, 1)

        self._families = QHBoxLayout()
        self._families.setSpacing(GRID)
        self._place = column()
        self.steps = StepList(theme)
        self._wrong = paragraph()
        theme.look(self._wrong, "wrong")
        self._wrong.hide()
        inner = QWidget()
        body = QVBoxLayout(inner)
        body.setContentsMargins(3 * GRID, 2 * GRID, 3 * GRID, 2 * GRID)
        body.setSpacing(2 * GRID)
        body.addLayout(self._families)
        body.addLayout(self._place)
        body.addWidget(self._wrong)
        body.addWidget(self.steps)
        body.addStretch()
        self._scroll = QScrollArea()
        self._scroll.setWidget(inner)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)

        self._scroll.verticalScrollBar().rangeChanged.connect(self._grown)

        self.test = QPushButton(tr("Test connection"))
        theme.dress(self.test, "plug")
        self.test.setAutoDefault(False)
        self.test.clicked.connect(self._test)
        self.remove = QPushButton(tr("Remove…"))
        theme.look(self.remove, "danger")
        self.remove.setAutoDefault(False)
        self.remove.setVisible(known is not None)
        self.remove.clicked.connect(self._remove)
        cancel = QPushButton(tr("Cancel"))
        cancel.setAutoDefault(False)
        cancel.clicked.connect(self.reject)
        self.save = QPushButton(tr("Save"))
        theme.look(self.save, "primary")
        self.save.setDefault(True)
        self.save.clicked.connect(self._save)
        foot = QHBoxLayout()
        foot.setContentsMargins(3 * GRID, 3 * HALF, 3 * GRID, 2 * GRID)
        foot.setSpacing(GRID)
        foot.addWidget(self.test)
        foot.addWidget(self.remove)
        foot.addStretch()
        foot.addWidget(cancel)
        foot.addWidget(self.save)

        top = QWidget()
        above = QVBoxLayout(top)
        above.setContentsMargins(3 * GRID, 3 * GRID, 3 * GRID, 2 * GRID)
        above.addLayout(head)
        layout = column(self)
        layout.addWidget(top)
        layout.addWidget(hairline(theme))
        layout.addWidget(self._scroll, 1)
        layout.addWidget(hairline(theme))
        layout.addLayout(foot)

        families = destinations.families()
        if known is not None:
            self._edit(known.family)
        elif families:
            if len(families) > 1:
                self._offer_families()
            self._edit(families[0].key)
        if sign_in:
            self._to_secret()

    @property
    def form(self) -> DestinationForm | None:
        return self._form

    def _offer_families(self) -> None:
        group = QButtonGroup(self)
        for family in self._destinations.families():
            button = QToolButton()
            button.setText(family.title)
            button.setToolTip(tr(family.takes_text))
            button.setCheckable(True)
            button.setChecked(not group.buttons())
            button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextUnderIcon)
            button.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self._theme.look(button, "tile")
            self._theme.dress(button, family.icon)
            button.setIconSize(QSize(3 * GRID, 3 * GRID))
            button.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            button.clicked.connect(lambda _=False, key=family.key: self._edit(key))
            group.addButton(button)
            self._families.addWidget(button, 1)

    def _edit(self, family: str) -> None:
        if self._form is not None and self._form.family.key == family:
            return
        emptied(self._place)
        old, self._form = self._form, self._destinations.edit(self._id or None, family)
        if old is not None:
            old.deleteLater()
        self._kind.setText(self._form.family.title)
        self._mark.show_mark(self._form.family.icon, Tone.ACTIVE)
        self._view = FormView(self._theme, self._form.form, start=self._start)
        self._place.addWidget(self._view)
        self._form.form.changed.connect(self.steps.clear)
        self._view.focus(next(iter(self._form.form.fields)).key)

    def _to_secret(self) -> None:
        if self._form is None or self._view is None:
            return
        for field in self._form.form.fields:
            if field.kind is FieldKind.SECRET:
                self._view.focus(field.key)
                return

    def _complete(self) -> bool:
        if self._form is None or self._view is None or self._busy:
            return False
        if self._form.form.complain():
            return True
        self._view.focus()
        return False

    def _save(self) -> None:
        if self._complete():
            # Before the task runs: a second press must find the door closed.
            self._work(True)
            self._start(self._saving())

    def _test(self) -> None:
        if self._complete():
            self._work(True)
            self._start(self._testing())

    def _remove(self) -> None:
        self.remove_wanted = True
        self.accept()

    async def _saving(self) -> None:
        assert self._form is not None
        try:
            self.saved = await self._form.save()
        except Problem as problem:
            self._say(problem)
        else:
            self.accept()
        finally:
            self._work(False)

    async def _testing(self) -> None:
        assert self._form is not None
        self.steps.begin()
        try:
            async for step in self._form.test():
                self.steps.add(step)
            self.steps.end()
        except Problem as problem:
            self.steps.clear()
            self._say(problem)
        finally:
            self._work(False)

    def _grown(self, least: int, most: int) -> None:
        """While a test runs, its latest step stays in sight."""
        if self.steps.running:
            self._scroll.verticalScrollBar().setValue(most)

    def _work(self, on: bool) -> None:
        self._busy = on
        self.test.setEnabled(not on)
        self.save.setEnabled(not on)
        if on:
            self._wrong.hide()

    def _say(self, problem: Problem) -> None:
        self._wrong.setText(" ".join((words.title(problem) + ".", words.meaning(problem))))
        self._wrong.show()
        self._scroll.ensureWidgetVisible(self._wrong)
