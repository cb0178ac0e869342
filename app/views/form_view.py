"""Draws the fields of a FormModel: one generic form for every family's settings and options."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QAction
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from app.core.forms import FALSE, TRUE, Field, FieldKind
from app.viewmodels import words
from app.viewmodels.form import FormModel, Live
from app.viewmodels.words import tr
from app.views.check_box import CheckBox
from app.views.choice_box import ChoiceBox
from app.views.dialogs import ask
from app.views.disclosure import Disclosure
from app.views.flow import LEAD, FlowLayout
from app.views.theme import GRID, HALF, Theme

WIDE, NARROW = 40 * GRID, 24 * GRID
"""Widths of fields side by side: those whose choices come from a server have long names."""


class FieldView(QWidget):
    """One field: label above, control, and below it help or what is wrong."""

    file_wanted = Signal(str)
    """The button that chooses a file for this field's key was pressed."""

    def __init__(self, theme: Theme, form: FormModel, field: Field, *, compact: bool) -> None:
        super().__init__()
        self._theme = theme
        self._form = form
        self.field = field
        self._compact = compact
        label = tr(field.label)
        plain = field.required or field.kind not in (FieldKind.TEXT, FieldKind.FILE)
        self._label = QLabel(label if plain else tr("{label} (optional)", label=label))
        self._note = QLabel()
        self._note.setWordWrap(True)
        self._note.setTextFormat(Qt.TextFormat.PlainText)
        theme.look(self._note, "muted")
        self._reload = QToolButton()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(HALF)
        self.control = self._made()
        self.control.setAccessibleName(label)
        self.control.setAccessibleDescription(tr(field.help))
        if field.help:
            self.control.setToolTip(tr(field.help))
        self._label.setBuddy(self.control)
        if field.kind is not FieldKind.CHECK:
            layout.addWidget(self._label)
        row = QHBoxLayout()
        row.setSpacing(GRID)
        row.addWidget(self.control, 1)
        if field.kind is FieldKind.FILE:
            row.addWidget(self._browse())
        if field.live:
            self._reload.setAccessibleName(tr("Fetch the choices of “{label}” again", label=label))
            self._reload.setToolTip(self._reload.accessibleName())
            theme.look(self._reload, "quiet")
            theme.dress(self._reload, "retry")
            self._reload.clicked.connect(lambda: self._form.reload(self.field.key))
            row.addWidget(self._reload)
        layout.addLayout(row)
        layout.addWidget(self._note)
        above = 0 if field.kind is FieldKind.CHECK else self._label.sizeHint().height() + HALF
        self.setProperty(LEAD, above + self.control.sizeHint().height() // 2)
        self.update_from_form()

    def _made(self) -> QWidget:
        field, form = self.field, self._form
        if field.kind is FieldKind.CHECK:
            box = CheckBox(self._theme, tr(field.label))
            box.toggled.connect(lambda on: form.set(field.key, TRUE if on else FALSE))
            return box
        if field.kind is FieldKind.CHOICE:
            chooser = ChoiceBox(self._theme, searches=field.search, required=field.required)
            chooser.setPlaceholderText(tr(field.placeholder) or tr("Choose…"))
            chooser.chosen.connect(lambda value: form.set(field.key, value))
            chooser.searched.connect(lambda text: form.reload(field.key, text))
            chooser.opened.connect(form.load)
            return chooser
        edit = QLineEdit()
        edit.setAcceptDrops(False)
        edit.setPlaceholderText(tr(field.placeholder))
        # Set when it is left, so that nothing is called wrong in mid-word.
        edit.textEdited.connect(self._typed)
        edit.editingFinished.connect(lambda: form.set(field.key, edit.text()))
        if field.kind is FieldKind.SECRET:
            edit.setEchoMode(QLineEdit.EchoMode.Password)
            self._peeking(edit)
        return edit

    def _typed(self, text: str) -> None:
        self._form.suggest({self.field.key: text})
        if self._form.value(self.field.key) != text:
            self._form.set(self.field.key, text)

    def _peeking(self, edit: QLineEdit) -> None:
        peek = QAction(tr("Show the password"), edit)
        peek.setCheckable(True)
        self._theme.dress(peek, "eye")

        def show(on: bool) -> None:
            modes = QLineEdit.EchoMode
            edit.setEchoMode(modes.Normal if on else modes.Password)
            self._theme.dress(peek, "eye-off" if on else "eye")

        peek.toggled.connect(show)
        edit.addAction(peek, QLineEdit.ActionPosition.TrailingPosition)

    def _browse(self) -> QPushButton:
        button = QPushButton(tr("Choose…"))
        button.setAccessibleName(tr("Choose a file for “{label}”", label=tr(self.field.label)))
        button.setAutoDefault(False)
        button.clicked.connect(lambda: self.file_wanted.emit(self.field.key))
        return button

    @property
    def label_width(self) -> int:
        """What the label needs so that none of it is cut off."""
        return self._label.sizeHint().width()

    def update_from_form(self) -> None:
        """Show the value, the choices and what is wrong as the form has them now."""
        value = self._form.value(self.field.key)
        with QSignalBlocker(self.control):
            if isinstance(self.control, QCheckBox):
                self.control.setChecked(value == TRUE)
            elif isinstance(self.control, ChoiceBox):
                self._fill(self.control, value)
            elif isinstance(self.control, QLineEdit) and self.control.text() != value:
                self.control.setText(value)
        wrong = self._form.problem(self.field.key)
        failed = self._form.choices(self.field.key).problem
        said = wrong or (words.title(failed) if failed else "")
        if isinstance(self.control, QLineEdit) and self.control.property("wrong") != bool(said):
            self.control.setProperty("wrong", bool(said))
            self._theme.polish(self.control)
        self._theme.look(self._note, "wrong" if said else "muted")
        self._note.setText(said or ("" if self._compact else tr(self.field.help)))
        self._note.setVisible(bool(self._note.text()))
        self._reload.setVisible(self.field.live and failed is not None)

    def _fill(self, chooser: ChoiceBox, value: str) -> None:
        known = self._form.choices(self.field.key)
        note = {
            Live.IDLE: tr("Loading…"),
            Live.LOADING: tr("Loading…"),
            Live.READY: tr("Nothing matches")
            if known.choices or known.search
            else tr("The server has none"),
            Live.FAILED: words.title(known.problem) if known.problem else "",
        }[known.state]
        chooser.set_choices(
            [type(one)(one.value, tr(one.label), tr(one.detail)) for one in known.choices]
            if not self.field.live
            else known.choices,
            note,
        )
        chooser.set_value(value, self._form.label(self.field.key))


class FormView(QWidget):
    """All fields of a form; the advanced ones closed. `compact` flows them side by side."""

    def __init__(
        self,
        theme: Theme,
        form: FormModel,
        parent: QWidget | None = None,
        *,
        compact: bool = False,
        start: Callable[..., object] | None = None,
    ) -> None:
        super().__init__(parent)
        self._theme = theme
        self._form = form
        self._compact = compact
        self._start = start
        self._fields: dict[str, FieldView] = {}
        self._aside: frozenset[str] = frozenset()
        """The keys of the fields that stand in the closed part."""
        self._plain = QWidget()
        self._hidden = QWidget()
        self._plain_layout = _laid(self._plain, compact)
        self._hidden_layout = _laid(self._hidden, compact)
        self._more = Disclosure(
            theme, tr("More options") if compact else tr("Advanced"), self._hidden
        )
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(GRID if compact else 2 * GRID)
        layout.addWidget(self._plain)
        layout.addWidget(self._more)
        form.modelReset.connect(self._build)
        form.dataChanged.connect(self._refresh)
        form.changed.connect(self._refresh)
        self._build()

    def field(self, key: str) -> FieldView | None:
        """The view of one field, if it is asked now."""
        return self._fields.get(key)

    def focus(self, key: str = "") -> None:
        """Go to a field; without a key to the first that is wrong, else the first."""
        wrong = next((k for k in self._fields if self._form.problem(k)), "")
        wanted = self._fields.get(key or wrong) or next(iter(self._fields.values()), None)
        if wanted is None:
            return
        if wanted.field.key in self._aside:
            self._more.set_open(True)
        wanted.control.setFocus(Qt.FocusReason.OtherFocusReason)

    def _build(self) -> None:
        """Views for fields that are new; those no longer asked go, the rest stay as they are."""
        wanted = {field.key: field for field in self._form.fields}
        for key in [key for key in self._fields if key not in wanted]:
            gone = self._fields.pop(key)
            gone.hide()
            gone.setParent(None)
            gone.deleteLater()
        places = {False: 0, True: 0}
        aside: dict[str, bool] = {}
        for key, field in wanted.items():
            view = self._fields.get(key)
            # What only a field before it brings up stands with that field.
            advanced = field.advanced or bool(field.shown_if and aside.get(field.shown_if[0]))
            aside[key] = advanced
            layout = self._hidden_layout if advanced else self._plain_layout
            if view is None:
                view = FieldView(self._theme, self._form, field, compact=self._compact)
                if self._compact:
                    _set_width(view)
                view.file_wanted.connect(self._choose_file)
                layout.insertWidget(places[advanced], view)
                self._fields[key] = view
            places[advanced] += 1
        self._aside = frozenset(key for key, advanced in aside.items() if advanced)
        self._more.setVisible(places[True] > 0)
        self._plain.setVisible(places[False] > 0)
        self._in_order()
        self._refresh()

    def _in_order(self) -> None:
        before: QWidget | None = None
        for field in self._form.fields:
            control = self._fields[field.key].control
            if before is not None and field.key not in self._aside:
                QWidget.setTabOrder(before, control)
            before = control

    def _refresh(self) -> None:
        for view in self._fields.values():
            view.update_from_form()
        if any(self._form.problem(key) for key in self._fields if key in self._aside):
            self._more.set_open(True)

    def _choose_file(self, key: str) -> None:
        if self._start is not None:
            self._start(self._chosen_file(key))

    async def _chosen_file(self, key: str) -> None:
        dialog = QFileDialog(self, tr(self._fields[key].field.label))
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        chosen: list[str] = []
        dialog.filesSelected.connect(chosen.extend)
        await ask(dialog)
        if chosen:
            self._form.set(key, chosen[0])


def _set_width(view: FieldView) -> None:
    if view.field.kind is not FieldKind.CHECK:
        width = WIDE if view.field.live else NARROW
        view.setFixedWidth(max(width, -(-view.label_width // GRID) * GRID))


def _laid(widget: QWidget, compact: bool) -> FlowLayout | QVBoxLayout:
    layout: FlowLayout | QVBoxLayout = FlowLayout(widget) if compact else QVBoxLayout(widget)
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(2 * GRID)
    return layout
