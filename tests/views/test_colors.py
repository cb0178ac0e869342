"""Every colour of words can be read on everything it stands on."""

from __future__ import annotations

import pytest

from app.viewmodels.row import Tone
from app.views.colors import DARK, LIGHT, Colors, contrast

WORDS = 4.5
EDGES = 3.0


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_words_can_be_read_wherever_they_stand(colors: Colors) -> None:
    grounds = (colors.window, colors.surface, colors.hover, colors.selected)
    for ground in grounds:
        for words in (colors.text, colors.muted, colors.accent):
            assert contrast(words, ground) >= WORDS, (words, ground)
        for tone in Tone:
            assert contrast(colors.tone(tone).name(), ground) >= WORDS, (tone, ground)
    assert contrast(colors.on_fill, colors.fill) >= WORDS
    assert contrast(colors.on_fill, colors.fill_hover) >= WORDS
    assert contrast(colors.on_fill, colors.fill_pressed) >= WORDS


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_icons_stand_out_from_their_badges(colors: Colors) -> None:
    for tone in Tone:
        assert contrast(colors.tone(tone).name(), colors.soft(tone).name()) >= WORDS, tone


@pytest.mark.parametrize("colors", [LIGHT, DARK], ids=["light", "dark"])
def test_edges_of_controls_and_bars_can_be_seen(colors: Colors) -> None:
    for ground in (colors.window, colors.surface):
        assert contrast(colors.outline, ground) >= EDGES, ground
        assert contrast(colors.fill, ground) >= EDGES, ground
    assert contrast(colors.fill, colors.track) >= EDGES


def test_black_on_white_is_the_strongest_contrast() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
