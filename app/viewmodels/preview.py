"""What is in a file, as a table to read: records line by line, rows, or facts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QObject, QPersistentModelIndex, Qt

from app.core.drafts import Finding
from app.core.previews import Facts, Preview, Records, Table, TaggedRecord
from app.viewmodels import words
from app.viewmodels.words import number, tr

Index = QModelIndex | QPersistentModelIndex
_NOWHERE = QModelIndex()

MARKED = Qt.ItemDataRole.UserRole + 1
"""Whether a cell is what a finding is about; its tool tip says which."""
HEADING = Qt.ItemDataRole.UserRole + 2
"""Whether a row is the heading of those below it."""


@dataclass(frozen=True, slots=True)
class _Cell:
    text: str
    mark: str = ""
    """What is said about it; empty when nothing is."""


@dataclass(frozen=True, slots=True)
class _Row:
    name: str
    cells: tuple[_Cell, ...]
    heading: bool = False


class PreviewModel(QAbstractTableModel):
    """One page of a file; `findings` give the words for what is marked."""

    def __init__(self, findings: Sequence[Finding], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._words = {one.id: words.finding(one) for one in findings}
        self._columns: tuple[_Cell, ...] = ()
        self._rows: tuple[_Row, ...] = ()
        self.more = False
        """Whether the file goes on behind this page."""
        self.empty = True

    def show(self, preview: Preview) -> None:
        """This page in place of the one before."""
        self.beginResetModel()
        match preview:
            case Records(records, more):
                self._columns = (_Cell(tr("Field")), _Cell(tr("Ind.")), _Cell(tr("Content")))
                self._rows = tuple(row for record in records for row in _record_rows(record))
                self.more = more
            case Table(columns, rows, more, header_marks):
                self._columns = tuple(
                    self._cell(name, header_marks.get(at)) for at, name in enumerate(columns)
                )
                self._rows = tuple(
                    _Row(
                        number(row.number),
                        tuple(
                            self._cell(text, row.marks.get(at)) for at, text in enumerate(row.cells)
                        ),
                    )
                    for row in rows
                )
                self.more = more
            case Facts(groups):
                self._columns = (_Cell(""), _Cell(""))
                self._rows = tuple(
                    row
                    for group in groups
                    for row in (
                        _Row("", (_Cell(tr(group.title)),), heading=True),
                        *(_Row("", (_Cell(tr(name)), _Cell(text))) for name, text in group.facts),
                    )
                )
                self.more = False
        self.empty = not self._rows
        self.endResetModel()

    @property
    def has_header(self) -> bool:
        return any(column.text for column in self._columns)

    @property
    def has_numbers(self) -> bool:
        return any(row.name for row in self._rows)

    def headings(self) -> tuple[int, ...]:
        """The rows that are headings."""
        return tuple(at for at, row in enumerate(self._rows) if row.heading)

    def first_marked(self) -> int:
        """The first row with something marked in it; -1 when there is none."""
        return next((at for at, row in enumerate(self._rows) if any(c.mark for c in row.cells)), -1)

    def rowCount(self, parent: Index = _NOWHERE) -> int:
        return 0 if parent.isValid() else len(self._rows)

    def columnCount(self, parent: Index = _NOWHERE) -> int:
        wide = max((len(row.cells) for row in self._rows), default=0)
        return 0 if parent.isValid() else max(len(self._columns), wide)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        row = self._rows[index.row()]
        if role == HEADING:
            return row.heading
        if index.column() >= len(row.cells):
            return None
        cell = row.cells[index.column()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return cell.text
            case Qt.ItemDataRole.ToolTipRole:
                return cell.mark or (cell.text if len(cell.text) > 40 else None)
            case Qt.ItemDataRole.AccessibleTextRole:
                return self._spoken(index.column(), cell)
            case _ if role == MARKED:
                return bool(cell.mark)
        return None

    def headerData(
        self,
        section: int,
        orientation: Qt.Orientation,
        role: int = Qt.ItemDataRole.DisplayRole,
    ) -> object:
        if orientation is Qt.Orientation.Vertical:
            name = self._rows[section].name if section < len(self._rows) else ""
            return name if role == Qt.ItemDataRole.DisplayRole else None
        if section >= len(self._columns):
            return None
        column = self._columns[section]
        if role == Qt.ItemDataRole.DisplayRole:
            return column.text
        if role == Qt.ItemDataRole.ToolTipRole:
            return column.mark or None
        return bool(column.mark) if role == MARKED else None

    def _cell(self, text: str, finding: str | None) -> _Cell:
        return _Cell(text, self._words.get(finding, finding) if finding else "")

    def _spoken(self, column: int, cell: _Cell) -> str:
        name = self._columns[column].text if column < len(self._columns) else ""
        said = f"{name}: {cell.text or tr('empty')}" if name else cell.text
        return f"{said}. {cell.mark}" if cell.mark else said


def _record_rows(record: TaggedRecord) -> list[_Row]:
    title = tr("Record {n}", n=number(record.number))
    if record.title:
        title = f"{title}  ·  {record.title}"
    rows = [_Row("", (_Cell(title),), heading=True)]
    if record.notes:
        note = " ".join(map(tr, record.notes))
        rows.append(_Row("", (_Cell(""), _Cell(""), _Cell(note, note))))
    for line in record.lines:
        mark = tr("Something was found here") if line.marked else ""
        cells = (line.tag, line.indicators, line.text)
        rows.append(_Row("", tuple(_Cell(text, mark) for text in cells)))
    return rows
