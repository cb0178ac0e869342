"""A list of keys shown as rows: told to views as the least that changed, never as a reset."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from PySide6.QtCore import QAbstractTableModel, QModelIndex

_NOWHERE = QModelIndex()


class ArrangedModel(QAbstractTableModel):
    """Rows are keys; `arrange` puts others in their place.

    What a view has selected, and where it stands, stays with the keys: rows come and go in one
    piece at the end, and take their places by a change of the layout.
    """

    def __init__(self, *args: object) -> None:
        super().__init__(*args)  # type: ignore[arg-type]
        self._lines: list[str] = []
        self._at: dict[str, int] = {}

    def position(self, key: str) -> int | None:
        """The row of a key; None when it is not shown."""
        return self._at.get(key)

    def arrange(self, wanted: list[str]) -> None:
        """Shows these keys, each once, in this order."""
        if wanted == self._lines:
            return
        keep = set(wanted)
        fresh = [key for key in wanted if key not in self._at]
        if fresh:
            first = len(self._lines)
            begins = self._append_in_place(wanted, fresh)
            if not begins:
                self.beginInsertRows(_NOWHERE, first, first + len(fresh) - 1)
                self._put([*self._lines, *fresh])
                self.endInsertRows()
        doomed = [key for key in self._lines if key not in keep]
        self._reorder([*wanted, *doomed])
        if doomed:
            self.beginRemoveRows(_NOWHERE, len(wanted), len(self._lines) - 1)
            self._put(wanted)
            self.endRemoveRows()

    def _append_in_place(self, wanted: list[str], fresh: list[str]) -> bool:
        """One run of new rows goes straight to its place; whether it was one."""
        first = wanted.index(fresh[0])
        if wanted[first : first + len(fresh)] != fresh or wanted[:first] != self._lines[:first]:
            return False
        self.beginInsertRows(_NOWHERE, first, first + len(fresh) - 1)
        self._put([*self._lines[:first], *fresh, *self._lines[first:]])
        self.endInsertRows()
        return True

    def _reorder(self, lines: list[str]) -> None:
        if lines == self._lines:
            return
        self.layoutAboutToBeChanged.emit()
        before = self.persistentIndexList()
        keys = [self._lines[one.row()] for one in before]
        self._put(lines)
        after = [
            self.index(self._at[key], one.column()) for key, one in zip(keys, before, strict=True)
        ]
        self.changePersistentIndexList(before, after)
        self.layoutChanged.emit()

    def _put(self, lines: list[str]) -> None:
        self._lines = lines
        self._at = {key: at for at, key in enumerate(lines)}

    def tell(self, keys: Iterable[str], first: int = 0, last: int | None = None) -> None:
        """These rows look different now, in these columns."""
        at = sorted(place for key in keys if (place := self._at.get(key)) is not None)
        end = self.columnCount() - 1 if last is None else last
        for top, bottom in _runs(at):
            self.dataChanged.emit(self.index(top, first), self.index(bottom, end))


_FEW = 12


def _runs(at: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Neighbours together; many scattered rows as one stretch, for a view paints what is seen."""
    if not at:
        return
    starts = [i for i, place in enumerate(at) if i == 0 or place != at[i - 1] + 1]
    if len(starts) > _FEW:
        yield at[0], at[-1]
        return
    for start, end in zip(starts, [*starts[1:], len(at)], strict=True):
        yield at[start], at[end - 1]
