"""The live panel as a person meets it: the chart in words too, and lines that lead to rows."""

from __future__ import annotations

from PySide6.QtGui import QColor
from PySide6.QtWidgets import QAbstractButton
from pytestqt.qtbot import QtBot

from app.core import catalogue
from app.core.problems import ServerFault
from app.core.uploads import Phase
from app.views.theme import Appearance, Theme
from app.views.throughput_chart import ThroughputChart
from app.views.window import Window
from tests.views.scenes import MB, Scene


def test_the_chart_says_in_words_what_it_shows(theme: Theme, qtbot: QtBot) -> None:
    chart = ThroughputChart(theme)
    qtbot.addWidget(chart)
    chart.resize(300, chart.sizeHint().height())
    chart.show_bars(())
    assert not chart.isVisibleTo(None)
    chart.show_bars((0.0, 2.0 * MB, 0.0, 4.0 * MB))
    chart.show()
    assert chart.accessibleName() == "Speed over the last 5 minutes"
    assert chart.accessibleDescription() == "At most 4.0 MB/s, 3.0 MB/s on average"
    for appearance in (Appearance.LIGHT, Appearance.DARK):
        theme.set_appearance(appearance)
        picture = chart.grab().toImage()
        ratio = picture.devicePixelRatio()
        seen = {picture.pixelColor(round(x * ratio), round(30 * ratio)).name() for x in range(300)}
        assert QColor(theme.colors.accent_soft).name() in seen


def test_the_panel_shows_the_chart_only_while_something_goes_on(
    scene: Scene, window: Window
) -> None:
    chart = window.panel._chart
    assert not chart.isVisible()
    scene.sending(1, "one.mrc", 20 * MB, 0)
    scene.settle()
    status = scene.uploader.status
    for now, sent in ((0.0, 0), (1.0, 5 * MB), (4.0, 6 * MB)):
        assert not chart.isVisible()
        status._clock = lambda now=now: now
        status.tick(sent)
    assert chart.isVisible()
    scene.show(1, "one.mrc", Phase.DONE)
    scene.settle()
    assert not scene.uploader.status.busy and not chart.isVisible()
    assert window.panel._headline.text() == "Nothing running"
    assert window.panel._last.text().startswith("Last batch: 1 file, 1 done, ")


def test_a_line_that_needs_the_person_leads_to_all_its_rows(scene: Scene, window: Window) -> None:
    fault = ServerFault(catalogue.SERVER_FAULT)
    for id in (1, 2, 4):
        scene.show(id, f"{id}.mrc", Phase.FAILED, problem=fault)
    scene.show(3, "3.mrc", Phase.DONE)
    scene.settle()
    (button,) = (
        one
        for one in window.panel.findChildren(QAbstractButton)
        if one.accessibleName() == "Show: 3 files: The server had an error of its own"
    )
    button.click()
    assert window.table.ids() == ["u1", "u2", "u4"]
    assert window.table.current_id() == "u1"
