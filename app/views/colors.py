"""The colours of the window, light and dark, by what they are for.

Every text colour keeps a contrast of at least 4.5:1 to the surfaces it stands on, every line that
tells a control from its surroundings at least 3:1.
"""

from __future__ import annotations

from typing import NamedTuple

from PySide6.QtGui import QColor

from app.viewmodels.row import Tone


class Colors(NamedTuple):
    """One set of colours, as `#rrggbb`."""

    dark: bool
    window: str
    """Behind everything: header, side panel, dialogs."""
    surface: str
    """Lists, inputs, cards."""
    hover: str
    pressed: str
    selected: str
    border: str
    """Hairlines between areas; decoration only."""
    outline: str
    """Edges of inputs and buttons."""
    text: str
    muted: str
    disabled: str
    accent: str
    """Text and marks in the one accent colour."""
    fill: str
    """Background of the primary button and of progress."""
    fill_hover: str
    fill_pressed: str
    on_fill: str
    accent_soft: str
    thumb: str
    """The handle of a scroll bar."""
    track: str
    """The part of a bar that is still to come."""
    amber: str
    amber_soft: str
    green: str
    green_soft: str
    red: str
    red_soft: str
    neutral_soft: str

    def tone(self, tone: Tone) -> QColor:
        """The colour of words and icons in a tone."""
        return QColor(
            {
                Tone.NEUTRAL: self.muted,
                Tone.ACTIVE: self.accent,
                Tone.WAITING: self.amber,
                Tone.GOOD: self.green,
                Tone.BAD: self.red,
            }[tone]
        )

    def soft(self, tone: Tone) -> QColor:
        """The background of a badge in a tone."""
        return QColor(
            {
                Tone.NEUTRAL: self.neutral_soft,
                Tone.ACTIVE: self.accent_soft,
                Tone.WAITING: self.amber_soft,
                Tone.GOOD: self.green_soft,
                Tone.BAD: self.red_soft,
            }[tone]
        )


LIGHT = Colors(
    dark=False,
    window="#f3f6f8",
    surface="#ffffff",
    hover="#f2f6f9",
    pressed="#dfe8ee",
    selected="#e2f0f5",
    border="#dbe3e9",
    outline="#7d8c98",
    text="#16242f",
    muted="#526270",
    disabled="#8d9aa5",
    accent="#0a6580",
    fill="#0b6e8a",
    fill_hover="#095d75",
    fill_pressed="#074b5f",
    on_fill="#ffffff",
    accent_soft="#dff0f5",
    thumb="#b4c0c9",
    track="#d9e3e9",
    amber="#855400",
    amber_soft="#fdf0d3",
    green="#1b6e45",
    green_soft="#def3e7",
    red="#ab231b",
    red_soft="#fce5e3",
    neutral_soft="#e8eef2",
)

DARK = Colors(
    dark=True,
    window="#131b22",
    surface="#1a242c",
    hover="#212d37",
    pressed="#2c3a45",
    selected="#183a47",
    border="#2b3844",
    outline="#71828f",
    text="#e6edf2",
    muted="#a3b1bd",
    disabled="#6d7b87",
    accent="#62c3dc",
    fill="#4db6d1",
    fill_hover="#6cc6dd",
    fill_pressed="#8bd3e5",
    on_fill="#06222c",
    accent_soft="#163c49",
    thumb="#4a5a67",
    track="#33424e",
    amber="#e9b557",
    amber_soft="#41341a",
    green="#66c996",
    green_soft="#193b2a",
    red="#ff968c",
    red_soft="#4a2523",
    neutral_soft="#2a3742",
)


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours by WCAG 2.2, from 1 to 21."""

    def luminance(color: str) -> float:
        channels = (QColor(color).redF(), QColor(color).greenF(), QColor(color).blueF())
        red, green, blue = (
            value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
            for value in channels
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)
