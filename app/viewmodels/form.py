"""A form over a family's fields: values, what is missing, choices asked of the server."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any
from urllib.parse import urlsplit

from PySide6.QtCore import (
    QAbstractListModel,
    QModelIndex,
    QObject,
    QPersistentModelIndex,
    Qt,
    Signal,
)

from app.core.forms import FALSE, TRUE, Choice, Field, FieldKind
from app.core.problems import Problem
from app.viewmodels.tasks import TaskScope
from app.viewmodels.words import tr

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()

Ask = Callable[[str, Mapping[str, str], str], Awaitable[Sequence[Choice]]]
"""Asks the server for the choices of a field: its key, what is picked so far, words to search."""

SEARCH_AFTER = 0.3
"""Seconds without a key pressed before the server is asked."""


class FormRole(IntEnum):
    FIELD = Qt.ItemDataRole.UserRole + 1
    VALUE = FIELD + 1
    PROBLEM = FIELD + 2
    """What is wrong with the value, once it is time to say so; empty otherwise."""
    CHOICES = FIELD + 3


class Live(StrEnum):
    """How far asking for choices is."""

    IDLE = "idle"
    LOADING = "loading"
    READY = "ready"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Choices:
    """What can be chosen in a field just now. While loading, those from before stay."""

    state: Live = Live.IDLE
    choices: tuple[Choice, ...] = ()
    problem: Problem | None = None
    search: str = ""


class FormModel(QAbstractListModel):
    """One row per field that is asked as the values are; `changed` after any of them moved."""

    changed = Signal()

    def __init__(
        self,
        fields: Sequence[Field],
        values: Mapping[str, str] | None = None,
        *,
        ask: Ask | None = None,
        tasks: TaskScope | None = None,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._fields = {field.key: field for field in fields}
        self._ask = ask
        self._tasks = tasks
        self._values = {field.key: field.default for field in fields}
        self._values.update((k, v) for k, v in (values or {}).items() if k in self._fields)
        self._touched: set[str] = set()
        self._complaining = False
        self._choices = {
            key: Choices(Live.READY, field.choices)
            for key, field in self._fields.items()
            if field.kind is FieldKind.CHOICE and field.choices
        }
        self._labels = {
            (key, choice.value): choice.label
            for key, known in self._choices.items()
            for choice in known.choices
        }
        self._asked: dict[str, int] = {}
        self._visible = self._shown()

    # --- what Qt asks

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._visible)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if not index.isValid():
            return None
        field = self._fields[self._visible[index.row()]]
        match role:
            case FormRole.FIELD:
                return field
            case FormRole.VALUE | Qt.ItemDataRole.EditRole:
                return self._values[field.key]
            case FormRole.PROBLEM:
                return self.problem(field.key)
            case FormRole.CHOICES:
                return self.choices(field.key)
            case Qt.ItemDataRole.DisplayRole:
                return tr(field.label)
            case Qt.ItemDataRole.ToolTipRole:
                return tr(field.help)
        return None

    # --- reading

    @property
    def fields(self) -> tuple[Field, ...]:
        """The fields that are asked now, in order."""
        return tuple(self._fields[key] for key in self._visible)

    @property
    def values(self) -> dict[str, str]:
        """The values of the fields that are asked now, without empty optional ones."""
        return {
            key: self._values[key].strip() if self._trims(key) else self._values[key]
            for key in self._visible
            if self._values[key].strip() or self._fields[key].required
        }

    def value(self, key: str) -> str:
        return self._values[key]

    def choices(self, key: str) -> Choices:
        return self._choices.get(key, Choices())

    def label(self, key: str) -> str:
        """The label of what is chosen in a field; its value where no label is known."""
        value = self._values.get(key, "")
        return self._labels.get((key, value), value)

    @property
    def valid(self) -> bool:
        return not any(self._wrong(key) for key in self._visible)

    def problem(self, key: str) -> str:
        """What is wrong with a field, once the person has left it or tried to go on."""
        if not self._complaining and key not in self._touched:
            return ""
        return self._wrong(key)

    # --- changing

    def set(self, key: str, value: str) -> None:
        """The person's value for a field."""
        self._touched.add(key)
        self._put({key: value})

    def suggest(self, values: Mapping[str, str]) -> None:
        """Values for fields the person has not set."""
        self._put({k: v for k, v in values.items() if k in self._fields and k not in self._touched})

    def complain(self) -> bool:
        """From now on says what is wrong with every field; whether nothing is."""
        if not self._complaining:
            self._complaining = True
            self._repaint(self._visible)
        return self.valid

    def load(self) -> None:
        """Asks for the choices of every field shown that were not asked for yet."""
        for key in self._visible:
            if self._fields[key].live and self.choices(key).state is Live.IDLE:
                self.reload(key)

    def reload_failed(self) -> None:
        """Asks again where the server could not be asked."""
        for key in self._visible:
            if self.choices(key).state is Live.FAILED:
                self.reload(key, self.choices(key).search)

    def reload(self, key: str, search: str = "") -> None:
        """Asks for the choices of a field (again); an answer to an older question is dropped."""
        field = self._fields[key]
        if self._ask is None or self._tasks is None or not field.live:
            return
        before = self.choices(key)
        turn = self._asked[key] = self._asked.get(key, 0) + 1
        self._choices[key] = Choices(Live.LOADING, before.choices, None, search)
        self._repaint([key])
        self.changed.emit()
        typed = field.search and search != before.search
        self._tasks.start(self._fetch(key, search, turn, SEARCH_AFTER if typed else 0))

    def close(self) -> None:
        """Nothing is asked any more, and answers under way are dropped."""
        self._ask = None
        self._asked = {key: turn + 1 for key, turn in self._asked.items()}

    # --- inside

    async def _fetch(self, key: str, search: str, turn: int, patience: float) -> None:
        if patience:
            await asyncio.sleep(patience)
            if turn != self._asked[key]:
                return
        if self._ask is None:
            return
        picked = {k: v for k, v in self.values.items() if k != key}
        try:
            found = tuple(await self._ask(key, picked, search))
        except Problem as problem:
            answer = Choices(Live.FAILED, (), problem.bare(), search)
        else:
            answer = Choices(Live.READY, found, None, search)
        if turn != self._asked[key]:
            return
        self._choices[key] = answer
        self._labels.update(((key, one.value), one.label) for one in answer.choices)
        if answer.state is Live.READY:
            self._fit(self._fields[key], answer)
        self._repaint([key])
        self.changed.emit()

    def _fit(self, field: Field, answer: Choices) -> None:
        """A value that is no longer offered is given up, an only choice taken."""
        offered = {one.value for one in answer.choices}
        value = self._values[field.key]
        if value and value not in offered:
            by_label = [one.value for one in answer.choices if one.label == value]
            if by_label:
                self._put({field.key: by_label[0]})
            elif not field.search and not answer.search:
                self._put({field.key: ""})
        elif not value and field.required and len(answer.choices) == 1 and not answer.search:
            self._put({field.key: answer.choices[0].value})

    def _put(self, values: Mapping[str, str]) -> None:
        changed = [key for key, value in values.items() if self._values.get(key) != value]
        if not changed:
            return
        for key in changed:
            self._values[key] = values[key]
        visible = self._shown()
        if visible != self._visible:
            self.beginResetModel()
            self._visible = visible
            self.endResetModel()
        else:
            self._repaint(changed)
        self.changed.emit()
        for key, field in self._fields.items():
            asked = self.choices(key).state is not Live.IDLE
            if field.live and asked and not set(field.depends).isdisjoint(changed):
                self.reload(key)

    def _shown(self) -> list[str]:
        shown = []
        for key, field in self._fields.items():
            if field.shown_if is None or self._values.get(field.shown_if[0]) in field.shown_if[1]:
                shown.append(key)
        return shown

    def _wrong(self, key: str) -> str:
        field, value = self._fields[key], self._values[key].strip()
        if not value or (field.kind is FieldKind.CHECK and value == FALSE):
            return tr("This is needed.") if field.required and not value else ""
        if field.kind is FieldKind.ADDRESS and not _is_address(value):
            return tr("An address looks like https://folio.example.org.")
        if field.kind is FieldKind.CHECK and value != TRUE:
            return tr("This is either on or off.")
        return ""

    def _trims(self, key: str) -> bool:
        return self._fields[key].kind is not FieldKind.SECRET

    def _repaint(self, keys: Sequence[str]) -> None:
        for key in keys:
            if key in self._visible:
                index = self.index(self._visible.index(key))
                self.dataChanged.emit(index, index)


def _is_address(value: str) -> bool:
    try:
        parts = urlsplit(value)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
