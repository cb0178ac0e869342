"""A window from the start of its process to its first paint: a bare one of Qt, and the program's.

`python -m tests.bench.starting bare` or `ours`, each in a process of its own that ends there.
"""

from __future__ import annotations

import gc
import os
import sys


def bare() -> None:
    """What nobody can be quicker than: PySide6 loaded, an empty window painted."""
    from PySide6.QtCore import QTimer
    from PySide6.QtGui import QPaintEvent
    from PySide6.QtWidgets import QApplication, QMainWindow

    class Bare(QMainWindow):
        def paintEvent(self, event: QPaintEvent) -> None:
            super().paintEvent(event)
            QTimer.singleShot(0, lambda: os._exit(0))

    app = QApplication(sys.argv[:1])
    window = Bare()
    window.resize(1120, 720)
    window.show()
    app.exec()


def ours() -> None:
    """The program as a desktop starts it, until its window can be seen."""
    from app.system.handover import meeting_place

    # As the program does it.
    gc.disable()
    from PySide6.QtCore import QTimer
    from PySide6.QtGui import QPaintEvent

    from app import desktop

    class Seen(desktop.Window):
        def paintEvent(self, event: QPaintEvent) -> None:
            super().paintEvent(event)
            QTimer.singleShot(0, lambda: os._exit(0))

    desktop.Window = Seen  # type: ignore[misc]
    sys.exit(desktop.main([], False, None, meeting_place()))


if __name__ == "__main__":
    {"bare": bare, "ours": ours}[sys.argv[1]]()
