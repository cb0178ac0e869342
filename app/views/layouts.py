"""Pieces of layout that several views use."""

from __future__ import annotations

from PySide6.QtWidgets import QBoxLayout, QFrame, QGridLayout, QLayout, QVBoxLayout, QWidget

from app.views.theme import Theme


def column(widget: QWidget | None = None, spacing: int = 0) -> QVBoxLayout:
    """A column without margins, in a widget or to be put into another layout."""
    layout = QVBoxLayout(widget) if widget is not None else QVBoxLayout()
    layout.setContentsMargins(0, 0, 0, 0)
    layout.setSpacing(spacing)
    return layout


def hairline(theme: Theme) -> QFrame:
    """A thin line between two areas."""
    line = QFrame()
    line.setFixedHeight(1)
    theme.look(line, "line")
    return line


def emptied(layout: QLayout) -> None:
    """Take everything out of a layout, layouts inside it too."""
    while (item := layout.takeAt(0)) is not None:
        widget, inner = item.widget(), item.layout()
        if widget is not None:
            widget.hide()
            widget.deleteLater()
        elif isinstance(inner, QBoxLayout | QGridLayout):
            emptied(inner)
