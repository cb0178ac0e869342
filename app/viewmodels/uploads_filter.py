"""The rows a person asked to see: by kind and by words in the name."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSortFilterProxyModel

from app.viewmodels import row
from app.viewmodels.row import Kind
from app.viewmodels.uploads import Index, UploadsModel


class UploadsFilter(QSortFilterProxyModel):
    """Shows the rows of `uploads` of one kind whose path holds every word of the text."""

    # `invalidate` and not `invalidateFilter`: the newer Qts call that one deprecated, and the
    # older ones do not know its successor.

    def __init__(self, uploads: UploadsModel, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._uploads = uploads
        self._kind = Kind.ALL
        self._text = ""
        self._words: tuple[str, ...] = ()
        self.setSourceModel(uploads)
        self._asked()

    @property
    def kind(self) -> Kind:
        return self._kind

    @kind.setter
    def kind(self, kind: Kind | str) -> None:
        if Kind(kind) is not self._kind:
            self._kind = Kind(kind)
            self._asked()
            self.invalidate()

    @property
    def text(self) -> str:
        return self._text

    @text.setter
    def text(self, text: str) -> None:
        self._text = text
        words = tuple(text.casefold().split())
        if words != self._words:
            self._words = words
            self._asked()
            self.invalidate()

    def _asked(self) -> None:
        """While every row is shown none is looked at again when it moves, and thousands do."""
        self.setDynamicSortFilter(self._kind is not Kind.ALL or bool(self._words))

    def counts(self) -> dict[Kind, int]:
        """Rows per kind, whatever is shown."""
        return self._uploads.counts()

    def filterAcceptsRow(self, source_row: int, source_parent: Index) -> bool:
        if (
            self._kind is not Kind.ALL
            and row.kind(self._uploads.code_at(source_row)) is not self._kind
        ):
            return False
        if not self._words:
            return True
        path = self._uploads.source_at(source_row).path.casefold()
        return all(word in path for word in self._words)
