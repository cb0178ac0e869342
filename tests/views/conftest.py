"""What the tests of the views share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.views.theme import Appearance, Theme
from app.views.window import Window
from tests.views.scenes import Scene


@pytest.fixture(scope="session")
def one_theme(qapp: QApplication) -> Iterator[Theme]:
    made = Theme(qapp)
    yield made
    qapp.setStyleSheet("")


@pytest.fixture
def theme(one_theme: Theme) -> Iterator[Theme]:
    """Light to begin with. What a test leaves behind is gone before the next."""
    one_theme.set_appearance(Appearance.LIGHT)
    yield one_theme
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)


@pytest.fixture
def scene(qapp: QApplication, tmp_path: Path) -> Iterator[Scene]:
    """An uploader with one server, not begun yet."""
    made = Scene(tmp_path)
    made.server()
    yield made
    made.uploader.intake.close()
    made.uploader.mailbox.close()


@pytest.fixture
def window(scene: Scene, theme: Theme, qtbot: QtBot) -> Iterator[Window]:
    """A window on the scene, shown."""
    scene.begin()
    made = Window(scene.uploader, theme)
    qtbot.addWidget(made, before_close_func=lambda window: window.close_for_good())
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close_for_good()
