"""What the column headings of a table say, and to which side its cells stand."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from enum import IntEnum
from typing import TypeVar

from PySide6.QtCore import Qt

from app.viewmodels.words import tr

_RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
_LEFT = Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
C = TypeVar("C", bound=IntEnum)


def alignment(column: C, numbers: Collection[C]) -> Qt.AlignmentFlag:
    """Numbers to the right, words to the left."""
    return _RIGHT if column in numbers else _LEFT


def heading(
    column: C, role: int, heads: Mapping[C, str], numbers: Collection[C]
) -> str | Qt.AlignmentFlag | None:
    """What a model's `headerData` gives for a column; `heads` in English."""
    if role == Qt.ItemDataRole.DisplayRole:
        return tr(heads[column])
    if role == Qt.ItemDataRole.TextAlignmentRole:
        return alignment(column, numbers)
    return None
