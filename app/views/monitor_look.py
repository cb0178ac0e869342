"""How the person left the monitor, as settings keep it: size, columns, order and headings."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from app.viewmodels.monitor_row import Column, Group
from app.views.monitor_table import HIDDEN_AT_FIRST, WIDTHS, MonitorTable

if TYPE_CHECKING:
    from app.views.monitor_window import MonitorWindow

_LEAST, _MOST = 16, 2000


def of(window: MonitorWindow) -> tuple[str, ...]:
    """What `put_on` takes, as `key=value`: a column as “name:220”, a hidden one as “-who:136”."""
    table, header = window.table, window.table.horizontalHeader()
    shown = []
    for place in range(header.count()):
        column = Column(header.logicalIndex(place))
        hidden = table.isColumnHidden(column)
        # A hidden column has no width of its own for Qt.
        width = WIDTHS[column] if hidden else table.columnWidth(column)
        shown.append(f"{'-' if hidden else ''}{column.name.lower()}:{width}")
    model = window.filters.groups.currentData()
    down = header.sortIndicatorOrder() is Qt.SortOrder.DescendingOrder
    sorted_by = Column(max(0, header.sortIndicatorSection())).name.lower()
    return (
        f"size={window.width()}x{window.height()}",
        f"sort={'-' if down else ''}{sorted_by}",
        f"headings={model.value}",
        f"columns={','.join(shown)}",
    )


def put_on(window: MonitorWindow, kept: Sequence[str]) -> None:
    """As it was left; what makes no sense is passed over."""
    for line in kept:
        key, _, value = line.partition("=")
        match key:
            case "size":
                _resize(window, value)
            case "sort":
                _sort(window.table, value)
            case "headings" if value in {one.value for one in Group}:
                window.filters.choose_group(Group(value))
            case "columns":
                _columns(window.table, value)


def reset(table: MonitorTable) -> None:
    """The columns as at first."""
    header = table.horizontalHeader()
    for column, width in WIDTHS.items():
        header.moveSection(header.visualIndex(column), column)
        table.setColumnHidden(column, column in HIDDEN_AT_FIRST)
        if column not in HIDDEN_AT_FIRST:
            table.setColumnWidth(column, width)


def _resize(window: MonitorWindow, value: str) -> None:
    width, _, height = value.partition("x")
    if width.isdecimal() and height.isdecimal():
        window.resize(min(int(width), 2 * _MOST), min(int(height), 2 * _MOST))


def _sort(table: MonitorTable, value: str) -> None:
    column = _named(value.removeprefix("-"))
    if column is not None:
        down = value.startswith("-")
        order = Qt.SortOrder.DescendingOrder if down else Qt.SortOrder.AscendingOrder
        table.sortByColumn(column, order)


def _columns(table: MonitorTable, value: str) -> None:
    header, place = table.horizontalHeader(), 0
    for one in value.split(","):
        name, _, width = one.partition(":")
        column = _named(name.removeprefix("-"))
        if column is None or not width.isdecimal():
            continue
        header.moveSection(header.visualIndex(column), place)
        place += 1
        hidden = name.startswith("-") and column is not Column.NAME
        if not hidden:
            table.setColumnWidth(column, min(max(int(width), _LEAST), _MOST))
        table.setColumnHidden(column, hidden)


def _named(name: str) -> Column | None:
    return Column.__members__.get(name.upper())
