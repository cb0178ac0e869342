"""What a view can ask of a row of the table of uploads."""

from __future__ import annotations

from enum import IntEnum

from PySide6.QtCore import Qt


class Role(IntEnum):
    """What a view can ask of a row besides Qt's own roles."""

    STATE = Qt.ItemDataRole.UserRole + 1
    NAME = STATE + 1
    PATH = STATE + 2
    DESTINATION = STATE + 3
    DETAIL = STATE + 4
    """“→ Springfield / Default MARC bib”"""
    UPLOAD = STATE + 5
    DRAFT = STATE + 6
    ID = STATE + 7
    """“d12” or “u5”"""
    BATCH = STATE + 8
    SORT = STATE + 9
