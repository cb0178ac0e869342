"""A window of another program that files are dragged out of. Arguments: the files."""

from __future__ import annotations

import sys
from pathlib import Path

from PySide6.QtCore import QMimeData, Qt, QUrl
from PySide6.QtGui import QDrag, QMouseEvent
from PySide6.QtWidgets import QApplication, QLabel

TITLE = "drag-source"


class Source(QLabel):
    """Begins a drag of all files at the first move of the mouse with its button down."""

    def __init__(self, data: QMimeData) -> None:
        super().__init__("Drag me")
        self._data = data
        self.setWindowTitle(TITLE)
        self.setGeometry(20, 20, 200, 150)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            drag = QDrag(self)
            drag.setMimeData(self._data)
            taken = drag.exec(Qt.DropAction.CopyAction | Qt.DropAction.MoveAction)
            sys.stdout.write(f"{taken.name}\n")
            sys.stdout.flush()


def main(arguments: list[str]) -> int:
    """`--words` drags words in the place of files."""
    app = QApplication(arguments[:1])
    data = QMimeData()
    if arguments[1] == "--words":
        data.setText("just some words")
    else:
        data.setUrls([QUrl.fromLocalFile(str(Path(one).resolve())) for one in arguments[1:]])
    source = Source(data)
    source.show()
    return app.exec()


if __name__ == "__main__":
    sys.exit(main(sys.argv))
