"""Icons: all that are asked for exist, take any colour, are sharp, and may be missing."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QColor, QImage, QPixmap
from PySide6.QtWidgets import QApplication

from app.viewmodels import row
from app.views.details_pane import LEVELS
from app.views.icons import Icons, resources
from app.views.notice_bar import ICONS
from app.views.problem_card import BUTTONS
from app.views.row_actions import LOOKS
from app.views.step_list import MARKS


def _tints(pixmap: QPixmap) -> set[str]:
    image = pixmap.toImage().convertToFormat(QImage.Format.Format_ARGB32)
    return {
        QColor(image.pixel(x, y)).name()
        for x in range(image.width())
        for y in range(image.height())
        if image.pixelColor(x, y).alpha() > 250
    }


def _wanted() -> set[str]:
    names = {look.icon for look in LOOKS.values()} | {icon for icon, _ in BUTTONS.values()}
    names |= {icon for _, icon, _ in row._LOOKS.values()}
    names |= {icon for icon, _ in LEVELS.values()} | {icon for icon, _ in MARKS.values()}
    return names | set(ICONS.values()) | {"drop", "server", "server-arrow", "chevron-down"}


@pytest.mark.parametrize("name", sorted(_wanted()))
def test_every_icon_that_is_asked_for_is_drawn(name: str) -> None:
    assert (resources() / "icons" / f"{name}.svg").is_file()


def test_an_icon_takes_the_colour_and_the_ratio(qapp: QApplication) -> None:
    pixmap = Icons().pixmap("tick", "#ab231b", 18, 2.0)
    assert (pixmap.width(), pixmap.devicePixelRatioF()) == (36, 2.0)
    assert _tints(pixmap) <= {"#ab231b"}


def test_a_missing_icon_is_a_dot_and_no_error(qapp: QApplication, tmp_path: Path) -> None:
    icons = Icons(tmp_path)
    pixmap = icons.pixmap("nowhere", "#0a6580", 16)
    assert _tints(pixmap) == {"#0a6580"}
    assert not icons.icon("nowhere", "#000000", "#888888", 16).isNull()


@pytest.mark.qt_log_level_fail("CRITICAL")
def test_a_broken_icon_is_a_dot_and_no_error(qapp: QApplication, tmp_path: Path) -> None:
    (tmp_path / "broken.svg").write_text("not an image")
    assert _tints(Icons(tmp_path).pixmap("broken", "#0a6580", 16)) == {"#0a6580"}


def test_every_action_of_a_row_has_a_look() -> None:
    assert set(LOOKS) == set(row.RowAction)
    assert all(look.text and look.tip for look in LOOKS.values())
