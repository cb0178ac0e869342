"""Files come in by drop and paste; what cannot be used says why."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDragLeaveEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.views.drop_area import DropArea, paths_in
from app.views.theme import Theme

COPY = Qt.DropAction.CopyAction
ANY = COPY | Qt.DropAction.MoveAction
LEFT, PLAIN = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
NAMES = ("roster.mrc", "with blank & “quotes”.mrc", "ünïcode-图书馆.mrc", "100%.mrc", "a folder")


class Window(QWidget):
    """Hands over what a window with a drop area does."""

    area: DropArea

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        self.area.entered(event)

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self.area.left()

    def dropEvent(self, event: QDropEvent) -> None:
        self.area.let_go(event)


class Dropped:
    """A window with a drop area and what it said."""

    def __init__(self, theme: Theme) -> None:
        self.window = Window()
        self.window.resize(600, 400)
        self.why_not = ""
        self.area = self.window.area = DropArea(theme, self.window, lambda: self.why_not)
        self.paths: list[list[Path]] = []
        self.refusals: list[str] = []
        self.area.dropped.connect(self.paths.append)
        self.area.refused.connect(self.refusals.append)

    def enter(self, data: QMimeData) -> bool:
        event = QDragEnterEvent(QPoint(50, 50), ANY, data, LEFT, PLAIN)
        QApplication.sendEvent(self.window, event)
        return event.isAccepted()

    def drop(self, data: QMimeData) -> Qt.DropAction:
        event = QDropEvent(QPointF(50, 50), ANY, data, LEFT, PLAIN)
        QApplication.sendEvent(self.window, event)
        return event.dropAction()

    def leave(self) -> None:
        QApplication.sendEvent(self.window, QDragLeaveEvent())


@pytest.fixture
def dropped(theme: Theme, qtbot: QtBot) -> Dropped:
    made = Dropped(theme)
    qtbot.addWidget(made.window)
    made.window.show()
    return made


def files(*paths: Path) -> QMimeData:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    return data


def test_dropped_files_and_folders_come_in_whole_and_in_order(
    dropped: Dropped, tmp_path: Path
) -> None:
    paths = [tmp_path / name for name in NAMES]
    assert dropped.enter(files(*paths))
    assert dropped.area.frame.isVisible()
    assert dropped.area.frame.words == "Drop to add 5 files or folders"
    assert dropped.drop(files(*paths)) is COPY
    assert dropped.paths == [paths]
    assert not dropped.area.frame.isVisible()


def test_a_drop_is_never_a_move(dropped: Dropped, tmp_path: Path) -> None:
    assert dropped.drop(files(tmp_path / "one.mrc")) is COPY


@pytest.mark.parametrize("kind", ["web", "attachment", "words"])
def test_a_drag_that_is_no_local_file_is_refused_with_the_reason(
    dropped: Dropped, kind: str
) -> None:
    data = QMimeData()
    match kind:
        case "web":
            data.setUrls([QUrl("https://example.org/roster.mrc")])
        case "attachment":
            data.setData("FileGroupDescriptorW", b"...")
        case _:
            data.setText("just some words")
    assert not dropped.enter(data)
    assert dropped.area.frame.isVisible()
    assert "Save it to disk first" in dropped.refusals[-1]
    dropped.leave()
    assert not dropped.area.frame.isVisible()
    assert dropped.refusals[-1] == ""
    assert dropped.paths == []


def test_without_a_server_the_reason_says_so(dropped: Dropped, tmp_path: Path) -> None:
    dropped.why_not = "Add a server first."
    assert not dropped.enter(files(tmp_path / "one.mrc"))
    assert dropped.refusals[-1] == "Add a server first."
    dropped.drop(files(tmp_path / "one.mrc"))
    assert dropped.paths == []


def test_files_are_pasted_as_files_and_as_written_paths(dropped: Dropped, tmp_path: Path) -> None:
    one, other = tmp_path / "one.mrc", tmp_path / "two words.mrc"
    QGuiApplication.clipboard().setMimeData(files(one))
    dropped.area.paste()
    written = QMimeData()
    written.setText(f'{one}\n"{other}"\n{other.as_uri()}\nnot a path\n')
    QGuiApplication.clipboard().setMimeData(written)
    dropped.area.paste()
    assert dropped.paths == [[one], [one, other, other]]


def test_pasting_what_is_no_file_is_told_onwards(dropped: Dropped) -> None:
    QGuiApplication.clipboard().setText("just some words")
    dropped.area.paste()
    assert dropped.paths == [[]]


def test_ten_thousand_addresses_are_read_at_once(tmp_path: Path) -> None:
    paths = [tmp_path / f"file-{n}.mrc" for n in range(10_000)]
    assert paths_in(files(*paths)) == paths
